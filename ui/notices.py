"""The HTML of a sentence that says what has come of a click."""

from __future__ import annotations

from html import escape


def notice(says: str, *, is_bad: bool = False) -> str:
    """The sentence as a good or a bad one; nothing of an empty one."""
    kind = "fd-bad" if is_bad else "fd-good"
    return f'<div class="fd-told {kind}" role="status"><p>{escape(says)}</p></div>' if says else ""


def with_undo(says: str, undo: str) -> str:
    """The sentence with a button that takes back what it says."""
    return (
        f'<div class="fd-told fd-good fd-undoing" role="status"><p>{escape(says)}</p>'
        f'<button type="button" class="fd-outline" data-do="undo">{escape(undo)}</button></div>'
    )
