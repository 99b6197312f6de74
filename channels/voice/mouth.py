"""`Mouth`: what the desk says in a call, when it may, and how much of it was heard."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import anyio

from channels.voice.interruption import Floor
from channels.voice.telephone import Said, Sentence, Telephone
from channels.voice.transcript import Transcript
from core.sentences import sentences

SETTLING_S = 1.0
"""Longest wait for the line to tell how much was heard."""


@dataclass(frozen=True, slots=True)
class _Queued:
    sentence: Sentence
    line: int


class Mouth:
    """Says sentences one after the other while the floor is the desk's. `is_held` is a pause that may end."""

    def __init__(
        self, telephone: Telephone, transcript: Transcript, floor: Floor, on_quiet: Callable[[], None]
    ) -> None:
        self.language = ""
        self.speed = 1.0
        self.is_held = False
        self._telephone = telephone
        self._transcript = transcript
        self._floor = floor
        self._on_quiet = on_quiet
        self._numbers = itertools.count(1)
        self._queued: dict[str, _Queued] = {}
        self._said: dict[str, Said] = {}
        self._has_words = asyncio.Event()
        self._is_quiet = asyncio.Event()
        self._is_quiet.set()

    @property
    def is_speaking(self) -> bool:
        """Whether something is being said, or held back for a moment."""
        return bool(self._queued)

    @property
    def is_protected(self) -> bool:
        """Whether something is being said that can't be interrupted."""
        return any(one.sentence.is_protected for one in self._queued.values())

    async def say(
        self,
        text: str,
        *,
        kind: Literal["answer", "phrase"] = "phrase",
        is_protected: bool = False,
        language: str = "",
    ) -> list[str]:
        """Queue a text sentence by sentence, once the floor is the desk's; the sentences' ids.

        Raises:
            SpeechUnavailable: the voice is gone.
        """
        ids = []
        for start, end in sentences(text):
            if not is_protected:
                await self._floor.ours()
            sentence = Sentence(
                id=f"s{next(self._numbers)}",
                text=text[start:end],
                language=language or self.language,
                is_protected=is_protected,
                speed=self.speed,
            )
            line = self._transcript.desk(sentence.text, sentence.language, kind)
            self._queued[sentence.id] = _Queued(sentence, line)
            self._is_quiet.clear()
            try:
                await self._telephone.say(sentence)
            except BaseException:
                self._forget(sentence.id)
                raise
            ids.append(sentence.id)
            self._has_words.set()
        return ids

    async def follow(self) -> None:
        """Learn from the line what was heard, for as long as the call lasts."""
        while True:
            await self._has_words.wait()
            self._has_words.clear()
            asked_for = list(self._queued)
            self._settle(await self._telephone.said())
            for unreported in asked_for:
                self._forget(unreported)
            if self._queued:
                self._has_words.set()
            else:
                self._be_quiet()

    async def drained(self) -> None:
        """Wait until all was heard, or cut off."""
        await self._is_quiet.wait()

    async def hold(self) -> None:
        """Pause what is being said."""
        if not self.is_held and self._queued:
            self.is_held = True
            await self._telephone.hold()

    async def resume(self) -> None:
        """Go on after a pause."""
        if self.is_held:
            self.is_held = False
            await self._telephone.resume()

    async def hush(self) -> None:
        """Fall silent but for what is protected."""
        self.is_held = False
        self._settle(await self._telephone.hush())

    async def settled(self) -> None:
        """Wait until it is known how much was heard, but not for long."""
        if not self.is_protected:
            with anyio.move_on_after(SETTLING_S):
                await self._is_quiet.wait()

    def heard(self, ids: Sequence[str]) -> tuple[str, bool]:
        """What was heard of these sentences, up to the first gap, and whether that is all of them."""
        words: list[str] = []
        for each in ids:
            said = self._said.get(each)
            if said is None:
                return " ".join(words), False
            if said.share < 1:
                return " ".join([*words, said.text]).strip(), False
            words.append(said.sentence.text)
        return " ".join(words), True

    def first_sound_at(self, ids: Iterable[str]) -> float | None:
        """When the first of these sentences began to sound, by the event loop's clock."""
        known = (self._said[each].first_sound_at for each in ids if each in self._said)
        return next((at for at in known if at is not None), None)

    def _settle(self, said: Iterable[Said]) -> None:
        for one in said:
            before = self._said.get(one.sentence.id)
            if before is not None and before.share < 1:
                continue
            self._said[one.sentence.id] = one
            if queued := self._queued.pop(one.sentence.id, None):
                self._transcript.heard(queued.line, one.sentence.text if one.share >= 1 else one.text)

    def _forget(self, sentence_id: str) -> None:
        self._queued.pop(sentence_id, None)
        if not self._queued:
            self._be_quiet()

    def _be_quiet(self) -> None:
        if not self._is_quiet.is_set():
            self.is_held = False
            self._is_quiet.set()
            self._on_quiet()
