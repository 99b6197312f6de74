"""The queue of jobs on a broker: every job is a Celery task that any worker may take."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import anyio

from core.broker import SOCKET_S, answered, celery_app, reach, task_arguments, task_name
from core.jobs import Job, JobName

EXPIRES_S: dict[JobName, float] = {"reap": 3600.0, "deliver": 3600.0}
"""Jobs that mean nothing any more after so long, because the next of them is on its way."""
SLOWEST_S = 0.05
"""How long a job may take to be handed over, once there is a connection."""


class CeleryQueue:
    """`JobQueue` on a broker. A broker that is away is noticed, and never waited for without end."""

    def __init__(self, broker_url: str, *, timeout_s: float = 2 * SOCKET_S) -> None:
        self._broker_url = broker_url
        self._timeout_s = timeout_s
        self._app = celery_app(broker_url)
        # A call that hangs holds its thread; the next waits for it instead of taking another.
        self._limiter = anyio.CapacityLimiter(1)

    async def put(self, jobs: Sequence[Job]) -> None:
        """Hand jobs over, in order; when this returns they are safe in the queue.

        Raises:
            QueueUnavailable: the broker did not take them all; some may come twice after a retry.
        """
        if jobs:
            publish = partial(self._publish, list(jobs))
            within_s = self._timeout_s + len(jobs) * SLOWEST_S
            await answered(publish, self._broker_url, within_s=within_s, limiter=self._limiter)

    async def close(self) -> None:
        """Let go of the application; no connection outlives a call."""
        self._app.close()

    def _publish(self, jobs: Sequence[Job]) -> None:
        with self._app.connection_for_write() as connection:
            reach(connection)
            producer = self._app.amqp.Producer(connection)
            for job in jobs:
                self._app.send_task(
                    task_name(job.name),
                    kwargs=task_arguments(job),
                    task_id=job.id,
                    producer=producer,
                    retry=False,
                    expires=EXPIRES_S.get(job.name),
                )
