"""The production stack on this machine: PostgreSQL, Elasticsearch, Redis and S3, all of them real."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.fakes.commands import frontdesk, ran, serving
from tests.services.elasticsearch import ElasticsearchServer, elasticsearch_server
from tests.services.postgres import OWNER, PostgresServer, postgres_server
from tests.services.redis import RedisServer, redis_server
from tests.services.s3 import KEY, SECRET, S3Server, s3_server

TOKENS_SECRET = "the same on every machine"  # noqa: S105 - made up


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Running servers, and the settings that make a desk of them."""

    folder: Path
    postgres: PostgresServer
    elasticsearch: ElasticsearchServer
    redis: RedisServer
    s3: S3Server

    @property
    def settings(self) -> dict[str, str]:
        """What an operator would set, without the prefix."""
        return {
            "RECORDS__URL": self.postgres.url(OWNER),
            "ELASTICSEARCH__URL": self.elasticsearch.url,
            "REDIS__URL": self.redis.url,
            "FILES__URL": "s3://frontdesk/files",
            "FILES__ENDPOINT": self.s3.url,
            "FILES__KEY": KEY,
            "FILES__SECRET": SECRET,
            "SECRET": TOKENS_SECRET,
            "WORKER__HEARTBEAT_SECONDS": "1",
        }

    def run(self, *words: str, **more: str) -> Any:
        """What a verb prints with --json in a desk of this stack."""
        return ran(*words, "--data", str(self.folder), **{**self.settings, **more})

    @contextmanager
    def worker(self, **more: str) -> Iterator[subprocess.Popen[str]]:
        """A `frontdesk worker` that has begun."""
        settings = {**self.settings, **more}
        with frontdesk("worker", "--data", str(self.folder), **settings) as process:
            assert process.stderr is not None
            for line in process.stderr:
                if "worker_ready" in line:
                    break
            _drain(process)
            yield process

    @contextmanager
    def web(self, **more: str) -> Iterator[str]:
        """The address of a `frontdesk web` that answers."""
        with serving("web", self.folder, **{**self.settings, **more}) as (process, said):
            _drain(process)
            yield said["url"]
            process.send_signal(signal.SIGTERM)

    @contextmanager
    def client(self, url: str, role: str = "admin") -> Iterator[httpx.Client]:
        """Somebody with an API key."""
        key = self.run("key", f"{role}-{os.urandom(4).hex()}", "--role", role)["key"]
        headers = {"Authorization": f"Bearer {key}"}
        with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
            yield client


def _drain(process: subprocess.Popen[str]) -> None:
    """Read what a process writes for as long as it lives, so that it never waits for a reader."""
    threading.Thread(target=deque, args=(process.stderr, 0), daemon=True).start()


@contextmanager
def production_stack(folder: Path) -> Iterator[Stack]:
    """Every server of a cluster, on free ports, with data that outlive a restart."""
    with ExitStack() as stack:
        yield Stack(
            folder=folder / "desk",
            postgres=stack.enter_context(postgres_server(durable=True)),
            elasticsearch=stack.enter_context(elasticsearch_server(folder / "elasticsearch")),
            redis=stack.enter_context(redis_server(folder / "redis")),
            s3=stack.enter_context(s3_server(folder / "s3")),
        )
