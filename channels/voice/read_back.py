"""Numbers and names that a caller spelled, and those of an answer that a caller wants spelled."""

from __future__ import annotations

import re

from channels.voice.plain_words import plain_words
from core.said_letters import spelled_name
from core.slots.references import digits_said
from core.spoken_text import read_back, tongue_of

_LETTER = re.compile(r"\b[A-Za-z]\b")
_WRITTEN = re.compile(r"#?\b[A-Za-z]{0,6}[-/]?\d{4,}[A-Za-z0-9-]*\b")
_CODE = re.compile(r"(?<!\w)#?(?=[A-Z0-9/-]*\d)[A-Z0-9][A-Z0-9/-]{3,}(?!\w)")
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,63}\w")
_NAME = re.compile(r"(?<=\w )[A-ZÄÖÜÉÈÀÁÍÓÚÑÇ][\wäöüßéèàáíóúñç'-]+(?: [A-ZÄÖÜ][\w'-]+)?")
FEWEST_DIGITS = 4
_MOST_SPELLED = 3


def reference_said(text: str) -> str:
    """The number that was said, with the letters said before it; "" where fewer than four digits were.

    >>> reference_said("my order is L two zero four one eight"), reference_said("for two people")
    ('L20418', '')
    """
    if written := _WRITTEN.search(text):
        return written[0].lstrip("#").upper()
    words = text.split()
    digits = digits_said(text)
    if len(digits) < FEWEST_DIGITS:
        return ""
    first = next((place for place, word in enumerate(words) if digits_said(word)), 0)
    letters: list[str] = []
    for word in reversed(words[:first]):
        if not _LETTER.fullmatch(word.strip(".,")):
            break
        letters.insert(0, word.strip(".,").upper())
    return "".join(letters) + digits


def name_said(text: str) -> str:
    """The name that was spelled letter by letter; "" where fewer than three letters were.

    >>> name_said("it is B, e, n"), name_said("I live in Ulm")
    ('Ben', '')
    """
    letters = _LETTER.findall(text)
    return spelled_name(" ".join(letters)) if len(letters) >= 3 else ""


def as_read_back(understood: str, language: str) -> str:
    """A number or a name as it is read back, piece by piece."""
    if any(each.isdigit() for each in understood):
        return read_back(understood, language)
    return ", ".join(understood.upper())


def spelled_out(text: str, language: str) -> str:
    """The numbers, addresses and names of a text, spelled; "" where it has none.

    >>> spelled_out("Your order is L20418.", "en")
    'L, two zero four one eight'
    """
    codes = [*_CODE.findall(text), *(match[0] for match in _WRITTEN.finditer(text))]
    if codes:
        return "; ".join(read_back(each, language) for each in list(dict.fromkeys(codes))[:_MOST_SPELLED])
    if address := _ADDRESS.search(text):
        return _lettered(address[0], language)
    names = _NAME.findall(text)
    return "; ".join(_lettered(each, language) for each in names[:1])


def _lettered(written: str, language: str) -> str:
    signs = tongue_of(language).signs
    named = {"@": signs["at"], ".": signs["dot"], "-": signs["dash"], "_": signs["underscore"]}
    pieces = [named.get(each, each.upper()) for each in written if not each.isspace()]
    return ", ".join(pieces)


def is_only(understood: str, text: str) -> bool:
    """Whether a caller said a number or a name and hardly anything beside it."""
    return len(plain_words(text).split()) <= len(understood) + 4
