"""A follow-up read twice: with what it carries from the turns before, and by its own words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.evidence import Evidence, Sentence
from core.search import Found

OWN_SHARE = 0.5
"""How much the reading by the follow-up's own words weighs beside the other."""
SAID = 0.7
"""What a sentence that the desk has just quoted counts of one that it has not."""
LEAST_CHANCE = 1e-3
"""So that neither reading can rule out what the other finds."""

Chances = NDArray[np.float64]


def read_twice(whole: Evidence, own: Evidence, said: str, *, is_ordered: bool = False) -> Evidence:
    """The evidence of a follow-up, from two readings of the same passages.

    `whole` was read with the words that the follow-up carries, `own` without them. The chances
    of a sentence are multiplied, each to the power of its share (a logarithmic opinion pool:
    Genest and Zidek, 1986, "Combining Probability Distributions"). The topic that is carried
    has been answered: its words alone would find that answer again. So a sentence in `said`,
    the desk's last answer, counts less too. The confidence is that of `whole`; passages are put
    in their new order, but where `is_ordered` says that they have a better one.
    """
    if not whole.sentences:
        return whole
    heard = {_place(own, sentence): sentence.score for sentence in own.sentences}
    odds = [
        (1 - OWN_SHARE) * math.log(sentence.score + LEAST_CHANCE)
        + OWN_SHARE * math.log(heard.get(_place(whole, sentence), 0.0) + LEAST_CHANCE)
        + (math.log(SAID) if whole.text(sentence) in said else 0.0)
        for sentence in whole.sentences
    ]
    chances = np.exp(np.array(odds) - max(odds))
    chances /= chances.sum()
    shares = np.zeros(len(whole.passages))
    np.add.at(shares, [sentence.passage for sentence in whole.sentences], chances)
    order = sorted(range(len(shares)), key=lambda place: place if is_ordered else -shares[place])
    return Evidence(
        passages=[_scored(whole.passages, place, shares, is_ordered) for place in order],
        sentences=[
            replace(sentence, passage=order.index(sentence.passage), score=float(chance))
            for sentence, chance in zip(whole.sentences, chances, strict=True)
        ],
        confidence=whole.confidence,
    )


def _place(evidence: Evidence, sentence: Sentence) -> tuple[str, int, int]:
    return evidence.passages[sentence.passage].passage.id, sentence.start, sentence.end


def _scored(passages: Sequence[Found], place: int, shares: Chances, is_ordered: bool) -> Found:
    found = passages[place]
    if is_ordered:
        return found
    return replace(found, score=float(shares[place]), stages={**found.stages, "rerank": float(shares[place])})
