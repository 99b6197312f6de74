"""Recordings and voicemails of calls: sealed among the files, gone when their days are over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.call_tables import call_lines, call_sounds, call_turns, calls
from core.errors import NotFound
from core.files import Files
from core.records import Records, insert_for, now
from core.schema import documents
from core.tenants import TenantId

SoundKind = Literal["recording", "voicemail"]
AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSound:
    """One recording or voicemail. `id` is the carrier's where it has one; `text` is what was made out.

    `keep_until` is when it goes by itself; None: with its conversation.
    """

    tenant: TenantId
    id: str
    call_id: str
    kind: SoundKind
    content_hash: str
    media_type: str
    size_bytes: int
    seconds: float
    text: str | None = None
    ticket_id: str | None = None
    created_at: datetime
    keep_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenSound:
    """A sound on its way in; `keep_days` 0 keeps it as long as its conversation."""

    id: str
    call_id: str
    kind: SoundKind
    data: bytes
    media_type: str
    seconds: float
    keep_days: float = 0.0


class CallSounds:
    """The sound of calls. The bytes are kept before the record, so no record is without its bytes."""

    def __init__(self, records: Records, files: Files) -> None:
        self._records = records
        self._files = files

    async def add(self, tenant: TenantId, sound: TakenSound) -> CallSound:
        """The sound, kept; the same `id` again is the same sound.

        Raises:
            NotFound: the tenant has no such call.
        """
        moment = now()
        row = {
            "tenant": tenant,
            "id": sound.id,
            "call_id": sound.call_id,
            "kind": sound.kind,
            "media_type": sound.media_type,
            "size_bytes": len(sound.data),
            "seconds": sound.seconds,
            "created_at": moment,
            "keep_until": moment + timedelta(days=sound.keep_days) if sound.keep_days else None,
        }
        there = select(calls.c.id).where(calls.c.tenant == tenant, calls.c.id == sound.call_id)
        async with self._records.reading() as connection:
            if (await connection.execute(there)).first() is None:
                raise NotFound(f"there is no call {sound.call_id!r}")
        content_hash = await self._files.put(tenant, sound.data)
        async with self._records.transaction() as connection:
            unless_kept = insert_for(connection, call_sounds).on_conflict_do_nothing()
            await connection.execute(unless_kept.values(**row, content_hash=content_hash))
        return await self.get(tenant, sound.id)

    async def get(self, tenant: TenantId, id: str) -> CallSound:
        """One sound.

        Raises:
            NotFound: the tenant has no such sound.
        """
        found = await self._found(call_sounds.c.tenant == tenant, call_sounds.c.id == id)
        if not found:
            raise NotFound(f"there is no recording {id!r}")
        return found[0]

    async def of(self, tenant: TenantId, call_id: str) -> Sequence[CallSound]:
        """The sounds of a call, oldest first."""
        return await self._found(call_sounds.c.tenant == tenant, call_sounds.c.call_id == call_id)

    async def data(self, sound: CallSound) -> bytes:
        """The bytes of a sound.

        Raises:
            NotFound: they are gone.
        """
        return await self._files.get(sound.tenant, sound.content_hash)

    async def note(
        self, tenant: TenantId, id: str, *, text: str | None = None, ticket_id: str | None = None
    ) -> None:
        """Keep what was made out of a sound, or the ticket it led to."""
        told = {"text": text, "ticket_id": ticket_id}
        news = {name: value for name, value in told.items() if value is not None}
        if news:
            mine = (call_sounds.c.tenant == tenant, call_sounds.c.id == id)
            async with self._records.transaction() as connection:
                await connection.execute(update(call_sounds).where(*mine).values(**news))

    async def forget_due(self) -> int:
        """Let go of the sounds, of every tenant, whose days are over, with their bytes; how many."""
        forgotten = 0
        due = call_sounds.c.keep_until < now()
        while batch := (await self._found(due))[:AT_ONCE]:
            async with self._records.transaction() as connection:
                for sound in batch:
                    mine = (call_sounds.c.tenant == sound.tenant, call_sounds.c.id == sound.id)
                    await connection.execute(delete(call_sounds).where(*mine))
            await forget_bytes(self._records, self._files, [(one.tenant, one.content_hash) for one in batch])
            forgotten += len(batch)
        return forgotten

    async def _found(self, *where: Any) -> list[CallSound]:  # noqa: ANN401 - conditions
        query = select(call_sounds).where(*where).order_by(call_sounds.c.created_at, call_sounds.c.id)
        async with self._records.reading() as connection:
            return [_sound(row) for row in await connection.execute(query)]


Kept = tuple[TenantId, str]
"""A tenant and the hash of bytes that it keeps."""


async def forget_calls(connection: AsyncConnection, which: Any) -> list[Kept]:  # noqa: ANN401 - a condition
    """Delete the calls that meet a condition on `calls`, with all of them; the bytes that may go too.

    Give those to `forget_bytes` once the transaction is over.
    """
    doomed = (await connection.execute(select(calls.c.tenant, calls.c.id).where(which))).all()
    left: list[Kept] = []
    for call in doomed:
        sounds = (call_sounds.c.tenant == call.tenant, call_sounds.c.call_id == call.id)
        rows = await connection.execute(
            delete(call_sounds).where(*sounds).returning(call_sounds.c.content_hash)
        )
        left += [(TenantId(call.tenant), row.content_hash) for row in rows]
        for table in (call_lines, call_turns):
            said = (table.c.tenant == call.tenant, table.c.call_id == call.id)
            await connection.execute(delete(table).where(*said))
        await connection.execute(delete(calls).where(calls.c.tenant == call.tenant, calls.c.id == call.id))
    return left


async def forget_bytes(records: Records, files: Files, kept: Sequence[Kept]) -> None:
    """Delete bytes that no sound and no document holds any more."""
    for tenant, content_hash in dict.fromkeys(kept):
        holders = [
            exists().where(table.c.tenant == tenant, table.c.content_hash == content_hash)
            for table in (call_sounds, documents)
        ]
        async with records.reading() as connection:
            is_held = await connection.scalar(select(holders[0] | holders[1]))
        if not is_held:
            await files.delete(tenant, content_hash)


def _sound(row: Row[Any]) -> CallSound:
    return CallSound(**{name: row._mapping[name] for name in CallSound.__slots__})
