"""Typed values in a customer's words: one file for each family, and the table of kinds.

`extractor_for("date")` finds days, `extractor_for("money", currency="EUR")` sums, and so on; what a
customer does in a turn besides giving values is told by `core.slots.acts`. Whether a value is
allowed (a range, a pattern) is the caller's to say.
"""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import MappingProxyType

from core.errors import Misconfigured
from core.slots.acts import Act, find_acts, find_yes_no
from core.slots.choices import find_choices
from core.slots.contact import find_addresses, find_emails, find_phones, find_postal_codes
from core.slots.counts import find_numbers
from core.slots.dates import find_dates
from core.slots.durations import find_durations
from core.slots.finder import Finder
from core.slots.free_text import find_free_text
from core.slots.measures import find_percentages, find_quantities
from core.slots.money import find_money
from core.slots.names import find_names
from core.slots.people import find_people
from core.slots.reading import Context, Extractor, Found, Reading, Refusal
from core.slots.references import find_references
from core.slots.times import find_times

__all__ = [
    "KINDS",
    "Act",
    "Context",
    "Extractor",
    "Reading",
    "Refusal",
    "extractor_for",
    "find_acts",
]

KINDS: Mapping[str, Callable[..., Iterable[Found]]] = MappingProxyType(
    {
        "integer": partial(find_numbers, is_whole=True),
        "number": partial(find_numbers, is_whole=False),
        "people": find_people,
        "time": find_times,
        "date": find_dates,
        "duration": find_durations,
        "money": find_money,
        "percentage": find_percentages,
        "quantity": find_quantities,
        "yes_no": find_yes_no,
        "reference": find_references,
        "email": find_emails,
        "phone": find_phones,
        "postal_code": find_postal_codes,
        "address": find_addresses,
        "choice": find_choices,
        "person_name": find_names,
        "first_name": partial(find_names, part="first"),
        "last_name": partial(find_names, part="last"),
        "free_text": find_free_text,
    }
)
"""Kind of value -> the function that finds it. Its keyword parameters are the kind's options."""


def extractor_for(kind: str, **options: object) -> Extractor:
    """The extractor for a kind of value, with the options that its function in `KINDS` takes.

    >>> from datetime import date
    >>> found = extractor_for("people").read("a table for two", Context(today=date(2026, 5, 3)))
    >>> [(reading.value, reading.text) for reading in found]
    [(2, '2 people')]

    Raises:
        Misconfigured: there is no such kind, or it has no such option.
    """
    if kind not in KINDS:
        near = difflib.get_close_matches(kind, KINDS, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(KINDS)}"
        raise Misconfigured(f"there is no kind of value {kind!r}{hint}")
    _check_options(kind, options)
    return Finder(partial(KINDS[kind], **options))


def _check_options(kind: str, options: Mapping[str, object]) -> None:
    """The options are those of the kind's function, and a reference's pattern can be compiled."""
    known = inspect.signature(KINDS[kind]).parameters
    takes = {name for name, each in known.items() if each.kind is inspect.Parameter.KEYWORD_ONLY}
    needed = {name for name in takes if known[name].default is inspect.Parameter.empty}
    if unknown := options.keys() - takes:
        raise Misconfigured(
            f"values of kind {kind!r} have no option {sorted(unknown)[0]!r}; they take {sorted(takes)}"
        )
    if missing := needed - options.keys():
        raise Misconfigured(f"values of kind {kind!r} need the option {sorted(missing)[0]!r}")
    pattern = options.get("pattern")
    if isinstance(pattern, str):
        try:
            re.compile(pattern)
        except re.error as error:
            raise Misconfigured(f"the pattern {pattern!r} is no regular expression: {error}") from error
