"""Times of day: "7.15 pm", "half past seven", "19:30", "noon", "quarter to 8", "at 7", "in an hour"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from core.slots.amounts import word_value
from core.slots.calendar_words import MONTHS
from core.slots.reading import Context, Found, Reading, Refusal

_HOUR_WORDS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_MINUTE_WORDS = rf"{_HOUR_WORDS}|twenty(?:[\s-]five)?|fifteen|thirty|forty(?:[\s-]five)?|quarter|half"
_HALF_DAY = (
    r"(?:\s{0,2}(?P<half>[ap]\.?\s?m\b\.?)|\s(?:o'?\s?clock\s)?(?:(?:in|at|this)\s)?(?:the\s)?"
    r"(?P<part>morning|afternoon|evening|night|tonight)\b)"
)
_CLOCK = re.compile(
    r"(?<![\w/:$€£#-])(?<!\d[.,])(?P<hour>\d{1,2})"
    r"(?:(?P<mark>\s?:\s?|[.h])(?P<minute>\d{2})(?:[:.]\d{2})?|(?P<joined>\d{2})(?=\s?(?:[ap]\.?m|h(?:ours"
    r"|rs|r)?\b)))?"
    rf"(?P<ish>ish)?(?:\s?(?P<clock>o'?\s?clock|uhr|hrs?|hours?|h)(?![^\W_]))?(?:{_HALF_DAY})?"
    r"(?![\w%€$£-])(?![.,:/]\d)",
    re.IGNORECASE,
)
_SPOKEN = re.compile(
    rf"(?<!\w)(?P<minutes>\d{{1,2}}|{_MINUTE_WORDS})(?:\s(?:minutes?|mins?))?[\s-]"
    rf"(?P<side>past|after|to|before|till|til|until)\s(?P<hour>\d{{1,2}}|{_HOUR_WORDS}|noon|midnight)"
    rf"(?P<ish>ish)?(?:\s?o'?\s?clock\b)?(?:{_HALF_DAY})?(?![\w/:%])",
    re.IGNORECASE,
)
_GERMAN_HOURS = "eins|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf"
_HALF_HOUR = re.compile(
    rf"\b(?:half|halb)\s(?P<hour>{_HOUR_WORDS}|{_GERMAN_HOURS}|\d{{1,2}})\b(?:{_HALF_DAY})?", re.IGNORECASE
)
_WORDED = re.compile(
    rf"(?<![\w-])(?P<hour>{_HOUR_WORDS})(?:[\s-](?P<minute>thirty|fifteen|forty[\s-]five|ten"
    rf"|twenty))?(?P<ish>-?ish)?"
    rf"(?:\s?(?P<clock>o'?\s?clock)\b)?(?:{_HALF_DAY})?(?![\w-])",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"\b(?:(?P<noon>noon(?:time)?|mid-?day|mittags?|mediod[ií]a|midi)|(?P<midnight>mid-?night|mitternacht"
    r"|medianoche|minuit))\b",
    re.IGNORECASE,
)
_SOON = re.compile(
    rf"\bin\s(?:about\s)?(?:(?P<half>half\san\shour)|(?P<count>an?|\d{{1,3}}|{_MINUTE_WORDS})"
    r"\s(?P<unit>hours?|hrs?|minutes?|mins?))\b",
    re.IGNORECASE,
)
_MILITARY = re.compile(r"(?<![\w$€£#/.,:-])(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)(?![\w%/:-])(?![.,]\d)")
_BEFORE = re.compile(
    r"\b(?:at|by|around|about|from|until|till|after|before|@|um|ab|gegen|a las?|à|vers|@)\s{0,2}$",
    re.IGNORECASE,
)
_NO_TIME_AFTER = re.compile(
    r"\s?(?:st|nd|rd|th)\b|\s?-?(?:people|persons?|guests?|adults?|kids?|children|pax|days?|weeks?|months?"
    r"|years?"
    r"|hours?|minutes?|of\s(?:us|them)|dollars?|euros?|tops?|women|men|friends?|others?|couples?|tables?"
    rf"|{'|'.join(name for name in MONTHS if len(name) > 2)})\b",
    re.IGNORECASE,
)
_AFTERNOON = frozenset({"afternoon", "evening", "night", "tonight"})
Hours = tuple[time, time]


def find_times(text: str, context: Context, *, hours: Hours | None = None) -> Iterator[Found]:
    """The times of day in a text, as `datetime.time`.

    Without "am" or "pm" an hour up to twelve has two readings, unless only one of them lies
    within `hours`, the first and the last time that make sense. A bare number is a time when
    the time was asked for, or after "at".
    """
    for match in _SPOKEN.finditer(text):
        yield from _spoken(match, context, hours)
    for match in _NAMED.finditer(text):
        yield _reading(match, time(12 if match["noon"] else 0))
    for match in _HALF_HOUR.finditer(text):
        # "half seven" is half past six in German, half past seven in Britain.
        is_german = context.language == "german" or match[0].lower().startswith("halb")
        hour = (_number(match["hour"]) - is_german) % 24
        yield from _readings(match, hour, 30, hours)
    for match in _SOON.finditer(text):
        yield from _soon(match, context)
    yield from _clock_times(text, context, hours)


def _clock_times(text: str, context: Context, hours: Hours | None) -> Iterator[Found]:
    for pattern in (_CLOCK, _WORDED):
        for match in pattern.finditer(text):
            if _is_meant(match, text, context):
                yield from _clock(match, hours)
    for match in _MILITARY.finditer(text):
        is_alone = not text[: match.start()].strip() and not text[match.end() :].strip(" .!?")
        if _BEFORE.search(text, 0, match.start()) or (context.is_asked and is_alone):
            yield _reading(match, time(int(match["hour"]), int(match["minute"])))


def _is_meant(match: re.Match[str], text: str, context: Context) -> bool:
    """Whether a number is a time: it says so itself, stands after "at", or the time was asked for."""
    parts = match.groupdict()
    if parts.get("half") or parts.get("part") or parts.get("clock") or parts.get("ish"):
        return True
    if (parts.get("mark") or "").strip() in (":", "h"):
        return True
    if _NO_TIME_AFTER.match(text, match.end()):
        return False
    is_whole = bool(parts.get("mark")) and match[0].strip() == text.strip(" .!?")
    return (
        context.is_asked or is_whole or bool(_BEFORE.search(text[max(0, match.start() - 12) : match.start()]))
    )


def _clock(match: re.Match[str], hours: Hours | None) -> Iterator[Found]:
    parts = match.groupdict()
    minute = _number(parts["minute"] or parts.get("joined") or "0")
    hour = _number(match["hour"])
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        if parts.get("mark") or parts.get("half"):
            yield Refusal(
                reason=f"{match[0].strip()} is no time of day", start=match.start(), end=match.end()
            )
        return
    yield from _readings(match, hour % 24, minute, hours)


def _spoken(match: re.Match[str], context: Context, hours: Hours | None) -> Iterator[Found]:
    named = {"noon": 12, "midnight": 0}
    word = match["hour"].lower()
    hour = named.get(word, -1) if word in named else _number(word)
    shift = _number(match["minutes"])
    if hour > 24 or shift > 59:
        return
    signed = shift if match["side"].lower() in ("past", "after") else -shift
    total = (hour * 60 + signed) % 1440
    if word in named:
        yield _reading(match, time(*divmod(total, 60)))
    else:
        total = total + 720 if hour == 1 and signed < 0 else total
        yield from _readings(match, total // 60, total % 60, hours)


def _readings(match: re.Match[str], hour: int, minute: int, hours: Hours | None) -> Iterator[Reading]:
    """One reading, or two where the half of the day is not said and both make sense."""
    parts = match.groupdict()
    half, part, ish = (parts.get("half") or "").lower(), (parts.get("part") or "").lower(), parts.get("ish")
    if half or part:
        is_late = half.startswith("p") or part in _AFTERNOON
        at_night = part in ("night", "tonight") and hour == 12
        hour = (hour % 12 + (12 if is_late and not at_night else 0)) if hour <= 12 else hour
        yield _reading(match, time(hour, minute), is_certain=not ish)
        return
    is_whole_day = hour > 12 or hour == 0 or match["hour"].startswith("0")
    candidates = [time(hour % 24, minute)]
    if not is_whole_day:
        candidates = _by_likelihood(hour % 12, minute)
    if hours is not None and len(candidates) > 1:
        candidates = [each for each in candidates if hours[0] <= each <= hours[1]] or candidates
    for each in candidates:
        yield _reading(match, each, is_certain=len(candidates) == 1 and not ish)


def _by_likelihood(hour: int, minute: int) -> list[time]:
    """Both halves of the day: from seven to eleven the morning comes first, else the afternoon."""
    early, late = time(hour, minute), time(hour + 12, minute)
    return [early, late] if 7 <= hour <= 11 else [late, early]


def _soon(match: re.Match[str], context: Context) -> Iterator[Found]:
    if context.now is None:
        yield Refusal(
            reason=f"what time it is now is not known, for {match[0]!r}", start=match.start(), end=match.end()
        )
        return
    count = 30 if match["half"] else _number(re.sub(r"^an?$", "1", match["count"].lower()))
    is_hours = not match["half"] and match["unit"].lower().startswith("h")
    later = timedelta(hours=count) if is_hours else timedelta(minutes=count)
    yield _reading(
        match, (datetime.combine(date(2000, 1, 1), context.now) + later).time().replace(microsecond=0)
    )


def _number(words: str) -> int:
    low = words.lower()
    if low.isdigit():
        return int(low)
    if "quarter" in low:
        return 15
    if low == "half":
        return 30
    return sum(word_value(word, "german") or 0 for word in re.split(r"[\s-]", low))


def _reading(match: re.Match[str], value: time, *, is_certain: bool = True) -> Reading:
    return Reading(
        value=value, start=match.start(), end=match.end(), text=value.strftime("%H:%M"), is_certain=is_certain
    )
