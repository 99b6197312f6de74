"""What people of the company found of answers that they reviewed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "judgements",
        sa.Column("answer_id", sa.String, nullable=False),
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("verdict", sa.String, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("person", sa.String, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("answer_id", name="judgements_pkey"),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.id"], name="judgements_answer_id_fkey"),
    )
    op.create_index("judgements_tenant_index", "judgements", ["tenant"])
