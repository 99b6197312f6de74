"""How many calls one process carries: `python -m tests.bench.calls_per_core [--silero] [CALLS ...]`.

Each call is a Media Stream in memory: its messages are read and written as JSON, its sound is judged, its
turns are ended and answered, and the answers are paced; the WebSocket's own framing and the models are left
out. For each number of calls it prints what a call's second costs of a core, and how long after the caller's
last sound the answer began, beyond the waits that are set.

The clock is that of one core that does nothing else: it goes with the CPU time of the work, and jumps where
there is none. So other work on the machine changes little.
"""

import argparse
import asyncio
import base64
import json
import selectors
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from channels.phone.media_stream import MediaStream
from channels.voice.activity import VoiceActivity, voice_activity
from channels.voice.ear import EarParts
from channels.voice.energy_activity import EnergyActivity
from channels.voice.sound import RATE, Samples, to_mulaw, tone
from channels.voice.sound_telephone import SoundTelephone
from channels.voice.telephone import Call, Utterance
from tests.fakes.scripted_speech import ScriptedRecogniser, ScriptedSpeaker
from tests.fakes.sound_desk import sentence

WORDS_S, VOICE_S, WAIT_S = 0.2, 0.1, 0.5
SPEECH_S, TURN_S, TURNS = 1.0, 5.0, 3
SID = "MZ" + "0" * 32
START = {
    "event": "start",
    "streamSid": SID,
    "start": {
        "streamSid": SID,
        "callSid": "CA1",
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": RATE, "channels": 1},
    },
}


class _Selector(selectors.DefaultSelector):  # type: ignore[misc, valid-type, unused-ignore]
    """Never waits: what would be waited is skipped."""

    skipped_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout:
            self.skipped_s += timeout
        return ready


class CoreLoop(asyncio.SelectorEventLoop):
    """An event loop by the clock of a core of its own."""

    def __init__(self) -> None:
        self._skipping = _Selector()
        super().__init__(self._skipping)

    def time(self) -> float:
        return self._skipping.skipped_s + time.thread_time()


class ToneHeardBySilero:
    """Costs what the silero model costs, which takes no tone for speech; the energy decides."""

    def __init__(self) -> None:
        self._silero, self._energy = voice_activity()(), EnergyActivity()

    def speech(self, frame: Samples) -> float:
        self._silero.speech(frame)
        return self._energy.speech(frame)


class Carrier:
    """One caller, in the core's time: speaks for a second every five, and hears when the answer begins."""

    def __init__(self, start_at: float) -> None:
        sound = np.zeros(round(TURN_S * RATE), np.int16)
        sound[RATE : 2 * RATE] = tone(SPEECH_S)
        mulaw = to_mulaw(sound)
        self.frames = [self._message(mulaw[at : at + 160]) for at in range(0, len(mulaw), 160)]
        self.start_at, self.count = start_at, -1
        self.overheads: list[float] = []
        self.is_awaited = False

    async def receive(self) -> dict[str, Any]:
        self.count += 1
        if self.count == 0:
            return {"type": "websocket.receive", "text": json.dumps(START)}
        if self.count > TURNS * len(self.frames):
            return {"type": "websocket.disconnect", "code": 1000}
        due = self.start_at + self.count * 0.02
        await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
        at = self.count % len(self.frames)
        self.is_awaited = self.is_awaited or at == 100
        return {"type": "websocket.receive", "text": self.frames[at]}

    async def send_text(self, text: str) -> None:
        if self.is_awaited and '"media"' in text:
            self.is_awaited = False
            turn_at = self.start_at + self.count // len(self.frames) * TURN_S
            late_s = asyncio.get_running_loop().time() - turn_at - 1.0 - SPEECH_S
            self.overheads.append(late_s - WAIT_S - WORDS_S - VOICE_S)

    async def close(self) -> None:
        """Nothing is held."""

    @staticmethod
    def _message(sound: bytes) -> str:
        media = {
            "track": "inbound",
            "chunk": "1",
            "timestamp": "5",
            "payload": base64.b64encode(sound).decode(),
        }
        return json.dumps({"event": "media", "sequenceNumber": "4", "media": media, "streamSid": SID})


async def one_call(start_at: float, make: Callable[[], VoiceActivity]) -> list[float]:
    carrier = Carrier(start_at)
    stream = MediaStream(carrier)  # type: ignore[arg-type]
    await stream.begin()
    recogniser = ScriptedRecogniser(["My lamp has not come yet"] * TURNS, delay_s=WORDS_S, words_per_s=9)
    parts = EarParts(recogniser=recogniser, activity=make())
    call = Call(id="CA1", tenant="t", caller="", called="", conversation_id="")
    async with SoundTelephone(call, stream, parts, ScriptedSpeaker(delay_s=VOICE_S)) as telephone:
        async for each in telephone.hear():
            if isinstance(each, Utterance):
                await telephone.say(sentence("It is on its way to your house."))
    return carrier.overheads


async def many_calls(count: int, make: Callable[[], VoiceActivity]) -> list[float]:
    now = asyncio.get_running_loop().time()
    calls = [one_call(now + TURN_S * number / count, make) for number in range(count)]
    return [each for overheads in await asyncio.gather(*calls) for each in overheads]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--silero", action="store_true")
    parser.add_argument("calls", nargs="*", type=int, default=[1, 25, 50, 100, 150, 200])
    arguments = parser.parse_args()
    make = ToneHeardBySilero if arguments.silero else EnergyActivity
    for count in arguments.calls:
        cpu = time.process_time()
        with asyncio.Runner(loop_factory=CoreLoop) as runner:
            overheads = runner.run(many_calls(count, make))
        spent = (time.process_time() - cpu) / (count * TURN_S * TURNS)
        p50, p95 = np.percentile(overheads, [50, 95]) * 1000
        print(f"{count:4d} calls: {spent * 100:.2f} % of a core each; p50 {p50:.0f} ms, p95 {p95:.0f} ms")


if __name__ == "__main__":
    main()
