"""The tables of telephone calls: the calls, what was said in them, and their sound."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
)

from core.stored_values import LongWords, Words
from core.tables import metadata, when

calls = Table(
    "calls",
    metadata,
    Column("tenant", Words, primary_key=True),
    Column("id", Words, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), index=True),
    *(Column(name, Words, nullable=False) for name in ("caller", "called", "language", "state")),
    Column("reason", Words),
    Column("disclosure", LongWords),
    Column("talks", JSON, nullable=False),
    Column("held_by", Words),
    Column("duration_s", Integer),
    when("created_at"),
    *(when(name, nullable=True) for name in ("answered_at", "ended_at")),
    when("touched_at"),
    Index("calls_by_state", "state", "touched_at"),
    Index("calls_by_moment", "tenant", "created_at"),
    Index("calls_by_caller", "tenant", "caller"),
)
"""Telephone calls by the carrier's id. `talks` names those that are kept."""

call_lines = Table(
    "call_lines",
    metadata,
    *(Column(name, Words, primary_key=True) for name in ("tenant", "call_id")),
    *(Column(name, Integer, primary_key=True) for name in ("talk", "n")),
    Column("at_s", Float, nullable=False),
    Column("who", Words, nullable=False),
    Column("text", LongWords, nullable=False),
    *(Column(name, Words, nullable=False) for name in ("language", "kind")),
    Column("heard", LongWords),
    Column("confidence", Float),
    when("created_at"),
    ForeignKeyConstraint(["tenant", "call_id"], ["calls.tenant", "calls.id"]),
)
"""What both sides said in a call, and how much of the desk's words was heard."""

call_turns = Table(
    "call_turns",
    metadata,
    *(Column(name, Words, primary_key=True) for name in ("tenant", "call_id")),
    *(Column(name, Integer, primary_key=True) for name in ("talk", "n")),
    Column("question_id", Words, nullable=False),
    Column("at_s", Float, nullable=False),
    Column("latencies", JSON, nullable=False),
    *(Column(name, Boolean, nullable=False) for name in ("had_filler", "was_interrupted")),
    when("created_at"),
    ForeignKeyConstraint(["tenant", "call_id"], ["calls.tenant", "calls.id"]),
    Index("call_turns_by_moment", "tenant", "created_at"),
)
"""How long the parts of each turn of a call took."""

call_sounds = Table(
    "call_sounds",
    metadata,
    Column("tenant", Words, primary_key=True),
    Column("id", Words, primary_key=True),
    Column("call_id", Words, nullable=False),
    *(Column(name, Words, nullable=False) for name in ("kind", "content_hash", "media_type")),
    Column("size_bytes", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("text", LongWords),
    Column("ticket_id", Words),
    when("created_at"),
    when("keep_until", nullable=True),
    ForeignKeyConstraint(["tenant", "call_id"], ["calls.tenant", "calls.id"]),
    Index("call_sounds_by_call", "tenant", "call_id"),
    Index("call_sounds_by_hash", "tenant", "content_hash"),
)
"""Recordings and voicemails. The bytes are in the files, under their hash."""
