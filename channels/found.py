"""Search results as the command line prints them and the API returns them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.assembly import Desk
from core.search import Found, Scope, SearchStage, ranked

STAGES: tuple[SearchStage, ...] = ("bm25", "dense", "hybrid", "rerank")


def last_of(stages: Iterable[SearchStage]) -> SearchStage:
    """The stage whose order counts.

    >>> last_of(["hybrid", "bm25"])
    'hybrid'
    """
    return max(stages, key=STAGES.index)


async def find(desk: Desk, query: str, scope: Scope, stage: SearchStage) -> list[Found]:
    """Passages in the order of one stage, each with the scores of the stages that ran."""
    found = await desk.searcher.search(query, scope)
    if stage != "rerank":
        return ranked(found, stage)
    return await desk.answerer.rerank(query, found)


def shown(found: Found) -> dict[str, Any]:
    """A found passage as `search` prints it and `POST /v1/search` returns it."""
    passage = found.passage
    return {
        "passage_id": passage.id,
        "document_id": passage.document_id,
        "title": passage.title,
        "page": passage.page,
        "heading": " › ".join(passage.heading),
        "text": passage.text,
        "score": round(found.score, 6),
        "stages": {stage: round(score, 6) for stage, score in found.stages.items()},
    }
