"""The way to SQLite: how connections are made, and what is kept before a file is changed."""

from __future__ import annotations

import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from core.errors import Misconfigured
from core.stored_values import as_json

BUSY_S = 30
"""How long another process may hold an SQLite file."""


def sqlite_engine(url: str) -> AsyncEngine:
    """An engine for the file at `url`, whose connections are tuned alike.

    Raises:
        Misconfigured: the URL is of another database.
    """
    if not url.startswith("sqlite+aiosqlite://"):
        raise Misconfigured(
            f"FRONTDESK_RECORDS__URL begins with {url.partition('://')[0]!r}, which no desk knows: "
            "it takes postgresql://user:password@host/database"
        )
    engine = create_async_engine(url, json_serializer=as_json, hide_parameters=True)
    event.listen(engine.sync_engine, "connect", _tune_sqlite)
    return engine


def _tune_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    try:
        for pragma in (
            f"busy_timeout = {BUSY_S * 1000}",
            "synchronous = NORMAL",
            "foreign_keys = ON",
            "secure_delete = ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        _write_ahead(cursor)
    except BaseException:
        connection.close()
        raise
    cursor.close()


def _write_ahead(cursor: DBAPICursor) -> None:
    """Keep a write-ahead log. SQLite does not wait by itself while another process sets that up."""
    end = time.monotonic() + BUSY_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return


def keep_copy(file: str | None, version: str) -> None:
    """A copy of the database as it is, beside it, named for the version it is about to become."""
    if not file or file == ":memory:":
        return
    copy = Path(f"{file}.before-{version}")
    unfinished = copy.with_name(f"{copy.name}.part")
    unfinished.unlink(missing_ok=True)
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(unfinished)) as target:
        source.backup(target)
    shutil.copymode(file, unfinished)
    unfinished.replace(copy)
