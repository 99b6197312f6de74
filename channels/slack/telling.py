"""What is told in Slack around answers: a person's words, who has the conversation, short notices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from channels.channel import SendRefused
from channels.slack.blocks import Block, context, sections
from channels.slack.calls import SlackRefused
from channels.slack.parts import Sender, SlackParts
from channels.slack.places import address_of, place_of
from channels.slack.posts import NO_BLOCKS
from channels.slack.spots import payload_of
from channels.slack.words import escaped, shortened
from core.door_phrases import door_phrase
from core.errors import Unavailable
from core.messages import Address, ConversationId
from core.outbound import OutboundMessage
from core.records import now
from core.slack_workspaces import Workspace
from core.tenants import TenantId
from core.ticket_news import NEWS, REPLY

NOTICE = "slack_notice"
"""The kind of a short notice in a thread; its body is {text}."""
EVENT_TYPE = "frontdesk_message"
PAGE = 200
MARGIN = timedelta(hours=1)
"""How far the clocks of the desk and of Slack may be apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A message for a channel, in a thread of it or beginning one.

    `plain` are the blocks for a Slack that does not take the others.
    """

    text: str
    blocks: Sequence[Block]
    channel: str
    thread: str = ""
    plain: Sequence[Block] = ()


def notice(
    tenant: TenantId, id: str, address: Address, text: str, conversation: ConversationId | None = None
) -> OutboundMessage:
    """A notice for a thread. The same id again is the same notice."""
    return OutboundMessage(
        id=f"{NOTICE}:{id}",
        tenant=tenant,
        address=address,
        kind=NOTICE,
        body={"text": text},
        conversation_id=conversation,
    )


async def post_once(parts: SlackParts, workspace: Workspace, message: OutboundMessage, post: Post) -> str:
    """The timestamp of an outbound message's post, made where no earlier sending has made it.

    Raises:
        RateLimited, DeliveryUnavailable: not now. SlackRefused: never.
    """
    token = workspace.bot_token
    if message.is_repeat and (ts := await _posted(parts, token, message, post)):
        return ts
    try:
        return await _post(parts, token, message, post, post.blocks)
    except SlackRefused as refused:
        if refused.code not in NO_BLOCKS or not post.plain:
            raise
        return await _post(parts, token, message, post, post.plain)


async def whisper(parts: SlackParts, workspace: Workspace, address: Address, user: str, text: str) -> None:
    """Say something that only this person sees, as far as Slack takes it; nothing depends on it."""
    channel, thread = place_of(address)
    place = {"channel": channel, "user": user, "text": text}
    with suppress(SlackRefused, Unavailable):
        if "." in thread:
            place["thread_ts"] = thread
        await parts.calls.call(workspace.bot_token, "chat.postEphemeral", **place)


async def send(parts: SlackParts, message: OutboundMessage) -> str:
    """Post what a customer is to hear in their thread, or in a direct message where they have none."""
    workspace = await _workspace(parts, message)
    text, blocks = _drawn(message)
    if message.address.person:
        return await _to_person(parts, workspace, message, text, blocks)
    channel, thread = place_of(message.address)
    post = Post(text=text, blocks=blocks, channel=channel, thread=thread)
    return f"{channel}:{await post_once(parts, workspace, message, post)}"


async def _to_person(
    parts: SlackParts, workspace: Workspace, message: OutboundMessage, text: str, blocks: Sequence[Block]
) -> str:
    """Post in the direct messages: in the thread that this conversation has there, or beginning one."""
    lines = parts.door.desk.stores.lines
    line = await lines.find(message.tenant, message.address)
    person = message.address.person
    opened = await parts.calls.call(workspace.bot_token, "conversations.open", users=person)
    channel = str(opened["channel"]["id"])
    thread = str(line.state.get("direct", "")) if line else ""
    post = Post(text=text, blocks=blocks, channel=channel, thread=thread)
    ts = await post_once(parts, workspace, message, post)
    if not thread and line is not None and line.conversation_id == message.conversation_id:
        await lines.keep(line, {**line.state, "direct": ts})
        there = address_of(workspace.team, channel, person, ts)
        await lines.lead(message.tenant, there, line.conversation_id)
    return f"{channel}:{ts}"


def _drawn(message: OutboundMessage) -> tuple[str, list[Block]]:
    body: Mapping[str, Any] = message.body
    if message.kind == REPLY:
        name = escaped(str(body.get("name") or ""))
        head = [context([f"*{name}*"])] if name else []
        return body["text"], [*head, *sections(escaped(body["text"]))]
    if message.kind == NEWS:
        text = _news(body)
        return text, [context([f"_{escaped(text)}_"])]
    return body["text"], sections(escaped(body["text"]))


def _news(body: Mapping[str, Any]) -> str:
    if body["what"] == "left":
        return door_phrase("desk_again", body["language"])
    name = body.get("name") or ""
    return door_phrase("person_here" if name else "somebody_here", body["language"], name=name)


async def _workspace(parts: SlackParts, message: OutboundMessage) -> Workspace:
    workspace = await parts.workspaces.find(message.address.account)
    if workspace is None or workspace.tenant != message.tenant:
        raise SendRefused("the desk is not in that Slack workspace any more")
    return workspace


async def _post(
    parts: SlackParts, token: str, message: OutboundMessage, post: Post, blocks: Sequence[Block]
) -> str:
    posted = await parts.calls.call(
        token,
        "chat.postMessage",
        channel=post.channel,
        thread_ts=post.thread or None,
        text=shortened(post.text, 300),
        blocks=list(blocks),
        metadata={"event_type": EVENT_TYPE, "event_payload": {"message_id": message.id}},
        unfurl_links=False,
        unfurl_media=False,
    )
    return str(posted["ts"])


async def _posted(parts: SlackParts, token: str, message: OutboundMessage, post: Post) -> str:
    """The timestamp of what an earlier sending has posted; empty where it has not."""
    since = ((message.created_at or now()) - MARGIN).timestamp()
    where = {"ts": post.thread} if post.thread else {"oldest": f"{since:.6f}"}
    method = "conversations.replies" if post.thread else "conversations.history"
    cursor = None
    while True:
        page = await parts.calls.call(
            token,
            method,
            channel=post.channel,
            include_all_metadata=True,
            limit=PAGE,
            cursor=cursor,
            **where,
        )
        for one in page.get("messages", ()):
            if payload_of(one).get("message_id") == message.id and one.get("bot_id"):
                return str(one["ts"])
        cursor = (page.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return ""


SENDERS: Mapping[str, Sender] = {REPLY: send, NEWS: send, NOTICE: send}
