"""What a language model says of a customer's words, held against those words: nothing is made up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.slots import Context
from core.tools.filling import extractor_of
from core.tools.tool import Choice, Parameter

_RECKONED = frozenset(
    {"integer", "number", "people", "time", "date", "duration", "money", "percentage", "quantity", "yes_no"}
)
"""Kinds whose values a model may write otherwise than the customer: "two hundred grand" is 200000."""
_NAMES = frozenset({"person_name", "first_name", "last_name"})
_VERBATIM = _NAMES | {"free_text", "address"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a model gives for a slot: the customer's words it rests on, and the values it makes of them."""

    words: str
    values: tuple[str, ...]


def place_of(words: str, text: str) -> tuple[int, int] | None:
    """Where the words stand in the text, whole and in a row; case and spaces do not count.

    >>> place_of("new  LAMP", "The new lamp, please."), place_of("amp", "The new lamp")
    ((4, 12), None)
    """
    each = words.split()
    if not any(letter.isalnum() for letter in words):
        return None
    in_a_row = r"\s+".join(map(re.escape, each))
    found = re.search(rf"(?<!\w){in_a_row}(?!\w)", text, re.IGNORECASE)
    return found.span() if found else None


def quoted_value(
    parameter: Parameter, choices: Sequence[Choice] | None, given: Given, context: Context
) -> object | None:
    """The value that quoted words of a customer come to; none where they come to none.

    Of choices the model says which is meant. Else the words are read as the slot's own
    extractor reads them; only where it finds nothing, and the kind is one that is reckoned, the
    model's way of writing the value is read. Numbers of orders, addresses and names are only
    ever taken from the words themselves.
    """
    if choices is not None:
        return _chosen(parameter, choices, given.values)
    extractor = extractor_of(parameter, None)
    readings = extractor.read(given.words, context)
    if readings:
        return readings[-1].value if len({str(one.value) for one in readings}) == 1 else None
    value = given.values[0] if given.values else ""
    if parameter.kind in _NAMES:
        return value if place_of(value, given.words) else None
    if parameter.kind not in _RECKONED or extractor.refusals(given.words, context):
        return None
    written = extractor.read(value, context)
    return written[0].value if len(written) == 1 else None


def spoken_value(
    parameter: Parameter,
    choices: Sequence[Choice] | None,
    value: str,
    said: Sequence[tuple[str, Context]],
) -> object | None:
    """A value that a model names, if the customer has said it; none where they have not.

    `said` are the customer's own words, the latest first, each with what reading it takes. One
    of the slot's choices need not be said by its name.
    """
    if choices is not None:
        return _chosen(parameter, choices, (value,))
    extractor = extractor_of(parameter, None)
    for words, context in said:
        if parameter.kind in _VERBATIM:
            if (place := place_of(value, words)) is not None:
                return words[slice(*place)]
            continue
        meant = [one.value for one in extractor.read(value, context)]
        heard = [one.value for one in extractor.read(words, context)]
        if meant and meant[0] in heard:
            return meant[0]
    return None


def _chosen(parameter: Parameter, choices: Sequence[Choice], values: Sequence[str]) -> object | None:
    by_name = {name.casefold(): one.value for one in choices for name in (one.label, one.value)}
    named = [by_name[value.casefold()] for value in values if value.casefold() in by_name]
    if not named or len(named) < len(values):
        return None
    if parameter.slot.many:
        return list(dict.fromkeys(named))
    return named[0] if len(set(named)) == 1 else None
