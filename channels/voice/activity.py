"""`VoiceActivity`: what hears whether a caller speaks, and the choice of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from channels.voice.energy_activity import EnergyActivity
from channels.voice.silero_activity import SileroActivity, silero_model, silero_paths
from channels.voice.sound import RATE, Samples

FRAME = 256
"""Samples that are judged at once: 32 ms."""
FRAME_S = FRAME / RATE


class VoiceActivity(Protocol):
    """Hears one caller; it remembers what came before."""

    def speech(self, frame: Samples) -> float:
        """How likely it is, from 0 to 1, that somebody speaks in the next `FRAME` samples."""


def voice_activity() -> Callable[[], VoiceActivity]:
    """What makes a `VoiceActivity` for each call: the silero model where it is installed, else the energy."""
    path = next(iter(silero_paths().values()), None)
    if path is None:
        return EnergyActivity
    model = silero_model(path)
    return lambda: SileroActivity(model)
