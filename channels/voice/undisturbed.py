"""What has to be done to its end, whoever cancels the task meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import anyio

_Result = TypeVar("_Result")


async def undisturbed(work: Coroutine[Any, Any, _Result]) -> _Result:
    """What `work` returns, or raises. A cancellation waits for its end, and goes on then.

    A shield of anyio's holds off the scopes of anyio alone, not `Task.cancel`.
    """
    task = asyncio.create_task(work)
    cancelled: asyncio.CancelledError | None = None
    with anyio.CancelScope(shield=True):
        while not task.done():
            try:
                await asyncio.wait({task})
            except asyncio.CancelledError as error:
                cancelled = error
    if cancelled is not None:
        raise cancelled
    return task.result()
