"""What goes to people through a provider: kept first, sent once, and followed until it has arrived."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import case, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.channel_tables import outbound
from core.errors import NotFound
from core.inbox import line_of
from core.lease_queue import WAITING, Held, LeaseQueue
from core.messages import Address, ConversationId
from core.records import Records, insert_for, now
from core.tenants import TenantId

State = Literal["waiting", "sent", "delivered", "read", "undelivered", "failed"]
_RANKS: Mapping[str, int] = {
    "waiting": 0, "sent": 1, "undelivered": 2, "failed": 2, "delivered": 3, "read": 4,
}  # fmt: skip
"""A message moves up only: what a provider says late changes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundMessage:
    """Something to be sent to an address. `id` names it: the same one again is the same message.

    `is_repeat` says that a sending was begun before, and nobody knows how it ended.
    """

    id: str
    tenant: TenantId
    address: Address
    kind: str
    body: dict[str, Any] = field(default_factory=dict)
    conversation_id: ConversationId | None = None
    not_before: datetime | None = None
    created_at: datetime | None = None
    attempts: int = 0
    is_repeat: bool = False
    provider_id: str | None = None
    state: State = "waiting"
    reason: str | None = None


class Outbound:
    """Outbound messages as records. `added` is set when this process has kept one."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self.queue = LeaseQueue(records, outbound)
        self.added = asyncio.Event()

    async def add(self, *messages: OutboundMessage) -> None:
        """Keep messages to be sent; those that are known stay as they are."""
        async with self._records.transaction() as connection:
            for message in messages:
                await self.put(connection, message)

    async def put(self, connection: AsyncConnection, message: OutboundMessage) -> None:
        """The same within the caller's transaction."""
        moment = now()
        row = {
            "tenant": message.tenant,
            "id": message.id,
            "conversation_id": message.conversation_id,
            "channel": message.address.channel,
            "line": line_of(message.address),
            "state": WAITING,
            "address": asdict(message.address),
            "body": {"kind": message.kind, "body": message.body},
            "created_at": moment,
            "next_at": message.not_before or moment,
            "updated_at": moment,
        }
        await connection.execute(insert_for(connection, outbound).on_conflict_do_nothing().values(**row))
        self.added.set()

    async def due(self, channels: Collection[str], *, most: int) -> list[tuple[Held, OutboundMessage]]:
        """What is to be sent now, one of each line."""
        return [(held, _message(held.values)) for held in await self.queue.due(channels, most=most)]

    async def sent(self, held: Held, provider_id: str) -> None:
        """The provider has it, under this id; what it has told of it already stands."""
        state = case((outbound.c.state == WAITING, "sent"), else_=outbound.c.state)
        await self.queue.end(held, state=state, provider_id=provider_id, updated_at=now())
        self.added.set()

    async def failed(self, held: Held, reason: str) -> None:
        """It will never arrive; the reason has no words of the message in it."""
        await self.queue.end(held, state="failed", reason=reason, updated_at=now())
        self.added.set()

    async def get(self, tenant: TenantId, id: str) -> OutboundMessage:
        """One message by its id.

        Raises:
            NotFound: the tenant has no such message.
        """
        query = select(outbound).where(outbound.c.tenant == tenant, outbound.c.id == id)
        async with self._records.reading() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            raise NotFound(f"there is no outbound message {id!r}")
        return _message(row._mapping)

    async def find(self, channel: str, provider_id: str) -> OutboundMessage | None:
        """The message that the provider calls so, if it is one of ours."""
        theirs = (outbound.c.channel == channel, outbound.c.provider_id == provider_id)
        async with self._records.reading() as connection:
            row = (await connection.execute(select(outbound).where(*theirs))).first()
        return _message(row._mapping) if row else None

    async def known(self, channel: str, provider_ids: Collection[str]) -> set[str]:
        """Those of the provider's ids that belong to messages of ours."""
        query = select(outbound.c.provider_id).where(
            outbound.c.channel == channel, outbound.c.provider_id.in_(list(provider_ids))
        )
        async with self._records.reading() as connection:
            return {row.provider_id for row in await connection.execute(query)}

    async def progress(
        self,
        tenant: TenantId,
        id: str,
        state: State,
        reason: str | None = None,
        provider_id: str | None = None,
    ) -> bool:
        """Whether a message came further than it was; what is told late or twice changes nothing.

        `provider_id` is kept where none is known yet, because who sent it died before that.
        """
        below = [name for name, rank in _RANKS.items() if rank < _RANKS[state]]
        moved = (
            update(outbound)
            .where(outbound.c.tenant == tenant, outbound.c.id == id, outbound.c.state.in_(below))
            .values(
                state=state,
                reason=reason,
                provider_id=func.coalesce(outbound.c.provider_id, provider_id),
                updated_at=now(),
            )
        )
        async with self._records.transaction() as connection:
            return bool((await connection.execute(moved)).rowcount)

    async def of_conversation(
        self, tenant: TenantId, conversation_id: ConversationId
    ) -> list[OutboundMessage]:
        """What went out in a conversation, oldest first."""
        query = (
            select(outbound)
            .where(outbound.c.tenant == tenant, outbound.c.conversation_id == conversation_id)
            .order_by(outbound.c.created_at, outbound.c.id)
        )
        async with self._records.reading() as connection:
            return [_message(row._mapping) for row in await connection.execute(query)]


def _message(row: Mapping[Any, Any]) -> OutboundMessage:
    return OutboundMessage(
        id=row["id"],
        tenant=TenantId(row["tenant"]),
        address=Address(**row["address"]),
        kind=row["body"]["kind"],
        body=row["body"]["body"],
        conversation_id=row["conversation_id"],
        created_at=row["created_at"],
        attempts=row["attempts"],
        is_repeat=row["attempts"] > 0,
        provider_id=row["provider_id"],
        state=row["state"],
        reason=row["reason"],
    )
