"""What providers deliver: kept before they are told so, worked on once however often it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from core.channel_tables import inbox
from core.lease_queue import DONE, WAITING, Held, LeaseQueue
from core.messages import Address
from core.records import Records, insert_for, now
from core.tenants import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """One thing that came through a door, as plain data.

    `id` is the provider's own name of it, so that the same one again is the same thing.
    `kind` says what the channel does with it, and `body` what it needs for that.
    """

    id: str
    tenant: TenantId
    kind: str
    address: Address
    body: dict[str, Any] = field(default_factory=dict)
    attempts: int = 0


class Inbox:
    """Inbound things as records. `arrived` is set when this process has kept one."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self.queue = LeaseQueue(records, inbox)
        self.arrived = asyncio.Event()

    async def accept(self, things: Sequence[Inbound]) -> int:
        """How many of them are new. When this returns none of them can be lost.

        Raises:
            RecordsUnavailable: they are not kept; the provider has to deliver them again.
        """
        if not things:
            return 0
        moment = now()
        async with self._records.transaction(is_urgent=True) as connection:
            unless_known = insert_for(connection, inbox).on_conflict_do_nothing()
            new = 0
            for one in things:
                row = {
                    "tenant": one.tenant,
                    "id": one.id,
                    "channel": one.address.channel,
                    "line": line_of(one.address),
                    "state": WAITING,
                    "body": {"kind": one.kind, "address": asdict(one.address), "body": one.body},
                    "created_at": moment,
                    "next_at": moment,
                }
                new += (await connection.execute(unless_known.values(**row))).rowcount
        self.arrived.set()
        return new

    async def due(self, channels: Collection[str], *, most: int) -> list[tuple[Held, Inbound]]:
        """What is to be worked on now, one of each line."""
        return [(held, _inbound(held)) for held in await self.queue.due(channels, most=most)]

    async def done(self, held: Held, reason: str | None = None) -> None:
        """Keep no more of it than that it was here, and why nothing came of it where that is so."""
        await self.queue.end(held, state=DONE, body={}, reason=reason)
        self.arrived.set()


def line_of(address: Address) -> str:
    r"""The name of the line of talk that an address is an end of.

    >>> line_of(Address(channel="sms", account="+15005550100", person="+15005550006"))
    'sms|+15005550100|+15005550006|'
    """
    parts = (address.channel, address.account, address.person, address.thread)
    return "|".join(part.replace("|", "%7C") for part in parts)


def _inbound(held: Held) -> Inbound:
    stored = held.values["body"]
    return Inbound(
        id=held.id,
        tenant=held.tenant,
        kind=stored["kind"],
        address=Address(**stored["address"]),
        body=stored["body"],
        attempts=held.attempts,
    )
