"""Reports: what background work found out, kept for the admin to look at."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import insert, select

from core.records import Records, now
from core.schema import reports
from core.tenants import TenantId

ReportKind = Literal["digest", "evaluation"]
OLDEST = "oldest"
"""The field of a report's body that says when the oldest words in it were said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one run found. `body` is plain data; under `oldest` it dates the oldest words it quotes."""

    id: str
    tenant: TenantId
    kind: ReportKind
    body: dict[str, Any]
    created_at: datetime


class Reports:
    """Reports as records. Every call names the tenant; another's are never seen."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def add(self, tenant: TenantId, kind: ReportKind, body: dict[str, Any]) -> Report:
        """Keep a report."""
        report = Report(id=uuid.uuid4().hex, tenant=tenant, kind=kind, body=body, created_at=now())
        async with self._records.transaction() as connection:
            await connection.execute(
                insert(reports).values(
                    id=report.id, tenant=tenant, kind=kind, body=body, created_at=report.created_at
                )
            )
        return report

    async def list(self, tenant: TenantId, kind: ReportKind, *, limit: int = 30) -> list[Report]:
        """The tenant's reports of a kind, newest first."""
        theirs = select(reports).where(reports.c.tenant == tenant, reports.c.kind == kind)
        async with self._records.reading() as connection:
            rows = await connection.execute(theirs.order_by(reports.c.created_at.desc()).limit(limit))
            return [Report(**row._mapping) for row in rows]

    async def latest(self, tenant: TenantId, kind: ReportKind) -> Report | None:
        """The tenant's newest report of a kind, if there is one."""
        return next(iter(await self.list(tenant, kind, limit=1)), None)
