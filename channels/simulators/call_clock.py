"""Time for a simulated call: the loop's own, or one that jumps so that minutes pass at once.

Everything in a call asks the event loop for the time. On a `VirtualTimeLoop` the clock stands still while
there is work, and jumps to the next timer when there is none; both ends of a loopback socket must be on it.
"""

from __future__ import annotations

import asyncio
import os
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar

_Result = TypeVar("_Result")
_REAL_WAIT_S = 0.02


class _JumpingSelector(selectors.DefaultSelector):  # type: ignore[misc, valid-type, unused-ignore]
    """Never waits for a timer: where nothing is ready to read or write, the time moves on to it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.under_way = 0
        """How many threads work for the loop; time stands still until they are done."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready; with none, `now` moves by `timeout` seconds."""
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None or self.under_way:
            return super().select(_REAL_WAIT_S if self.under_way else timeout)
        os.sched_yield()
        ready = super().select(0)
        if not ready:
            self.now += max(timeout, 0)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock begins at 0 s and jumps to the next timer when there is nothing to do."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Seconds of virtual time since the loop was made."""
        return self._jumping.now

    def run_in_executor(  # type: ignore[override]
        self,
        executor: Executor | None,
        func: Callable[..., Any],
        *args: Any,  # noqa: ANN401 - as asyncio has it
    ) -> asyncio.Future[Any]:
        """Run in a thread; time stands still meanwhile."""
        future = super().run_in_executor(executor, func, *args)
        self._jumping.under_way += 1
        future.add_done_callback(self._is_back)
        return future

    def _is_back(self, _: asyncio.Future[Any]) -> None:
        self._jumping.under_way -= 1


def run_virtually(
    main: Coroutine[Any, Any, _Result],
) -> _Result:
    """Run `main` to its end on a `VirtualTimeLoop` of its own, and return what it returns."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
