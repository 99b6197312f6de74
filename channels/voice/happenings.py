"""What a talk handles one after the other: what the line tells, and what the talk's own parts tell."""

from __future__ import annotations

from dataclasses import dataclass

from channels.voice.open_call import Turn
from channels.voice.telephone import Heard
from channels.voice.timers import Due


@dataclass(frozen=True, slots=True)
class TurnOver:
    """A reply has come to its end."""

    turn: Turn


@dataclass(frozen=True, slots=True)
class Quiet:
    """All that was to be said was said, or cut off."""


@dataclass(frozen=True, slots=True)
class Left:
    """The talk has left the line."""


@dataclass(frozen=True, slots=True)
class VoiceGone:
    """There is nothing to speak with any more."""


Happening = Heard | Due | TurnOver | Quiet | Left | VoiceGone
