"""The JSON of tickets as staff see and change them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import BaseModel, Field

from channels.shapes import ClientId, ConversationOut, Moment
from core.conversation import Conversation
from core.escalation import Trigger
from core.hand_off import LONGEST_NOTE, LONGEST_REPLY
from core.ticket_notes import TicketNote
from core.tickets import Priority, Ticket, TicketStatus


class StaffTicket(BaseModel):
    """A ticket in a list: who waits for what, since when and until when, and who has it."""

    ticket_id: str
    conversation_id: str
    status: TicketStatus
    trigger: Trigger
    priority: Priority
    reason: str | None
    requester: str
    summary: str
    note: str
    taken_by: str | None
    created_at: Moment
    due_at: Moment | None
    taken_at: Moment | None
    returned_at: Moment | None
    closed_at: Moment | None

    @classmethod
    def of(cls, ticket: Ticket) -> Self:
        """The ticket without what was said."""
        names = set(StaffTicket.model_fields) - {"ticket_id"}
        return cls(ticket_id=ticket.id, **{name: getattr(ticket, name) for name in names})


class UndeliveredOut(BaseModel):
    """What of a ticket has not left the desk yet, and why."""

    way: str
    attempts: int
    reason: str


class NoteOut(BaseModel):
    """What a colleague wrote about a ticket, for colleagues."""

    note_id: str
    author: str
    text: str
    created_at: Moment

    @classmethod
    def of(cls, note: TicketNote) -> Self:
        """The note as it is kept."""
        return cls(note_id=note.id, author=note.author, text=note.text, created_at=note.created_at)


class WholeTicket(StaffTicket):
    """A ticket with its conversation as it is now."""

    conversation: ConversationOut | None = None
    undelivered: list[UndeliveredOut] = []
    notes: list[NoteOut] = []

    @classmethod
    def whole(
        cls, ticket: Ticket, conversation: Conversation, undelivered: Sequence[tuple[str, int, str]]
    ) -> Self:
        """The ticket with all that was said, also after it was opened."""
        shown = cls.of(ticket)
        shown.conversation = ConversationOut.of(conversation)
        shown.undelivered = [
            UndeliveredOut(way=way, attempts=attempts, reason=reason) for way, attempts, reason in undelivered
        ]
        return shown


class ReplyIn(BaseModel):
    """What a person writes to the customer. The same `message_id` twice is one message."""

    text: Annotated[str, Field(min_length=1, max_length=LONGEST_REPLY)]
    message_id: ClientId | None = None


class NoteIn(BaseModel):
    """A note for colleagues. The same `note_id` twice is one note."""

    text: Annotated[str, Field(min_length=1, max_length=LONGEST_NOTE)]
    note_id: ClientId | None = None


class ReturnIn(BaseModel):
    """What colleagues should know of a conversation that is given back."""

    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""
