"""Shares and measures: "4.5%", "half a percent", "2 kg", "5 miles"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from core.slots.amounts import HALF, amounts_in
from core.slots.counts import shown_number
from core.slots.reading import Context, Found, Reading

_PERCENT = re.compile(
    r"\s?(?:%|percent\b|per\scent\b|pct\b|prozent\b|por\sciento\b|pour\scent\b|percentage\spoints?\b)",
    re.IGNORECASE,
)
_HALF_PERCENT = re.compile(r"\bhalf\s(?:a\s)?per\s?cent\b", re.IGNORECASE)
_UNITS = {
    "kg": "kg|kgs|kilos?|kilograms?|kilogramos?|kilogramm",
    "g": "g|grams?|grammes?|gramm|gramos?",
    "lb": "lbs?|pounds?",
    "oz": "oz|ounces?",
    "t": "tons?|tonnes?|tonnen?",
    "km": "km|kms|kilometers?|kilometres?|kilometer|kilómetros?|kilomètres?",
    "m": "m|meters?|metres?|metros?|mètres?",
    "cm": "cm|centimeters?|centimetres?|zentimeter|centímetros?|centimètres?",
    "mm": "mm|millimeters?|millimetres?",
    "mi": "miles?|mi|meilen",
    "ft": "ft|feet|foot",
    "in": 'inch|inches|"|”',
    "yd": "yards?|yds?",
    "l": "l|liters?|litres?|litros?",
    "ml": "ml|milliliters?|millilitres?",
    "gal": "gallons?|gal",
    "m²": "m²|m2|sqm|square\\smeters?|square\\smetres?|quadratmeter",
    "ft²": "sq\\.?\\s?ft|square\\sfeet|square\\sfoot",
    "kWh": "kwh|kilowatt\\shours?",
    "GB": "gb|gigabytes?|gigs?",
    "MB": "mb|megabytes?",
    "TB": "tb|terabytes?",
    "°C": "°c|degrees\\scelsius|grad",
    "°F": "°f|degrees\\sfahrenheit",
}
_NAMES = sorted((name for names in _UNITS.values() for name in names.split("|")), key=len, reverse=True)
_UNIT = re.compile(rf"[\s-]?(?P<unit>{'|'.join(_NAMES)})(?![\w²])", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number and the sign of its unit: 2 and "kg"."""

    amount: Decimal
    unit: str

    def __str__(self) -> str:
        """The quantity as it is written.

        >>> str(Quantity(amount=Decimal("2.50"), unit="kg"))
        '2.5 kg'
        """
        return f"{shown_number(self.amount)} {self.unit}".strip()


def find_percentages(text: str, context: Context) -> Iterator[Found]:
    """The percentages in a text as `Decimal`, 4.5 for "4.5%"; a bare number when one was asked for."""
    for match in _HALF_PERCENT.finditer(text):
        yield Reading(value=HALF, start=match.start(), end=match.end(), text="0.5%")
    for amount in amounts_in(text, context.language):
        sign = _PERCENT.match(text, amount.end)
        if sign is None and (not context.is_asked or re.match(r"\s?[$€£]|[^\W\d_]", text[amount.end :])):
            continue
        for value in amount.values:
            yield Reading(
                value=value,
                start=amount.start,
                end=sign.end() if sign else amount.end,
                text=f"{shown_number(value)}%",
                is_certain=len(amount.values) == 1,
            )


def find_quantities(text: str, context: Context, *, unit: str = "") -> Iterator[Found]:
    """The measures in a text, as `Quantity`; a bare number has `unit` when a measure was asked for."""
    for amount in amounts_in(text, context.language):
        named = _UNIT.match(text, amount.end)
        if named is None and (
            not (context.is_asked and unit) or re.match(r"\s?[$€£%]|[^\W\d_]", text[amount.end :])
        ):
            continue
        sign = _sign(named["unit"]) if named else unit
        for each in amount.values:
            value = Quantity(amount=each, unit=sign)
            yield Reading(
                value=value,
                start=amount.start,
                end=named.end() if named else amount.end,
                text=str(value),
                is_certain=len(amount.values) == 1,
            )


def _sign(word: str) -> str:
    return next(sign for sign, names in _UNITS.items() if re.fullmatch(names, word, re.IGNORECASE))
