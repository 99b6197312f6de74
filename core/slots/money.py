"""Sums of money: "€1,250.50", "12k", "two hundred thousand dollars", "1.250,50 €"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from core.slots.amounts import Amount, amounts_in
from core.slots.reading import Context, Found, Reading

_CURRENCIES = {
    "USD": r"us\$|\$|usd|us\sdollars?|dollars?|bucks?|dólares|dollar",
    "EUR": r"€|eur|euros?",
    "GBP": r"£|gbp|pounds?(?:\ssterling)?|quid",
    "JPY": r"¥|jpy|yen",
    "INR": r"₹|inr|rupees?|rs\.?",
    "CHF": r"chf|francs?|franken|fr\.",
    "CAD": r"cad|c\$|canadian\sdollars?",
    "AUD": r"aud|a\$|australian\sdollars?",
}
_ANY = "|".join(
    sorted((name for names in _CURRENCIES.values() for name in names.split("|")), key=len, reverse=True)
)
_BEFORE = re.compile(rf"(?:(?<![\w$€£])(?P<sign>{_ANY}))\s?$", re.IGNORECASE)
_AFTER = re.compile(rf"[\s-]?(?P<sign>{_ANY})(?![^\W\d_])", re.IGNORECASE)
_CENTS = re.compile(
    r"\s?(?:and\s)?(?P<cents>\d{1,2})?\s?(?:cents?|¢|centavos?|céntimos?|centimes?)\b", re.IGNORECASE
)
_NO_MONEY_AFTER = re.compile(
    r"\s?(?:%|percent|years?|months?|weeks?|days?|hours?|minutes?|people|persons?|[ap]\.?m\b|kg|km|miles?)",
    re.IGNORECASE,
)
_SHOWN = {"USD": "$", "EUR": "€", "GBP": "£"}
_NO_CENTS = frozenset({"JPY"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """A sum and its currency as a code of three letters, which is empty when none was said."""

    amount: Decimal
    currency: str = ""

    def __str__(self) -> str:
        """The sum as it is shown.

        >>> str(Money(amount=Decimal("1250.5"), currency="EUR"))
        '€1,250.50'
        """
        is_whole = self.amount == self.amount.to_integral_value() or self.currency in _NO_CENTS
        shown = f"{self.amount:,.0f}" if is_whole else f"{self.amount:,.2f}"
        return (
            f"{_SHOWN[self.currency]}{shown}"
            if self.currency in _SHOWN
            else f"{shown} {self.currency}".strip()
        )


def find_money(text: str, context: Context, *, currency: str = "") -> Iterator[Found]:
    """The sums in a text, as `Money`; `currency` is the code of a sum that was said without one.

    A number without a currency is a sum when one was asked for, or, not certain, when it is a
    round one with "k" or "thousand".
    """
    for amount in amounts_in(text, context.language):
        before = _BEFORE.search(text, max(0, amount.start - 20), amount.start)
        after = None if before else _AFTER.match(text, amount.end)
        sign = before or after
        if sign is None:
            yield from _unsigned(amount, text, context, currency)
            continue
        start = before.start() if before else amount.start
        end = after.end() if after else amount.end
        cents = _CENTS.match(text, end) if re.search(r"[a-z]$", text[:end], re.IGNORECASE) else None
        more = Decimal(int(cents["cents"])) / 100 if cents and cents["cents"] else Decimal(0)
        yield from _readings(
            amount, (start, cents.end() if more and cents else end), _code(sign["sign"]), more
        )


def _unsigned(amount: Amount, text: str, context: Context, currency: str) -> Iterator[Reading]:
    cents = _CENTS.match(text, amount.end)
    if cents and not cents["cents"]:
        value = Money(amount=amount.values[0] / 100, currency=currency)
        yield Reading(
            value=value, start=amount.start, end=cents.end(), text=str(value), is_certain=bool(currency)
        )
        return
    if _NO_MONEY_AFTER.match(text, amount.end) or re.match(r"[^\W\d_]", text[amount.end : amount.end + 1]):
        return
    is_round = re.search(
        r"(?:k|thousand|grand|million|mio|mn)$", text[amount.start : amount.end], re.IGNORECASE
    )
    if context.is_asked or is_round:
        for found in _readings(amount, (amount.start, amount.end), currency, Decimal(0)):
            is_certain = found.is_certain and context.is_asked
            yield Reading(
                value=found.value, start=found.start, end=found.end, text=found.text, is_certain=is_certain
            )


def _readings(amount: Amount, place: tuple[int, int], currency: str, more: Decimal) -> Iterator[Reading]:
    """The sums that the amount may be. Whole ones come first: nobody pays 1.250 in cents."""
    for each in sorted(amount.values, key=lambda value: value != value.to_integral_value()):
        value = Money(amount=each + more, currency=currency)
        yield Reading(
            value=value, start=place[0], end=place[1], text=str(value), is_certain=len(amount.values) == 1
        )


def _code(sign: str) -> str:
    return next(code for code, names in _CURRENCIES.items() if re.fullmatch(names, sign, re.IGNORECASE))
