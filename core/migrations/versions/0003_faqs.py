"""Questions with an approved answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table of questions with an approved answer."""
    op.create_table(
        "faqs",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("asks", sa.String, nullable=False),
        sa.Column("variants", sa.JSON, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("owner", sa.String),
        sa.Column("audience", sa.String, nullable=False),
        sa.Column("language", sa.String),
        sa.Column("url", sa.Text),
        sa.Column("category", sa.String),
        sa.Column("valid_from", sa.Date),
        sa.Column("valid_until", sa.Date),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="faqs_pkey"),
        sa.UniqueConstraint("tenant", "asks", name="faqs_tenant_asks_key"),
    )
