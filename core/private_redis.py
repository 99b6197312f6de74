"""A Redis of the desk's own, shared by all processes that work in one data folder."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import time
from pathlib import Path

import anyio

from core.file_locks import FileLock, private_folder, temporary_folder
from core.redis_process import POLL_S, START_S, RedisProcess, is_listening, redis_programs

logger = logging.getLogger(__name__)

FOLLOW_S = 0.5
"""How often those who use the server look whether the one who keeps it up is gone."""
_FIRST_PAUSE_S, _LONGEST_PAUSE_S, _STEADY_S = 0.05, 30.0, 60.0
_LONGEST_SOCKET_PATH = 103


class PrivateRedis:
    """Reaches the server of a folder, starts it where it does not run, and keeps it running.

    The first to come keeps the server up, and starts it again when it dies; when that one is
    gone, the next takes over with the server as it runs. The last to leave stops it. A server
    whose every user was killed is found and used again. `folder` holds its files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self.socket = _socket_path(self._folder)
        self.missed = self._folder / "redis.missed"
        """Where those who could not reach the server leave word of what it should know."""
        self._server = RedisProcess(self._folder, self.socket)
        self._keeper = FileLock(self._folder / "redis.keeper")
        self._users = FileLock(self._folder / "redis.users")
        self._watch: asyncio.Task[None] | None = None

    @property
    def has_data(self) -> bool:
        """Whether a server was here before, or is."""
        return self._server.has_data

    async def join(self, *, may_start: bool) -> bool:
        """Whether there is a server to use; `may_start` lets it be started, and kept running."""
        if not hasattr(socket, "AF_UNIX"):
            return False
        may_start = may_start and bool(redis_programs())
        if not (may_start or is_listening(self.socket)):
            return False
        try:
            if await self._is_there(may_start=may_start):
                return True
        except OSError as error:
            logger.warning("redis_not_started", extra={"folder": str(self._folder), "reason": str(error)})
        self._keeper.release()
        self._users.release()
        return False

    async def leave(self) -> None:
        """Give the server up; the last to do so stops it."""
        with anyio.CancelScope(shield=True):
            if self._watch is not None:
                self._watch.cancel()
                await asyncio.wait([self._watch])
                self._watch = None
            self._keeper.release()
            if self._users.is_taken and self._users.take(alone=True):
                await self._server.stop()
                if self.socket.parent != self._folder:
                    with contextlib.suppress(OSError):
                        self.socket.parent.rmdir()
            else:
                self._server.leave()
            self._users.release()

    async def _is_there(self, *, may_start: bool) -> bool:
        private_folder(self._folder)
        end = time.monotonic() + START_S
        # The last user before holds it alone for as long as it takes to stop the server.
        while not self._users.take(alone=False):
            if time.monotonic() > end:
                raise TimeoutError("the server is being stopped, and does not come to an end")
            await asyncio.sleep(POLL_S)
        private_folder(self.socket.parent)
        if not may_start:
            return await self._server.answers()
        if not await self._is_found_or_started(end):
            return False
        self._watch = asyncio.create_task(self._keep_running())
        return True

    async def _is_found_or_started(self, end: float) -> bool:
        while time.monotonic() < end:
            if self._keeper.take(alone=True):
                return await self._server.start()
            if await self._server.answers():
                return True
            await asyncio.sleep(POLL_S)
        return is_listening(self.socket)

    async def _keep_running(self) -> None:
        """Keep the server up while this one is its keeper, and become that once there is none."""
        pause = _FIRST_PAUSE_S
        while True:
            if not self._keeper.take(alone=True):
                await asyncio.sleep(FOLLOW_S)
                continue
            began = time.monotonic()
            try:
                if await self._server.start():
                    await self._server.until_it_ends()
                    logger.warning("redis_ended", extra={"folder": str(self._folder)})
            except OSError as error:
                logger.warning("redis_not_started", extra={"folder": str(self._folder), "reason": str(error)})
            pause = _FIRST_PAUSE_S if time.monotonic() - began > _STEADY_S else pause * 2
            await asyncio.sleep(min(pause, _LONGEST_PAUSE_S))


def _socket_path(folder: Path) -> Path:
    """In the folder; where the system takes no path that long, in a private one of the temporary folder."""
    path = folder / "redis.sock"
    return path if len(bytes(path)) <= _LONGEST_SOCKET_PATH else temporary_folder(folder) / "redis.sock"
