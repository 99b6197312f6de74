"""Who may be written to: what somebody said about it last, and all that they said before."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select

from core.channel_tables import consents
from core.messages import Address
from core.records import Records, now
from core.tenants import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One time that somebody gave or took back their consent.

    `how` is what it was: `message` (they wrote first), a keyword such as `STOP`, `call` (they said
    so on the phone, in `words`), or `carrier` where the provider said that they do not want to be
    written to, or can't be.
    """

    is_given: bool
    how: str
    account: str
    created_at: datetime
    words: str | None = None


class Consents:
    """Consents as records: nothing is changed, the newest counts."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def latest(self, tenant: TenantId, address: Address) -> Consent | None:
        """What the person of the address said last to this account; none where they never did."""
        query = (
            select(consents)
            .where(*_of(tenant, address), consents.c.account == address.account)
            .order_by(consents.c.created_at.desc())
            .limit(1)
        )
        async with self._records.reading() as connection:
            row = (await connection.execute(query)).first()
        return _consent(row) if row else None

    async def all(self, tenant: TenantId, address: Address) -> list[Consent]:
        """Each time they said so, oldest first, to whichever account."""
        query = select(consents).where(*_of(tenant, address)).order_by(consents.c.created_at)
        async with self._records.reading() as connection:
            return [_consent(row) for row in await connection.execute(query)]

    async def note(
        self, tenant: TenantId, address: Address, *, is_given: bool, how: str, words: str | None = None
    ) -> bool:
        """Whether this is news; what stands already is not written again."""
        before = await self.latest(tenant, address)
        if before is not None and before.is_given == is_given:
            return False
        async with self._records.transaction() as connection:
            await connection.execute(
                insert(consents).values(
                    id=uuid.uuid4().hex,
                    tenant=tenant,
                    channel=address.channel,
                    account=address.account,
                    person=address.person,
                    is_given=is_given,
                    how=how,
                    words=words,
                    created_at=now(),
                )
            )
        return True


def _of(tenant: TenantId, address: Address) -> tuple[Any, ...]:
    return (
        consents.c.tenant == tenant,
        consents.c.channel == address.channel,
        consents.c.person == address.person,
    )


def _consent(row: Row[Any]) -> Consent:
    return Consent(
        is_given=row.is_given, how=row.how, account=row.account, created_at=row.created_at, words=row.words
    )
