"""One run of a child process: its pipes, its start, its end, and a watch over it."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from channels.voice.frames import Frame, Unpacker, packed

logger = logging.getLogger(__name__)

_LOOK_S = 1.0
"""So often a watch looks whether its limit has changed."""
GRACE_S = 2.0
"""So long a child may take to end by itself."""
_START = (
    "import json, runpy, sys; sys.path[:] = json.loads(sys.argv.pop()); module = sys.argv.pop(); "
    "runpy.run_module(module, run_name='__main__', alter_sys=True)"
)


class Watch:
    """Sees to it that something comes from a child while somebody waits for it.

    It sits in a thread: a child works in real time, and an event loop whose clock jumps stands still only for
    a thread that works for it.
    """

    def __init__(self, threads: ThreadPoolExecutor, limit_s: float, on_silence: Callable[[], None]) -> None:
        self.limit_s = limit_s
        self._threads = threads
        self._on_silence = on_silence
        self._waiting = 0
        self._heard_at = 0.0
        self._is_idle = threading.Event()
        self._guard: asyncio.Future[bool] | None = None

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """As long as it is entered, every `limit_s` without a `heard` calls `on_silence`."""
        self._waiting += 1
        if self._waiting == 1:
            self.heard()
            self._is_idle.clear()
            self._set_guard()
        try:
            yield
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._is_idle.set()

    def heard(self) -> None:
        """Something came."""
        self._heard_at = time.monotonic()

    async def close(self) -> None:
        """Let go of the thread."""
        self._is_idle.set()
        while self._guard is not None:
            await asyncio.wait({self._guard})
            await asyncio.sleep(0)

    def _set_guard(self) -> None:
        if self._guard is None:
            loop = asyncio.get_running_loop()
            self._guard = loop.run_in_executor(self._threads, self._until_idle_or_silent)
            self._guard.add_done_callback(self._after_guard)

    def _until_idle_or_silent(self) -> bool:
        """In a thread: whether it was silent for too long."""
        while (left := self._heard_at + self.limit_s - time.monotonic()) > 0:
            if self._is_idle.wait(min(left, _LOOK_S)):
                return False
        return True

    def _after_guard(self, guard: asyncio.Future[bool]) -> None:
        self._guard = None
        if guard.cancelled():
            return
        if guard.result() and self._waiting:
            self._on_silence()
            self.heard()
        if self._waiting and not self._is_idle.is_set():
            self._set_guard()


class _Pipe(asyncio.Protocol):
    """Hands on what a pipe brings; `closed` is done when it is closed."""

    def __init__(self, take: Callable[[bytes], None], end: Callable[[], None]) -> None:
        self._take = take
        self._end = end
        self.closed = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        self._take(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_result(None)
        self._end()


class ChildProcess:
    """A running child. `on_frame` gets what it says, `on_end` is called once when it is gone."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        threads: ThreadPoolExecutor,
        on_frame: Callable[[Frame], None],
        on_end: Callable[[ChildProcess], None],
    ) -> None:
        self._process = process
        self._threads = threads
        self._on_frame = on_frame
        self._on_end: Callable[[ChildProcess], None] | None = on_end
        self._unpacker = Unpacker()
        self._pipes: list[tuple[asyncio.BaseTransport, _Pipe]] = []
        self._input: asyncio.WriteTransport | None = None

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    async def open(self) -> None:
        """Connect the pipes to the event loop."""
        loop = asyncio.get_running_loop()
        for stream, take in ((self._process.stdout, self._hear), (self._process.stderr, self._log)):
            pipe = _Pipe(take, self._lose)
            transport, _ = await loop.connect_read_pipe(partial(_same, pipe), stream)
            self._pipes.append((transport, pipe))
        pipe = _Pipe(self._log, self._lose)
        self._input, _ = await loop.connect_write_pipe(partial(_same, pipe), self._process.stdin)
        self._pipes.append((self._input, pipe))

    def send(self, frame: Frame) -> None:
        """Write a frame; never blocks."""
        if self._input is not None and not self._input.is_closing():
            self._input.write(packed(frame))

    def kill(self) -> None:
        """End it at once; `on_end` follows."""
        self._process.kill()

    async def end(self) -> None:
        """Let it end by itself, kill it if it does not, and close the pipes. `on_end` is not called."""
        self._on_end = None
        if self._input is not None and not self._input.is_closing():
            self._input.abort()
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._threads, _finish, self._process)
        for transport, _ in self._pipes:
            transport.close()
        if self._pipes:
            await asyncio.wait({pipe.closed for _, pipe in self._pipes})
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with suppress(OSError):
                    stream.close()

    def _hear(self, data: bytes) -> None:
        try:
            for frame in self._unpacker.take(data):
                self._on_frame(frame)
        except ValueError as error:
            logger.warning("speech_child_garbled", extra={"pid": self.pid, "reason": type(error).__name__})
            self.kill()

    def _log(self, data: bytes) -> None:
        for line in data.decode("utf-8", "replace").splitlines():
            logger.debug("speech_child_said", extra={"pid": self.pid, "line": line})

    def _lose(self) -> None:
        """A pipe is closed: the process is gone, or as good as gone."""
        if self._on_end is not None:
            on_end, self._on_end = self._on_end, None
            on_end(self)


async def start(
    module: str,
    settings: Mapping[str, Any],
    threads: ThreadPoolExecutor,
    on_frame: Callable[[Frame], None],
    on_end: Callable[[ChildProcess], None],
) -> ChildProcess:
    """Start `module` as a child with these settings, in a session of its own: a Ctrl-C does not reach it.

    Raises:
        OSError: no process could be started.
    """
    loop = asyncio.get_running_loop()
    spawned = loop.run_in_executor(threads, _spawn, module, json.dumps(dict(settings)))
    try:
        child = ChildProcess(await asyncio.shield(spawned), threads, on_frame, on_end)
    except asyncio.CancelledError:
        process = await spawned
        await loop.run_in_executor(threads, _discard, process)
        raise
    try:
        await child.open()
    except BaseException:
        child.kill()
        await child.end()
        raise
    return child


def _same(pipe: _Pipe) -> _Pipe:
    return pipe


def _spawn(module: str, settings: str) -> subprocess.Popen[bytes]:
    paths = json.dumps([str(Path(path).absolute()) for path in sys.path])
    command = [sys.executable, "-P", "-c", _START, settings, module, paths]
    pipe = subprocess.PIPE
    return subprocess.Popen(  # noqa: S603 - our own interpreter, our own module
        command, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0, start_new_session=True
    )


def _finish(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _discard(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()
