"""Moonshine (Moonshine AI), in a process of its own: its smallest English model comes within its package."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, cast

import numpy as np

from channels.voice.child_work import Request, Work, serve
from channels.voice.frames import Frame
from channels.voice.hallucinations import possible
from channels.voice.recogniser_work import heard
from channels.voice.sound import RATE, Samples
from channels.voice.whole_utterance import WholeUtterance, Words
from channels.voice.widened import WIDE_RATE, widened
from core.errors import Misconfigured

MODEL = "tiny-en"
_OF_SILENCE = "you"
"""What the model writes for a breath or the silence before a sentence. Nobody says only this to a desk."""


class _Line(Protocol):
    text: str


class _Transcript(Protocol):
    lines: list[_Line]


class _Transcriber(Protocol):
    """What is used of `moonshine_voice.transcriber.Transcriber`."""

    def transcribe_without_streaming(self, audio_data: list[float], sample_rate: int) -> _Transcript: ...


class Moonshine:
    """A model in memory, about 180 MB with its process; it hears English."""

    def __init__(self, transcriber: _Transcriber) -> None:
        self._transcriber = transcriber

    def words(self, samples: Samples, language: str) -> Words:
        """What was said; the model has no notion of how sure it is."""
        del language
        wave = widened(samples).astype(np.float32) / np.float32(32768)
        lines = self._transcriber.transcribe_without_streaming(wave.tolist(), WIDE_RATE).lines
        said = [line.text.strip() for line in lines]
        said = [text for text in said if text.lower().strip(" .,!?") != _OF_SILENCE]
        text = possible(" ".join(said), len(samples) / RATE)
        return Words(text=text, confidence=None, language="en", samples=len(samples))


def load(settings: dict[str, Any]) -> tuple[Work, dict[str, Any]]:
    """The work, with the model in memory and warm.

    Raises:
        Misconfigured: the package is not there, or is one without the model.
    """
    del settings
    moonshine = Moonshine(_transcriber())
    moonshine.words(np.zeros(RATE, np.int16), "en")

    def work(request: Request) -> Iterator[Frame | None]:
        return heard(request, WholeUtterance(moonshine.words, request.header["language"]))

    return work, {"languages": ["en"]}


def _transcriber() -> _Transcriber:
    try:
        from moonshine_voice.errors import MoonshineError  # noqa: PLC0415 - an extra, and heavy
        from moonshine_voice.moonshine_api import ModelArch  # noqa: PLC0415 - likewise
        from moonshine_voice.transcriber import Transcriber  # noqa: PLC0415 - likewise
        from moonshine_voice.utils import get_model_path  # noqa: PLC0415 - likewise
    except (ImportError, OSError) as error:
        raise Misconfigured(
            f"Moonshine is not installed, or not for this machine ({type(error).__name__}): "
            "pip install 'frontdesk[phone]'"
        ) from error
    folder = get_model_path(MODEL)
    try:
        return cast("_Transcriber", Transcriber(str(folder), ModelArch.TINY))
    except MoonshineError as error:
        raise Misconfigured(
            f"no Moonshine model in {folder} ({error}): pip install 'frontdesk[phone]' brings the release "
            "that holds one"
        ) from error


if __name__ == "__main__":
    serve(load)
