"""The line between a caller's phone and whatever the call is connected to, frame by frame."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from channels.simulators.call_microphone import Microphone
from channels.simulators.call_playout import Playout
from channels.simulators.call_recording import Moment, Recording
from channels.voice.sound import RATE, SILENT, Samples, is_loud

FrameTaker = Callable[[bytes, list[str]], None]
DigitTaker = Callable[[str], None]
WordTaker = Callable[[str], None]
Voice = Callable[[str, str], Awaitable[Samples]]
"""Says a text in a language, as two letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineQuality:
    """How the sound travels."""

    frame_ms: int = 20
    """Length of a frame; Twilio sends 20, and does not promise it."""
    jitter_s: float = 0.0
    """By how much at most a frame comes late."""
    seed: int = 0


@dataclass(slots=True)
class Connected:
    """What takes the caller's sound, digits and words now; nothing, where nothing is connected."""

    frame: FrameTaker | None = None
    digit: DigitTaker | None = None
    words_begin: Callable[[], None] | None = None
    words: WordTaker | None = None


@dataclass(slots=True, eq=False)
class _Watch:
    is_met: Callable[[], bool]
    came: asyncio.Future[bool] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Line:
    """A call's sound in both directions, paced by the event loop's clock."""

    def __init__(self, quality: LineQuality | None = None) -> None:
        self.quality = quality or LineQuality()
        self.playout = Playout()
        self.recording = Recording()
        self.connected = Connected()
        self.ended = asyncio.Event()
        self.speaking = bytearray()
        """What the caller has yet to say, µ-law; it goes before what comes from the microphone."""
        self.microphone = Microphone()
        """What the caller says now, as it comes."""
        self.voice: Voice | None = None
        """Says what the carrier and its relay say; where there is none, a tone or silence stands for it."""
        self.hearers: list[Callable[[bytes], None]] = []
        """Who is given each frame that the caller hears, µ-law."""
        self.watchers: list[Callable[[Moment], None]] = []
        """Who is told of each moment as it comes."""
        self.is_heard = False
        """Whether the caller hears something in this frame."""
        self.quiet_s = 0.0
        """For how long the caller has heard nothing."""
        self._began = asyncio.get_running_loop().time()
        self._watches: list[_Watch] = []

    @property
    def now_s(self) -> float:
        """Seconds since the call was placed."""
        return asyncio.get_running_loop().time() - self._began

    def note(self, who: str, what: str, words: str = "") -> None:
        """Put a moment into the timeline; `words` are what was said in it, where that is known."""
        moment = Moment(at_s=self.now_s, who=who, what=what, words=words)
        self.recording.moments.append(moment)
        for watcher in self.watchers:
            watcher(moment)

    async def run(self) -> None:
        """Carry a frame each way every `frame_ms` until the line is ended."""
        loop = asyncio.get_running_loop()
        chance = random.Random(self.quality.seed)  # noqa: S311 - no secret
        length_s, size = self.quality.frame_ms / 1000, RATE * self.quality.frame_ms // 1000
        began, count = loop.time(), 0
        while not self.ended.is_set():
            count += 1
            due = began + count * length_s + chance.random() * self.quality.jitter_s
            await asyncio.sleep(max(0.0, due - loop.time()))
            self._carry(size, length_s)

    def end(self) -> None:
        """Cut the line: whoever waits on it goes on."""
        self.ended.set()
        for watch in self._watches:
            if not watch.came.done():
                watch.came.set_result(False)
        self._watches.clear()

    async def ended_or(self, seconds: float) -> bool:
        """Wait `seconds`, or until the line ends; whether it has ended. It needs no frames."""
        try:
            async with asyncio.timeout(seconds):
                return await self.ended.wait()
        except TimeoutError:
            return False

    async def until(self, is_met: Callable[[], bool], timeout_s: float | None = None) -> bool:
        """Wait until `is_met`, looked at after every frame; False where the line ends or time is up."""
        if self.ended.is_set():
            return False
        watch = _Watch(is_met)
        self._watches.append(watch)
        try:
            async with asyncio.timeout(timeout_s):
                return await watch.came
        except TimeoutError:
            return False
        finally:
            if watch in self._watches:
                self._watches.remove(watch)

    def _carry(self, size: int, length_s: float) -> None:
        if self.ended.is_set():
            return
        live = self.microphone.take(size)
        said = bytes(self.speaking[:size]).ljust(size, SILENT) if self.speaking else live
        del self.speaking[:size]
        heard, marks = self.playout.play(size)
        self.recording.caller += said
        self.recording.desk += heard
        for hearer in self.hearers:
            hearer(heard)
        self.is_heard = is_loud(heard)
        self.quiet_s = 0.0 if self.is_heard else self.quiet_s + length_s
        if self.connected.frame:
            self.connected.frame(said, marks)
        for watch in [each for each in self._watches if each.is_met()]:
            if not watch.came.done():
                watch.came.set_result(True)
            self._watches.remove(watch)
