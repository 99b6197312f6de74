"""The tables of what the desk must not forget, and how their values are kept in every database alike."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_index",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    }
)

_NO_CHARACTER = re.compile("[\x00\ud800-\udfff]")
_ESCAPED_NUL = "\\u0000"


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC, with its time zone, from every database alike."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """What is stored: the moment in UTC."""
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """What is read: SQLite keeps no time zone, so UTC is put back."""
        return value and (value if value.tzinfo else value.replace(tzinfo=UTC))


class Words(TypeDecorator[str]):
    """Text as `storable` leaves it, also where it is only looked for."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """What is stored, and what is compared with what is stored."""
        return value and storable(value)


class LongWords(Words):
    """Text of any length."""

    impl = Text
    cache_ok = True


def storable(text: str) -> str:
    r"""The text with U+FFFD for each character that no database keeps; places in it stay the same.

    >>> storable("a\x00b\ud800c")
    'a\ufffdb\ufffdc'
    """
    if text.isascii() and "\x00" not in text:
        return text
    return _NO_CHARACTER.sub("\ufffd", text)


def as_json(value: object) -> str:
    """The JSON that every database takes: text as in `storable`, null for numbers that are none."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        text = _ESCAPED_NUL
    if _ESCAPED_NUL in text or _NO_CHARACTER.search(text):
        return json.dumps(kept(value), ensure_ascii=False)
    return text


def kept(value: object) -> object:
    r"""A value as it comes back once it was stored.

    >>> kept({"a": ["\x00", float("inf")]})
    {'a': ['\ufffd', None]}
    """
    match value:
        case str():
            return storable(value)
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {storable(str(name)): kept(one) for name, one in value.items()}
        case list() | tuple():
            return [kept(one) for one in value]
        case _:
            return value


def _when(name: str, *, nullable: bool = False) -> Column[datetime]:
    return Column(name, UtcDateTime, nullable=nullable)


documents = Table(
    "documents",
    metadata,
    Column("id", Words, primary_key=True),
    Column("tenant", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("source", Words, nullable=False),
    Column("media_type", Words, nullable=False),
    Column("content_hash", Words, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("labels", JSON, nullable=False),
    Column("audience", Words, nullable=False),
    Column("status", Words, nullable=False),
    Column("reason", LongWords),
    Column("passages", Integer, nullable=False),
    _when("created_at"),
    _when("updated_at"),
    Column("owner", Words),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("stage", Words),
    Column("progress", Float, nullable=False, server_default="0"),
    _when("started_at", nullable=True),
    _when("heartbeat_at", nullable=True),
    UniqueConstraint("tenant", "source"),
    Index("documents_by_hash", "tenant", "content_hash"),
    Index("documents_by_status", "status", "created_at"),
)

texts = Table(
    "texts",
    metadata,
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("text", LongWords, nullable=False),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", Words, primary_key=True),
    Column("tenant", Words, nullable=False),
    Column("address", JSON, nullable=False),
    _when("created_at"),
)

messages = Table(
    "messages",
    metadata,
    Column("tenant", Words, primary_key=True),
    Column("id", Words, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("text", LongWords, nullable=False),
    _when("created_at"),
)

answers = Table(
    "answers",
    metadata,
    Column("id", Words, primary_key=True),
    Column("tenant", Words, nullable=False),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("message_id", Words, nullable=False),
    Column("body", JSON, nullable=False),
    _when("created_at"),
    UniqueConstraint("tenant", "message_id"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("answer_id", ForeignKey("answers.id"), primary_key=True),
    Column("person", Words, primary_key=True),
    Column("verdict", Words, nullable=False),
    Column("comment", LongWords),
    _when("created_at"),
)

tickets = Table(
    "tickets",
    metadata,
    Column("id", Words, primary_key=True),
    Column("tenant", Words, nullable=False, index=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, unique=True),
    Column("reason", LongWords),
    Column("body", JSON, nullable=False),
    _when("created_at"),
)

credentials = Table(
    "credentials",
    metadata,
    Column("digest", Words, primary_key=True),
    Column("kind", Words, nullable=False),
    Column("tenant", Words, nullable=False),
    Column("role", Words, nullable=False),
    Column("name", Words, nullable=False),
    _when("created_at"),
    _when("expires_at", nullable=True),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("target", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("tenant", Words, nullable=False),
    Column("body", JSON, nullable=False),
    _when("created_at"),
    Index("outbox_by_target", "target", "id"),
    sqlite_autoincrement=True,
)
"""What is still to be handed over: jobs to the queue, events to each stream. No id comes twice."""

leases = Table(
    "leases",
    metadata,
    Column("name", Words, primary_key=True),
    Column("owner", Words, nullable=False),
    _when("until"),
)
"""Who alone does a thing for now: one relay a target, one starter of a scheduled job."""

reports = Table(
    "reports",
    metadata,
    Column("id", Words, primary_key=True),
    Column("tenant", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("body", JSON, nullable=False),
    _when("created_at"),
    Index("reports_by_kind", "tenant", "kind", "created_at"),
)
"""What background work found out: digests of feedback, evaluations."""
