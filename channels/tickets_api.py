"""Tickets over HTTP, for staff: list, look, take, answer, give back, close. Each of the own tenant."""

from __future__ import annotations

from fastapi import APIRouter

from channels.callers import Staff
from channels.door import DoorOf
from channels.shapes import StaffMessageOut
from channels.ticket_shapes import NoteIn, NoteOut, ReplyIn, ReturnIn, StaffTicket, WholeTicket
from core.messages import ConversationId
from core.tickets import TicketId, TicketStatus

router = APIRouter(prefix="/v1/tickets", tags=["tickets"])


@router.get("")
async def listed(door: DoorOf, staff: Staff, status: TicketStatus | None = None) -> list[StaffTicket]:
    """The tickets, newest first, all or those of one status; 500 at most."""
    return [StaffTicket.of(one) for one in await door.desk.tickets.list(staff.tenant, status)]


@router.get("/{ticket_id}")
async def look(ticket_id: str, door: DoorOf, staff: Staff) -> WholeTicket:
    """A ticket with its conversation and notes as they are now, and what has not been sent out yet."""
    tickets = door.desk.tickets
    ticket = await tickets.get(staff.tenant, TicketId(ticket_id))
    conversations = door.desk.answerer.conversations
    conversation = await conversations.get(staff.tenant, ConversationId(ticket.conversation_id))
    whole = WholeTicket.whole(ticket, conversation, await tickets.undelivered(staff.tenant, ticket.id))
    whole.notes = [NoteOut.of(one) for one in await door.desk.notes.of(staff.tenant, ticket.id)]
    return whole


@router.post("/{ticket_id}/notes", status_code=201)
async def note(ticket_id: str, body: NoteIn, door: DoorOf, staff: Staff) -> NoteOut:
    """Write a note for colleagues, which the customer never sees."""
    return NoteOut.of(await door.desk.notes.add(TicketId(ticket_id), staff, body.text, body.note_id or ""))


@router.post("/{ticket_id}/take")
async def take(ticket_id: str, door: DoorOf, staff: Staff) -> StaffTicket:
    """Take a ticket: the desk is silent in its conversation. 409 where somebody else was first."""
    return StaffTicket.of(await door.desk.hand_off.take(TicketId(ticket_id), staff))


@router.post("/{ticket_id}/reply", status_code=201)
async def reply(ticket_id: str, body: ReplyIn, door: DoorOf, staff: Staff) -> StaffMessageOut:
    """Write to the customer, for whoever has the ticket."""
    said = await door.desk.hand_off.reply(TicketId(ticket_id), staff, body.text, body.message_id or "")
    return StaffMessageOut.model_validate(said)


@router.post("/{ticket_id}/return")
async def give_back(ticket_id: str, door: DoorOf, staff: Staff, body: ReturnIn | None = None) -> StaffTicket:
    """Give the conversation back to the desk."""
    note = body.note if body else ""
    return StaffTicket.of(await door.desk.hand_off.give_back(TicketId(ticket_id), staff, note))


@router.post("/{ticket_id}/close")
async def close(ticket_id: str, door: DoorOf, staff: Staff) -> StaffTicket:
    """Settle a ticket."""
    return StaffTicket.of(await door.desk.hand_off.close(TicketId(ticket_id), staff))
