"""Tickets that are taken, returned and closed; what staff wrote; what is still to be sent out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_NAMES = {
    "pk": "%(table_name)s_pkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
}
_DEFAULTS = {"status": "waiting", "trigger": "asked", "priority": "normal"}
_MOMENTS = ("due_at", "taken_at", "returned_at", "closed_at", "updated_at")


def upgrade() -> None:
    """Bring the tables of the schema before to this one. Tickets there are, wait."""
    with op.batch_alter_table("tickets", naming_convention=_NAMES) as table:
        table.drop_constraint("tickets_conversation_id_key", type_="unique")
        for name, default in _DEFAULTS.items():
            table.add_column(sa.Column(name, sa.String, nullable=False, server_default=default))
        table.add_column(sa.Column("requester", sa.String))
        for name in ("summary", "note"):
            table.add_column(sa.Column(name, sa.Text))
        table.add_column(sa.Column("taken_by", sa.String))
        for name in _MOMENTS:
            table.add_column(sa.Column(name, sa.DateTime(timezone=True)))
    tickets = sa.table("tickets", sa.column("created_at"), sa.column("updated_at"))
    op.execute(tickets.update().values(updated_at=tickets.c.created_at))
    with op.batch_alter_table("tickets", naming_convention=_NAMES) as table:
        table.alter_column("updated_at", nullable=False)
    op.create_index("tickets_conversation_id_index", "tickets", ["conversation_id"])
    is_open = sa.text("status IN ('waiting', 'taken')")
    op.create_index(
        "tickets_open",
        "tickets",
        ["conversation_id"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    _make_staff_messages()
    _make_deliveries()


def _when(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _make_staff_messages() -> None:
    op.create_table(
        "staff_messages",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("conversation_id", sa.String, nullable=False),
        sa.Column("ticket_id", sa.String, nullable=False),
        sa.Column("author", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        _when("created_at"),
        sa.PrimaryKeyConstraint("id", name="staff_messages_pkey"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="staff_messages_conversation_id_fkey"
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="staff_messages_ticket_id_fkey"),
    )
    op.create_index("staff_messages_conversation_id_index", "staff_messages", ["conversation_id"])


def _make_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("tenant", sa.String, nullable=False),
        sa.Column("ticket_id", sa.String, nullable=False),
        sa.Column("way", sa.String, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("reason", sa.Text),
        _when("created_at"),
        _when("next_at"),
        sa.PrimaryKeyConstraint("id", name="deliveries_pkey"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="deliveries_ticket_id_fkey"),
    )
    op.create_index("deliveries_ticket_id_index", "deliveries", ["ticket_id"])
