"""The outbox: jobs and events that are written in one transaction with the record they follow from."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.event_stream import DeskEvent
from core.jobs import Job
from core.records import Records, insert_for, now
from core.schema import leases, outbox

JOBS = "jobs"
"""The target of jobs; every event stream is a target of its own, by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One row of the outbox: what is to be handed over to its target."""

    id: int
    name: str
    body: dict[str, Any]


class Outbox:
    """Rows that wait to be handed over. A row is deleted once its target has taken it.

    `streams` names the event streams there are; each gets its own row of every event, so
    that an outage of one holds up no other.
    """

    def __init__(self, records: Records, *, streams: Sequence[str] = ()) -> None:
        self._records = records
        self._streams = tuple(streams)
        self.written = asyncio.Event()
        """Set when something was put in by this process."""

    async def add_job(self, connection: AsyncConnection, job: Job) -> None:
        """Put a job in; it takes the place of one like it that waits already.

        The older one may be on its way at this moment, to a worker that does not see yet what
        this transaction has done. So the newer one must be delivered, whatever becomes of it.
        """
        like = (outbox.c.target == JOBS, outbox.c.name == job.name, outbox.c.tenant == job.tenant)
        waiting = await connection.execute(select(outbox.c.id, outbox.c.body).where(*like))
        replaced = [row.id for row in waiting if row.body["body"] == job.body]
        if replaced:
            await connection.execute(delete(outbox).where(outbox.c.id.in_(replaced)))
        body = {"id": job.id, "tenant": job.tenant, "body": job.body}
        await self._put(connection, [(JOBS, job.name, job.tenant, body)])

    async def add_event(self, connection: AsyncConnection, *events: DeskEvent) -> None:
        """Put events in, each once for each stream."""
        rows = [
            (stream, event.type, event.tenant, event.as_json())
            for event in events
            for stream in self._streams
        ]
        await self._put(connection, rows)

    async def submit(self, job: Job) -> None:
        """Put a job in by itself."""
        async with self._records.transaction() as connection:
            await self.add_job(connection, job)

    async def oldest(self, target: str, *, limit: int) -> list[Parcel]:
        """What a target is to take next, in the order it was put in."""
        query = select(outbox).where(outbox.c.target == target).order_by(outbox.c.id).limit(limit)
        async with self._records.reading() as connection:
            rows = await connection.execute(query)
            return [Parcel(id=row.id, name=row.name, body=row.body) for row in rows]

    async def taken(self, parcels: Sequence[Parcel]) -> None:
        """Forget what was handed over."""
        async with self._records.transaction() as connection:
            await connection.execute(delete(outbox).where(outbox.c.id.in_([one.id for one in parcels])))

    async def waiting(self) -> dict[str, int]:
        """How many rows wait for each target."""
        query = select(outbox.c.target, func.count()).group_by(outbox.c.target)
        async with self._records.reading() as connection:
            return {str(target): int(count) for target, count in await connection.execute(query)}

    async def lease(self, name: str, owner: str, *, for_s: float) -> bool:
        """Whether `owner` alone may do what `name` says until so many seconds from now.

        The holder may lease again before its time is over; everybody else has to wait.
        """
        moment = now()
        until = moment + timedelta(seconds=for_s)
        async with self._records.transaction() as connection:
            unless_held = insert_for(connection, leases).on_conflict_do_nothing()
            made = await connection.execute(unless_held.values(name=name, owner=owner, until=until))
            if made.rowcount:
                return True
            free = or_(leases.c.owner == owner, leases.c.until < moment)
            renewed = await connection.execute(
                update(leases).where(leases.c.name == name, free).values(owner=owner, until=until)
            )
            return bool(renewed.rowcount)

    async def give_back(self, name: str, owner: str) -> None:
        """End a lease early."""
        async with self._records.transaction() as connection:
            await connection.execute(delete(leases).where(leases.c.name == name, leases.c.owner == owner))

    async def _put(
        self, connection: AsyncConnection, rows: Sequence[tuple[str, str, str, dict[str, Any]]]
    ) -> None:
        if not rows:
            return
        moment = now()
        await connection.execute(
            insert(outbox),
            [
                {"target": target, "name": name, "tenant": tenant, "body": body, "created_at": moment}
                for target, name, tenant, body in rows
            ],
        )
        self.written.set()
