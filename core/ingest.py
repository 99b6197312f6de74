"""The path of a document: accept · read · split · embed · index; and its way out again."""

from __future__ import annotations

import logging
import mimetypes
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import anyio
import anyio.to_thread

from core.catalogue import Catalogue
from core.documents import Document, DocumentId, DocumentStatus, Extract, Passage
from core.errors import FrontdeskError, Refused, TooLarge, Unavailable
from core.files import Files
from core.process import is_running, this_process
from core.reading import Readers
from core.records import now
from core.search import Embedder, PassageIndex
from core.split import SplitSizes, split
from core.tenants import DEFAULT_TENANT, PUBLIC, TenantId

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 5
BATCH_DOCUMENTS = 128
BATCH_PASSAGES = 256
"""Documents are embedded together once they have so many passages: enough for full runs of the model."""
SHORT_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """Bytes somebody wants the desk to know, and who may see them.

    `source` identifies the document when it comes again; without one, its name does.
    """

    data: bytes = field(repr=False)
    name: str
    source: str = ""
    tenant: TenantId = DEFAULT_TENANT
    audience: str = PUBLIC
    labels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    document: Document
    extract: Extract
    passages: list[Passage]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingester:
    """Everything a document passes through on its way into the index."""

    catalogue: Catalogue
    files: Files
    readers: Readers
    index: PassageIndex
    embedder: Embedder
    sizes: SplitSizes
    max_bytes: int

    async def accept(self, uploads: Sequence[Upload]) -> list[Document | Refused]:
        """Keep uploads of one tenant safe and queue them; one result each, in order.

        The same content for the same audience is the same document. New content from a
        known source is a new version, and the old one stays in use until the new one is
        ready. Nothing of a refused upload is kept.
        """
        if not uploads:
            return []
        hashes = [
            await self.files.put(upload.tenant, upload.data) if self._fits(upload) else ""
            for upload in uploads
        ]
        known = await self.catalogue.find(
            uploads[0].tenant, sources=map(source_of, uploads), hashes=filter(None, hashes)
        )
        shelf = _Shelf(known)
        results: list[Document | Refused] = [
            shelf.place(upload, content_hash) if content_hash else self._too_large(upload)
            for upload, content_hash in zip(uploads, hashes, strict=True)
        ]
        await self.catalogue.save(shelf.changed)
        return results

    async def run(self) -> AsyncGenerator[Document, None]:
        """Read, split, embed and index everything queued; each document as it ends.

        Ends when nothing is queued. What an earlier process was cut off from is taken up
        again first.
        """
        await self.recover()
        try:
            while claimed := await self.catalogue.claim(this_process(), limit=BATCH_DOCUMENTS):
                async for batch, refused in self._batches(claimed):
                    for document in (*refused, *await self._index(batch)):
                        yield document
        except BaseException as error:
            is_their_fault = isinstance(error, Exception) and not isinstance(error, Unavailable)
            with anyio.CancelScope(shield=True):
                await self.catalogue.release(
                    this_process(), most_attempts=MOST_ATTEMPTS, is_their_fault=is_their_fault
                )
            raise

    async def _batches(
        self, claimed: Sequence[Document]
    ) -> AsyncIterator[tuple[list[_Read], list[Document]]]:
        """What was read, in batches worth a run of the model, each with what was refused meanwhile."""
        batch: list[_Read] = []
        refused: list[Document] = []
        for document in claimed:
            read = await self._read(document)
            if isinstance(read, Document):
                refused.append(read)
            else:
                batch.append(read)
            if sum(len(one.passages) for one in batch) >= BATCH_PASSAGES:
                yield batch, refused
                batch, refused = [], []
        yield batch, refused

    async def recover(self) -> list[Document]:
        """Queue again what processes that have ended were reading."""
        again: list[Document] = []
        for owner in await self.catalogue.owners():
            if not is_running(owner):
                again += await self.catalogue.release(owner, most_attempts=MOST_ATTEMPTS)
        for document in again:
            logger.info("reading_resumed", extra={"document": document.id})
        return again

    async def delete(self, tenant: TenantId, document_id: DocumentId) -> None:
        """Forget a document: passages, text, record and bytes. No later search finds it.

        Raises:
            NotFound: the tenant has no such document.
        """
        document = await self.catalogue.get(tenant, document_id)
        await self.index.delete(tenant, document_id)
        await self.catalogue.remove(tenant, document_id)
        # Once more, for a worker that put the document in between the two steps above.
        await self.index.delete(tenant, document_id)
        if not await self.catalogue.find(tenant, sources=[], hashes=[document.content_hash]):
            await self.files.delete(tenant, document.content_hash)

    def _fits(self, upload: Upload) -> bool:
        return len(upload.data) <= self.max_bytes

    def _too_large(self, upload: Upload) -> TooLarge:
        return TooLarge(
            f"{upload.name!r} has {len(upload.data):,} bytes; the limit is {self.max_bytes:,}: "
            "split it, or raise FRONTDESK_DOCUMENTS__MAX_BYTES"
        )

    async def _read(self, document: Document) -> _Read | Document:
        """The document's text in passages, or the document refused with its reason."""
        try:
            data = await self.files.get(document.tenant, document.content_hash)
            extract = await self.readers.read(data, document.name)
        except Refused as error:
            return await self._refuse(document, error)
        cut = partial(split, document, extract, self.sizes, self.embedder.count_tokens)
        is_short = len(extract.text) <= SHORT_CHARACTERS
        passages = cut() if is_short else await anyio.to_thread.run_sync(cut)
        return _Read(document=document, extract=extract, passages=passages)

    async def _refuse(self, document: Document, error: FrontdeskError) -> Document:
        logger.info("document_refused", extra={"document": document.id, "error": type(error).__name__})
        return await self.catalogue.refuse(document, str(error))

    async def _index(self, batch: Sequence[_Read]) -> list[Document]:
        """Embed and index documents that were read; each enters the index whole."""
        texts = [searched_text(passage) for read in batch for passage in read.passages]
        if not texts:
            return []
        vectors = await self.embedder.embed_passages(texts)
        place = 0
        for read in batch:
            count = len(read.passages)
            await self.index.replace(read.document, read.passages, vectors[place : place + count])
            place += count
        ready = await self.catalogue.finish(
            [(replace(read.document, passages=len(read.passages)), read.extract.text) for read in batch]
        )
        for read in batch:
            if read.document.id not in {document.id for document in ready}:
                await self._withdraw(read.document)
        return ready

    async def _withdraw(self, document: Document) -> None:
        """Take out of the index what was deleted while it was being read."""
        if not await self.catalogue.find(document.tenant, sources=[document.source], hashes=[]):
            await self.index.delete(document.tenant, document.id)


class _Shelf:
    """Decides which document an upload is, among those known and those just placed."""

    def __init__(self, known: Sequence[Document]) -> None:
        self._by_source = {document.source: document for document in known}
        self._by_content = {(document.content_hash, document.audience): document for document in known}
        self._changed: dict[DocumentId, Document] = {}

    @property
    def changed(self) -> list[Document]:
        return list(self._changed.values())

    def place(self, upload: Upload, content_hash: str) -> Document:
        source = source_of(upload)
        before = self._by_source.get(source)
        twin = self._by_content.get((content_hash, upload.audience))
        if before is None and twin is not None:
            before = twin
        if before is None:
            return self._put(_new_document(upload, source, content_hash))
        same = (before.content_hash, before.audience, before.labels) == (
            content_hash,
            upload.audience,
            upload.labels or before.labels,
        )
        if same and before.status is not DocumentStatus.REFUSED:
            return before
        return self._put(
            replace(
                before,
                name=upload.name if before.source == source else before.name,
                content_hash=content_hash,
                size_bytes=len(upload.data),
                audience=upload.audience,
                labels=upload.labels or before.labels,
                version=before.version + 1,
                status=DocumentStatus.QUEUED,
                reason=None,
                updated_at=now(),
            )
        )

    def _put(self, document: Document) -> Document:
        self._changed[document.id] = document
        self._by_source[document.source] = document
        self._by_content[document.content_hash, document.audience] = document
        return document


def searched_text(passage: Passage) -> str:
    """What is embedded for a passage: its headings, then its words."""
    return "\n".join(filter(None, (" › ".join(passage.heading), passage.text)))


def source_of(upload: Upload) -> str:
    """What identifies the upload when it comes again."""
    return upload.source or f"upload:{upload.name}"


def _new_document(upload: Upload, source: str, content_hash: str) -> Document:
    moment = now()
    return Document(
        id=DocumentId(uuid.uuid4().hex[:16]),
        tenant=upload.tenant,
        name=upload.name,
        source=source,
        media_type=mimetypes.guess_type(upload.name)[0] or "application/octet-stream",
        content_hash=content_hash,
        size_bytes=len(upload.data),
        audience=upload.audience,
        labels=upload.labels,
        created_at=moment,
        updated_at=moment,
    )
