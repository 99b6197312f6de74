"""`Child`: a process of our own that does what this one must not: GPL code, crashes, seconds of computing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from channels.voice.child_process import ChildProcess, Watch, start
from channels.voice.exchange import About, Exchange
from channels.voice.frames import Frame
from core.errors import Misconfigured, SpeechUnavailable

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildLimits:
    """How long is too long, in seconds.

    `start_s` is for loading, `silence_s` for the time without a sign of life while somebody waits for a
    reply, and `patience_s` for how long a request waits for a child that is not there. `first_pause_s` is
    the pause after the second failure in a row; it doubles up to `longest_pause_s`.
    """

    start_s: float = 60.0
    silence_s: float = 10.0
    patience_s: float = 5.0
    first_pause_s: float = 0.25
    longest_pause_s: float = 30.0


class _Pauses:
    """The first failure costs no pause, each further one in a row twice as much as the one before."""

    def __init__(self, limits: ChildLimits) -> None:
        self._limits = limits
        self._failures = 0
        self._until = 0.0

    def count_failure(self, now: float) -> None:
        self._failures += 1
        if self._failures > 1:
            pause = self._limits.first_pause_s * 2 ** min(self._failures - 2, 20)
            self._until = now + min(pause, self._limits.longest_pause_s)

    def left(self, now: float) -> float:
        return max(0.0, self._until - now)

    def forget(self) -> None:
        self._failures, self._until = 0, 0.0


class Child:
    """Runs `module`, which calls `channels.voice.child_work.serve`, and brings it back when it dies or hangs.

    `name` is what its errors and log lines call it. It starts on first use; `warm` starts it beforehand.
    """

    def __init__(
        self, module: str, settings: Mapping[str, Any], *, name: str, limits: ChildLimits | None = None
    ) -> None:
        self.name = name
        self._module = module
        self._settings = dict(settings)
        self._limits = limits or ChildLimits()
        self._threads = ThreadPoolExecutor(max_workers=3, thread_name_prefix=f"speech-{name}")
        self._watch = Watch(self._threads, self._limits.silence_s, self._kill_silent)
        self._exchanges: dict[int, Exchange] = {}
        self._about = About(name, self._limits.patience_s, self._watch, self._exchanges)
        self._last_id = 0
        self._process: ChildProcess | None = None
        self._facts: asyncio.Future[dict[str, Any]] | None = None
        self._bringing_up: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._pauses = _Pauses(self._limits)
        self._is_closed = False

    @property
    def pid(self) -> int | None:
        """The number of the process; none while there is none."""
        return self._process.pid if self._process is not None else None

    async def warm(self) -> dict[str, Any]:
        """Start it if it does not run; the facts that its `load` gave.

        Raises:
            Misconfigured: its `load` says what is missing.
            SpeechUnavailable: it did not start.
        """
        if self._is_closed:
            raise SpeechUnavailable(f"{self.name} is closed")
        self._ensure()
        if (task := self._bringing_up) is not None:
            await asyncio.wait({task})
            if not task.cancelled() and isinstance(error := task.exception(), Misconfigured):
                raise error
        if not self._is_up or self._facts is None:
            raise SpeechUnavailable(f"{self.name} did not start; the log tells why at level debug")
        return dict(self._facts.result())

    def begin(self, header: Mapping[str, Any], payload: bytes = b"") -> Exchange:
        """Send a request; it waits for the child where that is not there.

        Read its reply to the end, or cancel it: the child keeps what nobody read.
        """
        self._last_id += 1
        exchange = Exchange(self._last_id, Frame(header, payload), self._about)
        self._exchanges[self._last_id] = exchange
        if self._is_closed:
            exchange.settle(SpeechUnavailable(f"{self.name} is closed"))
        elif self._is_up and self._process is not None:
            exchange.attach(self._process)
        else:
            self._ensure()
        return exchange

    async def close(self) -> None:
        """End the process; what is under way fails. Nothing of it is left."""
        self._is_closed = True
        self._fail_all(f"{self.name} was closed", is_lost=False)
        if self._bringing_up is not None:
            self._bringing_up.cancel()
            await asyncio.wait({self._bringing_up})
        if self._process is not None:
            self._let_go(self._process)
        if self._ending:
            await asyncio.wait(self._ending)
        await self._watch.close()
        self._threads.shutdown(wait=True)

    @property
    def _is_up(self) -> bool:
        return self._process is not None and self._facts is not None and _is_ready(self._facts)

    def _ensure(self) -> None:
        """See to it that somebody brings the child up."""
        if self._is_closed or self._is_up or self._bringing_up is not None:
            return
        self._bringing_up = asyncio.get_running_loop().create_task(self._bring_up())
        self._bringing_up.add_done_callback(self._after_bringing_up)

    def _after_bringing_up(self, task: asyncio.Task[None]) -> None:
        self._bringing_up = None
        if task.cancelled() or (error := task.exception()) is None:
            return
        if isinstance(error, Misconfigured):
            logger.warning("speech_child_refused", extra={"child": self.name, "reason": str(error)})
        else:
            logger.error("speech_child_broken", extra={"child": self.name}, exc_info=error)
        self._fail_all(str(error), is_lost=False)

    async def _bring_up(self) -> None:
        """Start until it runs, with growing pauses, as long as somebody waits for it.

        Raises:
            Misconfigured: its `load` says what is missing.
        """
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._pauses.left(loop.time()))
            try:
                await self._start()
            except (OSError, SpeechUnavailable) as error:
                logger.warning("speech_child_not_started", extra={"child": self.name, "reason": str(error)})
                self._pauses.count_failure(loop.time())
                if not self._exchanges:
                    return
            else:
                return

    async def _start(self) -> None:
        facts: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._facts = facts
        self._watch.limit_s = self._limits.start_s
        hear, lose = partial(self._hear, facts), partial(self._lose, facts)
        with self._watch.waiting():
            process = await start(self._module, self._settings, self._threads, hear, lose)
            self._process = process
            try:
                await facts
            except BaseException:
                self._let_go(process)
                raise
        self._watch.limit_s = self._limits.silence_s
        if self._process is not process:
            raise SpeechUnavailable(f"{self.name} ended as soon as it was loaded")
        logger.info("speech_child_started", extra={"child": self.name, "pid": process.pid})
        for exchange in list(self._exchanges.values()):
            exchange.attach(process)

    def _hear(self, facts: asyncio.Future[dict[str, Any]], frame: Frame) -> None:
        if facts is not self._facts:
            return
        self._watch.heard()
        kind = frame.header.get("kind")
        if kind == "ready" and not facts.done():
            facts.set_result(frame.header["head"])
        elif kind == "refused" and not facts.done():
            facts.set_exception(Misconfigured(frame.header["reason"]))
        exchange = self._exchanges.get(frame.header.get("id", 0))
        if exchange is None:
            return
        if kind == "piece":
            self._pauses.forget()
            exchange.take(Frame(frame.header["head"], frame.payload))
        elif kind == "done":
            self._pauses.forget()
            exchange.settle(None)
        elif kind == "failed":
            exchange.settle(SpeechUnavailable(f"{self.name} failed at it ({frame.header['reason']})"))

    def _kill_silent(self) -> None:
        if self._process is not None:
            logger.warning("speech_child_hung", extra={"child": self.name, "pid": self._process.pid})
            self._process.kill()

    def _lose(self, facts: asyncio.Future[dict[str, Any]], process: ChildProcess) -> None:
        """The process is gone by itself: fail what it was at, and bring a new one."""
        if not facts.done():
            facts.set_exception(SpeechUnavailable(f"{self.name} ended while it was loading"))
        if not _is_ready(facts):
            return
        logger.warning("speech_child_lost", extra={"child": self.name, "pid": process.pid})
        self._let_go(process)
        self._pauses.count_failure(asyncio.get_running_loop().time())
        self._fail_all(f"{self.name} ended while it was at work", is_lost=True)
        self._ensure()

    def _let_go(self, process: ChildProcess) -> None:
        if self._process is process:
            self._process = self._facts = None
        task = asyncio.get_running_loop().create_task(process.end())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    def _fail_all(self, reason: str, *, is_lost: bool) -> None:
        for exchange in list(self._exchanges.values()):
            exchange.settle(SpeechUnavailable(reason), is_lost=is_lost)


def _is_ready(facts: asyncio.Future[dict[str, Any]]) -> bool:
    return facts.done() and not facts.cancelled() and facts.exception() is None
