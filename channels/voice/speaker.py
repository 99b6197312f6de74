"""`Speaker`: what turns sentences into sound."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol


class Speaker(Protocol):
    """A voice. One serves many calls at once."""

    name: str

    async def warm(self) -> None:
        """Load what is needed, so that the first caller does not wait for it.

        Raises:
            Misconfigured: the voice is not there, or what it needs is not installed.
        """

    def speak(self, text: str, *, language: str, speed: float = 1.0) -> AsyncIterator[bytes]:
        """The sound of a sentence that is ready for speech: µ-law, 8 kHz, in pieces as they are made.

        `speed` 0.8 is slower. Stopping to read it stops the making.

        Raises:
            SpeechUnavailable: the voice is gone, and did not come back in time.
        """

    async def close(self) -> None:
        """Let go of processes and models."""
