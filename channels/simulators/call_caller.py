"""The person who calls: what a script says, presses and waits for."""

from __future__ import annotations

from pathlib import Path

from channels.simulators.call_faults import inflict, inflict_on_relay
from channels.simulators.call_line import Line
from channels.simulators.call_relay import ConversationRelay
from channels.simulators.call_stream import MediaStream
from channels.simulators.call_voice import sound_of
from channels.voice.sound import RATE, Samples, to_mulaw
from core.errors import Refused

_PATIENCE_S = 30.0


class Caller:
    """One end of a call, for a script: `await caller.say(...)`, and so on.

    What waits returns False where the call ended, or its time was up, before it came.
    """

    def __init__(self, line: Line) -> None:
        self.line = line
        self.stream: MediaStream | None = None
        """The Media Stream that the call is connected to, if it is."""
        self.relay: ConversationRelay | None = None
        """The relay that it is connected to, if it is."""

    async def say(self, sound: Samples | Path, text: str = "") -> bool:
        """Speak 16-bit samples of 8 kHz, or a sound file, to their end; `text` is what a transcriber hears.

        Raises:
            Refused: the file can't be read.
        """
        samples = await sound_of(sound) if isinstance(sound, Path) else sound
        told = f"speaks for {len(samples) / RATE:.2f} s" + (f": {text}" if text else "")
        self.line.note("caller", told, text)
        if self.line.connected.words_begin:
            self.line.connected.words_begin()
        self.line.speaking += to_mulaw(samples)
        is_said = await self.line.until(lambda: not self.line.speaking)
        self.line.note("caller", "has spoken")
        if is_said and self.line.connected.words and text:
            self.line.connected.words(text)
        return is_said

    async def silence(self, seconds: float) -> bool:
        """Say nothing for so long."""
        return not await self.line.ended_or(seconds)

    async def press(self, digits: str) -> bool:
        """Press keys, a quarter of a second apart.

        Raises:
            Refused: there is no such key.
        """
        for digit in digits:
            if digit not in "0123456789*#ABCD":
                raise Refused(f"there is no key {digit!r}: press 0 to 9, A to D, * or #")
            self.line.note("caller", f"presses {digit}")
            if self.line.connected.digit:
                self.line.connected.digit(digit)
            await self.silence(0.25)
        return not self.line.ended.is_set()

    def hang_up(self) -> None:
        """Put the phone down."""
        self.line.note("caller", "hangs up")
        self.line.end()

    async def wait_for_speech(self, timeout_s: float = _PATIENCE_S) -> bool:
        """Wait until something is heard."""
        return await self.line.until(lambda: self.line.is_heard, timeout_s)

    async def wait_for_quiet(self, quiet_s: float = 0.6, timeout_s: float = _PATIENCE_S) -> bool:
        """Wait until nothing was heard for `quiet_s`."""
        return await self.line.until(lambda: self.line.quiet_s >= quiet_s, timeout_s)

    async def suffer(self, fault: str) -> None:
        """Let one of `FAULTS` happen now to the Media Stream, or one of `RELAY_FAULTS` to the relay.

        Raises:
            Refused: there is no such fault, or the call is connected to neither.
        """
        if self.stream is None and self.relay is None:
            raise Refused(f"the fault {fault!r} needs a Media Stream or a relay; the call has neither")
        self.line.note("carrier", f"fault {fault}")
        if self.stream is not None:
            await inflict(self.stream, fault)
        elif self.relay is not None:
            await inflict_on_relay(self.relay, fault)
