"""Telephone sound at the 16 kHz that speech models were trained on."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from channels.voice.sound import Samples

WIDE_RATE = 16000
_REACH = 12
"""So many samples on either side of a gap decide what stands in it; they are the lag, 1.5 ms."""


@cache
def _weights() -> npt.NDArray[np.float64]:
    """What each neighbour counts halfway between two samples: a sinc in a Hann window."""
    at = np.arange(-_REACH, _REACH) + 0.5
    weights = np.sinc(at) * np.cos(np.pi * at / (2 * _REACH)) ** 2
    return np.asarray(weights / weights.sum(), np.float64)


class Widening:
    """Doubles the rate of a sound that comes in pieces: 8 kHz in, 16 kHz out.

    The lag is 12 samples of 8 kHz, 1.5 ms; `last` brings them out. `after_silence` puts as much silence
    before the sound, so that every piece comes out twice as long as it went in.
    """

    def __init__(self, *, after_silence: bool = False) -> None:
        self._left: Samples = np.zeros(2 * _REACH - 1 if after_silence else _REACH - 1, np.int16)

    def take(self, samples: Samples) -> Samples:
        """What can be told by now, two samples for each."""
        known = np.concatenate([self._left, samples])
        if len(known) < 2 * _REACH:
            self._left = known
            return np.zeros(0, np.int16)
        between = np.convolve(known.astype(np.float64), _weights(), "valid")
        count = len(between)
        wide = np.empty(2 * count, np.int16)
        wide[0::2] = known[_REACH - 1 : _REACH - 1 + count]
        wide[1::2] = np.clip(np.rint(between), -32768, 32767)
        self._left = known[count:]
        return wide

    def last(self) -> Samples:
        """The rest, as if silence followed."""
        return self.take(np.zeros(_REACH, np.int16))


def widened(samples: Samples) -> Samples:
    """A whole sound of 8 kHz at 16 kHz, twice as many samples, each at its time."""
    wide = Widening()
    return np.concatenate([wide.take(samples), wide.last()])
