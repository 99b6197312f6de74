"""Questions in Slack: answered in their thread, with sources, as far as the asker may see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from channels.slack.answering import Asked, answer
from channels.slack.parts import SlackParts
from channels.slack.places import place_of
from channels.slack.words import first_named, heard, is_named
from core.inbox import Inbound
from core.question import is_asking
from core.slack_workspaces import ChannelRules, Workspace
from core.tenants import PUBLIC

if TYPE_CHECKING:
    from channels.slack.channel import Handler, Sender


async def said(parts: SlackParts, inbound: Inbound) -> None:
    """Answer what somebody said, where that was meant for the desk; else do nothing."""
    workspace = await parts.workspace(inbound.address.account)
    if await is_meant(parts, workspace, inbound):
        await _take(parts, inbound)


async def is_meant(parts: SlackParts, workspace: Workspace, inbound: Inbound) -> bool:
    """Whether the desk is to answer: as direct messages, mentions, threads and the channel's rules say."""
    body, text = inbound.body, inbound.body["text"]
    if is_direct(inbound) or body["is_mention"] or is_named(text, workspace.bot_user):
        return True
    if first_named(text):
        return False
    if body["is_reply"]:
        return await parts.door.desk.stores.lines.find(inbound.tenant, inbound.address) is not None
    rules = await rules_of(parts, workspace, body["channel"])
    asks = rules.answers == "questions" and is_asking(heard(text, workspace.bot_user))
    return rules.answers == "always" or asks


async def rules_of(parts: SlackParts, workspace: Workspace, channel: str) -> ChannelRules:
    """How the desk behaves in a channel: as was laid down, else as the settings say."""
    laid_down = await parts.workspaces.records.rules(workspace, channel)
    return laid_down or ChannelRules(answers=parts.door.settings.slack.answers)


def is_direct(inbound: Inbound) -> bool:
    """Whether it was said in a conversation of one person with the desk."""
    return inbound.body["channel_type"] == "im" or inbound.body["channel"].startswith("D")


async def _take(parts: SlackParts, inbound: Inbound) -> None:
    workspace, person, principal = await parts.asker(inbound)
    if is_private := is_direct(inbound):
        audiences = principal.audiences
    else:
        channel, _ = place_of(inbound.address)
        audiences = frozenset({PUBLIC, (await rules_of(parts, workspace, channel)).audience})
    line = await parts.door.desk.stores.lines.enter(inbound.tenant, inbound.address)
    text = heard(inbound.body["text"], workspace.bot_user)
    asked = Asked(
        workspace=workspace,
        person=person,
        principal=principal,
        line=line,
        text=text,
        audiences=audiences,
        is_private=is_private,
    )
    await answer(parts, inbound, asked)


KINDS: Mapping[str, Handler] = {"message": said}
ACTIONS: Mapping[str, Handler] = {}
SUBMISSIONS: Mapping[str, Handler] = {}
SENDERS: Mapping[str, Sender] = {}
