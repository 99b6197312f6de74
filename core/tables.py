"""What every table of the records shares: the one `metadata`, how keys are named, columns of moments."""

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


def when(name: str, *, nullable: bool = False) -> Column[datetime]:
    """A column that holds a moment in UTC."""
    return Column(name, UtcDateTime, nullable=nullable)
