"""Whether somebody speaks, by how much louder it is than the line's own noise."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from channels.voice.sound import Samples

_BLOCK = 16
"""Frames of which the quietest is kept: half a second."""
_BLOCKS = 12
_FIRST_FLOOR_DB, _FIRST_FRAMES = -50.0, 47
_LOWEST_DB = -58.0
_MARGIN_DB = 12.0
_SPREAD_DB = 1.5


class EnergyActivity:
    """Follows the noise by its minimum over the last six seconds, as speech pauses more often than that.

    The way is that of R. Martin, "Noise power spectral density estimation based on optimal smoothing and
    minimum statistics" (2001), for the whole band at once. It takes any loud sound for speech.
    """

    def __init__(self) -> None:
        self._minima: deque[float] = deque(maxlen=_BLOCKS)
        self._quietest = math.inf
        self._count = 0

    def speech(self, frame: Samples) -> float:
        """How likely it is, from 0 to 1, that somebody speaks in the frame."""
        level = _level_db(frame)
        above = level - self._floor_db(level) - _MARGIN_DB
        return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, above / _SPREAD_DB))))

    def _floor_db(self, level: float) -> float:
        self._count += 1
        self._quietest = min(self._quietest, level)
        floor = min(self._quietest, *self._minima) if self._minima else self._quietest
        if self._count <= _FIRST_FRAMES:
            floor = min(floor, _FIRST_FLOOR_DB)
        if self._count % _BLOCK == 0:
            self._minima.append(self._quietest)
            self._quietest = math.inf
        return max(floor, _LOWEST_DB)


def _level_db(frame: Samples) -> float:
    """The level in dB below full scale, without the hum and rumble below the voice."""
    sound = frame.astype(np.float32) / 32768
    steep = sound[1:] - 0.95 * sound[:-1]
    power = float(np.mean(steep * steep)) if len(steep) else 0.0
    return 10 * math.log10(power + 1e-10)
