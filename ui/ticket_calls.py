"""What the tickets tab asks of the desk: it is handed an object of this shape and knows nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from core.approval import Approval
from core.conversation import Conversation
from core.kept_calls import KeptCall
from core.ticket_notes import TicketNote
from core.tickets import Ticket

Proof = Mapping[str, str]
"""The headers of the request in which somebody clicked: with them comes their session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A ticket in the queue, and whether something in it waits for a yes."""

    ticket: Ticket
    has_approval: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketView:
    """A ticket with everything that staff need to answer it.

    `facts` are what is known of the customer, by name. `pending` is what waits for a yes first. `calls` are
    those of a customer who called, newest first.
    """

    ticket: Ticket
    conversation: Conversation
    facts: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[TicketNote] = ()
    approvals: Sequence[Approval] = ()
    calls: Sequence[KeptCall] = ()

    @property
    def pending(self) -> Approval | None:
        """What has waited longest for a yes."""
        return next((one for one in self.approvals if one.state == "pending"), None)


class TicketCalls(Protocol):
    """What staff can do about tickets. `proof` shows who does it, anew each time.

    Each of them but the first two raises Unauthorized where that is nobody of the staff.
    """

    async def queue(self) -> list[Queued]:
        """What is open, the most urgent first."""

    async def ticket(self, ticket_id: str) -> TicketView:
        """One ticket, whole.

        Raises:
            NotFound: there is no such ticket.
        """

    async def take(self, proof: Proof, ticket_id: str) -> None:
        """Take it.

        Raises:
            NotNow: somebody else has it.
        """

    async def reply(self, proof: Proof, ticket_id: str, text: str, id: str) -> None:
        """Write to the customer; the same `id` twice is one message."""

    async def give_back(self, proof: Proof, ticket_id: str) -> None:
        """Give the conversation back to the desk."""

    async def close(self, proof: Proof, ticket_id: str) -> None:
        """Settle it."""

    async def note(self, proof: Proof, ticket_id: str, text: str, id: str) -> None:
        """Write a note for colleagues; the same `id` twice is one note."""

    async def approve(self, proof: Proof, approval_id: str) -> Approval:
        """Do what waits, and what came of it."""

    async def decline(self, proof: Proof, approval_id: str, reason: str) -> Approval:
        """Do not do what waits."""
