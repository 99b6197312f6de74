"""How far a telephone call has come: states that only ever go up, in whatever order they are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

CallState = Literal[
    "queued",
    "initiated",
    "ringing",
    "in-progress",
    "lost",
    "canceled",
    "no-answer",
    "busy",
    "failed",
    "completed",
]
"""As carriers call them; `lost` is the desk's own guess about a call of which nothing is heard any more."""
CALL_STATES: tuple[CallState, ...] = get_args(CallState)
_RANKS: Mapping[str, int] = {state: rank for rank, state in enumerate(CALL_STATES)}
"""No two are alike, so that any order of the same news comes to the same state."""
ENDED: frozenset[CallState] = frozenset(CALL_STATES[_RANKS["lost"] :])


def call_state(told: str) -> CallState | None:
    """The state that a carrier's word stands for; None where it is none.

    >>> call_state("in-progress"), call_state("on fire")
    ('in-progress', None)
    """
    return next((state for state in CALL_STATES if state == told), None)


def further(before: CallState, told: CallState) -> CallState:
    """The state after some news.

    What comes late changes nothing, and the carrier's word about the end stands above the desk's guess.

    >>> further("completed", "ringing"), further("lost", "completed")
    ('completed', 'completed')
    """
    return max(before, told, key=_RANKS.__getitem__)


def below(state: CallState) -> list[CallState]:
    """The states from which a call can still come to this one.

    >>> below("ringing")
    ['queued', 'initiated']
    """
    return list(CALL_STATES[: _RANKS[state]])
