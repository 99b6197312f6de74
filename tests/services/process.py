"""What every server of the tests is: a process with a log, a wait for its first answer, a reason to skip."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, NoReturn, TypeVar

import pytest

STOP_S = 20.0


def missing(service: str, reason: str) -> NoReturn:
    """Skips here; fails where CI says that every service must be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{service} is required in CI: {reason}")
    pytest.skip(f"no {service}: {reason}")


def need_programs(service: str, *programs: str) -> None:
    """Says that a server is `missing` where a program that it takes is not installed."""
    for program in programs:
        if shutil.which(program) is None:
            missing(service, f"{program} is not installed")


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server(ABC):
    """A child process that is a server; its words go to `log`."""

    service: ClassVar[str]
    """What a reason to skip calls it."""
    start_s: ClassVar[float]
    """How long it may take to answer."""
    command: list[str]
    """What starts it, the first time and every later one; a subclass sets it as it is made."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def answers(self) -> bool:
        """Whether it can be used."""

    @property
    def pid(self) -> int | None:
        """The process that runs, if one does."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Starts it, each time on the same port and the same data; returns once it answers.

        The test is skipped, in CI failed, if it never does.
        """
        with self._log.open("ab") as sink:
            # A group of its own, so that its children can be signalled with it; no session of its
            # own, for priorities count within a session.
            self._process = subprocess.Popen(
                self.command, stdout=sink, stderr=sink, stdin=subprocess.DEVNULL, process_group=0
            )
        end = time.monotonic() + self.start_s
        while not self.answers():
            has_ended = self._process.poll() is not None
            if has_ended or time.monotonic() > end:
                # A subclass's own `kill` may ask the system about a process that is gone.
                Server.kill(self)
                missing(self.service, f"it did not start: {self._log.read_text(errors='replace')[-800:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Ends it as an operator would: it may finish what it does."""
        if self._process:
            # Halted, it would not hear that it is to end.
            self._process.send_signal(signal.SIGCONT)
            self._process.terminate()
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def kill(self) -> None:
        """Ends it as a power cut would, with SIGKILL."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Ends it in an orderly way and starts it again on the same data."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Halts it: its connections stay open and nothing answers on them."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Lets it go on after `pause`."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        """Sends a signal to all of it; a server of several processes says which they are."""
        if self._process:
            self._process.send_signal(number)


AnyServer = TypeVar("AnyServer", bound=Server)


@contextmanager
def running(server: AnyServer) -> Iterator[AnyServer]:
    """Starts the server, and stops it with the context."""
    server.start()
    try:
        yield server
    finally:
        server.stop()
