"""Virtual time for a whole desk: its clock stands still while the desk's threads work, too."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import aiosqlite
import anyio.to_thread
import pytest

from channels.simulators.call_clock import VirtualTimeLoop, run_virtually

P = ParamSpec("P")
T = TypeVar("T")


def in_virtual_time(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` as `run_virtually` does; what anyio and the database do in threads takes no time either."""
    with pytest.MonkeyPatch.context() as patches:
        for place, name in (
            (anyio.to_thread, "run_sync"),
            (aiosqlite.Connection, "_execute"),
            (aiosqlite.Connection, "_connect"),
        ):
            patches.setattr(place, name, _aside(getattr(place, name)))
        return run_virtually(main)


def _aside(work: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    @wraps(work)
    async def counted(*args: P.args, **options: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        if isinstance(loop, VirtualTimeLoop):
            return await loop.aside(work(*args, **options))
        return await work(*args, **options)

    return counted
