"""The path of a click: a verdict on an answer, kept once a person and counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import delete, func, insert, select

from core.conversations import Conversations, answer_from
from core.errors import TooLarge
from core.messages import Answer, AnswerId
from core.records import Records, answers, feedback, messages, now
from core.tenants import TenantId

Verdict = Literal["up", "down"]
LONGEST_COMMENT = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What one person thinks of one answer; a later verdict of theirs replaces the earlier."""

    tenant: TenantId
    answer_id: AnswerId
    person: str
    verdict: Verdict
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A question whose answer somebody found wrong, or that got none, for an admin to look at."""

    question: str
    answer: Answer
    up: int
    down: int
    comments: tuple[str, ...]


class FeedbackBook:
    """Verdicts as records."""

    def __init__(self, records: Records, conversations: Conversations) -> None:
        self._records = records
        self._conversations = conversations

    async def record(self, given: Feedback) -> None:
        """Keep a verdict: one a person and answer.

        Raises:
            NotFound: the tenant gave no such answer.
            TooLarge: the comment is longer than 2,000 characters.
        """
        if given.comment and len(given.comment) > LONGEST_COMMENT:
            raise TooLarge(f"the comment has {len(given.comment):,} characters; the limit is 2,000")
        await self._conversations.answer(given.tenant, given.answer_id)
        key = (feedback.c.answer_id == given.answer_id, feedback.c.person == given.person)
        async with self._records.transaction() as connection:
            await connection.execute(delete(feedback).where(*key))
            await connection.execute(
                insert(feedback).values(
                    answer_id=given.answer_id,
                    person=given.person,
                    verdict=given.verdict,
                    comment=given.comment,
                    created_at=now(),
                )
            )

    async def counts(self, tenant: TenantId) -> dict[str, int]:
        """How many answers of each outcome, and how many verdicts of each kind, there are."""
        async with self._records.transaction() as connection:
            outcome = answers.c.body["outcome"].as_string()
            by_outcome = await connection.execute(
                select(outcome, func.count()).where(answers.c.tenant == tenant).group_by(outcome)
            )
            by_verdict = await connection.execute(
                select(feedback.c.verdict, func.count())
                .join(answers, answers.c.id == feedback.c.answer_id)
                .where(answers.c.tenant == tenant)
                .group_by(feedback.c.verdict)
            )
            return {str(name): int(count) for name, count in (*by_outcome, *by_verdict)}

    async def unsolved(self, tenant: TenantId, *, limit: int = 50) -> list[Review]:
        """The newest questions that got no answer or a thumb down, newest first."""
        outcome = answers.c.body["outcome"].as_string()
        down = select(feedback.c.answer_id).where(feedback.c.verdict == "down")
        query = (
            select(messages.c.text, answers.c.id, answers.c.body)
            .join(
                messages,
                (answers.c.tenant == messages.c.tenant) & (answers.c.message_id == messages.c.id),
            )
            .where(answers.c.tenant == tenant, (outcome == "unsure") | answers.c.id.in_(down))
            .order_by(answers.c.created_at.desc())
            .limit(limit)
        )
        async with self._records.transaction() as connection:
            rows = (await connection.execute(query)).all()
            given = (
                await connection.execute(
                    select(feedback).where(feedback.c.answer_id.in_([row.id for row in rows]))
                )
            ).all()
        return [
            Review(
                question=row.text,
                answer=answer_from(row.body),
                up=sum(1 for one in given if one.answer_id == row.id and one.verdict == "up"),
                down=sum(1 for one in given if one.answer_id == row.id and one.verdict == "down"),
                comments=tuple(one.comment for one in given if one.answer_id == row.id and one.comment),
            )
            for row in rows
        ]
