"""A telephone without sound: sentences take time to be heard, and a script does what the caller does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Literal

from channels.voice.telephone import (
    Call,
    Gone,
    Heard,
    Key,
    Partial,
    Said,
    Sentence,
    SpeechBegan,
    SpeechPaused,
    Utterance,
)
from core.errors import SpeechUnavailable

CALL = Call(id="CA1", tenant="default", caller="+15005550006", called="+15005550100", conversation_id="c1")
END_OF_TURN_S = 0.4
RECOGNISING_S = 0.1
VOICE_S = 0.1


@dataclass(slots=True)
class Playing:
    sentence: Sentence
    lasts_s: float
    played_s: float = 0.0
    since: float | None = None
    first_sound_at: float | None = None

    def said(self, now: float) -> Said:
        played = self.played_s + (now - self.since if self.since is not None else 0.0)
        share = min(played / self.lasts_s, 1.0)
        words = self.sentence.text.split()
        text = " ".join(words[: int(share * len(words))])
        return Said(sentence=self.sentence, share=share, text=text, first_sound_at=self.first_sound_at)


@dataclass(frozen=True, slots=True)
class Logged:
    at: float
    what: Literal["queued", "sounds", "heard", "held", "resumed", "hushed", "left"]
    text: str = ""


@dataclass(slots=True)
class ScriptedTelephone:
    """Keeps the `Telephone` protocol. What the desk does is in `log`, what it expects in `expected`."""

    call: Call = CALL
    log: list[Logged] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)
    expected: tuple[tuple[str, ...], str] = ((), "")
    expectations: int = 0
    has_voice: bool = True
    a_letter_s: float = 0.06
    is_gone: bool = False
    _heard: asyncio.Queue[Heard] = field(default_factory=asyncio.Queue)
    _queue: list[Playing] = field(default_factory=list)
    _done: list[Said] = field(default_factory=list)
    _is_held: bool = False
    _end: asyncio.TimerHandle | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    # What the desk does.

    async def hear(self) -> AsyncIterator[Heard]:
        while True:
            heard = await self._heard.get()
            yield heard
            if isinstance(heard, Gone):
                return

    def expect(self, *, hints: tuple[str, ...] = (), language: str = "") -> None:
        self.expected = (hints, language)
        self.expectations += 1
        self._changed.set()

    async def say(self, sentence: Sentence) -> None:
        if not self.has_voice:
            raise SpeechUnavailable("the voice is gone")
        await asyncio.sleep(0)
        lasts = VOICE_S + len(sentence.text) * self.a_letter_s / sentence.speed
        self._queue.append(Playing(sentence, lasts))
        self.sentences.append(sentence)
        self._note("queued", sentence.text)
        self._play()

    async def hush(self) -> list[Said]:
        await asyncio.sleep(0)
        self._pause()
        cut = [one.said(_now()) for one in self._queue if not one.sentence.is_protected]
        self._queue = [one for one in self._queue if one.sentence.is_protected]
        self._done += cut
        self._is_held = False
        self._note("hushed")
        self._play()
        return cut

    async def hold(self) -> None:
        assert not (self._queue and self._queue[0].sentence.is_protected), "held what is protected"
        self._pause()
        self._is_held = True
        self._note("held")

    async def resume(self) -> None:
        self._is_held = False
        self._note("resumed")
        self._play()

    async def said(self) -> list[Said]:
        while self._queue:
            await self._change()
        done, self._done = self._done, []
        return done

    @property
    def is_speaking(self) -> bool:
        return bool(self._queue)

    async def leave(self) -> None:
        while any(one.sentence.is_protected for one in self._queue):
            await self._change()
        self._note("left")
        self.hangs_up("left")

    # What the caller does.

    async def speaks(
        self,
        text: str,
        *,
        seconds: float | None = None,
        has_partials: bool = True,
        language: str = "",
        confidence: float | None = None,
    ) -> None:
        """Say something and wait until the desk has its words."""
        words = text.split()
        pace = (seconds if seconds is not None else 0.3 * max(len(words), 1)) / max(len(words), 1)
        self.begins()
        for count in range(len(words)):
            await asyncio.sleep(pace)
            if has_partials:
                self._heard.put_nowait(Partial(" ".join(words[: count + 1])))
        if not words:
            await asyncio.sleep(pace)
        quiet_at = _now()
        self._heard.put_nowait(SpeechPaused(quiet_at, text if has_partials else ""))
        await asyncio.sleep(END_OF_TURN_S)
        ended_at = _now()
        await asyncio.sleep(RECOGNISING_S)
        self._heard.put_nowait(
            Utterance(
                text=text,
                language=language,
                confidence=confidence,
                quiet_at=quiet_at,
                ended_at=ended_at,
                words_at=_now(),
            )
        )
        await asyncio.sleep(0)

    def begins(self) -> None:
        """Make a sound, and go on making it."""
        self._heard.put_nowait(SpeechBegan(_now()))

    def stops(self) -> None:
        """Make no more sound."""
        self._heard.put_nowait(SpeechPaused(_now()))

    async def coughs(self, seconds: float = 0.3) -> None:
        """Make a sound that is no word."""
        await self.speaks("", seconds=seconds)

    def presses(self, keys: str) -> None:
        for key in keys:
            self._heard.put_nowait(Key(key))

    def hangs_up(self, reason: str = "hung up") -> None:
        self.is_gone = True
        self._heard.put_nowait(Gone(reason))

    async def hears(self, words: str) -> None:
        """Wait until a sentence with these words has been heard whole, from now on."""
        await self._until("heard", words)

    async def hears_begin(self, words: str) -> None:
        """Wait until a sentence with these words begins to sound."""
        await self._until("sounds", words)

    async def hears_out(self) -> None:
        """Wait until the desk is silent."""
        while self._queue:
            await self._change()
        await asyncio.sleep(0.01)

    async def is_expected(self, times: int) -> None:
        """Wait until the desk has said so often what it expects: once as it begins, once with each answer."""
        while self.expectations < times:
            await self._change()

    # What a test looks at.

    @property
    def spoken(self) -> list[str]:
        """The sentences that began to sound, each once, in order."""
        return list(dict.fromkeys(one.text for one in self.log if one.what == "sounds"))

    def times(self, what: str, words: str = "") -> list[float]:
        return [one.at for one in self.log if one.what == what and words in one.text]

    async def _until(self, what: str, words: str) -> None:
        seen = len(self.log)
        if any(one.what == what and words in one.text and one.at == _now() for one in self.log[-2:]):
            return
        async with asyncio.timeout(600):
            while not any(one.what == what and words in one.text for one in self.log[seen:]):
                await self._change()

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def _note(self, what: str, text: str = "") -> None:
        self.log.append(Logged(_now(), what, text))  # type: ignore[arg-type]
        self._changed.set()

    def _play(self) -> None:
        if self._end is not None or self._is_held or not self._queue:
            self._changed.set()
            return
        playing = self._queue[0]
        playing.since = _now()
        if playing.first_sound_at is None:
            playing.first_sound_at = _now() + VOICE_S
        self._note("sounds", playing.sentence.text)
        left = playing.lasts_s - playing.played_s
        self._end = asyncio.get_running_loop().call_later(left, self._is_heard)

    def _pause(self) -> None:
        if self._end is None:
            return
        self._end.cancel()
        self._end = None
        playing = self._queue[0]
        playing.played_s += _now() - (playing.since or _now())
        playing.since = None

    def _is_heard(self) -> None:
        self._end = None
        playing = self._queue.pop(0)
        self._done.append(
            Said(
                sentence=playing.sentence,
                share=1.0,
                text=playing.sentence.text,
                first_sound_at=playing.first_sound_at,
            )
        )
        self._note("heard", playing.sentence.text)
        self._play()


def tasks_left() -> list[str]:
    """The tasks of this event loop besides the one that asks."""
    return [str(task) for task in asyncio.all_tasks() if task is not asyncio.current_task()]


def _now() -> float:
    return asyncio.get_running_loop().time()
