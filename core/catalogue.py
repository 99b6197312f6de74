"""The catalogue of documents: what was uploaded, how far it is, and the text it was read into."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, or_, select, update

from core.documents import Document, DocumentId, DocumentStatus
from core.errors import NotFound
from core.records import Records, documents, now, texts
from core.tenants import TenantId

Documents = list[Document]


class Catalogue:
    """Documents as records. Every call names the tenant; another's are never seen."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def find(self, tenant: TenantId, *, sources: Iterable[str], hashes: Iterable[str]) -> Documents:
        """The tenant's documents that came from one of `sources` or hold one of `hashes`."""
        wanted = or_(documents.c.source.in_(list(sources)), documents.c.content_hash.in_(list(hashes)))
        async with self._records.transaction() as connection:
            rows = await connection.execute(select(documents).where(documents.c.tenant == tenant, wanted))
            return [_document(row) for row in rows]

    async def save(self, accepted: Sequence[Document]) -> None:
        """Write documents as queued, new ones and new versions alike, all or none."""
        async with self._records.transaction() as connection:
            ids = [document.id for document in accepted]
            found = await connection.execute(select(documents.c.id).where(documents.c.id.in_(ids)))
            known = {row.id for row in found}
            for document in accepted:
                if document.id in known:
                    await connection.execute(
                        update(documents)
                        .where(documents.c.id == document.id)
                        .values(**_values(document), owner=None, attempts=0)
                    )
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
        async with self._records.transaction() as connection:
            row = (
                await connection.execute(
                    select(documents).where(documents.c.tenant == tenant, documents.c.id == document_id)
                )
            ).first()
        if row is None or (audiences is not None and row.audience not in audiences):
            raise NotFound(f"there is no document {document_id!r}")
        return _document(row)

    async def list(self, tenant: TenantId, audiences: frozenset[str] | None = None) -> Documents:
        """Every document of the tenant that these audiences may see, newest first."""
        query = select(documents).where(documents.c.tenant == tenant)
        if audiences is not None:
            query = query.where(documents.c.audience.in_(sorted(audiences)))
        async with self._records.transaction() as connection:
            rows = await connection.execute(query.order_by(documents.c.updated_at.desc()))
            return [_document(row) for row in rows]

    async def claim(self, owner: str, *, limit: int) -> Documents:
        """Take up to `limit` queued documents, oldest first, as being read by `owner`.

        Two callers never get the same document. One whose reading was cut off before is
        taken after all others and alone, so that it takes none down with it again.
        """
        is_queued = documents.c.status == DocumentStatus.QUEUED
        queued = select(documents.c.id).where(is_queued).order_by(documents.c.created_at)
        taking = update(documents).values(
            status=DocumentStatus.READING, owner=owner, attempts=documents.c.attempts + 1
        )
        async with self._records.transaction() as connection:
            for wanted in (queued.where(documents.c.attempts == 0).limit(limit), queued.limit(1)):
                rows = await connection.execute(
                    taking.where(documents.c.id.in_(wanted), is_queued).returning(documents)
                )
                if claimed := [_document(row) for row in rows]:
                    return claimed
        return []

    async def owners(self) -> set[str]:
        """Who has documents in reading."""
        async with self._records.transaction() as connection:
            rows = await connection.execute(
                select(documents.c.owner).where(documents.c.status == DocumentStatus.READING)
            )
            return {row.owner for row in rows}

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
            await connection.execute(
                update(documents)
                .where(*theirs, documents.c.attempts >= most_attempts)
                .values(
                    status=DocumentStatus.REFUSED,
                    reason=f"reading it was cut off {most_attempts} times; upload it again to retry",
                    owner=None,
                )
            )
            rows = await connection.execute(
                update(documents)
                .where(*theirs)
                .values(status=DocumentStatus.QUEUED, owner=None)
                .returning(documents)
            )
            return [_document(row) for row in rows]

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
                .values(status=DocumentStatus.READY.value, reason=None, owner=None, updated_at=now()),
                finished,
            )
            rows = await connection.execute(select(documents).where(documents.c.id.in_(list(written))))
            ready = [_document(row) for row in rows if row.version == written[row.id][0]]
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
                    .values(status=DocumentStatus.REFUSED, reason=reason, owner=None, updated_at=now())
                    .returning(documents)
                )
            ).first()
        return _document(row) if row else document

    async def text(self, document_id: DocumentId, version: int) -> str:
        """The extracted text of a version.

        Raises:
            NotFound: that version is not kept any more.
        """
        async with self._records.transaction() as connection:
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
        async with self._records.transaction() as connection:
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

    async def counts(self, tenant: TenantId) -> dict[str, int]:
        """How many of the tenant's documents have each status."""
        query = select(documents.c.status, func.count()).where(documents.c.tenant == tenant)
        async with self._records.transaction() as connection:
            rows = await connection.execute(query.group_by(documents.c.status))
            return {str(status): int(count) for status, count in rows}

    async def forget_text(self, document_id: DocumentId) -> None:
        """Forget what was extracted from a document; the record stays."""
        async with self._records.transaction() as connection:
            await connection.execute(delete(texts).where(texts.c.document_id == document_id))

    async def remove(self, tenant: TenantId, document_id: DocumentId) -> None:
        """Forget the record and its texts."""
        async with self._records.transaction() as connection:
            await connection.execute(
                delete(documents).where(documents.c.tenant == tenant, documents.c.id == document_id)
            )


def _values(document: Document) -> dict[str, Any]:
    return asdict(document) | {"labels": sorted(document.labels), "status": document.status.value}


def _document(row: Row[Any]) -> Document:
    values = {name: row._mapping[name] for name in Document.__dataclass_fields__}
    return Document(
        **values | {"labels": frozenset(values["labels"]), "status": DocumentStatus(values["status"])}
    )
