"""Dates: "tomorrow", "next Friday", "the 3rd of May", "2026-05-03", and "03/05", which may be two days."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from core.slots.calendar_words import MONTHS, WEEKDAYS, shown_day
from core.slots.reading import Context, Found, Reading, Refusal
from core.slots.relative_days import find_relative_days

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_WEEKDAY = "|".join(sorted(WEEKDAYS, key=len, reverse=True))
_DAY_NAME = rf"(?:(?P<weekday>{_WEEKDAY})\b\.?\s{{0,2}},?\s{{0,2}}(?:the\s|den\s|el\s|le\s)?)?"
_ORDINAL_DAYS = (
    "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth"
    "|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|twenty-first|twenty-second|twenty-third"
    "|twenty-fourth|twenty-fifth|twenty-sixth|twenty-seventh|twenty-eighth|twenty-ninth|thirtieth"
    "|thirty-first"
).split("|")
_SPELLED_DAY = "|".join(sorted(_ORDINAL_DAYS, key=len, reverse=True))
_DAY = rf"(?P<day>\d{{1,2}}(?:\s?(?:st|nd|rd|th|er|º)\b|\.)?|(?:{_SPELLED_DAY})\b)"
_YEAR = r"(?:\s{0,2},?\s{0,2}(?:de\s|del\s|of\s)?(?P<year>(?:19|20)\d{2})\b(?!:))?"
_DAY_MONTH = re.compile(
    rf"(?<![\w/:.-]){_DAY_NAME}{_DAY}\s{{0,2}}(?:of\s|de\s)?(?:the\s)?(?P<month>{_MONTH})\b\.?{_YEAR}"
    rf"(?:,?\son\s(?P<after>{_WEEKDAY})\b)?",
    re.IGNORECASE,
)
_MONTH_DAY = re.compile(
    rf"(?<![\w/:.-]){_DAY_NAME}(?P<month>{_MONTH})\b\.?\s{{1,2}}(?:the\s)?{_DAY}(?![\w:])(?!\.\d){_YEAR}"
    rf"(?:,?\son\s(?P<after>{_WEEKDAY})\b)?",
    re.IGNORECASE,
)
_YEAR_FIRST = re.compile(
    r"(?<![\w/.:-])(?P<year>(?:19|20)\d{2})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})(?![\w/-])"
)
_FIGURES = re.compile(
    rf"(?<![\w/.:$€£-]){_DAY_NAME}(?P<first>\d{{1,2}})(?P<mark>[-/.])(?P<second>\d{{1,2}})"
    r"(?:(?P=mark)(?P<year>(?:19|20)?\d{2}))?(?![\w/:-])(?![.,]\d)",
    re.IGNORECASE,
)
_DAY_ALONE = re.compile(
    rf"(?<![\w/:.-]){_DAY_NAME}(?P<day>\d{{1,2}}(?:st|nd|rd|th)\b)"
    r"(?!\s(?:time|one|order|floor|avenue|street|person|birthday|anniversary|option|choice))",
    re.IGNORECASE,
)
_DAY_FOLLOWS = re.compile(r"\b(?:the|on|for|by|until|till|to)\s$", re.IGNORECASE)
_MONTH_BEFORE = re.compile(rf"\b(?:{_MONTH})\.?\s(?:the\s)?$", re.IGNORECASE)
_DAY_FIRST_LANGUAGES = frozenset({"spanish", "german", "french", "italian", "portuguese"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaning:
    """What is taken for granted where a date does not say all: the next such day, or the last one.

    `is_day_first` says how 03/05 is read; None asks the language, and in English takes neither.
    """

    is_past: bool = False
    is_day_first: bool | None = None


def find_dates(text: str, context: Context, *, leaning: Leaning | None = None) -> Iterator[Found]:
    """The days in a text, as `datetime.date`, seen from `context.today`."""
    lean = leaning or Leaning()
    yield from find_relative_days(text, context, is_past=lean.is_past)
    for match in _YEAR_FIRST.finditer(text):
        yield from _dated(match, (int(match["year"]), int(match["month"]), int(match["day"])), context, lean)
    for pattern in (_DAY_MONTH, _MONTH_DAY):
        for match in pattern.finditer(text):
            if not _is_may_the_verb(match, text):
                yield from _named(match, context, lean)
    for match in _FIGURES.finditer(text):
        yield from _figures(match, text, context, lean)
    for match in _DAY_ALONE.finditer(text):
        yield from _alone(match, text, context, lean)


def _is_may_the_verb(match: re.Match[str], text: str) -> bool:
    """Whether "may" asks for something: "May the 3 of us come?"."""
    return match["month"].lower() == "may" and bool(
        re.match(r"\s(?:of\sus|people|guests)", text[match.end() :])
    )


def _named(match: re.Match[str], context: Context, lean: Leaning) -> Iterator[Found]:
    word = match["day"].lower()
    day = _ORDINAL_DAYS.index(word) + 1 if word in _ORDINAL_DAYS else int(re.sub(r"\D", "", word))
    year = int(match["year"]) if match["year"] else None
    yield from _dated(match, (year, MONTHS[match["month"].lower()], day), context, lean)


def _figures(match: re.Match[str], text: str, context: Context, lean: Leaning) -> Iterator[Found]:
    first, second, mark = int(match["first"]), int(match["second"]), match["mark"]
    if not match["year"] and (mark == "-" or (mark == "." and not _is_date_around(match, text, context))):
        return
    year = _whole_year(match["year"])
    is_day_first = lean.is_day_first
    if is_day_first is None and (mark == "." or context.language in _DAY_FIRST_LANGUAGES):
        is_day_first = True
    orders = [(second, first), (first, second)]
    if is_day_first is False:
        orders.reverse()
    fitting = [(month, day) for month, day in orders if _made(year or 2000, month, day)]
    if not fitting:
        yield Refusal(reason=f"{match[0].strip()} is no date", start=match.start(), end=match.end())
        return
    if is_day_first is not None or first == second:
        fitting = fitting[:1]
    for month, day in fitting:
        for found in _dated(match, (year, month, day), context, lean):
            if isinstance(found, Reading) and len(fitting) > 1:
                yield _reading(match, found.value, context, is_certain=False)
            else:
                yield found


def _is_date_around(match: re.Match[str], text: str, context: Context) -> bool:
    """Whether "3.5" is a day: only in a language that writes days so, where a day is asked for or meant."""
    is_after_word = re.search(r"\b(?:am|vom|bis|zum|den)\s$", text[: match.start()], re.IGNORECASE)
    return context.language == "german" and (context.is_asked or bool(is_after_word))


def _whole_year(digits: str | None) -> int | None:
    if not digits:
        return None
    return int(digits) if len(digits) == 4 else 2000 + int(digits) - (100 if int(digits) > 60 else 0)


def _dated(
    match: re.Match[str], parts: tuple[int | None, int, int], context: Context, lean: Leaning
) -> Iterator[Found]:
    year, month, day = parts
    made = _made(year, month, day) if year else _nearest(month, day, context.today, lean)
    if made is None:
        yield Refusal(reason=f"{match[0].strip()} is no date", start=match.start(), end=match.end())
        return
    named = match.groupdict().get("weekday") or match.groupdict().get("after")
    is_that_day = not named or WEEKDAYS[named.lower()] == made.weekday()
    yield _reading(match, made, context, is_certain=is_that_day)


def _nearest(month: int, day: int, today: date, lean: Leaning) -> date | None:
    """The next such day from today on, or the last one up to today; a leap day may be years away."""
    years = (
        range(today.year, max(1, today.year - 9), -1) if lean.is_past else range(today.year, today.year + 9)
    )
    for year in years:
        made = _made(year, month, day)
        if made and (made <= today if lean.is_past else made >= today):
            return made
    return None


def _alone(match: re.Match[str], text: str, context: Context, lean: Leaning) -> Iterator[Found]:
    """Days such as "Thursday the 3rd": the next month with such a day, on that weekday if named."""
    day = int(re.sub(r"\D", "", match["day"]))
    before = text[max(0, match.start() - 16) : match.start()]
    if _MONTH_BEFORE.search(before):
        return
    if not (
        match["weekday"] or context.is_asked or _DAY_FOLLOWS.search(before) or match[0] == text.strip(" .!?")
    ):
        return
    wanted = WEEKDAYS[match["weekday"].lower()] if match["weekday"] else None
    first = context.today.replace(day=1)
    fallback = None
    for _ in range(48):
        made = _made(first.year, first.month, day)
        if made and (made <= context.today if lean.is_past else made >= context.today):
            fallback = fallback or made
            if wanted is None or made.weekday() == wanted:
                yield _reading(match, made, context, is_certain=made == fallback)
                return
        step = first - timedelta(days=1) if lean.is_past else first + timedelta(days=31)
        first = step.replace(day=1)
    if fallback is None:
        yield Refusal(reason=f"{match[0].strip()} is no date", start=match.start(), end=match.end())
    else:
        yield _reading(match, fallback, context, is_certain=False)


def _made(year: int | None, month: int, day: int) -> date | None:
    try:
        return date(year or 2000, month, day)
    except ValueError:
        return None


def _reading(match: re.Match[str], value: object, context: Context, *, is_certain: bool = True) -> Reading:
    assert isinstance(value, date)  # noqa: S101 - only days are handed in
    shown = shown_day(value, context.language)
    is_shortened = re.search(r"\b\w{3,4}\.$", match[0])
    end = match.end() if is_shortened else match.end() - len(match[0]) + len(match[0].rstrip("."))
    return Reading(value=value, start=match.start(), end=end, text=shown, is_certain=is_certain)
