"""Numbers, dates and amounts as they are written, brought to one form: `Number`."""

import re
from dataclasses import dataclass
from decimal import Decimal

_ONES = """
zero|one first|two second dos deux zwei|three third tres trois drei|four fourth cuatro quatre vier
|five fifth cinco cinq fünf|six sixth seis sechs|seven seventh siete sieben|eight eighth ocho huit acht
|nine ninth nueve neun|ten tenth diez dix zehn|eleven onze|twelve douze|thirteen|fourteen|fifteen|sixteen
|seventeen|eighteen|nineteen|twenty"""
_TENS = "thirty|forty|fifty|sixty|seventy|eighty|ninety"
_WORDS = {word: n for n, words in enumerate(_ONES.split("|")) for word in words.split()}
_WORDS |= {word: 10 * n for n, word in enumerate(_TENS.split("|"), start=3)}
_SOFT = frozenset({"one", "first", "second"})
_MULTIPLES = {
    "k": 1000,
    "hundred": 100,
    "thousand": 1000,
    "mn": 10**6,
    "mio": 10**6,
    "million": 10**6,
    "bn": 10**9,
    "billion": 10**9,
}
_UNITS = {
    "%": "% percent pct prozent",
    "USD": "$ us$ usd dollar dollars dólares",
    "EUR": "€ eur euro euros",
    "GBP": "£ gbp",
    "JPY": "¥ jpy yen",
    "INR": "₹ inr rupee rupees rs",
    "CHF": "chf",
    "CAD": "cad",
    "AUD": "aud",
}
_UNIT_OF = {word: unit for unit, words in _UNITS.items() for word in words.split()}
_UNIT_PHRASE = r"per\scent|por\sciento|pour\scent|per\scento"
_CODES = "|".join(re.escape(word) for word in sorted(_UNIT_OF, key=len, reverse=True) if word.isalpha())
_SPELLED = "|".join(sorted(_WORDS, key=len, reverse=True))
_MONTH_NAMES = """
January Jan|February Feb|March Mar|April Apr|May|June Jun|July Jul|August Aug|September Sep Sept
|October Oct|November Nov|December Dec"""
_MONTHS = {name: n for n, names in enumerate(_MONTH_NAMES.split("|"), start=1) for name in names.split()}
_NOON_HOURS = 12
_CENTURY = 100

CURRENCY = rf"\b(?:{_CODES})"
"""A pattern for the codes and names of currencies."""

NUMBER = (
    r"(?P<iso>\b\d{4}-\d{1,2}-\d{1,2}\b)"
    r"|(?P<day>\b\d{1,2}(?P<sep>[/.])\d{1,2}(?P=sep)(?:\d{4}|\d{2})\b)"
    r"|(?P<clock>\b\d{1,2}(?::\d{2}(?:\s?[ap]\.?m\b\.?)?|\s?[ap]\.?m\b\.?))"
    rf"|(?P<amount>(?:(?P<pre>us\$|[$€£¥₹]|\b(?:{_CODES})(?![a-z]))\s?|(?<![a-z0-9_.]))"
    rf"(?P<digits>\d+(?:[.,']\d+)*(?:/\d+)?(?:(?:st|nd|rd|th)\b)?|\b(?:{_SPELLED})\b(?:[\s-](?:and\s)?(?:{_SPELLED}|hundred|thousand|million)\b)*)"
    r"(?:[\s-]?(?P<times>k|hundred|thousand|million|mn|mio|billion|bn)\b)?"
    rf"(?:[\s-]?(?P<post>[%$€£]|{_UNIT_PHRASE}|(?:{_CODES})\b))?)"
)
"""A pattern for all of them, to stand in a larger one; `numbers_of` reads its matches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number with the readings its spelling allows; two are equal when one reading is.

    `unit` is "%" or a currency code; `noun` is the word after it and, where that is
    a measure, `kind` what is measured by it.
    A soft one ("one", "first") may be meant as no number at all.
    """

    values: frozenset[str]
    unit: str = ""
    noun: str = ""
    kind: str = ""
    soft: bool = False


def month_of(word: str) -> int | None:
    """The month that a capitalised word names.

    >>> month_of("Sept")
    9
    """
    return _MONTHS.get(word)


def month_number(month: int) -> Number:
    """The number that stands for a month, however the month is written."""
    return Number(values=frozenset({f"m{month}"}))


def unit_of(word: str) -> str:
    """The currency or "%" that a lower-case word or sign names, or nothing."""
    return _UNIT_OF.get(word, "%" if re.fullmatch(_UNIT_PHRASE, word) else "")


def numbers_of(match: re.Match[str]) -> list[Number]:
    """The numbers that a match of `NUMBER` holds: three for a date, else one."""
    if match["iso"]:
        year, month, day = match["iso"].split("-")
        return [_plain(year), _day_or_month(int(month)), _plain(str(int(day)))]
    if match["day"]:
        first, second, year = re.split(r"[/.]", match["day"])
        year = year if int(year) >= _CENTURY else f"20{year}"
        return [_day_or_month(int(first)), _day_or_month(int(second)), _plain(year)]
    if match["clock"]:
        return [_time(match["clock"].lower())]
    return [_amount(match)]


def _plain(value: str) -> Number:
    return Number(values=frozenset({value}))


def _day_or_month(value: int) -> Number:
    both = {str(value), f"m{value}"} if value <= _NOON_HOURS else {str(value)}
    return Number(values=frozenset(both))


def _time(clock: str) -> Number:
    hour, _, rest = re.sub(r"[^\d:]", "", clock).partition(":")
    minutes = int(hour) % 24 * 60 + int(rest or 0)
    if "m" not in clock:
        both = {minutes, minutes + 720} if int(hour) <= _NOON_HOURS else {minutes}
        return Number(values=frozenset(f"t{each % 1440}" for each in both))
    minutes = minutes % 720 + (720 if "p" in clock else 0)
    return Number(values=frozenset({f"t{minutes}"}))


def _amount(match: re.Match[str]) -> Number:
    digits = match["digits"].lower()
    soft = digits in _SOFT and not match["times"] and not match["post"]
    times = _MULTIPLES.get((match["times"] or "").lower(), 1)
    sign = (match["pre"] or match["post"] or "").lower()
    readings = _readings(digits) if digits[0].isdigit() else {str(_spelled(digits))}
    values = {_times(reading, times) for reading in readings}
    return Number(values=frozenset(values), unit=unit_of(sign), soft=soft)


def _readings(digits: str) -> set[str]:
    digits = re.sub(r"(?:st|nd|rd|th)\Z", "", digits)
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:'\d{3})+(?:[.,]\d+)?", digits):
        return {digits.replace(",", "").replace("'", "")}
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", digits):
        whole = digits.replace(".", "").replace(",", ".")
        return {whole, digits} if digits.count(".") == 1 and "," not in digits else {whole}
    if re.fullmatch(r"\d+,\d+", digits):
        return {digits.replace(",", ".")}
    return {digits}


def _times(reading: str, times: int) -> str:
    if not re.fullmatch(r"\d+(?:\.\d+)?", reading):
        return reading
    value = format(Decimal(reading) * times, "f")
    return (value.rstrip("0").rstrip(".") if "." in value else value).lstrip("0") or "0"


def _spelled(words: str) -> int:
    """The value of number words: hundreds multiply what came before, the rest adds up."""
    total = part = 0
    for word in re.split(r"[\s-]+", words):
        times = _MULTIPLES.get(word)
        if times is None:
            part += _WORDS.get(word, 0)
        elif times == _MULTIPLES["hundred"]:
            part = (part or 1) * times
        else:
            total += (part or 1) * times
            part = 0
    return total + part
