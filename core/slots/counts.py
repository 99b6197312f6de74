"""Plain numbers: whole ones, and any ("three", "1,250", "2.5")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from core.slots.amounts import Amount, amounts_in
from core.slots.reading import Context, Found, Reading, Refusal

_PART_OF_MORE = re.compile(r"\s?[%€$£°]|[^\W\d_]")
_PRONOUN = re.compile(r"\b(?:this|that|which|the|other|any|no|another|every|each)\s$", re.IGNORECASE)
_LARGEST_DIGITS = 15


def find_numbers(text: str, context: Context, *, is_whole: bool = True) -> Iterator[Found]:
    """The numbers in a text: `int` when whole ones are wanted, else `Decimal`.

    They are certain when a number was asked for. A spelled "one" after "this" or "which" is no number.
    """
    for amount in amounts_in(text, context.language):
        if _PART_OF_MORE.match(text, amount.end) or text[: amount.start].rstrip().endswith(("$", "€", "£")):
            continue
        if amount.is_spelled and amount.values[0] == 1 and _PRONOUN.search(text[: amount.start]):
            continue
        yield from _readings(amount, text, context, is_whole=is_whole)


def _readings(amount: Amount, text: str, context: Context, *, is_whole: bool) -> Iterator[Found]:
    values = [value for value in amount.values if not is_whole or value == value.to_integral_value()]
    if not values:
        shown = text[amount.start : amount.end]
        yield Refusal(reason=f"{shown} is no whole number", start=amount.start, end=amount.end)
    for value in values:
        yield Reading(
            value=int(value) if is_whole else value,
            start=amount.start,
            end=amount.end,
            text=shown_number(value),
            is_certain=context.is_asked and len(values) == 1,
        )


def shown_number(value: Decimal) -> str:
    """A number as people write it, without zeros that say nothing.

    >>> shown_number(Decimal("1250.50")), shown_number(Decimal("12E3"))
    ('1,250.5', '12,000')
    """
    if abs(value.adjusted()) > _LARGEST_DIGITS + 12:
        return str(value)
    shown = f"{value:,f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown
