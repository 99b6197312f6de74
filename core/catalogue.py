"""The catalogue of documents: what was uploaded, how far it is, and the text it was read into."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.documents import Document, DocumentId, DocumentStatus
from core.errors import NotFound, Overtaken
from core.event_stream import DeskEvent
from core.jobs import Job
from core.outbox import Outbox
from core.records import Records, now
from core.schema import documents, texts
from core.tenants import TenantId

Documents = list[Document]


class Catalogue:
    """Documents as records. Every call names the tenant; another's are never seen."""

    def __init__(self, records: Records, outbox: Outbox) -> None:
        self._records = records
        self._outbox = outbox

    async def find(self, tenant: TenantId, *, sources: Iterable[str], hashes: Iterable[str]) -> Documents:
        """The tenant's documents that came from one of `sources` or hold one of `hashes`."""
        wanted = or_(documents.c.source.in_(list(sources)), documents.c.content_hash.in_(list(hashes)))
        async with self._records.reading() as connection:
            rows = await connection.execute(select(documents).where(documents.c.tenant == tenant, wanted))
            return [document_from(row) for row in rows]

    async def save(self, accepted: Sequence[Document]) -> None:
        """Write documents as queued, new ones and new versions alike, and the job to read them.

        All or none.

        Raises:
            Overtaken: another process has just made, changed or removed a document of the same source.
        """
        try:
            async with self._records.transaction() as connection:
                await self._save(connection, accepted)
                for tenant in {document.tenant for document in accepted}:
                    await self._outbox.add_job(connection, Job(name="ingest", tenant=tenant))
        except IntegrityError as error:
            raise Overtaken("another upload of the same documents came in the same moment") from error

    async def _save(self, connection: AsyncConnection, accepted: Sequence[Document]) -> None:
        ids = [document.id for document in accepted]
        found = await connection.execute(select(documents.c.id).where(documents.c.id.in_(ids)))
        known = {row.id for row in found}
        for document in accepted:
            if document.id in known:
                done = await connection.execute(
                    update(documents)
                    .where(documents.c.id == document.id, documents.c.version < document.version)
                    .values(**_values(document), owner=None, attempts=0)
                )
                if not done.rowcount:
                    raise Overtaken(f"document {document.id!r} was changed in the same moment")
            elif document.version > 1:
                raise Overtaken(f"document {document.id!r} was removed in the same moment")
        fresh = [_values(document) for document in accepted if document.id not in known]
        if fresh:
            await connection.execute(insert(documents), fresh)

    async def get(
        self, tenant: TenantId, document_id: DocumentId, audiences: frozenset[str] | None = None
    ) -> Document:
        """One document.

        Raises:
            NotFound: there is none with this id for this tenant and these audiences.
        """
        async with self._records.reading() as connection:
            row = (
                await connection.execute(
                    select(documents).where(documents.c.tenant == tenant, documents.c.id == document_id)
                )
            ).first()
        if row is None or (audiences is not None and row.audience not in audiences):
            raise NotFound(f"there is no document {document_id!r}")
        return document_from(row)

    async def list(self, tenant: TenantId, audiences: frozenset[str] | None = None) -> Documents:
        """Every document of the tenant that these audiences may see, newest first."""
        query = select(documents).where(documents.c.tenant == tenant)
        if audiences is not None:
            query = query.where(documents.c.audience.in_(sorted(audiences)))
        async with self._records.reading() as connection:
            rows = await connection.execute(query.order_by(documents.c.updated_at.desc()))
            return [document_from(row) for row in rows]

    async def versions(self, ids: Iterable[DocumentId]) -> dict[DocumentId, int]:
        """The newest version of each of these documents that there is."""
        query = select(documents.c.id, documents.c.version).where(documents.c.id.in_(list(ids)))
        async with self._records.reading() as connection:
            return {DocumentId(row.id): row.version for row in await connection.execute(query)}

    async def finish(self, read: Sequence[tuple[Document, str]]) -> Documents:
        """Mark documents ready, each with its extracted text; older texts are forgotten.

        A document that was deleted, or given a newer version, in the meantime is left as it
        is and not among those returned.
        """
        if not read:
            return []
        finished = [
            {
                "its_id": document.id,
                "its_version": document.version,
                "passages": document.passages,
                "media_type": document.media_type,
            }
            for document, _ in read
        ]
        written = {document.id: (document.version, text) for document, text in read}
        async with self._records.transaction() as connection:
            await connection.execute(
                update(documents)
                .where(documents.c.id == bindparam("its_id"), documents.c.version == bindparam("its_version"))
                .values(
                    status=DocumentStatus.READY.value, reason=None, owner=None, stage=None, updated_at=now()
                ),
                finished,
            )
            rows = await connection.execute(select(documents).where(documents.c.id.in_(list(written))))
            ready = [document_from(row) for row in rows if row.version == written[row.id][0]]
            if ready:
                ids = [document.id for document in ready]
                await connection.execute(delete(texts).where(texts.c.document_id.in_(ids)))
                await connection.execute(
                    insert(texts),
                    [
                        {"document_id": one.id, "version": one.version, "text": written[one.id][1]}
                        for one in ready
                    ],
                )
        return ready

    async def refuse(self, document: Document, reason: str) -> Document:
        """Mark a document refused; a version that is already in the index stays in use."""
        async with self._records.transaction() as connection:
            row = (
                await connection.execute(
                    update(documents)
                    .where(documents.c.id == document.id, documents.c.version == document.version)
                    .values(
                        status=DocumentStatus.REFUSED,
                        reason=reason,
                        owner=None,
                        stage=None,
                        updated_at=now(),
                    )
                    .returning(documents)
                )
            ).first()
            refused = document_from(row) if row else document
            await self._outbox.add_event(connection, ended(refused))
        return refused

    async def text(self, document_id: DocumentId, version: int) -> str:
        """The extracted text of a version.

        Raises:
            NotFound: that version is not kept any more.
        """
        async with self._records.reading() as connection:
            found = await connection.scalar(
                select(texts.c.text).where(texts.c.document_id == document_id, texts.c.version == version)
            )
        if found is None:
            raise NotFound(f"version {version} of document {document_id!r} is not kept any more")
        return str(found)

    async def newest_text(self, document_id: DocumentId) -> tuple[int, str]:
        """The newest version that was read, and its extracted text.

        Raises:
            NotFound: no version has been read yet.
        """
        async with self._records.reading() as connection:
            row = (
                await connection.execute(
                    select(texts.c.version, texts.c.text)
                    .where(texts.c.document_id == document_id)
                    .order_by(texts.c.version.desc())
                )
            ).first()
        if row is None:
            raise NotFound(f"document {document_id!r} has not been read yet")
        return row.version, row.text

    async def has_audience(self, tenant: TenantId, audience: str) -> bool:
        """Whether any document of the tenant is for this audience."""
        wanted = (documents.c.tenant == tenant, documents.c.audience == audience)
        async with self._records.reading() as connection:
            return await connection.scalar(select(documents.c.id).where(*wanted).limit(1)) is not None

    async def has_source(self, tenant: TenantId, prefix: str) -> bool:
        """Whether any document of the tenant came from a source that begins so."""
        wanted = (documents.c.tenant == tenant, documents.c.source.startswith(prefix, autoescape=True))
        async with self._records.reading() as connection:
            return await connection.scalar(select(documents.c.id).where(*wanted).limit(1)) is not None

    async def tenants(self) -> Sequence[TenantId]:
        """Every tenant that has a document."""
        async with self._records.reading() as connection:
            rows = await connection.execute(select(documents.c.tenant).distinct())
            return [TenantId(row.tenant) for row in rows]

    async def counts(self, tenant: TenantId) -> dict[str, int]:
        """How many of the tenant's documents have each status."""
        query = select(documents.c.status, func.count()).where(documents.c.tenant == tenant)
        async with self._records.reading() as connection:
            rows = await connection.execute(query.group_by(documents.c.status))
            return {str(status): int(count) for status, count in rows}

    async def forget_text(self, document_id: DocumentId) -> None:
        """Forget what was extracted from a document; the record stays."""
        async with self._records.transaction() as connection:
            await connection.execute(delete(texts).where(texts.c.document_id == document_id))

    async def remove(self, tenant: TenantId, document_id: DocumentId) -> None:
        """Forget the record and its texts."""
        async with self._records.transaction() as connection:
            removed = await connection.execute(
                delete(documents)
                .where(documents.c.tenant == tenant, documents.c.id == document_id)
                .returning(documents)
            )
            await self._outbox.add_event(
                connection, *(ended(document_from(row), "deleted") for row in removed)
            )


def ended(document: Document, status: str = "") -> DeskEvent:
    """The event of a document that is ready, refused or deleted."""
    fate = status or document.status.value
    return DeskEvent(
        id=f"document:{document.id}:{document.version}:{fate}",
        type="document",
        tenant=document.tenant,
        occurred_at=now(),
        conversation_id=None,
        body={
            "document_id": document.id,
            "name": document.name,
            "version": document.version,
            "audience": document.audience,
            "status": fate,
            "reason": document.reason,
            "passages": document.passages,
        },
    )


def _values(document: Document) -> dict[str, Any]:
    return asdict(document) | {"labels": sorted(document.labels), "status": document.status.value}


def document_from(row: Row[Any]) -> Document:
    """The document that a row of the table holds."""
    values = {name: row._mapping[name] for name in Document.__dataclass_fields__}
    return Document(
        **values | {"labels": frozenset(values["labels"]), "status": DocumentStatus(values["status"])}
    )
