"""The book of frequent questions: a tenant's approved answers as records."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.answer_cache import AnswerCache
from core.errors import NotFound, NotNow, Overtaken, Refused, Unavailable
from core.event_stream import DeskEvent
from core.faq import FIELDS, Faq, FaqDraft, FaqId, asked_by, checked
from core.outbox import Outbox
from core.records import Records, now
from core.schema import faqs
from core.tenants import TenantId

logger = logging.getLogger(__name__)

Fate = Literal["added", "replaced", "unchanged"]
Faqs = list[Faq]
_NAMES = tuple(field.name for field in fields(Faq))


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of one draft of several; `changed` names the fields of an entry that it replaced."""

    fate: Fate
    faq: Faq
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BookState:
    """What changes when a tenant's book does: how many entries, their versions' sum, the newest change."""

    entries: int
    versions: int
    newest: datetime | None


class FaqBook:
    """Entries as records. Every call names the tenant; another's are never seen.

    No two entries of a tenant ask the same. An answer that rests on an entry is forgotten
    by the answer cache once the entry is changed or removed.
    """

    def __init__(self, records: Records, outbox: Outbox, cache: AnswerCache) -> None:
        self._records = records
        self._outbox = outbox
        self._cache = cache

    async def add(self, tenant: TenantId, draft: FaqDraft) -> Faq:
        """The new entry.

        Raises:
            Refused: the draft is not fit (`core.faq.checked`), or an entry asks the same.
        """
        return await self._put_in(_fresh(tenant, checked(draft), now()))

    async def restore(self, tenant: TenantId, faq: Faq) -> Faq:
        """An entry that was removed, under its old id, as its next version.

        Raises:
            NotFound: it was another tenant's.
            Refused: an entry asks the same by now, or it has been restored already.
        """
        if faq.tenant != tenant:
            raise NotFound(f"there is no FAQ entry {faq.id!r}")
        return await self._put_in(replace(faq, version=faq.version + 1, updated_at=now()))

    async def _put_in(self, faq: Faq) -> Faq:
        try:
            async with self._records.transaction() as connection:
                await connection.execute(insert(faqs).values(**_row(faq)))
                await self._outbox.add_event(connection, _event(faq, "added"))
        except IntegrityError as error:
            raise _asked_already(faq) from error
        return faq

    async def replace(
        self, tenant: TenantId, faq_id: FaqId, draft: FaqDraft, *, version: int | None = None
    ) -> Faq:
        """The entry in its new wording, which counts from now on.

        `version`, where it is given, is the one that the new wording was made from.

        Raises:
            NotFound: the tenant has no such entry.
            Refused: the draft is not fit, or another entry asks the same.
            NotNow: the entry is no longer in that version.
        """
        fit = checked(draft)
        values = _values(fit) | {"updated_at": now(), "version": faqs.c.version + 1}
        query = update(faqs).where(faqs.c.tenant == tenant, faqs.c.id == faq_id).values(**values)
        try:
            async with self._records.transaction() as connection:
                row = (await connection.execute(query.returning(faqs))).first()
                if row is None:
                    raise NotFound(f"there is no FAQ entry {faq_id!r}")
                if version is not None and row.version != version + 1:
                    raise NotNow(
                        "somebody has changed this entry in the meantime: open it again to see their wording"
                    )
                await self._outbox.add_event(connection, _event(faq_from(row), "replaced"))
        except IntegrityError as error:
            raise _asked_already(fit) from error
        await self._forget_answers(tenant, [faq_from(row)])
        return faq_from(row)

    async def remove(self, tenant: TenantId, faq_id: FaqId) -> None:
        """Forget an entry; no answer that begins afterwards says it.

        Raises:
            NotFound: the tenant has no such entry.
        """
        query = delete(faqs).where(faqs.c.tenant == tenant, faqs.c.id == faq_id).returning(faqs)
        async with self._records.transaction() as connection:
            row = (await connection.execute(query)).first()
            if row is None:
                raise NotFound(f"there is no FAQ entry {faq_id!r}")
            await self._outbox.add_event(connection, _event(faq_from(row), "removed"))
        await self._forget_answers(tenant, [faq_from(row)])

    async def take(
        self,
        tenant: TenantId,
        drafts: Sequence[FaqDraft],
        *,
        given: Collection[str] = FIELDS,
        dry_run: bool = False,
    ) -> list[Taken | Refused]:
        """What became of each draft, in their order; of one that is not fit or asks the same
        as an earlier one, why. The others are kept all together, or none of them.

        A draft replaces the entry that asks the same, and leaves of it what it does not speak
        of: `given` names the fields that the drafts are about. A `dry_run` tells what would
        become of them and keeps nothing.

        Raises:
            Overtaken: another process changed one of the same entries in the same moment.
        """
        try:
            async with self._records.transaction() as connection:
                known = {asked_by(faq.question): faq for faq in await _all(connection, tenant)}
                fates = _fates(tenant, drafts, known, frozenset(given))
                taken = [] if dry_run else [each for each in fates if isinstance(each, Taken)]
                await self._write(connection, taken)
        except IntegrityError as error:
            raise Overtaken("another process added one of these questions in the same moment") from error
        await self._forget_answers(tenant, [each.faq for each in taken if each.fate == "replaced"])
        return fates

    async def list(self, tenant: TenantId, audiences: Collection[str] | None = None) -> Faqs:
        """Every entry of the tenant that these audiences may be told, oldest first."""
        async with self._records.reading() as connection:
            found = await _all(connection, tenant)
        return [faq for faq in found if audiences is None or faq.audience in audiences]

    async def get(self, tenant: TenantId, faq_id: FaqId, audiences: Collection[str] | None = None) -> Faq:
        """One entry as it is now.

        Raises:
            NotFound: there is none with this id for this tenant and these audiences.
        """
        query = select(faqs).where(faqs.c.tenant == tenant, faqs.c.id == faq_id)
        async with self._records.reading() as connection:
            row = (await connection.execute(query)).first()
        if row is None or (audiences is not None and row.audience not in audiences):
            raise NotFound(f"there is no FAQ entry {faq_id!r}")
        return faq_from(row)

    async def state(self, tenant: TenantId) -> BookState:
        """What tells whether the tenant's book has changed, without reading it."""
        query = select(func.count(), func.sum(faqs.c.version), func.max(faqs.c.updated_at))
        async with self._records.reading() as connection:
            entries, versions, newest = (await connection.execute(query.where(faqs.c.tenant == tenant))).one()
        return BookState(entries=int(entries), versions=int(versions or 0), newest=newest)

    async def _write(self, connection: AsyncConnection, taken: Sequence[Taken]) -> None:
        added = [_row(each.faq) for each in taken if each.fate == "added"]
        if added:
            await connection.execute(insert(faqs), added)
        for each in taken:
            if each.fate == "replaced":
                faq = each.faq
                is_it = (faqs.c.tenant == faq.tenant, faqs.c.id == faq.id)
                unless_changed = update(faqs).where(*is_it, faqs.c.version == faq.version - 1)
                done = await connection.execute(unless_changed.values(**_row(faq)))
                if not done.rowcount:
                    raise Overtaken(f"FAQ entry {faq.id!r} was changed in the same moment; import again")
        changed = (_event(each.faq, each.fate) for each in taken if each.fate != "unchanged")
        await self._outbox.add_event(connection, *changed)

    async def _forget_answers(self, tenant: TenantId, changed: Sequence[Faq]) -> None:
        try:
            for faq in changed:
                await self._cache.drop(tenant, faq.source)
        except Unavailable:
            # A kept answer is given again only after its documents' versions are looked up.
            logger.warning("answers_not_dropped", extra={"tenant": tenant, "entries": len(changed)})


def faq_from(row: Row[Any]) -> Faq:
    """The entry that a row of the table holds."""
    values = {name: row._mapping[name] for name in _NAMES}
    return Faq(**values | {"variants": tuple(values["variants"])})


async def _all(connection: AsyncConnection, tenant: TenantId) -> Faqs:
    query = select(faqs).where(faqs.c.tenant == tenant).order_by(faqs.c.created_at, faqs.c.id)
    return [faq_from(row) for row in await connection.execute(query)]


def _fates(
    tenant: TenantId, drafts: Sequence[FaqDraft], known: Mapping[str, Faq], given: frozenset[str]
) -> list[Taken | Refused]:
    fates: list[Taken | Refused] = []
    seen: set[str] = set()
    for draft in drafts:
        try:
            fit = checked(draft)
            asks = asked_by(fit.question)
            if asks in seen:
                raise Refused(f"an entry before it asks the same as {fit.question[:80]!r}")
            fates.append(_taken(tenant, fit, known.get(asks), given))
            seen.add(asks)
        except Refused as error:
            fates.append(error)
    return fates


def _taken(tenant: TenantId, draft: FaqDraft, known: Faq | None, given: frozenset[str]) -> Taken:
    if known is None:
        return Taken(fate="added", faq=_fresh(tenant, draft, now()))
    changes = {name: getattr(draft, name) for name in FIELDS if name in given}
    differing = tuple(name for name in FIELDS if name in changes and getattr(known, name) != changes[name])
    if not differing:
        return Taken(fate="unchanged", faq=known)
    merged = replace(known, **changes, version=known.version + 1, updated_at=now())
    return Taken(fate="replaced", faq=replace(merged, **_said(checked(merged))), changed=differing)


def _fresh(tenant: TenantId, draft: FaqDraft, moment: datetime) -> Faq:
    new = FaqId(uuid.uuid4().hex[:12])
    return Faq(**_said(draft), id=new, tenant=tenant, version=1, created_at=moment, updated_at=moment)


def _said(draft: FaqDraft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in FIELDS}


def _values(draft: FaqDraft) -> dict[str, Any]:
    return _said(draft) | {"variants": list(draft.variants), "asks": asked_by(draft.question)}


def _row(faq: Faq) -> dict[str, Any]:
    return asdict(faq) | _values(faq)


def _asked_already(draft: FaqDraft) -> Refused:
    return Refused(f"an entry asks the same as {draft.question[:80]!r}: change that one instead")


def _event(faq: Faq, status: str) -> DeskEvent:
    return DeskEvent(
        id=f"faq:{faq.id}:{faq.version}:{status}",
        type="faq",
        tenant=faq.tenant,
        occurred_at=now(),
        conversation_id=None,
        body={
            "faq_id": faq.id,
            "question": faq.question,
            "version": faq.version,
            "audience": faq.audience,
            "owner": faq.owner,
            "status": status,
        },
    )
