"""What people of the company find of answers that they review: right, wrong, or better not given."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import Row, and_, delete, select

from core.conversations import Conversations, answer_from
from core.errors import Refused, TooLarge
from core.messages import Answer, AnswerId
from core.records import Records, insert_for, now
from core.schema import answers, judgements, messages
from core.stored_values import storable
from core.tenants import TenantId

Finding = Literal["right", "wrong", "unwanted"]
"""`unwanted`: the answer should not have been given at all, be its words right or wrong."""
FINDINGS: tuple[Finding, ...] = get_args(Finding)
LONGEST_NOTE = 2000
_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What `person` found of an answer, when last, and why."""

    answer_id: AnswerId
    finding: Finding
    note: str
    person: str
    given_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A judgement with the question and the answer that it is about."""

    question: str
    answer: Answer
    answered_at: datetime
    judgement: Judgement

    def line(self) -> dict[str, Any]:
        """The example as plain data, for evaluation and training."""
        answer, judgement = self.answer, self.judgement
        return {
            "answer_id": answer.id,
            "question": self.question,
            "answer": answer.text,
            "outcome": answer.outcome.value,
            "route": answer.route,
            "model": answer.model,
            "language": answer.language,
            "confidence": answer.confidence,
            "sources": [
                {"document_id": one.document_id, "title": one.title, "quote": one.quote}
                for one in answer.citations
            ],
            "answered_at": self.answered_at.isoformat(),
            "verdict": judgement.finding,
            "note": judgement.note,
            "reviewer": judgement.person,
            "reviewed_at": judgement.given_at.isoformat(),
        }


class Judgements:
    """Judgements as records: one an answer, the last word counts. Every call names the tenant."""

    def __init__(self, records: Records, conversations: Conversations) -> None:
        self._records = records
        self._conversations = conversations

    async def record(
        self, tenant: TenantId, answer_id: AnswerId, finding: str, *, person: str, note: str = ""
    ) -> Judgement:
        """The judgement, kept in place of an earlier one.

        Raises:
            NotFound: the tenant gave no such answer.
            Refused: there is no such finding. TooLarge: the note is over 2,000 characters.
        """
        known = next((name for name in FINDINGS if name == finding), None)
        if known is None:
            raise Refused(f"{finding[:40]!r} is no verdict: use one of {', '.join(FINDINGS)}")
        said = storable(note).strip()
        if len(said) > LONGEST_NOTE:
            raise TooLarge(f"the note has {len(said):,} characters; the limit is {LONGEST_NOTE:,}")
        await self._conversations.answer(tenant, answer_id)
        moment = now()
        values = {"verdict": known, "note": said, "person": person, "updated_at": moment}
        async with self._records.transaction() as connection:
            newest = insert_for(connection, judgements).on_conflict_do_update(
                index_elements=[judgements.c.answer_id], set_=values
            )
            await connection.execute(
                newest.values(answer_id=answer_id, tenant=tenant, created_at=moment, **values)
            )
        return Judgement(answer_id=answer_id, finding=known, note=said, person=person, given_at=moment)

    async def withdraw(self, tenant: TenantId, answer_id: AnswerId) -> None:
        """Forget what was found of an answer, if anything was."""
        theirs = (judgements.c.tenant == tenant, judgements.c.answer_id == answer_id)
        async with self._records.transaction() as connection:
            await connection.execute(delete(judgements).where(*theirs))

    async def of(self, tenant: TenantId, answer_ids: Collection[AnswerId]) -> dict[AnswerId, Judgement]:
        """What was found of these answers, by answer; those that nobody judged are left out."""
        query = select(judgements).where(
            judgements.c.tenant == tenant, judgements.c.answer_id.in_(list(answer_ids))
        )
        async with self._records.reading() as connection:
            rows = (await connection.execute(query)).all()
        return {AnswerId(row.answer_id): _judgement(row) for row in rows}

    async def all(self, tenant: TenantId) -> AsyncIterator[Judged]:
        """Every judgement of the tenant with what it is about, in the order of the answers' ids."""
        last = ""
        while True:
            page = (
                select(judgements, answers.c.body, answers.c.created_at.label("answered_at"), messages.c.text)
                .join(answers, answers.c.id == judgements.c.answer_id)
                .join(
                    messages,
                    and_(answers.c.tenant == messages.c.tenant, answers.c.message_id == messages.c.id),
                )
                .where(judgements.c.tenant == tenant, judgements.c.answer_id > last)
                .order_by(judgements.c.answer_id)
                .limit(_PAGE)
            )
            async with self._records.reading() as connection:
                rows = (await connection.execute(page)).all()
            for row in rows:
                yield Judged(
                    question=row.text,
                    answer=answer_from(row.body),
                    answered_at=row.answered_at,
                    judgement=_judgement(row),
                )
            if len(rows) < _PAGE:
                return
            last = rows[-1].answer_id


def _judgement(row: Row[Any]) -> Judgement:
    return Judgement(
        answer_id=AnswerId(row.answer_id),
        finding=row.verdict,
        note=row.note or "",
        person=row.person,
        given_at=row.updated_at,
    )
