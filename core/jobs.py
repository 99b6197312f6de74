"""Work behind the scenes: what a `Job` is, and the queue it waits in."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, get_args

from core.tenants import TenantId

JobName = Literal[
    "ingest", "reindex", "digest_feedback", "evaluate", "retain", "reap", "deliver", "settle_approvals"
]
JOB_NAMES: tuple[JobName, ...] = get_args(JobName)
QUEUES: dict[JobName, str] = {
    "ingest": "ingest",
    "reindex": "maintenance",
    "digest_feedback": "maintenance",
    "evaluate": "maintenance",
    "retain": "maintenance",
    "reap": "maintenance",
    "deliver": "delivery",
    "settle_approvals": "delivery",
}
"""The queue each job waits in: uploads and what goes to people never stand behind long work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to be done for a tenant. Doing it twice must do no harm: a job may come again.

    `body` is plain data that JSON can hold.
    """

    name: JobName
    tenant: TenantId
    body: dict[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


class JobQueue(Protocol):
    """Takes jobs over to whoever does them."""

    async def put(self, jobs: Sequence[Job]) -> None:
        """Hand jobs over, in order; when this returns they are safe in the queue.

        Raises:
            QueueUnavailable: the broker did not take them all; some may come twice after a retry.
        """

    async def close(self) -> None:
        """Give back the connections."""
