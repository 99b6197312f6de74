"""The tables of what the desk must not forget, and the engine that reaches them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from core.errors import RecordsUnavailable

metadata = MetaData()


def _when(name: str, *, nullable: bool = False) -> Column[datetime]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


documents = Table(
    "documents",
    metadata,
    Column("id", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("name", String, nullable=False),
    Column("source", String, nullable=False),
    Column("media_type", String, nullable=False),
    Column("content_hash", String, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("labels", JSON, nullable=False),
    Column("audience", String, nullable=False),
    Column("status", String, nullable=False),
    Column("reason", Text),
    Column("passages", Integer, nullable=False),
    _when("created_at"),
    _when("updated_at"),
    Column("owner", String),
    Column("attempts", Integer, nullable=False, default=0),
    UniqueConstraint("tenant", "source"),
    Index("documents_by_hash", "tenant", "content_hash"),
    Index("documents_by_status", "status", "created_at"),
)

texts = Table(
    "texts",
    metadata,
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("text", Text, nullable=False),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("address", JSON, nullable=False),
    _when("created_at"),
)

messages = Table(
    "messages",
    metadata,
    Column("tenant", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("text", Text, nullable=False),
    _when("created_at"),
)

answers = Table(
    "answers",
    metadata,
    Column("id", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("message_id", String, nullable=False),
    Column("body", JSON, nullable=False),
    _when("created_at"),
    UniqueConstraint("tenant", "message_id"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("answer_id", ForeignKey("answers.id"), primary_key=True),
    Column("person", String, primary_key=True),
    Column("verdict", String, nullable=False),
    Column("comment", Text),
    _when("created_at"),
)

tickets = Table(
    "tickets",
    metadata,
    Column("id", String, primary_key=True),
    Column("tenant", String, nullable=False, index=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, unique=True),
    Column("reason", Text),
    Column("body", JSON, nullable=False),
    _when("created_at"),
)

credentials = Table(
    "credentials",
    metadata,
    Column("digest", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("tenant", String, nullable=False),
    Column("role", String, nullable=False),
    Column("name", String, nullable=False),
    _when("created_at"),
    _when("expires_at", nullable=True),
)


class Records:
    """The database behind the desk. Open it once; every store shares it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @classmethod
    async def open(cls, url: str) -> Records:
        """The database at a SQLAlchemy URL, with every table in place."""
        engine = create_async_engine(url)
        if engine.dialect.name == "sqlite":
            event.listen(engine.sync_engine, "connect", _tune_sqlite)
        async with engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        return cls(engine)

    @classmethod
    async def open_file(cls, path: Path) -> Records:
        """The SQLite database at `path`, made on first use."""
        path.parent.mkdir(parents=True, exist_ok=True)
        return await cls.open(f"sqlite+aiosqlite:///{path}")

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A connection whose work is kept whole when the block ends, or not at all.

        Raises:
            RecordsUnavailable: the database is locked, damaged, full or away.
        """
        try:
            async with self._engine.begin() as connection:
                yield connection
        except IntegrityError:
            raise
        except DatabaseError as error:
            raise RecordsUnavailable(f"the records did not answer: {error.orig}") from error

    async def close(self) -> None:
        """Give every connection back."""
        await self._engine.dispose()


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def _tune_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "foreign_keys = ON",
        "secure_delete = ON",
        "busy_timeout = 30000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
