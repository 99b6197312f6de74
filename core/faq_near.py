"""FAQ entries that are near each other: whoever asks one of them may get neither."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from core.faq import Faq, FaqDraft
from core.search import Vector

MOST_PAIRS = 100
_BLOCK = 512
"""Phrases that are compared with all others at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NearPair:
    """Two entries with different answers, by their nearest phrases; `likeness` is those phrases' cosine."""

    one: FaqDraft
    other: Faq
    phrase: str
    other_phrase: str
    likeness: float


def near_pairs(entries: Sequence[Faq], vectors: Mapping[str, Vector], least: float) -> list[NearPair]:
    """The pairs whose nearest phrases have a cosine of at least `least`, the nearest first; 100 at most.

    `vectors` holds the vector of each phrase, shape (dimensions,), of length 1. Entries with
    one answer are no rivals, and neither are those that are never valid on one day.
    """
    phrases = [phrase for faq in entries for phrase in faq.phrases]
    owners = np.array([place for place, faq in enumerate(entries) for _ in faq.phrases], np.int64)
    if not phrases:
        return []
    matrix = np.stack([vectors[phrase] for phrase in phrases])
    best: dict[tuple[int, int], NearPair] = {}
    for start in range(0, len(phrases), _BLOCK):
        cosines = matrix[start : start + _BLOCK] @ matrix.T
        for row, column in _places(cosines, least):
            first, second = int(owners[start + row]), int(owners[column])
            if first < second and _are_rivals(entries[first], entries[second]):
                pair = NearPair(
                    one=entries[first],
                    other=entries[second],
                    phrase=phrases[start + row],
                    other_phrase=phrases[column],
                    likeness=float(cosines[row, column]),
                )
                best[first, second] = max(best.get((first, second), pair), pair, key=_likeness)
    return sorted(best.values(), key=_likeness, reverse=True)[:MOST_PAIRS]


def near_to(
    draft: FaqDraft, entries: Sequence[Faq], vectors: Mapping[str, Vector], least: float
) -> list[NearPair]:
    """The pairs that a draft makes with these entries: see `near_pairs`."""
    pairs: list[NearPair] = []
    mine = np.stack([vectors[phrase] for phrase in draft.phrases])
    for faq in entries:
        if not _are_rivals(draft, faq):
            continue
        cosines = mine @ np.stack([vectors[phrase] for phrase in faq.phrases]).T
        row, column = np.unravel_index(int(cosines.argmax()), cosines.shape)
        if cosines[row, column] >= least:
            pair = NearPair(
                one=draft,
                other=faq,
                phrase=draft.phrases[int(row)],
                other_phrase=faq.phrases[int(column)],
                likeness=float(cosines[row, column]),
            )
            pairs.append(pair)
    return sorted(pairs, key=_likeness, reverse=True)[:MOST_PAIRS]


def _places(cosines: NDArray[np.float32], least: float) -> list[tuple[int, int]]:
    rows, columns = np.nonzero(cosines >= least)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def _likeness(pair: NearPair) -> float:
    return pair.likeness


def _are_rivals(one: FaqDraft, other: FaqDraft) -> bool:
    """Whether somebody may be told either on one day, and the two answers are not the same."""
    begins = max(one.valid_from or date.min, other.valid_from or date.min)
    ends = min(one.valid_until or date.max, other.valid_until or date.max)
    return one.answer != other.answer and begins <= ends
