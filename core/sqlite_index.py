"""The passage index of the embedded desk: one SQLite file a tenant, with FTS5 words and vectors."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio.to_thread
import numpy as np
from numpy.typing import NDArray

from core.documents import Document, DocumentId, Passage, PassageId
from core.errors import Misconfigured, SearchUnavailable
from core.language import stemmer, telling_words
from core.message_language import NAMES, detect
from core.search import Candidate, Scope, Vector
from core.tenants import TenantId, tenant_id
from core.vector_rows import VectorRows

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS documents (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, audience TEXT NOT NULL, labels TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS passages (
    row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, document_id TEXT NOT NULL,
    version INTEGER NOT NULL, ordinal INTEGER NOT NULL, title TEXT NOT NULL, heading TEXT NOT NULL,
    page INTEGER, start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL,
    vector BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS passages_by_document ON passages (document_id);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (
    title, heading, text, content='passages', content_rowid='row',
    tokenize='porter unicode61 remove_diacritics 2');
CREATE TRIGGER IF NOT EXISTS passages_written AFTER INSERT ON passages BEGIN
    INSERT INTO words (rowid, title, heading, text)
    VALUES (new.row, new.title, new.heading, new.text); END;
CREATE TRIGGER IF NOT EXISTS passages_removed AFTER DELETE ON passages BEGIN
    INSERT INTO words (words, rowid, title, heading, text)
    VALUES ('delete', old.row, old.title, old.heading, old.text); END;
"""
PASSAGE_COLUMNS = 'id, document_id, version, ordinal, title, heading, page, start, "end", text'
_WEIGHTS = "1.0, 1.0, 1.0"
"""BM25 weights of title, heading and text."""
_HEADING_GAP = " › "
SHORTEST_BEGINNING = 4
"""Letters a stem needs to stand for all words that begin with it."""


class SqliteIndex:
    """`PassageIndex` on SQLite files: `FOLDER/<tenant>.sqlite`, created on first use.

    Word statistics, files and deletions of one tenant never touch another's. Several
    processes may read and write the same folder.
    """

    def __init__(self, folder: Path, *, model: str, dimensions: int) -> None:
        self._folder = folder
        self._model = model
        self._dimensions = dimensions
        self._files: dict[TenantId, _TenantFile] = {}
        self._lock = threading.Lock()

    async def replace(self, document: Document, passages: Sequence[Passage], vectors: Vector) -> None:
        """Make `passages` the only ones of `document`, in one transaction."""
        file = self._file(document.tenant)
        await anyio.to_thread.run_sync(file.replace, document, passages, vectors)

    async def delete(self, tenant: TenantId, document_id: DocumentId) -> None:
        """Forget a document and overwrite its words on disk."""
        await anyio.to_thread.run_sync(self._file(tenant).delete, document_id)

    async def candidates(self, query: str, vector: Vector, scope: Scope, *, limit: int) -> list[Candidate]:
        """The `limit` best by words and the `limit` best by meaning, both scores exact."""
        file = self._file(scope.tenant)
        return await anyio.to_thread.run_sync(file.candidates, query, vector, scope, limit)

    async def count(self, tenant: TenantId) -> int:
        """How many passages the tenant has."""
        return await anyio.to_thread.run_sync(self._file(tenant).count)

    def close(self) -> None:
        """Close every file."""
        with self._lock:
            for file in self._files.values():
                file.close()
            self._files.clear()

    def _file(self, tenant: TenantId) -> _TenantFile:
        with self._lock:
            if tenant not in self._files:
                path = self._folder / f"{tenant_id(tenant)}.sqlite"
                self._files[tenant] = _TenantFile(path, self._model, self._dimensions)
            return self._files[tenant]


class _TenantFile:
    """One tenant's file: a connection that writes, one that reads, and its vectors in memory."""

    def __init__(self, path: Path, model: str, dimensions: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = _connect(path)
        self._writer.executescript(_SCHEMA)
        self._check_model(path, model)
        self._reader = _connect(path)
        self._writing = threading.Lock()
        self._reading = threading.Lock()
        self._rows = VectorRows(dimensions)

    def _check_model(self, path: Path, model: str) -> None:
        self._writer.execute("INSERT OR IGNORE INTO facts VALUES ('model', ?)", (model,))
        built = self._writer.execute("SELECT value FROM facts WHERE name = 'model'").fetchone()[0]
        if built != model:
            raise Misconfigured(
                f"{str(path)!r} was indexed with {built!r}, and the desk now embeds with {model!r}: "
                "run `frontdesk migrate`, or set FRONTDESK_EMBEDDER__MODEL back"
            )

    def replace(self, document: Document, passages: Sequence[Passage], vectors: Vector) -> None:
        rows = [
            (*_values(passage), vector.astype(np.float16).tobytes())
            for passage, vector in zip(passages, vectors, strict=True)
        ]
        with self._writing, _transaction(self._writer) as write:
            write.execute("DELETE FROM passages WHERE document_id = ?", (document.id,))
            write.execute(
                "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)",
                (document.id, document.version, document.audience, json.dumps(sorted(document.labels))),
            )
            write.executemany(
                f"INSERT INTO passages ({PASSAGE_COLUMNS}, vector) VALUES ({', '.join('?' * 11)})", rows
            )

    def delete(self, document_id: DocumentId) -> None:
        with self._writing:
            with _transaction(self._writer) as write:
                write.execute("DELETE FROM passages WHERE document_id = ?", (document_id,))
                write.execute("DELETE FROM documents WHERE id = ?", (document_id,))
            # FTS5 keeps deleted words in old segments until they are merged.
            self._writer.execute("INSERT INTO words (words) VALUES ('optimize')")

    def count(self) -> int:
        with self._reading:
            return int(self._reader.execute("SELECT count(*) FROM passages").fetchone()[0])

    def candidates(self, query: str, vector: Vector, scope: Scope, limit: int) -> list[Candidate]:
        with self._reading, _transaction(self._reader) as read:
            self._rows.refresh(read)
            visible = self._rows.visible(read, scope)
            cosine = self._rows.vectors @ vector
            bm25 = self._bm25(read, query)
            rows = np.union1d(_best(cosine, visible, limit), _best(bm25, visible & (bm25 > 0), limit))
            passages = list(_passages(read, [int(self._rows.rows[row]) for row in rows]))
        return [
            Candidate(passage=passage, bm25=float(bm25[row]), cosine=float(cosine[row]))
            for row, passage in zip(rows, passages, strict=True)
        ]

    def _bm25(self, read: sqlite3.Connection, query: str) -> NDArray[np.float32]:
        """Every row's BM25 score, zero where no word of the query stands."""
        scores = np.zeros(len(self._rows.rows), np.float32)
        match = _match(query)
        if match:
            found = read.execute(
                f"SELECT rowid, -bm25(words, {_WEIGHTS}) FROM words WHERE words MATCH ?", (match,)
            ).fetchall()
            pairs = np.array(found, np.float64).reshape(-1, 2)
            places = np.searchsorted(self._rows.rows, pairs[:, 0].astype(np.int64))
            scores[places] = pairs[:, 1]
        return scores

    def close(self) -> None:
        # SQLite does not survive a connection that is closed while another thread reads by it.
        with self._reading:
            self._reader.close()
        with self._writing:
            self._writer.close()


def _match(query: str) -> str:
    """The query for FTS5, whose stemmer is English: words of other languages match by what their stem begins.

    So "Lieferung" finds "Lieferungen" and "Lieferungsart".
    """
    language = NAMES[detect(query, "en", tuple(NAMES))]
    # Every word is quoted, so nothing a person types is an FTS5 operator.
    if language == "english":
        return " OR ".join(f'"{word}"' for word in telling_words(query))
    stems = {word: stemmer(language)(word) for word in telling_words(query, language)}
    return " OR ".join(
        f'"{stem}"*' if len(stem) >= SHORTEST_BEGINNING else f'"{word}"' for word, stem in stems.items()
    )


def _best(scores: NDArray[np.float32], allowed: NDArray[np.bool_], limit: int) -> NDArray[np.int64]:
    places = np.flatnonzero(allowed)
    if len(places) > limit:
        places = places[np.argpartition(-scores[places], limit)[:limit]]
    return places


def _passages(read: sqlite3.Connection, rows: Sequence[int]) -> Iterator[Passage]:
    marks = ", ".join("?" * len(rows))
    for values in read.execute(
        f"SELECT {PASSAGE_COLUMNS} FROM passages WHERE row IN ({marks}) ORDER BY row", rows
    ).fetchall():
        yield passage_of(values)


def passage_of(values: Sequence[Any]) -> Passage:
    """The passage of a row that begins with `PASSAGE_COLUMNS`."""
    return Passage(
        id=PassageId(values[0]),
        document_id=DocumentId(values[1]),
        version=values[2],
        ordinal=values[3],
        title=values[4],
        heading=tuple(filter(None, values[5].split(_HEADING_GAP))),
        page=values[6],
        start=values[7],
        end=values[8],
        text=values[9],
    )


def _values(passage: Passage) -> tuple[object, ...]:
    return (
        passage.id,
        passage.document_id,
        passage.version,
        passage.ordinal,
        passage.title,
        _HEADING_GAP.join(passage.heading),
        passage.page,
        passage.start,
        passage.end,
        passage.text,
    )


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=30, check_same_thread=False, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA secure_delete = ON")
    return connection


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """A transaction that ends whole or not at all.

    Raises:
        SearchUnavailable: SQLite could not do it (file damaged, disk full, locked too long).
    """
    try:
        connection.execute("BEGIN")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise SearchUnavailable(f"the passage index did not answer: {error}") from error
