"""Where speech begins, pauses and goes on, from how likely each frame is speech."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Edge(Enum):
    """What changed with a frame."""

    BEGAN = auto()
    PAUSED = auto()
    WENT_ON = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeOptions:
    """How many frames of 32 ms make a difference."""

    begin: int = 5
    """Frames of speech until it is held to be some: 160 ms, longer than a cough's peak."""
    gap: int = 3
    """Frames without speech that end a beginning."""
    pause: int = 6
    """Frames without speech that are a pause: 192 ms."""
    go_on: int = 2
    """Frames of speech that end a pause."""
    on: float = 0.5
    off: float = 0.35
    """Above `on` it is speech, below `off` it is not; between them it stays what it was."""


class SpeechEdges:
    """Follows one caller, frame by frame."""

    def __init__(self, options: EdgeOptions | None = None) -> None:
        self.options = options or EdgeOptions()
        self.is_open = False
        """Whether an utterance has begun."""
        self.is_paused = False
        self.silent = 0
        """Frames without speech up to now."""
        self.run = 0
        """Frames since the speech that may begin did, with the gaps in it."""
        self._speech = 0

    def take(self, likelihood: float) -> Edge | None:
        """The change that a frame makes, if it makes one."""
        is_speech = likelihood >= self.options.on
        if is_speech:
            self.silent = 0
            self._speech += 1
        elif self.silent or likelihood < self.options.off:
            self.silent += 1
        if not self.is_open:
            return self._take_closed()
        return self._take_paused(is_speech=is_speech) if self.is_paused else self._take_open()

    def close(self) -> None:
        """End the utterance; the next speech begins another."""
        self.is_open = self.is_paused = False
        self.run = self._speech = 0

    def _take_closed(self) -> Edge | None:
        self.run = self.run + 1 if self._speech else 0
        if self.silent > self.options.gap:
            self.run = self._speech = 0
        if self._speech < self.options.begin:
            return None
        self.is_open = True
        return Edge.BEGAN

    def _take_open(self) -> Edge | None:
        if self.silent < self.options.pause:
            return None
        self.is_paused = True
        self._speech = 0
        return Edge.PAUSED

    def _take_paused(self, *, is_speech: bool) -> Edge | None:
        if not is_speech:
            self._speech = 0
        if self._speech < self.options.go_on:
            return None
        self.is_paused = False
        return Edge.WENT_ON
