"""The database of what the desk must not forget: opened, brought up to date, and reached."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import anyio.to_thread
from sqlalchemy import Table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.errors import Misconfigured, Overtaken, RecordsUnavailable, Unavailable
from core.migrations import HEAD, create, demand_head, is_older, upgrade, version_of
from core.postgres import SCHEMES, postgres_engine
from core.sqlite_records import keep_copy, sqlite_engine
from core.write_order import WriteOrder

logger = logging.getLogger(__name__)

LONGEST_UPGRADE_S = 3600
OTHERS_UPGRADE_S = 600
"""How long a statement of an upgrade may take, and how long one waits for another process's upgrade."""
_TABLES_LOCK = 0x46524F4E54
"""The advisory lock of whoever makes or changes the tables."""
_QUOTES_VALUES = ("22", "23")
"""Classes of SQLSTATE whose messages show what was to be stored."""
_CAME_SECOND = ("40001", "40P01")


class Records:
    """The database behind the desk. Open it once; every store shares it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        is_postgres = engine.dialect.name == "postgresql"
        self._reader = engine.execution_options(isolation_level="AUTOCOMMIT") if is_postgres else engine
        self._order = None if is_postgres else WriteOrder()
        self._is_ready = False

    @classmethod
    async def open(cls, url: str, *, connections: int = 10, upgrade: bool = False) -> Records:
        """The database at a URL, with every table as this program needs it.

        An empty one gets its tables. An SQLite file of an older version is changed, after a
        copy of it was put beside it; PostgreSQL is changed only where `upgrade` says so.
        PostgreSQL that is away is opened all the same: every transaction looks for it again.

        Raises:
            Misconfigured: the URL, the rights there or the tables' version do not fit; the
                message has the mend.
            RecordsUnavailable: the SQLite file can't be read or changed, or PostgreSQL, which
                is to be upgraded, is away.
        """
        if url.partition("://")[0] in SCHEMES:
            if upgrade:
                await _upgrade_postgres(url)
            records = cls(postgres_engine(url, connections=connections))
        else:
            records = cls(sqlite_engine(url))
        try:
            await records._prepare()
        except RecordsUnavailable as error:
            if records.dialect == "sqlite":
                await records.close()
                raise
            logger.warning("records_away", extra={"error": str(error)})
        except BaseException:
            await records.close()
            raise
        return records

    @classmethod
    async def open_file(cls, path: Path) -> Records:
        """The SQLite database at `path`, made on first use."""
        path.parent.mkdir(parents=True, exist_ok=True)
        return await cls.open(f"sqlite+aiosqlite:///{path}")

    @property
    def dialect(self) -> str:
        """Which database it is: `sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @asynccontextmanager
    async def transaction(self, *, is_urgent: bool = False) -> AsyncIterator[AsyncConnection]:
        """A connection whose work is kept whole when the block ends, or not at all.

        Where only one can write at a time, what `is_urgent` goes before what waits.

        Raises:
            RecordsUnavailable: the database is locked, damaged, full, away or of another version.
            Overtaken: another transaction wanted the same and came first.
        """
        async with AsyncExitStack() as stack:
            if self._order is not None:
                await stack.enter_async_context(self._order.turn(is_urgent=is_urgent))
            yield await stack.enter_async_context(self._reached(self._engine.begin))

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection for one statement that reads.

        PostgreSQL answers it in one round trip, where a transaction takes three. Two
        statements need not see the same state.

        Raises:
            RecordsUnavailable: as for `transaction`.
        """
        async with self._reached(self._reader.connect) as connection:
            yield connection

    @asynccontextmanager
    async def _reached(
        self, connect: Callable[[], AbstractAsyncContextManager[AsyncConnection]]
    ) -> AsyncIterator[AsyncConnection]:
        try:
            if not self._is_ready:
                await self._prepare()
            with _translated():
                async with connect() as connection:
                    try:
                        yield connection
                    except TimeoutError:
                        # Nothing came back here, so an answer to a rollback would not either.
                        await connection.invalidate()
                        raise
        except Misconfigured as error:
            raise RecordsUnavailable(str(error)) from error

    async def check(self) -> str:
        """What database this is, once it has answered.

        Raises:
            RecordsUnavailable: it does not answer, or is of another version; the message has the mend.
        """
        is_sqlite = self.dialect == "sqlite"
        try:
            async with self.transaction() as connection:
                began = time.perf_counter()
                version = await connection.scalar(
                    text("SELECT sqlite_version()" if is_sqlite else "SHOW server_version")
                )
                spent_ms = (time.perf_counter() - began) * 1000
                demand_head(await connection.run_sync(version_of))
        except RecordsUnavailable as error:
            if isinstance(error.__cause__, Misconfigured):
                raise
            mend = "see whether it runs and whether FRONTDESK_RECORDS__URL names it"
            if is_sqlite:
                mend = "see whether the disk is full and whether this user may write the data folder"
            raise RecordsUnavailable(f"{error}; {mend}") from error
        name = "SQLite" if is_sqlite else "PostgreSQL"
        return f"{name} {version}, schema {HEAD}, a round trip in {spent_ms:.1f} ms"

    async def close(self) -> None:
        """Give every connection back."""
        await self._engine.dispose()

    async def _prepare(self, *, may_upgrade: bool = False) -> None:
        with _translated():
            async with self._engine.connect() as connection:
                version = await connection.run_sync(version_of)
            if version != HEAD and self.dialect == "sqlite":
                await self._prepare_sqlite()
            elif version != HEAD:
                await self._prepare_postgres(may_upgrade=may_upgrade)
        self._is_ready = True

    async def _prepare_sqlite(self) -> None:
        async with self._engine.connect() as connection:
            try:
                # Others wait for the one that changes the tables. It replaces them by new ones,
                # and the end of the old ones must not delete what refers to them.
                for pragma in (f"busy_timeout = {OTHERS_UPGRADE_S * 1000}", "foreign_keys = OFF"):
                    await connection.exec_driver_sql(f"PRAGMA {pragma}")
                await connection.exec_driver_sql("BEGIN IMMEDIATE")
                version = await connection.run_sync(version_of)
                if version is None:
                    await connection.run_sync(create)
                elif is_older(version):
                    await anyio.to_thread.run_sync(keep_copy, self._engine.url.database, HEAD)
                    await connection.run_sync(upgrade)
                    logger.info("records_upgraded", extra={"before": version, "now": HEAD})
                else:
                    demand_head(version)
                await connection.commit()
            finally:
                await connection.invalidate()

    async def _prepare_postgres(self, *, may_upgrade: bool) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _TABLES_LOCK})
            version = await connection.run_sync(version_of)
            if version is None:
                await _demand_unicode(connection)
                await connection.run_sync(create)
            elif is_older(version) and may_upgrade:
                await connection.run_sync(upgrade)
                logger.info("records_upgraded", extra={"before": version, "now": HEAD})
            else:
                demand_head(version)


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def insert_for(connection: AsyncConnection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An insert that can say what happens where the key is taken: `on_conflict_do_update` and its like."""
    is_postgres = connection.dialect.name == "postgresql"
    return postgresql.insert(table) if is_postgres else sqlite.insert(table)


async def _upgrade_postgres(url: str) -> None:
    patient = Records(postgres_engine(url, connections=1, statement_s=LONGEST_UPGRADE_S))
    try:
        await patient._prepare(may_upgrade=True)
    finally:
        await patient.close()


async def _demand_unicode(connection: AsyncConnection) -> None:
    encoding = await connection.scalar(text("SHOW server_encoding"))
    if encoding != "UTF8":
        raise Misconfigured(
            f"the PostgreSQL database keeps text as {encoding}, which lacks most of the world's letters: "
            "make it with ENCODING 'UTF8'"
        )


@contextmanager
def _translated() -> Iterator[None]:
    """A vendor's errors as ours; those of constraints are left for the stores to read."""
    try:
        yield
    except IntegrityError:
        raise
    except PoolTimeout as error:
        raise RecordsUnavailable(
            "every connection to the records is in use: raise FRONTDESK_RECORDS__CONNECTIONS"
        ) from error
    except (DBAPIError, OSError, TimeoutError) as error:
        cause = getattr(error, "orig", None) or error
        state = getattr(cause, "sqlstate", None) or ""
        if state.startswith(_QUOTES_VALUES):
            raise RecordsUnavailable(f"the records did not take a value ({state})") from None
        raise _translation(cause, state) from error


def _translation(cause: BaseException, state: str) -> Unavailable | Misconfigured:
    if state in _CAME_SECOND:
        return Overtaken("another process changed the same records in the same moment; try again")
    if state == "42501":
        return Misconfigured(
            f"PostgreSQL says {str(cause)!r}: let the desk's user own its database, "
            "or GRANT CREATE, USAGE ON SCHEMA public to it"
        )
    return RecordsUnavailable(f"the records did not answer: {str(cause) or type(cause).__name__}")
