"""Telephone calls, what was said in them and their sound; and the words that a consent was given in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the four tables of calls, and give consents their words."""
    op.add_column("consents", sa.Column("words", sa.Text))
    op.create_table(
        "calls",
        *_words("tenant", "id"),
        sa.Column("conversation_id", sa.String),
        *_words("caller", "called", "language", "state"),
        sa.Column("reason", sa.String),
        sa.Column("disclosure", sa.Text),
        sa.Column("talks", sa.JSON, nullable=False),
        sa.Column("held_by", sa.String),
        sa.Column("duration_s", sa.Integer),
        _moment("created_at"),
        *(_moment(name, nullable=True) for name in ("answered_at", "ended_at")),
        _moment("touched_at"),
        sa.PrimaryKeyConstraint("tenant", "id", name="calls_pkey"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="calls_conversation_id_fkey"),
    )
    op.create_index("calls_conversation_id_index", "calls", ["conversation_id"])
    op.create_index("calls_by_state", "calls", ["state", "touched_at"])
    op.create_index("calls_by_moment", "calls", ["tenant", "created_at"])
    op.create_index("calls_by_caller", "calls", ["tenant", "caller"])
    _make_said()
    _make_sounds()


def _make_said() -> None:
    op.create_table(
        "call_lines",
        *_place(),
        sa.Column("at_s", sa.Float, nullable=False),
        *_words("who"),
        sa.Column("text", sa.Text, nullable=False),
        *_words("language", "kind"),
        sa.Column("heard", sa.Text),
        sa.Column("confidence", sa.Float),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("tenant", "call_id", "talk", "n", name="call_lines_pkey"),
        _of_call("call_lines"),
    )
    op.create_table(
        "call_turns",
        *_place(),
        *_words("question_id"),
        sa.Column("at_s", sa.Float, nullable=False),
        sa.Column("latencies", sa.JSON, nullable=False),
        *(sa.Column(name, sa.Boolean, nullable=False) for name in ("had_filler", "was_interrupted")),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("tenant", "call_id", "talk", "n", name="call_turns_pkey"),
        _of_call("call_turns"),
    )
    op.create_index("call_turns_by_moment", "call_turns", ["tenant", "created_at"])


def _make_sounds() -> None:
    op.create_table(
        "call_sounds",
        *_words("tenant", "id", "call_id", "kind", "content_hash", "media_type"),
        sa.Column("size_bytes", sa.Integer, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("ticket_id", sa.String),
        _moment("created_at"),
        _moment("keep_until", nullable=True),
        sa.PrimaryKeyConstraint("tenant", "id", name="call_sounds_pkey"),
        _of_call("call_sounds"),
    )
    op.create_index("call_sounds_by_call", "call_sounds", ["tenant", "call_id"])
    op.create_index("call_sounds_by_hash", "call_sounds", ["tenant", "content_hash"])


def _place() -> list[sa.Column[object]]:
    counted: list[sa.Column[object]] = [sa.Column(name, sa.Integer, nullable=False) for name in ("talk", "n")]
    return _words("tenant", "call_id") + counted


def _of_call(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant", "call_id"], ["calls.tenant", "calls.id"], name=f"{table}_tenant_call_id_fkey"
    )


def _words(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.String, nullable=False) for name in names]


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
