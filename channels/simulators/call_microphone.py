"""What a person says into a microphone, on its way into a simulated call: evenly, and never long ago."""

from __future__ import annotations

from channels.voice.sound import RATE, SILENT

_HELD_S = 0.06
"""How much is held back, so that sound that comes unevenly goes on evenly."""
_MOST_S = 0.3
"""What is more than this is dropped: the microphone's clock is not the line's."""


class Microphone:
    """A buffer between a microphone and the line; both go by clocks of their own."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._is_open = False

    def add(self, sound: bytes) -> None:
        """Take µ-law sound of any length; of what waits too long the oldest is dropped."""
        self._waiting += sound
        if len(self._waiting) > _MOST_S * RATE:
            del self._waiting[: len(self._waiting) - round(_HELD_S * RATE)]

    def take(self, count: int) -> bytes:
        """The next `count` bytes, with silence where there are fewer."""
        self._is_open = self._is_open or len(self._waiting) >= _HELD_S * RATE
        if not self._is_open:
            return SILENT * count
        sound = bytes(self._waiting[:count])
        del self._waiting[:count]
        self._is_open = len(sound) == count
        return sound.ljust(count, SILENT)
