"""Dates and times of day as they are said."""

import re

from core.speaking.number_words import cardinal, ordinal, year
from core.speaking.tongue import Tongue

_ISO = re.compile(r"(?<![\w.-])([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T(?=[0-9]{2}:))?(?![0-9-])")
_NUMERIC = re.compile(r"(?<![\w.,/-])([0-9]{1,2})([./])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})(?![\w/]|\.[0-9])")
_DAY_FIRST = (
    r"(?<![\w.,])([0-9]{{1,2}})(?:st|nd|rd|th|er|º|\.)?\s{{1,2}}(?:of\s|de\s)?"
    r"({starts})(?![^\W\d_])(?:\.(?=,?\s[a-z0-9]))?(?:,?\s(?:de\s|del\s)?([0-9]{{4}})(?![\w]|[.,][0-9]))?(?!\w)"
)
_MONTH_FIRST = (
    r"\b({starts})\.?\s([0-9]{{1,2}})(?:st|nd|rd|th)?(?![\w:]|[.,%-][0-9])"
    r"(?:,?\s([0-9]{{4}})(?![\w]|[.,][0-9]))?"
)
_TWELVE = re.compile(
    r"(?<![\w.,:])([0-9]{1,2})(?:[:.]([0-9]{2}))?\s?([ap])\.?m(?:\.(?=\s[a-z0-9]|[,;])|(?!\w))", re.I
)
_CLOCK = re.compile(
    r"(?<![\w.,:])([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?(?![0-9:])(?:\s?(Uhr|horas|heures|h)\b)?",
    re.IGNORECASE,
)
_UHR = re.compile(r"(?<![\w.,:])([0-9]{1,2})(?:\.([0-9]{2}))?\sUhr\b")
_HEURES = re.compile(r"(?<![\w.,:])([0-9]{1,2})\s?h\s?([0-9]{2})?(?!\w)")
_DATIVE = re.compile(r"\b(?:am|im|vom|zum|bis|ab|seit|dem|den|beim)\s\Z", re.IGNORECASE)
_ARTICLE = re.compile(r"\b(?:der|die|das)\s\Z", re.IGNORECASE)


def say_dates(text: str, tongue: Tongue) -> str:
    """Dates by day, month and year; one that is no date stays as it is written."""
    text = _ISO.sub(lambda match: _date(match, tongue, match[1], match[2], match[3]), text)
    text = _NUMERIC.sub(lambda match: _numeric(match, tongue), text)
    named = _DAY_FIRST.format(starts=_month_names(tongue))
    text = re.sub(named, lambda match: _named(match, tongue, match[1], match[2]), text, flags=re.IGNORECASE)
    if tongue.code != "en":
        return text
    named = _MONTH_FIRST.format(starts=_month_names(tongue))
    return re.sub(named, lambda match: _named(match, tongue, match[2], match[1]), text)


def _month_names(tongue: Tongue) -> str:
    """A pattern for the names of months and their short forms, with a capital first where they have one."""
    starts = tongue.month_starts.split("|")
    short = [each.capitalize() if tongue.months[0][0].isupper() else each for each in starts]
    return "|".join((*tongue.months, "[Ss]ept", *short))


def _numeric(match: re.Match[str], tongue: Tongue) -> str:
    first, sign, second, years = match.groups()
    years = years if len(years) == 4 else f"20{years}"
    if (tongue.code == "en" and sign == "/" and int(first) <= 12) or int(second) > 12:
        first, second = second, first
    return _date(match, tongue, years, second, first)


def _named(match: re.Match[str], tongue: Tongue, day: str, start: str) -> str:
    starts = tongue.month_starts.split("|")
    month = next(n for n, each in enumerate(starts, start=1) if start.lower().startswith(each))
    return _date(match, tongue, match[3] or "", str(month), day)


def _date(match: re.Match[str], tongue: Tongue, *parts: str) -> str:
    """The date of (year, month, day), or what was written where there is no such day."""
    years, month, day = parts
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return match[0]
    name = tongue.months[int(month) - 1]
    said_year = year(int(years), tongue.code) if years else ""
    after = " " if match[0].endswith("T") else ""
    if tongue.code == "en":
        return f"{name} {ordinal(int(day), 'en')}" + (f", {said_year}" if years else "") + after
    if tongue.code == "de":
        ending = german_ending(match)
        return f"{ordinal(int(day), 'de', ending=ending)} {name} {said_year}".rstrip() + after
    said_day = "premier" if tongue.code == "fr" and int(day) == 1 else cardinal(int(day), tongue.code)
    joint = " de " if tongue.code == "es" else " "
    return joint.join(part for part in (said_day, name, said_year) if part) + after


def say_times(text: str, tongue: Tongue) -> str:
    """Times of day; English says twelve hours, the others twenty-four."""
    text = _TWELVE.sub(lambda match: _twelve(match, tongue), text)
    text = _CLOCK.sub(lambda match: _clock(match, tongue, match[3]), text)
    if tongue.code == "de":
        return _UHR.sub(lambda match: _clock(match, tongue, None), text)
    if tongue.code == "fr":
        return _HEURES.sub(lambda match: _clock(match, tongue, None), text)
    return text


def german_ending(match: re.Match[str]) -> str:
    """What an ordinal ends in behind the word before it: "am dritten", "der dritte", "dritter"."""
    before = match.string[max(0, match.start() - 6) : match.start()]
    if _DATIVE.search(before):
        return "n"
    return "" if _ARTICLE.search(before) else "r"


def _twelve(match: re.Match[str], tongue: Tongue) -> str:
    hour, minute = int(match[1]), int(match[2] or 0)
    if hour > 12 or minute > 59:
        return match[0]
    return f"{cardinal(hour, tongue.code)}{_minutes(minute, tongue.code)} {match[3].lower()}.m."


def _minutes(minute: int, language: str) -> str:
    if not minute:
        return ""
    zero = "oh " if language == "en" and minute < 10 else ""
    return f" {zero}{cardinal(minute, language)}"


def _clock(match: re.Match[str], tongue: Tongue, seconds: str | None) -> str:
    hour, minute = int(match[1]), int(match[2] or 0)
    if hour > 24 or minute > 59 or seconds is not None:
        return match[0]
    code = tongue.code
    if code == "en":
        return (
            f"{cardinal(hour % 12 or 12, code)}{_minutes(minute, code)} {'p' if 12 <= hour < 24 else 'a'}.m."
        )
    if code == "es":
        words = "una" if hour == 1 else cardinal(hour, code).replace("veintiuno", "veintiuna")
        return words + (_minutes(minute, code) or " en punto")
    if code == "de":
        return f"{'ein' if hour == 1 else cardinal(hour, code)} Uhr{_minutes(minute, code)}"
    words = {0: "zéro", 1: "une", 21: "vingt et une"}.get(hour) or cardinal(hour, code)
    return f"{words} heure{'s' if hour > 1 else ''}{_minutes(minute, code)}"
