"""What staff do about a ticket from Slack, by clicks, modals, and words in its thread."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from channels.slack.colleagues import Scene, act, name_in_slack, scene_of, whisper
from channels.slack.parts import Handler, SlackParts
from channels.slack.places import SLACK, place_of
from channels.slack.ticket_modals import kept_in, typed
from core.approval import ApprovalId
from core.errors import NotNow, Refused
from core.inbox import Inbound
from core.messages import Address, ConversationId
from core.outbound import OutboundMessage
from core.slack_workspaces import TicketThread
from core.ticket_news import STAFF
from core.ticket_notes import LONGEST_NOTE

if TYPE_CHECKING:
    from channels.slack.colleagues import Step

KEPT = "Kept as a note for colleagues; the customer does not read it. To answer the customer use *Reply*."
_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
_LINK = re.compile(r"<((?:https?|mailto):[^|>]+)(?:\|([^>]*))?>")


def clicked(step: Step) -> Handler:
    """The handler of a button that stands for a ticket."""

    async def handler(parts: SlackParts, inbound: Inbound) -> None:
        body = inbound.body
        scene = await scene_of(parts, inbound.address.account, body["user"], body["value"], _place(inbound))
        await act(parts, scene, inbound, step)

    return handler


def handed_in(step: Step) -> Handler:
    """The handler of a modal that carries a ticket; where it is refused, its words are given back."""

    async def handler(parts: SlackParts, inbound: Inbound) -> None:
        ticket_id = kept_in(inbound)["ticket"]
        scene = await scene_of(parts, inbound.address.account, inbound.body["user"], ticket_id)
        await act(parts, scene, inbound, step, words=typed(inbound))

    return handler


def _place(inbound: Inbound) -> tuple[str, str]:
    return inbound.body["channel"], inbound.body["thread"]


async def take(parts: SlackParts, scene: Scene, inbound: Inbound) -> None:
    """Take the ticket."""
    await parts.door.desk.hand_off.take(scene.ticket.id, scene.staff)


async def give_back(parts: SlackParts, scene: Scene, inbound: Inbound) -> None:
    """Let the desk speak again."""
    await parts.door.desk.hand_off.give_back(scene.ticket.id, scene.staff)


async def close(parts: SlackParts, scene: Scene, inbound: Inbound) -> None:
    """Settle the ticket."""
    await parts.door.desk.hand_off.close(scene.ticket.id, scene.staff)


async def reply(parts: SlackParts, scene: Scene, inbound: Inbound) -> None:
    """Say it to the customer, once; who answers a ticket that waits takes it first."""
    hand_off = parts.door.desk.hand_off
    if scene.ticket.status == "waiting":
        await hand_off.take(scene.ticket.id, scene.staff)
    await hand_off.reply(scene.ticket.id, scene.staff, typed(inbound), inbound.id)


async def note(parts: SlackParts, scene: Scene, inbound: Inbound) -> None:
    """Keep it for colleagues, who see it in the thread too."""
    await parts.door.desk.notes.add(scene.ticket.id, scene.staff, typed(inbound), inbound.id)


async def tell(parts: SlackParts, scene: Scene, what: str, name: str, **body: str) -> None:
    """Put something into the ticket's thread, after what is on its way there; the same `name` once."""
    await parts.door.desk.stores.outbound.add(
        OutboundMessage(
            id=f"{STAFF}:{what}:{name}",
            tenant=scene.ticket.tenant,
            address=Address(channel=SLACK, thread=f"ticket:{scene.ticket.id}"),
            kind=STAFF,
            body={"ticket_id": scene.ticket.id, "what": what, **body},
            conversation_id=ConversationId(scene.ticket.conversation_id),
        )
    )


async def approve(parts: SlackParts, inbound: Inbound) -> None:
    """Say yes to what waits, so that it is done."""
    await _decide(parts, inbound, inbound.body["value"], _approved)


async def decline(parts: SlackParts, inbound: Inbound) -> None:
    """Say no to what waits."""
    await _decide(parts, inbound, kept_in(inbound)["approval"], _declined)


async def _decide(parts: SlackParts, inbound: Inbound, approval_id: str, step: Step) -> None:
    workspace = await parts.workspace(inbound.address.account)
    approval = await parts.door.desk.approvals.book.get(workspace.tenant, ApprovalId(approval_id))
    scene = await scene_of(parts, workspace.team, inbound.body["user"], approval.ticket_id)
    await act(parts, scene, inbound, step)


async def _approved(parts: SlackParts, scene: Scene, inbound: Inbound) -> None:
    approval_id = ApprovalId(inbound.body["value"])
    try:
        await parts.door.desk.approvals.approve(approval_id, scene.staff)
    except NotNow as error:
        raise await _decided(parts, scene, approval_id) or error from None


async def _declined(parts: SlackParts, scene: Scene, inbound: Inbound) -> None:
    approval_id = ApprovalId(kept_in(inbound)["approval"])
    try:
        await parts.door.desk.approvals.decline(approval_id, scene.staff, typed(inbound))
    except NotNow as error:
        raise await _decided(parts, scene, approval_id) or error from None


async def _decided(parts: SlackParts, scene: Scene, approval_id: ApprovalId) -> Refused | None:
    """That it was decided before, and by whom; None while it waits."""
    approval = await parts.door.desk.approvals.book.get(scene.ticket.tenant, approval_id)
    if approval.state == "pending":
        return None
    if approval.decided_by is None:
        return Refused(f"it is {approval.state}")
    who = await name_in_slack(parts, scene.workspace, approval.decided_by)
    return Refused(f"{who} was first, and it is {approval.state}")


async def is_tickets(parts: SlackParts, inbound: Inbound) -> bool:
    """Whether it was said in the thread of a ticket."""
    return bool(inbound.body["is_reply"]) and await _thread(parts, inbound) is not None


async def said(parts: SlackParts, inbound: Inbound) -> None:
    """Keep what was said in a ticket's thread as notes for colleagues, each as long as a note may be."""
    thread = await _thread(parts, inbound)
    if thread is None:
        raise Refused("this is no ticket's thread")
    user = inbound.body["user"]
    scene = await scene_of(parts, inbound.address.account, user, thread.ticket_id)
    words = await _plain(parts, scene, inbound.body["text"])
    files = ", ".join(str(one["name"]) for one in inbound.body["files"])
    text = "\n".join(filter(None, (words.strip(), f"(Files in Slack: {files})" if files else "")))
    notes = parts.door.desk.notes
    before = {one.author for one in await notes.of(scene.ticket.tenant, scene.ticket.id)}
    if scene.staff.person not in before:
        await whisper(parts, scene.workspace, thread, user, KEPT)
    for place, part in enumerate(_pieces(text)):
        name = f"{inbound.id}:{place}" if place else inbound.id
        await act(parts, scene, inbound, partial(_keep, text=part, name=name))


async def _keep(parts: SlackParts, scene: Scene, inbound: Inbound, *, text: str, name: str) -> None:
    await parts.door.desk.notes.add(scene.ticket.id, scene.staff, text, name, is_shown=True)


async def _thread(parts: SlackParts, inbound: Inbound) -> TicketThread | None:
    channel, thread = place_of(inbound.address)
    return await parts.door.desk.stores.slack.ticket_in(inbound.address.account, channel, thread)


async def _plain(parts: SlackParts, scene: Scene, text: str) -> str:
    """What was written in Slack without its marks: names for people, addresses for links."""
    for user in dict.fromkeys(_MENTION.findall(text)):
        name = (await parts.people.of(scene.workspace, user)).name or user
        text = re.sub(rf"<@{user}(?:\|[^>]*)?>", f"@{name}".replace("\\", r"\\"), text)
    text = _LINK.sub(
        lambda found: found[1] if found[2] in (None, found[1]) else f"{found[2]} ({found[1]})", text
    )
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _pieces(text: str) -> Iterator[str]:
    """The text in pieces that a note may have, cut at spaces where there are any."""
    while text := text.strip():
        cut = len(text) if len(text) <= LONGEST_NOTE else LONGEST_NOTE
        if cut < len(text):
            at = max(text.rfind(sign, 0, cut) for sign in " \n")
            cut = at if at > 0 else cut
        yield text[:cut]
        text = text[cut:]


ACTIONS: Mapping[str, Handler] = {
    "desk_take": clicked(take),
    "desk_return": clicked(give_back),
    "desk_close": clicked(close),
    "desk_approve": approve,
}
SUBMISSIONS: Mapping[str, Handler] = {
    "desk_reply": handed_in(reply),
    "desk_note": handed_in(note),
    "desk_decline": decline,
}
