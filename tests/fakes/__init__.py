"""Stand-ins for what the desk talks to; each keeps its original's contract."""
