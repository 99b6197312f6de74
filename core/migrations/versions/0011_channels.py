"""What comes and goes through Slack and text messages, and who may be written to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the tables of both queues, of lines, consents and Slack's workspaces."""
    _make_queues()
    op.create_table(
        "lines",
        *_words("tenant", "line", "conversation_id"),
        sa.Column("state", sa.JSON, nullable=False),
        *_moments("created_at", "touched_at"),
        sa.PrimaryKeyConstraint("tenant", "line", name="lines_pkey"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="lines_conversation_id_fkey"),
    )
    op.create_index("lines_conversation_id_index", "lines", ["conversation_id"])
    op.create_table(
        "consents",
        *_words("id", "tenant", "channel", "account", "person"),
        sa.Column("is_given", sa.Boolean, nullable=False),
        *_words("how"),
        *_moments("created_at"),
        sa.PrimaryKeyConstraint("id", name="consents_pkey"),
    )
    op.create_index("consents_by_person", "consents", ["tenant", "channel", "person", "created_at"])
    _make_slack()


def _make_queues() -> None:
    op.create_table(
        "inbox",
        *_words("tenant", "id", "channel", "line", "state"),
        sa.Column("body", sa.JSON, nullable=False),
        *_work(),
        *_moments("created_at", "next_at"),
        sa.PrimaryKeyConstraint("tenant", "id", name="inbox_pkey"),
    )
    op.create_table(
        "outbound",
        *_words("tenant", "id"),
        sa.Column("conversation_id", sa.String),
        *_words("channel", "line", "state"),
        *(sa.Column(name, sa.JSON, nullable=False) for name in ("address", "body")),
        sa.Column("provider_id", sa.String),
        *_work(),
        *_moments("created_at", "next_at", "updated_at"),
        sa.PrimaryKeyConstraint("tenant", "id", name="outbound_pkey"),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="outbound_conversation_id_fkey"
        ),
    )
    for table in ("inbox", "outbound"):
        op.create_index(f"{table}_by_state", table, ["state", "next_at"])
        op.create_index(f"{table}_by_line", table, ["tenant", "line", "state"])
    op.create_index("outbound_conversation_id_index", "outbound", ["conversation_id"])
    op.create_index("outbound_by_provider_id", "outbound", ["channel", "provider_id"])


def _make_slack() -> None:
    op.create_table(
        "slack_workspaces",
        *_words("team", "tenant", "name"),
        sa.Column("bot_token", sa.Text, nullable=False),
        *_words("bot_user", "installed_by"),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("staff_channel", sa.String, nullable=False),
        *_moments("created_at", "updated_at"),
        sa.PrimaryKeyConstraint("team", name="slack_workspaces_pkey"),
    )
    op.create_index("slack_workspaces_tenant_index", "slack_workspaces", ["tenant"])
    op.create_table(
        "slack_channels",
        *_words("tenant", "team", "channel", "answers", "audience", "saved_by"),
        *_moments("updated_at"),
        sa.PrimaryKeyConstraint("tenant", "team", "channel", name="slack_channels_pkey"),
    )
    op.create_table(
        "ticket_threads",
        *_words("ticket_id", "tenant", "team", "channel", "thread"),
        *_moments("created_at"),
        sa.PrimaryKeyConstraint("ticket_id", name="ticket_threads_pkey"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="ticket_threads_ticket_id_fkey"),
        sa.UniqueConstraint("team", "channel", "thread", name="ticket_threads_team_channel_thread_key"),
    )


def _words(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.String, nullable=False) for name in names]


def _moments(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in names]


def _work() -> list[sa.Column[object]]:
    """How often it was tried, why it failed, and who is at it."""
    return [
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("reason", sa.Text),
        sa.Column("held_by", sa.String),
    ]
