"""`WholeUtterance`: an utterance that is recognised as a whole, anew each time its words are asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from channels.voice.sound import RATE, Samples

LONGEST_PARTIAL_S = 25.0
"""Beyond this a partial would take more than one window of a model."""
SURE_OF_LANGUAGE_S = 3.0
_QUIET, _NOISE = 0.03, 60
"""Sound is silence where each twentieth of a second is below this share of the loudest, or this amplitude."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a model heard in the first `samples` of an utterance; `confidence` where it has a notion of it."""

    text: str
    confidence: float | None
    language: str
    samples: int


_NONE = Words(text="", confidence=None, language="", samples=0)


class WholeUtterance:
    """The child's side of an utterance, for a model that takes sound as a whole.

    `listen` gets all sound so far, 8 kHz, and the language's code, which may be empty. Words that are
    followed by silence only are the transcript; the model is not asked again.
    """

    def __init__(self, listen: Callable[[Samples, str], Words], language: str) -> None:
        self._model = listen
        self._language = language[:2].lower()
        self._pieces: list[Samples] = []
        self._words = _NONE

    def take(self, samples: Samples) -> None:
        """More sound, 8 kHz."""
        self._pieces.append(samples)

    def partial(self) -> str:
        """The words so far; those of the last time where the sound has grown too long."""
        samples = self._samples()
        if len(samples) <= LONGEST_PARTIAL_S * RATE:
            self._listen(samples)
        return self._words.text

    def finish(self) -> dict[str, Any]:
        """The words of all sound."""
        samples = self._samples()
        if not self._words.samples or not is_quiet_after(samples, self._words.samples):
            self._listen(samples)
        words = self._words
        return {"text": words.text, "language": words.language, "confidence": words.confidence}

    def close(self) -> None:
        """Forget the sound."""
        self._pieces.clear()

    def _listen(self, samples: Samples) -> None:
        self._words = self._model(samples, self._language)
        if len(samples) >= SURE_OF_LANGUAGE_S * RATE:
            self._language = self._words.language

    def _samples(self) -> Samples:
        self._pieces = [np.concatenate(self._pieces)] if self._pieces else []
        return self._pieces[0] if self._pieces else np.zeros(0, np.int16)


def is_quiet_after(samples: Samples, start: int) -> bool:
    """Whether nothing but silence comes after `start`, measured by the loudest moment before."""
    frame = RATE // 20
    cut = samples[: len(samples) // frame * frame].reshape(-1, frame).astype(np.int32)
    loudness = np.abs(cut).mean(axis=1)
    before, after = loudness[: start // frame], loudness[start // frame :]
    if not len(before) or not len(after):
        return bool(len(before))
    return float(after.max()) <= max(_NOISE, _QUIET * float(before.max()))
