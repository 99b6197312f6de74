"""Bytes to text: the table of formats, and `read`, which picks the reader.

Each reader is a module with `read(data: bytes) -> Iterator[Section]`, imported on first use.
"""
