"""The extractor that a function makes: no two values overlap, and none that was taken back is left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.slots.reading import LONGEST_TEXT, Context, Find, Reading, Refusal
from core.slots.superseded import standing


@dataclass(frozen=True, slots=True)
class Finder:
    """The extractor that a function makes."""

    find: Find

    def read(self, text: str, context: Context) -> Sequence[Reading]:
        """The readings that hold, in the order of the text; of overlapping ones the longest."""
        head = text[:LONGEST_TEXT]
        found = [each for each in self.find(head, context) if isinstance(each, Reading)]
        places: list[tuple[int, int]] = []
        for start, end in sorted({(each.start, each.end) for each in found}, key=_longest_first):
            if all(end <= other[0] or start >= other[1] for other in places):
                places.append((start, end))
        chosen = set(places)
        kept = [each for each in found if (each.start, each.end) in chosen]
        return standing(head, sorted(_without_twins(kept), key=lambda each: each.start))

    def refusals(self, text: str, context: Context) -> Sequence[Refusal]:
        """The refusals that the function gives."""
        found = self.find(text[:LONGEST_TEXT], context)
        return [each for each in found if isinstance(each, Refusal)]


def _longest_first(place: tuple[int, int]) -> tuple[int, int]:
    return place[0] - place[1], place[0]


def _without_twins(readings: Iterable[Reading]) -> list[Reading]:
    """The readings with each value of a place once, at its first turn."""
    kept: dict[tuple[int, int, str], Reading] = {}
    for each in readings:
        kept.setdefault((each.start, each.end, each.text), each)
    return list(kept.values())
