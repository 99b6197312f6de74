"""Whether a caller has finished, heard from the voice: the smart-turn model (BSD-2), where it is at hand."""

from __future__ import annotations

import asyncio
from importlib import import_module
from importlib.metadata import PackageNotFoundError, files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from channels.voice.sound import RATE, Samples
from core.errors import Misconfigured

_PACKAGE = "pipecat-ai"
_HEARD_S = 8
_MODEL_RATE = 16_000


def smart_turn_path() -> Path | None:
    """The model's file in the package that brings it; None where that is not installed."""
    try:
        listed = files(_PACKAGE) or []
    except PackageNotFoundError:
        return None
    named = (each for each in listed if each.name.startswith("smart-turn") and each.name.endswith("cpu.onnx"))
    return next((Path(str(each.locate())) for each in named), None)


class SmartTurn:
    """Smart-turn v3 on one thread: about 30 ms of work for a pause, beside the event loop."""

    def __init__(self, model: Path) -> None:
        """Load the model.

        Raises:
            Misconfigured: it is not there, is no such model, or faster-whisper is not installed.
        """
        if find_spec("faster_whisper") is None:
            raise Misconfigured("smart-turn needs faster-whisper: install frontdesk[speech]")
        import onnxruntime  # noqa: PLC0415 - heavy, and not every desk answers calls
        from onnxruntime.capi import onnxruntime_pybind11_state as faults  # noqa: PLC0415 - likewise

        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = options.intra_op_num_threads = 1
        options.log_severity_level = 4
        try:
            self._model: Any = onnxruntime.InferenceSession(
                str(model), options, providers=["CPUExecutionProvider"]
            )
        except (faults.Fail, faults.NoSuchFile, faults.InvalidProtobuf, faults.InvalidGraph) as error:
            raise Misconfigured(
                f"can't load the smart-turn model {model} ({type(error).__name__})"
            ) from error
        features: Any = import_module("faster_whisper.feature_extractor")
        self._features = features.FeatureExtractor(chunk_length=_HEARD_S)

    async def is_over(self, samples: Samples) -> float:
        """How likely it is, from 0 to 1, that the caller has finished; the last 8 s of the turn count."""
        return await asyncio.to_thread(self._likelihood, samples)

    def _likelihood(self, samples: Samples) -> float:
        from scipy.signal import resample_poly  # noqa: PLC0415 - heavy

        heard = samples[-_HEARD_S * RATE :].astype(np.float32) / 32768
        sound = resample_poly(heard, _MODEL_RATE // RATE, 1) if len(heard) else heard
        sound = np.pad(sound, (_HEARD_S * _MODEL_RATE - len(sound), 0)).astype(np.float32)
        sound = (sound - sound.mean()) / np.sqrt(sound.var() + 1e-7)
        features = self._features(sound, padding=0)[None].astype(np.float32)
        return float(self._model.run(None, {"input_features": features})[0].reshape(-1)[0])
