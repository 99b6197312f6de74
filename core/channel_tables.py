"""The tables of what comes and goes through doors that push: Slack, text messages."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, Table, UniqueConstraint

from core.stored_values import LongWords, Words
from core.tables import metadata, when

inbox = Table(
    "inbox",
    metadata,
    Column("tenant", Words, primary_key=True),
    Column("id", Words, primary_key=True),
    Column("channel", Words, nullable=False),
    Column("line", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("body", JSON, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("reason", LongWords),
    Column("held_by", Words),
    *(when(name) for name in ("created_at", "next_at")),
    Index("inbox_by_state", "state", "next_at"),
    Index("inbox_by_line", "tenant", "line", "state"),
)
"""What a provider delivered, kept before it is told so. Its words go once it is worked on; its id stays."""

outbound = Table(
    "outbound",
    metadata,
    Column("tenant", Words, primary_key=True),
    Column("id", Words, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), index=True),
    Column("channel", Words, nullable=False),
    Column("line", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("address", JSON, nullable=False),
    Column("body", JSON, nullable=False),
    Column("provider_id", Words),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("reason", LongWords),
    Column("held_by", Words),
    *(when(name) for name in ("created_at", "next_at", "updated_at")),
    Index("outbound_by_state", "state", "next_at"),
    Index("outbound_by_line", "tenant", "line", "state"),
    Index("outbound_by_provider_id", "channel", "provider_id"),
)
"""What goes to people through a provider, and how far it has come."""

lines = Table(
    "lines",
    metadata,
    Column("tenant", Words, primary_key=True),
    Column("line", Words, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("state", JSON, nullable=False),
    *(when(name) for name in ("created_at", "touched_at")),
)
"""The conversation that a line of talk goes on with, and what the door knows of it."""

consents = Table(
    "consents",
    metadata,
    Column("id", Words, primary_key=True),
    Column("tenant", Words, nullable=False),
    Column("channel", Words, nullable=False),
    Column("account", Words, nullable=False),
    Column("person", Words, nullable=False),
    Column("is_given", Boolean, nullable=False),
    Column("how", Words, nullable=False),
    when("created_at"),
    Column("words", LongWords),
    Index("consents_by_person", "tenant", "channel", "person", "created_at"),
)
"""Who may be written to: each time that somebody said so or took it back, the newest counts."""

slack_workspaces = Table(
    "slack_workspaces",
    metadata,
    Column("team", Words, primary_key=True),
    Column("tenant", Words, nullable=False, index=True),
    Column("name", Words, nullable=False),
    Column("bot_token", LongWords, nullable=False),
    Column("bot_user", Words, nullable=False),
    Column("installed_by", Words, nullable=False),
    Column("scopes", LongWords, nullable=False),
    Column("staff_channel", Words, nullable=False),
    *(when(name) for name in ("created_at", "updated_at")),
)
"""Slack workspaces that the desk was added to; tokens are encrypted."""

slack_channels = Table(
    "slack_channels",
    metadata,
    Column("tenant", Words, primary_key=True),
    Column("team", Words, primary_key=True),
    Column("channel", Words, primary_key=True),
    Column("answers", Words, nullable=False),
    Column("audience", Words, nullable=False),
    Column("saved_by", Words, nullable=False),
    when("updated_at"),
)
"""When the desk answers in a Slack channel, and from whose documents."""

ticket_threads = Table(
    "ticket_threads",
    metadata,
    Column("ticket_id", ForeignKey("tickets.id"), primary_key=True),
    Column("tenant", Words, nullable=False),
    Column("team", Words, nullable=False),
    Column("channel", Words, nullable=False),
    Column("thread", Words, nullable=False),
    when("created_at"),
    UniqueConstraint("team", "channel", "thread"),
)
"""The Slack thread in which staff see to a ticket."""
