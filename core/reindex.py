"""Moving a tenant's passages to a new index while the old one serves: for a new layout, or another model."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress

import anyio

from core.documents import Passage
from core.elasticsearch_client import translated
from core.elasticsearch_index import ElasticsearchIndex
from core.elasticsearch_mapping import layouts, numbered
from core.elasticsearch_move import BUILT_S, Move, Progress
from core.elasticsearch_places import Places
from core.errors import SearchUnavailable
from core.ingest import searched_text
from core.search import Embedder, Vector
from core.tenants import TenantId


async def needs_rebuild(index: ElasticsearchIndex, tenant: TenantId) -> bool:
    """Whether the tenant's passages lie in a former layout, or under another model only."""
    with translated(index.options):
        in_use = await index.places.aliases(tenant)
        own = in_use.get(index.family.alias(tenant))
        if own is None:
            return bool(in_use)
        return (await index.places.meta(own))["layout"] not in layouts(index.family, tenant)


async def rebuild(
    index: ElasticsearchIndex,
    tenant: TenantId,
    embedder: Embedder,
    *,
    progress: Progress = lambda done, total: None,
    keeps_former: bool = False,
) -> int:
    """Move the tenant's passages to a new index of `index`'s model; how many there are now.

    Searches go on all the time and see the old index or the new one, whole. Writers go on
    too, but for a moment at the end, in which they wait. Where the passages were embedded by
    another model they are embedded anew; that model's index is removed, or with
    `keeps_former` left to be read by processes that still run with it.

    A rebuild that is cut off leaves the old index in use; the next one clears up after it.

    Raises:
        SearchUnavailable: the server did not answer, or another rebuild of the tenant came in between.
    """

    async def embed(passages: Sequence[Passage]) -> Vector:
        return await embedder.embed_passages([searched_text(passage) for passage in passages])

    with translated(index.options):
        in_use = await _without_leftovers(index.places, tenant)
        alias = index.family.alias(tenant)
        source = in_use.get(alias) or next(iter(in_use.values()), None)
        if source is None:
            return 0
        target = numbered(alias, int(source.rpartition("_")[2]) + 1 if alias in in_use else 1)
        if not await index.places.make(target, tenant, aliases={}, refresh_interval="-1"):
            raise SearchUnavailable(f"another rebuild of {tenant!r} is under way: let it end")
        move = Move(
            places=index.places,
            source=source,
            target=target,
            embed=None if alias in in_use else embed,
            progress=progress,
        )
        try:
            await move.copy()
            moved = await move.swap(alias, keeps_former=keeps_former)
        except BaseException:
            with anyio.CancelScope(shield=True), suppress(SearchUnavailable), translated(index.options):
                await move.undo()
            raise
    if not keeps_former:
        await retire(index, tenant)
    return moved


async def retire(index: ElasticsearchIndex, tenant: TenantId) -> None:
    """Remove the tenant's indexes of other models, once its passages are in one of this model."""
    with translated(index.options):
        in_use = await index.places.aliases(tenant)
        own = index.family.alias(tenant)
        if own in in_use:
            for alias in in_use:
                if alias != own:
                    await index.places.client.options(ignore_status=404).indices.delete(index=in_use[alias])


async def _without_leftovers(places: Places, tenant: TenantId) -> dict[str, str]:
    """The tenant's aliases and indexes in use; what rebuilds left that were cut off is removed.

    Raises:
        SearchUnavailable: another rebuild is under way, or was a short time ago.
    """
    alias = places.family.alias(tenant)
    there = await places.client.options(ignore_status=404).indices.get(index=f"{alias}_*")
    # Asked in this order, an index that was taken into use meanwhile is seen to be.
    in_use = await places.aliases(tenant)
    for name in there.body:
        if name.startswith(f"{alias}_") and name not in in_use.values():
            if float(there[name]["mappings"]["_meta"].get("built_until", 0)) > time.time():
                raise SearchUnavailable(
                    f"another rebuild of {tenant!r} is under way, or was cut off: "
                    f"try again in {BUILT_S / 60:.0f} minutes"
                )
            await places.client.options(ignore_status=404).indices.delete(index=name)
    return in_use
