"""What customers ask and do not get answered, with the same question in other words counted as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import select

from core.feedback import FeedbackBook, Review
from core.records import Records
from core.reports import OLDEST, Report, Reports
from core.schema import answers
from core.search import Embedder, Vector
from core.tenants import TenantId

MOST_QUESTIONS = 500
MOST_EXAMPLES = 20
"""Answers that a group names, so that the admin can open them."""
LIKENESS = 0.8
"""The cosine from which two questions mean the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digester:
    """Groups unsolved questions by meaning."""

    records: Records
    feedback: FeedbackBook
    embedder: Embedder

    async def digest(self, tenant: TenantId) -> Report | None:
        """The report on the tenant's newest unsolved questions; none where it would say nothing new."""
        kept = Reports(self.records)
        before = await kept.latest(tenant, "digest")
        reviews = await self.feedback.unsolved(tenant, limit=MOST_QUESTIONS)
        if not reviews and before is None:
            return None
        body = await self._body(reviews)
        if before is not None and before.body == body:
            return None
        return await kept.add(tenant, "digest", body)

    async def _body(self, reviews: Sequence[Review]) -> dict[str, Any]:
        times = await self._times(reviews)
        vectors = await self.embedder.embed_passages([review.question for review in reviews])
        groups = []
        for members in grouped(vectors):
            asked = sorted(times[reviews[place].answer.id] for place in members)
            groups.append(
                {
                    "question": reviews[_middle(vectors, members)].question,
                    "count": len(members),
                    "down": sum(reviews[place].down for place in members),
                    "first_asked": asked[0],
                    "last_asked": asked[-1],
                    "answers": [reviews[place].answer.id for place in members[:MOST_EXAMPLES]],
                }
            )
        groups.sort(key=lambda group: (group["count"], group["last_asked"]), reverse=True)
        return {"questions": len(reviews), "groups": groups, OLDEST: min(times.values(), default=None)}

    async def _times(self, reviews: Sequence[Review]) -> dict[str, str]:
        """When each question was answered, in ISO 8601 and UTC, by the answer's id."""
        wanted = answers.c.id.in_([review.answer.id for review in reviews])
        async with self.records.reading() as connection:
            rows = await connection.execute(select(answers.c.id, answers.c.created_at).where(wanted))
            return {row.id: row.created_at.isoformat() for row in rows}


def grouped(vectors: Vector, *, likeness: float = LIKENESS) -> list[list[int]]:
    """The places of unit rows that lie near each other: each joins the nearest group, or opens one.

    >>> grouped(np.array([[1.0, 0.0], [0.0, 1.0], [0.98, 0.2]], np.float32))
    [[0, 2], [1]]
    """
    sums = np.zeros((0, vectors.shape[1]), np.float32)
    groups: list[list[int]] = []
    for place, vector in enumerate(vectors):
        nearest = -1
        if groups:
            likenesses = sums @ vector / np.linalg.norm(sums, axis=1)
            best = int(likenesses.argmax())
            nearest = best if likenesses[best] >= likeness else -1
        if nearest < 0:
            groups.append([place])
            sums = np.vstack([sums, vector])
        else:
            groups[nearest].append(place)
            sums[nearest] += vector
    return groups


def _middle(vectors: Vector, members: Sequence[int]) -> int:
    """The member that is most like all of them."""
    rows = vectors[list(members)]
    return members[int((rows @ rows.sum(axis=0)).argmax())]
