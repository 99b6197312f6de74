"""`Workers`: what the verbs of the command line run to get work done behind the scenes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import anyio

from core.assembly import Desk
from core.broker import REDELIVERY_MARGIN_S
from core.jobs import QUEUES, Job
from workers.attempts import carry_out
from workers.beat import keep_time
from workers.in_process import serve_in_process

logger = logging.getLogger(__name__)

EVERY_QUEUE = tuple(dict.fromkeys(QUEUES.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """Does the desk's jobs, in this process and with the parts of this one desk."""

    async def serve(
        self,
        desk: Desk,
        *,
        broker_url: str = "",
        concurrency: int = 2,
        queues: Sequence[str] = EVERY_QUEUE,
        job_seconds: float = 3300.0,
    ) -> None:
        """Do jobs until cancelled: from the broker, or without one in this process alone.

        `concurrency` documents' jobs at once, and beside them one job of maintenance, so that
        neither waits for the other. What runs when this is cancelled is put back. Whoever
        calls this also runs the desk's relay, once in a process.
        """
        threads = {queue: concurrency if queue == QUEUES["ingest"] else 1 for queue in queues}
        do = partial(carry_out, desk, job_seconds=job_seconds)
        mode = "celery" if broker_url else "in process"
        logger.info("work_begun", extra={"mode": mode, "queues": list(threads), "concurrency": concurrency})
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(do, Job(name="reap", tenant=desk.tenant.id))
            tasks.start_soon(keep_time, desk)
            if broker_url:
                # Celery is loaded only where there is a broker.
                from workers.celery_lanes import serve_lanes  # noqa: PLC0415

                visible_after_s = job_seconds + REDELIVERY_MARGIN_S
                await serve_lanes(broker_url, do, threads, visible_after_s=visible_after_s)
            else:
                await serve_in_process(desk, threads, do)

    async def beat(self, desk: Desk) -> None:
        """Only watch the clock, until cancelled: for those who want that in a process of its own."""
        await keep_time(desk)
