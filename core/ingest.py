"""The path of a document: accept · read · split · embed · index; and its way out again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import anyio
import anyio.to_thread
import numpy as np

from core.catalogue import Catalogue
from core.documents import Document, DocumentId, Extract, Passage
from core.errors import FrontdeskError, NotFound, Refused, TooLarge, Unavailable
from core.files import Files
from core.process import is_running, this_process
from core.reading import Readers
from core.search import Embedder, PassageIndex
from core.split import SplitSizes, split
from core.tenants import TenantId
from core.uploads import Shelf, Upload, source_of

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 5
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
        async with self.changing:
            hashes = [
                await self.files.put(upload.tenant, upload.data) if self._fits(upload) else ""
                for upload in uploads
            ]
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
                await self.index.delete(document.tenant, document.id)
                await self.catalogue.forget_text(document.id)
            await self._drop_bytes(uploads[0].tenant, shelf.replaced)
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
        async with self.changing:
            document = await self.catalogue.get(tenant, document_id)
            await self.index.delete(tenant, document_id)
            await self.catalogue.remove(tenant, document_id)
            # Once more, for a worker that put the document in between the two steps above.
            await self.index.delete(tenant, document_id)
            await self._drop_bytes(tenant, [document.content_hash])

    async def _drop_bytes(self, tenant: TenantId, hashes: Sequence[str]) -> None:
        """Delete bytes that no document of the tenant holds any more."""
        held = {one.content_hash for one in await self.catalogue.find(tenant, sources=[], hashes=hashes)}
        for content_hash in hashes:
            if content_hash not in held:
                await self.files.delete(tenant, content_hash)

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
        except (Refused, Unavailable) as error:
            # A reader's server that is away holds up its own documents only; they can be tried again.
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
        # In slices, so that a stop need not wait for a whole book.
        vectors = np.concatenate(
            [
                await self.embedder.embed_passages(texts[first : first + BATCH_PASSAGES])
                for first in range(0, len(texts), BATCH_PASSAGES)
            ]
        )
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
        try:
            await self.catalogue.get(document.tenant, document.id)
        except NotFound:
            await self.index.delete(document.tenant, document.id)


def searched_text(passage: Passage) -> str:
    """What is embedded for a passage: its headings, then its words."""
    return "\n".join(filter(None, (" › ".join(passage.heading), passage.text)))
