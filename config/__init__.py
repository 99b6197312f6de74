"""What an operator sets: settings, prompts, sample documents. Imports nothing of ours."""
