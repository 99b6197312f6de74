"""The modals of the staff desk: what is asked before something goes to the customer or to colleagues."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from channels.slack.colleagues import Scene, obstacle, scene_of, whisper
from channels.slack.parts import SlackParts
from channels.slack.ticket_blocks import Block, context, escaped
from core.approval import ApprovalId
from core.approvals import LONGEST_REASON
from core.errors import NotFound, Refused
from core.hand_off import LONGEST_NOTE
from core.inbox import Inbound

if TYPE_CHECKING:
    from channels.slack.receiving import Body, Check, View

logger = logging.getLogger(__name__)

LONGEST_TYPED = 3000
"""Most characters that Slack lets somebody type into one field."""
WORDS = "words"
"""The name of the one field with words, and of its block."""
Form = Callable[[SlackParts, Scene, str], Awaitable[Mapping[str, Any]]]
"""Makes a modal for whoever clicked, from the value of the button."""


def opens(form: Form) -> View:
    """A view that opens with the ticket that the click is about, for staff alone."""

    async def view(parts: SlackParts, body: Body) -> Mapping[str, Any] | None:
        try:
            ticket_id = ticket_in(value_of(body))
            scene = await scene_of(parts, team_of(body), body["user"]["id"], ticket_id, _place(body))
        except Refused as error:
            logger.info("slack_click_refused", extra={"error": type(error).__name__})
            return None
        try:
            return await form(parts, scene, value_of(body))
        except Refused as error:
            await whisper(parts, scene.workspace, scene.thread, scene.person.user, escaped(str(error)))
            return None

    return view


def modal(callback_id: str, title: str, submit: str, kept: Mapping[str, str], blocks: list[Block]) -> Block:
    """A modal that carries `kept`, which whoever fills it in can't change."""
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": {"type": "plain_text", "text": title},
        "submit": {"type": "plain_text", "text": submit},
        "close": {"type": "plain_text", "text": "Cancel"},
        "private_metadata": json.dumps(dict(kept)),
        "blocks": blocks,
    }


def field(name: str, label: str, *, most: int, initial: str = "", optional: bool = False) -> Block:
    """A field for words of several lines."""
    element: Block = {
        "type": "plain_text_input",
        "action_id": name,
        "multiline": True,
        "max_length": min(most, LONGEST_TYPED),
    }
    if initial:
        element["initial_value"] = initial[: min(most, LONGEST_TYPED)]
    return {
        "type": "input",
        "block_id": name,
        "optional": optional,
        "label": {"type": "plain_text", "text": label},
        "element": element,
    }


def value_of(body: Body) -> str:
    """What was clicked stands for."""
    return str(body["actions"][0].get("value") or "")


def ticket_in(value: str) -> str:
    """The ticket in the value of a button: alone, or before a colon as in the ids of its messages."""
    return value.partition(":")[0]


def kept_in(inbound: Inbound) -> dict[str, str]:
    """What a modal carried."""
    return dict(json.loads(inbound.body["metadata"]))


def typed(inbound: Inbound, name: str = WORDS) -> str:
    """What was typed into a field, or chosen in it."""
    return typed_in(inbound.body["values"], name)


def typed_in(values: Mapping[str, Any], name: str) -> str:
    """The same in the state of a view."""
    held = values.get(name, {}).get(name, {})
    return str(held.get("value") or (held.get("selected_option") or {}).get("value") or "")


async def reply(parts: SlackParts, scene: Scene, value: str) -> Mapping[str, Any]:
    """The modal for words to the customer."""
    if stands := await obstacle(parts, scene, scene.ticket):
        raise Refused(stands)
    name = escaped(scene.staff.known_as or "one of the team")
    if scene.ticket.status == "waiting":
        hint = f"Sending takes the conversation: the desk falls silent, and the customer talks to {name}."
    else:
        hint = f"The customer reads this as from {name}."
    blocks = [field(WORDS, "To the customer", most=LONGEST_TYPED), context(hint)]
    return modal("desk_reply", "Reply", "Send", {"ticket": scene.ticket.id}, blocks)


async def note(parts: SlackParts, scene: Scene, value: str) -> Mapping[str, Any]:
    """The modal for words to colleagues."""
    hint = "Only colleagues read this: neither the customer nor the desk ever does."
    blocks = [field(WORDS, "For colleagues", most=LONGEST_NOTE), context(hint)]
    return modal("desk_note", "Note", "Keep", {"ticket": scene.ticket.id}, blocks)


async def decline(parts: SlackParts, body: Body) -> Mapping[str, Any] | None:
    """The modal for the reason of a no. The button names an approval, which leads to its ticket."""
    workspace = await parts.workspace(team_of(body))
    try:
        approval = await parts.door.desk.approvals.book.get(workspace.tenant, ApprovalId(value_of(body)))
        scene = await scene_of(parts, workspace.team, body["user"]["id"], approval.ticket_id)
    except Refused as error:
        logger.info("slack_click_refused", extra={"error": type(error).__name__})
        return None
    if approval.state != "pending":
        told = "That was decided in the meantime: the message shows what came of it."
        await whisper(parts, workspace, scene.thread, scene.person.user, told)
        return None
    blocks = [
        field(WORDS, "Why not? The customer reads this", most=LONGEST_REASON, optional=True),
        context(escaped(approval.shown[:1500])),
    ]
    kept = {"ticket": approval.ticket_id, "approval": approval.id}
    return modal("desk_decline", "Decline", "Decline", kept, blocks)


async def check_reply(parts: SlackParts, body: Body) -> Mapping[str, str]:
    """Why these words can't go to the customer now; they stay in the modal."""
    view = body["view"]
    kept = json.loads(view["private_metadata"])
    if not typed_in(view["state"]["values"], WORDS).strip():
        return {WORDS: "Write a few words."}
    try:
        scene = await scene_of(parts, team_of(body), body["user"]["id"], kept["ticket"])
    except NotFound:
        return {WORDS: "This ticket is gone."}
    except Refused as error:
        return {WORDS: str(error)}
    stands = await obstacle(parts, scene, scene.ticket)
    return {WORDS: f"{stands} Copy your words if you need them."} if stands else {}


async def check_words(parts: SlackParts, body: Body) -> Mapping[str, str]:
    """Whether anything was written."""
    written = typed_in(body["view"]["state"]["values"], WORDS).strip()
    return {} if written else {WORDS: "Write a few words."}


def _place(body: Body) -> tuple[str, str]:
    message = body.get("message") or {}
    thread = message.get("thread_ts") or message.get("ts") or ""
    return str((body.get("channel") or {}).get("id", "")), str(thread)


def team_of(body: Body) -> str:
    """The workspace that a click or a modal came from."""
    return str((body.get("team") or {}).get("id") or body["user"]["team_id"])


CHECKS: Mapping[str, Check] = {"desk_reply": check_reply, "desk_note": check_words}
VIEWS: Mapping[str, View] = {"desk_reply": opens(reply), "desk_note": opens(note), "desk_decline": decline}
