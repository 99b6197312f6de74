"""Who of one process writes next where only one can: in the order of asking, the urgent before the rest.

SQLite has one writer at a time and lets the others sleep and try again, so that by bad luck one
of many waits for a second. Here they stand in line before they get that far.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any


class WriteOrder:
    """A lock with a line before it. Whoever holds it already, in this task, passes."""

    def __init__(self) -> None:
        self._is_held = False
        self._holder: asyncio.Task[Any] | None = None
        self._line: list[tuple[int, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    @asynccontextmanager
    async def turn(self, *, is_urgent: bool = False) -> AsyncIterator[None]:
        """Nobody else of this process writes while the block runs."""
        task = asyncio.current_task()
        if task is not None and self._holder is task:
            yield
            return
        await self._take(is_urgent)
        self._holder = task
        try:
            yield
        finally:
            self._leave()

    async def _take(self, is_urgent: bool) -> None:
        if not self._is_held:
            self._is_held = True
            return
        called = asyncio.get_running_loop().create_future()
        heapq.heappush(self._line, (0 if is_urgent else 1, next(self._numbers), called))
        try:
            await called
        except asyncio.CancelledError:
            if called.done() and not called.cancelled():
                # It was this one's turn in the moment it gave up.
                self._leave()
            raise

    def _leave(self) -> None:
        self._holder = None
        while self._line:
            *_, called = heapq.heappop(self._line)
            if not called.done():
                called.set_result(None)
                return
        self._is_held = False
