"""Making the sound of sentences, one after the other; what is dropped meanwhile is broken off at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable

from channels.voice.speaker import Speaker
from channels.voice.speech import Speech
from core.errors import SpeechUnavailable
from core.spoken_text import spoken


class Voicing:
    """The sentence whose sound is made now."""

    def __init__(self, speaker: Speaker, patience_s: float, changed: Callable[[], None]) -> None:
        self._speaker, self._patience_s, self._changed = speaker, patience_s, changed
        self._speech: Speech | None = None
        self._task: asyncio.Task[SpeechUnavailable | None] | None = None

    async def make(self, speech: Speech) -> SpeechUnavailable | None:
        """Make the sound of a sentence, or as much as is wanted; what went wrong with the voice."""
        async with asyncio.TaskGroup() as group:
            self._speech, self._task = speech, group.create_task(self._make(speech))
        task, self._speech, self._task = self._task, None, None
        return None if task.cancelled() else task.result()

    def stop_unless(self, wanted: Callable[[Speech], bool]) -> None:
        """Break off, if what is made now is not wanted any more."""
        if self._speech is not None and self._task is not None and not wanted(self._speech):
            self._task.cancel()

    async def _make(self, speech: Speech) -> SpeechUnavailable | None:
        sentence = speech.sentence
        text = spoken(sentence.text, sentence.language)
        trouble = None
        if text.strip():
            pieces = self._speaker.speak(text, language=sentence.language, speed=sentence.speed)
            try:
                await self._collect(speech, pieces)
            except SpeechUnavailable as error:
                trouble, speech.is_broken = error, True
            except TimeoutError:
                trouble = SpeechUnavailable(f"the voice made no sound for {self._patience_s:g} s")
                speech.is_broken = True
            finally:
                if isinstance(pieces, AsyncGenerator):
                    await pieces.aclose()
        speech.is_made = True
        self._changed()
        return trouble

    async def _collect(self, speech: Speech, pieces: AsyncIterator[bytes]) -> None:
        while True:
            async with asyncio.timeout(self._patience_s):
                piece = await anext(pieces, None)
            if piece is None:
                return
            speech.sound += piece
            self._changed()
