"""How long a document will still take, judged by how long it took so far."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.documents import Document, DocumentStatus

LEAST_PROGRESS = 0.02
"""Before so much is done, what is left can't be told."""


def eta(document: Document, now: datetime) -> timedelta | None:
    """How much longer the reading of a document takes; None while that can't be told.

    The share that is done is taken to have taken its share of the time since it was begun.
    """
    is_reading = document.status is DocumentStatus.READING
    if not is_reading or document.started_at is None or document.progress < LEAST_PROGRESS:
        return None
    spent = max(now - document.started_at, timedelta())
    return spent * (1 / min(document.progress, 1.0) - 1)
