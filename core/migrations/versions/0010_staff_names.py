"""The name that customers know whoever has a ticket by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make room for it; tickets of before have none."""
    op.add_column("tickets", sa.Column("taken_name", sa.String))
