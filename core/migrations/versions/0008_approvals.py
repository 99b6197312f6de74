"""What waits for a colleague's yes, who gave it, and what colleagues write about a ticket."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make both tables, and room in the audit for whoever approved a call."""
    op.create_table(
        "approvals",
        *(sa.Column(name, sa.String, nullable=False) for name in ("id", "tenant")),
        *(sa.Column(name, sa.String, nullable=False) for name in ("conversation_id", "ticket_id")),
        *(sa.Column(name, sa.String, nullable=False) for name in ("tool", "title")),
        sa.Column("shown", sa.Text, nullable=False),
        sa.Column("arguments", sa.JSON, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("key", "language", "state")),
        sa.Column("decided_by", sa.String),
        *(sa.Column(name, sa.Text) for name in ("reason", "result")),
        sa.Column("held_by", sa.String),
        *(_when(name, nullable=False) for name in ("asked_at", "updated_at")),
        *(_when(name, nullable=True) for name in ("decided_at", "ended_at", "held_until")),
        sa.PrimaryKeyConstraint("id", name="approvals_pkey"),
        sa.UniqueConstraint("tenant", "key", name="approvals_tenant_key_key"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="approvals_conversation_id_fkey"
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="approvals_ticket_id_fkey"),
    )
    op.create_index("approvals_conversation_id_index", "approvals", ["conversation_id"])
    op.create_index("approvals_ticket_id_index", "approvals", ["ticket_id"])
    op.create_index("approvals_by_state", "approvals", ["state", "asked_at"])
    op.create_table(
        "ticket_notes",
        *(sa.Column(name, sa.String, nullable=False) for name in ("id", "tenant", "ticket_id", "author")),
        sa.Column("text", sa.Text, nullable=False),
        _when("created_at", nullable=False),
        sa.PrimaryKeyConstraint("id", name="ticket_notes_pkey"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="ticket_notes_ticket_id_fkey"),
    )
    op.create_index("ticket_notes_ticket_id_index", "ticket_notes", ["ticket_id"])
    op.add_column("tool_calls", sa.Column("approved_by", sa.String))


def _when(name: str, *, nullable: bool) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
