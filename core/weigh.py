"""The evidence reader that needs no model of its own: sentences near the question, by meaning and words."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from core.evidence import Evidence, Sentence
from core.function_words import FUNCTION_WORDS
from core.search import Embedder, Found
from core.sentences import sentences

FITTED_THRESHOLD = 0.35


class WeighingReader:
    """Interim."""

    name = "weighing"

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    async def read(self, question: str, found: Sequence[Found]) -> Evidence:
        """The passages in search order, their sentences and the confidence."""
        spans = [
            (place, start, end)
            for place, each in enumerate(found)
            for start, end in sentences(each.passage.text)
        ]
        if not spans:
            return Evidence(passages=found, sentences=(), confidence=0.0)
        texts = [found[place].passage.text[start:end] for place, start, end in spans]
        vectors = await self._embedder.embed_passages([question, *texts])
        near = vectors[1:] @ vectors[0]
        asked = {word for word in question.lower().strip("?").split() if word not in FUNCTION_WORDS}
        shared = np.array([len(asked & set(text.lower().split())) / (len(asked) or 1) for text in texts])
        scores = near + 0.5 * shared + 0.3 * np.array([found[place].score for place, _, _ in spans])
        best = float(scores.max())
        return Evidence(
            passages=found,
            sentences=[
                Sentence(passage=place, start=start, end=end, score=float(score))
                for (place, start, end), score in zip(spans, scores, strict=True)
            ],
            confidence=1 / (1 + math.exp(-6 * (best - 0.75))),
        )
