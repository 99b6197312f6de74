"""The path of a document: accept · read · split · embed · index; and its way out again."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

import anyio
import anyio.to_thread
import numpy as np

from core.answer_cache import AnswerCache
from core.catalogue import Catalogue
from core.claims import Claims
from core.documents import Document, DocumentId, Extract, Passage
from core.errors import FilesUnavailable, FrontdeskError, NotFound, Overtaken, Refused, TooLarge, Unavailable
from core.files import Files
from core.heartbeat import heartbeat
from core.orders import orders_in
from core.process import is_running, this_process
from core.reading import Readers
from core.records import now
from core.search import Embedder, PassageIndex, Vector
from core.split import SplitSizes, split
from core.tenants import TenantId
from core.uploads import Shelf, Upload, source_of

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 5
MOST_OVERTAKEN = 3
PUTS_AT_ONCE = WRITES_AT_ONCE = 8
SILENT_BEATS = 4
"""Missed heartbeats after which a reader counts as gone."""
BATCH_DOCUMENTS = 128
BATCH_PASSAGES = 256
"""Documents are embedded together once they have so many passages: enough for full runs of the model."""
SHORT_CHARACTERS = 20_000


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
    claims: Claims
    cache: AnswerCache
    heartbeat_s: float = 10.0
    changing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while the catalogue and the files are made to agree about an upload or a deletion."""

    async def accept(self, uploads: Sequence[Upload]) -> list[Document | Refused]:
        """Keep uploads of one tenant safe and queue them; one result each, in order.

        The same content for the same audience is the same document. New content from a
        known source is a new version, and the old one stays in use until the new one is
        ready. Nothing of a refused upload is kept.
        """
        if not uploads:
            return []
        for _ in range(MOST_OVERTAKEN):
            try:
                return await self._accept(uploads)
            except Overtaken:
                logger.info("upload_overtaken", extra={"tenant": uploads[0].tenant})
        return await self._accept(uploads)

    async def _accept(self, uploads: Sequence[Upload]) -> list[Document | Refused]:
        async with self.changing:
            hashes = await self._keep(uploads)
            known = await self.catalogue.find(
                uploads[0].tenant, sources=map(source_of, uploads), hashes=filter(None, hashes)
            )
            shelf = Shelf(known)
            results: list[Document | Refused] = [
                shelf.place(upload, content_hash) if content_hash else self._too_large(upload)
                for upload, content_hash in zip(uploads, hashes, strict=True)
            ]
            await self.catalogue.save(shelf.changed)
            for document in shelf.moved:
                # Who may see it has changed, so the version made for others goes at once.
                await self._unlearn(document.tenant, document.id)
                await self.catalogue.forget_text(document.id)
            await self._drop_bytes(uploads[0].tenant, shelf.replaced)
        return results

    async def run(
        self, tenant: TenantId | None = None, *, most: int | None = None
    ) -> AsyncGenerator[Document, None]:
        """Read, split, embed and index what is queued, of one tenant or of all; each document as it ends.

        Ends when nothing is queued, or once about `most` documents were taken. What an
        earlier process was cut off from is taken up again first.
        """
        await self.recover()
        owner = f"{this_process()}/{uuid.uuid4().hex[:8]}"
        taken = 0
        try:
            async with heartbeat(lambda: self._beat(owner), every_s=self.heartbeat_s):
                while (most is None or taken < most) and (
                    claimed := await self.claims.claim(owner, limit=BATCH_DOCUMENTS, tenant=tenant)
                ):
                    taken += len(claimed)
                    async for batch, refused in self._batches(claimed):
                        for document in (*refused, *await self._index(batch)):
                            yield document
        except BaseException as error:
            is_their_fault = isinstance(error, Exception) and not isinstance(error, Unavailable)
            with anyio.CancelScope(shield=True):
                await self.claims.release(owner, most_attempts=MOST_ATTEMPTS, is_their_fault=is_their_fault)
            raise

    async def _beat(self, owner: str) -> bool:
        """Say that `owner` still reads."""
        try:
            await self.claims.beat(owner)
        except Unavailable:
            logger.warning("heartbeat_missed", extra={"owner": owner})
        return True

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
        """Queue again what processes were reading that have ended, or are silent on another machine."""
        again: list[Document] = []
        before = now() - timedelta(seconds=SILENT_BEATS * self.heartbeat_s)
        gone = {owner for owner in await self.claims.owners() if not is_running(owner)}
        for owner in gone | await self.claims.silent(before):
            again += await self.claims.release(owner, most_attempts=MOST_ATTEMPTS)
        for document in again:
            logger.info("reading_resumed", extra={"document": document.id})
        return again

    async def delete(self, tenant: TenantId, document_id: DocumentId) -> None:
        """Forget a document: passages, text, record and bytes. No later search finds it.

        Raises:
            NotFound: the tenant has no such document.
        """
        async with self.changing:
            document = await self.catalogue.get(tenant, document_id)
            await self._unlearn(tenant, document_id)
            await self.catalogue.remove(tenant, document_id)
            # Once more, for a worker that put the document in between the two steps above.
            await self._unlearn(tenant, document_id)
            await self._drop_bytes(tenant, [document.content_hash])

    async def _learn(self, read: _Read, vectors: Vector, room: anyio.CapacityLimiter) -> None:
        """Put a document into the index, and forget the answers that it may change."""
        document = read.document
        async with room:
            await self.index.replace(document, read.passages, vectors)
            await self._forget_answers(document.tenant, document.id, vectors, document.audience)

    async def _unlearn(self, tenant: TenantId, document_id: DocumentId) -> None:
        """Take a document out of the index, and out of every answer that is kept."""
        await self.index.delete(tenant, document_id)
        await self._forget_answers(tenant, document_id)

    async def _forget_answers(
        self,
        tenant: TenantId,
        document_id: DocumentId,
        vectors: Vector | None = None,
        audience: str | None = None,
    ) -> None:
        try:
            await self.cache.drop(tenant, document_id, vectors, audience=audience)
        except Unavailable:
            # An answer is given again only after its documents' versions are looked up.
            logger.warning("answers_not_dropped", extra={"tenant": tenant, "document": document_id})

    async def _drop_bytes(self, tenant: TenantId, hashes: Sequence[str]) -> None:
        """Delete bytes that no document of the tenant holds any more."""
        held = {one.content_hash for one in await self.catalogue.find(tenant, sources=[], hashes=hashes)}
        for content_hash in hashes:
            if content_hash not in held:
                await self.files.delete(tenant, content_hash)

    async def _keep(self, uploads: Sequence[Upload]) -> list[str]:
        """Keep the bytes of uploads that fit; the hash of each, empty where it does not fit."""
        room = anyio.CapacityLimiter(PUTS_AT_ONCE)

        async def put(upload: Upload) -> str:
            if len(upload.data) > self.max_bytes:
                return ""
            async with room:
                return await self.files.put(upload.tenant, upload.data)

        return await asyncio.gather(*map(put, uploads))

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
        except FilesUnavailable:
            raise
        except (Refused, Unavailable) as error:
            # A reader's server that is away holds up its own documents only; they can be tried again.
            return await self._refuse(document, error)
        cut = partial(split, document, extract, self.sizes, self.embedder.count_tokens)
        is_short = len(extract.text) <= SHORT_CHARACTERS
        passages = cut() if is_short else await anyio.to_thread.run_sync(cut)
        if orders := await anyio.to_thread.run_sync(orders_in, extract.text):
            logger.warning("document_gives_orders", extra={"document": document.id, "sentences": len(orders)})
        return _Read(document=document, extract=extract, passages=passages)

    async def _refuse(self, document: Document, error: FrontdeskError) -> Document:
        logger.info("document_refused", extra={"document": document.id, "error": type(error).__name__})
        return await self.catalogue.refuse(document, str(error))

    async def _index(self, batch: Sequence[_Read]) -> list[Document]:
        """Embed and index documents that were read; each enters the index whole."""
        if not any(read.passages for read in batch):
            return []
        vectors = await self._embed(batch)
        newest = await self.catalogue.versions([read.document.id for read in batch])
        ends = np.cumsum([len(read.passages) for read in batch])[:-1]
        own = zip(batch, np.split(vectors, ends), strict=True)
        room = anyio.CapacityLimiter(WRITES_AT_ONCE)
        await asyncio.gather(
            *(
                self._learn(read, of, room)
                for read, of in own
                if newest.get(read.document.id) == read.document.version
            )
        )
        ready = await self.catalogue.finish(
            [(replace(read.document, passages=len(read.passages)), read.extract.text) for read in batch]
        )
        for read in batch:
            if read.document.id not in {document.id for document in ready}:
                await self._withdraw(read.document)
        return ready

    async def _embed(self, batch: Sequence[_Read]) -> Vector:
        """The vectors of all passages of a batch, in order; how far it is can be seen meanwhile."""
        texts = [searched_text(passage) for read in batch for passage in read.passages]
        ids = [read.document.id for read in batch]
        slices: list[Vector] = []
        # In slices, so that a stop need not wait for a whole book.
        for first in range(0, len(texts), BATCH_PASSAGES):
            await self.claims.advance(ids, "embedding", first / len(texts))
            slices.append(await self.embedder.embed_passages(texts[first : first + BATCH_PASSAGES]))
        await self.claims.advance(ids, "indexing", 1.0)
        return np.concatenate(slices)

    async def _withdraw(self, document: Document) -> None:
        """Take out of the index what was deleted, or overtaken by a newer version, while it was read."""
        try:
            newest = await self.catalogue.get(document.tenant, document.id)
        except NotFound:
            await self._unlearn(document.tenant, document.id)
        else:
            await self.claims.read_again(newest.id)


def searched_text(passage: Passage) -> str:
    """What is embedded for a passage: its headings, then its words."""
    return "\n".join(filter(None, (" › ".join(passage.heading), passage.text)))
