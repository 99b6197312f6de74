"""Clicks below an answer: whether it helped, and that a person is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import cast

from channels.slack.blocks import FEEDBACK, PERSON, RATED, without_feedback
from channels.slack.calls import SlackRefused
from channels.slack.parts import Handler, SlackParts
from channels.slack.telling import notice, whisper
from channels.slack.words import shortened
from core.errors import Refused
from core.feedback import Feedback, Verdict
from core.hand_off_words import told
from core.inbox import Inbound
from core.messages import AnswerId
from core.records import now
from core.slack_phrases import slack_phrase
from core.slack_workspaces import Workspace


async def rate(parts: SlackParts, inbound: Inbound) -> None:
    """Keep a verdict, show it in place of the buttons, and say thanks to whoever gave it.

    Raises:
        NotFound: the tenant gave no such answer.
    """
    verdict, _, answer_id = inbound.body["value"].partition(":")
    if verdict not in ("up", "down"):
        raise Refused("a verdict is up or down")
    workspace, person, principal = await parts.asker(inbound)
    desk = parts.door.desk
    given = Feedback(
        tenant=workspace.tenant,
        answer_id=AnswerId(answer_id),
        person=principal.person,
        verdict=cast(Verdict, verdict),
    )
    await desk.feedback.record(given)
    answer = await desk.answerer.conversations.answer(workspace.tenant, given.answer_id)
    await _show(parts, workspace, inbound, slack_phrase(f"rated_{verdict}", answer.language))
    thanks = slack_phrase(f"thanks_{verdict}", answer.language)
    if inbound.body["is_ephemeral"]:
        await _answered(parts, inbound, thanks)
    else:
        await whisper(parts, workspace, inbound.address, person.user, thanks)


async def call_person(parts: SlackParts, inbound: Inbound) -> None:
    """Open a ticket for the answer's conversation, and say in the thread that somebody comes.

    Raises:
        NotFound: the tenant gave no such answer.
    """
    workspace, _, _ = await parts.asker(inbound)
    desk = parts.door.desk
    conversations = desk.answerer.conversations
    answer = await conversations.answer(workspace.tenant, AnswerId(inbound.body["value"]))
    conversation = await conversations.get(workspace.tenant, answer.conversation_id)
    ticket = await desk.tickets.open(conversation, "asked for a person")
    text = told(ticket, desk.tickets.terms.hours, now(), answer.language)
    if conversation.address.person:
        direct = slack_phrase("in_direct", answer.language)
        await _answered(parts, inbound, f"{text} {direct}")
        return
    await desk.stores.outbound.add(
        notice(workspace.tenant, f"called:{ticket.id}", conversation.address, text, conversation.id)
    )


async def _answered(parts: SlackParts, inbound: Inbound, text: str) -> None:
    """Say something to whoever clicked, below what only they see."""
    with suppress(SlackRefused):
        await parts.calls.respond(
            inbound.body["response_url"], response_type="ephemeral", replace_original=False, text=text
        )


async def _show(parts: SlackParts, workspace: Workspace, inbound: Inbound, chosen: str) -> None:
    body = inbound.body
    if body["is_ephemeral"] or not body["blocks"]:
        return
    with suppress(SlackRefused):
        await parts.calls.call(
            workspace.bot_token,
            "chat.update",
            channel=body["channel"],
            ts=body["ts"],
            text=shortened(body["text"], 300),
            blocks=without_feedback(body["blocks"], chosen),
        )


ACTIONS: Mapping[str, Handler] = {
    FEEDBACK: rate,
    **dict.fromkeys(RATED, rate),
    PERSON: call_person,
}
