"""`SoundLine`: raw sound to and from one caller, as a carrier brings it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Sound:
    """What the caller's phone heard: µ-law, 8 kHz, of any length."""

    mulaw: bytes


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key was pressed."""

    digit: str


@dataclass(frozen=True, slots=True)
class Played:
    """The carrier says that a mark was reached."""

    mark: str


Incoming = Sound | Pressed | Played


class SoundLine(Protocol):
    """The line of one call. What is to be sent is kept until `carry` has sent it."""

    def incoming(self) -> AsyncGenerator[Incoming, None]:
        """What comes from the caller, until they hang up or the line breaks."""

    def send(self, sound: bytes) -> None:
        """Have µ-law sound played after all before it."""

    def mark(self, name: str) -> None:
        """Have a name sent back once all before it has played."""

    def clear(self) -> None:
        """Drop all sound that has not played, here and at the carrier's."""

    async def carry(self) -> str:
        """Send what there is to send until the line is closed; why it ended."""

    @property
    def reason(self) -> str:
        """Why `incoming` ended."""

    async def close(self) -> None:
        """Close the line, so that the carrier goes on as it was told to."""
