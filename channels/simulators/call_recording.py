"""What was heard and what happened in a call: both sides as a stereo wav, and a timeline to read."""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from channels.voice.sound import RATE, from_mulaw


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something that happened in a call."""

    at_s: float
    """Seconds since the call was placed."""
    who: str
    """`caller`, `desk` or `carrier`."""
    what: str
    words: str = ""
    """What was said or texted, word for word, where that is known."""

    @property
    def line(self) -> str:
        """The moment as a line of the timeline."""
        return f"{self.at_s:8.3f}  {self.who:<8} {self.what}"


class Recording:
    """Both sides of a call, frame by frame, and its moments."""

    def __init__(self) -> None:
        self.caller = bytearray()
        """What the caller's phone sent, µ-law."""
        self.desk = bytearray()
        """What the caller heard, µ-law."""
        self.moments: list[Moment] = []

    def timeline(self) -> str:
        """One line for each moment: the seconds, who, and what."""
        return "\n".join(each.line for each in self.moments)

    def at(self, what: str) -> list[float]:
        """The seconds at which something that begins with `what` happened."""
        return [each.at_s for each in self.moments if each.what.startswith(what)]

    def wav(self) -> bytes:
        """A stereo wav of 8 kHz and 16 bits: the caller left, what the caller heard right."""
        length = min(len(self.caller), len(self.desk))
        return wav_of(*(bytes(side[:length]) for side in (self.caller, self.desk)))

    def save(self, path: Path) -> None:
        """Write `wav()` to a file."""
        path.write_bytes(self.wav())


def wav_of(*sides: bytes) -> bytes:
    """A wav of 8 kHz and 16 bits with a channel for each side, µ-law of one length."""
    samples = np.stack([from_mulaw(side) for side in sides], axis=1)
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(len(sides))
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())
    return made.getvalue()
