"""The passages of an embedded desk's index files, read to be put into another index."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.documents import DocumentId, Passage
from core.search import Vector
from core.sqlite_index import PASSAGE_COLUMNS, passage_of
from core.tenants import TenantId, tenant_id


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPassages:
    """One tenant's index file: the model its vectors are of, and its documents' passages."""

    path: Path
    model: str
    documents: tuple[DocumentId, ...]

    @property
    def tenant(self) -> TenantId:
        """Whose passages these are: the file is named so."""
        return tenant_id(self.path.stem)

    def of(self, document_id: DocumentId) -> tuple[list[Passage], Vector]:
        """A document's passages in order, and their vectors, shape (passages, dimensions)."""
        with closing(_read(self.path)) as read:
            rows = read.execute(
                f"SELECT {PASSAGE_COLUMNS}, vector FROM passages WHERE document_id = ? ORDER BY ordinal",
                (document_id,),
            ).fetchall()
        vectors = [np.frombuffer(row[-1], np.float16).astype(np.float32) for row in rows]
        return [passage_of(row) for row in rows], np.array(vectors, np.float32)


def stored_passages(folder: Path) -> Iterator[StoredPassages]:
    """Every index file in a folder, by tenant; one that was never written to is left out."""
    for path in sorted(folder.glob("*.sqlite")):
        with closing(_read(path)) as read:
            model = read.execute("SELECT value FROM facts WHERE name = 'model'").fetchone()
            ids = [DocumentId(row[0]) for row in read.execute("SELECT id FROM documents ORDER BY id")]
        if model and ids:
            yield StoredPassages(path=path, model=model[0], documents=tuple(ids))


def _read(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)
