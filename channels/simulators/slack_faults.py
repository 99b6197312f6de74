"""What a simulated Slack can be told to do wrong, each a given number of times."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

AnswerFault = Literal["rate_limit", "status", "error", "stall", "drop", "lose_answer"]
EventFault = Literal["duplicate", "retry", "forged", "stale", "oversized", "emoji", "reorder"]

SLACK_RATES = {
    "chat.postMessage": 60,
    "chat.postEphemeral": 100,
    "chat.update": 50,
    "chat.delete": 50,
    "chat.startStream": 20,
    "chat.appendStream": 180,
    "chat.stopStream": 20,
    "conversations.history": 50,
    "conversations.replies": 50,
    "conversations.list": 20,
    "users.list": 20,
    "users.info": 100,
    "views.open": 100,
    "views.publish": 100,
}
"""Calls a minute by Slack's tiers; a message a second for posting."""
MINUTE_S = 60.0
STALE_S = 301
STREAM_S = 300.0
STREAM_CHARACTERS = 40_000
OVERSIZED_CHARACTERS = 4_000_000


@dataclass(slots=True, kw_only=True)
class Fault:
    """A fault of the next `times` calls of `method`; `*` is every method."""

    kind: AnswerFault
    method: str = "*"
    times: int = 1
    error: str = ""
    number: float = 0.0
    """Seconds of `Retry-After` or of a stall, or the HTTP status."""


@dataclass(slots=True, kw_only=True)
class Faults:
    """The faults that lie ready; an empty one is a Slack in good health.

    `drop` breaks the connection before a call does anything; `lose_answer` after it took effect.
    """

    armed: list[Fault] = field(default_factory=list)
    events: list[EventFault] = field(default_factory=list)
    """Each is spent on one event, the first one first."""
    stream_seconds: float = STREAM_S
    stream_appends: int = 0
    """After so many appends a stream has expired; 0 is any number."""
    stream_characters: int = STREAM_CHARACTERS
    needs_recipient: bool = True
    """Whether a stream in a channel has to name who it is for."""
    per_minute: dict[str, int] = field(default_factory=dict)
    """How many calls of a method each minute may have; the rest are answered 429."""
    recent: dict[str, list[float]] = field(default_factory=dict)
    """When the methods with a limit were called of late."""
    revoked: set[str] = field(default_factory=set)
    """Tokens that answer `token_revoked`."""

    def rate_limit(self, method: str = "*", times: int = 1, retry_after: int = 1) -> None:
        """Answer 429 and `ratelimited`, with `Retry-After` in seconds."""
        self.armed.append(Fault(kind="rate_limit", method=method, times=times, number=retry_after))

    def status(self, method: str = "*", times: int = 1, status: int = 500) -> None:
        """Answer with an HTTP status and no JSON."""
        self.armed.append(Fault(kind="status", method=method, times=times, number=status))

    def error(self, method: str, error: str, times: int = 1) -> None:
        """Answer `{"ok": false}` with this error."""
        self.armed.append(Fault(kind="error", method=method, times=times, error=error))

    def stall(self, method: str = "*", times: int = 1, seconds: float = 3.0) -> None:
        """Wait so long before the call is carried out."""
        self.armed.append(Fault(kind="stall", method=method, times=times, number=seconds))

    def drop(self, method: str = "*", times: int = 1) -> None:
        """Break the connection; the call has no effect."""
        self.armed.append(Fault(kind="drop", method=method, times=times))

    def lose_answer(self, method: str = "*", times: int = 1) -> None:
        """Carry the call out, then break the connection, so that the caller can't know."""
        self.armed.append(Fault(kind="lose_answer", method=method, times=times))

    def revoke(self, token: str) -> None:
        """From now on this token is revoked."""
        self.revoked.add(token)

    def event(self, kind: EventFault, times: int = 1) -> None:
        """Spoil the next `times` events in this way.

        `retry` acts as if the desk's first answer had come too late; `reorder` holds an event back
        until the one after it was sent; `stale` signs for 301 s ago; `emoji` adds some to the text.
        """
        self.events.extend([kind] * times)

    def limit_as_slack_does(self) -> None:
        """Hold the app to the rates that Slack holds it to."""
        self.per_minute = dict(SLACK_RATES)

    def over_rate(self, method: str, now: float) -> Fault | None:
        """The 429 for a call over its method's rate; otherwise the call is counted."""
        most = self.per_minute.get(method)
        if most is None:
            return None
        calls = self.recent[method] = [at for at in self.recent.get(method, []) if now - at < MINUTE_S]
        if len(calls) < most:
            calls.append(now)
            return None
        return Fault(kind="rate_limit", method=method, number=math.ceil(MINUTE_S - (now - calls[0])))

    def take(self, method: str) -> Fault | None:
        """The fault for a call of this method, spent by one."""
        for fault in self.armed:
            if fault.method in ("*", method):
                fault.times -= 1
                if fault.times <= 0:
                    self.armed.remove(fault)
                return fault
        return None

    def take_event(self) -> EventFault | None:
        """The fault for the next event, spent."""
        return self.events.pop(0) if self.events else None

    def clear(self) -> None:
        """Slack is in good health again."""
        healthy = Faults()
        for name in self.__slots__:
            setattr(self, name, getattr(healthy, name))
