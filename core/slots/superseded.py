"""Values that a customer names only to say that they no longer hold: "not 6 pm", "from 8 to 7"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.slots.reading import Reading

_DENIED = re.compile(
    r"(?:\b(?:not|rather than|instead of|nicht|kein|pas)\s(?:(?:for|at|on|in|the|my|a|um|am|à|le|el"
    r"|a las)\s){0,2})$",
    re.IGNORECASE,
)
_CHANGE = re.compile(
    r"\b(?:chang|chnag|switch|mov|updat|reschedul|increas|reduc|rais|lower|extend|correct|ändern|cambi)",
    re.IGNORECASE,
)
_TO = re.compile(
    r"\b(?:to|into|with|auf|a|à)\s(?:(?:just|only|the|be|a|an|table|for|on|at|las|el|le|den)\s){0,3}$",
    re.IGNORECASE,
)
_WINDOW = 40


def standing(text: str, readings: Sequence[Reading]) -> list[Reading]:
    """The readings that hold: none that is denied, and no old value where one is changed to another.

    A value that stands alone is kept: "not 6 pm" without another time says at least what it is about.
    """
    if len({each.start for each in readings}) < 2:
        return list(readings)
    held = [each for each in readings if not _DENIED.search(text[max(0, each.start - _WINDOW) : each.start])]
    held = held or list(readings)
    if change := _CHANGE.search(text):
        for each in reversed(held):
            is_new = each.start > change.end() and _TO.search(text[max(0, each.start - _WINDOW) : each.start])
            if is_new:
                return [other for other in held if other.start >= each.start]
    return held
