"""Which job goes on: of all that a tenant has in a queue for the same thing, one has a successor."""

from __future__ import annotations

import uuid
from datetime import timedelta

from sqlalchemy import delete, select

from core.jobs import Job
from core.outbox import Outbox
from core.records import Records, insert_for, now
from core.schema import leases

NEXT_S = 60.0
"""How long a successor has to begin, before another job may stand in for it."""


class Succession:
    """Who follows whom, as records: no kill leaves it half settled."""

    def __init__(self, records: Records, outbox: Outbox) -> None:
        self._records = records
        self._outbox = outbox

    async def begin(self, job: Job, *, has_more: bool) -> bool:
        """Whether `job` may work. It may not while another waits that was enlisted to go on.

        Where it `has_more` than it will do itself, its successor is enlisted at the end of
        the queue, in the same transaction.
        """
        name, moment = f"succession:{job.name}:{job.tenant}", now()
        async with self._records.transaction() as connection:
            waiting = (await connection.execute(select(leases).where(leases.c.name == name))).first()
            if waiting is not None and waiting.owner != job.id and waiting.until > moment:
                return False
            if not has_more:
                await connection.execute(delete(leases).where(leases.c.name == name))
                return True
            following = _successor(job)
            its_time = {"owner": following.id, "until": moment + timedelta(seconds=NEXT_S)}
            lease = insert_for(connection, leases).on_conflict_do_update(
                index_elements=[leases.c.name], set_=its_time
            )
            await connection.execute(lease.values(name=name, **its_time))
            await self._outbox.add_job(connection, following)
            return True

    async def end(self, job: Job) -> None:
        """Enlist a successor after all: there is more to do than there was."""
        await self._outbox.submit(_successor(job))


def _successor(job: Job) -> Job:
    # Its body is like no other's, or the outbox would take it for one that waits already.
    id = uuid.uuid4().hex
    return Job(name=job.name, tenant=job.tenant, body={"successor": id}, id=id)
