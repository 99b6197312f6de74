"""What the desk said and the caller has not heard yet: sound and marks in the order in which they came."""

from __future__ import annotations

from collections import deque

from channels.voice.sound import RATE, SILENT


class Playout:
    """Twilio's outbound buffer: sound is played in order, a mark is reached when all before it has played."""

    def __init__(self) -> None:
        self._waiting: deque[bytes | str] = deque()
        self._is_at = 0
        """How many bytes of the first sound have played."""
        self._size = 0

    @property
    def left_s(self) -> float:
        """Seconds of sound that have not played."""
        return self._size / RATE

    @property
    def is_empty(self) -> bool:
        """Whether neither sound nor a mark waits."""
        return not self._waiting

    def add_sound(self, sound: bytes) -> None:
        """Put µ-law sound of any length at the end."""
        if sound:
            self._waiting.append(sound)
            self._size += len(sound)

    def add_mark(self, name: str) -> list[str]:
        """Put a mark at the end; it is returned where it is reached at once."""
        self._waiting.append(name)
        return self._reached()

    def clear(self) -> list[str]:
        """Drop all sound; the marks that waited, in order."""
        names = [each for each in self._waiting if isinstance(each, str)]
        self._waiting.clear()
        self._is_at = self._size = 0
        return names

    def play(self, count: int) -> tuple[bytes, list[str]]:
        """The next `count` bytes, with silence where there are fewer, and the marks reached by them."""
        parts: list[bytes] = []
        names = self._reached()
        missing = count
        while missing and self._waiting:
            sound = self._waiting[0]
            if isinstance(sound, str):
                break
            part = sound[self._is_at : self._is_at + missing]
            parts.append(part)
            missing -= len(part)
            self._is_at += len(part)
            self._size -= len(part)
            if self._is_at == len(sound):
                self._waiting.popleft()
                self._is_at = 0
                names += self._reached()
        return b"".join(parts) + SILENT * missing, names

    def _reached(self) -> list[str]:
        names: list[str] = []
        while self._waiting and isinstance(self._waiting[0], str):
            names.append(self._waiting.popleft())  # type: ignore[arg-type]
        return names
