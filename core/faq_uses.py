"""How often each FAQ entry was given as an answer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from core.faq import SOURCE_PREFIX, FaqId
from core.records import Records
from core.schema import answers
from core.tenants import TenantId


async def uses(records: Records, tenant: TenantId, since: datetime) -> dict[FaqId, int]:
    """The number of answers since then that are an entry's wording, by entry; unused ones are left out.

    Raises:
        RecordsUnavailable: the database did not answer.
    """
    source = answers.c.body["citations", 0, "document_id"].as_string()
    query = (
        select(source, func.count())
        .where(answers.c.tenant == tenant, answers.c.created_at >= since)
        .where(source.like(f"{SOURCE_PREFIX}%"))
        .group_by(source)
    )
    async with records.reading() as connection:
        rows = (await connection.execute(query)).all()
    return {FaqId(str(name).removeprefix(SOURCE_PREFIX)): int(count) for name, count in rows}
