"""A word in between while an answer takes its time: never over the caller, never twice in a row the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from channels.voice.interruption import Floor
from channels.voice.manners import Manners
from channels.voice.mouth import Mouth
from channels.voice.phone_phrases import FILLERS
from core.errors import SpeechUnavailable
from core.phrases import LANGUAGES


class Fillers:
    """The words in between of one call, in turn."""

    def __init__(self, mouth: Mouth, floor: Floor, manners: Manners) -> None:
        self._mouth = mouth
        self._floor = floor
        self._manners = manners
        self._next = 0

    @asynccontextmanager
    async def until_answered(self) -> AsyncIterator[Waiting]:
        """Speak up now and then while the block runs, until `Waiting.is_over` is called."""
        waiting = Waiting()
        task = asyncio.create_task(self._fill(waiting))
        waiting.task = task
        try:
            yield waiting
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def _fill(self, waiting: Waiting) -> None:
        await asyncio.sleep(self._manners.filler_after_s)
        while True:
            await self._floor.ours()
            if not self._mouth.is_speaking:
                words = FILLERS.get(self._mouth.language, FILLERS[LANGUAGES[0]])
                # Begun again only when all were said: the next is never the one before.
                text = words[self._next % len(words)]
                self._next += 1
                try:
                    await self._mouth.say(text)
                except SpeechUnavailable:
                    return
                waiting.was_filled = True
            await asyncio.sleep(self._manners.filler_again_s)


class Waiting:
    """A wait for an answer; `was_filled` tells whether something was said meanwhile."""

    def __init__(self) -> None:
        self.was_filled = False
        self.task: asyncio.Task[None] | None = None

    def is_over(self) -> None:
        """The answer is there."""
        if self.task is not None:
            self.task.cancel()
