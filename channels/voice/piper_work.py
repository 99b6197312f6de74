"""Piper as a voice; run in a child process only, because its code is under the GPL."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from channels.voice.child_work import Work, serve
from channels.voice.sound import Samples
from channels.voice.voice_work import speaking
from core.errors import Misconfigured


class Voices:
    """Piper voices, one a language, each an .onnx file with its .onnx.json beside it."""

    def __init__(self, models: Mapping[str, str], threads: int) -> None:
        self.languages = list(models)
        self._piper = _imported("piper")
        self._voices = {language: self._loaded(Path(path), threads) for language, path in models.items()}

    def make(self, clause: str, language: str, speed: float) -> Iterator[tuple[Samples, int]]:
        """The sound of the clause, sentence by sentence as Piper makes it."""
        voice = self._voices[language]
        manner = self._piper.SynthesisConfig(
            length_scale=voice.config.length_scale / speed, normalize_audio=False
        )
        for chunk in voice.synthesize(clause, manner):
            yield np.asarray(chunk.audio_int16_array, np.int16), chunk.sample_rate

    def _loaded(self, model: Path, threads: int) -> Any:  # noqa: ANN401 - Piper is not there to be checked
        runtime = _imported("onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        # Threads that spin between clauses take the cores from the calls.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            described = json.loads(Path(f"{model}.json").read_text(encoding="utf-8"))
            config = importlib.import_module("piper.config").PiperConfig.from_dict(described)
            session = runtime.InferenceSession(
                str(model), sess_options=options, providers=["CPUExecutionProvider"]
            )
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            reason = f"{type(error).__name__}: {str(error)[:200]}"
            raise Misconfigured(
                f"can't load the voice {model.name} ({reason}): "
                "give an .onnx file of Piper with its .onnx.json beside it"
            ) from error
        return self._piper.PiperVoice(session=session, config=config)


def load(settings: dict[str, Any]) -> tuple[Work, dict[str, Any]]:
    """The voices of the settings, loaded and tried.

    Raises:
        Misconfigured: Piper is not installed, or a voice can't be read.
    """
    voices = Voices(settings["voices"], int(settings.get("threads", 0)))
    return speaking(voices), {"languages": voices.languages}


def _imported(name: str) -> Any:  # noqa: ANN401 - a module that is not there to be checked
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Misconfigured("Piper is not installed: install the package piper-tts") from error


if __name__ == "__main__":
    serve(load)
