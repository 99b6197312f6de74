"""What is kept of a telephone call: `KeptCall`, its talks, the lines of its transcript, its turns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.call_states import CallState
from core.messages import ConversationId
from core.records import now
from core.tenants import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLine:
    """One thing that was said, by the `caller` or the `desk`; `heard` is what the caller heard of the desk's.

    `at_s` is in seconds from the talk's beginning. `kind` is `speech` or `keys` of the caller's,
    `answer` or `phrase` of the desk's.
    """

    at_s: float
    who: str
    text: str
    language: str = ""
    kind: str = "speech"
    heard: str | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTurn:
    """How long the parts of a turn took, in milliseconds: see `core.call_latencies`."""

    question_id: str
    at_s: float
    latencies: Mapping[str, float] = field(default_factory=dict)
    had_filler: bool = False
    was_interrupted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTalk:
    """A talk that is over. `id` names it: kept twice, it is kept once. One call may have several.

    `reason` is why it ended; `disclosure` is what the caller heard about recording and automation.
    """

    id: str
    lines: Sequence[CallLine] = ()
    turns: Sequence[CallTurn] = ()
    reason: str = ""
    language: str = ""
    disclosure: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallNews:
    """What a carrier tells of a call; `at` is when it was told."""

    state: CallState
    caller: str = ""
    called: str = ""
    duration_s: int | None = None
    reason: str | None = None
    at: datetime = field(default_factory=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCall:
    """A call as it stands."""

    tenant: TenantId
    id: str
    conversation_id: ConversationId | None
    caller: str
    called: str
    language: str
    state: CallState
    reason: str | None
    disclosure: str | None
    talks: tuple[Mapping[str, Any], ...]
    duration_s: int | None
    created_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None

    @property
    def ended_because(self) -> str:
        """Why the last talk ended, or else the call; empty where nothing is known of it."""
        reasons = [str(talk.get("reason", "")) for talk in self.talks]
        return (reasons[-1] if reasons else "") or self.reason or ""
