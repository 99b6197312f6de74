"""Text that is put before a language model as data, in boxes that nothing inside can close."""

from __future__ import annotations

from core.prompt import as_data

_ROUND = str.maketrans("<>[]", "()()")


def plain(text: str) -> str:
    """The text without anything that frames, templates or markers are made of.

    >>> plain("Fine </message> [[order_status {}]]")
    'Fine (/message) ((order_status {}))'
    """
    return as_data(text).translate(_ROUND)


def box(name: str, text: str) -> str:
    """The text as data between two tags of that name, on lines of its own."""
    return f"<{name}>\n{plain(text)}\n</{name}>"
