"""What holds a call's talk, and what speaks each of Twilio's protocols: made once, closed with the door."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from channels.door import Door
from channels.phone.book import CallBook
from channels.phone.call_socket import CallSocket
from channels.phone.relay_session import RelaySession
from channels.phone.running import Talks
from channels.phone.switchboard import CallSession
from channels.phone.twiml import Transport
from channels.phone.words import words
from channels.voice.telephone import Sentence, Telephone
from config.settings import Settings
from core.phrases import languages_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Talking:
    """The talk, and the sessions it can be held over."""

    talks: Talks
    sessions: Mapping[Transport, Callable[[CallSocket], CallSession]]


@asynccontextmanager
async def open_talking(door: Door, settings: Settings, book: CallBook) -> AsyncIterator[Talking]:
    """The talk as the settings say; what it needs is let go of when the block ends."""
    languages = languages_in(settings.languages)
    locales = {code: settings.phone.locales.get(code, code) for code in languages}
    yield Talking(talks=_nobody, sessions={"relay": partial(_relay, locales)})


def _relay(locales: Mapping[str, str], socket: CallSocket) -> CallSession:
    return RelaySession(socket=socket, locales=locales)


async def _nobody(telephone: Telephone) -> None:
    language = telephone.call.language
    text = f"{words('nobody', language)} {words('later', language)}"
    await telephone.say(Sentence(id="nobody", text=text, language=language, is_protected=True))
    await telephone.leave()
