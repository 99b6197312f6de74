"""The phone: a voice desk that listens, answers and can be interrupted. It knows nothing of any carrier."""
