"""`/ask …`: an answer that only the asker sees, from what they may see."""

from __future__ import annotations

from contextlib import aclosing

from channels.channel import Regret, converse
from channels.slack import sharing
from channels.slack.answering import Asked, Reader, below
from channels.slack.blocks import button, marked, sections, words_block
from channels.slack.calls import SlackRefused
from channels.slack.parts import SlackParts
from channels.slack.posts import LONGEST_PAGE, NO_BLOCKS
from channels.slack.spots import Below
from channels.slack.words import cut, heard, markdown, shortened
from core.inbox import Inbound
from core.messages import Answer, Outcome
from core.slack_phrases import slack_phrase

FRESH_AFTER_H = 0.5
"""After so many silent hours a command begins a new conversation."""
_HELP = frozenset({"", "help", "hilfe", "ayuda", "aide", "?"})


async def ask(parts: SlackParts, inbound: Inbound) -> None:
    """Answer a command for its sender alone; a bare one is told how to ask.

    Raises:
        Unavailable: not now, and it was not tried often enough yet.
    """
    workspace, person, principal = await parts.asker(inbound)
    text = heard(inbound.body["text"], workspace.bot_user)
    reader = Reader(workspace=workspace, person=person, principal=principal, is_private=True)
    if text.casefold() in _HELP:
        words = slack_phrase("command_help", person.locale, command=inbound.body["command"])
        await _tell(parts, inbound, reader, words, Below())
        return
    lines = parts.door.desk.stores.lines
    line = await lines.enter(inbound.tenant, inbound.address, fresh_after_h=FRESH_AFTER_H)
    asked = Asked(reader=reader, line=line, text=text, audiences=principal.audiences)
    async with aclosing(converse(parts.door, inbound, asked.message(inbound))) as events:
        async for event in events:
            if isinstance(event, Regret):
                await _tell(parts, inbound, reader, markdown(event.text), Below())
            elif isinstance(event, Answer) and event.text:
                extra = [_show_button(event)] if _may_offer(inbound, event) else []
                await _tell(parts, inbound, reader, marked(event), await below(parts, reader, event, *extra))


def _may_offer(inbound: Inbound, answer: Answer) -> bool:
    is_direct = inbound.body["channel"].startswith("D")
    return bool(answer.citations) and answer.outcome is Outcome.ANSWERED and not is_direct


def _show_button(answer: Answer) -> dict[str, object]:
    return button(sharing.SHARE, slack_phrase("show_everyone", answer.language), answer.id)


async def _tell(parts: SlackParts, inbound: Inbound, reader: Reader, text: str, rest: Below) -> None:
    """Show words to the sender, in as many messages as they need."""
    pages = cut(text, LONGEST_PAGE)
    for page in pages:
        shown = rest if page is pages[-1] else Below()
        try:
            await _show(parts, inbound, reader, page, [*words_block(page), *shown.blocks])
        except SlackRefused as refused:
            if refused.code not in NO_BLOCKS:
                raise
            await _show(parts, inbound, reader, page, [*sections(page), *shown.plain])


async def _show(
    parts: SlackParts, inbound: Inbound, reader: Reader, text: str, blocks: list[dict[str, object]]
) -> None:
    """Answer at the address that came with the command; where that has run out, as Slack allows else."""
    body, token = inbound.body, reader.workspace.bot_token
    said = {"text": shortened(text, 300), "blocks": blocks}
    try:
        await parts.calls.respond(body["response_url"], response_type="ephemeral", **said)
    except SlackRefused:
        user = reader.person.user
        try:
            await parts.calls.call(token, "chat.postEphemeral", channel=body["channel"], user=user, **said)
        except SlackRefused as refused:
            if refused.code in NO_BLOCKS:
                raise
            await parts.calls.call(token, "chat.postMessage", channel=user, **said)
