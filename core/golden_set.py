"""Whether the desk still finds and answers what people were content with: an evaluation of its own making."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import fmean
from typing import Any
from uuid import uuid4

from sqlalchemy import exists, select

from core import measures
from core.answer import Answerer
from core.conversation import Conversation
from core.conversations import Conversations, answer_from
from core.documents import DocumentId
from core.errors import SearchUnavailable
from core.evidence import Evidence
from core.messages import Address, Answer, ConversationId, Message, MessageId, Outcome
from core.recollection import Recalled, Recollection
from core.records import Records
from core.reports import OLDEST, Report, Reports
from core.schema import answers, documents, feedback, messages
from core.search import Scope, Vector
from core.tenants import PUBLIC, TenantId

MOST_QUESTIONS = 200
MOST_SHOWN = 20
DEPTH = 10
ADDRESS = Address(channel="evaluation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Golden:
    """A question whose answer somebody liked, and the documents that answer rested on."""

    question: str
    answer_id: str
    asked_at: datetime
    documents: frozenset[DocumentId]
    audiences: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenSet:
    """Searches and answers liked questions again, as things are now."""

    records: Records
    answerer: Answerer

    async def evaluate(self, tenant: TenantId) -> Report | None:
        """The report, compared with the one before; none while nobody has liked an answer.

        Raises:
            Unavailable: something the answers need is away; a figure would tell of that only.
        """
        kept = Reports(self.records)
        liked = await self.questions(tenant)
        if not liked:
            return None
        asked_again = _unrecorded(self.answerer)
        rankings: list[list[str]] = []
        outcomes: list[Outcome] = []
        for golden in liked:
            found = await asked_again.searcher.search(
                golden.question, Scope(tenant=tenant, audiences=golden.audiences)
            )
            order = await asked_again.rerank(golden.question, found)
            rankings.append(list(dict.fromkeys(one.passage.document_id for one in order[:DEPTH])))
            outcomes.append((await _answer(asked_again, tenant, golden)).outcome)
        before = await kept.latest(tenant, "evaluation")
        return await kept.add(tenant, "evaluation", _body(liked, rankings, outcomes, before))

    async def questions(self, tenant: TenantId) -> list[Golden]:
        """The newest liked questions, each once, that stand by themselves and whose documents still exist."""
        earlier, disliked = messages.alias("earlier"), feedback.alias("disliked")
        query = (
            select(messages.c.text, messages.c.created_at, answers.c.body)
            .join(messages, (answers.c.tenant == messages.c.tenant) & (answers.c.message_id == messages.c.id))
            .where(
                answers.c.tenant == tenant,
                answers.c.body["outcome"].as_string() == Outcome.ANSWERED.value,
                answers.c.id.in_(select(feedback.c.answer_id).where(feedback.c.verdict == "up")),
                ~exists().where(disliked.c.answer_id == answers.c.id, disliked.c.verdict == "down"),
                # What follows another question may not be understood without it.
                ~exists().where(
                    earlier.c.conversation_id == messages.c.conversation_id,
                    earlier.c.created_at < messages.c.created_at,
                ),
            )
            .order_by(answers.c.created_at.desc())
            .limit(2 * MOST_QUESTIONS)
        )
        async with self.records.transaction() as connection:
            rows = (await connection.execute(query)).all()
            given = [(row.text, row.created_at, answer_from(row.body)) for row in rows]
            cited = {citation.document_id for _, _, answer in given for citation in answer.citations}
            theirs = select(documents.c.id, documents.c.audience).where(
                documents.c.tenant == tenant, documents.c.id.in_(sorted(cited))
            )
            audiences = {row.id: row.audience for row in await connection.execute(theirs)}
        golden: dict[str, Golden] = {}
        for question, asked_at, answer in given:
            there = {one.document_id for one in answer.citations} & audiences.keys()
            if there:
                golden.setdefault(
                    " ".join(question.casefold().split()),
                    Golden(
                        question=question,
                        answer_id=answer.id,
                        asked_at=asked_at,
                        documents=frozenset(there),
                        audiences=frozenset({PUBLIC, *(audiences[one] for one in there)}),
                    ),
                )
        return list(golden.values())[:MOST_QUESTIONS]


def _body(
    liked: Sequence[Golden],
    rankings: Sequence[Sequence[str]],
    outcomes: Sequence[Outcome],
    before: Report | None,
) -> dict[str, Any]:
    right = [dict.fromkeys(map(str, golden.documents), 1) for golden in liked]
    figures = {
        "hit@1": fmean(
            bool(set(ranking[:1]) & set(one)) for ranking, one in zip(rankings, right, strict=True)
        ),
        "recall@10": fmean(
            measures.recall(ranking, one) for ranking, one in zip(rankings, right, strict=True)
        ),
        "answered_rate": fmean(outcome is Outcome.ANSWERED for outcome in outcomes),
    }
    failing = [
        golden
        for golden, ranking, outcome in zip(liked, rankings, outcomes, strict=True)
        if outcome is not Outcome.ANSWERED or not golden.documents & set(ranking)
    ][:MOST_SHOWN]
    return {
        "questions": len(liked),
        **{name: round(value, 4) for name, value in figures.items()},
        "change": {name: round(value - before.body[name], 4) for name, value in figures.items()}
        if before
        else None,
        "failing": [{"question": golden.question, "answer": golden.answer_id} for golden in failing],
        OLDEST: min((golden.asked_at.isoformat() for golden in failing), default=None),
    }


async def _answer(answerer: Answerer, tenant: TenantId, golden: Golden) -> Answer:
    message = Message(
        id=MessageId(uuid4().hex),
        tenant=tenant,
        conversation_id=ConversationId(uuid4().hex),
        text=golden.question,
        address=ADDRESS,
        audiences=golden.audiences,
    )
    async with aclosing(answerer.answer(message)) as events:
        async for event in events:
            if isinstance(event, Answer):
                return event
    raise SearchUnavailable("the answer to a liked question broke off")


def _unrecorded(answerer: Answerer) -> Answerer:
    """The same answerer, which keeps nothing of what it is asked, and recalls nothing."""
    given = answerer.recollection
    return replace(
        answerer,
        conversations=_Unwritten(),
        understanding=replace(answerer.understanding, is_rehearsal=True),
        recollection=_Blank(
            conversations=given.conversations,
            catalogue=given.catalogue,
            memory=given.memory,
            cache=given.cache,
        ),
    )


class _Unwritten(Conversations):
    """Conversations that nobody will read."""

    def __init__(self) -> None:
        """Opens nothing."""

    async def remember(self, message: Message) -> Answer | None:
        """Nothing was answered before."""
        return None

    async def record(self, message: Message, answer: Answer) -> Answer:
        """The answer, not kept; one that tells of an outage says nothing about the desk."""
        if answer.outcome is Outcome.HANDED_OFF:
            raise SearchUnavailable("the passages could not be searched")
        return answer

    async def get(self, tenant: TenantId, conversation_id: ConversationId) -> Conversation:
        """There is none, and no ticket is to be opened."""
        raise SearchUnavailable("the passages could not be searched")


class _Blank(Recollection):
    """A memory in which nothing stays."""

    async def recall(self, message: Message, question: str, vector: Vector, flavour: str) -> Recalled:
        """Nothing."""
        return Recalled(turns=())

    async def keep(self, recalled: Recalled, answer: Answer, evidence: Evidence) -> None:
        """Keeps nothing."""

    async def note(self, message: Message, question: str, answer: Answer) -> None:
        """Notes nothing."""
