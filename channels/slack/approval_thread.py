"""What waits for a colleague's yes, in the ticket's thread: two buttons, then what came of it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from channels.slack.colleagues import name_in_slack
from channels.slack.ticket_blocks import Block, button, confirm, context, escaped, quoted, section
from channels.slack.ticket_posts import Poster
from core.approval import Approval, ApprovalId, ApprovalState
from core.errors import NotFound
from core.slack_workspaces import TicketThread
from core.ticket_news import STAFF

LONGEST_VALUE = 300
MOST_VALUES = 20
_SECRET = re.compile(r"pass|secret|token|code|pin\b|cvv|card|iban|key", re.IGNORECASE)
"""Arguments whose names say this are never shown."""
_STATES: Mapping[ApprovalState, str] = {
    "pending": ":raising_hand: Waits for a colleague's yes",
    "approved": ":hourglass_flowing_sand: {who} approved it; it is being done",
    "done": ":white_check_mark: {who} approved it, and it was done",
    "refused": ":x: {who} approved it, and it could not be done",
    "failed": ":warning: {who} approved it, and it failed: a person has to look",
    "unknown": ":warning: {who} approved it, and nobody knows whether it was done: a person has to look",
    "declined": ":x: {who} declined it",
    "withdrawn": "The customer has withdrawn it; nothing was done",
    "expired": "Nobody answered in time; nothing was done",
}


async def asked(poster: Poster, thread: TicketThread) -> str:
    """Post what waits, as it stands by now."""
    text, blocks = await _shown(poster)
    return await poster.say(thread, poster.message.id, text, blocks)


async def changed(poster: Poster, thread: TicketThread) -> str:
    """Show in the message that asked what has become of it; posted anew where that one is gone."""
    text, blocks = await _shown(poster)
    approval_id = poster.message.body["approval_id"]
    try:
        before = await poster.parts.door.desk.stores.outbound.get(
            poster.ticket.tenant, f"{STAFF}:approval.asked:{approval_id}"
        )
    except NotFound:
        before = None
    if before is None or not before.provider_id:
        return await poster.say(thread, poster.message.id, text, blocks)
    ts = before.provider_id.partition("/")[2]
    await poster.change(thread, ts, text, blocks)
    return ts


async def _shown(poster: Poster) -> tuple[str, list[Block]]:
    approval = await poster.parts.door.desk.approvals.book.get(
        poster.ticket.tenant, ApprovalId(poster.message.body["approval_id"])
    )
    who = escaped(await name_in_slack(poster.parts, poster.workspace, approval.decided_by or ""))
    state = _STATES[approval.state].format(who=who)
    blocks = [section(f"*{state}*"), *quoted(approval.shown, lead=f"*{escaped(approval.title)}*")]
    if approval.state == "pending":
        if values := await _values(poster, approval):
            blocks.append(context(values))
        blocks.append({"type": "actions", "elements": _buttons(approval)})
    if approval.reason:
        blocks += quoted(approval.reason, lead="Because")
    if approval.result and approval.state != "declined":
        blocks += quoted(approval.result, lead="The customer was told")
    return f"{state}: {escaped(approval.shown)}", blocks


def _buttons(approval: Approval) -> list[Block]:
    sure = confirm("Do this?", "It is done at once, and the customer is told.", "Approve")
    return [
        button("desk_approve", "Approve", approval.id, style="primary", confirm=sure),
        button("desk_decline", "Decline", approval.id, style="danger"),
    ]


async def _values(poster: Poster, approval: Approval) -> str:
    """The values that it would be done with, each under what people call it."""
    tool = (await poster.parts.door.desk.approvals.toolbox.of(approval.tenant)).get(approval.tool)
    labels = {one.name: one.label for one in tool.parameters} if tool else {}
    lines = [
        f"{escaped(labels.get(name, name.replace('_', ' ')))}: {escaped(_readable(value))}"
        for name, value in approval.arguments.items()
        if value is not None and not _SECRET.search(name)
    ]
    return "\n".join(lines[:MOST_VALUES])[:1900]


def _readable(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_readable(one) for one in value)[:LONGEST_VALUE]
    if isinstance(value, Mapping):
        return ", ".join(
            f"{name} {_readable(one)}" for name, one in value.items() if not _SECRET.search(str(name))
        )
    return str(value)[:LONGEST_VALUE]
