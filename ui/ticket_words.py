"""Every sentence of the tickets tab, by name; the languages are in `ui.languages.tickets`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketWords:
    """The tickets tab. Names in braces are filled in with `str.format`."""

    tickets: str
    empty: str
    choose: str
    waits: str
    overdue: str
    due_in: str
    minutes: str
    hours: str
    days: str
    waiting: str
    taken_by: str
    yours: str
    returned: str
    closed: str
    needs_yes: str
    customer: str
    summary: str
    conversation: str
    sources: str
    notes: str
    notes_hint: str
    note_label: str
    add_note: str
    reply_label: str
    send: str
    take: str
    give_back: str
    close: str
    will_do: str
    approve: str
    decline: str
    reason_label: str
    the_desk: str
    on_the_phone: str
    by_phone: str
    see_call: str
    done: str
    failed: str
    triggers: Mapping[str, str]
    states: Mapping[str, str]
