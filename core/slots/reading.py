"""What an extractor is told and what it gives: `Context`, `Reading`, `Refusal`, `Extractor`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Protocol

LONGEST_TEXT = 2_000
"""Characters of a message that are read; what comes after them is not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What must be known to read words: the day, the language, and whether this very slot was asked for.

    `language` is a name as `core.language` gives it. `now` is needed only for "in an hour".
    """

    today: date
    language: str = "english"
    is_asked: bool = False
    now: time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A value found in `text[start:end]` of a message, and how it is shown again.

    Words that can be read in several ways give several readings of one place, the likeliest
    first and none of them certain. A reading that is not certain wants to be confirmed.
    """

    value: object
    start: int
    end: int
    text: str
    is_certain: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why the words at `start` to `end` were seen but are no value: "31 February is no date"."""

    reason: str
    start: int
    end: int


class Extractor(Protocol):
    """Finds the values of one kind in a customer's words. It never raises, whatever the words are."""

    def read(self, text: str, context: Context) -> Sequence[Reading]:
        """The values in `text`, in its order; places do not overlap, but one may have several readings."""

    def refusals(self, text: str, context: Context) -> Sequence[Refusal]:
        """What looked like a value and can be none, with the reasons."""


Found = Reading | Refusal
Find = Callable[[str, Context], Iterable[Found]]
