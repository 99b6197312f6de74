"""The tables of what waits for a colleague's yes, and of what colleagues write about a ticket."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Table, UniqueConstraint

from core.stored_values import LongWords, Words
from core.tables import metadata, when

approvals = Table(
    "approvals",
    metadata,
    Column("id", Words, primary_key=True),
    Column("tenant", Words, nullable=False),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("ticket_id", ForeignKey("tickets.id"), nullable=False, index=True),
    Column("tool", Words, nullable=False),
    Column("title", Words, nullable=False),
    Column("shown", LongWords, nullable=False),
    Column("arguments", JSON, nullable=False),
    Column("key", Words, nullable=False),
    Column("language", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("decided_by", Words),
    Column("reason", LongWords),
    Column("result", LongWords),
    Column("held_by", Words),
    *(when(name) for name in ("asked_at", "updated_at")),
    *(when(name, nullable=True) for name in ("decided_at", "ended_at", "held_until")),
    UniqueConstraint("tenant", "key"),
    Index("approvals_by_state", "state", "asked_at"),
)
"""What customers want done that a colleague has to agree to. `held_by` carries it out at this moment."""

ticket_notes = Table(
    "ticket_notes",
    metadata,
    Column("id", Words, primary_key=True),
    Column("tenant", Words, nullable=False),
    Column("ticket_id", ForeignKey("tickets.id"), nullable=False, index=True),
    Column("author", Words, nullable=False),
    Column("text", LongWords, nullable=False),
    when("created_at"),
)
"""What colleagues write to each other about a ticket. No customer and no model ever sees it."""
