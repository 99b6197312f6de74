"""What holds a call's talk, and what speaks each of Twilio's protocols: made once, closed with the door."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from channels.door import Door
from channels.phone.book import CallBook
from channels.phone.call_socket import CallSocket
from channels.phone.people import CallPeople, call_people
from channels.phone.phone_personas import PhonePersonas
from channels.phone.relay_session import RelaySession
from channels.phone.running import Talks
from channels.phone.speech import missing_for_speech, open_speech
from channels.phone.switchboard import CallSession
from channels.phone.twiml import Transport
from channels.voice.call_report import CallReport
from channels.voice.door_desk import DoorDesk
from channels.voice.manners import Manners
from channels.voice.recogniser import Recogniser
from channels.voice.talk import Talk
from channels.voice.talk_parts import TalkParts
from channels.voice.telephone import Telephone
from config.settings import Settings
from core.phrases import languages_in

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Talking:
    """The talk, the sessions it can be held over, who is behind it, and the desk's own ears."""

    talks: Talks
    sessions: Mapping[Transport, Callable[[CallSocket], CallSession]]
    people: CallPeople
    personas: PhonePersonas
    recogniser: Recogniser | None = None


@asynccontextmanager
async def open_talking(door: Door, settings: Settings, book: CallBook) -> AsyncIterator[Talking]:
    """The talk as the settings say; what it needs is let go of when the block ends.

    Raises:
        Misconfigured: an account for calls is set up, and the desk's own speech is not all there.
    """
    chosen, languages = settings.phone, languages_in(settings.languages)
    locales = {code: chosen.locales.get(code, code) for code in languages}
    people = call_people(door, book)
    parts = TalkParts(desk=DoorDesk(door), keeper=people.keeper, links=people.links, hand_off=people.hand_off)
    personas = PhonePersonas(
        personas=door.desk.answerer.personas,
        own=door.desk.tenant,
        manners=_manners(settings, languages),
    )

    async def hold(telephone: Telephone) -> CallReport:
        return await Talk(parts, await personas.of(telephone.call)).hold(telephone)

    sessions: dict[Transport, Callable[[CallSocket], CallSession]] = {"relay": partial(_relay, locales)}
    async with AsyncExitStack() as stack:
        recogniser: Recogniser | None = None
        missing = missing_for_speech(chosen, languages)
        if chosen.transport == "stream" and (chosen.is_real or not missing):
            at_once = chosen.is_real or settings.sms.is_real
            speech = await stack.enter_async_context(open_speech(chosen, languages, at_once=at_once))
            sessions["stream"], recogniser = speech.session, speech.recogniser
        elif chosen.transport == "stream":
            logger.info("no_own_speech", extra={"missing": missing})
        yield Talking(
            talks=people.keeper.recorded(hold),
            sessions=sessions,
            people=people,
            personas=personas,
            recogniser=recogniser,
        )


def _manners(settings: Settings, languages: tuple[str, ...]) -> Manners:
    chosen = settings.phone
    return Manners(
        languages=languages,
        is_recorded=chosen.records,
        greeting=chosen.greeting,
        recording_notice=chosen.recording_notice,
        longest_s=chosen.longest_minutes * 60,
    )


def _relay(locales: Mapping[str, str], socket: CallSocket) -> CallSession:
    return RelaySession(socket=socket, locales=locales)
