"""`Readers`: documents read in child processes, so that none can hang, crash or exhaust the desk."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, cast

import psutil

from core.documents import Extract, Section
from core.errors import FrontdeskError, TooLarge, Unavailable, UnreadableDocument
from core.formats import read as read_here
from core.formats import shown, sniff

PLAIN_BYTES: Mapping[str, int] = {"text/plain": 200 * 1024, "text/markdown": 32 * 1024}
"""Largest documents read without a child, by media type: these readers' time is linear."""
AT_ONCE_BYTES = 8 * 1024
"""A plain text up to this size is read in less time than a thread takes to be asked."""
_LENGTH_BYTES = 4
_WATCH_S = 0.05
_STOP_S = 5.0
_KEPT_SHARE = 0.5
_MB = 1024 * 1024
_ERRORS: Mapping[str, type[FrontdeskError]] = {
    error.__name__: error for error in (UnreadableDocument, TooLarge, Unavailable)
}


class Readers:
    """Reads documents, a few at a time, each within its time and its memory.

    Children start on first use, stay for the next document, and are replaced when they
    had to be stopped or have grown large. Small plain texts are read in a thread, without a child. `reader`
    names the function children call, as `module:function`.
    """

    def __init__(
        self,
        *,
        readers: int = 1,
        timeout_s: float = 60,
        memory_mb: int = 1200,
        tika_url: str = "",
        reader: str = "core.formats:read",
    ) -> None:
        self._timeout_s = timeout_s
        self._memory_mb = memory_mb
        self._tika_url = tika_url
        self._reader = reader
        self._count = readers
        self._idle: list[_Child] = []
        self._threads = ThreadPoolExecutor(max_workers=readers, thread_name_prefix="reader")
        self._free: asyncio.Semaphore | None = None
        self._closed = False

    async def read(self, data: bytes, name: str) -> Extract:
        """The document's text and sections.

        Raises:
            UnreadableDocument: It has no text, or took too much time or memory to read.
            TooLarge: It holds more pages or characters than the limits.
        Unavailable: The Tika server, which its format needs, did not answer.
        """
        if self._is_plain(data, name):
            if len(data) <= AT_ONCE_BYTES:
                return read_here(data, name)
            return await asyncio.to_thread(read_here, data, name)
        if self._free is None:
            self._free = asyncio.Semaphore(self._count)
        async with self._free:
            if self._closed:
                raise RuntimeError("these readers are closed; make new ones")
            child = self._idle.pop() if self._idle else self._start()
            try:
                return await self._ask(child, data, name)
            finally:
                is_lean = child.is_usable and child.resident_mb() < _KEPT_SHARE * self._memory_mb
                if is_lean and not self._closed:
                    self._idle.append(child)
                else:
                    child.discard()

    async def close(self) -> None:
        """Stops the children; a document being read is given up."""
        self._closed = True
        while self._idle:
            await asyncio.to_thread(self._idle.pop().stop)
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _is_plain(self, data: bytes, name: str) -> bool:
        if self._reader != "core.formats:read" or len(data) > max(PLAIN_BYTES.values()):
            return False
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            return False
        return len(data) <= PLAIN_BYTES.get(sniff(data, name), 0)

    def _start(self) -> "_Child":
        return _Child([self._reader, str(self._timeout_s), str(self._memory_mb)])

    async def _ask(self, child: "_Child", data: bytes, name: str) -> Extract:
        head = {"name": name, "tika_url": self._tika_url}
        loop = asyncio.get_running_loop()
        answer = loop.run_in_executor(self._threads, child.ask, head, data)
        deadline = loop.time() + self._timeout_s
        try:
            while not answer.done():
                await asyncio.wait({answer}, timeout=_WATCH_S)
                if answer.done():
                    break
                if loop.time() > deadline:
                    reason = f"took longer than {self._timeout_s:g} s to read; it was given up"
                    raise UnreadableDocument(f"{shown(name)} {reason}.")
                if child.resident_mb() > self._memory_mb:
                    raise self._too_hungry(name)
        except BaseException:
            child.kill()
            with contextlib.suppress(Exception):
                await asyncio.shield(answer)
            raise
        return self._extract(answer.result(), child, name)

    def _extract(self, answer: dict[str, Any] | None, child: "_Child", name: str) -> Extract:
        if answer is None:
            child.kill()
            if child.peak_mb > 0.9 * self._memory_mb:
                raise self._too_hungry(name)
            raise UnreadableDocument(
                f"{shown(name)} could not be read: the reader died on it "
                f"(exit status {child.exit_status()}); the file is probably damaged."
            )
        if "error" in answer:
            child.is_usable = not answer.get("spent", False)
            raise _ERRORS.get(answer["error"], UnreadableDocument)(answer["message"])
        found = answer["sections"]
        return Extract.of(
            Section(text=text, heading=tuple(heading), page=page) for text, heading, page in found
        )

    def _too_hungry(self, name: str) -> UnreadableDocument:
        limit = f"needs more than {self._memory_mb} MB of memory to be read; it was given up"
        return UnreadableDocument(f"{shown(name)} {limit}.")


class _Child:
    """One child process; asked from a thread, watched and killed from the event loop."""

    def __init__(self, arguments: list[str]) -> None:
        paths = [str(Path(path).absolute()) for path in sys.path]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own module
            [sys.executable, "-P", "-m", "core.formats", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
        self._requests = cast(IO[bytes], self._process.stdin)
        self._answers = cast(IO[bytes], self._process.stdout)
        self._watched = psutil.Process(self._process.pid)
        self.is_usable = True
        self.peak_mb = 0.0

    def ask(self, head: dict[str, str], data: bytes) -> dict[str, Any] | None:
        """The child's answer, or None when it died."""
        try:
            for message in (json.dumps(head).encode("utf-8"), data):
                self._requests.write(len(message).to_bytes(_LENGTH_BYTES, "big"))
                self._requests.write(message)
            self._requests.flush()
            size = self._answers.read(_LENGTH_BYTES)
            body = self._answers.read(int.from_bytes(size, "big")) if size else b""
            answer = json.loads(body) if body else None
        except (OSError, ValueError):
            return None
        return answer if isinstance(answer, dict) else None

    def resident_mb(self) -> float:
        """The memory the child holds now."""
        try:
            resident = float(self._watched.memory_info().rss) / _MB
        except psutil.Error:
            return 0.0
        self.peak_mb = max(self.peak_mb, resident)
        return resident

    def kill(self) -> None:
        """Ends the child at once."""
        self.is_usable = False
        self._process.kill()
        self._process.wait()

    def discard(self) -> None:
        """Ends the child and lets go of its pipes; nobody may be asking it any more."""
        self.kill()
        for pipe in (self._requests, self._answers):
            with contextlib.suppress(OSError):
                pipe.close()

    def stop(self) -> None:
        """Lets the child end by itself, and ends it if it does not."""
        with contextlib.suppress(OSError):
            self._requests.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_S)
        self.discard()

    def exit_status(self) -> int | None:
        """What the child ended with; negative is the signal that ended it."""
        return self._process.poll()
