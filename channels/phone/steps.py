"""What a call does once the desk's socket has closed: `NextStep`, and who decides it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from channels.voice.telephone import Call

What = Literal["talk", "dial", "message"]
"""What has just ended: the talk with the desk, the try to put the caller through, a message of theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    """Say something, where there is something to say, and end the call."""

    say: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PutThrough:
    """Ring somebody else, after saying something. `whisper_url` tells them what it is about."""

    number: str
    say: str = ""
    rings_s: int = 25
    whisper_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeMessage:
    """Say something and take down a message."""

    say: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkAgain:
    """Connect to the desk once more; the talk gets these parameters, such as why."""

    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """TwiML as it is to be sent."""

    twiml: str


NextStep = HangUp | PutThrough | TakeMessage | TalkAgain | Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What has ended in a call, and all that Twilio says of it, such as `DialCallStatus`.

    `plan` is what was decided during the talk. `is_broken`: the talk's connection broke, and the caller
    may still be there. `talks` counts how often the desk was connected.
    """

    call: Call
    what: What
    told: Mapping[str, str]
    plan: Mapping[str, str] = field(default_factory=dict)
    is_broken: bool = False
    talks: int = 1


class AfterCall(Protocol):
    """Decides what a call does next."""

    async def next_step(self, ended: Ended) -> NextStep:
        """What follows. A call whose caller has hung up is asked about too; the answer then does nothing.

        Raises:
            FrontdeskError: it can't be told; the caller is told so politely, and may leave a message.
        """
