"""Moves what a desk remembers from one database to another, as often as it takes."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Table,
    Text,
    and_,
    cast,
    delete,
    func,
    insert,
    or_,
    select,
    tuple_,
)
from sqlalchemy import Row as DatabaseRow
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningInsert

from core.errors import RecordsUnavailable
from core.records import Records, insert_for
from core.schema import documents, leases, metadata, outbox, texts
from core.stored_values import kept

logger = logging.getLogger(__name__)

PAGE_ROWS = 200
PAGE_CHARACTERS = 2_000_000
OLDEST = datetime.min.replace(tzinfo=UTC)
TABLES = tuple(table for table in metadata.sorted_tables if table not in (leases, outbox))
"""Every table whose rows keep their keys, those that are referred to first."""

Row = dict[str, Any]
Key = tuple[Any, ...]
Progress = Callable[[str, int, int], None]
"""Told the table, how many of its rows are done, and how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What became of the rows of a table.

    Of those `found` in the source some were `written`, some were `already` in the target, as
    they are or newer, and some are `clashing`: another row there has what only one may have,
    such as a document of the same source. `extra` rows were there that the source lacks.
    """

    found: int
    written: int
    already: int
    clashing: int = 0
    extra: int = 0


async def copy_records(
    source: Records, target: Records, progress: Progress, *, exactly: bool = False
) -> dict[str, Copied]:
    """Bring every row of the source, as it is at this moment, into the target.

    Cut off and begun again, or done twice, it comes to the same: a row that has changed since
    is written anew, and one that the target has in a newer state is left. What was deleted
    from the source since an earlier copy is extra in the target, and goes only where `exactly`
    says that the target is to have nothing else. Leases stay behind.

    Raises:
        RecordsUnavailable: one of the two did not answer; what was copied stays, begin again.
    """
    mover = _Mover(target, progress)
    async with _as_of_now(source) as reading:
        copied = {table.name: await mover.copy(reading, table) for table in (*TABLES, outbox)}
        if exactly:
            for table in reversed(TABLES):
                await mover.remove_extra(reading, table)
    return copied


class _Mover:
    def __init__(self, target: Records, progress: Progress) -> None:
        self._target = target
        self._progress = progress
        self._newer_there: set[str] = set()
        """Documents that the target has in a newer state."""

    async def copy(self, reading: AsyncConnection, table: Table) -> Copied:
        """Bring the rows of a table over, a page at a time."""
        put = self._put_in if table is outbox else self._write
        total = await _count(reading, table)
        done: Counter[str] = Counter()
        self._progress(table.name, 0, total)
        async for rows in _pages(reading, table):
            done += await put(table, rows)
            self._progress(table.name, done.total(), total)
        return Copied(
            found=total,
            written=done["written"],
            already=done["already"] + done["unwanted"],
            clashing=done["clashing"],
            extra=await self._extra(table, expected=done["written"] + done["already"]),
        )

    async def _extra(self, table: Table, *, expected: int) -> int:
        if table is outbox:
            # Its rows go as they are delivered.
            return 0
        async with self._target.transaction() as connection:
            there = await _count(connection, table)
        if there < expected:
            raise RecordsUnavailable(
                f"{expected - there:,} of {expected:,} rows of {table.name!r} are not in the target: "
                "see that nothing else empties it, and begin again"
            )
        return there - expected

    async def _write(self, table: Table, rows: Sequence[Row]) -> Counter[str]:
        try:
            async with self._target.transaction() as connection:
                return await self._merge(connection, table, rows)
        except IntegrityError:
            if len(rows) == 1:
                logger.warning("row_clashes", extra={"table": table.name, "key": _key(table, rows[0])})
                return Counter(clashing=1)
        done: Counter[str] = Counter()
        for row in rows:
            done += await self._write(table, [row])
        return done

    async def _merge(self, connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> Counter[str]:
        if table is texts:
            wanted = [row for row in rows if row["document_id"] not in self._newer_there]
        else:
            wanted = list(rows)
        written: set[Key] = set()
        if wanted:
            written = {tuple(key) for key in await connection.execute(_merging(connection, table), wanted)}
        if table is documents:
            await self._look_at(connection, rows, {key[0] for key in written})
        return Counter(
            written=len(written), already=len(wanted) - len(written), unwanted=len(rows) - len(wanted)
        )

    async def _look_at(self, connection: AsyncConnection, rows: Sequence[Row], written: set[str]) -> None:
        """Make room for the texts of documents just written, and note which are newer in the target."""
        await connection.execute(delete(texts).where(texts.c.document_id.in_(written)))
        theirs = select(documents.c.id, documents.c.updated_at).where(
            documents.c.id.in_([row["id"] for row in rows if row["id"] not in written])
        )
        there = {row.id: row.updated_at for row in await connection.execute(theirs)}
        self._newer_there |= {row["id"] for row in rows if there.get(row["id"], OLDEST) > row["updated_at"]}

    async def _put_in(self, table: Table, rows: Sequence[Row]) -> Counter[str]:
        """Put parcels in behind those that the target has; one is known by what it holds."""
        moments = [row["created_at"] for row in rows]
        same_time = table.c.created_at.between(min(moments), max(moments))
        async with self._target.transaction() as connection:
            found = await connection.execute(select(table.c.target, table.c.body).where(same_time))
            there = {(row.target, row.body.get("id")) for row in found}
            news = [row for row in rows if (row["target"], row["body"].get("id")) not in there]
            if news:
                own = [{name: value for name, value in row.items() if name != "id"} for row in news]
                await connection.execute(insert(table), own)
        return Counter(written=len(news), already=len(rows) - len(news))

    async def remove_extra(self, reading: AsyncConnection, table: Table) -> None:
        """Remove the rows that the source does not have."""
        keys = select(*table.primary_key)
        extra: list[Key] = []
        async with self._target.transaction() as connection:
            there = await connection.stream(keys, execution_options={"yield_per": PAGE_ROWS})
            async for part in there.partitions():
                page = [tuple(row) for row in part]
                found = await reading.execute(keys.where(_is_one_of(table, page)))
                extra += set(page) - {tuple(row) for row in found}
        for start in range(0, len(extra), PAGE_ROWS):
            page = extra[start : start + PAGE_ROWS]
            async with self._target.transaction() as connection:
                await connection.execute(delete(table).where(_is_one_of(table, page)))


@asynccontextmanager
async def _as_of_now(source: Records) -> AsyncIterator[AsyncConnection]:
    """The source as it is at one moment, whatever is written to it meanwhile."""
    async with source.transaction() as connection:
        is_postgres = connection.dialect.name == "postgresql"
        await connection.exec_driver_sql(
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY" if is_postgres else "BEGIN"
        )
        yield connection


async def _count(connection: AsyncConnection, table: Table) -> int:
    return int(await connection.scalar(select(func.count()).select_from(table)) or 0)


async def _pages(reading: AsyncConnection, table: Table) -> AsyncIterator[list[Row]]:
    """The rows in the order of their keys; a page holds so many rows, or so much text."""
    query = select(table).order_by(*table.primary_key)
    rows = await reading.stream(query, execution_options={"yield_per": PAGE_ROWS // 4})
    page: list[Row] = []
    characters = 0
    async for row in rows:
        page.append(_row(row))
        characters += sum(len(value) for value in row if isinstance(value, str))
        if len(page) == PAGE_ROWS or characters > PAGE_CHARACTERS:
            yield page
            page, characters = [], 0
    if page:
        yield page


def _row(row: DatabaseRow[Any]) -> Row:
    return {name: kept(value) for name, value in row._mapping.items()}


def _key(table: Table, row: Row) -> Key:
    return tuple(row[column.name] for column in table.primary_key)


def _merging(connection: AsyncConnection, table: Table) -> ReturningInsert[Any]:
    """Writes rows that are not there, are there otherwise, and not newer; gives the keys of those."""
    row = insert_for(connection, table)
    newest = {column.name: row.excluded[column.name] for column in table.columns if not column.primary_key}
    is_other = or_(*[_plain(table.c[name]).is_distinct_from(_plain(new)) for name, new in newest.items()])
    stamp = next((name for name in ("updated_at", "created_at") if name in newest), None)
    is_due = and_(is_other, table.c[stamp] <= newest[stamp]) if stamp else is_other
    return row.on_conflict_do_update(
        index_elements=list(table.primary_key), set_=newest, where=is_due
    ).returning(*table.primary_key)


def _plain(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A column in a form that can be compared: PostgreSQL compares no JSON."""
    return cast(column, Text) if isinstance(column.type, JSON) else column


def _is_one_of(table: Table, keys: Sequence[Key]) -> ColumnElement[bool]:
    columns = list(table.primary_key)
    if len(columns) == 1:
        return columns[0].in_([key[0] for key in keys])
    return tuple_(*columns).in_(keys)
