"""The verbs that work behind the scenes: `worker` and `beat`."""

from __future__ import annotations

import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated, Any, Protocol

import anyio
import typer

from channels.terminal import DataOption, TenantOption, app, run_async, settings_for
from config.settings import Settings
from core.assembly import Desk, assemble
from core.jobs import QUEUES
from core.telemetry import set_up_logging

logger = logging.getLogger(__name__)

QUEUE_NAMES = tuple(dict.fromkeys(QUEUES.values()))
Work = Callable[[], Coroutine[Any, Any, None]]


class Workers(Protocol):
    """What does the jobs; the launcher hands it to the verbs as their context's object."""

    async def serve(
        self, desk: Desk, *, broker_url: str, concurrency: int, queues: Sequence[str], job_seconds: float
    ) -> None:
        """Do jobs until cancelled."""

    async def beat(self, desk: Desk) -> None:
        """Enlist what the clock says until cancelled."""


def serve_work(workers: Workers, desk: Desk, settings: Settings, queues: Sequence[str] = QUEUE_NAMES) -> Work:
    """What does this desk's jobs, as the settings say, until it is cancelled."""
    return partial(
        workers.serve,
        desk,
        broker_url=desk.stores.redis.broker_url,
        concurrency=settings.worker.concurrency,
        queues=queues,
        job_seconds=settings.worker.job_minutes * 60,
    )


@app.command()
def worker(
    context: typer.Context,
    queues: Annotated[
        str, typer.Option(help=f"Queues to listen to, with commas: {', '.join(QUEUE_NAMES)}.")
    ] = ",".join(QUEUE_NAMES),
    data: DataOption = None,
    tenant: TenantOption = "",
) -> None:
    """Do the work behind the scenes until told to stop; what is half done then is queued again."""
    chosen = tuple(name.strip() for name in queues.split(","))
    if unknown := [name for name in chosen if name not in QUEUE_NAMES]:
        raise typer.BadParameter(f"{unknown[0]!r} is no queue: use {', '.join(QUEUE_NAMES)}")
    settings = settings_for(data, tenant)

    def work(desk: Desk) -> Sequence[Work]:
        return (desk.stores.relay.run, serve_work(context.obj, desk, settings, chosen))

    run_async(_run(settings, "worker_ready", work))


@app.command()
def beat(context: typer.Context, data: DataOption = None, tenant: TenantOption = "") -> None:
    """Enlist the work that comes again, until told to stop. Every worker does so too; two do no harm."""
    settings = settings_for(data, tenant)

    def work(desk: Desk) -> Sequence[Work]:
        return (desk.stores.relay.run, partial(context.obj.beat, desk))

    run_async(_run(settings, "beat_ready", work))


async def _run(settings: Settings, ready: str, work: Callable[[Desk], Sequence[Work]]) -> int:
    """Run several things side by side until a signal."""
    set_up_logging(settings.log_level, redacts=settings.safety.redact_logs)
    async with assemble(settings, keeps_running=True) as desk, _stopped_by_signal() as scope:
        logger.info(ready)
        with scope:
            async with anyio.create_task_group() as tasks:
                for each in work(desk):
                    tasks.start_soon(each)
    return 0


@asynccontextmanager
async def _stopped_by_signal() -> AsyncIterator[anyio.CancelScope]:
    """A scope that the first signal to stop cancels."""
    scope = anyio.CancelScope()

    async def listen() -> None:
        with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            async for _ in signals:
                scope.cancel()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listen)
        yield scope
        tasks.cancel_scope.cancel()
