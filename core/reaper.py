"""Mends what ended processes and lost brokers leave behind, so that nothing waits for ever."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from core.ingest import Ingester
from core.jobs import Job
from core.outbox import Outbox
from core.process import is_running
from core.records import Records
from core.schema import leases

RING_S = 120.0
"""How long a tenant whose documents wait is left in peace after a job was enlisted for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaper:
    """Looks for what nobody holds any more."""

    records: Records
    outbox: Outbox
    ingester: Ingester

    async def reap(self) -> None:
        """Free what ended processes held, and enlist a job wherever documents wait.

        Jobs are enlisted together with their documents; this is for those that a broker has lost.

        Raises:
            RecordsUnavailable: the database did not answer.
        """
        await self._free_leases()
        await self.ingester.recover()
        for tenant in await self.ingester.claims.waiting():
            if await self.outbox.lease(f"ring:{tenant}", uuid.uuid4().hex, for_s=RING_S):
                await self.outbox.submit(Job(name="ingest", tenant=tenant))

    async def _free_leases(self) -> None:
        """Give back what relays of ended processes hold; that of another machine runs out by itself."""
        relays = select(leases.c.name, leases.c.owner).where(leases.c.name.startswith("relay:"))
        async with self.records.reading() as connection:
            held = (await connection.execute(relays)).all()
        for lease in held:
            if not is_running(lease.owner):
                await self.outbox.give_back(lease.name, lease.owner)
