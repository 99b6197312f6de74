"""A sample of answers for a person to look at: the same answers for everybody who asks."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select

from core.conversations import answer_from
from core.messages import Answer, AnswerId
from core.records import Records
from core.schema import answers, messages
from core.tenants import TenantId

PAGE = 500
"""Answers that are looked at in one statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """An answer in the sample, and the question that it was given to."""

    question: str
    answer: Answer
    given_at: datetime


def is_sampled(answer_id: AnswerId, share: float) -> bool:
    """Whether the answer is in a sample of that share, 0 to 1: by its id alone, evenly.

    >>> sum(is_sampled(AnswerId(str(n)), 0.02) for n in range(10_000))
    202
    """
    place = int.from_bytes(hashlib.sha256(answer_id.encode()).digest()[:8], "big")
    return place < share * 2**64


async def sample(records: Records, tenant: TenantId, share: float, *, limit: int = 20) -> list[Sampled]:
    """The tenant's newest answers in the sample, newest first, at most `limit`.

    Raises:
        RecordsUnavailable: the database did not answer.
    """
    chosen: list[Sampled] = []
    theirs = (
        select(answers.c.id, answers.c.body, answers.c.created_at, messages.c.text)
        .join(messages, and_(answers.c.tenant == messages.c.tenant, answers.c.message_id == messages.c.id))
        .where(answers.c.tenant == tenant)
        .order_by(answers.c.created_at.desc(), answers.c.id.desc())
        .limit(PAGE)
        .limit(PAGE)
    )
    page = theirs
    while share > 0:
        async with records.reading() as connection:
            rows = (await connection.execute(page)).all()
        for row in rows:
            if is_sampled(AnswerId(row.id), share):
                chosen.append(
                    Sampled(question=row.text, answer=answer_from(row.body), given_at=row.created_at)
                )
        if len(rows) < PAGE or len(chosen) >= limit:
            break
        at, last = rows[-1].created_at, rows[-1].id
        is_older = or_(answers.c.created_at < at, and_(answers.c.created_at == at, answers.c.id < last))
        page = theirs.where(is_older)
    return chosen[:limit]
