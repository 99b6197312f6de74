"""Time for a simulated call: the loop's own, or one that jumps so that minutes pass at once.

Everything in a call asks the event loop for the time. On a `VirtualTimeLoop` the clock stands still while
there is work, and jumps to the next timer when there is none. What is on its way between two sockets of the
loop is work too: a system may take its time to bring it, so the loop counts what was sent and what was read.
"""

from __future__ import annotations

import asyncio
import selectors
import socket
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import Executor
from typing import Any, TypeVar

from typing_extensions import Buffer

_Result = TypeVar("_Result")
_REAL_WAIT_S = 0.1
_Way = tuple[str, str]


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

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.under_way = 0
        """How many threads and connects work for the loop; time stands still until they are done."""
        self.travelling = _Travelling()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready; with none, `now` moves by `timeout` seconds."""
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None or self.under_way:
            return super().select(_REAL_WAIT_S if self.under_way else timeout)
        if self.travelling.is_any():
            ready = super().select(_REAL_WAIT_S)
            if not ready:
                self.travelling.give_up()
            return ready
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


def run_virtually(
    main: Coroutine[Any, Any, _Result],
) -> _Result:
    """Run `main` to its end on a `VirtualTimeLoop` of its own, and return what it returns."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
