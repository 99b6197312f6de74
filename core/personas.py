"""The personas of all tenants as records: the one that counts, and those before it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import NotFound, NotNow
from core.persona import PLAIN, Persona, as_json, checked, from_json
from core.persona_tables import personas
from core.records import Records, now
from core.tenants import TenantId

LOOKS_AGAIN_S = 2.0
KEPT_VERSIONS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPersona:
    """A persona as it was saved. `version` counts from 1; 0 says that none was saved yet."""

    persona: Persona
    version: int = 0
    saved_by: str = ""
    saved_at: datetime | None = None
    has_previous: bool = False


@dataclass(slots=True, kw_only=True)
class _Known:
    saved: SavedPersona
    looked_at: float


class Personas:
    """Who each tenant's desk is. What another process saved counts after two seconds, own edits at once."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._known: dict[TenantId, _Known] = {}

    async def of(self, tenant: TenantId) -> Persona:
        """The persona that counts now; one that says nothing where none was saved.

        Raises:
            RecordsUnavailable: it can't be looked up.
        """
        known = self._known.get(tenant)
        if known is None or time.monotonic() - known.looked_at > LOOKS_AGAIN_S:
            return self._noted(tenant, await self.saved(tenant)).persona
        return known.saved.persona

    async def saved(self, tenant: TenantId) -> SavedPersona:
        """What counts now, as it is in the records.

        Raises:
            RecordsUnavailable: it can't be looked up.
        """
        async with self._records.reading() as connection:
            return await _newest(connection, tenant)

    async def save(self, tenant: TenantId, persona: Persona, *, version: int, by: str) -> SavedPersona:
        """The persona, which counts from now on. `version` is the one that was changed.

        Raises:
            Refused: it can't be kept (`core.persona.checked`).
            NotNow: somebody else has saved another one since.
        """
        return await self._put(tenant, checked(persona), version=version, by=by)

    async def undo(self, tenant: TenantId, *, version: int, by: str) -> SavedPersona:
        """The persona before this version, as a new version; undone once more, it is taken back.

        Raises:
            NotFound: there is none before. NotNow: somebody else has saved another one since.
        """
        query = select(personas).where(personas.c.tenant == tenant, personas.c.version == version - 1)
        async with self._records.reading() as connection:
            row = (await connection.execute(query)).first()
        if row is None and version != 1:
            raise NotFound(f"there is no persona before version {version}")
        before = from_json(row.body) if row else PLAIN
        return await self._put(tenant, before, version=version, by=by)

    async def _put(self, tenant: TenantId, persona: Persona, *, version: int, by: str) -> SavedPersona:
        saved = SavedPersona(
            persona=persona, version=version + 1, saved_by=by, saved_at=now(), has_previous=True
        )
        row = {
            "tenant": tenant,
            "version": saved.version,
            "body": as_json(persona),
            "saved_by": by,
            "created_at": saved.saved_at,
        }
        try:
            async with self._records.transaction() as connection:
                newest = await _newest(connection, tenant)
                if newest.version != version:
                    raise _overtaken(newest.version, version)
                await connection.execute(insert(personas).values(**row))
                is_old = personas.c.version <= saved.version - KEPT_VERSIONS
                await connection.execute(delete(personas).where(personas.c.tenant == tenant, is_old))
        except IntegrityError as error:
            raise _overtaken(version + 1, version) from error
        return self._noted(tenant, saved)

    def _noted(self, tenant: TenantId, saved: SavedPersona) -> SavedPersona:
        """The newest that is known: what was read while another one was saved is older than that."""
        known = self._known.get(tenant)
        newest = known.saved if known and known.saved.version > saved.version else saved
        self._known[tenant] = _Known(saved=newest, looked_at=time.monotonic())
        return newest


async def _newest(connection: AsyncConnection, tenant: TenantId) -> SavedPersona:
    query = select(personas).where(personas.c.tenant == tenant)
    row = (await connection.execute(query.order_by(personas.c.version.desc()).limit(1))).first()
    return _saved(row) if row else SavedPersona(persona=PLAIN)


def _saved(row: Row[Any]) -> SavedPersona:
    return SavedPersona(
        persona=from_json(row.body),
        version=row.version,
        saved_by=row.saved_by,
        saved_at=row.created_at,
        has_previous=True,
    )


def _overtaken(newest: int, version: int) -> NotNow:
    return NotNow(
        f"the persona was changed meanwhile: it has version {newest} and this change is of version "
        f"{version}; look at it again, then save"
    )
