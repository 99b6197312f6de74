"""What the desk thinks with: the nouns, the parts, and the three paths."""
