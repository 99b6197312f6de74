"""Sound of any rate brought to the telephone's 8 kHz: one short filter of our own, without delay."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

_TELEPHONE = 8000
_EDGE_HZ = 3700.0
"""Half the amplitude is left here; what is above 4 kHz would come back as a false tone."""
_WIDTH_HZ = 600.0
_BETA = 5.65
"""The Kaiser window for 60 dB: Oppenheim and Schafer, Discrete-Time Signal Processing, 7.5.3."""
_ATTENUATION_DB = 60.0
_BLOCK = 128


def downsampled(samples: npt.NDArray[np.int16], rate: int) -> npt.NDArray[np.int16]:
    """Samples of `rate` Hz, above 8000, as samples of 8 kHz.

    Each is weighed from the samples around its own moment, as many before it as after, so the sound is not a
    moment later than it was. The filter is a Kaiser-windowed sinc, worked out for every place that a new
    sample may have between the old ones.
    """
    weights = _weights(rate)
    taken, given = _block(rate)
    reach = (len(weights) - taken) // 2
    count = -(-len(samples) * given // taken)
    blocks = -(-count // given)
    around = np.zeros(blocks * taken + 2 * reach, np.float32)
    around[reach : reach + len(samples)] = samples
    windows = np.lib.stride_tricks.sliding_window_view(around, len(weights))[::taken]
    made = (np.ascontiguousarray(windows) @ weights).reshape(-1)[:count]
    moved: npt.NDArray[np.int16] = np.clip(np.rint(made), -32768, 32767).astype(np.int16)
    return moved


def _block(rate: int) -> tuple[int, int]:
    """How many samples of `rate` make how many of 8 kHz, exactly; some hundred at a time."""
    divisor = int(np.gcd(rate, _TELEPHONE))
    times = -(-_BLOCK * divisor // _TELEPHONE)
    return times * rate // divisor, times * _TELEPHONE // divisor


@cache
def _weights(rate: int) -> npt.NDArray[np.float32]:
    """What each sample of a block and around it gives to each of the new ones: a row for one of the old."""
    taken, given = _block(rate)
    cutoff = 2 * _EDGE_HZ / rate
    reach = int(np.ceil((_ATTENUATION_DB - 8) / (2.285 * 2 * np.pi * _WIDTH_HZ / rate) / 2))
    old = np.arange(-reach, taken + reach)[:, None]
    apart = old - np.arange(given)[None, :] * (taken / given)
    window = np.where(
        np.abs(apart) < reach, np.i0(_BETA * np.sqrt(np.clip(1 - (apart / reach) ** 2, 0, 1))), 0
    )
    shape = np.sinc(cutoff * apart) * window
    weights: npt.NDArray[np.float32] = (shape / shape.sum(axis=0)).astype(np.float32)
    return weights
