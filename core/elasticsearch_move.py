"""The passages of one Elasticsearch index on their way into another, while the first is read and written."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from core.documents import DocumentId, Passage
from core.elasticsearch_client import Operation, write
from core.elasticsearch_heads import Head, head_id, passage_key, removals, routing_of
from core.elasticsearch_mapping import door_of, half, passage_of, searchable, unit_rows, vectors_of
from core.elasticsearch_places import HELD_S, Places
from core.errors import SearchUnavailable
from core.search import Vector

if TYPE_CHECKING:
    from elasticsearch import AsyncElasticsearch

Progress = Callable[[int, int], None]
"""Told how many passages of how many have been moved."""
Embed = Callable[[Sequence[Passage]], Awaitable[Vector]]
"""Passages to unit vectors, in their order."""
Pages = Callable[[Mapping[str, Any]], AsyncIterator[list[Mapping[str, Any]]]]
"""What a query finds, page by page."""

PAGE = 128
FEW = 20
MOST_ROUNDS = 10
"""Times that what changed meanwhile is moved before writers are made to wait for the rest."""
BUILT_S = 180.0
"""A rebuild that says nothing for so long is taken for dead."""
_KEPT_OPEN = "10m"


@dataclass(slots=True, kw_only=True)
class Move:
    """Passages on their way from `source` to `target`; `embed` where they need new vectors."""

    places: Places
    source: str
    target: str
    embed: Embed | None
    progress: Progress
    moved: dict[DocumentId, Head] = field(default_factory=dict)
    """The documents in the target, as their heads were when they were moved."""
    held_since: float | None = None
    said_at: float = float("-inf")

    @property
    def client(self) -> AsyncElasticsearch:
        """The client of the cluster that both indexes are in."""
        return self.places.client

    async def copy(self) -> None:
        """Move everything there is, then again and again what changed, until that is little."""
        await self._say_alive()
        async with self._moment() as pages:
            heads = {head.document_id: head async for head in _heads(pages)}
            total, done = sum(head.passages for head in heads.values()), 0
            async for hits in pages({"exists": {"field": "audience"}}):
                in_use = [hit for hit in hits if _is_in_use(hit["_source"], heads)]
                await self._write(in_use)
                await self._say_alive()
                done += len(in_use)
                self.progress(done, total)
        self.moved = heads
        await self._write_heads(heads.values())
        for _ in range(MOST_ROUNDS):
            if await self._catch_up() <= FEW:
                return

    async def swap(self, alias: str, *, keeps_former: bool) -> int:
        """Make writers wait, move the last changes and let the alias name the target."""
        self.held_since = await self.places.hold(self.source, self.target)
        await self._catch_up()
        settings = {"index.refresh_interval": "1s"}
        await self.client.indices.put_settings(index=self.target, settings=settings)
        await self.client.indices.refresh(index=self.target)
        passages = sum(head.passages for head in self.moved.values())
        there = await self.client.count(index=self.target, query={"exists": {"field": "audience"}})
        is_ours = await self.places.is_held(self.source, self.target)
        in_time = time.monotonic() - self.held_since < HELD_S / 2
        if there["count"] != passages or not is_ours or not in_time:
            raise SearchUnavailable(f"the rebuild of {self.source!r} was disturbed: run it again")
        actions: list[dict[str, Any]] = [{"add": {"index": self.target, "alias": alias}}]
        if self.embed is None:
            actions.append({"remove": {"index": self.source, "alias": alias}})
        await self.places.note(self.target, built_until=time.time() + BUILT_S)
        await self.client.indices.update_aliases(actions=actions)
        self.held_since = None
        await self.places.note(self.target, built_until=0)
        if self.embed is None:
            await self.client.options(ignore_status=404).indices.delete(index=self.source)
        elif keeps_former:
            await self.places.give_up(self.source, self.target)
        return passages

    async def undo(self) -> None:
        """Leave the source as it was."""
        await self.client.options(ignore_status=404).indices.delete(index=self.target)
        if self.held_since is not None and await self.places.is_held(self.source, self.target):
            await self.places.release(self.source)

    async def _catch_up(self) -> int:
        """Move what changed since it was moved; how many documents."""
        await self.client.indices.refresh(index=self.source)
        async with self._moment() as pages:
            heads = {head.document_id: head async for head in _heads(pages)}
        changed = [head for head in heads.values() if not self._is_moved(head)]
        gone = [head for document_id, head in self.moved.items() if document_id not in heads]
        for head in changed:
            await self._move_document(head)
            await self._say_alive()
        for head in gone:
            await write(self.client, door_of(self.target), _removals(head))
            head_removal = (_action("delete", head_id(head.document_id), head.document_id), None)
            await write(self.client, door_of(self.target), [head_removal])
            del self.moved[head.document_id]
        return len(changed) + len(gone)

    async def _say_alive(self) -> None:
        """Keep the next rebuild from taking the target for a leftover."""
        if time.monotonic() - self.said_at > BUILT_S / 6:
            self.said_at = time.monotonic()
            await self.places.note(self.target, built_until=time.time() + BUILT_S)

    def _is_moved(self, head: Head) -> bool:
        before = self.moved.get(head.document_id)
        return before is not None and before.current == head.current

    async def _move_document(self, head: Head) -> None:
        """Move one document; one that changes in this moment is left for the next time."""
        assert head.current is not None  # noqa: S101 - `_heads` gives no others
        routing = routing_of(head.document_id)
        for first in range(0, head.passages, PAGE):
            wanted = range(first, min(first + PAGE, head.passages))
            found = await self.client.mget(
                index=self.source,
                docs=[{"_id": passage_key(head.current, place), "routing": routing} for place in wanted],
            )
            hits = [each for each in found["docs"] if each.get("found")]
            if len(hits) < len(wanted):
                await write(self.client, door_of(self.target), _removals(head))
                return
            await self._write(hits)
        before = self.moved.get(head.document_id)
        await self._write_heads([head])
        self.moved[head.document_id] = head
        if before is not None:
            await write(self.client, door_of(self.target), _removals(before))

    async def _write(self, hits: Sequence[Mapping[str, Any]]) -> None:
        if not hits:
            return
        sources = [hit["_source"] for hit in hits]
        if self.embed is None:
            vectors = unit_rows(vectors_of(sources, self.places.family.dimensions))
        else:
            vectors = unit_rows(await self.embed([passage_of(source) for source in sources]))
            sources = [
                {**source, "half": half(vector)} for source, vector in zip(sources, vectors, strict=True)
            ]
        operations: list[Operation] = [
            (_action("index", hit["_id"], source["document_id"]), searchable(source, vector))
            for hit, source, vector in zip(hits, sources, vectors, strict=True)
        ]
        await write(self.client, door_of(self.target), operations)

    async def _write_heads(self, heads: Iterable[Head]) -> None:
        operations: list[Operation] = [
            (_action("index", head_id(head.document_id), head.document_id), head.source()) for head in heads
        ]
        for first in range(0, len(operations), PAGE):
            await write(self.client, door_of(self.target), operations[first : first + PAGE])

    @asynccontextmanager
    async def _moment(self) -> AsyncIterator[Pages]:
        """The source as it is now, whatever is written to it meanwhile."""
        opened = await self.client.open_point_in_time(index=self.source, keep_alive=_KEPT_OPEN)
        moment = {"id": opened["id"], "keep_alive": _KEPT_OPEN}

        async def pages(query: Mapping[str, Any]) -> AsyncIterator[list[Mapping[str, Any]]]:
            last: dict[str, Any] = {}
            while True:
                found = await self.client.search(
                    pit=moment, query=query, size=PAGE, sort="_shard_doc", track_total_hits=False, **last
                )
                if not (hits := found["hits"]["hits"]):
                    return
                yield hits
                last = {"search_after": hits[-1]["sort"]}

        try:
            yield pages
        finally:
            await self.client.options(ignore_status=404).close_point_in_time(id=opened["id"])


async def _heads(pages: Pages) -> AsyncIterator[Head]:
    """The head of every document that has passages in use, and of those only what is in use."""
    async for hits in pages({"exists": {"field": "passages"}}):
        for hit in hits:
            head = Head.of(hit["_source"])
            if head.current is not None:
                yield replace(head, hidden=())


def _is_in_use(source: Mapping[str, Any], heads: Mapping[DocumentId, Head]) -> bool:
    head = heads.get(source["document_id"])
    return head is not None and head.current == source["generation"]


def _action(verb: str, key: str, document_id: DocumentId) -> dict[str, Any]:
    return {verb: {"_id": key, "routing": routing_of(document_id)}}


def _removals(head: Head) -> list[Operation]:
    """What removes the passages in use."""
    return removals(head, head.deleted(0).hidden)
