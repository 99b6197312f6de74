"""Weights that ship with the desk, and the scripts that reproduce them from published ones."""
