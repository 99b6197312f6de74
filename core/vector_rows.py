"""The vectors of an index file in memory, and which of them a search may see."""

from __future__ import annotations

import json
import sqlite3

import numpy as np
from numpy.typing import NDArray

from core.search import Scope, Vector

SCOPES_REMEMBERED = 256


class VectorRows:
    """The vectors of a file in memory, kept in step with it, and which of them a scope may see."""

    def __init__(self, dimensions: int) -> None:
        self.rows: NDArray[np.int64] = np.empty(0, np.int64)
        self.vectors: Vector = np.empty((0, dimensions), np.float32)
        self._documents: NDArray[np.str_] = np.empty(0, np.str_)
        self._data_version = -1
        self._visible: dict[Scope, NDArray[np.bool_]] = {}

    def refresh(self, read: sqlite3.Connection) -> None:
        """Read what was written since the last call; rows are never reused, so new ones are higher."""
        # The pragma alone takes no snapshot; without one, rows could be newer than the version.
        read.execute("SELECT 1 FROM facts").fetchone()
        data_version = read.execute("PRAGMA data_version").fetchone()[0]
        if data_version == self._data_version:
            return
        alive = np.array(read.execute("SELECT row FROM passages ORDER BY row").fetchall(), np.int64)
        kept = np.isin(self.rows, alive.ravel(), assume_unique=True)
        newest = int(self.rows[-1]) if self.rows.size else 0
        fresh = read.execute(
            "SELECT row, document_id, vector FROM passages WHERE row > ? ORDER BY row", (newest,)
        ).fetchall()
        rows, documents, vectors = zip(*fresh, strict=True) if fresh else ((), (), ())
        added = np.frombuffer(b"".join(vectors), np.float16).reshape(len(rows), self.vectors.shape[1])
        self.rows = np.concatenate([self.rows[kept], np.array(rows, np.int64)])
        self.vectors = np.concatenate([self.vectors[kept], added.astype(np.float32)])
        self._documents = np.concatenate([self._documents[kept], np.array(documents, np.str_)])
        self._visible.clear()
        self._data_version = data_version

    def visible(self, read: sqlite3.Connection, scope: Scope) -> NDArray[np.bool_]:
        """Which rows the scope may see, as a mask over `rows`."""
        if scope not in self._visible:
            wanted = [
                document_id
                for document_id, audience, labels in read.execute(
                    "SELECT id, audience, labels FROM documents"
                )
                if audience in scope.audiences
                and (scope.documents is None or document_id in scope.documents)
                and (scope.labels is None or not scope.labels.isdisjoint(json.loads(labels)))
            ]
            if len(self._visible) >= SCOPES_REMEMBERED:
                self._visible.clear()
            self._visible[scope] = np.isin(self._documents, np.array(wanted, np.str_))
        return self._visible[scope]
