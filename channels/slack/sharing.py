"""“Show everyone”: a private answer in the channel, if everybody there may see what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from channels.channel import SendRefused
from channels.slack.answering import Reader, below, may_see
from channels.slack.blocks import context, marked, sections, sources, words_block
from channels.slack.calls import SlackRefused
from channels.slack.channel_rules import rules_of
from channels.slack.parts import Handler, Sender, SlackParts
from channels.slack.people import principal_of
from channels.slack.places import address_of
from channels.slack.posts import LONGEST_PAGE
from channels.slack.telling import Post, post_once
from channels.slack.words import cut, escaped, shortened
from core.errors import NotFound
from core.inbox import Inbound
from core.messages import Answer, AnswerId
from core.outbound import OutboundMessage
from core.slack_phrases import slack_phrase
from core.slack_workspaces import Workspace
from core.tenants import PUBLIC

SHARE = "show_everyone"
SHARED = "slack_shared"
"""The kind of an outbound message that shows an answer to a channel; its body is {answer_id, user}."""


async def share(parts: SlackParts, inbound: Inbound) -> None:
    """Post the answer into the channel once, or say to whoever clicked why not.

    Raises:
        NotFound: the tenant gave no such answer.
    """
    workspace, person, _ = await parts.asker(inbound)
    channel = inbound.body["channel"]
    conversations = parts.door.desk.answerer.conversations
    answer = await conversations.answer(workspace.tenant, AnswerId(inbound.body["value"]))
    obstacle = await _obstacle(parts, workspace, channel, answer)
    if not obstacle:
        await parts.door.desk.stores.outbound.add(
            OutboundMessage(
                id=f"{SHARED}:{channel}:{answer.id}",
                tenant=workspace.tenant,
                address=address_of(workspace.team, channel, person.user, ""),
                kind=SHARED,
                body={"answer_id": answer.id, "user": person.user},
            )
        )
    words = slack_phrase(obstacle or "shown", answer.language)
    with suppress(SlackRefused):
        await parts.calls.respond(
            inbound.body["response_url"],
            response_type="ephemeral",
            replace_original=not obstacle,
            text=words,
        )


async def send(parts: SlackParts, message: OutboundMessage) -> str:
    """Post a shared answer. What nobody but its asker may see any more stays away."""
    workspace = await parts.workspaces.find(message.address.account)
    if workspace is None or workspace.tenant != message.tenant:
        raise SendRefused("the desk is not in that Slack workspace any more")
    channel, _, _ = message.address.thread.partition("/")
    desk = parts.door.desk
    answer = await desk.answerer.conversations.answer(workspace.tenant, AnswerId(message.body["answer_id"]))
    if await _obstacle(parts, workspace, channel, answer):
        raise SendRefused("not everybody in the channel may see what the answer rests on")
    person = await parts.people.of(workspace, message.body["user"])
    reader = Reader(
        workspace=workspace, person=person, principal=principal_of(workspace, person), is_private=False
    )
    rest = await below(parts, reader, answer)
    question = await _question(parts, answer, workspace)
    asked = slack_phrase("asked", answer.language, person=f"<@{person.user}>", question=question)
    # A person would be called into the asker's own conversation, so that is no button for a channel.
    last = [one for one in rest.blocks if one["type"] != "actions"]
    ts, pages = "", cut(marked(answer), LONGEST_PAGE)
    for n, page in enumerate(pages):
        around = ([context([asked])] if n == 0 else [], last if n == len(pages) - 1 else [])
        post = Post(
            text=answer.text,
            blocks=[*around[0], *words_block(page), *around[1]],
            plain=[*around[0], *sections(page), *sources(answer, {})],
            channel=channel,
            thread=ts,
        )
        part = replace(message, id=f"{message.id}:{n}") if n else message
        posted = await post_once(parts, workspace, part, post)
        ts = ts or posted
    await desk.stores.lines.enter(workspace.tenant, address_of(workspace.team, channel, "", ts))
    return f"{channel}:{ts}"


async def _obstacle(parts: SlackParts, workspace: Workspace, channel: str, answer: Answer) -> str:
    """The name of the sentence that says why the answer is not for the channel; empty: it is."""
    if not answer.citations:
        return "nothing_to_show"
    seen = {PUBLIC, (await rules_of(parts, workspace, channel)).audience}
    for citation in answer.citations:
        if not await may_see(parts, workspace.tenant, citation, seen):
            return "not_shown"
    return "" if await _is_here(parts, workspace, channel) else "not_here"


async def _is_here(parts: SlackParts, workspace: Workspace, channel: str) -> bool:
    try:
        found = await parts.calls.call(workspace.bot_token, "conversations.info", channel=channel)
    except SlackRefused:
        return False
    return bool(found["channel"].get("is_member") or found["channel"].get("is_im"))


async def _question(parts: SlackParts, answer: Answer, workspace: Workspace) -> str:
    conversations = parts.door.desk.answerer.conversations
    try:
        conversation = await conversations.get(workspace.tenant, answer.conversation_id)
    except NotFound:
        return ""
    asked = [one.text for one in conversation.exchanges if one.answer and one.answer.id == answer.id]
    return escaped(shortened(asked[0], 300)) if asked else ""


ACTIONS: Mapping[str, Handler] = {SHARE: share}
SENDERS: Mapping[str, Sender] = {SHARED: send}
