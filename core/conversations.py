"""Conversations and what was said in them: kept once, read back with every answer's citations."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Insert, insert, literal, select
from sqlalchemy.exc import IntegrityError

from core.errors import NotFound
from core.event_stream import DeskEvent
from core.generate import Turn
from core.messages import Address, Answer, AnswerId, Citation, ConversationId, Message, Outcome
from core.outbox import Outbox
from core.records import Records, now
from core.schema import LongWords, UtcDateTime, Words, answers, conversations, messages
from core.tenants import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A message and the answer it got; no answer yet when the turn is not over."""

    message_id: str
    text: str
    asked_at: datetime
    answer: Answer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """One line of talk between a person and the desk, oldest exchange first."""

    id: ConversationId
    tenant: TenantId
    address: Address
    created_at: datetime
    exchanges: tuple[Exchange, ...] = ()


class Conversations:
    """Conversations as records. Every call names the tenant; another's are never seen."""

    def __init__(self, records: Records, outbox: Outbox) -> None:
        self._records = records
        self._outbox = outbox

    async def start(self, tenant: TenantId, address: Address) -> Conversation:
        """A new, empty conversation."""
        conversation = Conversation(
            id=ConversationId(uuid.uuid4().hex), tenant=tenant, address=address, created_at=now()
        )
        async with self._records.transaction() as connection:
            await connection.execute(
                insert(conversations).values(
                    id=conversation.id,
                    tenant=tenant,
                    address=asdict(address),
                    created_at=conversation.created_at,
                )
            )
        return conversation

    async def outline(self, tenant: TenantId, conversation_id: ConversationId) -> Conversation:
        """A conversation without what was said in it.

        Raises:
            NotFound: the tenant has no such conversation.
        """
        query = select(conversations).where(
            conversations.c.tenant == tenant, conversations.c.id == conversation_id
        )
        async with self._records.reading() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            raise NotFound(f"there is no conversation {conversation_id!r}")
        address = Address(**row.address)
        return Conversation(id=conversation_id, tenant=tenant, address=address, created_at=row.created_at)

    async def get(self, tenant: TenantId, conversation_id: ConversationId) -> Conversation:
        """A conversation with all that was said.

        Raises:
            NotFound: the tenant has no such conversation.
        """
        return await self.whole(await self.outline(tenant, conversation_id))

    async def whole(self, outline: Conversation) -> Conversation:
        """The conversation with all that was said, where its outline is known."""
        query = (
            select(messages.c.id, messages.c.text, messages.c.created_at, answers.c.body)
            .join(
                answers,
                (answers.c.tenant == messages.c.tenant) & (answers.c.message_id == messages.c.id),
                isouter=True,
            )
            .where(messages.c.conversation_id == outline.id, messages.c.tenant == outline.tenant)
            .order_by(messages.c.created_at)
        )
        async with self._records.reading() as connection:
            exchanges = tuple(
                Exchange(
                    message_id=line.id,
                    text=line.text,
                    asked_at=line.created_at,
                    answer=answer_from(line.body) if line.body else None,
                )
                for line in await connection.execute(query)
            )
        return replace(outline, exchanges=exchanges)

    async def remember(self, message: Message) -> Answer | None:
        """Keep a message; when the same delivery was answered before, that answer.

        Raises:
            NotFound: the tenant has no such conversation.
        """
        try:
            async with self._records.transaction() as connection:
                kept = await connection.execute(_keeping(message))
                if not kept.rowcount:
                    raise NotFound(f"there is no conversation {message.conversation_id!r}")
                await self._outbox.add_event(connection, _asked(message))
        except IntegrityError:
            return await self._answer_to(message)
        return None

    async def record(self, message: Message, answer: Answer) -> Answer:
        """Keep the answer to a message, once; the one kept first is returned."""
        try:
            async with self._records.transaction() as connection:
                await connection.execute(
                    insert(answers),
                    {
                        "id": answer.id,
                        "tenant": message.tenant,
                        "conversation_id": message.conversation_id,
                        "message_id": message.id,
                        "body": asdict(answer),
                        "created_at": now(),
                    },
                )
                await self._outbox.add_event(connection, _answered(message, answer))
        except IntegrityError:
            return await self._answer_to(message) or answer
        return answer

    async def last_turns(self, tenant: TenantId, conversation_id: ConversationId, *, most: int) -> list[Turn]:
        """What was said last and got an answer, oldest first: `most` turns, two an exchange."""
        query = (
            select(messages.c.text, answers.c.body)
            .join(answers, (answers.c.tenant == messages.c.tenant) & (answers.c.message_id == messages.c.id))
            .where(messages.c.conversation_id == conversation_id, messages.c.tenant == tenant)
            .order_by(messages.c.created_at.desc())
            .limit(most // 2)
        )
        async with self._records.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [
            turn
            for row in reversed(rows)
            for turn in (
                Turn(role="user", text=row.text),
                Turn(role="assistant", text=row.body["text"]),
            )
        ]

    async def answer(self, tenant: TenantId, answer_id: AnswerId) -> Answer:
        """One answer by its id.

        Raises:
            NotFound: the tenant gave no such answer.
        """
        async with self._records.reading() as connection:
            body = await connection.scalar(
                select(answers.c.body).where(answers.c.tenant == tenant, answers.c.id == answer_id)
            )
        if body is None:
            raise NotFound(f"there is no answer {answer_id!r}")
        return answer_from(body)

    async def _answer_to(self, message: Message) -> Answer | None:
        async with self._records.reading() as connection:
            body = await connection.scalar(
                select(answers.c.body).where(
                    answers.c.tenant == message.tenant, answers.c.message_id == message.id
                )
            )
        return answer_from(body) if body else None


def answer_from(body: Mapping[str, Any]) -> Answer:
    """The answer that `dataclasses.asdict` made this of."""
    citations = tuple(Citation(**citation) for citation in body["citations"])
    return Answer(**{**body, "outcome": Outcome(body["outcome"]), "citations": citations})


def _keeping(message: Message) -> Insert:
    """Keeps a message, if the tenant has its conversation: one statement does both."""
    columns = {
        "tenant": literal(message.tenant, Words),
        "id": literal(message.id, Words),
        "conversation_id": conversations.c.id,
        "text": literal(message.text, LongWords),
        "created_at": literal(now(), UtcDateTime),
    }
    theirs = select(*columns.values()).where(
        conversations.c.tenant == message.tenant, conversations.c.id == message.conversation_id
    )
    return insert(messages).from_select(list(columns), theirs)


def _asked(message: Message) -> DeskEvent:
    return DeskEvent(
        id=f"question:{message.tenant}:{message.id}",
        type="question",
        tenant=message.tenant,
        occurred_at=now(),
        conversation_id=message.conversation_id,
        body={"message_id": message.id, "text": message.text, "channel": message.address.channel},
    )


def _answered(message: Message, answer: Answer) -> DeskEvent:
    return DeskEvent(
        id=f"answer:{answer.id}",
        type="answer",
        tenant=message.tenant,
        occurred_at=now(),
        conversation_id=message.conversation_id,
        body={"message_id": message.id, "channel": message.address.channel, "answer": asdict(answer)},
    )
