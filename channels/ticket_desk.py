"""What a click in the tickets tab asks for, done by core. Only those who may open the page get this far."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from channels.callers import principal_of, works_here
from channels.door import Door
from core.access import Principal, Role
from core.approval import Approval, ApprovalId
from core.call_history import calls_in
from core.conversation import Conversation
from core.errors import Unauthorized
from core.messages import ConversationId
from core.tickets import Ticket, TicketId
from ui.ticket_calls import Proof, Queued, TicketView


class TicketDesk:
    """What the tickets tab can ask for, in the desk's own tenant."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._desk = door.desk
        self._tenant = door.desk.tenant.id

    async def queue(self) -> list[Queued]:
        """What is open, the most urgent first; and what was left while something in it still waits."""
        pending = {one.ticket_id for one in await self._desk.approvals.book.list(self._tenant, "pending")}
        tickets = self._desk.tickets
        known = [
            *await tickets.list(self._tenant, "waiting"),
            *await tickets.list(self._tenant, "taken"),
        ]
        listed = {one.id for one in known}
        known += [await tickets.get(self._tenant, id) for id in sorted(pending - listed)]
        return [Queued(ticket=one, has_approval=one.id in pending) for one in sorted(known, key=_urgency)]

    async def ticket(self, ticket_id: str) -> TicketView:
        """One ticket, whole."""
        desk = self._desk
        ticket = await desk.tickets.get(self._tenant, TicketId(ticket_id))
        conversation = await desk.answerer.conversations.get(
            self._tenant, ConversationId(ticket.conversation_id)
        )
        return TicketView(
            ticket=ticket,
            conversation=conversation,
            facts=await self._facts(conversation),
            notes=await desk.notes.of(self._tenant, ticket.id),
            calls=await calls_in(desk.stores.records, self._tenant, conversation.id),
            approvals=await desk.approvals.book.of_ticket(self._tenant, ticket.id),
        )

    async def take(self, proof: Proof, ticket_id: str) -> None:
        """Take it."""
        await self._desk.hand_off.take(TicketId(ticket_id), await self.colleague(proof))

    async def reply(self, proof: Proof, ticket_id: str, text: str, id: str) -> None:
        """Write to the customer."""
        await self._desk.hand_off.reply(TicketId(ticket_id), await self.colleague(proof), text, id)

    async def give_back(self, proof: Proof, ticket_id: str) -> None:
        """Give the conversation back to the desk."""
        await self._desk.hand_off.give_back(TicketId(ticket_id), await self.colleague(proof))

    async def close(self, proof: Proof, ticket_id: str) -> None:
        """Settle it."""
        await self._desk.hand_off.close(TicketId(ticket_id), await self.colleague(proof))

    async def note(self, proof: Proof, ticket_id: str, text: str, id: str) -> None:
        """Write a note for colleagues."""
        await self._desk.notes.add(TicketId(ticket_id), await self.colleague(proof), text, id)

    async def approve(self, proof: Proof, approval_id: str) -> Approval:
        """Do what waits, and what came of it."""
        return await self._desk.approvals.approve(ApprovalId(approval_id), await self.colleague(proof))

    async def decline(self, proof: Proof, approval_id: str, reason: str) -> Approval:
        """Do not do what waits."""
        return await self._desk.approvals.decline(
            ApprovalId(approval_id), await self.colleague(proof), reason
        )

    async def _facts(self, conversation: Conversation) -> dict[str, str]:
        if conversation.customer_id is None:
            return {}
        known = await self._desk.customers.get(self._tenant, conversation.customer_id)
        own = {"name": known.name, "e-mail": known.email, "phone": known.phone}
        return {name: str(value) for name, value in {**own, **known.facts}.items() if value is not None}

    async def colleague(self, proof: Proof) -> Principal:
        """Whoever sent these headers.

        Raises:
            Unauthorized: they are not, or no longer, of the staff.
        """
        connection = HTTPConnection({"type": "http", "headers": Headers(proof).raw})
        principal = await principal_of(connection, self._door)
        if principal is None or not works_here(principal, self._door, Role.STAFF):
            raise Unauthorized("your session has ended: sign in again")
        return principal


def _urgency(ticket: Ticket) -> tuple[bool, bool, float]:
    """Waiting before taken, what is high before what is normal, then what is due first."""
    due = (ticket.due_at or ticket.created_at).timestamp()
    return ticket.status != "waiting", ticket.priority != "high", due
