"""Days said by their distance or name: "tomorrow", "in 3 days", "a month from now", "next Friday"."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date, timedelta

from core.slots.amounts import word_value
from core.slots.calendar_words import WEEKDAYS, shown_day
from core.slots.reading import Context, Reading

_NEAR_DAYS = {
    "the day after tomorrow": 2, "day after tomorrow": 2, "the day before yesterday": -2,
    "übermorgen": 2, "pasado mañana": 2, "après-demain": 2,
    "tomorrow": 1, "tmrw": 1, "tmr": 1, "tomorow": 1, "tommorow": 1, "tommorrow": 1, "morgen": 1, "mañana": 1,
    "demain": 1,
    "today": 0, "tonight": 0, "tonite": 0, "heute": 0, "hoy": 0, "aujourd'hui": 0,
    "yesterday": -1, "gestern": -1, "ayer": -1, "hier": -1,
}  # fmt: skip
_FOREIGN = {
    "morgen": "german", "heute": "german", "gestern": "german", "übermorgen": "german",
    "mañana": "spanish", "hoy": "spanish", "ayer": "spanish", "hier": "french",
}  # fmt: skip
_NEAR = re.compile(
    rf"(?<!\w)(?P<name>{'|'.join(sorted(map(re.escape, _NEAR_DAYS), key=len, reverse=True))}"
    r"|this\s(?:evening|morning|afternoon|night))(?!\w)",
    re.IGNORECASE,
)
_COUNT = (
    r"\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen"
    r"|sixteen|seventeen|eighteen|nineteen|twenty(?:[\s-](?:one|two|three|four|five|six|seven|eight|nine))?"
    r"|thirty|a couple of"
)
_UNIT = r"days?|weeks?|fortnights?|months?|years?|hours?"
_DISTANCE = re.compile(
    rf"(?<!\w)(?:in\s(?:about\s)?(?P<ahead>{_COUNT})\s(?P<unit>{_UNIT})(?:\stime|'\stime)?"
    rf"|(?P<from>{_COUNT})\s(?P<unit_from>{_UNIT})\s(?:from\s(?P<base>now|today|tomorrow)|hence)"
    rf"|(?P<back>{_COUNT})\s(?P<unit_back>{_UNIT})\sago)\b(?!\s(?:from|ago))",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(
    rf"(?<![\w-])(?:(?P<which>this|next|coming|this coming|last|this past|on|nächste[nrs]?"
    rf"|próximo)\s)?(?P<name>{'|'.join(sorted(WEEKDAYS, key=len, reverse=True))})"
    r"(?:\s(?P<week>week|next week))?(?![\w-])",
    re.IGNORECASE,
)
_SHORT_NAMES = frozenset({"mon", "tue", "wed", "weds", "thu", "thur", "thurs", "fri", "sat", "sun", "tues"})
_WORDS_TOO = frozenset({"sun", "sat", "wed", "mon"})
_DAYS = {"d": 1, "w": 7, "f": 14}


def find_relative_days(text: str, context: Context, *, is_past: bool) -> Iterator[Reading]:
    """The days that a text names from where today stands. "Next Friday" may be one of two."""
    for match in _NEAR.finditer(text):
        name = match["name"].lower()
        if _FOREIGN.get(name, context.language) == context.language:
            yield from _shown(match, [_moved(context.today, _NEAR_DAYS.get(name, 0))], context)
    for match in _DISTANCE.finditer(text):
        yield from _shown(match, [_distant(match, context.today)], context)
    for match in _WEEKDAY.finditer(text):
        if match["name"].lower() not in _WORDS_TOO or match["which"] or match["name"][0].isupper():
            yield from _shown(match, _weekdays(match, context.today, is_past=is_past), context)


def _weekdays(match: re.Match[str], today: date, *, is_past: bool) -> list[date | None]:
    which = (match["which"] or "").lower()
    ahead = (WEEKDAYS[match["name"].lower()] - today.weekday()) % 7
    if which in ("last", "this past") or (is_past and which != "next"):
        return [_moved(today, ahead - 7)] if ahead or which else [today]
    coming = ahead or 7
    if match["week"]:
        return [_moved(today, coming + (7 if match["week"].lower() == "week" else 0))]
    if which == "next" or which.startswith(("nächst", "próximo")):
        in_next_week = ahead + 7 if WEEKDAYS[match["name"].lower()] >= today.weekday() else ahead
        return [_moved(today, in_next_week), *([] if in_next_week == coming else [_moved(today, coming)])]
    if not ahead and not which:
        return [today, _moved(today, 7)]
    return [_moved(today, coming if "coming" in which else ahead)]


def _distant(match: re.Match[str], today: date) -> date | None:
    words = (match["ahead"] or match["from"] or match["back"]).lower()
    unit = (match["unit"] or match["unit_from"] or match["unit_back"]).lower()[0]
    count = _count(words) * (-1 if match["back"] else 1)
    start = _moved(today, 1 if (match["base"] or "").lower() == "tomorrow" else 0)
    if start is None or unit == "h":
        return start
    if unit in _DAYS:
        return _moved(start, count * _DAYS[unit])
    return _months_later(start, count * (12 if unit == "y" else 1))


def _count(words: str) -> int:
    if words.isdigit():
        return int(words)
    if words in ("a", "an"):
        return 1
    if words == "a couple of":
        return 2
    return sum(word_value(word) or 0 for word in re.split(r"[\s-]", words))


def _moved(day: date, days: int) -> date | None:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return None


def _months_later(day: date, months: int) -> date | None:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        return None
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _shown(match: re.Match[str], days: list[date | None], context: Context) -> Iterator[Reading]:
    """A reading for each day; "on" before a weekday belongs to no date."""
    is_on = match.re is _WEEKDAY and (match["which"] or "").lower() == "on"
    start = match.start("name") if is_on else match.start()
    for day in days:
        if day is not None:
            yield Reading(
                value=day,
                start=start,
                end=match.end(),
                text=shown_day(day, context.language),
                is_certain=len(days) == 1,
            )
