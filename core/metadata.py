"""What all tables share: where they are collected, how their parts are named, and a column of a moment."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, MetaData

from core.stored_values import UtcDateTime

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_index",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    }
)


def moment(name: str, *, nullable: bool = False) -> Column[datetime]:
    """A column that holds a moment with its time zone."""
    return Column(name, UtcDateTime, nullable=nullable)
