"""`Hearing`: what the caller's sounds and words do to the desk's own speaking, moment by moment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from channels.voice.interruption import cuts_in
from channels.voice.open_call import OpenCall
from channels.voice.telephone import Partial, SpeechBegan, SpeechPaused, Utterance
from channels.voice.timers import Timers

LOOK_AGAIN_S = 0.5


class Hearing:
    """Holds the desk's speech at the first sound; telling words cut it off, none let it go on.

    `cut_in` ends the reply that is on its way, and what is being said.
    """

    def __init__(self, open_call: OpenCall, timers: Timers, cut_in: Callable[[], Awaitable[None]]) -> None:
        self._open = open_call
        self._timers = timers
        self._cut_in = cut_in

    async def began(self, heard: SpeechBegan) -> None:
        """The caller makes a sound."""
        self._open.floor.take(heard.at)
        if not self._open.mouth.is_protected:
            await self._open.mouth.hold()
        self._timers.start("interruption", self._open.manners.false_interruption_s)

    async def partial(self, heard: Partial) -> None:
        """The words of an utterance that goes on."""
        await self._words(heard.text)

    async def paused(self, heard: SpeechPaused) -> None:
        """The caller is silent; whether it was all is not known yet."""
        self._open.floor.pause()
        await self._words(heard.text)
        self._timers.start("interruption", self._open.manners.false_interruption_s)

    async def go_on(self) -> None:
        """So long no word came: unless somebody still speaks, it was no interruption."""
        if self._open.floor.is_idle_sound(_now(), self._open.manners.noise_s):
            await self.give_floor()
        else:
            self._timers.start("interruption", LOOK_AGAIN_S)

    async def give_floor(self) -> None:
        """The desk may speak, and goes on with what was held."""
        self._timers.stop("interruption")
        self._open.floor.give()
        await self._open.mouth.resume()

    def is_meant(self, utterance: Utterance, *, was_speaking: bool) -> bool:
        """Whether an utterance wants an answer: not what a listener says while the desk speaks."""
        if not utterance.text.strip():
            return False
        words = self._open.manners.words_to_interrupt if was_speaking else 1
        is_asked = self._open.is_asked or (not was_speaking and self._open.has_asked_openly)
        return cuts_in(utterance.text, words=words, is_asked=is_asked)

    async def _words(self, text: str) -> None:
        if not text.strip():
            return
        now = _now()
        self._open.floor.words_at = now
        self._open.ladder.words(now)
        mouth = self._open.mouth
        if not mouth.is_speaking or mouth.is_protected or self._open.is_leaving:
            return
        if cuts_in(text, words=self._open.manners.words_to_interrupt, is_asked=self._open.is_asked):
            await self._cut_in()


def _now() -> float:
    return asyncio.get_running_loop().time()
