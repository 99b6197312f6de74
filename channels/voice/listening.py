"""`Listening`: one utterance with whoever recognises it, for whom it is no misfortune to be gone."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

import numpy as np

from channels.voice.recogniser import Recogniser, Recognition, Transcript
from channels.voice.sound import RATE, Samples
from core.errors import SpeechUnavailable

_KEPT_S = 8.0


class Listening:
    """An utterance under way. A recogniser that fails or is too slow gives no words, and nothing else.

    It is asked one thing at a time. `finish` or `cancel` is called in any case.
    """

    def __init__(self, recogniser: Recogniser, language: str, hints: Sequence[str]) -> None:
        self._recognition: Recognition | None
        try:
            self._recognition = recogniser.begin(language=language, hints=hints)
        except SpeechUnavailable:
            self._recognition = None
        self._asking = asyncio.Lock()
        self._frames: deque[Samples] = deque()
        self._kept = self._samples = 0
        self.text = ""
        """The words so far, as they were told last."""
        self.wait_s = 0.0
        """The silence that ends it."""
        self.looked_s = 0.0
        """Its length when the words were looked at last."""
        self.pause = 0
        """How many pauses are over."""
        self.is_over = False

    @property
    def length_s(self) -> float:
        """Its length in seconds so far."""
        return self._samples / RATE

    @property
    def is_asked(self) -> bool:
        """Whether the recogniser is being asked for something."""
        return self._asking.locked()

    def sound(self) -> Samples:
        """Its last seconds."""
        return np.concatenate(list(self._frames)) if self._frames else np.empty(0, np.int16)

    def feed(self, samples: Samples) -> None:
        """Take more sound."""
        self._samples += len(samples)
        self._frames.append(samples)
        self._kept += len(samples)
        while self._kept > _KEPT_S * RATE:
            self._kept -= len(self._frames.popleft())
        if self._recognition is not None:
            try:
                self._recognition.feed(samples)
            except SpeechUnavailable:
                self.cancel()

    async def partial(self, patience_s: float) -> str:
        """The words so far; empty where they can't be told."""
        if self._recognition is None:
            return ""
        try:
            async with asyncio.timeout(patience_s), self._asking:
                return await self._recognition.partial()
        except (SpeechUnavailable, TimeoutError):
            return ""

    async def finish(self, patience_s: float) -> Transcript:
        """The words; empty where nobody can tell them."""
        recognition = self._recognition
        if recognition is None:
            return Transcript(text="")
        try:
            async with asyncio.timeout(patience_s), self._asking:
                transcript = await recognition.finish()
        except (SpeechUnavailable, TimeoutError):
            recognition.cancel()
            return Transcript(text="")
        except asyncio.CancelledError:
            recognition.cancel()
            raise
        return transcript

    def cancel(self) -> None:
        """Forget it."""
        recognition, self._recognition = self._recognition, None
        if recognition is not None:
            recognition.cancel()
