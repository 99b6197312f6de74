"""What the calls tab asks of the desk: it is handed an object of this shape and knows nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.call_history import CallChoice, CallPage
from core.call_latencies import Part, Spread
from core.call_sounds import CallSound
from core.kept_calls import CallLine, CallTurn, KeptCall
from core.messages import Citation
from core.tickets import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenLine:
    """One thing that was said. `at_s` is in seconds from the call's beginning, whatever the talk.

    `citations` are the sources of the answer that ends with this line.
    """

    at_s: float
    line: CallLine
    was_cut_in: bool = False
    citations: Sequence[Citation] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenTalk:
    """One talk of a call: when it began, in seconds from the call's beginning, its lines, why it ended."""

    begins_s: float
    reason: str
    lines: Sequence[SpokenLine]
    turns: Sequence[CallTurn]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """One call with all that is kept of it; the newest ticket first."""

    call: KeptCall
    talks: Sequence[SpokenTalk] = ()
    sounds: Sequence[CallSound] = ()
    tickets: Sequence[Ticket] = ()


class PhoneCalls(Protocol):
    """What staff can see of telephone calls, in the desk's own tenant."""

    async def calls(self, choice: CallChoice, page: int) -> CallPage:
        """Some calls of one kind, newest first; the first page is 0."""

    async def call(self, call_id: str) -> CallView:
        """One call, whole.

        Raises:
            NotFound: there is no such call here.
        """

    async def spreads(self, hours: float) -> Mapping[Part, Spread]:
        """How long each part of an answer took in the last hours."""
