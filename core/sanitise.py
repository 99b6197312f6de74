"""What a message says, without what a keyboard does not write: the form of it that is searched and read."""

from __future__ import annotations

import re
import unicodedata

MOST_REPEATS = 3
"""So many of one sign in a row stay; a row that is longer says nothing more."""
LONGEST_RUN = 8
"""Rows up to this length stay as they are: "10000000", "--------"."""
LONGEST_WORD = 200
"""A longer one is cut; no word is, and web addresses seldom are."""
MOST_MARKS = 3
"""Accents and the like that may stand on one letter."""

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)
"""Soft hyphens, zero-width spaces, marks and overrides of direction, fillers, tags. The joiners stay:
Persian, Hindi and families of emoji are written with them."""
_STRAY_JOINERS = re.compile("(?<![^\\s\x00-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?![^\\s\x00-\x7f])")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
_RUN = re.compile(rf"(\S)\1{{{LONGEST_RUN},}}")
_WORD = re.compile(rf"(\S{{{LONGEST_WORD}}})\S+")
_REPEATED = re.compile(r"(?<!\S)(\S{1,40}(?:\s\S{1,40}){0,2})(?:\s\1){4,}(?!\S)")


def clean(text: str) -> str:
    """The text as it is searched: NFC, one line, no signs that cannot be seen, no absurd repetition.

    It is at most a little longer than the text, and cleaning it again changes nothing. What
    the customer said is kept as it was; only what is looked up and read is cleaned.

    >>> clean("Where  is\u202e my\u200b or\u00adder?????????? " + "please " * 9)
    'Where is my order??? please please please'
    """
    previous = ""
    # Each step may lay bare another's work; two rounds are enough for all but texts made to need more.
    for _ in range(8):
        if text == previous:
            break
        previous = text
        text = _once(text)
    return text


def _once(text: str) -> str:
    text = unicodedata.normalize("NFC", _CONTROL.sub(" ", _INVISIBLE.sub("", text)))
    text = _few_marks(_STRAY_JOINERS.sub("", text))
    text = " ".join(text.split())
    text = _RUN.sub(lambda match: match[1] * MOST_REPEATS, text)
    text = _WORD.sub(r"\1", text)
    return _REPEATED.sub(lambda match: " ".join([match[1]] * MOST_REPEATS), text)


def _few_marks(text: str) -> str:
    """At most three marks on a letter: more only cover the lines above and below."""
    if text.isascii():
        return text
    kept: list[str] = []
    marks = 0
    for sign in text:
        marks = marks + 1 if unicodedata.combining(sign) else 0
        if marks <= MOST_MARKS:
            kept.append(sign)
    return "".join(kept)
