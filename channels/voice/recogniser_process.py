"""`RecogniserProcess`: a recogniser in child processes: neither its crashes nor its work are the desk's.

What a caller said is kept until it is recognised: a child that dies costs time, not words.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from channels.voice.child import Child, ChildLimits
from channels.voice.exchange import Exchange
from channels.voice.recogniser import Recognition, Transcript
from channels.voice.sound import RATE, Samples
from core.errors import SpeechUnavailable

logger = logging.getLogger(__name__)

_SECOND = 2 * RATE
"""A second of sound in bytes."""
STEP = _SECOND // 5
"""Sound goes to the child in pieces of at least 0.2 s."""
FRAME = _SECOND // 20
LOUD = 60
"""A twentieth of a second whose mean amplitude is above this (of 32767) is more than a line's noise."""


PAUSE, PAUSE_S = 0.03, 0.2
"""Sound is a pause where it is below this share of the loudest moment, for so many seconds."""
_PATIENT = ChildLimits(start_s=600.0, silence_s=30.0, patience_s=10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecogniserLimits:
    """What bounds the work, in seconds.

    Of an utterance, the first `longest_s` are heard. A partial is made again after `partial_s` of new sound
    and a rest as long as the last one took; or at once in a pause, if something was said before it. `child`
    are the process's own limits.
    """

    longest_s: float = 60.0
    partial_s: float = 0.5
    child: ChildLimits = _PATIENT


class _Ear:
    """A child, and what it is at."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.utterances = 0
        self.finals = 0
        self.has_partial = False

    @property
    def is_free_for_partial(self) -> bool:
        """Whether nobody would wait longer for a transcript because of one more partial."""
        return not self.has_partial and not self.finals


class RecogniserProcess:
    """Recognises with `module`, which serves `heard`, in one or more processes; settings go to each."""

    def __init__(
        self,
        name: str,
        module: str,
        settings: Mapping[str, Any],
        *,
        languages: frozenset[str] = frozenset(),
        processes: int = 1,
        limits: RecogniserLimits | None = None,
    ) -> None:
        self.name = name
        self.languages = languages
        self._limits = limits or RecogniserLimits()
        self._ears = [
            _Ear(Child(module, settings, name=name, limits=self._limits.child)) for _ in range(processes)
        ]

    @property
    def pids(self) -> list[int]:
        """The numbers of the processes that run."""
        return [ear.child.pid for ear in self._ears if ear.child.pid is not None]

    @property
    def underway(self) -> int:
        """How many utterances have sound in a child and no end yet; 0 once all calls are over."""
        return sum(ear.utterances for ear in self._ears)

    async def warm(self) -> None:
        """Load the model in every process.

        Raises:
            Misconfigured: the model is not there, or what it needs is not installed.
            SpeechUnavailable: a process did not start.
        """
        facts = await asyncio.gather(*(ear.child.warm() for ear in self._ears))
        self.languages = frozenset(facts[0]["languages"])

    def begin(self, *, language: str = "", hints: Sequence[str] = ()) -> Recognition:
        """A new utterance; it goes to the process that has least to do once there is sound of it."""
        return _Utterance(self._ears, self._limits, {"language": language, "hints": list(hints)})

    async def close(self) -> None:
        """End the processes; utterances that are underway fail."""
        await asyncio.gather(*(ear.child.close() for ear in self._ears))


class _Sound:
    """What was said so far: 16-bit samples, `longest` bytes at most. Places in it are in bytes."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._bytes = bytearray()
        self._looked_at = 0
        self._loudest = 0.0
        self.loud_until = 0
        """Where the last of it ends that was no pause."""

    def __len__(self) -> int:
        return len(self._bytes)

    def add(self, samples: Samples) -> None:
        self._bytes += samples.astype("<i2").tobytes()[: max(0, self._longest - len(self._bytes))]
        while len(self._bytes) - self._looked_at >= FRAME:
            frame = np.frombuffer(self.piece(self._looked_at, FRAME), "<i2").astype(np.int32)
            loudness = float(np.abs(frame).mean())
            self._loudest = max(self._loudest, loudness)
            self._looked_at += FRAME
            if loudness > max(LOUD, PAUSE * self._loudest):
                self.loud_until = self._looked_at

    @property
    def is_speech(self) -> bool:
        """Whether there was more than the noise of a line."""
        return self._loudest > LOUD

    def piece(self, start: int, length: int) -> bytes:
        return bytes(self._bytes[start : start + length])


@dataclass(slots=True)
class _Partials:
    """The last partial, and when the next one is worth its cost."""

    text: str = ""
    number: int = 0
    heard: int = 0
    not_before: float = 0.0


class _Utterance:
    """Sound on its way to a child, and words on their way back."""

    def __init__(self, ears: Sequence[_Ear], limits: RecogniserLimits, header: Mapping[str, Any]) -> None:
        self._ears = ears
        self._limits = limits
        self._header = header
        self._sound = _Sound(int(limits.longest_s * RATE) * 2)
        self._partials = _Partials()
        self._line: tuple[_Ear, Exchange] | None = None
        self._sent = 0
        self._one_at_a_time = asyncio.Lock()
        self._end = ""

    def feed(self, samples: Samples) -> None:
        if self._end:
            return
        self._sound.add(samples)
        if len(self._sound) - self._sent >= STEP and self._sound.is_speech:
            self._send_sound()

    async def partial(self) -> str:
        if self._end or self._one_at_a_time.locked() or not self._is_worth_a_partial():
            return self._partials.text
        async with self._one_at_a_time:
            ear, exchange = self._send_sound()
            ear.has_partial = True
            try:
                await self._ask_partial(exchange)
            except SpeechUnavailable as error:
                logger.debug("partial_lost", extra={"recogniser": ear.child.name, "reason": str(error)})
                self._let_go()
            finally:
                ear.has_partial = False
        return self._partials.text

    async def finish(self) -> Transcript:
        began = asyncio.get_running_loop().time()
        if self._end:
            raise SpeechUnavailable(f"this utterance was {self._end}: begin a new one")
        self._end = "finished"
        if not self._sound.is_speech:
            return Transcript(text="", language=str(self._header["language"]))
        ear, _ = self._send_sound()
        ear.finals += 1
        try:
            async with self._one_at_a_time:
                final = await self._final()
        finally:
            ear.finals -= 1
            self._let_go()
        took = asyncio.get_running_loop().time() - began
        return Transcript(
            text=final["text"],
            language=final.get("language", ""),
            confidence=final.get("confidence"),
            took_s=took,
        )

    def cancel(self) -> None:
        self._end = "cancelled"
        self._let_go()

    async def _final(self) -> dict[str, Any]:
        """Ask for the transcript; once more, with all the sound, where the child died of something."""
        _, exchange = self._send_sound()
        try:
            return await _ask_final(exchange)
        except SpeechUnavailable as error:
            if not exchange.was_lost:
                raise
            logger.warning("utterance_tried_again", extra={"reason": str(error)})
        self._let_go()
        _, exchange = self._send_sound(says=True)
        return await _ask_final(exchange)

    async def _ask_partial(self, exchange: Exchange) -> None:
        loop, partials = asyncio.get_running_loop(), self._partials
        began = loop.time()
        partials.number += 1
        partials.heard = len(self._sound)
        exchange.send({"do": "partial", "number": partials.number})
        async for frame in exchange:
            if frame.header.get("partial") == partials.number:
                partials.text = frame.header["text"]
                break
        partials.not_before = loop.time() + (loop.time() - began)

    def _is_worth_a_partial(self) -> bool:
        """Whether there is news, the child has rested since the last one, and no transcript waits for it.

        In a pause it may be the end, and the partial the transcript: then the child need not rest.
        """
        sound, partials = self._sound, self._partials
        if sound.loud_until <= partials.heard:
            return False
        is_pause = len(sound) - sound.loud_until >= PAUSE_S * _SECOND
        is_due = len(sound) - partials.heard >= self._limits.partial_s * _SECOND
        has_rested = asyncio.get_running_loop().time() >= partials.not_before
        return (is_pause or (is_due and has_rested)) and self._send_sound()[0].is_free_for_partial

    def _send_sound(self, *, says: bool = False) -> tuple[_Ear, Exchange]:
        """Hand a child what it does not have; `says` makes it tell that it lives after each second."""
        if self._line is None:
            ear = min(self._ears, key=lambda ear: ear.utterances)
            ear.utterances += 1
            self._line = ear, ear.child.begin(self._header)
        ear, exchange = self._line
        while piece := self._sound.piece(self._sent, _SECOND):
            exchange.send({"do": "sound", "says": says}, piece)
            self._sent += len(piece)
        return ear, exchange

    def _let_go(self) -> None:
        """Whatever a child has of it, it may forget; a further `_send_sound` starts from the beginning."""
        if self._line is not None:
            ear, exchange = self._line
            exchange.cancel()
            ear.utterances -= 1
        self._line, self._sent = None, 0


async def _ask_final(exchange: Exchange) -> dict[str, Any]:
    exchange.send({"do": "finish"})
    async for frame in exchange:
        if (final := frame.header.get("final")) is not None:
            return dict(final)
    raise SpeechUnavailable("an utterance was given up before its words were there")
