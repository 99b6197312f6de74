"""faster-whisper (CTranslate2), in a process of its own."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from channels.voice.child_work import Request, Work, serve
from channels.voice.frames import Frame
from channels.voice.hallucinations import Piece, believed, cleaned
from channels.voice.recogniser_work import heard
from channels.voice.sound import RATE, Samples
from channels.voice.whole_utterance import WholeUtterance, Words
from channels.voice.widened import widened
from core.errors import Misconfigured

_HINT_CHARACTERS = 400
Wave = npt.NDArray[np.float32]


class Whisper:
    """A model in memory. `languages` are those to choose from where a caller's is not known; empty: all."""

    def __init__(self, model: Any, languages: Sequence[str], *, beam: int, filters: bool) -> None:  # noqa: ANN401 - untyped
        self._model = model
        self.known: frozenset[str] = frozenset(model.supported_languages)
        self._choice = [code for code in languages if code in self.known]
        self._beam = beam
        self._filters = filters

    def words(self, samples: Samples, language: str, *, hints: str) -> Words:
        """What was said, but for what the model made up."""
        wave = widened(samples).astype(np.float32) / np.float32(32768)
        code = self.language(wave, language)
        segments, info = self._model.transcribe(
            wave,
            language=code,
            beam_size=self._beam,
            temperature=0.0,
            condition_on_previous_text=False,
            without_timestamps=True,
            hotwords=hints or None,
            vad_filter=self._filters,
            max_new_tokens=_most_tokens(len(samples) / RATE),
            log_prob_threshold=None,
            no_speech_threshold=None,
            compression_ratio_threshold=None,
        )
        pieces = [
            Piece(
                text=segment.text,
                no_speech=segment.no_speech_prob,
                log_probability=segment.avg_logprob,
                compression=segment.compression_ratio,
            )
            for segment in segments
        ]
        text, confidence = believed(pieces, len(samples) / RATE, hints)
        return Words(text=text, confidence=confidence, language=info.language, samples=len(samples))

    def language(self, wave: Wave, wanted: str) -> str:
        """The code to listen in: the wanted one where the model knows it, else what it sounds like."""
        if wanted in self.known:
            return wanted
        if len(self.known) == 1 or len(self._choice) == 1:
            return next(iter(self._choice or self.known))
        _, _, probabilities = self._model.detect_language(wave)
        by_code = dict(probabilities)
        return str(max(self._choice or by_code, key=lambda code: by_code.get(code, 0.0)))


def hint_line(hints: Sequence[str]) -> str:
    """Hints as the model takes them: a line of words, without signs that would mean something to it.

    >>> hint_line(["Juniper lamp", "<|endoftext|>", "gift  card"])
    'Juniper lamp, endoftext, gift card'
    """
    line = ""
    for hint in hints:
        words = " ".join(cleaned(hint.replace("<|", " ").replace("|>", " ")).split())
        longer = f"{line}, {words}" if line else words
        if words and len(longer) <= _HINT_CHARACTERS:
            line = longer
    return line


def _most_tokens(seconds: float) -> int:
    """More than anybody says in the time; a model that repeats itself stops there."""
    return min(220, 16 + math.ceil(10 * min(seconds, 30.0)))


def load(settings: dict[str, Any]) -> tuple[Work, dict[str, Any]]:
    """The work, with the model in memory and warm.

    Raises:
        Misconfigured: faster-whisper or the model is not there, or does not run on the device.
    """
    whisper = Whisper(
        _model(settings), settings["languages"], beam=settings["beam"], filters=settings["filters"]
    )
    whisper.words(np.zeros(RATE, np.int16), next(iter(whisper.known)), hints="")

    def work(request: Request) -> Iterator[Frame | None]:
        header = request.header
        listen = partial(whisper.words, hints=hint_line(header["hints"]))
        return heard(request, WholeUtterance(listen, header["language"]))

    return work, {"languages": sorted(whisper.known)}


def _model(settings: dict[str, Any]) -> Any:  # noqa: ANN401 - the library has no types
    name = settings["model"]
    try:
        import ctranslate2  # noqa: PLC0415 - an extra, and heavy
        from faster_whisper import WhisperModel  # noqa: PLC0415 - likewise
    except ImportError as error:
        raise Misconfigured("faster-whisper is not installed: pip install 'frontdesk[speech]'") from error
    device = settings["device"]
    if device == "auto":
        device = "cuda" if ctranslate2.get_cuda_device_count() else "cpu"
    compute = "int8" if device == "cpu" else "int8_float16"
    try:
        return WhisperModel(name, device=device, compute_type=compute, cpu_threads=settings["threads"])
    except (RuntimeError, OSError, ValueError) as error:
        where = "in that folder" if Path(name).is_dir() else "of that name, and no such folder"
        raise Misconfigured(
            f"no Whisper model {where} ({name!r}, on {device}): {_reason(error)}. Give a folder with "
            "model.bin, config.json and tokenizer.json, or fetch it first: "
            "hf download Systran/faster-whisper-small --local-dir FOLDER"
        ) from error


def _reason(error: Exception) -> str:
    """The first line of what a library says, cut to a readable length."""
    first = next(iter(str(error).splitlines()), "").strip(" .")
    return f"{type(error).__name__}, {first[:200]}" if first else type(error).__name__


if __name__ == "__main__":
    serve(load)
