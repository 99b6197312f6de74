"""Sends tickets out to where people work: each at least once, in order, for as long as it takes."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import and_, delete, exists, select, update

from core.errors import DeliveryUnavailable
from core.records import Records, now
from core.schema import deliveries
from core.tenants import TenantId
from core.tickets import Ticket, TicketId, Tickets, Way

logger = logging.getLogger(__name__)

AT_ONCE = 50
HELD_S = 120.0
"""How long one who sends has it to themselves; one who dies over it is followed after that."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 30.0, 3600.0


class Carrier(Protocol):
    """Takes what happened to a ticket to people outside."""

    async def carry(self, id: str, ticket: Ticket, body: Mapping[str, Any]) -> None:
        """Returns once the other side has it. `id` is the same each time it is tried.

        Raises:
            DeliveryUnavailable: the other side did not take it; the message says why, without
                secrets or what customers said.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parcel:
    id: str
    ticket_id: TicketId
    way: Way
    body: dict[str, Any]
    attempts: int
    next_at: datetime


class Deliveries:
    """What waits to be sent out. However many send at once, each parcel is with one of them."""

    def __init__(self, records: Records, tickets: Tickets, carriers: Mapping[Way, Carrier]) -> None:
        self._records = records
        self._tickets = tickets
        self._carriers = carriers

    async def run(self, tenant: TenantId | None = None) -> int:
        """Send what is due, of one tenant or of all; how much arrived.

        What does not arrive is due again after a pause that doubles, an hour at most, and what
        follows it for the same ticket waits for it.

        Raises:
            RecordsUnavailable: the database did not answer; whatever was sent may be sent again.
        """
        arrived = 0
        while parcels := await self._due(tenant):
            sent = [await self._send(parcel_tenant, parcel) for parcel_tenant, parcel in parcels]
            arrived += sum(sent)
            if not any(sent):
                break
        return arrived

    async def _due(self, tenant: TenantId | None) -> Sequence[tuple[TenantId, _Parcel]]:
        """The oldest parcel of each ticket and way, where its time has come."""
        earlier = deliveries.alias()
        waits = exists().where(
            earlier.c.ticket_id == deliveries.c.ticket_id,
            earlier.c.way == deliveries.c.way,
            (earlier.c.created_at < deliveries.c.created_at)
            | and_(earlier.c.created_at == deliveries.c.created_at, earlier.c.id < deliveries.c.id),
        )
        query = (
            select(deliveries)
            .where(deliveries.c.next_at <= now(), deliveries.c.way.in_(list(self._carriers)), ~waits)
            .order_by(deliveries.c.next_at)
            .limit(AT_ONCE)
        )
        if tenant is not None:
            query = query.where(deliveries.c.tenant == tenant)
        async with self._records.reading() as connection:
            return [
                (
                    TenantId(row.tenant),
                    _Parcel(
                        id=row.id,
                        ticket_id=TicketId(row.ticket_id),
                        way=row.way,
                        body=row.body,
                        attempts=row.attempts,
                        next_at=row.next_at,
                    ),
                )
                for row in await connection.execute(query)
            ]

    async def _send(self, tenant: TenantId, parcel: _Parcel) -> bool:
        if not await self._held(tenant, parcel):
            return False
        ticket = await self._tickets.get(tenant, parcel.ticket_id)
        facts = {"tenant": tenant, "ticket": ticket.id, "way": parcel.way, "attempts": parcel.attempts + 1}
        try:
            await self._carriers[parcel.way].carry(parcel.id, ticket, parcel.body)
        except DeliveryUnavailable as error:
            logger.warning("ticket_not_delivered", extra={**facts, "reason": str(error)})
            await self._postpone(tenant, parcel, str(error))
            return False
        async with self._records.transaction() as connection:
            await connection.execute(
                delete(deliveries).where(deliveries.c.tenant == tenant, deliveries.c.id == parcel.id)
            )
        logger.info("ticket_delivered", extra=facts)
        return True

    async def _held(self, tenant: TenantId, parcel: _Parcel) -> bool:
        """Whether the parcel is this sender's alone for a while: one UPDATE, which one of many wins."""
        mine = update(deliveries).where(
            deliveries.c.tenant == tenant,
            deliveries.c.id == parcel.id,
            deliveries.c.next_at == parcel.next_at,
        )
        held = mine.values(next_at=now() + timedelta(seconds=HELD_S), attempts=parcel.attempts + 1)
        async with self._records.transaction() as connection:
            return bool((await connection.execute(held)).rowcount)

    async def _postpone(self, tenant: TenantId, parcel: _Parcel, reason: str) -> None:
        again = update(deliveries).where(deliveries.c.tenant == tenant, deliveries.c.id == parcel.id)
        pause = timedelta(seconds=pause_s(parcel.attempts + 1))
        async with self._records.transaction() as connection:
            await connection.execute(again.values(next_at=now() + pause, reason=reason))


def pause_s(attempts: int) -> float:
    """How long to wait after so many attempts.

    >>> [pause_s(attempts) for attempts in (1, 2, 100)]
    [30.0, 60.0, 3600.0]
    """
    return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(attempts - 1, 20))
