"""Conversations and what was said in them: kept once, read back with every answer's citations."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Insert, Row, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from core.conversation import Conversation, Exchange, StaffMessage
from core.errors import NotFound
from core.event_stream import DeskEvent
from core.generate import Turn
from core.messages import (
    Address,
    Answer,
    AnswerId,
    Citation,
    ConversationId,
    CustomerId,
    Message,
    MessageId,
    Outcome,
)
from core.outbox import Outbox
from core.records import Records, now
from core.schema import answers, conversations, messages, staff_messages
from core.stored_values import LongWords, UtcDateTime, Words
from core.tenants import TenantId


class Conversations:
    """Conversations as records. Every call names the tenant; another's are never seen."""

    def __init__(self, records: Records, outbox: Outbox) -> None:
        self._records = records
        self._outbox = outbox

    async def start(
        self, tenant: TenantId, address: Address, customer_id: CustomerId | None = None
    ) -> Conversation:
        """A new, empty conversation, of one of the tenant's customers where that is known."""
        conversation = Conversation(
            id=ConversationId(uuid.uuid4().hex),
            tenant=tenant,
            address=address,
            created_at=now(),
            customer_id=customer_id,
        )
        async with self._records.transaction() as connection:
            await connection.execute(
                insert(conversations).values(
                    id=conversation.id,
                    tenant=tenant,
                    address=asdict(address),
                    created_at=conversation.created_at,
                    customer_id=customer_id,
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
        return _outlined(row)

    async def of_customer(
        self, tenant: TenantId, customer_id: CustomerId, *, most: int = 50
    ) -> list[Conversation]:
        """A customer's conversations without what was said in them, newest first."""
        query = (
            select(conversations)
            .where(conversations.c.tenant == tenant, conversations.c.customer_id == customer_id)
            .order_by(conversations.c.created_at.desc())
            .limit(most)
        )
        async with self._records.reading() as connection:
            return [_outlined(row) for row in await connection.execute(query)]

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
        return replace(outline, exchanges=exchanges, staff_messages=await self._staff_messages(outline))

    async def _staff_messages(self, outline: Conversation) -> tuple[StaffMessage, ...]:
        said = staff_messages.c
        query = (
            select(said.id, said.ticket_id, said.author, said.name, said.text, said.created_at)
            .where(said.conversation_id == outline.id, said.tenant == outline.tenant)
            .order_by(said.created_at, said.id)
        )
        async with self._records.reading() as connection:
            return tuple(StaffMessage(**row._mapping) for row in await connection.execute(query))

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

    async def note_heard(self, tenant: TenantId, message_id: MessageId, text: str) -> bool:
        """Note that of the answer to a message only `text` was heard; whether there is such an answer."""
        mine = (answers.c.tenant == tenant, answers.c.message_id == message_id)
        async with self._records.transaction() as connection:
            body = await connection.scalar(select(answers.c.body).where(*mine))
            if body is None:
                return False
            await connection.execute(update(answers).where(*mine).values(body={**body, "heard": text}))
        return True

    async def last_turns(self, tenant: TenantId, conversation_id: ConversationId, *, most: int) -> list[Turn]:
        """What was said last and got an answer, oldest first: `most` turns, two an exchange.

        Where the desk was silent because a person talked, the customer's words stand alone,
        and the person's are the assistant's. Of an answer on the telephone only what was heard counts.
        """
        asked = (
            select(messages.c.text, messages.c.created_at, answers.c.body)
            .join(answers, (answers.c.tenant == messages.c.tenant) & (answers.c.message_id == messages.c.id))
            .where(messages.c.conversation_id == conversation_id, messages.c.tenant == tenant)
            .order_by(messages.c.created_at.desc())
            .limit(most // 2)
        )
        written = (
            select(staff_messages.c.text, staff_messages.c.created_at)
            .where(staff_messages.c.conversation_id == conversation_id, staff_messages.c.tenant == tenant)
            .order_by(staff_messages.c.created_at.desc())
            .limit(most // 2)
        )
        async with self._records.reading() as connection:
            rows = (await connection.execute(asked)).all()
        async with self._records.reading() as connection:
            persons = (await connection.execute(written)).all()
        said = [
            (
                row.created_at,
                [Turn(role="user", text=row.text), Turn(role="assistant", text=_heard(row.body))],
            )
            for row in reversed(rows)
        ] + [(row.created_at, [Turn(role="assistant", text=row.text)]) for row in persons]
        turns = [turn for _, turns in sorted(said, key=lambda one: one[0]) for turn in turns if turn.text]
        return turns[-most:]

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


def _outlined(row: Row[Any]) -> Conversation:
    return Conversation(
        id=ConversationId(row.id),
        tenant=TenantId(row.tenant),
        address=Address(**row.address),
        created_at=row.created_at,
        customer_id=row.customer_id,
    )


def answer_from(body: Mapping[str, Any]) -> Answer:
    """The answer that `dataclasses.asdict` made this of."""
    citations = tuple(Citation(**citation) for citation in body["citations"])
    return Answer(**{**body, "outcome": Outcome(body["outcome"]), "citations": citations})


def _heard(body: Mapping[str, Any]) -> str:
    """The words of a stored answer that reached the customer."""
    heard = body.get("heard")
    return str(body["text"] if heard is None else heard)


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
