"""The HTML of the tickets tab: the queue, and one ticket with its whole conversation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote

from core.approval import Approval
from core.call_states import ENDED
from core.conversation import Exchange, StaffMessage
from core.kept_calls import KeptCall
from core.messages import Answer
from core.staff_names import known_as
from core.ticket_notes import TicketNote
from core.tickets import Ticket
from ui.sources import readable
from ui.ticket_calls import Queued, TicketView
from ui.ticket_words import TicketWords

ASKED = "Asked: "
"""What stands before a customer's message in a summary."""
TELLING_WORDS = 3


def queue(words: TicketWords, entries: Sequence[Queued], *, opened: str, person: str, now: datetime) -> str:
    """The open tickets as buttons, with who waits how long for what."""
    if not entries:
        return f'<p class="fd-empty">{escape(words.empty)}</p>'
    lines = "".join(_entry(words, one, opened, person, now) for one in entries)
    return f'<ul class="fd-queue">{lines}</ul>'


def ticket(words: TicketWords, view: TicketView, person: str) -> str:
    """One ticket: who it is, in short, everything that was said with its sources, and the notes."""
    shown = view.ticket
    said = "".join(
        _written(one) if isinstance(one, StaffMessage) else _exchange(words, one)
        for one in view.conversation.entries
    )
    facts = {**({"": shown.requester} if shown.requester else {}), **view.facts}
    return (
        f'<article class="fd-case" data-ticket="{escape(shown.id)}"><h2 class="fd-section" tabindex="-1">'
        f'{escape(shown.id)}</h2><p class="fd-meta">{_state(words, shown, person)}'
        f"{_tag(words.triggers.get(shown.trigger, shown.trigger))}{_tag(_door(shown))}</p>"
        f"{_decided(words, view.approvals)}{_phone(words, view.calls)}"
        f'<h3>{escape(words.customer)}</h3><dl class="fd-facts">{_facts(facts)}</dl>'
        f'<h3>{escape(words.summary)}</h3><p class="fd-words">{escape(shown.summary)}</p>'
        f'<h3>{escape(words.conversation)}</h3><div class="fd-said-all" tabindex="0"><div>{said}</div></div>'
        f"{_notes(words, view.notes)}</article>"
    )


def pending(words: TicketWords, approval: Approval) -> str:
    """What waits for a yes, in the words that the customer said yes to."""
    return (
        f'<p class="fd-eyebrow">{escape(words.will_do)}</p>'
        f'<p class="fd-words fd-will-do">{escape(approval.shown)}</p>'
    )


def about(shown: Ticket) -> str:
    """The customer's newest message that says what the ticket is about: a yes or an address does not."""
    asked = [line.removeprefix(ASKED) for line in shown.summary.splitlines() if line.startswith(ASKED)]
    told = next((text for text in asked if len(text.split()) >= TELLING_WORDS), None)
    return told or next(iter(asked), shown.reason or shown.id)


def held_by(shown: Ticket) -> str:
    """How colleagues know whoever has the ticket: by name, else by the account."""
    return shown.holder or known_as(shown.taken_by or "")


def duration(words: TicketWords, seconds: float) -> str:
    """A time in its largest unit.

    >>> from ui.languages.tickets import TICKETS
    >>> [duration(TICKETS["en"], seconds) for seconds in (59, 3700, 200000)]
    ['0 min', '1 h', '2 d']
    """
    minutes = int(max(0.0, seconds) // 60)
    if minutes < 60:
        return words.minutes.format(n=minutes)
    if minutes < 60 * 24:
        return words.hours.format(n=minutes // 60)
    return words.days.format(n=minutes // (60 * 24))


def _entry(words: TicketWords, entry: Queued, opened: str, person: str, now: datetime) -> str:
    shown = entry.ticket
    needs = (
        f'<span class="fd-badge fd-refused">{escape(words.needs_yes)}</span>' if entry.has_approval else ""
    )
    waits = words.waits.format(time=duration(words, (now - shown.created_at).total_seconds()))
    return (
        f'<li><button type="button" class="fd-entry" data-do="open" data-ticket="{escape(shown.id)}" '
        f'aria-current="{"true" if shown.id == opened else "false"}"><strong>{escape(about(shown))}</strong>'
        f'<span class="fd-meta">{_state(words, shown, person)}{needs}</span>'
        f'<span class="fd-hint">{escape(" · ".join([waits, *_due(words, shown, now), *_why(words, shown)]))}'
        f"</span></button></li>"
    )


def _due(words: TicketWords, shown: Ticket, now: datetime) -> list[str]:
    if shown.due_at is None or shown.status != "waiting":
        return []
    left = (shown.due_at - now).total_seconds()
    form = words.due_in if left >= 0 else words.overdue
    return [form.format(time=duration(words, abs(left)))]


def _why(words: TicketWords, shown: Ticket) -> list[str]:
    return [words.triggers.get(shown.trigger, shown.trigger), *filter(None, [_door(shown)])]


def _door(shown: Ticket) -> str:
    return str(shown.body.get("address", {}).get("channel", ""))


def _state(words: TicketWords, shown: Ticket, person: str) -> str:
    match shown.status:
        case "waiting":
            kind, says = "fd-queued", words.waiting
        case "taken" if shown.taken_by == person:
            kind, says = "fd-ready", words.yours
        case "taken":
            kind, says = "", words.taken_by.format(name=held_by(shown))
        case "returned":
            kind, says = "", words.returned
        case _:
            kind, says = "", words.closed
    return f'<span class="fd-badge {kind}">{escape(says)}</span>'


def _tag(text: str) -> str:
    return f'<span class="fd-tag">{escape(text)}</span>' if text else ""


def _facts(facts: dict[str, str]) -> str:
    return "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts.items())


def _decided(words: TicketWords, approvals: Sequence[Approval]) -> str:
    return "".join(
        f'<p class="fd-decided"><strong>{escape(words.states[one.state])}</strong> '
        f"{escape(known_as(one.decided_by or ''))} · {escape(one.shown)}</p>"
        for one in approvals
        if one.state != "pending"
    )


def _phone(words: TicketWords, calls: Sequence[KeptCall]) -> str:
    """That the customer is or was on the phone, and the way to the call."""
    if not calls:
        return ""
    newest = calls[0]
    says = words.by_phone if newest.state in ENDED else words.on_the_phone
    link = escape(f"?call={quote(newest.id, safe='')}")
    return (
        f'<p class="fd-told fd-calm fd-undoing"><span>{escape(says)}</span>'
        f'<a class="fd-outline" href="{link}" target="_blank" rel="noopener">{escape(words.see_call)}</a></p>'
    )


def _exchange(words: TicketWords, exchange: Exchange) -> str:
    asked = f'<div class="fd-question">{escape(exchange.text)}</div>'
    answer = exchange.answer
    if answer is None or not answer.text:
        return asked
    return (
        f'{asked}<div class="fd-answer"><p class="fd-eyebrow">{escape(words.the_desk)}</p>'
        f'<p class="fd-text">{escape(answer.text)}</p>{_sources(words, answer)}</div>'
    )


def _sources(words: TicketWords, answer: Answer) -> str:
    lines = "".join(
        f"<li>{one.n}. {escape(readable(one.title))} — “{escape(' '.join(one.quote.split()))}”</li>"
        for one in answer.citations
    )
    return (
        f'<p class="fd-eyebrow">{escape(words.sources)}</p><ol class="fd-from">{lines}</ol>' if lines else ""
    )


def _written(message: StaffMessage) -> str:
    name = message.name or known_as(message.author)
    return (
        f'<div class="fd-answer fd-person"><p class="fd-eyebrow">{escape(name)} · '
        f'{_moment(message.created_at)}</p><p class="fd-text">{escape(message.text)}</p></div>'
    )


def _notes(words: TicketWords, notes: Sequence[TicketNote]) -> str:
    lines = "".join(
        f'<li><p class="fd-eyebrow">{escape(known_as(one.author))} · {_moment(one.created_at)}</p>'
        f'<p class="fd-words">{escape(one.text)}</p></li>'
        for one in notes
    )
    title = f'<h3>{escape(words.notes)} <span class="fd-hint">{escape(words.notes_hint)}</span></h3>'
    return f'<section class="fd-notes">{title}<ul>{lines}</ul></section>'


def _moment(moment: datetime) -> str:
    plain = moment.astimezone(UTC)
    return f'<time datetime="{plain.isoformat()}">{plain:%Y-%m-%d %H:%M} UTC</time>'
