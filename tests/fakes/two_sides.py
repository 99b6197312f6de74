"""The stereo file of a call, measured: where each side is heard, and how loud. Levels are in dBFS."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from channels.voice.sound import RATE, Samples

FRAME_S = 0.02
FAINT = -55.0
"""What is below this is silence."""
_NOTHING = -120.0


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One channel."""

    samples: Samples

    @property
    def peak(self) -> float:
        """The level of its loudest sample; 0 is full scale."""
        return _decibels(float(np.abs(self.samples.astype(np.int32)).max(initial=0)))

    def level(self, start_s: float = 0, end_s: float | None = None) -> float:
        """The root mean square of a stretch."""
        part = self.samples[round(start_s * RATE) : None if end_s is None else round(end_s * RATE)]
        return _decibels(float(np.sqrt(np.mean(part.astype(np.float64) ** 2)))) if len(part) else _NOTHING

    def heard_s(self) -> float:
        """For how long something is heard."""
        return float(self._is_loud().sum() * FRAME_S)

    def spans(self, gap_s: float = 0.4) -> list[tuple[float, float]]:
        """Where something is heard, in seconds; silences shorter than `gap_s` belong to it."""
        found: list[tuple[float, float]] = []
        for at in np.flatnonzero(self._is_loud()) * FRAME_S:
            if found and at - found[-1][1] < gap_s:
                found[-1] = (found[-1][0], at + FRAME_S)
            else:
                found.append((at, at + FRAME_S))
        return found

    def _is_loud(self) -> np.ndarray:
        size = round(FRAME_S * RATE)
        frames = self.samples[: len(self.samples) // size * size].reshape(-1, size).astype(np.float64)
        loudness = np.sqrt(np.mean(frames**2, axis=1))
        return np.asarray(loudness > 32768 * 10 ** (FAINT / 20))


def two_sides(file: Path) -> tuple[Side, Side]:
    """The caller, and what the caller heard."""
    with wave.open(str(file), "rb") as sound:
        assert (sound.getnchannels(), sound.getframerate(), sound.getsampwidth()) == (2, RATE, 2)
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").reshape(-1, 2)
    return Side(samples[:, 0]), Side(samples[:, 1])


def _decibels(size: float) -> float:
    return float(20 * np.log10(size / 32768)) if size else _NOTHING
