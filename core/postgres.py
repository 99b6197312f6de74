"""The way to PostgreSQL: how connections are made and tried, and what their failures mean."""

from __future__ import annotations

import os
import select
import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from core.errors import Misconfigured, RecordsUnavailable
from core.stored_values import as_json

if TYPE_CHECKING:
    import asyncpg

SCHEMES = ("postgresql+asyncpg", "postgresql", "postgres")
CONNECT_S = 5.0
STATEMENT_S = 30.0
POOL_S = 10.0
"""Longest waits: for a new connection, for a statement, for a connection of the pool to be free."""
LINK_S = 5.0
"""How much later than the server this side gives a statement up, and its connection with it."""
IDLE_S = 0.1
"""A connection that was not used for longer is asked whether it still lives."""

_UNREADABLE = (
    "FRONTDESK_RECORDS__URL can't be read as a PostgreSQL address. It looks like "
    "postgresql://user:password@host:5432/database?sslmode=require; in the user and the password, "
    "write @ as %40, : as %3A, / as %2F, # as %23 and % as %25"
)


def postgres_engine(url: str, *, connections: int, statement_s: float = STATEMENT_S) -> AsyncEngine:
    """An engine for the database at `url`, which may hold what libpq takes, such as `sslmode`.

    Connections are made when they are needed; a statement that takes longer than
    `statement_s` is ended. Nothing that the engine says or logs shows the URL or the values
    of a statement.

    Raises:
        Misconfigured: the driver is not installed, or the URL can't be read.
    """
    try:
        import asyncpg  # noqa: PLC0415 - an extra, for those who have PostgreSQL
    except ModuleNotFoundError:
        raise Misconfigured(
            "PostgreSQL needs a package that is not installed: pip install 'frontdesk[postgres]'"
        ) from None
    address = f"postgresql://{url.partition('://')[2]}"
    try:
        chosen = parse_qs(urlsplit(address).query)
    except ValueError:
        raise Misconfigured(_UNREADABLE) from None
    session = {name: value for name, value in _session(statement_s).items() if name not in chosen}

    async def connect() -> asyncpg.Connection:
        try:
            return await asyncpg.connect(
                address, timeout=CONNECT_S, command_timeout=statement_s + LINK_S, server_settings=session
            )
        except ValueError:
            raise Misconfigured(_UNREADABLE) from None
        except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
            raise Misconfigured(f"PostgreSQL refuses what FRONTDESK_RECORDS__URL says: {error}") from None
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            raise RecordsUnavailable(f"PostgreSQL can't be reached: {_reason(error)}") from error

    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        json_serializer=as_json,
        hide_parameters=True,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=POOL_S,
        pool_use_lifo=True,
    )
    _demand_life(engine)
    return engine


def _demand_life(engine: AsyncEngine) -> None:
    """See that a connection lives before it is used again.

    One that the server has closed, or is about to, has something unread in its socket. One
    that was idle for a while may have been dropped on the way without a word. Both are asked,
    which is a round trip.
    """

    @event.listens_for(engine.sync_engine, "checkin")
    def note_use(_: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        record.info["used"] = time.monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def check(connection: DBAPIConnection, record: ConnectionPoolEntry, _: PoolProxiedConnection) -> None:
        used = record.info.get("used")
        if used is None:
            return
        link = record.driver_connection
        if link is None or link.is_closed():
            raise InvalidatePoolError
        if time.monotonic() - used > IDLE_S or _has_unread(link):
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise InvalidatePoolError from error


def _has_unread(link: asyncpg.Connection) -> bool:
    """Whether the server has sent something that nobody asked for."""
    socket = link._transport.get_extra_info("socket")
    poll = select.poll()
    poll.register(socket.fileno(), select.POLLIN | select.POLLHUP)
    return bool(poll.poll(0))


def _session(statement_s: float) -> dict[str, str]:
    """What each session asks for, unless the URL says otherwise."""
    return {
        "application_name": "frontdesk",
        "statement_timeout": f"{statement_s * 1000:.0f}ms",
        "lock_timeout": f"{statement_s * 1000 / 3:.0f}ms",
        "idle_in_transaction_session_timeout": "60s",
        "jit": "off",
    }


def _reason(error: Exception) -> str:
    """Why no connection came about, without the address."""
    if isinstance(error, TimeoutError):
        return f"no answer within {CONNECT_S:.0f} s"
    if isinstance(error, OSError):
        return os.strerror(error.errno) if error.errno and error.errno > 0 else "no such host"
    return str(error)
