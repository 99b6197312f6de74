"""`CallReport`: what a finished call leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from channels.voice.telephone import Call
from channels.voice.turn_latency import TurnLatency
from core.messages import AnswerId

EndReason = Literal[
    "hung_up",  # the caller did, or the line broke
    "goodbye",  # the caller took leave
    "silence",  # nobody said a word for too long
    "person",  # a person takes the call
    "voicemail",  # the caller leaves a message
    "too_many",  # the desk took no further call
    "too_long",  # the longest call was over
    "no_voice",  # there was nothing to speak with
    "stopped",  # the desk was shut down
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidLine:
    """One thing that was said. Of the desk's, `heard` is what the caller heard of it.

    `kind` tells an answer's sentences from the desk's own phrases, and speech from keys.
    """

    at: float
    """Seconds since the call began."""
    who: Literal["caller", "desk"]
    text: str
    language: str
    kind: Literal["speech", "keys", "answer", "phrase"]
    heard: str | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallReport:
    """A call that is over: both sides with their times, the latency of every turn, and why it ended."""

    call: Call
    began_at: datetime
    lasted_s: float
    language: str
    """The one that was spoken at the end."""
    reason: EndReason
    detail: str = ""
    """The line's own words for the end, where it had some."""
    lines: tuple[SaidLine, ...] = ()
    turns: tuple[TurnLatency, ...] = ()
    answers: tuple[AnswerId, ...] = ()
    """Those that were given, in order."""
