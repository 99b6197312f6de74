"""What customers hear of their ticket through doors that push: a person's words, and who has them now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from core.event_stream import DeskEvent
from core.messages import Address, ConversationId
from core.outbound import Outbound, OutboundMessage
from core.phone_reach import PHONE, PhoneReach
from core.support_hours import SupportHours
from core.tickets import Ticket

REPLY = "reply"
"""The kind of an outbound message with a person's words; its body is {name, text, language}."""
NEWS = "news"
"""The kind that says who has the conversation; its body is {what: taken | left, name, language}."""


STAFF = "ticket"
"""The kind that tells staff in Slack; its body is {ticket_id, what, …}, `what` as in `TicketNews`."""
_TOLD_STAFF = ("by", "name", "text", "note", "message_id", "approval_id", "state")


class TicketNews:
    """Puts what follows from a ticket among the outbound messages, in the ticket's own transaction.

    Customers hear through the doors in `channels`, which push. Staff hear in `staff_door`, where
    there is one, of everything: `what` is opened, said, taken, replied, returned, closed, noted,
    approval.asked, approval.decided or approval.ended. `quiet` are the hours of a door in which
    customers hear nothing: what they are to hear waits for their end. Who called hears a person's
    words by text message, where `reach` says that they agreed to those.
    """

    def __init__(
        self,
        outbound: Outbound,
        channels: Collection[str],
        staff_door: str = "",
        quiet: Mapping[str, SupportHours] = MappingProxyType({}),
        reach: PhoneReach | None = None,
    ) -> None:
        self._reach = reach
        self._quiet = quiet
        self._outbound = outbound
        self._channels = frozenset(channels)
        self._staff_door = staff_door

    async def heard(self, connection: AsyncConnection, ticket: Ticket, event: DeskEvent) -> None:
        """Keep the messages that follow from what happened."""
        if self._staff_door:
            await self._outbound.put(connection, self._for_staff(ticket, event))
        if (message := await self._for_customer(connection, ticket, event)) is not None:
            await self._outbound.put(connection, message)

    async def noted(self, connection: AsyncConnection, ticket: Ticket, note: Mapping[str, str]) -> None:
        """Show a note to colleagues where they see to the ticket, and to nobody else."""
        if self._staff_door:
            body = {"by": note["by"], "text": note["text"]}
            name = f"{STAFF}:noted:{note['id']}"
            await self._outbound.put(connection, self._of_ticket(ticket, name, "noted", body))

    def _of_ticket(self, ticket: Ticket, name: str, what: str, told: Mapping[str, Any]) -> OutboundMessage:
        return OutboundMessage(
            id=name,
            tenant=ticket.tenant,
            address=Address(channel=self._staff_door, thread=f"ticket:{ticket.id}"),
            kind=STAFF,
            body={"ticket_id": ticket.id, "what": what, **told},
            conversation_id=ConversationId(ticket.conversation_id),
        )

    def _for_staff(self, ticket: Ticket, event: DeskEvent) -> OutboundMessage:
        told = {name: event.body[name] for name in _TOLD_STAFF if event.body.get(name) is not None}
        what = event.body["happening"] if event.type == "ticket" else event.type
        return self._of_ticket(ticket, f"{STAFF}:{event.id}", what, told)

    async def can_hear(self, connection: AsyncConnection, ticket: Ticket) -> bool:
        """Whether a person's words would get to the customer: not to who called and agreed to no texts."""
        address = Address(**ticket.body["address"])
        return address.channel != PHONE or await self._texts(connection, ticket, address) is not None

    async def _texts(self, connection: AsyncConnection, ticket: Ticket, address: Address) -> Address | None:
        if self._reach is None:
            return None
        return await self._reach.agreed(connection, ticket.tenant, address)

    async def _for_customer(
        self, connection: AsyncConnection, ticket: Ticket, event: DeskEvent
    ) -> OutboundMessage | None:
        address = Address(**ticket.body["address"])
        told = _told(ticket, event) if event.type == "ticket" else None
        if told is None:
            return None
        kind, body = told
        if address.channel == PHONE and kind == REPLY:
            address = await self._texts(connection, ticket, address) or address
        if address.channel not in self._channels:
            return None
        return OutboundMessage(
            id=f"{kind}:{event.id}",
            tenant=ticket.tenant,
            address=address,
            kind=kind,
            body=body,
            conversation_id=ConversationId(ticket.conversation_id),
            not_before=self._not_before(address.channel, event.occurred_at),
        )

    def _not_before(self, channel: str, moment: datetime) -> datetime | None:
        """When the quiet hours of a door end, where they are running."""
        hours = self._quiet.get(channel)
        return hours.next_closing(moment) if hours is not None and hours.week else None


def language_of(ticket: Ticket) -> str:
    """The language the customer was last spoken to in, as an ISO 639-1 code."""
    spoken = [one["answer"].get("language", "en") for one in ticket.body["exchanges"] if one["answer"]]
    return str(spoken[-1]) if spoken else "en"


def _told(ticket: Ticket, event: DeskEvent) -> tuple[str, dict[str, Any]] | None:
    language = language_of(ticket)
    match event.body["happening"]:
        case "replied":
            words = {name: event.body[name] for name in ("name", "text")}
            return REPLY, {**words, "language": language}
        case "taken":
            return NEWS, {"what": "taken", "name": ticket.holder, "language": language}
        case "returned":
            return NEWS, {"what": "left", "name": ticket.holder, "language": language}
        case "closed" if ticket.taken_by and ticket.returned_at is None:
            return NEWS, {"what": "left", "name": ticket.holder, "language": language}
    return None
