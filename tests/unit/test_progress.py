"""What is told of how long a document will take."""

from datetime import UTC, datetime, timedelta

import pytest

from core.documents import Document, DocumentId, DocumentStatus
from core.progress import eta
from core.tenants import DEFAULT_TENANT

BEGAN = datetime(2026, 1, 1, 12, tzinfo=UTC)


def document(status: DocumentStatus, progress: float, started_at: datetime | None = BEGAN) -> Document:
    return Document(
        id=DocumentId("d"),
        tenant=DEFAULT_TENANT,
        name="d.txt",
        source="upload:d",
        media_type="text/plain",
        content_hash="h",
        size_bytes=1,
        status=status,
        progress=progress,
        started_at=started_at,
        created_at=BEGAN,
        updated_at=BEGAN,
    )


@pytest.mark.parametrize(("progress", "minutes"), [(0.25, 30), (0.5, 10), (1.0, 0), (1.5, 0)])
def test_what_is_left_takes_its_share(progress: float, minutes: int) -> None:
    spent = timedelta(minutes=10)
    assert eta(document(DocumentStatus.READING, progress), BEGAN + spent) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "unknown",
    [
        document(DocumentStatus.QUEUED, 0.5),
        document(DocumentStatus.READY, 1.0),
        document(DocumentStatus.READING, 0.0),
        document(DocumentStatus.READING, 0.5, None),
    ],
)
def test_what_cannot_be_told_is_not_told(unknown: Document) -> None:
    assert eta(unknown, BEGAN + timedelta(minutes=10)) is None


def test_a_clock_that_went_back_makes_no_time_negative() -> None:
    assert eta(document(DocumentStatus.READING, 0.5), BEGAN - timedelta(hours=1)) == timedelta()
