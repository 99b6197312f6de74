"""Amounts as they are written or spelled ("1.250,50", "two hundred thousand", "two and a half").

Every kind of number starts from `amounts_in` and looks at what stands around each one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

_ENGLISH = """
zero nought nil|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen
|sixteen
|seventeen|eighteen|nineteen|twenty"""
_TENS = {
    "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
_OTHERS = {
    "spanish": """cero|un uno una|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce
        |quince|dieciséis|diecisiete|dieciocho|diecinueve|veinte""",
    "german": """null|ein eins eine einen einem einer|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf
        |zwölf|dreizehn|vierzehn|fünfzehn|sechzehn|siebzehn|achtzehn|neunzehn|zwanzig""",
    "french": """zéro|un une|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze
        |quinze|seize||||vingt""",
}


def _table(words: str) -> dict[str, int]:
    return {word: value for value, same in enumerate(words.split("|")) for word in same.split()}


_WORDS = {"english": _table(_ENGLISH) | _TENS} | {name: _table(words) for name, words in _OTHERS.items()}
_MULTIPLES = {
    "dozen": 12,
    "hundred": 100,
    "hundreds": 100,
    "thousand": 1_000,
    "grand": 1_000,
    "mil": 1_000,
    "tausend": 1_000,
    "mille": 1_000,
    "million": 10**6,
    "millions": 10**6,
    "billion": 10**9,
}
_SHORT = {
    "k": 1_000, "m": 10**6, "mn": 10**6, "mio": 10**6, "bn": 10**9, "hundred": 100, "thousand": 1_000,
    "grand": 1_000, "dozen": 12, "mil": 1_000, "tausend": 1_000, "mille": 1_000, "million": 10**6,
    "millions": 10**6, "millionen": 10**6, "millones": 10**6, "billion": 10**9,
}  # fmt: skip
_DIGITS = re.compile(
    r"(?:(?<=usd)|(?<=eur)|(?<=gbp)|(?<=chf)|(?<![\w#@:/]))(?<!\d[.,'’-])"
    r"(?P<digits>\d{1,15}+(?:[.,'’]\d{1,15}+){0,6}+|[.,]\d{1,9}+)(?!\d|[:/]\d|-\d)"
    r"(?P<half>\s?½|\s(?:and|&)\sa\shalf\b|\s1/2)?"
    r"(?:\s?(?P<times>k|mn|mio|m|bn|hundred|thousand|grand|dozen|mil|tausend|mille|millions?|millionen"
    r"|millones"
    r"|billion)(?![^\W\d_]))?",
    re.IGNORECASE,
)
_SPACED = re.compile(r"(?<![\w.,/:-])\d{1,3}(?:[ \u00a0\u202f]\d{3}){1,4}(?:,\d{1,2})?(?![\d.,/:-])")
_WORD = re.compile(r"[^\W\d_]+|½")
_GAP = re.compile(r"[\s-]{1,3}")
_ORDINAL = re.compile(r"(?:st|nd|rd|th)\b", re.IGNORECASE)
_COMMA_LANGUAGES = frozenset({"spanish", "german", "french", "italian", "portuguese"})
HALF = Decimal("0.5")


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A number at `start` to `end` with the values its spelling allows, the likeliest first."""

    values: tuple[Decimal, ...]
    start: int
    end: int
    is_spelled: bool = False


def amounts_in(text: str, language: str = "english") -> list[Amount]:
    """The amounts in a text, in its order, no two overlapping. Ordinals and parts of dates are none.

    >>> [str(each.values[0]) for each in amounts_in("two and a half, 1,250.50 or 12k")]
    ['2.5', '1250.50', '12000']
    """
    found = [*_spaced(text, language), *_written(text, language), *_spelled(text, language)]
    kept: list[Amount] = []
    for each in sorted(found, key=lambda one: (one.start, -one.end)):
        if not kept or each.start >= kept[-1].end:
            kept.append(each)
    return kept


def values_of(digits: str, language: str = "english") -> tuple[Decimal, ...]:
    """The values that digits with points, commas and apostrophes may stand for, likeliest first.

    >>> values_of("1.250,50"), values_of("1.250"), values_of("1.250", "german")
    ((Decimal('1250.50'),), (Decimal('1.250'), Decimal('1250')), (Decimal('1250'),))
    """
    plain = re.sub(r"['’\s]", "", digits)
    marks = re.findall(r"[.,]", plain)
    if not marks:
        return (Decimal(plain),)
    last = plain.rpartition(marks[-1])
    decimal = Decimal(f"{re.sub('[.,]', '', last[0]) or '0'}.{last[2]}")
    grouped = Decimal(re.sub(r"[.,]", "", plain))
    if len(set(marks)) == 2:
        return (decimal,)
    if len(marks) > 1:
        return (grouped,)
    if len(last[2]) != 3 or not re.fullmatch(r"[1-9]\d{0,2}", last[0]):
        return (decimal,)
    has_comma_decimals = language in _COMMA_LANGUAGES
    if marks[0] == ",":
        return (decimal, grouped) if has_comma_decimals else (grouped,)
    return (grouped,) if has_comma_decimals else (decimal, grouped)


def word_value(word: str, language: str = "english") -> int | None:
    """The number that one word spells: "twelve" is 12; in another language English words count too.

    >>> word_value("Twelve"), word_value("once"), word_value("once", "spanish")
    (12, None, 11)
    """
    low = word.lower()
    own = _WORDS.get(language, {}).get(low)
    return _WORDS["english"].get(low) if own is None else own


def _spaced(text: str, language: str) -> Iterator[Amount]:
    if language in _COMMA_LANGUAGES:
        for match in _SPACED.finditer(text):
            whole, _, part = re.sub(r"\s", "", match[0]).partition(",")
            yield Amount(values=(Decimal(f"{whole}.{part or 0}"),), start=match.start(), end=match.end())


def _written(text: str, language: str) -> Iterator[Amount]:
    for match in _DIGITS.finditer(text):
        if _ORDINAL.match(text, match.end("digits")):
            continue
        times = Decimal(_SHORT.get((match["times"] or "").lower(), 1))
        more = HALF if match["half"] else Decimal(0)
        values = tuple((value + more) * times for value in values_of(match["digits"], language))
        yield Amount(
            values=tuple(_plain(value) for value in values) if times > 1 or more else values,
            start=match.start(),
            end=match.end(),
        )


def _plain(value: Decimal) -> Decimal:
    """The value without an exponent or zeros that say nothing."""
    return Decimal(format(value.normalize(), "f"))


def _spelled(text: str, language: str) -> Iterator[Amount]:
    words = [(match[0].lower(), match.start(), match.end()) for match in _WORD.finditer(text)]
    place = 0
    while place < len(words):
        run = _Run(text, words, language, place)
        if (value := run.read()) is None:
            place += 1
            continue
        yield Amount(values=(value,), start=words[place][1], end=words[run.place - 1][2], is_spelled=True)
        place = run.place


class _Run:
    """Reads number words from one place on: `total` holds whole thousands, `part` what comes after."""

    def __init__(self, text: str, words: list[tuple[str, int, int]], language: str, place: int) -> None:
        self.text, self.words, self.language, self.place = text, words, language, place
        self.total, self.part, self.is_begun = 0, 0, False
        self.ceiling = 10**12

    def read(self) -> Decimal | None:
        """The value of the words from `place` on, which is then after them; nothing if none is a number."""
        if self._word(0) == "half" and self._word(1) in ("a", "an") and self._word(2) in _MULTIPLES:
            times = _MULTIPLES[self._word(2)]
            self.place += 3
            return _plain(HALF * times)
        if self._word(0) in ("a", "an") and self._word(1) in (*_MULTIPLES, "couple"):
            self._article()
        while self._step():
            continue
        if not self.is_begun:
            return None
        half = Decimal(0)
        if [self._word(ahead) for ahead in range(3)] == ["and", "a", "half"]:
            half, self.place = HALF, self.place + 3
        return Decimal(self.total + self.part) + half

    def _article(self) -> None:
        self.is_begun = True
        if self._word(1) == "couple":
            self.part, self.ceiling = 2, 0
            self.place += 2
        else:
            self.part = 1
            self.place += 1

    def _word(self, ahead: int) -> str:
        """The word so far ahead, when only a space or hyphen lies between it and the one before."""
        here = self.place + ahead
        if here >= len(self.words):
            return ""
        is_first = ahead == 0 and not self.is_begun
        if not is_first and (
            here == 0 or not _GAP.fullmatch(self.text, self.words[here - 1][2], self.words[here][1])
        ):
            return ""
        return self.words[here][0]

    def _step(self) -> bool:
        word = self._word(0)
        if self.is_begun and word == "and" and (self.part >= 100 or (self.total and not self.part)):
            following = word_value(self._word(1), self.language)
            if following is None or not self._fits(following):
                return False
            self.place += 1
            word = self._word(0)
        if word in _MULTIPLES:
            return self._multiply(_MULTIPLES[word])
        value = word_value(word, self.language) if word else None
        if value is None or not self._fits(value):
            return False
        self.part += value
        self.place, self.is_begun = self.place + 1, True
        return True

    def _fits(self, value: int) -> bool:
        if not self.is_begun or (self.part == 0 and self.total):
            return True
        rest = self.part % 100
        return bool(rest == 0 and self.part >= 100) or bool(rest >= 20 and rest % 10 == 0 and 0 < value < 10)

    def _multiply(self, times: int) -> bool:
        if not self.is_begun or not self.part or times >= self.ceiling:
            return False
        if times <= 100:
            if self.part >= 100:
                return False
            self.part *= times
        else:
            self.total += self.part * times
            self.part, self.ceiling = 0, times
        self.place += 1
        return True
