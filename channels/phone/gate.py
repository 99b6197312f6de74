"""`CallGate`: how many calls a process takes at once, and that it takes none once it is told to stop."""

from __future__ import annotations

import asyncio

CONNECTS_WITHIN_S = 30.0
"""How long a place is kept for a call that was let in until it opens its socket."""


class CallGate:
    """Places for calls. One is promised when a call comes in, and taken when its socket opens."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._promised: dict[str, float] = {}
        self._inside: set[str] = set()
        self._is_closed = False
        self._changed = asyncio.Event()

    @property
    def inside(self) -> frozenset[str]:
        """The calls that are talking."""
        return frozenset(self._inside)

    def promise(self, call_id: str) -> bool:
        """Keep a place for a call; False where none is left. The same call again has the same place."""
        if self._is_closed:
            return False
        if call_id in self._inside:
            return True
        is_promised = call_id in self._promised_now()
        if not is_promised and self._taken >= self._most:
            return False
        self._promised[call_id] = asyncio.get_running_loop().time() + CONNECTS_WITHIN_S
        return True

    def enter(self, call_id: str) -> bool:
        """Take the place; False where the call is inside already, or there is no place for it."""
        if call_id in self._inside:
            return False
        is_promised = call_id in self._promised_now()
        if not is_promised and (self._is_closed or self._taken >= self._most):
            return False
        self._promised.pop(call_id, None)
        self._inside.add(call_id)
        return True

    def leave(self, call_id: str) -> None:
        """Give the place back, or the promise of it."""
        self._inside.discard(call_id)
        self._promised.pop(call_id, None)
        self._changed.set()

    def close(self) -> None:
        """Let nobody in any more who has no promise yet."""
        self._is_closed = True

    async def emptied(self, within_s: float) -> bool:
        """Wait until nobody is inside, for so long at most; whether that is so."""
        try:
            async with asyncio.timeout(within_s):
                while self._inside:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    @property
    def _taken(self) -> int:
        return len(self._inside) + len(self._promised)

    def _promised_now(self) -> dict[str, float]:
        moment = asyncio.get_running_loop().time()
        self._promised = {call: until for call, until in self._promised.items() if until > moment}
        return self._promised
