"""An outbox, leases and reports; how far a document is; a name for every constraint."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_NAMES = {
    "pk": "%(table_name)s_pkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
}
_UNNAMED = ("texts", "conversations", "messages", "answers", "feedback", "tickets", "credentials")
_INDEXES = {
    "ix_messages_conversation_id": ("messages", "conversation_id"),
    "ix_answers_conversation_id": ("answers", "conversation_id"),
    "ix_tickets_tenant": ("tickets", "tenant"),
}


def upgrade() -> None:
    """Bring the first tables to the second schema."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("documents", naming_convention=_NAMES) as table:
        table.alter_column("attempts", server_default="0")
        table.add_column(sa.Column("stage", sa.String))
        table.add_column(sa.Column("progress", sa.Float, nullable=False, server_default="0"))
        table.add_column(sa.Column("started_at", sa.DateTime(timezone=True)))
        table.add_column(sa.Column("heartbeat_at", sa.DateTime(timezone=True)))
    if is_sqlite:
        # PostgreSQL has named its constraints like this by itself.
        for name in _UNNAMED:
            with op.batch_alter_table(name, recreate="always", naming_convention=_NAMES):
                pass
    for index, (name, column) in _INDEXES.items():
        op.drop_index(index, name)
        op.create_index(f"{name}_{column}_index", name, [column])
    _make_outbox()
    _make_leases_and_reports()
    _put_in_jobs()


def _when(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _make_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("target", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        _when("created_at"),
        sa.PrimaryKeyConstraint("id", name="outbox_pkey"),
        sqlite_autoincrement=True,
    )
    op.create_index("outbox_by_target", "outbox", ["target", "id"])


def _make_leases_and_reports() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.String, nullable=False),
        sa.Column("owner", sa.String, nullable=False),
        _when("until"),
        sa.PrimaryKeyConstraint("name", name="leases_pkey"),
    )
    op.create_table(
        "reports",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        _when("created_at"),
        sa.PrimaryKeyConstraint("id", name="reports_pkey"),
    )
    op.create_index("reports_by_kind", "reports", ["tenant", "kind", "created_at"])


def _put_in_jobs() -> None:
    """A job for each tenant whose documents wait: before, readers looked for those by themselves."""
    documents = sa.table("documents", sa.column("tenant"), sa.column("status"))
    is_waiting = documents.c.status.in_(["queued", "reading"])
    waiting = op.get_bind().scalars(sa.select(documents.c.tenant).where(is_waiting).distinct())
    outbox = sa.table(
        "outbox",
        sa.column("target", sa.String),
        sa.column("name", sa.String),
        sa.column("tenant", sa.String),
        sa.column("body", sa.JSON),
        sa.column("created_at", sa.DateTime(timezone=True)),
    )
    moment = datetime.now(UTC)
    jobs = [
        {
            "target": "jobs",
            "name": "ingest",
            "tenant": tenant,
            "body": {"id": uuid.uuid4().hex, "tenant": tenant, "body": {}},
            "created_at": moment,
        }
        for tenant in waiting
    ]
    if jobs:
        op.bulk_insert(outbox, jobs)
