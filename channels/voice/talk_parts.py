"""What a talk needs from others: the desk that answers, links by text, a person, a keeper of calls."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Literal, Protocol

from channels.voice.call_report import CallReport, SaidLine
from channels.voice.telephone import Call
from core.messages import Answer, Event

AwaitedKind = Literal["", "yes_no", "reference", "name"]
Way = Literal["transfer", "voicemail", "none"]
WishReason = Literal["asked", "key", "desk", "outage", "not_understood", "too_many", "no_voice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the caller wants answered. The same `id` again is the same question."""

    id: str
    text: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """What the desk has asked for and waits for; `hints` are words that are likely to come."""

    kind: AwaitedKind = ""
    hints: tuple[str, ...] = ()


class TalkDesk(Protocol):
    """The desk behind a call. One serves many calls."""

    def ask(self, call: Call, question: Question) -> AsyncGenerator[Event, None]:
        """The turn's events, ended by one `Answer`. Closing it early ends the turn.

        Raises:
            FrontdeskError: the turn ends without an answer.
        """

    async def heard(self, call: Call, question: Question, text: str) -> None:
        """Of the answer to this question the caller heard only `text`, written as the answer is.

        Later turns build on that. Where the turn was ended before it had an answer, `text` is the answer.

        Raises:
            FrontdeskError: it could not be kept.
        """

    async def awaited(self, call: Call) -> Awaited:
        """What the desk waits for after its last answer.

        Raises:
            FrontdeskError: it could not be looked up.
        """


class LinkSender(Protocol):
    """Sends the links of an answer by text message while the call goes on."""

    async def may_offer(self, call: Call, answer: Answer) -> bool:
        """Whether the answer has links and the caller a telephone that takes text messages and has not
        opted out of them. It never raises for what is merely not so.
        """

    async def send(self, call: Call, answer: Answer) -> bool:
        """Send them, now that the caller has agreed; whether they are on their way. Twice is once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonWish:
    """Why a person is to come to the telephone, and all that was said so far, for whoever picks up."""

    call: Call
    reason: WishReason
    language: str
    lines: tuple[SaidLine, ...] = ()


class HandOff(Protocol):
    """A person on the telephone, or a message for one. A talk that handed over leaves the line."""

    async def find(self, wish: PersonWish) -> Way:
        """What can be done for the caller now: a transfer, a voicemail, or nothing by telephone."""

    async def take(self, wish: PersonWish, way: Way) -> None:
        """The caller has heard what comes next: see to it that the carrier does that.

        Called once a call, just before the talk leaves the line.

        Raises:
            FrontdeskError: it could not be begun; the talk goes on and says so.
        """


class CallKeeper(Protocol):
    """Keeps what was said."""

    async def keep(self, report: CallReport) -> None:
        """A call is over; called once for each, also where the caller hung up in the middle.

        Raises:
            FrontdeskError: it could not be kept.
        """


class Admission(Protocol):
    """How many calls the desk holds at a time."""

    def enter(self) -> bool:
        """Take one place; false where all are taken."""

    def leave(self) -> None:
        """Give a place back that was taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkParts:
    """What every talk of a desk shares. Without `links` none are offered, without `hand_off` nobody comes."""

    desk: TalkDesk
    keeper: CallKeeper | None = None
    links: LinkSender | None = None
    hand_off: HandOff | None = None
    admission: Admission | None = None
