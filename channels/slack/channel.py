"""The Slack door: which part does what comes in, and which one sends what goes out."""

from __future__ import annotations

from collections.abc import Mapping

from channels.channel import SendRefused
from channels.slack import asking, staff
from channels.slack.parts import Handler, Sender, SlackParts
from channels.slack.places import SLACK
from core.errors import Refused
from core.inbox import Inbound
from core.outbound import OutboundMessage

KINDS: Mapping[str, Handler] = {**asking.KINDS}
"""By the kind of an inbound thing. What staff say in a ticket's thread is found out in `handle`."""
ACTIONS: Mapping[str, Handler] = {**asking.ACTIONS, **staff.ACTIONS}
"""By the `action_id` of what was clicked."""
SUBMISSIONS: Mapping[str, Handler] = {**asking.SUBMISSIONS, **staff.SUBMISSIONS}
"""By the `callback_id` of the modal that was handed in."""
SENDERS: Mapping[str, Sender] = {**asking.SENDERS, **staff.SENDERS}
"""By the kind of an outbound message."""


class SlackChannel:
    """A `Channel`."""

    name = SLACK

    def __init__(self, parts: SlackParts) -> None:
        self._parts = parts

    async def handle(self, inbound: Inbound) -> None:
        """Do what it asks for."""
        handler = await self._handler(inbound)
        if handler is None:
            raise Refused(f"nothing in Slack is called {_name(inbound)!r} any more")
        await handler(self._parts, inbound)

    async def send(self, message: OutboundMessage) -> str:
        """Post it; its channel and timestamp."""
        sender = SENDERS.get(message.kind)
        if sender is None:
            raise SendRefused(f"nothing in Slack sends {message.kind!r}")
        return await sender(self._parts, message)

    async def _handler(self, inbound: Inbound) -> Handler | None:
        match inbound.kind:
            case "message" if await staff.is_tickets(self._parts, inbound):
                return staff.said
            case "action":
                return ACTIONS.get(inbound.body["action_id"])
            case "submission":
                return SUBMISSIONS.get(inbound.body["callback_id"])
            case kind:
                return KINDS.get(kind)


def _name(inbound: Inbound) -> str:
    return str(inbound.body.get("action_id") or inbound.body.get("callback_id") or inbound.kind)
