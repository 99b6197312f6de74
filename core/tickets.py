"""Tickets: a conversation handed to a person, whole."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NewType

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from core.conversations import Conversation
from core.event_stream import DeskEvent
from core.outbox import Outbox
from core.records import Records, now
from core.schema import tickets
from core.tenants import TenantId

TicketId = NewType("TicketId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A conversation that waits for a person. `body` holds its exchanges as they were."""

    id: TicketId
    tenant: TenantId
    conversation_id: str
    reason: str | None
    body: dict[str, Any]
    created_at: datetime


class Tickets:
    """Tickets as records, one a conversation."""

    def __init__(self, records: Records, outbox: Outbox) -> None:
        self._records = records
        self._outbox = outbox

    async def open(self, conversation: Conversation, reason: str | None) -> Ticket:
        """The ticket of this conversation; a second call gives the first one's."""
        ticket = Ticket(
            id=TicketId(uuid.uuid4().hex[:12]),
            tenant=conversation.tenant,
            conversation_id=conversation.id,
            reason=reason,
            body={
                "address": asdict(conversation.address),
                "exchanges": [
                    {"question": one.text, "answer": asdict(one.answer) if one.answer else None}
                    for one in conversation.exchanges
                ],
            },
            created_at=now(),
        )
        try:
            async with self._records.transaction() as connection:
                await connection.execute(insert(tickets).values(**asdict(ticket)))
                await self._outbox.add_event(connection, _opened(ticket))
        except IntegrityError:
            return await self.find(conversation) or ticket
        return ticket

    async def list(self, tenant: TenantId) -> list[Ticket]:
        """The tenant's tickets, newest first."""
        query = select(tickets).where(tickets.c.tenant == tenant).order_by(tickets.c.created_at.desc())
        async with self._records.reading() as connection:
            return [Ticket(**row._mapping) for row in await connection.execute(query)]

    async def find(self, conversation: Conversation) -> Ticket | None:
        """The ticket of this conversation, if one was opened."""
        query = select(tickets).where(tickets.c.conversation_id == conversation.id)
        async with self._records.reading() as connection:
            row = (await connection.execute(query)).first()
        return Ticket(**row._mapping) if row else None


def _opened(ticket: Ticket) -> DeskEvent:
    return DeskEvent(
        id=f"ticket:{ticket.id}",
        type="ticket",
        tenant=ticket.tenant,
        occurred_at=ticket.created_at,
        conversation_id=ticket.conversation_id,
        body={"ticket_id": ticket.id, "reason": ticket.reason, **ticket.body},
    )
