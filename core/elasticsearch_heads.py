"""The head of a document in Elasticsearch: which of its passages readers see, changed in one step.

Passages are written in generations, one a version and attempt. All passages of a document
and its head lie in one shard, and a search sees a shard at one moment, so what the head
says there is true of the passages there:

    begun      head hides the new generation     then its passages are written, unseen
    turned     head hides the old one instead    one entry is overwritten: the new version is in
    cleared    head hides nothing                after the old passages were removed

A generation that a head does not hide is whole and in use. A writer that dies leaves a
hidden generation, which is `removable` once it is old enough.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from core.documents import DocumentId
from core.elasticsearch_client import Moved, Operation, patiently
from core.errors import SearchUnavailable

if TYPE_CHECKING:
    from elasticsearch import AsyncElasticsearch

MOST_CONFLICTS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """A generation that no reader sees: one being written, or one whose passages are to be removed.

    `passages` is how many it may have; `since` the time in seconds. A doomed one was being
    written when its document was deleted, and will never be seen.
    """

    generation: str
    passages: int
    since: float
    is_in_writing: bool
    is_doomed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What readers see of a document: `passages` passages of `current`, or nothing where that is None."""

    document_id: DocumentId
    version: int = 0
    current: str | None = None
    passages: int = 0
    hidden: tuple[Hidden, ...] = ()

    def begun(self, generation: str, version: int, passages: int, now: float) -> Head:
        """With a generation about to be written; unchanged where a newer version is in use."""
        if self.find(generation) or version < self.version:
            return self
        new = Hidden(generation=generation, passages=passages, since=now, is_in_writing=True)
        return replace(self, hidden=(*self.hidden, new))

    def turned(self, generation: str, version: int, now: float) -> Head:
        """With the written generation in use and the one before hidden.

        Unchanged in what readers see where the document was deleted, or a newer version came
        in, since the generation was begun.
        """
        new = self.find(generation)
        if new is None or new.is_doomed or version < self.version:
            return self.retired(generation)
        rest = tuple(each for each in self.hidden if each.generation != generation)
        return replace(
            self,
            version=version,
            current=generation,
            passages=new.passages,
            hidden=(*rest, *self._current(now)),
        )

    def deleted(self, now: float) -> Head:
        """With nothing in use; what is being written is doomed."""
        hidden = tuple(replace(each, is_doomed=True) for each in self.hidden)
        return Head(document_id=self.document_id, hidden=(*hidden, *self._current(now)))

    def retired(self, generation: str) -> Head:
        """With the generation hidden for good, and no longer being written."""
        return replace(
            self,
            hidden=tuple(
                replace(each, is_in_writing=False) if each.generation == generation else each
                for each in self.hidden
            ),
        )

    def cleared(self, generations: frozenset[str]) -> Head:
        """Without the hidden generations whose passages are gone."""
        return replace(self, hidden=tuple(each for each in self.hidden if each.generation not in generations))

    def find(self, generation: str) -> Hidden | None:
        """The hidden generation of that name."""
        return next((each for each in self.hidden if each.generation == generation), None)

    def removable(self, before: float) -> tuple[Hidden, ...]:
        """What nobody writes, and what has been written since `before`: its writer is dead."""
        return tuple(each for each in self.hidden if not each.is_in_writing or each.since < before)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing left to say."""
        return self.current is None and not self.hidden

    def _current(self, now: float) -> tuple[Hidden, ...]:
        if self.current is None:
            return ()
        return (Hidden(generation=self.current, passages=self.passages, since=now, is_in_writing=False),)

    def source(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "document_id": self.document_id,
            "version": self.version,
            "current": self.current,
            "passages": self.passages,
            "hidden": [
                {
                    "generation": each.generation,
                    "passages": each.passages,
                    "since": each.since,
                    "is_in_writing": each.is_in_writing,
                    "is_doomed": each.is_doomed,
                }
                for each in self.hidden
            ],
        }

    @classmethod
    def of(cls, source: Mapping[str, Any]) -> Head:
        """The head that was kept so."""
        hidden = tuple(Hidden(**each) for each in source["hidden"])
        return cls(**{**source, "hidden": hidden})


def routing_of(document_id: DocumentId) -> str:
    """What puts the head and the passages of a document into one shard; fit for any identifier."""
    return hashlib.sha256(document_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def head_id(document_id: DocumentId) -> str:
    """The entry of a document's head."""
    return f"head-{routing_of(document_id)}"


def removals(head: Head, hidden: Sequence[Hidden]) -> list[Operation]:
    """What removes the passages of hidden generations; those that are not there are no matter."""
    routing = routing_of(head.document_id)
    return [
        ({"delete": {"_id": passage_key(each.generation, ordinal), "routing": routing}}, None)
        for each in hidden
        for ordinal in range(each.passages)
    ]


def passage_key(generation: str, place: int) -> str:
    """The entry of a generation's passage."""
    return f"{generation}:{place}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A head as it was at some moment, and `place`, by which a change says that it was made on that."""

    head: Head
    place: Mapping[str, Any]

    @classmethod
    def nothing(cls, document_id: DocumentId) -> Seen:
        """What is seen of a document that has no head."""
        return cls(head=Head(document_id=document_id), place={"op_type": "create"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """The heads in one index, written through its door."""

    client: AsyncElasticsearch
    door: str

    async def read(self, document_id: DocumentId) -> Seen:
        """A document's head as it is now, empty where there is none."""
        response = await patiently(
            lambda: self.client.options(ignore_status=404).get(
                index=self.door, id=head_id(document_id), routing=routing_of(document_id)
            )
        )
        if "error" in response:
            raise Moved(f"Elasticsearch removed {self.door!r}")
        if not response["found"]:
            return Seen.nothing(document_id)
        return Seen(head=Head.of(response["_source"]), place=_place(response.body))

    async def change(
        self, document_id: DocumentId, step: Callable[[Head], Head], *, last: Seen | None = None
    ) -> Seen:
        """The head after `step`, taken on what is there at that moment and on nothing older.

        `last` saves a look where nobody else changed the head since.

        Raises:
            SearchUnavailable: others kept changing it.
        """
        from elasticsearch import ConflictError  # noqa: PLC0415 - loaded with the client

        for attempt in range(MOST_CONFLICTS):
            seen = last if last and not attempt else await self.read(document_id)
            head = step(seen.head)
            if head == seen.head:
                return seen
            try:
                return await patiently(partial(self._put, head, seen.place))
            except ConflictError:
                await asyncio.sleep(random.uniform(0, 0.002 * min(attempt, 20)))  # noqa: S311 - no secret
        raise SearchUnavailable(f"too many writers change the document {document_id!r} at once: try again")

    async def _put(self, head: Head, place: Mapping[str, Any]) -> Seen:
        key, routing = head_id(head.document_id), routing_of(head.document_id)
        if head.is_empty:
            await self.client.delete(index=self.door, id=key, routing=routing, **place)
            return Seen.nothing(head.document_id)
        response = await self.client.index(
            index=self.door, id=key, routing=routing, document=head.source(), require_alias=True, **place
        )
        return Seen(head=head, place=_place(response.body))


def _place(response: Mapping[str, Any]) -> dict[str, Any]:
    return {"if_seq_no": response["_seq_no"], "if_primary_term": response["_primary_term"]}
