"""Who reads which document: claimed by one process at a time, and given back when it falls silent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, or_, select, update

from core.catalogue import Documents, document_from, ended
from core.documents import DocumentId, DocumentStatus
from core.jobs import Job
from core.outbox import Outbox
from core.records import Records, now
from core.schema import documents
from core.tenants import TenantId


class Claims:
    """Documents in reading, as records."""

    def __init__(self, records: Records, outbox: Outbox) -> None:
        self._records = records
        self._outbox = outbox

    async def claim(self, owner: str, *, limit: int, tenant: TenantId | None = None) -> Documents:
        """Take up to `limit` queued documents, oldest first, as being read by `owner`.

        Two callers never get the same document. One whose reading was cut off before is
        taken after all others and alone, so that it takes none down with it again.
        """
        is_queued = documents.c.status == DocumentStatus.QUEUED
        queued = select(documents.c.id).where(is_queued).order_by(documents.c.created_at)
        if tenant is not None:
            queued = queued.where(documents.c.tenant == tenant)
        queued = queued.with_for_update(skip_locked=True)
        moment = now()
        taking = update(documents).values(
            status=DocumentStatus.READING,
            owner=owner,
            attempts=documents.c.attempts + 1,
            stage="reading",
            progress=0.0,
            started_at=moment,
            heartbeat_at=moment,
        )
        async with self._records.transaction() as connection:
            for wanted in (queued.where(documents.c.attempts == 0).limit(limit), queued.limit(1)):
                # As a table of its own the choice is made once, whatever the planner thinks best.
                chosen = wanted.cte("chosen").prefix_with("MATERIALIZED")
                rows = await connection.execute(
                    taking.where(documents.c.id.in_(select(chosen.c.id)), is_queued).returning(documents)
                )
                if claimed := [document_from(row) for row in rows]:
                    return sorted(claimed, key=lambda document: document.created_at)
        return []

    async def owners(self) -> set[str]:
        """Who has documents in reading."""
        async with self._records.reading() as connection:
            rows = await connection.execute(
                select(documents.c.owner).where(documents.c.status == DocumentStatus.READING)
            )
            return {row.owner for row in rows}

    async def waiting(self) -> dict[TenantId, int]:
        """How many documents are queued, by tenant."""
        queued = select(documents.c.tenant, func.count()).where(documents.c.status == DocumentStatus.QUEUED)
        async with self._records.reading() as connection:
            rows = await connection.execute(queued.group_by(documents.c.tenant))
            return {TenantId(tenant): int(count) for tenant, count in rows}

    async def beat(self, owner: str) -> None:
        """Note that `owner` still reads what it took."""
        async with self._records.transaction() as connection:
            await connection.execute(
                update(documents)
                .where(documents.c.owner == owner, documents.c.status == DocumentStatus.READING)
                .values(heartbeat_at=now())
            )

    async def silent(self, before: datetime) -> set[str]:
        """Who has documents in reading and has not been heard of since `before`."""
        async with self._records.reading() as connection:
            rows = await connection.execute(
                select(documents.c.owner).where(
                    documents.c.status == DocumentStatus.READING,
                    or_(documents.c.heartbeat_at < before, documents.c.heartbeat_at.is_(None)),
                )
            )
            return {row.owner for row in rows}

    async def advance(self, ids: Iterable[DocumentId], stage: str, progress: float) -> None:
        """Note how far documents are: the stage, and the share of it that is done."""
        async with self._records.transaction() as connection:
            await connection.execute(
                update(documents)
                .where(documents.c.id.in_(list(ids)), documents.c.status == DocumentStatus.READING)
                .values(stage=stage, progress=progress, heartbeat_at=now())
            )

    async def release(self, owner: str, *, most_attempts: int, is_their_fault: bool = True) -> Documents:
        """Put back what `owner` was reading; refuse what has been cut off too often.

        The attempt does not count where it is not the documents' fault that it ended.
        Returns the documents that are queued again.
        """
        theirs = (documents.c.owner == owner, documents.c.status == DocumentStatus.READING)
        async with self._records.transaction() as connection:
            if not is_their_fault:
                await connection.execute(
                    update(documents).where(*theirs).values(attempts=documents.c.attempts - 1)
                )
            refused = await connection.execute(
                update(documents)
                .where(*theirs, documents.c.attempts >= most_attempts)
                .values(
                    status=DocumentStatus.REFUSED,
                    reason=f"reading it was cut off {most_attempts} times; upload it again to retry",
                    owner=None,
                    stage=None,
                )
                .returning(documents)
            )
            await self._outbox.add_event(connection, *(ended(document_from(row)) for row in refused))
            rows = await connection.execute(
                update(documents)
                .where(*theirs)
                .values(status=DocumentStatus.QUEUED, owner=None, stage=None)
                .returning(documents)
            )
            again = [document_from(row) for row in rows]
            for tenant in {document.tenant for document in again}:
                await self._outbox.add_job(connection, Job(name="ingest", tenant=tenant))
            return again

    async def read_again(self, document_id: DocumentId) -> None:
        """Queue a document that is ready, because what the index holds of it is not its newest version."""
        async with self._records.transaction() as connection:
            row = (
                await connection.execute(
                    update(documents)
                    .where(documents.c.id == document_id, documents.c.status == DocumentStatus.READY)
                    .values(status=DocumentStatus.QUEUED, attempts=0)
                    .returning(documents.c.tenant)
                )
            ).first()
            if row is not None:
                await self._outbox.add_job(connection, Job(name="ingest", tenant=row.tenant))
