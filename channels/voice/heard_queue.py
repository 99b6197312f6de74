"""What was heard of a caller and waits for the talk to take it: in order, bounded, and ended by `Gone`."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from channels.voice.telephone import Gone, Heard, Partial

_MOST = 1000


class HeardQueue:
    """A talk that is slow gets the last `Partial` of several; one that takes none misses what is too much."""

    def __init__(self) -> None:
        self._waiting: deque[Heard] = deque()
        self._came = asyncio.Event()
        self.gone: Gone | None = None

    def put(self, heard: Heard) -> None:
        """Add what was heard; nothing comes after `Gone`."""
        if self.gone is not None:
            return
        if isinstance(heard, Gone):
            self.gone = heard
        elif len(self._waiting) >= _MOST:
            return
        if isinstance(heard, Partial) and self._waiting and isinstance(self._waiting[-1], Partial):
            self._waiting.pop()
        self._waiting.append(heard)
        self._came.set()

    async def __aiter__(self) -> AsyncIterator[Heard]:
        """What is heard, in order, to `Gone`; the same end again for whoever asks again."""
        while True:
            while self._waiting:
                heard = self._waiting.popleft()
                yield heard
                if isinstance(heard, Gone):
                    return
            if self.gone is not None:
                yield self.gone
                return
            self._came.clear()
            await self._came.wait()
