"""Time for a simulated call: the loop's own, or one that jumps so that minutes pass at once.

Everything in a call asks the event loop for the time. On a `VirtualTimeLoop` the clock stands still while
there is work, and jumps to the next timer when there is none. What is on its way between two sockets of the
loop is work too: a system may take its time to bring it, so the loop counts what was sent and what was read.

What never ends would end nowhere, since no time is lost on it: so a loop has a longest time, and a longest
work at one moment. Beyond them it fails, and names the tasks that are not done.
"""

from __future__ import annotations

import asyncio
import selectors
import socket
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from typing_extensions import Buffer

_Result = TypeVar("_Result")
LONGEST_S = 3600.0
"""Virtual seconds after which whatever has not ended never will."""
_REAL_WAIT_S = 0.1
_TRAVEL_S = 0.5
"""Real seconds that bytes may take between two sockets, on a machine that has much else to do."""
_IDLE_S = 300.0
"""Real seconds to wait for the world outside of the loop, where the loop itself waits for nothing."""
_MOST_TURNS = 1_000_000
"""Turns of the loop at one moment; a call takes some thousand. Where threads work, it may be any number."""
_CLOSING_S = 120.0
"""Virtual seconds for tasks to end that are cancelled because the time was up."""
_Way = tuple[str, str]
_FRAMES, _AWAITED = ("cr_frame", "gi_frame", "ag_frame"), ("cr_await", "gi_yieldfrom", "ag_await")
_ASYNCIO = str(Path(asyncio.__file__).parent)


class _Travelling:
    """The bytes that were sent and not read yet, by the sender's and the reader's address."""

    def __init__(self) -> None:
        self._count: dict[_Way, int] = {}
        self._given_up: set[_Way] = set()
        self._closed: set[_Way] = set()

    def add(self, way: _Way, count: int) -> None:
        """Count what was sent, or with a minus what was read."""
        left = self._count.get(way, 0) + count
        if left:
            self._count[way] = left
        else:
            self._count.pop(way, None)
        if count < 0:
            self._given_up.discard(way)

    def close(self, outward: _Way, inward: _Way) -> None:
        """An end closes: it reads no more, and the other end has yet to see that, if it is there."""
        self._count.pop(inward, None)
        self._given_up.discard(inward)
        if inward in self._closed:
            self._closed.discard(inward)
        else:
            self._closed.add(outward)
            self.add(outward, 1)

    def is_any(self) -> bool:
        """Whether something travels that may still be read."""
        return any(count > 0 and way not in self._given_up for way, count in self._count.items())

    def give_up(self) -> None:
        """Wait no longer for what travels now: its reader does not read."""
        self._given_up |= self._count.keys()


class _CountedSocket(socket.socket):
    """Tells what it sends and reads; an end that closes counts as one byte."""

    def __init__(self, plain: socket.socket, travelling: _Travelling) -> None:
        here, there = str(plain.getsockname()), str(plain.getpeername())
        super().__init__(plain.family, plain.type, plain.proto, fileno=plain.detach())
        self.setblocking(False)
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._travelling = travelling
        self._out, self._in = (here, there), (there, here)

    def send(self, data: Buffer, flags: int = 0) -> int:  # type: ignore[override, unused-ignore]
        count = super().send(data, flags)
        self._travelling.add(self._out, count)
        return count

    def sendmsg(self, buffers: Iterable[Buffer], *args: Any) -> int:  # noqa: ANN401 - as sockets have it
        count = super().sendmsg(buffers, *args)
        self._travelling.add(self._out, count)
        return count

    def recv(self, size: int, flags: int = 0) -> bytes:
        data = super().recv(size, flags)
        self._travelling.add(self._in, -(len(data) or 1))
        return data

    def recv_into(self, buffer: Buffer, nbytes: int = 0, flags: int = 0) -> int:  # type: ignore[override, unused-ignore]
        count = super().recv_into(buffer, nbytes, flags)
        self._travelling.add(self._in, -(count or 1))
        return count

    def close(self) -> None:
        if self.fileno() >= 0:
            self._travelling.close(self._out, self._in)
        super().close()


class _JumpingSelector(selectors.DefaultSelector):  # type: ignore[misc, valid-type, unused-ignore]
    """Never waits for a timer: where nothing is ready to read or write, the time moves on to it."""

    def __init__(self, longest_s: float, over: Callable[[str], Exception]) -> None:
        super().__init__()
        self.now = 0.0
        self.under_way = 0
        """How many threads and connects work for the loop; time stands still until they are done."""
        self.travelling = _Travelling()
        self._ends_at = longest_s
        self._over = over
        self._turns = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready; with none, `now` moves by `timeout` seconds.

        Raises:
            TimeoutError: the longest time is over, nothing moves it on, or nothing can happen any more.
        """
        ready = super().select(0)
        if ready or timeout == 0:
            self._count_turn()
            return ready
        if self.under_way:
            return super().select(_REAL_WAIT_S)
        if timeout is None:
            return self._wait_for_others()
        if self.travelling.is_any():
            ready = super().select(_TRAVEL_S)
            if not ready:
                self.travelling.give_up()
            return ready
        self._move(timeout)
        return ready

    def _count_turn(self) -> None:
        self._turns = 0 if self.under_way else self._turns + 1
        if self._turns > _MOST_TURNS:
            self._turns = 0
            raise self._over(f"{_MOST_TURNS} turns of the loop did not move the time on from {self.now:g} s")

    def _wait_for_others(self) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(_IDLE_S)
        if not ready:
            raise self._over(f"no timer runs, and nothing came for {_IDLE_S:g} s of real time")
        return ready

    def _move(self, by_s: float) -> None:
        self.now += max(by_s, 0)
        self._turns = 0
        if self.now > self._ends_at:
            longest_s, self._ends_at = self._ends_at, self.now + _CLOSING_S
            raise self._over(f"virtual time ran on beyond {longest_s:g} s")


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock begins at 0 s and jumps to the next timer when there is nothing to do.

    It fails with a TimeoutError when its clock goes beyond `longest_s`, or stands still for good.
    """

    def __init__(self, longest_s: float = LONGEST_S) -> None:
        self._jumping = _JumpingSelector(longest_s, self._over)
        super().__init__(self._jumping)

    def time(self) -> float:
        """Seconds of virtual time since the loop was made."""
        return self._jumping.now

    async def aside(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Await what works outside of the loop; time stands still meanwhile."""
        self._jumping.under_way += 1
        try:
            return await work
        finally:
            self._jumping.under_way -= 1

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:  # noqa: ANN401 - as asyncio has it
        """Connect; time stands still meanwhile."""
        self._jumping.under_way += 1
        try:
            await super().sock_connect(sock, address)
        finally:
            self._jumping.under_way -= 1

    def _make_socket_transport(self, sock: socket.socket, *args: Any, **options: Any) -> Any:  # noqa: ANN401
        counted = _CountedSocket(sock, self._jumping.travelling)
        return super()._make_socket_transport(counted, *args, **options)  # type: ignore[misc]

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

    def _over(self, why: str) -> TimeoutError:
        places = sorted(_place(task) for task in asyncio.all_tasks(self))
        return TimeoutError(f"{why}; not done: {', '.join(places) or 'nothing'}")


def run_virtually(main: Coroutine[Any, Any, _Result], *, longest_s: float = LONGEST_S) -> _Result:
    """Run `main` to its end on a `VirtualTimeLoop` of its own, and return what it returns.

    Raises:
        TimeoutError: it takes more than `longest_s` virtual seconds, or works without end at one moment.
    """
    with asyncio.Runner(loop_factory=partial(VirtualTimeLoop, longest_s)) as runner:
        return runner.run(main)


def _place(task: asyncio.Task[Any]) -> str:
    """What a task runs, and where in the code that is not asyncio's own it waits."""
    frames: list[FrameType] = []
    waiting: object = task.get_coro()
    while waiting is not None:
        frame = next((found for name in _FRAMES if (found := getattr(waiting, name, None))), None)
        if frame is not None and _ASYNCIO not in frame.f_code.co_filename:
            frames.append(frame)
        waiting = next((found for name in _AWAITED if (found := getattr(waiting, name, None))), None)
    if not frames:
        return task.get_name()
    last = frames[-1]
    return f"{frames[0].f_code.co_qualname} ({Path(last.f_code.co_filename).name}:{last.f_lineno})"
