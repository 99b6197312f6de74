"""Notes that colleagues write about a ticket, for each other alone."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select

from core.access import Principal, Role
from core.approval_tables import ticket_notes
from core.errors import Refused, TooLarge, Unauthorized
from core.records import Records, insert_for, now
from core.tenants import TenantId
from core.tickets import TicketId, Tickets

LONGEST_NOTE = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketNote:
    """What somebody wants colleagues to know."""

    id: str
    ticket_id: TicketId
    author: str
    text: str
    created_at: datetime


class TicketNotes:
    """Notes as records of their own. Nothing that a customer sees or a model reads is made of them."""

    def __init__(self, records: Records, tickets: Tickets) -> None:
        self._records = records
        self._tickets = tickets

    async def add(
        self, ticket_id: TicketId, staff: Principal, text: str, id: str = "", *, is_shown: bool = False
    ) -> TicketNote:
        """A note, kept. The same `id` twice is one note.

        `is_shown` says that colleagues see it already where they see to the ticket.

        Raises:
            NotFound: the tenant has no such ticket. Unauthorized: this is nobody of the staff.
            Refused: there are no words. TooLarge: over 2,000 characters.
        """
        bare = text.strip()
        if not bare:
            raise Refused("the note is empty: write a few words")
        if len(bare) > LONGEST_NOTE:
            raise TooLarge(f"the note has {len(bare):,} characters; the limit is {LONGEST_NOTE:,}")
        if not staff.role.reaches(Role.STAFF):
            raise Unauthorized("notes are for staff")
        ticket = await self._tickets.get(staff.tenant, ticket_id)
        note = TicketNote(
            id=f"{ticket.id}:{id or uuid.uuid4().hex}",
            ticket_id=ticket.id,
            author=staff.person,
            text=bare,
            created_at=now(),
        )
        async with self._records.transaction() as connection:
            unless_kept = insert_for(connection, ticket_notes).on_conflict_do_nothing()
            kept = await connection.execute(unless_kept.values(**asdict(note), tenant=ticket.tenant))
            if kept.rowcount and not is_shown and self._tickets.listener is not None:
                told = {"id": note.id, "by": note.author, "text": note.text}
                await self._tickets.listener.noted(connection, ticket, told)
        return note

    async def of(self, tenant: TenantId, ticket_id: TicketId) -> Sequence[TicketNote]:
        """The notes about a ticket, oldest first."""
        noted = ticket_notes.c
        query = (
            select(noted.id, noted.ticket_id, noted.author, noted.text, noted.created_at)
            .where(noted.tenant == tenant, noted.ticket_id == ticket_id)
            .order_by(noted.created_at, noted.id)
        )
        async with self._records.reading() as connection:
            return [TicketNote(**row._mapping) for row in await connection.execute(query)]
