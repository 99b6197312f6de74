"""The review of answers over HTTP, for staff: what there is to look at, verdicts, and their export."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated, Self

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from channels.callers import Staff
from channels.door import Door, DoorOf
from channels.shapes import AnswerOut, Moment
from core.judgements import Finding, Judgement
from core.messages import AnswerId
from core.review_queue import MOST, Reviewable
from core.tenants import TenantId

router = APIRouter(prefix="/v1/reviews", tags=["reviews"])

MEDIA_TYPE = "application/x-ndjson"


class JudgementIn(BaseModel):
    """What a person found of an answer, and why."""

    verdict: Finding
    note: str = ""


class JudgementOut(JudgementIn):
    """The same, with who found it and when."""

    reviewer: str
    reviewed_at: Moment

    @classmethod
    def of(cls, judgement: Judgement) -> Self:
        """The judgement without the answer that it is about."""
        return cls(
            verdict=judgement.finding,
            note=judgement.note,
            reviewer=judgement.person,
            reviewed_at=judgement.given_at,
        )


class ReviewOut(BaseModel):
    """An answer to look at, why it is in the queue, and what was found of it."""

    question: str
    answer: AnswerOut
    answered_at: Moment
    is_sampled: bool
    is_disliked: bool
    comments: list[str]
    judgement: JudgementOut | None

    @classmethod
    def of(cls, one: Reviewable) -> Self:
        """The entry of the queue as it is now."""
        return cls(
            question=one.question,
            answer=AnswerOut.model_validate(one.answer),
            answered_at=one.given_at,
            is_sampled=one.is_sampled,
            is_disliked=one.is_disliked,
            comments=list(one.comments),
            judgement=JudgementOut.of(one.judgement) if one.judgement else None,
        )


@router.get("")
async def queue(
    door: DoorOf, staff: Staff, limit: Annotated[int, Query(ge=1, le=MOST)] = 50
) -> list[ReviewOut]:
    """The newest answers to review, reviewed ones too: those found unhelpful first, then the sample."""
    return [ReviewOut.of(one) for one in await door.desk.reviews.entries(staff.tenant, limit=limit)]


@router.get("/export", response_class=StreamingResponse, responses={200: {"content": {MEDIA_TYPE: {}}}})
async def export(door: DoorOf, staff: Staff) -> StreamingResponse:
    """Every verdict with its question, answer and sources, one JSON object a line."""
    named = {"Content-Disposition": 'attachment; filename="verdicts.jsonl"', "Cache-Control": "no-store"}
    return StreamingResponse(_lines(door, staff.tenant), media_type=MEDIA_TYPE, headers=named)


@router.put("/{answer_id}")
async def judge(answer_id: str, given: JudgementIn, door: DoorOf, staff: Staff) -> JudgementOut:
    """Keep a verdict on an answer, in place of an earlier one."""
    judgement = await door.desk.reviews.judgements.record(
        staff.tenant, AnswerId(answer_id), given.verdict, person=staff.person, note=given.note
    )
    return JudgementOut.of(judgement)


@router.delete("/{answer_id}", status_code=204)
async def withdraw(answer_id: str, door: DoorOf, staff: Staff) -> None:
    """Forget the verdict on an answer, if there is one."""
    await door.desk.answerer.conversations.answer(staff.tenant, AnswerId(answer_id))
    await door.desk.reviews.judgements.withdraw(staff.tenant, AnswerId(answer_id))


async def _lines(door: Door, tenant: TenantId) -> AsyncIterator[str]:
    async for judged in door.desk.reviews.judgements.all(tenant):
        yield f"{json.dumps(judged.line(), ensure_ascii=False)}\n"
