"""Moves an embedded desk up: records, files and passages to where the settings say, and nothing lost."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread

from core.catalogue import Catalogue
from core.claims import Claims
from core.documents import Passage
from core.elasticsearch_index import ElasticsearchIndex
from core.errors import NotFound
from core.files import Files, KeptFile
from core.ingest import searched_text
from core.jobs import Job
from core.moving import copy_records
from core.outbox import Outbox
from core.records import Records
from core.reindex import needs_rebuild, rebuild
from core.search import Embedder, PassageIndex, Vector
from core.sqlite_index import SqliteIndex
from core.stored_passages import StoredPassages, stored_passages

Progress = Callable[[str, int, int | None], None]
"""Told what is being moved, how much of it is done, and how much there is, where that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """An embedded desk's data folder, and the stores that its data is to be in.

    `embedder` makes the vectors of the passages there; those of another model are made anew.
    """

    data: Path
    catalogue: Catalogue
    claims: Claims
    records: Records
    outbox: Outbox
    files: Files
    old_files: Files
    index: PassageIndex
    embedder: Embedder
    progress: Progress

    async def run(self, *, again: bool = False) -> dict[str, Any]:
        """Move everything, and say how much of each there was.

        What was moved before is not moved again, unless `again` says so: a document that was
        deleted since would come back. One that was cut off goes on where it was.

        Raises:
            Unavailable: a store did not answer; what was moved stays, begin again.
        """
        done = _Done(self.data / "moved.json")
        figures: dict[str, Any] = {}
        if self._moves_records and (again or not done.has("records")):
            figures["records"] = await self._move_records()
            done.note("records")
        if self._moves_files and (again or not done.has("files")):
            figures["files"] = await self._move_files(self.old_files)
            done.note("files")
        else:
            figures["files_sealed"] = await self._move_files(self.files)
        figures["passages"] = await self._move_passages(done, again=again)
        # What waits to be read may have its job in a broker that was left behind.
        for tenant in await self.claims.waiting():
            await self.outbox.submit(Job(name="ingest", tenant=tenant))
        return figures

    @property
    def _moves_records(self) -> bool:
        return self.records.dialect != "sqlite" and (self.data / "desk.sqlite").exists()

    @property
    def _moves_files(self) -> bool:
        return self.files.where != self.old_files.where and (self.data / "files").exists()

    async def _move_records(self) -> dict[str, Any]:
        source = await Records.open_file(self.data / "desk.sqlite")
        try:
            copied = await copy_records(source, self.records, self.progress)
        finally:
            await source.close()
        return {table: asdict(count) for table, count in copied.items()}

    async def _move_files(self, source: Files) -> dict[str, int]:
        moved = 0

        def one_more(_: KeptFile) -> None:
            nonlocal moved
            moved += 1
            self.progress("files", moved, None)

        result = await source.copy_to(self.files, done=one_more)
        return {"copied": result.copied, "already": result.already, "damaged": len(result.damaged)}

    async def _move_passages(self, done: _Done, *, again: bool) -> dict[str, int]:
        """How many passages there are now, by tenant whose passages were moved."""
        stored = await anyio.to_thread.run_sync(lambda: list(stored_passages(self.data / "passages")))
        moved: dict[str, int] = {}
        if not isinstance(self.index, ElasticsearchIndex):
            model = self.embedder.name.partition("@")[0]
            for each in stored:
                if each.model != model:
                    moved[each.tenant] = await self._embed_anew(each)
            return moved
        for each in stored:
            if again or not done.has(f"passages of {each.tenant}"):
                moved[each.tenant] = await self._fill(self.index, each)
                done.note(f"passages of {each.tenant}")
        for tenant in await self.catalogue.tenants():
            if await needs_rebuild(self.index, tenant):
                label = f"passages of {tenant}"
                moved[tenant] = await rebuild(
                    self.index,
                    tenant,
                    self.embedder,
                    progress=lambda count, total, label=label: self.progress(label, count, total),  # type: ignore[misc]
                )
        return moved

    async def _embed_anew(self, stored: StoredPassages) -> int:
        """Make a tenant's index file anew, for another model, and let it take the old one's place."""
        folder = self.data / "passages.new"
        await anyio.to_thread.run_sync(lambda: shutil.rmtree(folder, ignore_errors=True))
        fresh = SqliteIndex(
            folder, model=self.embedder.name.partition("@")[0], dimensions=self.embedder.dimensions
        )
        try:
            count = await self._fill(fresh, stored)
        finally:
            fresh.close()
        _settle(stored.path)
        (folder / stored.path.name).replace(stored.path)
        await anyio.to_thread.run_sync(lambda: shutil.rmtree(folder, ignore_errors=True))
        return count

    async def _fill(self, index: PassageIndex, stored: StoredPassages) -> int:
        """Put a tenant's passages into an index, a document at a time."""
        same_model = stored.model == self.embedder.name.partition("@")[0]
        for place, document_id in enumerate(stored.documents):
            self.progress(f"passages of {stored.tenant}", place, len(stored.documents))
            passages, vectors = await anyio.to_thread.run_sync(stored.of, document_id)
            try:
                document = await self.catalogue.get(stored.tenant, document_id)
            except NotFound:
                continue
            if not same_model:
                vectors = await self._embedded(passages)
            await index.replace(document, passages, vectors)
        self.progress(f"passages of {stored.tenant}", len(stored.documents), len(stored.documents))
        return await index.count(stored.tenant)

    async def _embedded(self, passages: Sequence[Passage]) -> Vector:
        return await self.embedder.embed_passages([searched_text(passage) for passage in passages])


def _settle(path: Path) -> None:
    """Let SQLite take what is beside a file into it: what takes its place must find nothing there."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


class _Done:
    """What was moved, noted in a file, so that a second run does not bring back what was deleted since."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._done: list[str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []

    def has(self, what: str) -> bool:
        """Whether this was moved."""
        return what in self._done

    def note(self, what: str) -> None:
        """Remember that this was moved."""
        if what not in self._done:
            self._done.append(what)
            partial = self._path.with_suffix(".partial")
            partial.write_text(json.dumps(self._done), encoding="utf-8")
            partial.replace(self._path)
