"""Work that is done again and again beside other work, and ends with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import anyio

_END_S = 3.0
"""How long the last beat may take to end."""


@asynccontextmanager
async def heartbeat(beat: Callable[[], Awaitable[bool]], *, every_s: float) -> AsyncIterator[None]:
    """`beat` is awaited every `every_s` seconds while the block runs, until it returns False.

    No beat begins once the block has ended.
    """
    is_over = asyncio.Event()

    async def go_on() -> None:
        # A cancellation alone does not end it: `asyncio.wait_for` before Python 3.12 swallows one
        # that comes in the moment of its result, and clients of servers use it in every call.
        while not is_over.is_set():
            await asyncio.sleep(every_s)
            if is_over.is_set() or not await beat():
                return

    beating = asyncio.create_task(go_on())
    try:
        yield
    finally:
        is_over.set()
        beating.cancel()
        with anyio.move_on_after(_END_S, shield=True):
            await asyncio.wait([beating])
