"""`Timers`: reminders by name, on the event loop's clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

TimerName = Literal["interruption", "silence", "end", "keys", "longest"]


@dataclass(frozen=True, slots=True)
class Due:
    """A reminder's time has come."""

    name: TimerName
    number: int


class Timers:
    """Each name runs once at a time; starting it again puts it off."""

    def __init__(self, on_due: Callable[[Due], None]) -> None:
        self._on_due = on_due
        self._running: dict[TimerName, tuple[int, asyncio.TimerHandle]] = {}
        self._number = 0

    def start(self, name: TimerName, after_s: float) -> None:
        """Remind in so many seconds."""
        self.stop(name)
        self._number += 1
        due = Due(name, self._number)
        handle = asyncio.get_running_loop().call_later(max(after_s, 0.0), self._on_due, due)
        self._running[name] = (self._number, handle)

    def is_running(self, name: TimerName) -> bool:
        """Whether a reminder of that name is to come."""
        return name in self._running

    def stop(self, name: TimerName) -> None:
        """Do not remind."""
        if running := self._running.pop(name, None):
            running[1].cancel()

    def take(self, due: Due) -> bool:
        """Whether a reminder that came still counts: it was not stopped or put off meanwhile."""
        if self._running.get(due.name, (0, None))[0] != due.number:
            return False
        del self._running[due.name]
        return True

    def stop_all(self) -> None:
        """Remind of nothing more."""
        for name in list(self._running):
            self.stop(name)
