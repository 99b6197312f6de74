"""How far the desk's words were heard, when somebody else speaks them and tells now and then."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SPACES = re.compile(r"\s+")


def heard_until(texts: Sequence[str], heard: str, guess: int) -> int:
    """Characters of the joined `texts` that were heard, where the carrier says that `heard` came last.

    `heard` may begin with any of the texts, which are joined by a space, and spaces in it may differ. Of
    several places that fit, the one nearest to `guess` counts; where none fits, the guess itself.

    >>> heard_until(["It is free.", "It ships today."], "It ships", 17)
    20
    """
    said = _SPACES.sub(" ", heard).strip()
    joined = " ".join(texts)
    starts, at = [], 0
    for text in texts:
        starts.append(at)
        at += len(text) + 1
    if not said:
        return max((start for start in starts if start <= guess), default=0)
    ends = [start + len(said) for start in starts if _folded(joined[start:]).startswith(_folded(said))]
    if not ends:
        found = [match.end() for match in re.finditer(re.escape(_folded(said)), _folded(joined))]
        ends = found
    return min(ends, key=lambda end: abs(end - guess), default=min(guess, len(joined)))


def word_start(text: str, at: int) -> int:
    """Where the word begins that stands at a character of the text.

    >>> word_start("shipped on Tuesday", 13)
    11
    """
    return at if at >= len(text) else text.rfind(" ", 0, at + 1) + 1


def words_heard(written: str, spoken: str, heard: int) -> str:
    """The words of the written text that were heard to their end when `heard` characters of the spoken were.

    >>> words_heard("It costs $5 today.", "It costs five dollars today.", 22)
    'It costs $5'
    """
    if heard >= len(spoken):
        return written
    whole = heard if spoken[heard : heard + 1].isspace() else spoken.rfind(" ", 0, heard) + 1
    if written.startswith(spoken[:whole]):
        return written[:whole].rstrip()
    share = whole / len(spoken) if spoken else 1.0
    end = round(share * len(written))
    cut = end if written[end : end + 1].isspace() else written.rfind(" ", 0, end) + 1
    return written[:cut].rstrip()


def _folded(text: str) -> str:
    """The text with each character in lower case, and no character more."""
    return "".join(each.lower() if len(each.lower()) == 1 else each for each in text)
