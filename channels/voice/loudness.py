"""Sound made fit for a telephone: at one level, without clipping, clicks, or silence at its beginning."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from channels.voice.sound import RATE, Samples

LEVEL = 0.1
"""The level of speech, as a share of full scale: -20 dBFS."""
CEILING = 0.89
"""No sample is above it: -1 dBFS."""
_KNEE = 0.5
_MOST_GAIN = 10.0
_FRAME = RATE // 50
_FAINT = 0.0316
"""A frame this far below the loudest one, 30 dB, is no speech."""
_SILENT = 64
"""Below this of 32767, -54 dBFS, nobody hears anything on a telephone."""
_LEAD_S, _FADE_S = 0.008, 0.004
_Signal = npt.NDArray[np.float64]


def speech_level(samples: Samples) -> float:
    """The root mean square of those 20-ms frames that hold speech, as a share of full scale; 0 without any.

    It is a plain stand-in for the active speech level of ITU-T P.56.
    """
    count = len(samples) // _FRAME
    if not count:
        return 0.0
    frames = samples[: count * _FRAME].reshape(count, _FRAME).astype(np.float64) / 32768
    power: _Signal = (frames**2).mean(axis=1)
    loudest = float(power.max())
    return float(np.sqrt(power[power >= loudest * _FAINT**2].mean())) if loudest > 0 else 0.0


def gain_for(samples: Samples) -> float:
    """What brings a voice that sounds like `samples` to `LEVEL`; 1 where they are silent."""
    level = speech_level(samples)
    return min(LEVEL / level, _MOST_GAIN) if level > 0 else 1.0


def amplified(samples: Samples, gain: float) -> Samples:
    """The samples times `gain`; peaks are rounded off below `CEILING` rather than cut.

    What stays under half of full scale is not changed in shape; above it follows a hyperbolic tangent.
    """
    signal = samples.astype(np.float64) * (gain / 32768)
    size = np.abs(signal)
    room = CEILING - _KNEE
    rounded = np.where(size > _KNEE, _KNEE + room * np.tanh((size - _KNEE) / room), size)
    made: Samples = np.rint(np.copysign(rounded, signal) * 32767).astype(np.int16)
    return made


def trimmed(samples: Samples) -> Samples:
    """The samples from just before the first that can be heard to just after the last, with soft ends."""
    heard = np.flatnonzero(np.abs(samples.astype(np.int32)) > _SILENT)
    if not len(heard):
        return samples[:0]
    lead = round(_LEAD_S * RATE)
    return faded(samples[max(0, heard[0] - lead) : heard[-1] + 1 + lead])


def faded(samples: Samples, seconds: float = _FADE_S) -> Samples:
    """The samples with a rise at the beginning and a fall at the end, so that no cut clicks."""
    length = min(round(seconds * RATE), len(samples) // 2)
    if not length:
        return samples
    rise = np.sin(np.linspace(0, np.pi / 2, length + 2)[1:-1]) ** 2
    made = samples.astype(np.float64)
    made[:length] *= rise
    made[-length:] *= rise[::-1]
    soft: Samples = np.rint(made).astype(np.int16)
    return soft
