"""The whole simulated carrier beside a desk: calls, the texts that follow, and the caller's voice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from channels.simulators.call_kept import KeptWords
from channels.simulators.call_page import page_routes
from channels.simulators.call_simulator import CALLER, CallSimulator
from channels.simulators.call_talk import Telephony
from channels.simulators.call_texts import Texts
from channels.simulators.call_voice import CallerVoice
from channels.simulators.credentials import TwilioCredentials
from channels.simulators.sms_simulator import FIRST_NUMBER, SmsSimulator
from config.settings import Settings
from core.errors import Misconfigured

VOICE_PATH, SMS_PATH = "/channels/voice", "/channels/sms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the carrier is, and which desk it calls."""

    desk: str
    host: str
    port: int
    texts_port: int
    has_page: bool = True
    must_serve: bool = True
    """Whether a port that is taken is an error, rather than told."""


@dataclass(slots=True, kw_only=True)
class Carrier:
    """A carrier that runs: its telephone, and where it is reached; no address where its port was taken."""

    telephony: Telephony
    url: str = ""
    place: Place = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whose phone it is, whom it calls, and in which language."""

    phone: str = CALLER
    number: str = FIRST_NUMBER
    language: str = "en"


@asynccontextmanager
async def carrier_beside(
    place: Place, credentials: TwilioCredentials, settings: Settings, caller: Caller
) -> AsyncIterator[Carrier]:
    """A carrier, until the block ends.

    Raises:
        Misconfigured: its port is taken and it must be served.
    """
    desk = place.desk.rstrip("/")
    calls = CallSimulator(
        account_sid=credentials.account_sid,
        auth_token=credentials.auth_token,
        voice_url=desk + VOICE_PATH,
        status_url=f"{desk}{VOICE_PATH}/status",
    )
    carrier = SmsSimulator(
        account_sid=credentials.account_sid,
        auth_token=credentials.auth_token,
        numbers=(caller.number,),
        sms_url=desk + SMS_PATH,
    )
    texts, voice, kept = Texts(calls, carrier), CallerVoice(), KeptWords(settings)
    telephony = Telephony(
        calls=calls,
        texts=texts,
        voice=voice,
        kept=kept,
        number=caller.number,
        phone=caller.phone,
        language=caller.language,
    )
    running = Carrier(telephony=telephony, place=place)
    try:
        async with _served(running), texts.serving(host=place.host, port=place.texts_port):
            yield running
    finally:
        await calls.aclose()
        await voice.aclose()
        await kept.aclose()


@asynccontextmanager
async def _served(carrier: Carrier) -> AsyncIterator[None]:
    place, telephony = carrier.place, carrier.telephony
    more = page_routes(telephony) if place.has_page else ()
    async with AsyncExitStack() as stack:
        try:
            carrier.url = await stack.enter_async_context(
                telephony.calls.serving(host=place.host, port=place.port, more=more)
            )
        except Misconfigured:
            if place.must_serve:
                raise
        yield
