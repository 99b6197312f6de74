"""The tables of the first desks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    _make_documents()
    _make_conversations()
    _make_what_follows_an_answer()
    op.create_table(
        "credentials",
        sa.Column("digest", sa.String, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        _when("created_at"),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
    )


def _when(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _make_documents() -> None:
    op.create_table(
        "documents",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("media_type", sa.String, nullable=False),
        sa.Column("content_hash", sa.String, nullable=False),
        sa.Column("size_bytes", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("labels", sa.JSON, nullable=False),
        sa.Column("audience", sa.String, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("passages", sa.Integer, nullable=False),
        _when("created_at"),
        _when("updated_at"),
        sa.Column("owner", sa.String),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.UniqueConstraint("tenant", "source"),
    )
    op.create_index("documents_by_hash", "documents", ["tenant", "content_hash"])
    op.create_index("documents_by_status", "documents", ["status", "created_at"])
    op.create_table(
        "texts",
        sa.Column(
            "document_id", sa.String, sa.ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
    )


def _make_conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("address", sa.JSON, nullable=False),
        _when("created_at"),
    )
    op.create_table(
        "messages",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("conversation_id", sa.String, sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        _when("created_at"),
    )
    op.create_index("ix_messages_conversation_id", "messages", ["conversation_id"])


def _make_what_follows_an_answer() -> None:
    op.create_table(
        "answers",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("conversation_id", sa.String, sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("message_id", sa.String, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        _when("created_at"),
        sa.UniqueConstraint("tenant", "message_id"),
    )
    op.create_index("ix_answers_conversation_id", "answers", ["conversation_id"])
    op.create_table(
        "feedback",
        sa.Column("answer_id", sa.String, sa.ForeignKey("answers.id"), primary_key=True),
        sa.Column("person", sa.String, primary_key=True),
        sa.Column("verdict", sa.String, nullable=False),
        sa.Column("comment", sa.Text),
        _when("created_at"),
    )
    op.create_table(
        "tickets",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("conversation_id", sa.String, sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("body", sa.JSON, nullable=False),
        _when("created_at"),
        sa.UniqueConstraint("conversation_id"),
    )
    op.create_index("ix_tickets_tenant", "tickets", ["tenant"])
