"""A ticket as Slack's blocks: the message that a thread begins with, and what is said in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from core.messages import Citation
from core.tickets import Ticket, TicketStatus

Block = dict[str, Any]

LONGEST_SECTION = 2900
"""Characters of a section after escaping; Slack takes 3,000."""
MOST_SECTIONS = 8
"""Sections of one message; Slack takes 50 blocks, and people read less."""
LONGEST_NOTICE = 300
HINT = (
    "Ticket {id} · Words in this thread stay among colleagues, as notes. Use *Reply* to answer the customer. "
    "<{url}/staff|The staff's page> shows the same."
)
_WHY: Mapping[str, str] = {
    "asked": "the customer asked for a person",
    "two_failures": "the desk could not help twice in a row",
    "anger": "the customer is angry",
    "policy": "a word that always calls a person",
    "low_confidence": "the desk was not sure of its answer",
    "outage": "the desk could not search",
    "approval": "an action waits for a colleague's yes",
}
_DOORS: Mapping[str, str] = {
    "web": "web page", "api": "HTTP", "cli": "command line", "sms": "text message", "slack": "Slack",
    "whatsapp": "WhatsApp",
}  # fmt: skip
_BUTTONS: Mapping[TicketStatus, tuple[str, ...]] = {
    "waiting": ("take", "reply", "note", "close"),
    "taken": ("reply", "note", "return", "close"),
    "returned": ("note", "close"),
    "closed": (),
}
_LABELS: Mapping[str, str] = {
    "take": "Take", "reply": "Reply", "note": "Note", "return": "Return to bot", "close": "Close",
}  # fmt: skip


def escaped(text: str) -> str:
    """The text as Slack shows it and makes nothing of it.

    >>> escaped("<!channel> & co")
    '&lt;!channel&gt; &amp; co'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def section(markdown: str) -> Block:
    """Words with marks; names of channels and of people in them lead nowhere."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": markdown, "verbatim": True}}


def context(markdown: str) -> Block:
    """A small line."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": markdown, "verbatim": True}]}


def button(action_id: str, label: str, value: str, **more: Any) -> Block:  # noqa: ANN401 - Block Kit
    """A button that stands for `value`."""
    text = {"type": "plain_text", "text": label}
    return {"type": "button", "action_id": action_id, "text": text, "value": value, **more}


def confirm(title: str, text: str, yes: str) -> Block:
    """What is asked before a click counts."""
    return {
        "title": {"type": "plain_text", "text": title},
        "text": {"type": "plain_text", "text": text},
        "confirm": {"type": "plain_text", "text": yes},
        "deny": {"type": "plain_text", "text": "Cancel"},
    }


def quoted(text: str, *, lead: str = "") -> list[Block]:
    """Somebody's words, whole, as quotations under a line that says whose; each part is a section.

    Every line begins with the mark of a quotation, so that no words can pass for the desk's own.
    """
    sections, room = [], LONGEST_SECTION - len(lead) - 1
    part = lead
    for line in _lines(text):
        if len(line) + 1 > room:
            sections.append(section(part))
            part, room = "", LONGEST_SECTION
        part += f"\n{line}" if part else line
        room -= len(line) + 1
    return [*sections, section(part)]


def messages_of(blocks: Sequence[Block], most: int = MOST_SECTIONS) -> list[list[Block]]:
    """The blocks in as many messages as it takes."""
    return [list(blocks[start : start + most]) for start in range(0, len(blocks), most)]


def root(ticket: Ticket, *, who: str, state: str, url: str) -> list[Block]:
    """What a ticket's thread begins with, as the ticket stands. `who` and `state` are escaped."""
    urgent = ":warning: *High priority* · " if ticket.priority == "high" else ""
    facts = [f"*Customer*\n{who}", f"*Why*\n{_why(ticket)}", f"*State*\n{state}"]
    if ticket.status == "waiting":
        facts.insert(
            2, f"*Answer due*\n{moment(ticket.due_at) if ticket.due_at else 'no support hours ahead'}"
        )
    blocks = [
        section(f"{urgent}*{_title(ticket)}*"),
        {"type": "section", "fields": [{"type": "mrkdwn", "text": one, "verbatim": True} for one in facts]},
    ]
    if ticket.summary:
        blocks += quoted(ticket.summary)
    if buttons := [_step(name, ticket) for name in _BUTTONS[ticket.status]]:
        blocks.append({"type": "actions", "elements": buttons})
    return [*blocks, context(HINT.format(id=ticket.id, url=url))]


def notice(ticket: Ticket, who: str) -> str:
    """The line of a notification: what it is, how urgent, and until when. `who` is escaped."""
    urgent = "High priority: " if ticket.priority == "high" else ""
    due = f", answer due {_utc(ticket.due_at)}" if ticket.due_at and ticket.status == "waiting" else ""
    return f"{urgent}{who} needs a person{due} ({_why(ticket)})"[:LONGEST_NOTICE]


def moment(when: datetime) -> str:
    """A moment in the reader's own time zone."""
    return f"<!date^{int(when.timestamp())}^{{date_short_pretty}} {{time}}|{_utc(when)}>"


def door_name(channel: str) -> str:
    """What people call the door that a customer came by."""
    return _DOORS.get(channel, channel)


def sources(citations: Sequence[Citation], url: str) -> list[Block]:
    """Where an answer's words come from, with links."""
    lines = [f"{one.n}. {_link(one, url)}{_place(one)}" for one in citations]
    return [context("\n".join(lines)[:1900])] if lines else []


def _lines(text: str) -> Iterator[str]:
    """The text's lines as quotations, none longer than a section."""
    for line in text.splitlines() or [""]:
        safe, start = escaped(line), 0
        while start == 0 or start < len(safe):
            end = start + LONGEST_SECTION - 200
            mark = safe.rfind("&", end - 5, end)
            if end < len(safe) and mark >= 0 and ";" not in safe[mark:end]:
                end = mark
            yield f"> {safe[start:end]}"
            start = end


def _title(ticket: Ticket) -> str:
    titles: Mapping[TicketStatus, str] = {
        "waiting": "Somebody needs a person", "taken": "A colleague is talking to a customer",
        "returned": "Given back to the desk", "closed": "Closed",
    }  # fmt: skip
    return titles[ticket.status]


def _why(ticket: Ticket) -> str:
    return escaped(ticket.reason[:300]) if ticket.reason else _WHY.get(ticket.trigger, ticket.trigger)


def _step(name: str, ticket: Ticket) -> Block:
    more: Block = {}
    if name == _BUTTONS[ticket.status][0] and ticket.status != "returned":
        more["style"] = "primary"
    if name == "close":
        more["confirm"] = confirm("Close the ticket?", "The desk speaks with the customer again.", "Close")
    return button(f"desk_{name}", _LABELS[name], ticket.id, **more)


def _link(citation: Citation, url: str) -> str:
    """The title, leading to the cited words where they can be opened."""
    target = citation.url if citation.url.startswith(("http://", "https://")) else f"{url}{citation.url}"
    title = escaped(citation.title[:150]).replace("|", "¦")
    return f"<{escaped(target).replace('|', '%7C')}|{title}>" if citation.url else title


def _place(citation: Citation) -> str:
    if citation.page is not None:
        return f", page {citation.page}"
    return f", {escaped(citation.heading[:100])}" if citation.heading else ""


def _utc(when: datetime | None) -> str:
    return f"{when:%d %b %H:%M} UTC" if when else ""
