"""A ticket as other programs and people get it: a Zendesk-shaped payload, and the words of a mail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from core.tickets import Ticket

LONGEST_SUBJECT = 120
LONGEST_BODY = 60_000
"""Zendesk takes comments of 64 kB."""
_STATUS = {"waiting": "new", "taken": "open", "returned": "solved", "closed": "closed"}


def zendesk(ticket: Ticket, body: Mapping[str, Any]) -> dict[str, Any]:
    """The payload of Zendesk's Tickets API for what happened to a ticket.

    `external_id` is the ticket's, the same in every payload, so that the receiver knows which
    of its own it is. `comment.public` is true only for what the customer and the person said
    to each other. The members of `custom_fields` carry names for ids; Zendesk itself wants
    the numbers of the fields that were made there.
    """
    happening = str(body["happening"])
    requester = {"name": ticket.requester, "external_id": ticket.requester}
    if "@" in ticket.requester:
        requester["email"] = ticket.requester
    fields = {
        "conversation_id": ticket.conversation_id,
        "trigger": ticket.trigger,
        "happening": happening,
        "due_at": ticket.due_at.isoformat() if ticket.due_at else None,
        "channel": ticket.body["address"]["channel"],
    }
    return {
        "ticket": {
            "subject": subject(ticket),
            "comment": {"body": _comment(ticket, body), "public": happening in {"said", "replied"}},
            "requester": requester,
            "priority": ticket.priority,
            "status": _STATUS[ticket.status],
            "tags": ["frontdesk", ticket.tenant, ticket.trigger],
            "external_id": ticket.id,
            "custom_fields": [{"id": name, "value": value} for name, value in fields.items()],
        }
    }


def subject(ticket: Ticket) -> str:
    """One line that names the ticket: the customer's last question, or why they are handed over."""
    asked = [exchange["question"] for exchange in ticket.body["exchanges"]]
    about = " ".join((asked[-1] if asked else ticket.reason or ticket.trigger).split())
    if len(about) > LONGEST_SUBJECT:
        about = about[: LONGEST_SUBJECT - 1] + "…"
    # Control characters would end a mail's header.
    return f"[{ticket.id}] " + "".join(letter for letter in about if letter.isprintable())


def letter(ticket: Ticket) -> str:
    """The ticket as plain text: why, until when, the summary, and all that was said with its sources."""
    return "\n".join(_lines(ticket))[:LONGEST_BODY]


def _comment(ticket: Ticket, body: Mapping[str, Any]) -> str:
    match body["happening"]:
        case "opened":
            return letter(ticket)
        case "said" | "replied":
            return str(body["text"])[:LONGEST_BODY]
        case "returned" if body.get("note"):
            return f"Returned to the desk by {body['by']}: {body['note']}"
        case happening:
            return f"{str(happening).capitalize()} by {body['by']}."


def _lines(ticket: Ticket) -> Iterator[str]:
    yield f"A customer waits for a person ({ticket.trigger.replace('_', ' ')})."
    if ticket.reason:
        yield f"Reason: {ticket.reason}"
    if ticket.due_at:
        yield f"Answer by: {ticket.due_at:%Y-%m-%d %H:%M} UTC"
    yield from (f"Conversation: {ticket.conversation_id}", f"Priority: {ticket.priority}", "")
    if ticket.summary:
        yield from ("Summary", ticket.summary, "")
    yield "The whole conversation"
    for exchange in ticket.body["exchanges"]:
        yield f"> {exchange['question']}"
        answer = exchange["answer"]
        if answer and answer["text"]:
            yield f"{answer['text']} ({answer['outcome'].replace('_', ' ')})"
            for citation in answer["citations"]:
                yield f"  [{citation['n']}] {citation['title']}: “{' '.join(citation['quote'].split())}”"
