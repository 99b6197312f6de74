"""The desk's own ears and voice on the telephone: chosen by the settings, loaded once for all calls."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from channels.phone.call_socket import CallSocket
from channels.phone.media_stream import MediaStream
from channels.phone.switchboard import SocketStart
from channels.voice.activity import VoiceActivity, voice_activity
from channels.voice.ear import EarOptions, EarParts
from channels.voice.recogniser import Recogniser
from channels.voice.recognisers import RecogniserChoice, missing_for, recogniser_for
from channels.voice.smart_turn import SmartTurn, smart_turn_path
from channels.voice.sound_telephone import SoundOptions, SoundTelephone
from channels.voice.speaker import Speaker
from channels.voice.speakers import speaker_for, voice_state
from channels.voice.telephone import Call
from channels.voice.turn_end import TurnModel, TurnWaits
from channels.voice.undisturbed import undisturbed
from config.phone_settings import PhoneSettings
from core.errors import FrontdeskError, Misconfigured

logger = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class PhoneSpeech:
    """What hears and speaks in every call; `turn_model` comes once it is loaded, where it is installed.

    It is loaded by `begin_warming`, at the latest when the first call comes.
    """

    recogniser: Recogniser
    speaker: Speaker
    activity: Callable[[], VoiceActivity]
    options: SoundOptions
    turn_model: TurnModel | None = None
    _warming: asyncio.Task[None] | None = None

    def session(self, socket: CallSocket) -> StreamSession:
        """A Media Stream whose call is to be heard and spoken to."""
        self.begin_warming()
        return StreamSession(speech=self, stream=MediaStream(socket))

    def begin_warming(self) -> asyncio.Task[None]:
        """Load everything in the background, once; what fails is tried again when it is needed."""
        if self._warming is None:
            self._warming = asyncio.create_task(self._warm())
        return self._warming

    async def close(self) -> None:
        """Let go of processes and models."""
        if self._warming is not None:
            self._warming.cancel()
            await asyncio.gather(self._warming, return_exceptions=True)
        try:
            await self.recogniser.close()
        finally:
            await self.speaker.close()

    async def _warm(self) -> None:
        await asyncio.gather(*(self._warm_part(part) for part in (self.speaker, self.recogniser)))
        path = smart_turn_path()
        if path is not None:
            try:
                self.turn_model = await asyncio.to_thread(SmartTurn, path)
            except Misconfigured as error:
                logger.info("turn_model_not_used", extra={"error": str(error)})

    async def _warm_part(self, part: Recogniser | Speaker) -> None:
        try:
            await part.warm()
        except FrontdeskError as error:
            logger.warning("speech_not_ready", extra={"part": part.name, "error": str(error)})


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSession:
    """A call's socket as a Media Stream: first `begin`, then `telephone`."""

    speech: PhoneSpeech
    stream: MediaStream

    async def begin(self) -> SocketStart:
        """Wait for the stream's start; what it says.

        Raises:
            Refused: it did not start in time, or is none of 8 kHz µ-law.
        """
        start = await self.stream.begin()
        return SocketStart(call=start.call, account=start.account, parameters=start.parameters)

    def telephone(self, call: Call) -> SoundTelephone:
        """The line to the caller."""
        speech = self.speech
        parts = EarParts(
            recogniser=speech.recogniser, activity=speech.activity(), turn_model=speech.turn_model
        )
        return SoundTelephone(call, self.stream, parts, speech.speaker, speech.options)


@asynccontextmanager
async def open_speech(
    chosen: PhoneSettings, languages: tuple[str, ...], *, at_once: bool
) -> AsyncIterator[PhoneSpeech]:
    """Ears and voice as the settings say, let go of at the end.

    They are loaded in the background, `at_once` or with the first call: they take 250 MB and more.

    Raises:
        Misconfigured: something that can be seen beforehand is missing for them.
    """
    if missing := missing_for_speech(chosen, languages):
        raise Misconfigured(missing)
    usual_s = chosen.end_of_turn_ms / 1000
    waits = TurnWaits(usual_s=usual_s, complete_s=min(TurnWaits().complete_s, usual_s))
    speech = PhoneSpeech(
        recogniser=recogniser_for(_choice(chosen, languages)),
        speaker=speaker_for(chosen.speaker, voices=chosen.voices),
        activity=await asyncio.to_thread(voice_activity),
        options=SoundOptions(ear=EarOptions(waits=waits)),
    )
    if at_once:
        speech.begin_warming()
    try:
        yield speech
    finally:
        # A desk that is cancelled leaves no process behind either.
        await undisturbed(speech.close())


def missing_for_speech(chosen: PhoneSettings, languages: tuple[str, ...]) -> str:
    """What the desk's own ears or voice lack, and the mend, in a sentence; empty where they are all there."""
    if missing := missing_for(_choice(chosen, languages)):
        return missing
    state = voice_state(chosen.speaker, voices=chosen.voices)
    return "" if state.is_ready else f"{state.found}: {state.mend}"


def _choice(chosen: PhoneSettings, languages: tuple[str, ...]) -> RecogniserChoice:
    return RecogniserChoice(name=chosen.recogniser, model=chosen.recogniser_model, languages=languages)
