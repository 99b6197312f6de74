"""Finding passages: the `PassageIndex` contract, and how two rankings become one."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from core.documents import Document, DocumentId, Passage
from core.tenants import PUBLIC, TenantId

Vector = NDArray[np.float32]
SearchStage = Literal["bm25", "dense", "hybrid", "rerank"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenVectors:
    """A text's tokens: `places`, shape (tokens, 2), start and end characters; `vectors`, unit rows."""

    places: NDArray[np.int64]
    vectors: Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a search may see. Nothing outside it is scored, let alone returned.

    `documents` and `labels`, when given, narrow further: any one of the labels is enough.
    """

    tenant: TenantId
    audiences: frozenset[str] = frozenset({PUBLIC})
    documents: frozenset[DocumentId] | None = None
    labels: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A passage as the index found it, with the raw score of each side that scored it.

    `bm25` is higher for better and zero where no word matches; `cosine` is -1 to 1.
    """

    passage: Passage
    bm25: float
    cosine: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A passage in its final place, with its score in every stage that ran."""

    passage: Passage
    score: float
    stages: dict[SearchStage, float] = field(default_factory=dict)


class Embedder(Protocol):
    """Turns text into unit vectors whose dot product says how near two meanings are.

    `name` says model and runtime; passages embedded under one model are searched with it.
    Of a text it reads `max_tokens`, special ones included.
    """

    name: str
    dimensions: int
    max_tokens: int

    async def embed_passages(self, texts: Sequence[str]) -> Vector:
        """Shape (texts, dimensions), rows in the order of `texts`, each of length 1."""

    async def embed_query(self, text: str) -> Vector:
        """Shape (dimensions,), of length 1."""

    def count_tokens(self, text: str) -> int:
        """How many tokens the model reads `text` as, without its special ones."""


class PassageIndex(Protocol):
    """Where passages live and are looked up, each tenant's apart from all others'."""

    async def replace(self, document: Document, passages: Sequence[Passage], vectors: Vector) -> None:
        """Make `passages` the only ones of `document`, all at once.

        A reader sees the old version whole or the new one whole. `vectors` has shape
        (passages, dimensions) and unit rows.
        """

    async def delete(self, tenant: TenantId, document_id: DocumentId) -> None:
        """Forget a document; no search that starts afterwards finds it."""

    async def candidates(self, query: str, vector: Vector, scope: Scope, *, limit: int) -> list[Candidate]:
        """The `limit` best by words and the `limit` best by meaning, joined, in no order.

        Raises:
            SearchUnavailable: the index did not answer.
        """

    async def count(self, tenant: TenantId) -> int:
        """How many passages the tenant has."""


def fuse(candidates: Sequence[Candidate], *, words: float = 0.42) -> list[Found]:
    """The candidates best first, by what both scores say together.

    BM25 is divided by the best BM25 of the query, which puts it on the scale of the
    cosine; the two are then weighed, `words` for BM25 and the rest for the cosine. A
    query whose best cosine is low so leans on its words by itself. (A convex combination
    of scores, which keeps how far apart two passages are; rank fusion throws that away:
    Bruch, Gai and Ingber, 2023, "An Analysis of Fusion Functions for Hybrid Retrieval".)
    """
    top = max((candidate.bm25 for candidate in candidates), default=0.0) or 1.0
    found = [
        Found(
            passage=candidate.passage,
            score=words * candidate.bm25 / top + (1 - words) * candidate.cosine,
            stages={"bm25": candidate.bm25, "dense": candidate.cosine},
        )
        for candidate in candidates
    ]
    for each in found:
        each.stages["hybrid"] = each.score
    return sorted(found, key=lambda each: -each.score)


def ranked(found: Sequence[Found], stage: SearchStage) -> list[Found]:
    """The passages that `stage` scored, in its order."""
    return [
        replace(each, score=each.stages[stage])
        for each in sorted(found, key=lambda each: -each.stages.get(stage, float("-inf")))
        if stage in each.stages and (stage != "bm25" or each.stages[stage] > 0)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Searcher:
    """Questions to passages: embeds the question, asks the index, joins both rankings."""

    index: PassageIndex
    embedder: Embedder
    candidates: int = 100

    async def search(self, query: str, scope: Scope, vector: Vector | None = None) -> list[Found]:
        """Every candidate in `scope`, best first by the hybrid score; `vector` is the query's, if known.

        Raises:
            SearchUnavailable: the index did not answer.
        """
        if vector is None:
            vector = await self.embedder.embed_query(query)
        return fuse(await self.index.candidates(query, vector, scope, limit=self.candidates))
