"""What the speaking parts must know of a language: `Tongue`."""

from collections.abc import Mapping
from dataclasses import dataclass

Noun = tuple[str, str, str]
"""A noun's singular, plural and gender: "m", "f" or "n"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """The words of a language for signs, units, money, days and months.

    `signs` names a symbol or a role ("to", "point", "minus", "at", "dot", ...); `money` gives a
    currency's noun and that of its hundredth; `money_joint` stands between the two, and
    `says_cents` tells whether the hundredths are named.
    """

    code: str
    months: tuple[str, ...]
    month_starts: str
    days: Mapping[str, str]
    signs: Mapping[str, str]
    units: Mapping[str, Noun]
    money: Mapping[str, tuple[Noun, Noun]]
    money_joint: str
    says_cents: bool
    abbreviations: Mapping[str, str]
    order_words: str
    year_words: str
    emphasis: frozenset[str]
    thousands: str


def nouns(table: str) -> dict[str, Noun]:
    """Units out of lines of "sign|singular|plural|gender"."""
    rows = (line.strip().split("|") for line in table.strip().splitlines())
    return {sign: (one, many, gender) for signs, one, many, gender in rows for sign in signs.split()}


def pairs(table: str) -> dict[str, str]:
    """A mapping out of lines of "written|said"."""
    return {
        left: right for left, _, right in (line.strip().partition("|") for line in table.strip().splitlines())
    }
