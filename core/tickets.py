"""Tickets: a conversation handed to a person, whole; opened, found and listed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal, NewType, Protocol

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.conversation import Conversation
from core.errors import NotFound
from core.escalation import Trigger
from core.event_stream import DeskEvent
from core.jobs import Job
from core.messages import ConversationId
from core.outbox import Outbox
from core.records import Records, insert_for, now
from core.schema import deliveries, tickets
from core.staff_names import name_of
from core.support_hours import SupportHours
from core.tenants import TenantId
from core.ticket_summary import summarise

TicketId = NewType("TicketId", str)
TicketStatus = Literal["waiting", "taken", "returned", "closed"]
Priority = Literal["normal", "high"]
Happening = Literal["opened", "said", "taken", "replied", "returned", "closed"]
"""What happens to a ticket; `said` is the customer's and `replied` the person's words."""
Way = Literal["webhook", "mail"]

OPEN: frozenset[TicketStatus] = frozenset({"waiting", "taken"})
MOST_LISTED = 500
_URGENT: frozenset[Trigger] = frozenset({"anger", "approval", "outage"})
_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A conversation in a person's hands, or on its way there.

    `body` holds its exchanges as they were when it was opened. `due_at` is when a person
    should have answered, none where no hours of the company lead there. `taken_name` is how the
    customer knows whoever has it.
    """

    id: TicketId
    tenant: TenantId
    conversation_id: str
    reason: str | None
    body: dict[str, Any]
    created_at: datetime
    status: TicketStatus = "waiting"
    trigger: Trigger = "asked"
    priority: Priority = "normal"
    requester: str = ""
    summary: str = ""
    note: str = ""
    taken_by: str | None = None
    taken_name: str | None = None
    due_at: datetime | None = None
    taken_at: datetime | None = None
    returned_at: datetime | None = None
    closed_at: datetime | None = None
    updated_at: datetime

    @property
    def holder(self) -> str:
        """How the customer knows whoever has or had it; empty: as one of the team."""
        return self.taken_name or name_of(self.taken_by or "")

    @property
    def left_at(self) -> datetime | None:
        """When the person left the conversation to the desk again, if they have."""
        return self.returned_at or self.closed_at


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketTerms:
    """When somebody is there, how soon they should answer, and where tickets are sent out to."""

    hours: SupportHours = field(default_factory=SupportHours)
    due_minutes: float = 120.0
    ways: tuple[Way, ...] = ()


class Listener(Protocol):
    """Does what else follows from what happens to a ticket, in the same transaction."""

    async def heard(self, connection: AsyncConnection, ticket: Ticket, event: DeskEvent) -> None:
        """Called with each thing that happens; the event's id names it."""

    async def noted(self, connection: AsyncConnection, ticket: Ticket, note: Mapping[str, str]) -> None:
        """Called with each note for colleagues: its `id`, who it is `by`, and its `text`."""

    async def can_hear(self, connection: AsyncConnection, ticket: Ticket) -> bool:
        """Whether what a person writes would get to the customer."""


class Tickets:
    """Tickets as records: several a conversation in time, and of those at most one that is open."""

    def __init__(
        self,
        records: Records,
        outbox: Outbox,
        terms: TicketTerms | None = None,
        listener: Listener | None = None,
    ) -> None:
        self._records = records
        self.listener = listener
        self._outbox = outbox
        self.terms = terms or TicketTerms()

    async def open(
        self, conversation: Conversation, reason: str | None, trigger: Trigger = "asked"
    ) -> Ticket:
        """The open ticket of this conversation, made where there is none.

        Raises:
            NotFound: there is no such conversation any more.
        """
        ticket = self._drafted(conversation, reason, trigger)
        for _ in range(_TRIES):
            try:
                async with self._records.transaction() as connection:
                    await connection.execute(insert(tickets).values(**asdict(ticket)))
                    await self.tell(connection, ticket, "opened", ticket.body)
            except IntegrityError:
                if there := await self.find(conversation):
                    return await self.also(there, reason, trigger)
            else:
                return ticket
        raise NotFound(f"there is no conversation {conversation.id!r}")

    async def also(self, ticket: Ticket, reason: str | None, trigger: Trigger) -> Ticket:
        """The open ticket, for one more reason.

        One that was opened for an approval alone ends with it; whatever else calls a person
        takes that place, so that the ticket stays until somebody has come.
        """
        if ticket.trigger != "approval" or trigger == "approval":
            return ticket
        mine = (tickets.c.tenant == ticket.tenant, tickets.c.id == ticket.id)
        async with self._records.transaction() as connection:
            changed = update(tickets).where(*mine)
            await connection.execute(changed.values(trigger=trigger, reason=reason, updated_at=now()))
        return await self.get(ticket.tenant, ticket.id)

    async def list(
        self, tenant: TenantId, status: TicketStatus | None = None, *, most: int = MOST_LISTED
    ) -> list[Ticket]:
        """The tenant's tickets, newest first, all or those in one state."""
        query = select(tickets).where(tickets.c.tenant == tenant)
        if status is not None:
            query = query.where(tickets.c.status == status)
        query = query.order_by(tickets.c.created_at.desc())
        async with self._records.reading() as connection:
            return [ticket_from(row._mapping) for row in await connection.execute(query.limit(most))]

    async def find(self, conversation: Conversation) -> Ticket | None:
        """The open ticket of this conversation, if it has one."""
        return next((one for one in await self.of(conversation) if one.status in OPEN), None)

    async def of(self, conversation: Conversation) -> Sequence[Ticket]:
        """Every ticket of this conversation, newest first."""
        query = (
            select(tickets)
            .where(tickets.c.conversation_id == conversation.id, tickets.c.tenant == conversation.tenant)
            .order_by(tickets.c.created_at.desc())
        )
        async with self._records.reading() as connection:
            return [ticket_from(row._mapping) for row in await connection.execute(query)]

    async def stamp(self, tenant: TenantId, conversation_id: ConversationId) -> str:
        """The `stamp_of` of the conversation's tickets, in one short look."""
        seen = tickets.c
        query = select(seen.id, seen.status, seen.updated_at).where(
            seen.conversation_id == conversation_id, seen.tenant == tenant
        )
        async with self._records.reading() as connection:
            return stamp_of((await connection.execute(query)).all())

    async def get(self, tenant: TenantId, ticket_id: TicketId) -> Ticket:
        """One ticket.

        Raises:
            NotFound: the tenant has no such ticket.
        """
        query = select(tickets).where(tickets.c.tenant == tenant, tickets.c.id == ticket_id)
        async with self._records.reading() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            raise NotFound(f"there is no ticket {ticket_id!r}")
        return ticket_from(row._mapping)

    async def undelivered(self, tenant: TenantId, ticket_id: TicketId) -> Sequence[tuple[str, int, str]]:
        """What of a ticket has not been sent out yet: the way, the attempts so far, why the last failed."""
        query = (
            select(deliveries.c.way, deliveries.c.attempts, deliveries.c.reason)
            .where(deliveries.c.tenant == tenant, deliveries.c.ticket_id == ticket_id)
            .order_by(deliveries.c.created_at)
        )
        async with self._records.reading() as connection:
            return [(row.way, row.attempts, row.reason or "") for row in await connection.execute(query)]

    async def tell(
        self,
        connection: AsyncConnection,
        ticket: Ticket,
        happening: Happening,
        body: Mapping[str, Any],
        *,
        id: str = "",
    ) -> None:
        """Put what happened into the outbox, and up for delivery, within the caller's transaction.

        `id` tells apart what may happen to a ticket more than once; the same one again is
        delivered once.
        """
        name = f"ticket:{ticket.id}" if happening == "opened" else f"ticket:{ticket.id}:{happening}"
        event = _event(ticket, happening, body, f"{name}:{id}" if id else name)
        await self._outbox.add_event(connection, event)
        for way in self.terms.ways:
            if way == "mail" and happening != "opened":
                continue
            row = {
                "id": f"{event.id}@{way}",
                "tenant": ticket.tenant,
                "ticket_id": ticket.id,
                "way": way,
                "body": {"happening": happening, **body},
                "created_at": event.occurred_at,
                "next_at": event.occurred_at,
            }
            unless_there = insert_for(connection, deliveries).on_conflict_do_nothing()
            await connection.execute(unless_there.values(**row))
        if self.terms.ways:
            await self._outbox.add_job(connection, Job(name="deliver", tenant=ticket.tenant))
        if self.listener is not None:
            await self.listener.heard(connection, ticket, event)

    def _drafted(self, conversation: Conversation, reason: str | None, trigger: Trigger) -> Ticket:
        moment, address = now(), conversation.address
        return Ticket(
            id=TicketId(uuid.uuid4().hex[:12]),
            tenant=conversation.tenant,
            conversation_id=conversation.id,
            reason=reason,
            body={
                "address": asdict(address),
                "exchanges": [
                    {"question": one.text, "answer": asdict(one.answer) if one.answer else None}
                    for one in conversation.exchanges
                ],
            },
            created_at=moment,
            updated_at=moment,
            trigger=trigger,
            priority="high" if trigger in _URGENT else "normal",
            requester=address.person or f"visitor:{conversation.id}",
            summary=summarise(conversation),
            due_at=self.terms.hours.due(moment, self.terms.due_minutes),
        )


def stamp_of(known: Iterable[Any]) -> str:
    """A text that changes whenever one of the tickets is opened, taken, answered, returned or closed."""
    return " ".join(sorted(f"{one.id}:{one.status}:{one.updated_at.timestamp()}" for one in known))


def ticket_from(row: Mapping[Any, Any]) -> Ticket:
    """The ticket of a row; what tickets of older desks lack is empty."""
    return Ticket(**{**row, **{name: row[name] or "" for name in ("requester", "summary", "note")}})


def _event(ticket: Ticket, happening: Happening, body: Mapping[str, Any], id: str) -> DeskEvent:
    return DeskEvent(
        id=id,
        type="ticket",
        tenant=ticket.tenant,
        occurred_at=now(),
        conversation_id=ticket.conversation_id,
        body={
            "ticket_id": ticket.id,
            "happening": happening,
            "status": ticket.status,
            "reason": ticket.reason,
            "trigger": ticket.trigger,
            "priority": ticket.priority,
            "summary": ticket.summary,
            "taken_by": ticket.taken_by,
            "due_at": ticket.due_at.isoformat() if ticket.due_at else None,
            **body,
        },
    )
