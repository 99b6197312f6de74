"""What the desk says through ConversationRelay, sentence by sentence, and how far the caller heard it.

Twilio speaks what it has, and only the caller can stop it. So the desk sends a sentence shortly before the
one before it ends, as far as its own clock tells; what Twilio says of what was heard sets that right.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from channels.phone.relay_words import heard_until, word_start, words_heard
from channels.voice.telephone import Said, Sentence
from core.spoken_text import spoken

Send = Callable[[Mapping[str, Any]], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayPace:
    """How fast Twilio is taken to speak."""

    characters_per_s: float = 14.0
    ahead_s: float = 1.0
    """How long before the end of a sentence the next one is sent."""
    grace_s: float = 3.0
    """How late Twilio's word may come that a sentence was heard, where it gives such words."""
    resumes_after_s: float = 2.5
    """When speech goes on after an interruption that nobody made anything of."""


@dataclass(slots=True, eq=False)
class _Spoken:
    """A sentence: `at` is how much of its spoken text was heard; `begins` and `ends` while Twilio has it."""

    sentence: Sentence
    text: str
    at: int = 0
    begins: float | None = None
    ends: float = 0.0
    first_sound_at: float | None = None
    is_told: bool = False

    @property
    def rest(self) -> str:
        return self.text[self.at :]

    def said(self, heard: int) -> Said:
        share = heard / len(self.text) if self.text else 1.0
        text = words_heard(self.sentence.text, self.text, heard)
        return Said(
            sentence=self.sentence, share=min(1.0, share), text=text, first_sound_at=self.first_sound_at
        )


class RelayMouth:
    """Sentences on their way to the caller. `run` sends them while the call lasts."""

    def __init__(self, send: Send, locale: Callable[[str], str], pace: RelayPace | None = None) -> None:
        self._send, self._locale, self._pace = send, locale, pace or RelayPace()
        self._queue: list[_Spoken] = []
        self._done: list[Said] = []
        self._notes: deque[Mapping[str, Any]] = deque()
        self._until = 0.0
        self._proven = 0
        """Characters of what Twilio has now, joined by spaces, that it said were heard."""
        self._is_telling = self._is_held = self._is_closed = False
        self._cut_at: float | None = None
        self._changed, self._silent, self._unprotected = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._wake()

    @property
    def is_speaking(self) -> bool:
        """Whether something is heard, or will be in a moment."""
        if self._is_held or self._cut_at is not None:
            return any(each.begins is not None or each.sentence.is_protected for each in self._queue)
        return bool(self._queue)

    @property
    def is_protected(self) -> bool:
        """Whether a protected sentence is yet to be heard."""
        return any(each.sentence.is_protected for each in self._queue)

    def say(self, sentence: Sentence) -> None:
        """Queue a sentence; after the call's end it is not heard."""
        each = _Spoken(sentence, spoken(sentence.text, sentence.language))
        if self._is_closed:
            self._done.append(each.said(0))
            return
        self._queue.append(each)
        self._wake()

    def tell(self, message: Mapping[str, Any]) -> None:
        """Send another message, before the next sentence."""
        self._notes.append(message)
        self._wake()

    def hush(self) -> list[Said]:
        """Drop what is not protected; what Twilio has already will be heard, and counts so."""
        self._settle()
        kept, said = [], []
        for each in self._queue:
            if not each.sentence.is_protected and not each.is_told:
                said.append(each.said(each.at if each.begins is None else len(each.text)))
                each.is_told = True
            if each.sentence.is_protected or each.begins is not None:
                kept.append(each)
        self._queue = kept
        self._done += said
        self._go_on()
        return said

    def hold(self) -> None:
        """Send nothing more for now."""
        self._is_held = True
        self._wake()

    def resume(self) -> None:
        """Go on, from the beginning of a word that was cut."""
        for each in self._queue:
            if each.begins is None:
                each.at = word_start(each.text, each.at)
        self._go_on()

    def interrupted(self, heard: str) -> None:
        """Twilio fell silent because the caller cut in; `heard` are the last of the words that were heard."""
        self._settle()
        cut = [each for each in self._queue if each.begins is not None and not each.sentence.is_protected]
        now = _now()
        left = heard_until([each.rest for each in cut], heard, self._guess(cut, now))
        for each in cut:
            length = len(each.rest)
            each.begins = None
            each.at += max(0, min(left, length))
            left -= length + 1
            if each.at >= len(each.text):
                self._finish(each)
        self._until = max((each.ends for each in self._queue if each.begins is not None), default=now)
        self._proven = 0
        if self._queue:
            self._cut_at = now
        self._wake()

    def keep_waiting(self) -> None:
        """The caller goes on to speak: an interruption is no false one yet."""
        if self._cut_at is not None:
            self._cut_at = _now()

    def played(self, text: str) -> None:
        """Twilio says that these words were heard, since it last said so or from the beginning."""
        self._is_telling = True
        wired = [each for each in self._queue if each.begins is not None]
        texts = [each.rest for each in wired]
        self._proven = max(self._proven, heard_until(texts, text, self._proven + len(text)))
        for each in wired:
            length = len(each.rest)
            if self._proven < length:
                break
            self._proven = max(0, self._proven - length - 1)
            self._finish(each)
        self._wake()

    async def said(self) -> list[Said]:
        """Wait until nothing is left to be said; how far each sentence since the last call was heard."""
        await self._silent.wait()
        done, self._done = self._done, []
        return done

    async def protected_said(self) -> None:
        """Wait until nothing protected is left to be said."""
        await self._unprotected.wait()

    def close(self) -> None:
        """Be silent for good: whoever waits for `said` goes on."""
        self._settle()
        now = _now()
        self._is_closed = True
        self._done += [each.said(self._heard(each, now)) for each in self._queue if not each.is_told]
        self._queue.clear()
        self._wake()

    async def run(self) -> None:
        """Send each sentence at its time, until `close`."""
        while not self._is_closed:
            self._changed.clear()
            while self._notes:
                await self._send(self._notes.popleft())
            now = self._settle()
            waits = [each.ends + self._late_s - now for each in self._queue if each.begins is not None][:1]
            if self._cut_at is not None and not self._is_held:
                waits.append(self._cut_at + self._pace.resumes_after_s - now)
                if waits[-1] <= 0:
                    self.resume()
                    continue
            if (each := self._next()) is not None:
                waits.append(self._until - self._pace.ahead_s - now)
                if waits[-1] <= 0:
                    await self._speak(each, now)
                    continue
            try:
                async with asyncio.timeout(max(0.001, min(waits)) if waits else None):
                    await self._changed.wait()
            except TimeoutError:
                continue

    def _next(self) -> _Spoken | None:
        is_waiting = self._is_held or self._cut_at is not None
        unsent = (each for each in self._queue if each.begins is None)
        return next((each for each in unsent if each.sentence.is_protected or not is_waiting), None)

    async def _speak(self, each: _Spoken, now: float) -> None:
        each.begins = max(now, self._until)
        each.ends = self._until = each.begins + len(each.rest) / self._pace.characters_per_s
        each.first_sound_at = each.first_sound_at or now
        token = {
            "type": "text",
            "token": each.rest,
            "last": True,
            "interruptible": not each.sentence.is_protected,
            "preemptible": False,
        }
        locale = self._locale(each.sentence.language)
        await self._send(token | ({"lang": locale} if locale else {}))

    def _settle(self) -> float:
        """Take the sentences that were heard off the queue; the time."""
        now = _now()
        for each in list(self._queue):
            if each.begins is not None and now >= each.ends + self._late_s:
                self._proven = max(0, self._proven - len(each.rest) - 1)
                self._finish(each)
        return now

    @property
    def _late_s(self) -> float:
        return self._pace.grace_s if self._is_telling else 0.0

    def _finish(self, each: _Spoken) -> None:
        self._queue.remove(each)
        if not each.is_told:
            self._done.append(each.said(len(each.text)))
        self._wake()

    def _heard(self, each: _Spoken, now: float) -> int:
        if each.begins is None:
            return each.at
        spent = max(0.0, now - each.begins) * self._pace.characters_per_s
        return min(len(each.text), each.at + int(spent))

    def _guess(self, cut: list[_Spoken], now: float) -> int:
        passed = sum(len(each.rest) + 1 for each in cut if each.begins is not None and now >= each.ends)
        playing = next((each for each in cut if now < each.ends), None)
        return passed + (self._heard(playing, now) - playing.at if playing else 0)

    def _go_on(self) -> None:
        self._is_held, self._cut_at = False, None
        self._wake()

    def _wake(self) -> None:
        if self._queue:
            self._silent.clear()
        else:
            self._silent.set()
        if self.is_protected:
            self._unprotected.clear()
        else:
            self._unprotected.set()
        self._changed.set()


def _now() -> float:
    return asyncio.get_running_loop().time()
