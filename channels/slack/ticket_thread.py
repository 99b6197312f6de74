"""What happens to a ticket, in its Slack thread: each once, in order, below how the ticket stands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from channels.channel import SendRefused
from channels.slack import approval_thread, faq_thread
from channels.slack.colleagues import holder_of, name_in_slack
from channels.slack.parts import SlackParts
from channels.slack.ticket_blocks import (
    Block,
    button,
    context,
    door_name,
    escaped,
    messages_of,
    notice,
    quoted,
    root,
    sources,
)
from channels.slack.ticket_posts import NO_CHANNEL, Poster
from core.conversation import Conversation, StaffMessage
from core.errors import NotFound
from core.messages import ConversationId
from core.outbound import OutboundMessage
from core.slack_workspaces import TicketThread, Workspace
from core.tickets import OPEN, Ticket, TicketId

CUSTOMER = "The customer"
DESK = "The desk"
SHOWN_SOURCES = 2
"""How many of the newest answers before the ticket are shown with their sources."""
MOST_BLOCKS = 200
"""Parts of the words so far that are shown; Slack takes a message a second."""

Told = Callable[[Poster, TicketThread], Awaitable[str]]


async def send(parts: SlackParts, message: OutboundMessage) -> str:
    """Show in the ticket's thread what happened; where it stands, as channel and timestamp.

    Raises:
        SendRefused: there is no channel for tickets, or the ticket was over before it had a thread.
        DeliveryUnavailable, RateLimited: not now.
    """
    ticket = await parts.door.desk.tickets.get(message.tenant, TicketId(message.body["ticket_id"]))
    workspace = await _workspace_of(parts, ticket)
    poster = Poster(parts=parts, workspace=workspace, message=message, ticket=ticket)
    what = message.body["what"]
    thread = await parts.door.desk.stores.slack.thread_of(ticket.id)
    if thread is None or what == "opened":
        if what != "opened" and ticket.status not in OPEN:
            raise SendRefused("the ticket was over before it had a thread in Slack")
        thread = await _begun(poster, thread)
    told = TOLD.get(what)
    ts = await told(poster, thread) if told else thread.thread
    if what in ("taken", "returned", "closed"):
        await _show_state(poster, thread)
    return f"{thread.channel}/{ts}"


async def customer_name(parts: SlackParts, conversation: Conversation) -> str:
    """What the customer is called, escaped."""
    if conversation.customer_id is None:
        return CUSTOMER
    try:
        known = await parts.door.desk.customers.get(conversation.tenant, conversation.customer_id)
    except NotFound:
        return CUSTOMER
    return escaped(known.name or CUSTOMER)


async def _workspace_of(parts: SlackParts, ticket: Ticket) -> Workspace:
    """The workspace that a ticket's thread is in, or where it is to begin."""
    thread = await parts.door.desk.stores.slack.thread_of(ticket.id)
    if thread is not None:
        try:
            return await parts.workspace(thread.team)
        except NotFound as error:
            raise SendRefused(
                "the desk was removed from the workspace that the ticket's thread is in"
            ) from error
    known = await parts.workspaces.of_tenant(ticket.tenant)
    chosen = next((one for one in known if one.staff_channel), None)
    if chosen is None:
        raise SendRefused(NO_CHANNEL)
    return chosen


async def _begun(poster: Poster, thread: TicketThread | None) -> TicketThread:
    """The ticket's thread, with what was said before; whatever of both is there already stays as it is."""
    if thread is None:
        channel = await poster.channel()
        text, blocks = await _root(poster)
        thread = TicketThread(
            ticket_id=poster.ticket.id,
            tenant=poster.ticket.tenant,
            team=poster.workspace.team,
            channel=channel,
            thread=await poster.begin(channel, text, blocks),
        )
        thread = await poster.parts.door.desk.stores.slack.keep_thread(thread)
    for place, blocks in enumerate(messages_of(await _history(poster))):
        await poster.say(thread, f"history:{place}", "What was said so far", blocks)
    return thread


async def _show_state(poster: Poster, thread: TicketThread) -> None:
    text, blocks = await _root(poster)
    await poster.change(thread, thread.thread, text, blocks)


async def _root(poster: Poster) -> tuple[str, list[Block]]:
    ticket, parts = poster.ticket, poster.parts
    conversation = await parts.door.desk.answerer.conversations.outline(
        ticket.tenant, ConversationId(ticket.conversation_id)
    )
    address = ticket.body["address"]
    name = await customer_name(parts, conversation)
    number = f" {escaped(address['person'])}" if address["channel"] in ("sms", "whatsapp") else ""
    who = f"{name} · {door_name(address['channel'])}{number}"
    holder = escaped(await holder_of(parts, poster.workspace, ticket)) if ticket.taken_by else ""
    states = {
        "waiting": ":hourglass_flowing_sand: waits",
        "taken": f":speech_balloon: {holder} has it",
        "returned": f":robot_face: with the desk again, after {holder}",
        "closed": ":white_check_mark: closed" + (f", was with {holder}" if holder else ""),
    }
    blocks = root(ticket, who=who, state=states[ticket.status], url=parts.url)
    return notice(ticket, who), blocks


async def _history(poster: Poster) -> list[Block]:
    """What was said before, oldest first, with the sources of the newest answers."""
    ticket, message = poster.ticket, poster.message
    conversation = await _conversation(poster)
    name = await customer_name(poster.parts, conversation)
    until = message.created_at or ticket.created_at
    about = message.body.get("message_id")
    told = len(ticket.body["exchanges"])
    answered = [one.answer.id for one in conversation.exchanges if one.answer and one.answer.text]
    blocks: list[Block] = []
    place = 0
    for entry in conversation.entries:
        if isinstance(entry, StaffMessage):
            if entry.created_at <= until and entry.id != about:
                blocks += quoted(entry.text, lead=f"*{escaped(entry.name or 'A colleague')}*")
            continue
        place += 1
        if entry.asked_at > until or entry.message_id == about:
            continue
        blocks += quoted(entry.text, lead=f"*{name}*")
        was_open = place <= told and ticket.body["exchanges"][place - 1]["answer"] is None
        if entry.answer and entry.answer.text and not was_open:
            blocks += quoted(entry.answer.text, lead=f"*{DESK}*")
            if entry.answer.id in answered[-SHOWN_SOURCES:]:
                blocks += sources(entry.answer.citations, poster.parts.url)
    if len(blocks) > MOST_BLOCKS:
        earlier = context(f"Earlier words are on the <{poster.parts.url}/staff|staff's page>.")
        blocks = [earlier, *blocks[-MOST_BLOCKS:]]
    return blocks


async def _conversation(poster: Poster) -> Conversation:
    return await poster.parts.door.desk.answerer.conversations.get(
        poster.ticket.tenant, ConversationId(poster.ticket.conversation_id)
    )


async def _words(poster: Poster, thread: TicketThread, blocks: list[Block], text: str) -> str:
    """Post words in as many messages as they take; the timestamp of the last."""
    ts = thread.thread
    for place, part in enumerate(messages_of(blocks)):
        ts = await poster.say(thread, f"{poster.message.id}:{place}", text, part)
    return ts


async def _said(poster: Poster, thread: TicketThread) -> str:
    name = await customer_name(poster.parts, await _conversation(poster))
    text = poster.message.body["text"]
    return await _words(poster, thread, quoted(text, lead=f"*{name}*"), f"{name}: {escaped(text)}")


async def _replied(poster: Poster, thread: TicketThread) -> str:
    """A person's words; those that are not about an approval can become an FAQ entry."""
    body = poster.message.body
    name = escaped(body.get("name") or "A colleague")
    blocks = quoted(body["text"], lead=f"*{name}* to the customer")
    if not body["message_id"].startswith(f"{poster.ticket.id}:approval:"):
        save = button("desk_faq", "Save as FAQ", body["message_id"])
        blocks.append({"type": "actions", "elements": [save]})
    return await _words(poster, thread, blocks, f"{name} to the customer: {escaped(body['text'])}")


async def _taken(poster: Poster, thread: TicketThread) -> str:
    """Who has it, and what the desk has said while the ticket waited."""
    ticket = poster.ticket
    opened = len(ticket.body["exchanges"])
    blocks: list[Block] = []
    for place, one in enumerate((await _conversation(poster)).exchanges, start=1):
        if (
            place > opened
            and one.answer
            and one.answer.text
            and one.asked_at < (ticket.taken_at or one.asked_at)
        ):
            blocks += quoted(one.answer.text, lead=f"*{DESK}*, while this waited")
    holder = escaped(await holder_of(poster.parts, poster.workspace, ticket))
    return await _line(poster, thread, f"{holder} took this conversation. The desk is silent.", blocks)


async def _returned(poster: Poster, thread: TicketThread) -> str:
    who = await _by(poster)
    note = poster.message.body.get("note")
    more = quoted(note, lead="For colleagues:") if note else []
    return await _line(poster, thread, f"{who} gave this conversation back. The desk answers again.", more)


async def _closed(poster: Poster, thread: TicketThread) -> str:
    return await _line(poster, thread, f"{await _by(poster)} closed this ticket.", [])


async def _noted(poster: Poster, thread: TicketThread) -> str:
    text = poster.message.body["text"]
    lead = f":memo: *{await _by(poster)}*, for colleagues"
    return await _words(poster, thread, quoted(text, lead=lead), "A note for colleagues")


async def _line(poster: Poster, thread: TicketThread, text: str, more: list[Block]) -> str:
    return await _words(poster, thread, [*more, context(text)], text)


async def _by(poster: Poster) -> str:
    return escaped(await name_in_slack(poster.parts, poster.workspace, poster.message.body.get("by", "")))


TOLD: Mapping[str, Told] = {
    "said": _said,
    "taken": _taken,
    "replied": _replied,
    "returned": _returned,
    "closed": _closed,
    "noted": _noted,
    "approval.asked": approval_thread.asked,
    "approval.decided": approval_thread.changed,
    "approval.ended": approval_thread.changed,
    "faq.proposed": faq_thread.proposed,
    "faq.saved": faq_thread.saved,
}
