"""The path of a click: a verdict on an answer, kept once a person and counted."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, select

from core.conversations import Conversations, answer_from
from core.errors import TooLarge
from core.event_stream import DeskEvent
from core.messages import Answer, AnswerId
from core.outbox import Outbox
from core.records import Records, insert_for, now
from core.schema import answers, feedback, messages
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

    def __init__(self, records: Records, outbox: Outbox, conversations: Conversations) -> None:
        self._records = records
        self._outbox = outbox
        self._conversations = conversations

    async def record(self, given: Feedback) -> None:
        """Keep a verdict: one a person and answer.

        Raises:
            NotFound: the tenant gave no such answer.
            TooLarge: the comment is longer than 2,000 characters.
        """
        if given.comment and len(given.comment) > LONGEST_COMMENT:
            raise TooLarge(f"the comment has {len(given.comment):,} characters; the limit is 2,000")
        answer = await self._conversations.answer(given.tenant, given.answer_id)
        verdict = {"verdict": given.verdict, "comment": given.comment, "created_at": now()}
        async with self._records.transaction() as connection:
            newest = insert_for(connection, feedback).on_conflict_do_update(
                index_elements=[feedback.c.answer_id, feedback.c.person], set_=verdict
            )
            await connection.execute(newest.values(answer_id=given.answer_id, person=given.person, **verdict))
            await self._outbox.add_event(connection, _given(given, answer))

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


def _given(given: Feedback, answer: Answer) -> DeskEvent:
    return DeskEvent(
        id=f"feedback:{uuid.uuid4().hex}",
        type="feedback",
        tenant=given.tenant,
        occurred_at=now(),
        conversation_id=answer.conversation_id,
        body={"answer_id": given.answer_id, "verdict": given.verdict, "comment": given.comment},
    )
