"""Lengths of time: "30 years", "18 months", "two and a half years", "a year and a half", "1h 30"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from core.slots.amounts import HALF, amounts_in
from core.slots.counts import shown_number
from core.slots.reading import Context, Found, Reading

_NAMES = {
    "year": "years? yrs? y años? año jahre? jahren ans? années? année",
    "month": "months? mos? mths? meses mes monate? monaten mois",
    "week": "weeks? wks? semanas? wochen? woche semaines?",
    "day": "days? días? dias? tage? tagen jours?",
    "hour": "hours? hrs? h horas? stunden? stunde heures?",
    "minute": "minutes? mins? minutos? minuten?",
}
_UNITS = {
    unit: re.compile(rf"(?:{'|'.join(names.split())})(?![\w])", re.IGNORECASE)
    for unit, names in _NAMES.items()
}
_ALL = "|".join("|".join(names.split()) for names in _NAMES.values())
_AFTER = re.compile(rf"[\s-]{{0,2}}(?:of\s)?(?P<unit>{_ALL})(?!\w)", re.IGNORECASE)
_ARTICLE = re.compile(
    r"\b(?P<half>half\s)?an?\s(?P<half_after>half[\s-])?(?P<unit>year|month|week|fortnight|day|hour|minute"
    r"|decade)\b"
    r"(?P<more>\sand\sa\shalf\b)?",
    re.IGNORECASE,
)
_AND_HALF = re.compile(r"\sand\sa\shalf\b", re.IGNORECASE)
_JOIN = re.compile(r"\s?(?:,|and|und|y|et)?\s?", re.IGNORECASE)
_MONTHS = {"year": Decimal(12), "month": Decimal(1), "decade": Decimal(120)}
_MINUTES = {
    "week": Decimal(10_080),
    "fortnight": Decimal(20_160),
    "day": Decimal(1_440),
    "hour": Decimal(60),
    "minute": Decimal(1),
}
_MOST = Decimal(10**9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """A length of time: whole or part months, and minutes besides, for a month has no fixed length."""

    months: Decimal = Decimal(0)
    minutes: Decimal = Decimal(0)

    def __str__(self) -> str:
        """The length in its largest units.

        >>> str(Duration(months=Decimal(30))), str(Duration(minutes=Decimal(90)))
        ('2 years 6 months', '1 hour 30 minutes')
        """
        years, months = divmod(self.months, 12)
        days, rest = divmod(self.minutes, 1_440)
        hours, minutes = divmod(rest, 60)
        parts = ((years, "year"), (months, "month"), (days, "day"), (hours, "hour"), (minutes, "minute"))
        shown = [f"{shown_number(count)} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count]
        return " ".join(shown) or "0 minutes"


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    length: Duration


def find_durations(text: str, context: Context, *, unit: str = "") -> Iterator[Found]:
    """The lengths of time in a text, as `Duration`.

    With `unit`, such as "year", a bare number is read in it when a duration was asked for.
    """
    pieces = sorted([*_counted(text, context), *_with_article(text)], key=lambda each: each.start)
    joined: list[_Piece] = []
    for piece in pieces:
        if joined and piece.start < joined[-1].end:
            continue
        if joined and _JOIN.fullmatch(text, joined[-1].end, piece.start):
            last = joined.pop()
            joined.append(_Piece(last.start, piece.end, _sum(last.length, piece.length)))
        else:
            joined.append(piece)
    for piece in joined:
        yield _reading(piece, is_certain=True)
    if unit and context.is_asked and not joined:
        for amount in amounts_in(text, context.language):
            if amount.values[0] < _MOST and not re.match(r"\s?[%€$£]|\w", text[amount.end :]):
                length = _length(unit, amount.values[0])
                yield _reading(_Piece(amount.start, amount.end, length), is_certain=len(amount.values) == 1)


def _counted(text: str, context: Context) -> Iterator[_Piece]:
    for amount in amounts_in(text, context.language):
        match = _AFTER.match(text, amount.end)
        if match is None or amount.values[0] >= _MOST:
            continue
        half = _AND_HALF.match(text, match.end())
        count = amount.values[0] + (HALF if half else 0)
        yield _Piece(amount.start, half.end() if half else match.end(), _length(_unit(match["unit"]), count))


def _with_article(text: str) -> Iterator[_Piece]:
    for match in _ARTICLE.finditer(text):
        count = HALF if match["half"] or match["half_after"] else Decimal(1)
        count += HALF if match["more"] else 0
        yield _Piece(match.start(), match.end(), _length(match["unit"].lower(), count))


def _unit(words: str) -> str:
    return next(unit for unit, pattern in _UNITS.items() if pattern.fullmatch(words))


def _length(unit: str, count: Decimal) -> Duration:
    single = unit.lower().removesuffix("s")
    if single in _MONTHS:
        return Duration(months=count * _MONTHS[single])
    return Duration(minutes=count * _MINUTES.get(single, Decimal(1)))


def _sum(one: Duration, other: Duration) -> Duration:
    return Duration(months=one.months + other.months, minutes=one.minutes + other.minutes)


def _reading(piece: _Piece, *, is_certain: bool) -> Reading:
    return Reading(
        value=piece.length, start=piece.start, end=piece.end, text=str(piece.length), is_certain=is_certain
    )
