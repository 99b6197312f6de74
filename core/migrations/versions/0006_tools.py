"""What customers want done, and the audit of tools."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "dialogues",
        sa.Column("conversation_id", sa.String, nullable=False),
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name="dialogues_pkey"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="dialogues_conversation_id_fkey"
        ),
    )
    op.create_table(
        "tool_calls",
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("conversation_id", sa.String, nullable=False),
        sa.Column("customer", sa.String),
        sa.Column("tool", sa.String, nullable=False),
        sa.Column("effect", sa.String, nullable=False),
        sa.Column("arguments", sa.JSON, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("result", sa.Text),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("tenant", "key", name="tool_calls_pkey"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="tool_calls_conversation_id_fkey"
        ),
    )
    op.create_index("tool_calls_conversation_id_index", "tool_calls", ["conversation_id"])
