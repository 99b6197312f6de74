"""The tables of what an admin lays down about how the desk speaks and hears."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Integer, Table, UniqueConstraint

from core.stored_values import LongWords, Words
from core.tables import metadata, when

personas = Table(
    "personas",
    metadata,
    Column("tenant", Words, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("body", JSON, nullable=False),
    Column("saved_by", Words, nullable=False),
    when("created_at"),
)
"""How each tenant's desk speaks; the highest version counts, those before can be brought back."""

utterances = Table(
    "utterances",
    metadata,
    Column("id", Words, primary_key=True),
    Column("tenant", Words, nullable=False),
    Column("text", LongWords, nullable=False),
    Column("says", Words, nullable=False),
    Column("label", Words, nullable=False),
    when("created_at"),
    UniqueConstraint("tenant", "says"),
)
"""What people of a tenant say, and what they want by it. `says` is the same however it is written."""
