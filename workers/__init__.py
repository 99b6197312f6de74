"""Loops that wait for queued work and hand it to core; nothing here thinks or translates."""
