"""Reading question and passage together: the `Reranker` contract, and its stage between search and answer."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import Unavailable
from core.search import Found

logger = logging.getLogger(__name__)

FEWEST = 4
"""Passages that are tried however slow the reranker was before."""


class Reranker(Protocol):
    """Says of each text how well it answers a question."""

    name: str

    async def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """How well each text answers, 0 to 1, in the order of `texts`.

        Work for a caller that was cancelled ends soon.

        Raises:
            Unavailable: the model did not answer.
        """


@dataclass(slots=True, kw_only=True)
class RerankStage:
    """Puts the best passages of a search in a reranker's order, in no more time than it may take.

    Out of time, it takes half as many the next time, and more again once it has time to
    spare, so that a slow machine reranks a few passages rather than none.
    """

    reranker: Reranker
    passages: int = 32
    budget_ms: int = 400
    _affordable: float = field(init=False)

    def __post_init__(self) -> None:
        self._affordable = self.passages

    async def order(self, question: str, found: Sequence[Found]) -> list[Found]:
        """All of `found`: at most the best `passages` in the reranker's order, the others after them.

        The reranker's score is in `stages["rerank"]`; `score` stays that of the search, which
        evidence readers weigh. A reranker that fails or runs out of time leaves everything
        as it was.
        """
        taken = int(self._affordable)
        best, others = found[:taken], found[taken:]
        if not best:
            return list(found)
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self.budget_ms / 1000):
                scores = await self.reranker.score(question, [_read(each) for each in best])
        except (TimeoutError, Unavailable) as error:
            if isinstance(error, TimeoutError):
                self._affordable = max(len(best) / 2, min(FEWEST, self.passages))
            self._log_skipped(error, len(best))
            return list(found)
        if (time.perf_counter() - began) * 1000 < self.budget_ms / 2:
            self._affordable = min(self._affordable * 1.25, self.passages)
        scored = [
            replace(each, stages={**each.stages, "rerank": float(score)})
            for each, score in zip(best, scores, strict=True)
        ]
        return [*sorted(scored, key=lambda each: -each.stages["rerank"]), *others]

    def _log_skipped(self, error: Exception, passages: int) -> None:
        logger.warning(
            "rerank_skipped",
            extra={
                "reranker": self.reranker.name,
                "reason": type(error).__name__,
                "passages": passages,
                "budget_ms": self.budget_ms,
            },
        )


def _read(found: Found) -> str:
    """What is read of a passage: its headings, then its words."""
    return "\n".join((*found.passage.heading, found.passage.text))
