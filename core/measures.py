"""Figures of merit: rankings, answers and confidences compared with what is known to be right."""

from __future__ import annotations

import math
import re
import string
from collections.abc import Collection, Mapping, Sequence

import numpy as np


def ndcg(ranked: Sequence[str], relevant: Mapping[str, int], *, k: int = 10) -> float:
    """Normalised discounted cumulative gain of the first `k`, with the gains of `relevant`.

    >>> round(ndcg(["b", "a"], {"a": 1}), 4)
    0.6309
    """
    gain = sum(relevant.get(name, 0) / math.log2(place + 2) for place, name in enumerate(ranked[:k]))
    ideal = sorted(relevant.values(), reverse=True)[:k]
    best = sum(value / math.log2(place + 2) for place, value in enumerate(ideal))
    return gain / best if best else 0.0


def recall(ranked: Sequence[str], relevant: Collection[str], *, k: int = 10) -> float:
    """The share of `relevant` that is among the first `k`."""
    return len(set(ranked[:k]) & set(relevant)) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranked: Sequence[str], relevant: Collection[str], *, k: int = 10) -> float:
    """One over the place of the first relevant name, zero when none is among the first `k`."""
    for place, name in enumerate(ranked[:k], start=1):
        if name in relevant:
            return 1 / place
    return 0.0


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """The chance that a positive scores above a negative, ties counting half; None if one is empty.

    >>> auroc([0.9, 0.4], [0.4, 0.1])
    0.875
    """
    if not positive or not negative:
        return None
    order = np.sort(np.asarray(negative))
    below = np.searchsorted(order, positive, side="left")
    upto = np.searchsorted(order, positive, side="right")
    return float((below + upto).sum() / (2 * len(positive) * len(negative)))


def coverage_at_error(confidences: Sequence[float], right: Sequence[bool], *, most: float) -> float:
    """The largest share that may be answered, the surest first, with at most `most` of it wrong.

    >>> coverage_at_error([0.9, 0.8, 0.7, 0.6], [True, True, False, True], most=0.05)
    0.5
    """
    order = np.argsort(-np.asarray(confidences), kind="stable")
    wrong = np.cumsum(~np.asarray(right, dtype=bool)[order])
    answered = np.arange(1, len(order) + 1)
    good = answered[wrong <= most * answered]
    return float(good.max(initial=0) / max(len(order), 1))


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` percent of `values` lie, rounded to hundredths."""
    return round(float(np.percentile(values, share)), 2) if values else 0.0


_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalised(text: str) -> str:
    """Text as SQuAD's own scorer compares it: no case, punctuation, articles or double spaces."""
    bare = text.lower().translate(_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", bare).split())


def contains(answer: str, golds: Collection[str]) -> bool:
    """Whether the answer holds one of the gold texts, as whole words.

    >>> contains("It was signed in 1066, in the autumn.", ["the autumn"])
    True
    """
    words = f" {normalised(answer)} "
    return any(f" {gold} " in words for gold in map(normalised, golds) if gold)
