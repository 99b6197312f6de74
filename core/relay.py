"""Hands the outbox over: jobs to the queue, events to every stream, each at its own pace."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack

import anyio

from core.errors import Refused, Unavailable
from core.event_stream import DeskEvent, EventStream
from core.jobs import Job, JobQueue
from core.outbox import JOBS, Outbox, Parcel
from core.process import this_process

logger = logging.getLogger(__name__)

BATCH = 200
LEASE_S = 60.0
LONGEST_PAUSE_S = 30.0

Deliver = Callable[[Sequence[Parcel]], Awaitable[None]]


class Relay:
    """Empties the outbox for as long as it runs.

    Of all processes one serves a target at a time, so that order holds; a parcel whose
    delivery was not confirmed is delivered again.
    """

    def __init__(self, outbox: Outbox, queue: JobQueue | None, streams: Mapping[str, EventStream]) -> None:
        self._outbox = outbox
        self._owner = f"{this_process()}/{uuid.uuid4().hex[:8]}"
        self._deliver: dict[str, Deliver] = {name: _to_stream(stream) for name, stream in streams.items()}
        if queue is not None:
            self._deliver[JOBS] = _to_queue(queue)

    async def run(self, *, poll_seconds: float = 1.0) -> None:
        """Deliver until cancelled; an outage of one target holds up no other."""
        async with AsyncExitStack() as stack:
            for target in self._deliver:
                stack.push_async_callback(self._leave, target)
            async with anyio.create_task_group() as tasks:
                for target in self._deliver:
                    tasks.start_soon(self._serve, target, poll_seconds)

    async def flush(self, target: str) -> int:
        """Deliver what waits for a target now, if no other process does; how many parcels.

        Raises:
            Unavailable: the target did not take them; they wait on.
        """
        delivered = 0
        if not await self._outbox.oldest(target, limit=1):
            return delivered
        while await self._outbox.lease(_lease(target), self._owner, for_s=LEASE_S):
            parcels = await self._outbox.oldest(target, limit=BATCH)
            if not parcels:
                break
            async with asyncio.timeout(LEASE_S / 2):
                await self._deliver[target](parcels)
            await self._outbox.taken(parcels)
            delivered += len(parcels)
        return delivered

    async def _serve(self, target: str, poll_seconds: float) -> None:
        failures = 0
        while True:
            try:
                await self.flush(target)
                failures = 0
            except (Unavailable, TimeoutError) as error:
                failures += 1
                logger.warning(
                    "delivery_postponed",
                    extra={"target": target, "failures": failures, "error": type(error).__name__},
                )
            if failures:
                await anyio.sleep(min(LONGEST_PAUSE_S, poll_seconds * 2.0 ** min(failures, 8)))
            else:
                await self._rest(poll_seconds)

    async def _rest(self, poll_seconds: float) -> None:
        # Written is set inside a transaction; the poll finds what was committed after the look.
        with anyio.move_on_after(poll_seconds):
            await self._outbox.written.wait()
            self._outbox.written.clear()
            await anyio.sleep(0.01)

    async def _leave(self, target: str) -> None:
        with anyio.CancelScope(shield=True), anyio.move_on_after(5):
            try:
                await self._outbox.give_back(_lease(target), self._owner)
            except Unavailable:
                logger.warning("lease_kept", extra={"target": target})


def _lease(target: str) -> str:
    return f"relay:{target}"


def _to_stream(stream: EventStream) -> Deliver:
    async def deliver(parcels: Sequence[Parcel]) -> None:
        await stream.publish(list(_events(parcels)))

    return deliver


def _events(parcels: Sequence[Parcel]) -> Iterator[DeskEvent]:
    for parcel in parcels:
        try:
            yield DeskEvent.from_json(parcel.body)
        except Refused:
            # It would stand in the way of all that come after it.
            logger.error("event_unreadable", extra={"parcel": parcel.id, "event_type": parcel.name})


def _to_queue(queue: JobQueue) -> Deliver:
    async def deliver(parcels: Sequence[Parcel]) -> None:
        await queue.put([job_from(parcel) for parcel in parcels])

    return deliver


def job_from(parcel: Parcel) -> Job:
    """The job that was put into the outbox."""
    return Job(name=parcel.name, **parcel.body)  # type: ignore[arg-type]
