"""Where a tenant's passages lie in Elasticsearch: its index, made on first use, held still, given up."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from core.elasticsearch_client import ElasticsearchOptions, Moved, kind_of, patiently, pauses, translated
from core.elasticsearch_mapping import (
    COMMON_LANGUAGES,
    LANGUAGES,
    Family,
    aliases_of,
    door_of,
    mapping,
    numbered,
    tenant_of,
)
from core.errors import Misconfigured, SearchUnavailable
from core.tenants import TenantId

if TYPE_CHECKING:
    from elasticsearch import AsyncElasticsearch

HELD_S = 120.0
"""Longest that a re-index may hold an index still; a writer lifts what is older."""


class Places:
    """The indexes of one family in one cluster."""

    def __init__(self, client: AsyncElasticsearch, options: ElasticsearchOptions, family: Family) -> None:
        self.client = client
        self.family = family
        self._options = options
        self._doors: dict[TenantId, str] = {}
        self._refreshes: dict[str, asyncio.Task[None]] = {}
        self._refreshing: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def index_of(self, alias: str) -> str | None:
        """The index behind an alias."""
        found = await self._get_aliases(alias)
        return next(iter(found), None)

    async def aliases(self, tenant: TenantId | None = None) -> dict[str, str]:
        """Every alias in use, of any family, for one tenant or for all, and the index behind it."""
        found = await self._get_aliases(aliases_of(self.family.prefix, tenant))
        return {
            alias: index
            for index, told in found.items()
            for alias in told["aliases"]
            if tenant_of(alias) is not None
        }

    async def _get_aliases(self, pattern: str) -> Mapping[str, Any]:
        answer = await patiently(
            lambda: self.client.options(ignore_status=404).indices.get_alias(name=pattern)
        )
        return {
            index: told for index, told in answer.items() if isinstance(told, Mapping) and "aliases" in told
        }

    async def refuse_other_families(self, tenant: TenantId) -> None:
        """Nothing, where the tenant has no passages under another model.

        Raises:
            Misconfigured: it has; a search here would find nothing of them.
        """
        others = [alias for alias in await self.aliases(tenant) if alias != self.family.alias(tenant)]
        if others:
            raise Misconfigured(
                f"the passages of {tenant!r} were indexed as {others[0]!r}, and the desk now embeds with "
                f"{self.family.model!r}: run `frontdesk migrate`, or set FRONTDESK_EMBEDDER__MODEL back"
            )

    async def door(self, tenant: TenantId) -> str:
        """The door of the tenant's index in use; the index is made where there is none.

        It may be that of an index which another has replaced since: that one refuses what is
        written to it.

        Raises:
            Misconfigured: the tenant's passages are there under another model.
        """
        if tenant in self._doors:
            return self._doors[tenant]
        alias = self.family.alias(tenant)
        index = await self.index_of(alias)
        if index is None:
            await self.refuse_other_families(tenant)
            first = numbered(alias, 1)
            is_made = await self.make(first, tenant, aliases={alias: {}})
            index = first if is_made else await self.index_of(alias)
        if index is None:
            raise Moved(f"the passages of {tenant!r} are about to be in {first!r}")
        self._doors[tenant] = door_of(index)
        return self._doors[tenant]

    async def make(
        self, index: str, tenant: TenantId, *, aliases: Mapping[str, Any], **settings: object
    ) -> bool:
        """Whether an empty index with its door and `aliases` was made; False where the name is taken."""
        from elasticsearch import BadRequestError  # noqa: PLC0415 - loaded with the client

        for analyzers in (LANGUAGES, COMMON_LANGUAGES):
            try:
                await patiently(
                    partial(
                        self.client.indices.create,
                        index=index,
                        settings={
                            "number_of_shards": self._options.shards,
                            "number_of_replicas": self._options.replicas,
                            # Stated, or an index that is not searched for a while would stop refreshing.
                            "refresh_interval": "1s",
                            **settings,
                        },
                        mappings=mapping(self.family, tenant, analyzers=analyzers),
                        aliases={door_of(index): {}, **aliases},
                    )
                )
            except BadRequestError as error:
                if kind_of(error) == "resource_already_exists_exception":
                    return False
                if kind_of(error) != "mapper_parsing_exception":
                    raise
            else:
                return True
        raise SearchUnavailable(
            f"Elasticsearch lacks an analyzer among {', '.join(COMMON_LANGUAGES)}: install its usual modules"
        )

    async def refresh(self, door: str) -> None:
        """Lets searches that start afterwards see what was written before.

        Writers that ask while a refresh is under way share the next one.
        """
        task = self._refreshes.get(door)
        if task is None:
            task = self._refreshes[door] = asyncio.create_task(self._refresh(door))
        await asyncio.shield(task)

    async def _refresh(self, door: str) -> None:
        async with self._refreshing[door]:
            # Whoever asks from here on may have written after this refresh began.
            del self._refreshes[door]
            answer = await patiently(lambda: self.client.indices.refresh(index=door))
        if answer["_shards"]["failed"]:
            raise SearchUnavailable(f"Elasticsearch could not refresh {door!r}: look into its log")

    async def through_door(self, tenant: TenantId, work: Callable[[str], Awaitable[None]]) -> None:
        """`work` on the tenant's index in use, from its start again whenever another takes its place.

        Raises:
            SearchUnavailable: a re-index holds the index for too long.
        """
        for wait in (0.0, *pauses()):
            await asyncio.sleep(wait)
            try:
                with translated(self._options):
                    await work(await self.door(tenant))
            except Moved:
                self._doors.pop(tenant, None)
                await self._lift_if_forgotten(tenant)
            else:
                return
        raise SearchUnavailable(
            f"the passages of {tenant!r} are held for a re-index: try again, or run `frontdesk migrate`"
        )

    async def hold(self, index: str, holder: str) -> float:
        """Refuse writes to `index` until `release`, for `holder`; the time it was asked, by the own clock.

        Every write that was answered is in the index by the time this returns.
        """
        began = time.monotonic()
        await self.note(index, held={"by": holder, "until": time.time() + HELD_S})
        await self.client.indices.add_block(index=index, block="write")
        return began

    async def is_held(self, index: str, holder: str) -> bool:
        """Whether it is `holder` who holds the index."""
        return bool((await self._held(index)).get("by") == holder)

    async def release(self, index: str) -> None:
        """Take writes again."""
        await self.client.indices.put_settings(index=index, settings={"index.blocks.write": None})

    async def _lift_if_forgotten(self, tenant: TenantId) -> None:
        """Release an index whose holder died; one that is held for good belongs to a former model."""
        index = await self.index_of(self.family.alias(tenant))
        if index is None:
            return
        held = await self._held(index)
        if held.get("for_good"):
            raise Misconfigured(
                f"the passages of {tenant!r} were moved to {held['by']!r}: "
                "restart this process with the model of that name"
            )
        if held and held["until"] < time.time():
            await self.release(index)

    async def give_up(self, index: str, successor: str) -> None:
        """Let `index` be read and never again be written: its passages are kept up in `successor`."""
        await self.note(index, held={"by": successor, "until": 0, "for_good": True})

    async def _held(self, index: str) -> Mapping[str, Any]:
        return dict((await self.meta(index)).get("held") or {})

    async def meta(self, index: str) -> Mapping[str, Any]:
        """What was noted about the index when it was made, and since."""
        answer = await patiently(lambda: self.client.indices.get_mapping(index=index))
        return dict(answer[index]["mappings"]["_meta"])

    async def note(self, index: str, **facts: object) -> None:
        """Note facts about the index, beside those that are noted already."""
        await self.client.indices.put_mapping(index=index, meta={**await self.meta(index), **facts})
