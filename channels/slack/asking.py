"""Questions in Slack: answered in their thread, with sources, as far as the asker may see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from channels.slack import commands, files, home, installing, rating, sharing, telling
from channels.slack.answering import Asked, Reader, answer
from channels.slack.channel_rules import rules_of
from channels.slack.parts import Handler, Sender, SlackParts
from channels.slack.places import place_of
from channels.slack.words import first_named, heard, is_named
from core.inbox import Inbound
from core.question import is_asking
from core.slack_workspaces import Workspace
from core.tenants import PUBLIC

if TYPE_CHECKING:
    from channels.slack.receiving import Check, View


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
        line = await parts.door.desk.stores.lines.find(inbound.tenant, inbound.address)
        return line is not None
    rules = await rules_of(parts, workspace, body["channel"])
    if rules.answers == "questions":
        return is_asking(heard(text, workspace.bot_user))
    return rules.answers == "always"


def is_direct(inbound: Inbound) -> bool:
    """Whether it was said in a conversation of one person with the desk."""
    channel = str(inbound.body["channel"])
    return channel.startswith("D") or inbound.body["channel_type"] == "im"


async def _take(parts: SlackParts, inbound: Inbound) -> None:
    workspace, person, principal = await parts.asker(inbound)
    if is_private := is_direct(inbound):
        audiences = principal.audiences
    else:
        channel, _ = place_of(inbound.address)
        audiences = frozenset({PUBLIC, (await rules_of(parts, workspace, channel)).audience})
    reader = Reader(workspace=workspace, person=person, principal=principal, is_private=is_private)
    line = await parts.door.desk.stores.lines.enter(inbound.tenant, inbound.address)
    text = heard(inbound.body["text"], workspace.bot_user)
    asked = Asked(reader=reader, line=line, text=text, audiences=audiences)
    has_files = bool(inbound.body["files"])
    if has_files:
        await files.take(parts, inbound, asked)
    if text or not has_files:
        await answer(parts, inbound, asked)


KINDS: Mapping[str, Handler] = {
    "message": said,
    "command": commands.ask,
    files.READING: files.read,
    **home.KINDS,
    **installing.KINDS,
}
ACTIONS: Mapping[str, Handler] = {**rating.ACTIONS, **sharing.ACTIONS, **home.ACTIONS}
SUBMISSIONS: Mapping[str, Handler] = {**home.SUBMISSIONS}
SENDERS: Mapping[str, Sender] = {**telling.SENDERS, **sharing.SENDERS}
VIEWS: Mapping[str, View] = {**home.VIEWS}
CHECKS: Mapping[str, Check] = {**home.CHECKS}
