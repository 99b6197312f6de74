"""TwiML: what Twilio is to do with a call, as the document it reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from channels.phone.steps import Document, HangUp, NextStep, PutThrough, TakeMessage
from channels.twilio_account import socket_url

if TYPE_CHECKING:
    from twilio.twiml.voice_response import ConversationRelay, VoiceResponse

VOICE = "/channels/voice"
PASS = "pass"  # noqa: S105 - the name of the parameter, not a password
Transport = Literal["stream", "relay"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TwimlWriter:
    """Writes the documents of a desk that Twilio reaches at `url`.

    `locales` has Twilio's name for each language of the desk's, `voices` those of ConversationRelay,
    `hints` what callers are likely to say.
    """

    url: str
    transport: Transport
    locales: Mapping[str, str]
    voices: Mapping[str, str] = field(default_factory=dict)
    hints: tuple[str, ...] = ()
    longest_message_s: int = 120

    def connect(self, sealed: str, language: str, *, recording_url: str = "") -> str:
        """Connects the call to the desk; `sealed` comes back over the socket and opens it.

        With a `recording_url` the call is recorded from here on, each side in a channel of its own.
        """
        response = _response()
        if recording_url:
            response.start().recording(
                channels="dual", trim="do-not-trim", recording_status_callback=recording_url
            )
        connect = response.connect(action=self._after("talk"))
        if self.transport == "relay":
            noun = self._relay(connect, language)
        else:
            noun = connect.stream(
                url=socket_url(f"{self.url}{VOICE}/stream"), status_callback=f"{self.url}{VOICE}/status"
            )
        noun.parameter(name=PASS, value=sealed)
        return str(response)

    def step(self, step: NextStep, language: str) -> str:
        """What a step comes to; none for `TalkAgain`, which is a `connect` with a pass of its own."""
        if isinstance(step, Document):
            return step.twiml
        response = _response()
        said = "" if not isinstance(step, HangUp | PutThrough | TakeMessage) else step.say
        if said:
            response.say(said, language=self.locales.get(language, "en-US"))
        if isinstance(step, PutThrough):
            dial = response.dial(action=self._after("dial"), timeout=step.rings_s, answer_on_bridge=True)
            dial.number(step.number, **({"url": step.whisper_url} if step.whisper_url else {}))
        elif isinstance(step, TakeMessage):
            response.record(
                action=self._after("message"),
                max_length=self.longest_message_s,
                timeout=5,
                finish_on_key="#",
                play_beep=True,
            )
            response.redirect(f"{self._after('message')}")
        else:
            response.hangup()
        return str(response)

    def reject(self) -> str:
        """Refuses the call; the caller hears that it is not taken, and pays nothing."""
        response = _response()
        response.reject(reason="rejected")
        return str(response)

    def _after(self, what: str) -> str:
        return f"{self.url}{VOICE}/after?what={what}"

    def _relay(self, connect: VoiceResponse, language: str) -> ConversationRelay:
        relay = connect.conversation_relay(
            url=socket_url(f"{self.url}{VOICE}/relay"),
            language=self.locales.get(language, "en-US"),
            dtmf_detection=True,
            interruptible="any",
            report_input_during_agent_speech="any",
            partial_prompts=True,
            events="speaker-events tokens-played",
            **({"hints": ",".join(self.hints)} if self.hints else {}),
        )
        for code, locale in self.locales.items():
            voice = self.voices.get(code)
            relay.language(code=locale, **({"voice": voice} if voice else {}))
        return relay


def load_twiml() -> None:
    """Have the library ready before the first call, for it is slow to load."""
    _response()


def _response() -> VoiceResponse:
    from twilio.twiml.voice_response import VoiceResponse  # noqa: PLC0415 - only desks with a telephone need it

    return VoiceResponse()
