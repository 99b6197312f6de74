"""What is uploaded, and which document it is: a new one, a new version, or one that is known."""

from __future__ import annotations

import mimetypes
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from core.documents import Document, DocumentId, DocumentStatus
from core.records import now
from core.stored_values import storable
from core.tenants import DEFAULT_TENANT, PUBLIC, TenantId


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


class Shelf:
    """Decides which document an upload is, among those known and those just placed."""

    def __init__(self, known: Sequence[Document]) -> None:
        self._by_source = {document.source: document for document in known}
        self._by_content = {(document.content_hash, document.audience): document for document in known}
        self._changed: dict[DocumentId, Document] = {}
        self.moved: list[Document] = []
        """Documents whose audience an upload changed."""
        self.replaced: list[str] = []
        """Content hashes that gave way to new ones."""

    @property
    def changed(self) -> list[Document]:
        """New documents and new versions, to be saved."""
        return list(self._changed.values())

    def place(self, upload: Upload, content_hash: str) -> Document:
        """The document that an upload is, or becomes a version of."""
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
        self._by_content.pop((before.content_hash, before.audience), None)
        self.replaced.append(before.content_hash)
        is_moved = before.audience != upload.audience
        changed = self._put(
            replace(
                before,
                source=_moved(before.source) if is_moved else before.source,
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
        if is_moved:
            self.moved.append(changed)
        return changed

    def _put(self, document: Document) -> Document:
        self._changed[document.id] = document
        self._by_source[document.source] = document
        self._by_content[document.content_hash, document.audience] = document
        return document


def source_of(upload: Upload) -> str:
    """What identifies the upload when it comes again."""
    return storable(upload.source or f"upload:{upload.name}")


def _moved(source: str) -> str:
    """An upload's source once its audience has changed: its name alone must not reach it any more."""
    return f"{source}#{uuid.uuid4().hex[:8]}" if source.startswith("upload:") else source


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
