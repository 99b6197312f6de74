"""Finding passages: the `PassageIndex` contract, and how two rankings become one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from core.documents import Document, DocumentId, Passage
from core.tenants import PUBLIC, TenantId

Vector = NDArray[np.float32]
SearchStage = Literal["bm25", "dense", "hybrid", "rerank"]


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


class PassageIndex(Protocol):
    """Where passages live and are looked up, each tenant's apart from all others'."""

    async def replace(
        self, document: Document, passages: Sequence[Passage], vectors: Vector
    ) -> None:
        """Make `passages` the only ones of `document`, all at once.

        A reader sees the old version whole or the new one whole. `vectors` has shape
        (passages, dimensions) and unit rows.
        """

    async def delete(self, tenant: TenantId, document_id: DocumentId) -> None:
        """Forget a document; no search that starts afterwards finds it."""

    async def candidates(
        self, query: str, vector: Vector, scope: Scope, *, limit: int
    ) -> list[Candidate]:
        """The `limit` best by words and the `limit` best by meaning, joined, in no order.

        Raises:
            SearchUnavailable: the index did not answer.
        """

    async def count(self, tenant: TenantId) -> int:
        """How many passages the tenant has."""
