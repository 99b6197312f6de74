"""The work that comes again: what is due, and that it is begun once however many look at the clock."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, union

from core.jobs import Job, JobName
from core.outbox import Outbox
from core.records import Records, now
from core.schema import conversations, documents
from core.tenants import TenantId

ENLISTING_S = 30.0
"""How long the one who begins a piece of work has to do so, before somebody else may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """How often a job comes: every so many seconds, or once a day from an hour of local time on.

    A job `for_each_tenant` is as many jobs as there are tenants.
    """

    every_s: float = 0.0
    from_hour: int | None = None
    for_each_tenant: bool = False

    def seconds_to_next(self, moment: datetime) -> float:
        """How long after `moment` it comes next.

        >>> Recurrence(from_hour=3).seconds_to_next(datetime(2026, 1, 1, 2, 30))
        1800.0
        """
        if self.from_hour is None:
            return self.every_s
        today = moment.replace(hour=self.from_hour, minute=0, second=0, microsecond=0)
        following = today if today > moment else today + timedelta(days=1)
        return (following - moment).total_seconds()


SCHEDULE: Mapping[JobName, Recurrence] = {
    "reap": Recurrence(every_s=30),
    "deliver": Recurrence(every_s=30),
    "settle_approvals": Recurrence(every_s=30),
    "digest_feedback": Recurrence(every_s=3600, for_each_tenant=True),
    "evaluate": Recurrence(from_hour=3, for_each_tenant=True),
    "retain": Recurrence(from_hour=4),
}


class Schedule:
    """Enlists what is due. The leases in the records say when each job is due again, to everybody alike."""

    def __init__(
        self,
        records: Records,
        outbox: Outbox,
        tenant: TenantId,
        table: Mapping[JobName, Recurrence] = SCHEDULE,
    ) -> None:
        self._records = records
        self._outbox = outbox
        self._tenant = tenant
        self._table = table
        self._not_before: dict[JobName, datetime] = {}

    async def enlist_due(self) -> list[JobName]:
        """Put what is due into the outbox, unless somebody else has; what was put in.

        Raises:
            RecordsUnavailable: the database did not answer; what is due remains so.
        """
        moment = now()
        due = [name for name in self._table if self._not_before.get(name, moment) <= moment]
        return [name for name in due if await self._enlist(name, self._table[name], moment)]

    async def _enlist(self, name: JobName, recurrence: Recurrence, moment: datetime) -> bool:
        wait_s = recurrence.seconds_to_next(moment.astimezone())
        lease, owner = f"schedule:{name}", uuid.uuid4().hex
        if not await self._outbox.lease(lease, owner, for_s=min(ENLISTING_S, wait_s)):
            # Whoever has it may die over it, so it is looked at again well before it is due again.
            self._not_before[name] = moment + timedelta(seconds=min(wait_s, ENLISTING_S))
            return False
        for tenant in await self._tenants() if recurrence.for_each_tenant else [self._tenant]:
            await self._outbox.submit(Job(name=name, tenant=tenant))
        await self._outbox.lease(lease, owner, for_s=wait_s)
        self._not_before[name] = moment + timedelta(seconds=wait_s)
        return True

    async def _tenants(self) -> Sequence[TenantId]:
        everywhere = union(select(documents.c.tenant), select(conversations.c.tenant))
        async with self._records.reading() as connection:
            return sorted(TenantId(row.tenant) for row in await connection.execute(everywhere))
