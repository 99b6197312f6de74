"""Customers, and whose a conversation is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Bring the second schema to the third."""
    op.create_table(
        "customers",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("subject", sa.String),
        sa.Column("name", sa.String),
        sa.Column("email", sa.String),
        sa.Column("phone", sa.String),
        sa.Column("phone_verified", sa.Boolean, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="customers_pkey"),
        sa.UniqueConstraint("tenant", "subject", name="customers_tenant_subject_key"),
    )
    op.create_index("customers_by_phone", "customers", ["tenant", "phone"])
    with op.batch_alter_table("conversations") as table:
        table.add_column(sa.Column("customer_id", sa.String))
        table.create_foreign_key("conversations_customer_id_fkey", "customers", ["customer_id"], ["id"])
    op.create_index("conversations_customer_id_index", "conversations", ["customer_id"])
