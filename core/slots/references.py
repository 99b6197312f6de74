"""Order and reference numbers of a tool's own pattern, also said with spaces or digit by digit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from core.slots.reading import Context, Found, Reading, Refusal

_DIGIT_WORDS = {
    "zero": "0", "oh": "0", "o": "0", "null": "0", "cero": "0", "zéro": "0",
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "niner": "9",
    "uno": "1", "dos": "2", "tres": "3", "cuatro": "4", "cinco": "5", "seis": "6", "siete": "7", "ocho": "8",
    "nueve": "9",
    "eins": "1", "zwei": "2", "zwo": "2", "drei": "3", "vier": "4", "fünf": "5", "sechs": "6", "sieben": "7",
    "acht": "8", "neun": "9",
    "un": "1", "deux": "2", "trois": "3", "quatre": "4", "cinq": "5", "sept": "7", "huit": "8", "neuf": "9",
}  # fmt: skip
_SIGN_WORDS = {
    "hash": "#",
    "hashtag": "#",
    "pound": "#",
    "dash": "-",
    "hyphen": "-",
    "minus": "-",
    "slash": "/",
}
_TIMES = {"double": 2, "triple": 3}
_TOKEN = re.compile(r"[^\W_]{1,40}|[#/_-]")
_LITERAL = re.compile(r"(?:\\?[#/_-]|[A-Za-z0-9](?![*?{+|]))+")
_LOOKS_LIKE_ONE = re.compile(r"#?[A-Za-z]{0,4}-?\d{3,40}")
_LONGEST_RUN = 24


@dataclass(frozen=True, slots=True)
class _Said:
    letters: str
    start: int
    end: int


def find_references(text: str, context: Context, *, pattern: str) -> Iterator[Found]:
    """The references in a text that keep the tool's `pattern`, written as the pattern wants them.

    The pattern's own first signs may be left out, the letters may be of either case, and
    digits may be spelled: for `#W[0-9]{7}`, "w 12 34 56 seven" is #W1234567. When the reference was
    asked for and something like one does not fit, that is a refusal.
    """
    whole = re.compile(pattern)
    loose = re.compile(pattern, re.IGNORECASE)
    found: list[tuple[int, int]] = []
    for match in re.finditer(rf"(?<![\w]){_grouped(pattern)}(?!\w)", text, re.IGNORECASE):
        if match[0] and (value := _fitted(match[0], whole, loose)):
            found.append(match.span())
            yield Reading(value=value, start=match.start(), end=match.end(), text=value)
    said = list(_said(text))
    heads = _heads(pattern)
    place = 0
    while place < len(said):
        taken = _longest(said[place : place + _LONGEST_RUN], whole, loose, heads)
        if taken is None:
            place += 1
            continue
        value, count, is_headed = taken
        start, end = said[place].start, said[place + count - 1].end
        if all(end <= first or start >= last for first, last in found) and (is_headed or context.is_asked):
            found.append((start, end))
            yield Reading(
                value=value, start=start, end=end, text=value, is_certain=is_headed or context.is_asked
            )
        place += count
    if context.is_asked and not found:
        for near in _LOOKS_LIKE_ONE.finditer(text):
            yield Refusal(
                reason=f"{near[0]} is not written like one of ours", start=near.start(), end=near.end()
            )


def _longest(
    said: list[_Said], whole: re.Pattern[str], loose: re.Pattern[str], heads: list[str]
) -> tuple[str, int, bool] | None:
    """The reference that the most of these pieces spell: its value, how many, whether with its head."""
    for count in range(len(said), 0, -1):
        letters = "".join(piece.letters for piece in said[:count])
        if value := _fitted(letters, whole, loose):
            return value, count, True
        for head in heads:
            bare = re.sub(r"^[#/_-]+", "", letters)
            if value := _fitted(head + bare, whole, loose):
                return value, count, bare[:1].isalpha()
    return None


def _fitted(letters: str, whole: re.Pattern[str], loose: re.Pattern[str]) -> str:
    """The letters in the case that the pattern wants, or nothing."""
    if not loose.fullmatch(letters):
        return ""
    for candidate in (letters, letters.upper(), letters.lower()):
        if whole.fullmatch(candidate):
            return candidate
    return ""


def _heads(pattern: str) -> list[str]:
    """What may stand before words that left out the fixed beginning: for `#W[0-9]+`, "#" and "#W"."""
    match = _LITERAL.match(pattern.removeprefix("^"))
    literal = match[0].replace("\\", "") if match else ""
    return [literal[:length] for length in range(1, len(literal) + 1)]


def _grouped(pattern: str) -> str:
    return f"(?:{pattern.removeprefix('^').removesuffix('$')})"


def _said(text: str) -> Iterator[_Said]:
    """The pieces of a text with digit words as digits: "double five" is "55"."""
    times, start = 1, -1
    for match in _TOKEN.finditer(text):
        word = match[0].lower()
        if word in _TIMES:
            times, start = _TIMES[word], match.start()
            continue
        letters = _DIGIT_WORDS.get(word) or _SIGN_WORDS.get(word) or match[0]
        is_repeated = times > 1 and len(letters) == 1
        yield _Said(
            letters * times if is_repeated else letters, start if is_repeated else match.start(), match.end()
        )
        times, start = 1, -1


def digits_said(text: str) -> str:
    """The digits a caller said, in groups or by name: "double four one, 20" is "44120".

    >>> digits_said("double four one, 20"), digits_said("zwei null vier")
    ('44120', '204')
    """
    return "".join(
        piece.letters for piece in _said(text) if piece.letters.isascii() and piece.letters.isdecimal()
    )
