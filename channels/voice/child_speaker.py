"""`ChildSpeaker`: a voice whose sound is made in a child process."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from channels.voice.child import Child
from channels.voice.clauses import clauses, sayable
from core.errors import SpeechUnavailable

logger = logging.getLogger(__name__)

TRIES = 3
"""So often a sentence is begun, or gone on with, when the child dies at it."""
SLOWEST, FASTEST = 0.5, 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Breath:
    """How a text is cut: see `channels.voice.clauses.clauses`."""

    first: int
    least: int
    most: int


class ChildSpeaker:
    """Speaks with a child process; one that dies in a sentence is brought back, and goes on where it was."""

    def __init__(self, child: Child, *, breath: Breath) -> None:
        self.name = child.name
        self._child = child
        self._breath = breath

    @property
    def child(self) -> Child:
        """The process behind the voice."""
        return self._child

    async def warm(self) -> None:
        """Start the child and load its voices.

        Raises:
            Misconfigured: the voice is not there, or what it needs is not installed.
            SpeechUnavailable: the child did not start.
        """
        await self._child.warm()

    async def speak(self, text: str, *, language: str, speed: float = 1.0) -> AsyncIterator[bytes]:
        """The sound of a sentence, clause by clause: µ-law, 8 kHz. No sound where there is nothing to say.

        `speed` is kept between 0.5 and 2. A language that the voice does not know is spoken in its first.

        Raises:
            SpeechUnavailable: the voice is gone, and did not come back in time.
        """
        breath = self._breath
        said = clauses(sayable(text), first=breath.first, least=breath.least, most=breath.most)
        speed = min(max(speed, SLOWEST), FASTEST)
        reading = _Reading(said, {"language": language[:2].lower(), "speed": speed})
        for attempt in range(TRIES if said else 0):
            exchange = self._child.begin(reading.left())
            try:
                async for frame in exchange:
                    if reading.is_new(frame.header["clause"]):
                        yield frame.payload
                return
            except SpeechUnavailable:
                if not exchange.was_lost or attempt == TRIES - 1:
                    raise
                logger.warning("voice_lost_in_a_sentence", extra={"voice": self.name})
            finally:
                exchange.cancel()

    async def close(self) -> None:
        """End the child."""
        await self._child.close()


class _Reading:
    """How far a text has been read, so that another child can go on."""

    def __init__(self, said: Sequence[str], manner: dict[str, Any]) -> None:
        self._said = said
        self._manner = manner
        self._begun_at = 0
        self._clause, self._pieces = 0, 0
        self._skip = 0

    def left(self) -> dict[str, Any]:
        """The request for what is left, from the beginning of the clause that was being read."""
        self._begun_at, self._skip = self._clause, self._pieces
        self._pieces = 0
        return {**self._manner, "clauses": list(self._said[self._begun_at :])}

    def is_new(self, clause: int) -> bool:
        """Count a piece of this clause of the request; whether it has not been heard before."""
        at = self._begun_at + clause
        if at != self._clause:
            self._clause, self._pieces, self._skip = at, 0, 0
        self._pieces += 1
        return self._pieces > self._skip
