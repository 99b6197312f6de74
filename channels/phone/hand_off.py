"""A person for a caller: the ticket they see, and the plan by which the carrier rings them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from channels.phone.transfer import TransferTerms, way_to_a_person
from channels.voice.talk_parts import PersonWish, Way, WishReason
from channels.voice.telephone import Call
from core.conversations import Conversations
from core.escalation import Trigger
from core.hand_off import HandOff
from core.messages import ConversationId
from core.records import now
from core.tenants import TenantId
from core.tickets import Tickets

_TRIGGERS: Mapping[WishReason, tuple[Trigger, str]] = {
    "asked": ("asked", "asked for a person on the phone"),
    "key": ("asked", "asked for a person by a key of the phone"),
    "desk": ("asked", "is handed over by the desk, on the phone"),
    "outage": ("outage", "called while the desk could not answer"),
    "not_understood": ("two_failures", "could not be understood on the phone"),
    "too_many": ("outage", "called while all places were taken"),
    "no_voice": ("outage", "called while the desk had no voice"),
}


class Planner(Protocol):
    """Keeps what is to follow a talk, where the carrier's next question finds it."""

    async def plan(self, call: Call, plan: Mapping[str, str]) -> None:
        """Keep it.

        Raises:
            FrontdeskError: it could not be kept.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneHandOff:
    """The desk's own hand-off, for callers: a `HandOff` of the talk."""

    terms: TransferTerms
    hand_off: HandOff
    tickets: Tickets
    conversations: Conversations
    planner: Planner
    clock: Callable[[], datetime] = now

    async def find(self, wish: PersonWish) -> Way:
        """What can be done now: people in the hours of the team, else a message, else nothing."""
        return way_to_a_person(TenantId(wish.call.tenant), self.terms, self.clock())

    async def take(self, wish: PersonWish, way: Way) -> None:
        """The conversation's ticket, and the plan that the carrier follows once the talk has left.

        Raises:
            FrontdeskError: one of them could not be kept.
        """
        trigger, reason = _TRIGGERS[wish.reason]
        tenant, conversation_id = TenantId(wish.call.tenant), ConversationId(wish.call.conversation_id)
        conversation = await self.conversations.get(tenant, conversation_id)
        ticket = await self.hand_off.ask(conversation, reason, trigger)
        if ticket is None:
            # Somebody gave the conversation back before; who is put through now needs a ticket all the same.
            ticket = await self.tickets.open(conversation, reason, trigger)
        plan = {"way": way, "ticket": ticket.id, "language": wish.language}
        await self.planner.plan(wish.call, plan)
