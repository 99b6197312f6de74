"""What every server of the tests needs: a reason to skip, a free port, a wait for its first answer."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

STOP_S = 20.0


def missing(service: str, reason: str) -> NoReturn:
    """Skips here; fails where CI says that every service must be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{service} is required in CI: {reason}")
    pytest.skip(f"no {service}: {reason}")


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ServerProcess:
    """A child process that is a server; its words go to `log`."""

    def __init__(self, service: str, log: Path) -> None:
        self._service = service
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process that runs, if one does."""
        return self._process.pid if self._process else None

    def start(self, command: list[str], *, answers: Callable[[], bool], within_s: float) -> None:
        """Starts it and returns once it answers; the test is skipped, in CI failed, if it never does."""
        with self._log.open("ab") as sink:
            # A group of its own, so that its children can be signalled with it; no session of its
            # own, for priorities count within a session.
            self._process = subprocess.Popen(
                command, stdout=sink, stderr=sink, stdin=subprocess.DEVNULL, process_group=0
            )
        end = time.monotonic() + within_s
        while not answers():
            has_ended = self._process.poll() is not None
            if has_ended or time.monotonic() > end:
                self.kill()
                missing(self._service, f"it did not start: {self._log.read_text(errors='replace')[-800:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Ends it as an operator would: it may finish what it does."""
        if self._process:
            self.resume()
            self._process.terminate()
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def kill(self) -> None:
        """Ends it as a power cut would."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """Halts it: its connections stay open and nothing answers on them."""
        if self._process:
            self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Lets it go on after `pause`."""
        if self._process:
            self._process.send_signal(signal.SIGCONT)
