"""What there is to review: a sample of the answers, and all that somebody found unhelpful."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, select

from core.conversations import answer_from
from core.judgements import Judgement, Judgements
from core.messages import Answer, AnswerId
from core.records import Records
from core.review_sample import is_sampled, sample
from core.schema import answers, feedback, messages
from core.tenants import TenantId

MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewable:
    """An answer to look at, why it is in the queue, and what was found of it if anything was.

    `comments` are the words that people left with a thumb down.
    """

    question: str
    answer: Answer
    given_at: datetime
    is_sampled: bool
    is_disliked: bool
    comments: tuple[str, ...] = ()
    judgement: Judgement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewQueue:
    """The queue of a tenant: the same for everybody who looks, so that several can share the work.

    `share` is how much of the answers is sampled, 0 to 1. An answer without words (a person
    has the conversation) is not looked at.
    """

    records: Records
    judgements: Judgements
    share: float

    async def entries(self, tenant: TenantId, *, limit: int = MOST) -> list[Reviewable]:
        """The newest answers to review, reviewed or not: disliked ones first, then the sample.

        Each kind is newest first; at most `limit` of both together.

        Raises:
            RecordsUnavailable: the database did not answer.
        """
        disliked = await self._disliked(tenant, limit)
        known = {one.answer.id for one in disliked}
        sampled = [
            Reviewable(
                question=one.question,
                answer=one.answer,
                given_at=one.given_at,
                is_sampled=True,
                is_disliked=False,
            )
            for one in await sample(self.records, tenant, self.share, limit=limit)
            if one.answer.id not in known and one.answer.text
        ]
        return await self._judged(tenant, [*disliked, *sampled][:limit])

    async def _disliked(self, tenant: TenantId, limit: int) -> Sequence[Reviewable]:
        down = select(feedback.c.answer_id).where(feedback.c.verdict == "down")
        query = (
            select(answers.c.id, answers.c.body, answers.c.created_at, messages.c.text)
            .join(
                messages, and_(answers.c.tenant == messages.c.tenant, answers.c.message_id == messages.c.id)
            )
            .where(answers.c.tenant == tenant, answers.c.id.in_(down))
            .order_by(answers.c.created_at.desc(), answers.c.id.desc())
            .limit(limit)
        )
        async with self.records.reading() as connection:
            rows = (await connection.execute(query)).all()
            said = select(feedback.c.answer_id, feedback.c.comment).where(
                feedback.c.answer_id.in_([row.id for row in rows]), feedback.c.verdict == "down"
            )
            comments = (await connection.execute(said)).all()
        return [self._reviewable(row, comments) for row in rows]

    def _reviewable(
        self, row: Row[*tuple[Any, ...]], comments: Sequence[Row[*tuple[Any, ...]]]
    ) -> Reviewable:
        return Reviewable(
            question=row.text,
            answer=answer_from(row.body),
            given_at=row.created_at,
            is_sampled=is_sampled(AnswerId(row.id), self.share),
            is_disliked=True,
            comments=tuple(one.comment for one in comments if one.answer_id == row.id and one.comment),
        )

    async def _judged(self, tenant: TenantId, queue: Sequence[Reviewable]) -> list[Reviewable]:
        found = await self.judgements.of(tenant, [one.answer.id for one in queue])
        return [replace(one, judgement=found.get(one.answer.id)) for one in queue]
