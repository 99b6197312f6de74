"""The HTML of the list of telephone calls: who called when, how it ended, and what followed."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

from core.call_history import CallChoice, CallPage, ListedCall
from core.call_states import ENDED
from core.kept_calls import KeptCall
from core.phone_reach import is_withheld
from ui.phone_words import PhoneWords

FIRST_CALL = "frontdesk simulate call"


def call_list(words: PhoneWords, shown: CallPage, choice: CallChoice, *, opened: str) -> str:
    """The calls as buttons; where there are none, how to get the first."""
    if shown.calls:
        lines = "".join(_entry(words, one, opened) for one in shown.calls)
        return f'<ul class="fd-queue fd-calls">{lines}</ul>'
    if choice != "all":
        return f'<p class="fd-empty">{escape(words.none_such)}</p>'
    command = f"<code>{FIRST_CALL}</code>"
    first = escape(words.first_call).format(command=command)
    return f'<div class="fd-empty"><p>{escape(words.empty)}</p><p>{first}</p></div>'


def caller_of(words: PhoneWords, call: KeptCall) -> str:
    """Whoever called, as plain text."""
    return words.withheld if is_withheld(call.caller) else call.caller


def clock(seconds: float) -> str:
    """A time from a beginning, as a clock shows it.

    >>> clock(3.9), clock(754), clock(3661)
    ('0:03', '12:34', '1:01:01')
    """
    minutes, rest = divmod(int(max(seconds, 0.0)), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02}"
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def moment(at: datetime) -> str:
    """A moment, as HTML."""
    plain = at.astimezone(UTC)
    return f'<time datetime="{plain.isoformat()}">{plain:%Y-%m-%d %H:%M} UTC</time>'


def length_of(call: KeptCall) -> float | None:
    """How long a call was in seconds, by the carrier, else by its talks; None while nobody knows."""
    if call.duration_s is not None:
        return call.duration_s
    talked = sum(float(one.get("seconds") or 0) for one in call.talks)
    return talked or None


def state_of(words: PhoneWords, call: KeptCall) -> str:
    """How a call stands or ended, as a badge."""
    if call.state not in ENDED:
        return f'<span class="fd-badge fd-ready">{escape(words.states[call.state])}</span>'
    look = "" if call.state == "completed" else "fd-refused"
    return f'<span class="fd-badge {look}">{escape(ending_of(words, call))}</span>'


def ending_of(words: PhoneWords, call: KeptCall) -> str:
    """Why the last talk ended, else the state, as plain text."""
    reason = str(call.talks[-1].get("reason", "")) if call.talks else ""
    return words.ended.get(reason, words.states[call.state])


def _entry(words: PhoneWords, one: ListedCall, opened: str) -> str:
    call, seconds = one.call, length_of(one.call)
    lasted = f" · {clock(seconds)}" if seconds is not None else ""
    return (
        f'<li><button type="button" class="fd-entry" data-do="open" data-call="{escape(call.id)}" '
        f'aria-current="{"true" if call.id == opened else "false"}">'
        f"<strong>{escape(caller_of(words, call))}</strong>"
        f'<span class="fd-meta">{state_of(words, call)}{_followed(words, one)}</span>'
        f'<span class="fd-hint">{moment(call.created_at)}{lasted}</span></button></li>'
    )


def _followed(words: PhoneWords, one: ListedCall) -> str:
    is_over = one.call.state in ENDED
    told = (
        (words.broke_off, one.broke_off and is_over and one.call.talks),
        (f"{words.ticket} {one.ticket_id}", one.ticket_id),
        (words.voicemail, one.has_voicemail),
        (words.recording, one.has_recording),
    )
    return "".join(f'<span class="fd-tag">{escape(says)}</span>' for says, is_so in told if is_so)
