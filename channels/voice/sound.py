"""A telephone's sound: 8 kHz, one channel, µ-law (ITU-T G.711) on the wire and 16-bit samples beside it."""

from __future__ import annotations

import wave
from functools import cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from channels.voice.resampling import downsampled
from core.errors import Refused

RATE = 8000
SILENT = b"\xff"
"""One µ-law sample of silence."""
_BIAS, _CLIP = 132, 32635
_LOWEST_RATE, _HIGHEST_RATE = 1000, 192_000
Samples = npt.NDArray[np.int16]


@cache
def _decoded() -> Samples:
    """The sample for each of the 256 µ-law codes."""
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    size = ((((code & 0x0F) << 3) + _BIAS) << ((code >> 4) & 0x07)) - _BIAS
    return np.where(code & 0x80, -size, size).astype(np.int16)


@cache
def _encoded() -> npt.NDArray[np.uint8]:
    """The µ-law code for each sample, at the sample's value taken as unsigned."""
    sample = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    size = np.minimum(np.abs(sample), _CLIP) + _BIAS
    segment = np.floor(np.log2(size)).astype(np.int32) - 7
    code = (np.where(sample < 0, 0x80, 0)) | (segment << 4) | ((size >> (segment + 3)) & 0x0F)
    codes: npt.NDArray[np.uint8] = (~code & 0xFF).astype(np.uint8)
    return codes


def from_mulaw(sound: bytes) -> Samples:
    """The 16-bit samples of µ-law bytes, one for each."""
    return _decoded()[np.frombuffer(sound, np.uint8)]


def to_mulaw(samples: Samples) -> bytes:
    """The µ-law bytes of 16-bit samples, one for each."""
    return bytes(_encoded()[samples.view(np.uint16)].tobytes())


def is_loud(sound: bytes, level: int = 300) -> bool:
    """Whether µ-law bytes hold more than noise: their mean amplitude is above `level` of 32767."""
    if not sound.strip(SILENT):
        return False
    return float(np.abs(from_mulaw(sound).astype(np.int32)).mean()) > level


def tone(seconds: float, hertz: float = 440.0, level: int = 8000) -> Samples:
    """A sine of `seconds` at 8 kHz; it stands for a voice where none is at hand."""
    at = np.arange(round(seconds * RATE)) / RATE
    return (level * np.sin(2 * np.pi * hertz * at)).astype(np.int16)


def at_telephone_rate(samples: Samples, rate: int) -> Samples:
    """Samples of `rate` Hz at 8 kHz, filtered as a whole."""
    if rate == RATE or not len(samples):
        return samples
    if rate > RATE:
        return downsampled(samples, rate)
    from scipy.signal import resample_poly  # noqa: PLC0415 - heavy, and few sounds have less than 8 kHz

    divisor = int(np.gcd(rate, RATE))
    moved = resample_poly(samples.astype(np.float64), RATE // divisor, rate // divisor)
    resampled: Samples = np.clip(np.rint(moved), -32768, 32767).astype(np.int16)
    return resampled


def read_wav(source: Path | BinaryIO) -> Samples:
    """The sound of a 16-bit wav file as a telephone carries it: 8 kHz, its channels as one.

    Raises:
        Refused: there is no such file, or it is no 16-bit wav.
    """
    name = source.name if isinstance(source, Path) else "the sound"
    try:
        with wave.open(str(source) if isinstance(source, Path) else source, "rb") as file:
            width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
            sound = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise Refused(f"can't read {name} as a wav file ({error}): give a 16-bit PCM wav") from error
    if width != 2 or not _LOWEST_RATE <= rate <= _HIGHEST_RATE:
        raise Refused(f"{name} has {8 * width} bits a sample at {rate} Hz: give a 16-bit PCM wav")
    whole = len(sound) - len(sound) % (width * channels)
    samples = np.frombuffer(sound[:whole], "<i2").reshape(-1, channels)
    mono = samples[:, 0] if channels == 1 else samples.mean(axis=1).astype(np.int16)
    return at_telephone_rate(np.ascontiguousarray(mono, dtype=np.int16), rate)
