"""Celery workers in threads of this process, one a queue, whose jobs are done by this event loop."""

from __future__ import annotations

import asyncio
import logging
import platform
import threading
import time
import uuid
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import Any

import anyio
from celery import Celery, Task
from celery.bootsteps import RUN
from celery.concurrency.thread import TaskPool
from celery.exceptions import Reject
from celery.worker import state
from celery.worker.consumer import Consumer

from core.broker import POLLS_A_SECOND, celery_app, task_name
from core.jobs import JOB_NAMES, QUEUES, Job, JobName
from core.tenants import TenantId
from workers.attempts import park

logger = logging.getLogger(__name__)

CarryOut = Callable[[Job], Coroutine[Any, Any, None]]

MOST_DELIVERIES = 5
"""A job that took its worker down so often is given up."""
STOP_S = 8.0
RESTART_S = 5.0
HOLD_S = 0.2
"""How long a job that comes while the worker stops is held, so that it does not come straight back."""


class Lane(Consumer):  # type: ignore[misc]  # Celery has no types
    """A consumer that looks around often: a job that ends in a thread wakes nobody."""

    def loop(self, *_: object) -> None:
        """Take jobs until the worker is told to stop, or the connection breaks."""
        self.task_consumer.on_message = self.create_task_handler()
        self.task_consumer.consume()
        self.on_ready()
        while self.blueprint.state == RUN and self.connection:
            state.maybe_shutdown()
            if self.qos.prev != self.qos.value:
                self.qos.update()
            self.perform_pending_operations()
            with suppress(TimeoutError):
                self.connection.drain_events(timeout=1 / POLLS_A_SECOND)


class Threads(TaskPool):  # type: ignore[misc]  # Celery has no types
    """Threads that know which application their task is of: Celery itself asks for the current one."""

    def on_apply(self, target: Any, args: Any = None, kwargs: Any = None, **options: Any) -> Any:  # noqa: ANN401
        """Run a task in a thread."""
        return super().on_apply(target, args, {**(kwargs or {}), "app": self.app}, **options)


class Bridge:
    """Carries jobs from the threads of Celery into the event loop that owns the desk, and their end back."""

    def __init__(self, carry_out: CarryOut) -> None:
        self._carry_out = carry_out
        self._loop = asyncio.get_running_loop()
        self._running: dict[asyncio.Task[None], anyio.CancelScope] = {}
        self.is_stopping = threading.Event()

    def do(self, task: Task, name: JobName, job: Job) -> None:
        """Do a job, called in a thread: returns when it is over, and then it is confirmed.

        Raises:
            Reject: it was broken off and goes back into its queue.
            Retry: it comes back as a new delivery, which counts how often it was delivered.
        """
        if self.is_stopping.is_set():
            time.sleep(HOLD_S)
            raise Reject("the worker stops", requeue=True)
        if task.request.delivery_info.get("redelivered"):
            if task.request.retries + 1 >= MOST_DELIVERIES:
                park(job, f"it was begun {MOST_DELIVERIES} times and never ended: it may crash its worker")
                return
            raise task.retry(countdown=0)
        try:
            asyncio.run_coroutine_threadsafe(self._in_loop(job), self._loop).result()
        except CancelledError:
            logger.info("job_put_back", extra={"job": name, "tenant": job.tenant, "id": job.id})
            raise Reject("the worker stops", requeue=True) from None

    async def stop(self) -> None:
        """Break off what runs; returns once it has put back what it held."""
        self.is_stopping.set()
        for scope in self._running.values():
            scope.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=STOP_S)

    async def _in_loop(self, job: Job) -> None:
        if self.is_stopping.is_set():
            raise asyncio.CancelledError
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in a task
        # A scope cancels until the work has ended. A task's own `cancel` is tried once, and
        # `asyncio.wait_for` before Python 3.12 can swallow it.
        with anyio.CancelScope() as scope:
            self._running[task] = scope
            try:
                await self._carry_out(job)
            finally:
                del self._running[task]
        if scope.cancelled_caught:
            raise asyncio.CancelledError


async def serve_lanes(
    broker_url: str, carry_out: CarryOut, threads: Mapping[str, int], *, visible_after_s: float
) -> None:
    """Do jobs until cancelled, of each queue as many at once as `threads` says.

    A broker that is away, at the start or later, is waited for. When cancelled, what runs is
    broken off and put back into its queue. One call a process at a time: Celery's workers
    share a switch.
    """
    bridge = Bridge(carry_out)
    lanes = [
        threading.Thread(
            target=_keep_running,
            args=(
                bridge,
                lambda queue=queue: celery_app(broker_url, visible_after_s=visible_after_s),
                queue,
                count,
            ),
            name=f"lane-{queue}",
            daemon=True,
        )
        for queue, count in threads.items()
    ]
    # A job that goes back says so in a line of ours; a traceback of it tells nothing more.
    logging.getLogger("celery.app.trace").setLevel(logging.ERROR)
    state.should_stop = None
    for lane in lanes:
        lane.start()
    try:
        await anyio.sleep_forever()
    finally:
        with anyio.CancelScope(shield=True):
            await bridge.stop()
            state.should_stop = 0
            await anyio.to_thread.run_sync(_join, lanes)


def _keep_running(bridge: Bridge, make_app: Callable[[], Celery], queue: str, count: int) -> None:
    while True:
        app = make_app()
        try:
            _worker(app, bridge, queue, count).start()
        except Exception:  # a lane that ends for good would leave its queue to nobody
            logger.exception("lane_failed", extra={"queue": queue})
        finally:
            app.close()
        if bridge.is_stopping.is_set():
            return
        logger.error("lane_ended", extra={"queue": queue})
        time.sleep(RESTART_S)


def _worker(app: Celery, bridge: Bridge, queue: str, count: int) -> Any:  # noqa: ANN401 - Celery has no types
    for name in JOB_NAMES:
        if QUEUES[name] == queue:
            _register(app, bridge, name)
    # Every application has queues of its own to listen to, so each lane needs one.
    return app.WorkController(
        hostname=f"{queue}-{uuid.uuid4().hex[:8]}@{platform.node()}",
        queues=[queue],
        concurrency=count,
        pool=Threads,
        consumer_cls=Lane,
        use_eventloop=False,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )


def _register(app: Celery, bridge: Bridge, name: JobName) -> None:
    def run(task: Task, id: str, tenant: str, body: dict[str, Any]) -> None:
        bridge.do(task, name, Job(name=name, tenant=TenantId(tenant), body=body, id=id))

    app.task(run, name=task_name(name), bind=True, shared=False, max_retries=None)


def _join(lanes: list[threading.Thread]) -> None:
    end = time.monotonic() + STOP_S
    for lane in lanes:
        lane.join(max(0.0, end - time.monotonic()))
        if lane.is_alive():
            logger.warning("lane_left_running", extra={"lane": lane.name})
