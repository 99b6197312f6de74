"""A worker in a process of its own, some of whose jobs are made for the test.

`python -m tests.fakes.worker_process '{"data": …, "redis": …, "marks": …, "work": {job: deed}}'`
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio

from config.settings import RedisSettings, Settings
from core.assembly import Desk, assemble
from core.jobs import Job
from core.telemetry import set_up_logging
from workers import app, jobs
from workers.app import Workers


class Marks:
    """Lines that processes of a test write for it to read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, word: str) -> None:
        """Write a line that survives the end of this process."""
        with self._path.open("a") as file:
            file.write(word + "\n")

    def read(self) -> list[str]:
        """Every line, oldest first."""
        return self._path.read_text().splitlines() if self._path.exists() else []


def deeds(marks: Marks) -> dict[str, Callable[[Desk, Job], Awaitable[None]]]:
    """What a job can be made to do."""

    async def mark(desk: Desk, job: Job) -> None:
        marks.add(f"done {job.id}")

    async def pause(desk: Desk, job: Job) -> None:
        await anyio.sleep(0.2)
        marks.add(f"done {job.id}")

    async def die(desk: Desk, job: Job) -> None:
        marks.add(f"died {job.id}")
        os.kill(os.getpid(), signal.SIGKILL)

    async def hang(desk: Desk, job: Job) -> None:
        marks.add(f"begun {job.id}")
        await anyio.sleep_forever()

    return {"mark": mark, "pause": pause, "die": die, "hang": hang}


async def work(chosen: dict[str, Any]) -> None:
    """Serve until SIGTERM."""
    set_up_logging("debug")
    # Unconfirmed jobs come back as fast as the test asks for.
    app.REDELIVERY_MARGIN_S = chosen.get("margin_s", 300.0)
    known = deeds(Marks(Path(chosen["marks"])))
    jobs.WORK = {**jobs.WORK, **{name: known[deed] for name, deed in chosen.get("work", {}).items()}}
    settings = Settings(data=chosen["data"], redis=RedisSettings(url=chosen["redis"]), _env_file=None)
    async with assemble(settings) as desk, anyio.create_task_group() as tasks:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, tasks.cancel_scope.cancel)
        tasks.start_soon(desk.stores.relay.run)
        await Workers().serve(
            desk,
            broker_url=desk.stores.redis.broker_url,
            concurrency=chosen.get("concurrency", 2),
            job_seconds=chosen.get("job_seconds", 60.0),
        )


if __name__ == "__main__":
    asyncio.run(work(json.loads(sys.argv[1])))
