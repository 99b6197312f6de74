"""`Switchboard`: what the routes of the telephone share, one per process."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Protocol

from starlette.requests import HTTPConnection

from channels.phone.book import Arrival, CallBook
from channels.phone.call_socket import CallSocket
from channels.phone.phone_personas import PhonePersonas
from channels.phone.plain_steps import PlainSteps
from channels.phone.recordings import SoundPasses
from channels.phone.running import RunningTalks, Talks
from channels.phone.steps import AfterCall, NextStep, TalkAgain
from channels.phone.twiml import Transport, TwimlWriter
from channels.twilio_account import TwilioAccount, signed_url
from channels.voice.recogniser import Recogniser
from channels.voice.telephone import Call, Telephone
from core.tenants import TenantId, tenant_id

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketStart:
    """What the first message of a call's socket says, unproved."""

    call: str
    account: str
    parameters: Mapping[str, str] = field(default_factory=dict)


class CallSession(Protocol):
    """A call's socket in one of Twilio's two protocols."""

    async def begin(self) -> SocketStart:
        """Wait for the session's start; what it says.

        Raises:
            Refused: it did not start in time, or is none of this protocol.
        """

    def telephone(self, call: Call) -> AbstractAsyncContextManager[Telephone]:
        """The line to the caller, while the block lasts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Whose number was called, and who may not call. Numbers as +1…"""

    own: TenantId
    groups: Mapping[str, str] = field(default_factory=dict)
    blocked: frozenset[str] = frozenset()

    def tenant(self, called: str) -> TenantId:
        """Whose number it is: another group's where the settings say so, else the desk's own."""
        group = self.groups.get(called)
        return tenant_id(group) if group else self.own


@dataclass(frozen=True, slots=True, kw_only=True)
class Switchboard:
    """One per process, opened with the server.

    `sessions` has what speaks each of Twilio's protocols, `talks` what holds the talk.
    """

    account: TwilioAccount
    public_url: str
    personas: PhonePersonas
    numbers: Numbers
    book: CallBook
    running: RunningTalks
    writer: TwimlWriter
    plain: PlainSteps
    steps: AfterCall
    sessions: Mapping[Transport, Callable[[CallSocket], CallSession]]
    talks: Talks
    told: Callable[[TenantId, Mapping[str, str]], Awaitable[object]]
    """Takes in what Twilio tells of a call's state."""
    recogniser: Recogniser | None = None
    last_calls_s: float = 30.0
    sounds: SoundPasses | None = None
    """Where there is one, calls are recorded."""

    async def arrival(self, told: Mapping[str, str]) -> Arrival:
        """The call that a webhook is about."""
        tenant = self.numbers.tenant(told.get("To", ""))
        return Arrival(
            id=told["CallSid"],
            tenant=tenant,
            caller=told.get("From", ""),
            called=told.get("To", ""),
            language=await self.personas.language(tenant),
        )

    async def document(self, request: HTTPConnection, arrival: Arrival, step: NextStep) -> str:
        """The TwiML of a step; a talk gets its pass with it.

        Raises:
            FrontdeskError: the call is not in the book, or that can't be read.
        """
        writer = replace(self.writer, url=signed_url(request, self.public_url).removesuffix(_path(request)))
        if not isinstance(step, TalkAgain):
            self.running.gate.leave(arrival.id)
            return writer.step(step, arrival.language)
        if writer.transport not in self.sessions:
            logger.warning("call_without_speech", extra={"call": arrival.id})
            return writer.step(self.plain.without_anybody("trouble", arrival.language), arrival.language)
        if not self.running.gate.promise(arrival.id):
            return writer.step(self.plain.when_full(arrival.language), arrival.language)
        sealed = await self.book.admit(arrival, step.parameters)
        return writer.connect(sealed, arrival.language, recording_url=await self._recorded_at(arrival, step))

    async def _recorded_at(self, arrival: Arrival, step: TalkAgain) -> str:
        """Where the recording of a call is told of; empty where none is to begin, or one has begun before."""
        if self.sounds is None or step.parameters:
            return ""
        return self.sounds.recording_url((await self.book.find(arrival)).call)

    async def close(self) -> None:
        """Let no call in any more, wait a while for those that go on, then tell the callers and end them."""
        await self.running.stop(self.last_calls_s)


def _path(request: HTTPConnection) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
