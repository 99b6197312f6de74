"""Whether somebody speaks, by the silero model (MIT) that comes with faster-whisper."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from channels.voice.sound import Samples

_PACKAGE, _FILE = "faster-whisper", "silero_vad_v6.onnx"
_CONTEXT, _STATE = 64, (1, 1, 128)
_TAPS = 16
Floats = npt.NDArray[np.float32]


def silero_path() -> Path | None:
    """Where the model's file is; None where its package is not installed."""
    try:
        listed = files(_PACKAGE) or []
    except PackageNotFoundError:
        return None
    paths = (Path(str(each.locate())) for each in listed if each.name == _FILE)
    return next((path for path in paths if path.is_file()), None)


@cache
def silero_model() -> Any | None:  # noqa: ANN401 - onnxruntime has no types
    """The model, loaded once for all calls, to run in one thread; None where it is not installed."""
    path = silero_path()
    if path is None:
        return None
    import onnxruntime  # noqa: PLC0415 - heavy, and not every desk answers calls

    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


@cache
def _between() -> Floats:
    """The filter that gives the sample half-way between two: a sinc under a Hann window."""
    at = np.arange(_TAPS) - _TAPS / 2 + 0.5
    shape = np.sinc(at) * (0.5 + 0.5 * np.cos(np.pi * at / (_TAPS / 2)))
    taps: Floats = (shape / shape.sum()).astype(np.float32)
    return taps


class SileroActivity:
    """Hears one caller: 32 ms of 8 kHz at a time, about 0.1 ms of work each.

    The model wants 16 kHz, so a sample is put between each two; that costs 1 ms of lag.
    """

    def __init__(self, model: Any) -> None:  # noqa: ANN401 - onnxruntime has no types
        self._model = model
        self._h = np.zeros(_STATE, np.float32)
        self._c = np.zeros(_STATE, np.float32)
        self._context = np.zeros(_CONTEXT, np.float32)
        self._before = np.zeros(_TAPS - 1, np.float32)

    def speech(self, frame: Samples) -> float:
        """How likely it is, from 0 to 1, that somebody speaks in the 256 samples."""
        sound = np.concatenate([self._before, frame.astype(np.float32) / 32768])
        self._before = sound[-(_TAPS - 1) :]
        twice = np.empty(2 * len(frame), np.float32)
        twice[0::2] = sound[_TAPS // 2 - 1 : _TAPS // 2 - 1 + len(frame)]
        twice[1::2] = np.convolve(sound, _between(), "valid")
        given = np.concatenate([self._context, twice])[None]
        self._context = twice[-_CONTEXT:]
        found, self._h, self._c = self._model.run(None, {"input": given, "h": self._h, "c": self._c})
        return float(found.reshape(-1)[0])
