"""When a caller's sound was made, by the event loop's clock, though it arrives late or in bursts."""

from __future__ import annotations

from collections import deque

from channels.voice.sound import RATE

_BLOCK_S, _BLOCKS = 2.0, 4


class LineClock:
    """Holds the least delay of the last seconds for that of the line; anything above it is jitter."""

    def __init__(self) -> None:
        self.samples = 0
        """How many samples have arrived."""
        self._least: deque[tuple[float, float]] = deque(maxlen=_BLOCKS)

    def arrived(self, samples: int, now: float) -> None:
        """Count samples that arrive now."""
        self.samples += samples
        at = self.samples / RATE
        start = now - at
        if self._least and at - self._least[-1][0] < _BLOCK_S:
            block, least = self._least[-1]
            self._least[-1] = (block, min(least, start))
        else:
            self._least.append((at, start))

    def at(self, sample: int) -> float:
        """When the sample was made, as seen from here."""
        return min(start for _, start in self._least) + sample / RATE
