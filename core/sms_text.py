"""How long a text message is: segments as carriers count them, plain spelling, and pages of whole sentences.

The alphabet and its extension table are those of 3GPP TS 23.038 (GSM 7-bit default alphabet). A message
of one part holds 160 septets or 70 UTF-16 units; each part of a longer one loses seven septets or three
units to the header that joins them (3GPP TS 23.040). No character is cut in two by a part's end.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from core.sentences import sentences

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("^{}\\[~]|€\f")
"""Each of these is sent as an escape and a second septet."""

_GSM_ALONE, _GSM_JOINED = 160, 153
_WIDE_ALONE, _WIDE_JOINED = 70, 67
_LAST_OF_PLANE = 0xFFFF

_ALIKE = {
    "'": "‘’‚‛′‵ʹʼʻʽˈˊˋ´`＇❛❜",
    '"': "“”„‟″‶«»ʺˮ＂❝❞〝〞",
    "-": "‐‑‒–—―−⁃﹘－•◦▪‣·",
    "<": "‹",
    ">": "›",
    "/": "⁄∕",
    "x": "×",
    "...": "…",
    "..": "‥",
    " ": "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t",
    "\n": "\u2028\u2029\v\u0085",
    "": "\u200b\ufeff\u00ad\u2060",
}
_PLAIN = str.maketrans({seen: plain for plain, alike in _ALIKE.items() for seen in alike})
_JOINERS = "\u200d\ufe0e\ufe0f"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """How a text travels: its encoding, its length in that encoding's units, and the parts it is sent in."""

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    """Septets, of which an extension character takes two; or UTF-16 units, of which an emoji takes two."""
    parts: int
    """0 for an empty text."""


def segments(text: str) -> Segments:
    """How `text` is counted; one character outside the GSM alphabet makes all of it UCS-2.

    >>> segments("a" * 160).parts, segments("a" * 161).parts, segments("€" * 81).parts
    (1, 2, 2)
    >>> segments("¡Sí!")
    Segments(encoding='UCS-2', units=4, parts=1)
    """
    is_narrow = all(each in _BASIC or each in _EXTENSION for each in text)
    if is_narrow:
        sizes = [2 if each in _EXTENSION else 1 for each in text]
        return Segments(encoding="GSM-7", units=sum(sizes), parts=_parts(sizes, _GSM_ALONE, _GSM_JOINED))
    sizes = [2 if ord(each) > _LAST_OF_PLANE else 1 for each in text]
    return Segments(encoding="UCS-2", units=sum(sizes), parts=_parts(sizes, _WIDE_ALONE, _WIDE_JOINED))


def _parts(sizes: Sequence[int], alone: int, joined: int) -> int:
    if sum(sizes) <= alone:
        return int(bool(sizes))
    parts, used = 1, 0
    for size in sizes:
        if used + size > joined:
            parts, used = parts + 1, 0
        used += size
    return parts


def normalised(text: str) -> str:
    r"""`text` spelled in the GSM alphabet wherever that reads the same: quotes, dashes, dots, spaces.

    Letters keep their accents and emoji stay, even where that makes the message UCS-2.

    >>> normalised("“It’s free” – ask us… ☎")
    '"It\'s free" - ask us... ☎'
    """
    composed = unicodedata.normalize("NFC", text).replace("\r\n", "\n")
    return composed.translate(_PLAIN)


def pages(text: str, *, most_parts: int, ending: str = "") -> tuple[str, ...]:
    """`text` in pages of whole sentences, none longer than `most_parts` segments.

    Every page but the last leaves room for `ending`, which the caller puts behind it. A sentence longer
    than a page is cut between words, and a word longer than a page between characters. Nothing is lost
    but the space at the cuts.

    >>> pages("It is free. It takes two days. " + "Ask us. " * 18, most_parts=1, ending=" Reply MORE")[1:]
    ('Ask us. Ask us. Ask us. Ask us.',)

    Raises:
        ValueError: `most_parts` leaves no room for one character and `ending`.
    """
    text = text.strip()
    ends = [end for _, end in sentences(text)]
    words = [at for at in range(1, len(text)) if text[at].isspace() and not text[at - 1].isspace()]
    letters = [at for at in range(1, len(text)) if not _is_joined(text, at)]
    cut: list[str] = []
    start = 0
    while segments(text[start:]).parts > most_parts:
        fits = _fitting(text, start, ending, most_parts)
        end = (
            _furthest(ends, start, fits)
            or _furthest(words, start, fits)
            or _furthest(letters, start, fits)
            or _furthest(range(1, len(text)), start, fits)
        )
        if not end:
            raise ValueError(f"{most_parts} parts have no room for a character and {len(ending)} more")
        cut.append(text[start:end].rstrip())
        start = end + len(text[end:]) - len(text[end:].lstrip())
    if start < len(text):
        cut.append(text[start:])
    return tuple(cut)


def _fitting(text: str, start: int, ending: str, most_parts: int) -> Callable[[int], bool]:
    return lambda end: segments(text[start:end] + ending).parts <= most_parts


def _furthest(places: Sequence[int], start: int, fits: Callable[[int], bool]) -> int:
    """The last of the rising `places` behind `start` that still fits; 0 where none does."""
    low, high = 0, len(places)
    while low < high:
        middle = (low + high) // 2
        if places[middle] <= start or fits(places[middle]):
            low = middle + 1
        else:
            high = middle
    return places[low - 1] if low and places[low - 1] > start else 0


def _is_joined(text: str, at: int) -> bool:
    """Whether the character at `at` belongs to the one before it."""
    return text[at] in _JOINERS or text[at - 1] == "\u200d" or unicodedata.combining(text[at]) > 0
