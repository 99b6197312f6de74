"""The ear of a call: sound becomes speech that begins, pauses and ends, and its words."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from channels.voice.activity import FRAME, FRAME_S, VoiceActivity
from channels.voice.line_clock import LineClock
from channels.voice.listening import Listening
from channels.voice.recogniser import Recogniser
from channels.voice.sound import RATE, Samples, from_mulaw
from channels.voice.speech_edges import Edge, EdgeOptions, SpeechEdges
from channels.voice.telephone import Heard, Key, Partial, SpeechBegan, SpeechPaused, Utterance
from channels.voice.turn_end import TurnModel, TurnWaits, silence_s

KEYS = frozenset("0123456789*#")


@dataclass(frozen=True, slots=True, kw_only=True)
class EarOptions:
    """How a caller is listened to."""

    edges: EdgeOptions = field(default_factory=EdgeOptions)
    waits: TurnWaits = field(default_factory=TurnWaits)
    before_s: float = 0.3
    """Seconds of sound before the speech that are recognised with it."""
    longest_s: float = 30.0
    """Seconds after which an utterance ends, whatever is heard."""
    partial_s: float = 0.8
    """Seconds between looks at the words while the caller speaks; 0 for none."""
    words_s: float = 10.0
    """Seconds that the words may take after the last sound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EarParts:
    """Whom the ear asks."""

    recogniser: Recogniser
    activity: VoiceActivity
    turn_model: TurnModel | None = None


Start = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]


class Ear:
    """Listens to one caller. `tell` is given what is heard; `start` runs a coroutine in the background."""

    def __init__(
        self, parts: EarParts, options: EarOptions, tell: Callable[[Heard], None], start: Start
    ) -> None:
        self._parts, self._options = parts, options
        self._tell, self._start = tell, start
        self._edges, self._clock = SpeechEdges(options.edges), LineClock()
        self._rest = np.empty(0, np.int16)
        self._done = 0
        self._before: deque[Samples] = deque(maxlen=_frames(options.before_s) + 4 * options.edges.begin)
        self._hints: tuple[str, ...] = ()
        self._language = ""
        self._listening: Listening | None = None
        self._open: set[Listening] = set()
        self._last: asyncio.Task[None] | None = None

    def expect(self, hints: tuple[str, ...], language: str) -> None:
        """What is likely to be said from the next utterance on, and in which language."""
        self._hints, self._language = hints, language

    def press(self, digit: str) -> None:
        """Take a key; what no telephone has is left out."""
        if digit in KEYS:
            self._tell(Key(digit))

    def take(self, mulaw: bytes) -> None:
        """Take sound of any length."""
        samples = from_mulaw(mulaw)
        self._clock.arrived(len(samples), self._now())
        sound = np.concatenate([self._rest, samples]) if len(self._rest) else samples
        whole = len(sound) // FRAME * FRAME
        for start in range(0, whole, FRAME):
            self._take_frame(sound[start : start + FRAME])
        self._rest = sound[whole:].copy()

    def close(self) -> None:
        """Forget what is being said."""
        for listening in self._open:
            listening.cancel()
        self._open.clear()
        self._listening = None

    def _take_frame(self, frame: Samples) -> None:
        self._done += FRAME
        self._before.append(frame)
        edge = self._edges.take(self._parts.activity.speech(frame))
        listening = self._listening
        if edge is Edge.BEGAN:
            self._begin()
        elif listening is not None:
            listening.feed(frame)
            self._follow(listening, edge)

    def _begin(self) -> None:
        listening = Listening(self._parts.recogniser, self._language, self._hints)
        self._listening = listening
        self._open.add(listening)
        count = min(len(self._before), self._edges.run + _frames(self._options.before_s))
        for frame in list(self._before)[len(self._before) - count :]:
            listening.feed(frame)
        listening.looked_s = listening.length_s
        self._tell(SpeechBegan(self._clock.at(self._done - self._edges.run * FRAME)))

    def _follow(self, listening: Listening, edge: Edge | None) -> None:
        if edge is Edge.PAUSED:
            listening.wait_s = self._options.waits.usual_s
            self._start(self._look_at_pause(listening, self._quiet_at()))
        elif edge is Edge.WENT_ON:
            listening.pause += 1
            self._tell(SpeechBegan(self._now()))
        is_over = self._edges.is_paused and self._edges.silent * FRAME_S >= listening.wait_s
        if is_over or listening.length_s >= self._options.longest_s:
            self._end(listening)
        elif not self._edges.is_paused and self._is_time_to_look(listening):
            listening.looked_s = listening.length_s
            self._start(self._look(listening))

    def _is_time_to_look(self, listening: Listening) -> bool:
        every_s = self._options.partial_s
        return bool(every_s) and not listening.is_asked and listening.length_s - listening.looked_s >= every_s

    def _end(self, listening: Listening) -> None:
        listening.is_over = True
        self._listening = None
        quiet_at = self._quiet_at()
        self._edges.close()
        self._before.clear()
        self._last = self._start(self._finish(listening, quiet_at, self._last))

    async def _look(self, listening: Listening) -> None:
        text = await listening.partial(self._options.words_s)
        if text and not listening.is_over and text != listening.text:
            listening.text = text
            self._tell(Partial(text))

    async def _look_at_pause(self, listening: Listening, quiet_at: float) -> None:
        pause = listening.pause
        text = await listening.partial(self._options.words_s)
        voice = None
        if self._parts.turn_model is not None and not listening.is_over:
            voice = await self._parts.turn_model.is_over(listening.sound())
        if listening.is_over or listening.pause != pause:
            return
        listening.text = text
        listening.wait_s = silence_s(text, self._language, self._options.waits, voice=voice)
        self._tell(SpeechPaused(quiet_at, text))

    async def _finish(self, listening: Listening, quiet_at: float, before: asyncio.Task[None] | None) -> None:
        ended_at = self._now()
        if before is not None and not before.done():
            await asyncio.wait({before})
        words = await listening.finish(self._options.words_s)
        self._open.discard(listening)
        self._tell(
            Utterance(
                text=words.text,
                language=words.language,
                confidence=words.confidence,
                quiet_at=quiet_at,
                ended_at=ended_at,
                words_at=self._now(),
            )
        )

    def _quiet_at(self) -> float:
        return self._clock.at(self._done - self._edges.silent * FRAME)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _frames(seconds: float) -> int:
    return round(seconds * RATE / FRAME)
