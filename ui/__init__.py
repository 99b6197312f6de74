"""The pages: they draw, and are handed what happens on a click."""
