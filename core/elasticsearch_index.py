"""The passage index of a desk on a cluster: Elasticsearch, an index a tenant, words and vectors at once."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.documents import Document, DocumentId, Passage
from core.elasticsearch_client import (
    ElasticsearchOptions,
    Moved,
    Operation,
    connect,
    patiently,
    translated,
    write,
)
from core.elasticsearch_heads import Head, Heads, Seen, passage_key, removals, routing_of
from core.elasticsearch_mapping import (
    NEAREST_SCORE,
    Family,
    Question,
    door_of,
    language_of_passages,
    passage_of,
    passage_source,
    searchable,
    unit_rows,
    vectors_of,
)
from core.elasticsearch_places import Places
from core.errors import SearchUnavailable
from core.search import Candidate, Scope, Vector
from core.tenants import TenantId

logger = logging.getLogger(__name__)

SLICE_BYTES = 4_000_000
"""About as much as one request writes; each is answered before the next is sent."""
HEADS_ROOM = (8, 500, 8_000)
"""Heads that a search makes room for: it is asked again with more while all of them come."""
MOST_LOOKS = 3
SEARCH_TRIES = 3
OLDEST = (8, 15)
"""The first server whose `knn` query takes a `k`."""


class ElasticsearchIndex:
    """`PassageIndex` on Elasticsearch 8 or 9: an index a tenant, made on first use.

    Word statistics of one tenant never touch another's. Any number of processes may read
    and write; a search sees each document whole, in the old version or the new one, whatever
    happens to its writer (`core/elasticsearch_heads.py` says how).
    """

    def __init__(self, options: ElasticsearchOptions, *, model: str, dimensions: int) -> None:
        self.options = options
        self._client = connect(options)
        self.family = Family(prefix=options.prefix, model=model, dimensions=dimensions)
        self.places = Places(self._client, options, self.family)
        self._shards = options.shards
        self._swept: dict[TenantId, float] = {}

    async def replace(self, document: Document, passages: Sequence[Passage], vectors: Vector) -> None:
        """Make `passages` the only ones of `document`, all at once, unless a newer version is in use."""
        generation = uuid.uuid4().hex
        slices = partial(_slices, document, passages, unit_rows(vectors), generation)
        with translated(self.options):
            await self._sweep_now_and_then(document.tenant)
            await self.places.through_door(
                document.tenant, partial(self._replace, document, len(passages), generation, slices)
            )

    async def _replace(
        self,
        document: Document,
        passages: int,
        generation: str,
        slices: Callable[[], Iterator[list[Operation]]],
        door: str,
    ) -> None:
        """Write a generation unseen, then let the head turn to it."""
        heads = Heads(client=self._client, door=door)
        began = time.monotonic()
        begun = await heads.change(
            document.id,
            lambda head: head.begun(generation, document.version, passages, time.time()),
            last=Seen.nothing(document.id),
        )
        if begun.head.find(generation) is None:
            return
        try:
            with translated(self.options):
                for operations in slices():
                    # Later the generation could be taken for abandoned, and shown as nobody hides it.
                    if time.monotonic() - began > self.options.abandoned_after_s / 2:
                        raise SearchUnavailable(f"writing {document.id!r} took too long: try again")
                    await write(self._client, door, operations)
                turned = await heads.change(
                    document.id,
                    lambda head: head.turned(generation, document.version, time.time()),
                    last=begun,
                )
        except SearchUnavailable:
            with suppress(SearchUnavailable), translated(self.options):
                await heads.change(document.id, lambda head: head.retired(generation))
            raise
        await self.places.refresh(door)
        await self._clear(heads, turned)

    async def delete(self, tenant: TenantId, document_id: DocumentId) -> None:
        """Forget a document; what is being written of it is never seen."""
        with translated(self.options):
            if await self.places.index_of(self.family.alias(tenant)) is None:
                await self.places.refuse_other_families(tenant)
                return
            await self.places.through_door(tenant, partial(self._delete, document_id))

    async def _delete(self, document_id: DocumentId, door: str) -> None:
        heads = Heads(client=self._client, door=door)
        deleted = await heads.change(document_id, lambda head: head.deleted(time.time()))
        await self.places.refresh(door)
        await self._clear(heads, deleted)

    async def _clear(self, heads: Heads, seen: Seen) -> None:
        """Remove what nobody sees or writes any more; what can't be removed now stays unseen."""
        head = seen.head
        removable = head.removable(time.time() - self.options.abandoned_after_s)
        if not removable:
            return
        try:
            with translated(self.options):
                await write(self._client, heads.door, removals(head, removable))
                generations = frozenset(each.generation for each in removable)
                await heads.change(head.document_id, lambda head: head.cleared(generations), last=seen)
        except SearchUnavailable as error:
            logger.debug("passages_left_hidden", extra={"error": str(error)})

    async def sweep(self, tenant: TenantId) -> int:
        """Remove what writers left that died long ago; how many documents had such."""
        found = await self._search(
            tenant,
            query={"exists": {"field": "hidden.generation"}},
            size=HEADS_ROOM[1],
            track_total_hits=False,
        )
        index = await self.places.index_of(self.family.alias(tenant))
        if found is None or index is None:
            return 0
        heads = Heads(client=self._client, door=door_of(index))
        before = time.time() - self.options.abandoned_after_s
        left = [head for hit in found["hits"]["hits"] if (head := Head.of(hit["_source"])).removable(before)]
        for head in left:
            await self._clear(heads, await heads.read(head.document_id))
        return len(left)

    async def _sweep_now_and_then(self, tenant: TenantId) -> None:
        last = self._swept.get(tenant)
        if last is None or time.monotonic() - last > self.options.abandoned_after_s / 4:
            self._swept[tenant] = time.monotonic()
            await self.sweep(tenant)

    async def candidates(self, query: str, vector: Vector, scope: Scope, *, limit: int) -> list[Candidate]:
        """The `limit` best by words and the `limit` nearest by meaning, both scores exact for all."""
        question = Question(
            query=query, vector=vector, scope=scope, limit=limit, explored=self.options.explored
        )
        without: frozenset[str] = frozenset()
        with translated(self.options):
            for _ in range(MOST_LOOKS):
                hits, hidden = await self._look(question, without)
                seen = [hit for hit in hits if hit["_source"]["generation"] not in hidden]
                # A generation that was left out and is hidden no more may be in use by now.
                if len(seen) == len(hits) and without <= hidden:
                    return self._candidates(question, seen)
                without = hidden
            # Documents change all the time: what is hidden takes the places of some others.
            hits, hidden = await self._look(question, frozenset())
        return self._candidates(question, [hit for hit in hits if hit["_source"]["generation"] not in hidden])

    async def _look(
        self, question: Question, without: frozenset[str]
    ) -> tuple[list[Mapping[str, Any]], frozenset[str]]:
        """Passages found, and every generation that is hidden in the moment they were found in."""
        for room in HEADS_ROOM:
            body = question.body(without=sorted(without), heads=room, shards=self._shards)
            answer = await self._search(question.scope.tenant, **body)
            if answer is None:
                return [], without
            hits = answer["hits"]["hits"]
            heads = [Head.of(hit["_source"]) for hit in hits if "hidden" in hit["_source"]]
            if answer["_shards"]["total"] > self._shards:
                self._shards = answer["_shards"]["total"]
            elif len(heads) < room:
                hidden = (each.generation for head in heads for each in head.hidden)
                return hits[len(heads) :], frozenset(hidden)
        raise SearchUnavailable(
            f"too many documents of {question.scope.tenant!r} are being written: try again"
        )

    def _candidates(self, question: Question, hits: Sequence[Mapping[str, Any]]) -> list[Candidate]:
        sources = [hit["_source"] for hit in hits]
        cosine = vectors_of(sources, self.family.dimensions) @ question.vector
        score = np.array([hit["_score"] for hit in hits], np.float64)
        bm25 = np.where(score >= NEAREST_SCORE, score - NEAREST_SCORE, score)
        by_words = _best(bm25, np.flatnonzero(bm25 > 0), question.limit)
        by_meaning = _best(cosine, np.arange(len(hits)), question.limit)
        return [
            Candidate(passage=passage_of(sources[row]), bm25=float(bm25[row]), cosine=float(cosine[row]))
            for row in np.union1d(by_words, by_meaning)
        ]

    async def count(self, tenant: TenantId) -> int:
        """How many passages the tenant has in use."""
        with translated(self.options):
            answer = await self._search(
                tenant,
                query={"exists": {"field": "passages"}},
                aggregations={"passages": {"sum": {"field": "passages"}}},
                size=0,
            )
        return int(answer["aggregations"]["passages"]["value"]) if answer else 0

    async def _search(self, tenant: TenantId, **body: Any) -> Mapping[str, Any] | None:  # noqa: ANN401 - the server's own words
        """What the server found in the tenant's index; None where there is none yet."""
        alias = self.family.alias(tenant)
        for _ in range(SEARCH_TRIES):
            try:
                with translated(self.options):
                    search = partial(self._client.search, index=alias, allow_partial_search_results=False)
                    answer = await patiently(partial(search, **body), tries=SEARCH_TRIES)
                    return dict(answer.body)
            except Moved:
                if await self.places.index_of(alias) is None:
                    await self.places.refuse_other_families(tenant)
                    return None
        raise SearchUnavailable(f"the index of {tenant!r} was moved again and again: try again")

    async def ping(self) -> None:
        """Nothing, where the server answers and is new enough.

        Raises:
            SearchUnavailable: it does not, or is not; the message says what to do.
        """
        with translated(self.options):
            told = await self._client.info()
        number = str(told["version"]["number"])
        if tuple(int(part) for part in number.split(".")[:2]) < OLDEST:
            raise SearchUnavailable(
                f"Elasticsearch at {self.options.shown} is {number}; "
                f"upgrade it to {'.'.join(map(str, OLDEST))} or newer"
            )

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()


def _slices(
    document: Document, passages: Sequence[Passage], vectors: Vector, generation: str
) -> Iterator[list[Operation]]:
    """What writes the passages, in requests of a size that a server takes well."""
    language = language_of_passages([passage.text for passage in passages])
    routing = routing_of(document.id)
    operations: list[Operation] = []
    size = 0
    for place, (passage, vector) in enumerate(zip(passages, vectors, strict=True)):
        source = passage_source(document, passage, vector, generation, language)
        action = {"index": {"_id": passage_key(generation, place), "routing": routing}}
        operations.append((action, searchable(source, vector)))
        size += 4 * len(passage.text) + 12 * len(vector)
        if size >= SLICE_BYTES:
            yield operations
            operations, size = [], 0
    if operations:
        yield operations


def _best(scores: NDArray[Any], places: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
    """The places of the `limit` highest scores among `places`."""
    if len(places) > limit:
        places = places[np.argpartition(-scores[places], limit)[:limit]]
    return places
