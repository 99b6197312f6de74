"""Posting in a ticket's thread, each thing once, also where a sending before was cut off."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from channels.channel import SendRefused
from channels.slack.calls import SlackRefused
from channels.slack.parts import SlackParts
from channels.slack.ticket_blocks import LONGEST_NOTICE, Block
from core.outbound import OutboundMessage
from core.slack_workspaces import TicketThread, Workspace
from core.tickets import Ticket

EVENT = "frontdesk_ticket"
"""Names the metadata by which the desk knows its own posts again."""
PAGE = 200
MARGIN = timedelta(hours=1)
"""How far the clocks of the desk and of Slack may be apart."""
NO_CHANNEL = (
    "no Slack workspace has a channel for tickets: choose one on the app's home in Slack, "
    "or set FRONTDESK_SLACK__STAFF_CHANNEL"
)
_CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{6,}")
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})


@dataclass(slots=True, kw_only=True)
class Poster:
    """Posts for one outbound message. What it has posted before, in a sending that was cut off, it leaves."""

    parts: SlackParts
    workspace: Workspace
    message: OutboundMessage
    ticket: Ticket
    _before: dict[str, str] | None = field(default=None, init=False)

    async def begin(self, channel: str, text: str, blocks: Sequence[Block]) -> str:
        """The timestamp of the thread's first message, posted where it is not there."""
        if self.message.is_repeat or self.message.body["what"] != "opened":
            since = f"{(self.ticket.created_at - MARGIN).timestamp():.6f}"
            async for one in self._pages("conversations.history", channel=channel, oldest=since):
                key, ts = _key(one, self.ticket), str(one["ts"])
                if key == "root":
                    return ts
        try:
            return await self._post(channel, "root", text, blocks)
        except SlackRefused as error:
            if error.code != "not_in_channel":
                raise
        try:
            await self._call("conversations.join", channel=channel)
        except SlackRefused as error:
            raise SendRefused("the desk's bot is not in the channel for tickets: invite it there") from error
        return await self._post(channel, "root", text, blocks)

    async def say(self, thread: TicketThread, key: str, text: str, blocks: Sequence[Block]) -> str:
        """The timestamp of a message in the thread, posted where it is not there."""
        if self.message.is_repeat and self._before is None:
            self._before = await self._in(thread)
        posted = (self._before or {}).get(key)
        return posted or await self._post(thread.channel, key, text, blocks, thread_ts=thread.thread)

    async def change(self, thread: TicketThread, ts: str, text: str, blocks: Sequence[Block]) -> None:
        """Show a message anew; one that somebody has deleted stays away."""
        try:
            await self._call("chat.update", channel=thread.channel, ts=ts, text=text, blocks=list(blocks))
        except SlackRefused as error:
            if error.code not in _GONE:
                raise

    async def channel(self) -> str:
        """The ID of the workspace's channel for tickets.

        Raises:
            SendRefused: none is set, or there is none of that name that the desk can see.
        """
        chosen = self.workspace.staff_channel.strip().removeprefix("#")
        if not chosen:
            raise SendRefused(NO_CHANNEL)
        if _CHANNEL_ID.fullmatch(chosen):
            return chosen
        listing = self._pages(
            "conversations.list",
            "channels",
            types="public_channel,private_channel",
            exclude_archived=True,
        )
        async for one in listing:
            if one.get("name") == chosen.lower():
                return str(one["id"])
        raise SendRefused(
            f"there is no channel #{chosen} in Slack that the desk's bot can see: invite it there"
        )

    async def _in(self, thread: TicketThread) -> dict[str, str]:
        found = self._pages("conversations.replies", channel=thread.channel, ts=thread.thread)
        return {key: str(one["ts"]) async for one in found if (key := _key(one, self.ticket))}

    async def _post(self, channel: str, key: str, text: str, blocks: Sequence[Block], **more: Any) -> str:  # noqa: ANN401 - JSON
        metadata = {
            "event_type": EVENT,
            "event_payload": {"ticket_id": self.ticket.id, "message_id": key},
        }
        posted = await self._call(
            "chat.postMessage",
            channel=channel,
            text=text[:LONGEST_NOTICE],
            blocks=list(blocks),
            metadata=metadata,
            unfurl_links=False,
            unfurl_media=False,
            **more,
        )
        return str(posted["ts"])

    async def _pages(self, method: str, of: str = "messages", **asked: Any) -> AsyncIterator[dict[str, Any]]:  # noqa: ANN401 - JSON
        cursor = None
        while True:
            page = await self._call(method, limit=PAGE, include_all_metadata=True, cursor=cursor, **asked)
            for one in page.get(of, []):
                yield one
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return

    async def _call(self, method: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        return await self.parts.calls.call(self.workspace.bot_token, method, **arguments)


def _key(message: dict[str, Any], ticket: Ticket) -> str:
    """What one of the desk's own posts about a ticket is called; empty for every other message."""
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    is_ours = metadata.get("event_type") == EVENT and payload.get("ticket_id") == ticket.id
    return str(payload.get("message_id", "")) if is_ours and message.get("bot_id") else ""
