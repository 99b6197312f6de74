"""The tables of what the desk must not forget."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    text,
)

from core import approval_tables, call_tables, channel_tables, persona_tables, tables
from core.stored_values import LongWords, Words

metadata, _when = tables.metadata, tables.when
approvals, ticket_notes = approval_tables.approvals, approval_tables.ticket_notes
personas, utterances = persona_tables.personas, persona_tables.utterances
inbox, outbound, lines = channel_tables.inbox, channel_tables.outbound, channel_tables.lines
consents, ticket_threads = channel_tables.consents, channel_tables.ticket_threads
calls, call_sounds = call_tables.calls, call_tables.call_sounds

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

customers = Table(
    "customers",
    metadata,
    Column("id", Words, primary_key=True),
    Column("tenant", Words, nullable=False),
    Column("subject", Words),
    Column("name", Words),
    Column("email", Words),
    Column("phone", Words),
    Column("phone_verified", Boolean, nullable=False),
    Column("facts", JSON, nullable=False),
    _when("created_at"),
    _when("updated_at"),
    UniqueConstraint("tenant", "subject"),
    Index("customers_by_phone", "tenant", "phone"),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", Words, primary_key=True),
    Column("tenant", Words, nullable=False),
    Column("address", JSON, nullable=False),
    _when("created_at"),
    Column("customer_id", ForeignKey("customers.id"), index=True),
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

judgements = Table(
    "judgements",
    metadata,
    Column("answer_id", ForeignKey("answers.id"), primary_key=True),
    Column("tenant", Words, nullable=False, index=True),
    Column("verdict", Words, nullable=False),
    Column("note", LongWords),
    Column("person", Words, nullable=False),
    _when("created_at"),
    _when("updated_at"),
)
"""What a person of the company found of an answer that they reviewed; the last word counts."""

tickets = Table(
    "tickets",
    metadata,
    Column("id", Words, primary_key=True),
    Column("tenant", Words, nullable=False, index=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("reason", LongWords),
    Column("body", JSON, nullable=False),
    _when("created_at"),
    Column("status", Words, nullable=False, server_default="waiting"),
    Column("trigger", Words, nullable=False, server_default="asked"),
    Column("priority", Words, nullable=False, server_default="normal"),
    Column("requester", Words),
    Column("summary", LongWords),
    Column("note", LongWords),
    Column("taken_by", Words),
    *(_when(name, nullable=True) for name in ("due_at", "taken_at", "returned_at", "closed_at")),
    _when("updated_at"),
    Column("taken_name", Words),
)
_IS_OPEN = text("status IN ('waiting', 'taken')")
Index(
    "tickets_open", tickets.c.conversation_id, unique=True, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN
)

staff_messages = Table(
    "staff_messages",
    metadata,
    Column("id", Words, primary_key=True),
    Column("tenant", Words, nullable=False),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("ticket_id", ForeignKey("tickets.id"), nullable=False),
    Column("author", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("text", LongWords, nullable=False),
    _when("created_at"),
)
"""What people of the company wrote to customers."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Words, primary_key=True),
    Column("tenant", Words, nullable=False),
    Column("ticket_id", ForeignKey("tickets.id"), nullable=False, index=True),
    Column("way", Words, nullable=False),
    Column("body", JSON, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("reason", LongWords),
    *(_when(name) for name in ("created_at", "next_at")),
)
"""What of tickets is still to be sent out, and why it has not arrived yet."""

dialogues = Table(
    "dialogues",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id"), primary_key=True),
    Column("tenant", Words, nullable=False),
    Column("body", JSON, nullable=False),
    _when("updated_at"),
)
"""What customers want done that is not done yet: see `core.tools.dialogue`."""

tool_calls = Table(
    "tool_calls",
    metadata,
    Column("tenant", Words, primary_key=True),
    Column("key", Words, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("customer", Words),
    Column("tool", Words, nullable=False),
    Column("effect", Words, nullable=False),
    Column("arguments", JSON, nullable=False),
    Column("state", Words, nullable=False),
    Column("result", LongWords),
    _when("began_at"),
    _when("ended_at", nullable=True),
    Column("approved_by", Words),
)
"""The audit of tools: one line a call. A key is one wish, which is carried out once."""

faqs = Table(
    "faqs",
    metadata,
    Column("id", Words, primary_key=True),
    Column("tenant", Words, nullable=False),
    Column("question", LongWords, nullable=False),
    Column("asks", Words, nullable=False),
    Column("variants", JSON, nullable=False),
    Column("answer", LongWords, nullable=False),
    Column("owner", Words),
    Column("audience", Words, nullable=False),
    Column("language", Words),
    Column("url", LongWords),
    Column("category", Words),
    Column("valid_from", Date),
    Column("valid_until", Date),
    Column("version", Integer, nullable=False),
    _when("created_at"),
    _when("updated_at"),
    UniqueConstraint("tenant", "asks"),
)
"""Questions with an approved answer. `asks` stands for what the question asks, however it is put."""

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
