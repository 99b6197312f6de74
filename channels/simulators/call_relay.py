"""A ConversationRelay from Twilio's side: text to the desk, and the desk's words spoken."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from channels.simulators.call_line import Line
from channels.simulators.call_socket import Socket
from channels.simulators.call_stream import StreamOrder
from channels.simulators.sms_texts import new_sid
from channels.voice.sound import RATE, to_mulaw, tone

SPEECH_CHARACTERS_PER_S = 15
"""How fast the desk's words are taken to be spoken; without a voice a tone stands for them."""
_MOST_MALFORMED = 10
_BROKEN = 1006


@dataclass(slots=True, eq=False)
class _Utterance:
    begins_s: float
    is_interruptible: bool
    text: str = ""
    unsaid: str = ""
    """What waits for the end of its sentence, to be said by a voice."""
    is_heard: bool = False


class ConversationRelay:
    """One relay session, from `setup` to the end."""

    def __init__(self, order: StreamOrder, line: Line, auth_token: str, fields: dict[str, str]) -> None:
        self.order = order
        self.line = line
        self.sid = new_sid("VX")
        self.socket = Socket(order.url, auth_token)
        self.hand_off_data = ""
        """What the desk said when it ended the session."""
        self.spoken: list[str] = []
        """The desk's words, one for each whole reply."""
        self._fields = fields
        self._reply = ""
        self._utterances: list[_Utterance] = []
        """What the caller hears or will hear, one for each whole reply."""
        self._malformed = 0
        self._to_say: asyncio.Queue[tuple[_Utterance, str, str]] = asyncio.Queue()

    @property
    def is_broken(self) -> bool:
        """Whether the connection broke."""
        return self.socket.close_code == _BROKEN

    async def run(self) -> str:
        """Carry the call until the desk ends it or the caller hangs up; what went wrong, if it did."""
        trouble = await self.socket.open()
        if trouble:
            self.line.note("carrier", trouble)
            return trouble
        self.line.note("carrier", "relay connected")
        self.set_up()
        connected = self.line.connected
        connected.digit, connected.words_begin, connected.words = self._press, self._interrupt, self._prompt
        reading, saying = asyncio.create_task(self._read()), asyncio.create_task(self._say_aloud())
        ended = asyncio.create_task(self.line.ended.wait())
        try:
            await asyncio.wait({reading, ended}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            connected.digit = connected.words_begin = connected.words = None
            self.line.playout.clear()
            await self.socket.close()
            ended.cancel()
            saying.cancel()
            await asyncio.gather(saying, return_exceptions=True)
            await reading
        self.line.note("carrier", f"relay closed with {self.socket.close_code}")
        return ""

    def set_up(self) -> None:
        """Tell the desk whose call it is."""
        fields = self._fields
        self.socket.send(
            {
                "type": "setup",
                "sessionId": self.sid,
                "accountSid": self.order.account_sid,
                "parentCallSid": "",
                "callSid": self.order.call_sid,
                "from": fields["From"],
                "to": fields["To"],
                "forwardedFrom": "",
                "callType": "PSTN",
                "callerName": "",
                "direction": fields["Direction"],
                "callStatus": "RINGING",
                "customParameters": self.order.parameters,
            }
        )

    def _press(self, digit: str) -> None:
        self.socket.send({"type": "dtmf", "digit": digit})

    def _prompt(self, text: str) -> None:
        self.socket.send({"type": "prompt", "voicePrompt": text, "lang": "en-US", "last": True})

    def _interrupt(self) -> None:
        now_s = self.line.now_s
        current = next((each for each in reversed(self._utterances) if each.begins_s <= now_s), None)
        if self.line.playout.left_s == 0 or current is None or not current.is_interruptible:
            return
        heard_s, words = now_s - current.begins_s, current.text
        self._utterances.clear()
        self.line.playout.clear()
        self.line.note("carrier", f"interrupts after {heard_s:.2f} s")
        self.socket.send(
            {
                "type": "interrupt",
                "utteranceUntilInterrupt": words[: round(heard_s * SPEECH_CHARACTERS_PER_S)],
                "durationUntilInterruptMs": round(heard_s * 1000),
            }
        )

    async def _read(self) -> None:
        while (message := await self.socket.receive()) is not None:
            if not self._take(message):
                return

    def _take(self, message: dict[str, Any]) -> bool:
        """Do what a message says; whether the session goes on."""
        kind = message.get("type")
        if kind == "text":
            self._speak(message)
        elif kind == "play":
            self.line.note("desk", f"plays {message.get('source')}")
        elif kind in {"sendDigits", "language"}:
            self.line.note("desk", str(kind))
        elif kind == "end":
            self.hand_off_data = str(message.get("handoffData", ""))
            self.line.note("desk", "ends the session")
            return False
        else:
            self._malformed += 1
            self.socket.send({"type": "error", "description": "Invalid message format"})
            self.line.note("carrier", "error 64107: Invalid message format")
            return self._malformed < _MOST_MALFORMED
        return True

    def _speak(self, message: dict[str, Any]) -> None:
        token = str(message.get("token", ""))
        if token:
            if not self._reply or not self._utterances:
                begins_s = self.line.now_s + self.line.playout.left_s
                self._utterances.append(_Utterance(begins_s, bool(message.get("interruptible", True))))
            self._utterances[-1].text += token
            self._reply += token
            if self.line.voice is None:
                self.line.playout.add_sound(to_mulaw(tone(len(token) / SPEECH_CHARACTERS_PER_S, 220)))
            else:
                self._utterances[-1].unsaid += token
        if self._utterances and (message.get("last") or token.rstrip().endswith((".", "!", "?"))):
            self._finish_sentence(self._utterances[-1], str(message.get("lang") or "en")[:2])
        if message.get("last") and self._reply:
            self.line.note("desk", f"says: {self._reply}", self._reply)
            self.spoken.append(self._reply)
            self._reply = ""

    def _finish_sentence(self, utterance: _Utterance, language: str) -> None:
        text, utterance.unsaid = utterance.unsaid.strip(), ""
        if text:
            self._to_say.put_nowait((utterance, text, language))

    async def _say_aloud(self) -> None:
        """Let the voice say each sentence, unless the caller has interrupted it."""
        while True:
            utterance, text, language = await self._to_say.get()
            if self.line.voice is None or utterance not in self._utterances:
                continue
            samples = await self.line.voice(text, language)
            if utterance not in self._utterances:
                continue
            if not utterance.is_heard:
                utterance.begins_s = self.line.now_s + self.line.playout.left_s
                utterance.is_heard = True
            self.line.playout.add_sound(to_mulaw(samples))


def seconds_to_say(text: str) -> float:
    """How long the carrier's own voice takes for a text, in seconds."""
    return max(1 / RATE, len(text) / SPEECH_CHARACTERS_PER_S)
