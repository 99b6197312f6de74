"""Jobs without a broker: they wait in this process's memory and are done by its own event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import anyio

from core.assembly import Desk
from core.jobs import QUEUES, Job
from core.relay import Relay

CarryOut = Callable[[Job], Coroutine[Any, Any, None]]


class InProcessQueue:
    """`JobQueue` in memory. A job that waits here when the process ends is lost.

    Nothing but jobs is: what they are about stands in the records, where `reap` finds it.
    """

    def __init__(self) -> None:
        self._queues: dict[str, asyncio.Queue[Job]] = {name: asyncio.Queue() for name in QUEUES.values()}

    async def put(self, jobs: Sequence[Job]) -> None:
        """Hand jobs over, in order."""
        for job in jobs:
            self._queues[QUEUES[job.name]].put_nowait(job)

    async def take(self, queue: str) -> Job:
        """The next job of a queue, waited for."""
        return await self._queues[queue].get()

    async def close(self) -> None:
        """Forget what waits."""
        for queue in self._queues.values():
            while not queue.empty():
                queue.get_nowait()


async def serve_in_process(desk: Desk, threads: Mapping[str, int], carry_out: CarryOut) -> None:
    """Do jobs until cancelled, of each queue as many at once as `threads` says.

    Of several such processes on one set of records, one at a time gets the jobs.
    """
    queue = InProcessQueue()
    relay = Relay(desk.stores.outbox, queue, {})

    async def work(name: str) -> None:
        while True:
            await carry_out(await queue.take(name))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(relay.run)
        for name, count in threads.items():
            for _ in range(count):
                tasks.start_soon(work, name)
