"""Approvals as records: asked, found, and moved on, each step with all that follows from it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.approval import OPEN_STATES, Approval, ApprovalId, ApprovalState, approval_from, happened
from core.approval_tables import approvals
from core.conversation import StaffMessage
from core.errors import NotFound
from core.event_stream import DeskEvent, EventType
from core.messages import ConversationId
from core.outbox import Outbox
from core.process import is_running
from core.records import Records, insert_for, now
from core.schema import staff_messages, tickets
from core.tenants import TenantId
from core.tickets import Ticket, TicketId, Tickets, ticket_from
from core.tools.dialogue import Dialogue
from core.tools.dialogues import drop_wish, put_dialogue
from core.tools.tool import Tool

MOST_LISTED = 500
AT_ONCE = 50
_DECISIONS: tuple[ApprovalState, ...] = ("approved", "declined", "withdrawn", "expired")
_SETTLED: tuple[ApprovalState, ...] = ("done", "refused", "declined", "withdrawn")
"""After these nobody has to do anything more about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What becomes of an approval: by whom, what the customer is told of it, and as whose words.

    `for_admin` says that it may be done over the head of a colleague who has the ticket.
    """

    to: ApprovalState
    by: str = ""
    name: str = ""
    told: str = ""
    reason: str | None = None
    for_admin: bool = True


class ApprovalBook:
    """What waits for a colleague's yes. Every step is one conditional UPDATE, which one of many wins."""

    def __init__(self, records: Records, outbox: Outbox, tickets: Tickets) -> None:
        self._records = records
        self._outbox = outbox
        self._tickets = tickets

    async def ask(self, ticket: Ticket, tool: Tool, language: str, dialogue: Dialogue) -> None:
        """Keep that the wish on top of the dialogue waits, together with the dialogue itself.

        The same wish twice is asked once.
        """
        frame, moment = dialogue.frames[-1], now()
        approval = Approval(
            id=ApprovalId(uuid.uuid4().hex),
            tenant=ticket.tenant,
            conversation_id=ConversationId(ticket.conversation_id),
            ticket_id=ticket.id,
            tool=tool.name,
            title=tool.title,
            shown=frame.shown,
            arguments=dict(frame.values),
            key=frame.key,
            language=language,
            state="pending",
            asked_at=moment,
            updated_at=moment,
        )
        async with self._records.transaction() as connection:
            unless_asked = insert_for(connection, approvals).on_conflict_do_nothing(
                index_elements=["tenant", "key"]
            )
            if (await connection.execute(unless_asked.values(**asdict(approval)))).rowcount:
                await self._happened(connection, ticket, happened(approval, "approval.asked"))
            await put_dialogue(connection, ticket.tenant, approval.conversation_id, dialogue)

    async def get(self, tenant: TenantId, approval_id: ApprovalId) -> Approval:
        """One approval.

        Raises:
            NotFound: the tenant has no such approval.
        """
        found = await self._find(approvals.c.tenant == tenant, approvals.c.id == approval_id, most=1)
        if not found:
            raise NotFound(f"there is no approval {approval_id!r}")
        return found[0]

    async def list(self, tenant: TenantId, state: ApprovalState | None = None) -> Sequence[Approval]:
        """The tenant's approvals, those that have waited longest first; 500 at most."""
        in_state = [approvals.c.state == state] if state else []
        return await self._find(approvals.c.tenant == tenant, *in_state)

    async def of_ticket(self, tenant: TenantId, ticket_id: TicketId) -> Sequence[Approval]:
        """What waits, or has waited, under a ticket, oldest first."""
        return await self._find(approvals.c.tenant == tenant, approvals.c.ticket_id == ticket_id)

    async def of_wish(self, tenant: TenantId, key: str) -> Approval | None:
        """The approval of a wish, by the wish's key; none where none was asked for."""
        found = await self._find(approvals.c.tenant == tenant, approvals.c.key == key, most=1)
        return found[0] if found else None

    async def left(self) -> Sequence[Approval]:
        """What was approved and has not ended, of every tenant, oldest first; 50 at most."""
        return await self._find(approvals.c.state == "approved", most=AT_ONCE)

    async def overdue(self, hours: float) -> Sequence[Approval]:
        """What has waited for longer than so many hours, of every tenant; 50 at most."""
        before = now() - timedelta(hours=hours)
        return await self._find(approvals.c.state == "pending", approvals.c.asked_at < before, most=AT_ONCE)

    async def hold(self, approval: Approval, owner: str, *, for_s: float) -> bool:
        """Whether `owner` alone may carry it out for so long.

        Whoever dies over it is followed at once where this machine can tell, else after their time.
        """
        moment = now()
        if approval.held_until and approval.held_until > moment and is_running(approval.held_by or ""):
            return False
        free = (
            approvals.c.state == "approved",
            approvals.c.held_by.is_not_distinct_from(approval.held_by),
            approvals.c.held_until.is_not_distinct_from(approval.held_until),
        )
        until: datetime = moment + timedelta(seconds=for_s)
        held = update(approvals).where(*_is(approval), *free).values(held_by=owner, held_until=until)
        async with self._records.transaction() as connection:
            return bool((await connection.execute(held)).rowcount)

    async def move(self, approval: Approval, change: Change) -> Approval | None:
        """The approval after the change, which is told to the customer; None where it was too late for it.

        In the same transaction the wish leaves the dialogue, and a ticket that was only there
        for it, and that nobody has taken, is closed.
        """
        moment = now()
        where = [*_is(approval), approvals.c.state == _before(change.to)]
        if not change.for_admin:
            where.append(_in_nobody_elses_hands(change.by))
        async with self._records.transaction() as connection:
            moved = update(approvals).where(*where).values(**_values(change, moment)).returning(approvals)
            row = (await connection.execute(moved)).first()
            if row is None:
                return None
            after = approval_from(row._mapping)
            ticket = await self._ticket(connection, after)
            if change.told:
                await self._tell(connection, ticket, after, change)
            if change.to not in ("approved", "withdrawn"):
                await drop_wish(connection, after.tenant, after.conversation_id, after.key)
            kind: EventType = "approval.decided" if change.to in _DECISIONS else "approval.ended"
            await self._happened(connection, ticket, happened(after, kind))
            if change.to in _SETTLED:
                await self._close(connection, after, moment)
            return after

    async def _find(self, *where: ColumnElement[bool], most: int = MOST_LISTED) -> Sequence[Approval]:
        query = select(approvals).where(*where).order_by(approvals.c.asked_at, approvals.c.id).limit(most)
        async with self._records.reading() as connection:
            return [approval_from(row._mapping) for row in await connection.execute(query)]

    async def _ticket(self, connection: AsyncConnection, approval: Approval) -> Ticket:
        query = select(tickets).where(tickets.c.tenant == approval.tenant, tickets.c.id == approval.ticket_id)
        return ticket_from((await connection.execute(query)).one()._mapping)

    async def _happened(self, connection: AsyncConnection, ticket: Ticket, event: DeskEvent) -> None:
        await self._outbox.add_event(connection, event)
        if self._tickets.listener is not None:
            await self._tickets.listener.heard(connection, ticket, event)

    async def _tell(
        self, connection: AsyncConnection, ticket: Ticket, approval: Approval, change: Change
    ) -> None:
        """Say to the customer what became of it, as what a person writes is said."""
        message = StaffMessage(
            id=f"{ticket.id}:approval:{approval.id}",
            ticket_id=ticket.id,
            author=approval.decided_by or "desk",
            name=change.name,
            text=change.told,
            created_at=approval.updated_at,
        )
        row: dict[str, Any] = {
            **asdict(message),
            "tenant": ticket.tenant,
            "conversation_id": ticket.conversation_id,
        }
        unless_said = insert_for(connection, staff_messages).on_conflict_do_nothing()
        await connection.execute(unless_said.values(**row))
        told = {"message_id": message.id, "name": message.name, "text": message.text}
        await self._tickets.tell(connection, ticket, "replied", told, id=message.id)

    async def _close(self, connection: AsyncConnection, approval: Approval, moment: datetime) -> None:
        others = approvals.alias()
        is_needed = exists().where(
            others.c.tenant == approval.tenant,
            others.c.ticket_id == approval.ticket_id,
            others.c.state.in_(OPEN_STATES),
        )
        closed = await connection.execute(
            update(tickets)
            .where(
                tickets.c.tenant == approval.tenant,
                tickets.c.id == approval.ticket_id,
                tickets.c.status == "waiting",
                tickets.c.trigger == "approval",
                ~is_needed,
            )
            .values(status="closed", closed_at=moment, updated_at=moment)
            .returning(tickets)
        )
        if row := closed.first():
            told = {"by": approval.decided_by or "customer"}
            await self._tickets.tell(connection, ticket_from(row._mapping), "closed", told)


def _is(approval: Approval) -> tuple[ColumnElement[bool], ...]:
    return approvals.c.tenant == approval.tenant, approvals.c.id == approval.id


def _before(to: ApprovalState) -> ApprovalState:
    return "pending" if to in _DECISIONS else "approved"


def _values(change: Change, moment: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {"state": change.to, "updated_at": moment}
    if change.to in _DECISIONS:
        values |= {"decided_by": change.by or None, "decided_at": moment, "reason": change.reason}
    if change.to != "approved":
        values |= {"ended_at": moment, "result": change.told or None, "held_by": None, "held_until": None}
    return values


def _in_nobody_elses_hands(person: str) -> ColumnElement[bool]:
    theirs = exists().where(
        tickets.c.tenant == approvals.c.tenant,
        tickets.c.id == approvals.c.ticket_id,
        tickets.c.status == "taken",
        or_(tickets.c.taken_by.is_(None), tickets.c.taken_by != person),
    )
    return ~theirs
