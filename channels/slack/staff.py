"""The staff's desk in Slack: a thread for each ticket, with all that can be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from channels.slack.parts import SlackParts
from core.inbox import Inbound

if TYPE_CHECKING:
    from channels.slack.channel import Handler, Sender
    from channels.slack.receiving import Check, View

ACTIONS: Mapping[str, Handler] = {}
SUBMISSIONS: Mapping[str, Handler] = {}
SENDERS: Mapping[str, Sender] = {}
VIEWS: Mapping[str, View] = {}
CHECKS: Mapping[str, Check] = {}


async def is_tickets(parts: SlackParts, inbound: Inbound) -> bool:
    """Whether it was said in the thread of a ticket."""
    return False


async def said(parts: SlackParts, inbound: Inbound) -> None:
    """Keep what was said there as a note for colleagues."""
