"""Moving passages to a new index while the old one is searched and written, for a layout or another model."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import anyio
import numpy as np
import pytest

from core import elasticsearch_move, elasticsearch_places
from core.documents import Document, DocumentId
from core.elasticsearch_index import ElasticsearchIndex
from core.elasticsearch_mapping import door_of
from core.errors import Misconfigured, SearchUnavailable
from core.reindex import needs_rebuild, rebuild, retire
from core.search import Scope, Vector
from tests.contract.test_indexes import ACME, DIMENSIONS, document, passages, texts_found, vectors
from tests.services.elasticsearch import fresh_index

pytestmark = [pytest.mark.anyio, pytest.mark.service]

ROOT = Path(__file__).parents[2]
DOCUMENTS, LONG = 40, 6
PATIENCE_S = 30.0
NEW_DIMENSIONS = 4
HALTING_REBUILD = """
import asyncio, sys
from core import elasticsearch_move, reindex
from core.elasticsearch_client import ElasticsearchOptions
from core.elasticsearch_index import ElasticsearchIndex
from core.elasticsearch_places import Places

async def halt(self, *given, **more):
    if halt.first:
        await halt.first(self, *given, **more)
    print("halted", flush=True)
    await asyncio.sleep(60)

async def main(url, prefix, where):
    index = ElasticsearchIndex(ElasticsearchOptions(nodes=[url], prefix=prefix), model="test", dimensions=8)
    halt.first = Places.hold if where == "held" else None
    if where == "held":
        Places.hold = halt
    else:
        elasticsearch_move.Move._write_heads = halt
    await reindex.rebuild(index, "acme", None)

asyncio.run(main(*sys.argv[1:]))
"""


class FourNumbers:
    """An embedder of another model: what a text begins with decides where it points."""

    name = "another"
    dimensions = NEW_DIMENSIONS
    pause_s = 0.0

    async def embed_passages(self, texts: Sequence[str]) -> Vector:
        await asyncio.sleep(self.pause_s)
        return np.stack([await self.embed_query(text) for text in texts])

    async def embed_query(self, text: str) -> Vector:
        return np.eye(NEW_DIMENSIONS, dtype=np.float32)["vnx".find(text.rpartition("\n")[2][:1])]

    def count_tokens(self, text: str) -> int:
        return len(text.split())


@pytest.fixture
async def index(elasticsearch_url: str) -> AsyncIterator[ElasticsearchIndex]:
    async with fresh_index(elasticsearch_url, dimensions=DIMENSIONS) as made:
        yield made


def of_another_model(index: ElasticsearchIndex) -> ElasticsearchIndex:
    return ElasticsearchIndex(index.options, model="another", dimensions=NEW_DIMENSIONS)


async def put(index: ElasticsearchIndex, name: str, version: int, *, is_of_another: bool = False) -> None:
    of: Document = document(name, version=version)
    texts = [f"v{version} of {name}"] * (LONG + version % 2)
    towards = FourNumbers() if is_of_another else None
    made = await towards.embed_passages(texts) if towards else vectors(*[0] * len(texts))
    await index.replace(of, passages(of, *texts), made)


async def versions(index: ElasticsearchIndex, name: str, *, dimensions: int = DIMENSIONS) -> list[int]:
    """The version of every passage that is found of a document."""
    towards = np.eye(dimensions, dtype=np.float32)[0]
    held = Scope(tenant=ACME, documents=frozenset({DocumentId(name)}))
    return [each.passage.version for each in await index.candidates("of", towards, held, limit=50)]


class Busy:
    """Readers and writers that go on until told to stop; what must be there, by the writers' account."""

    def __init__(self, index: ElasticsearchIndex) -> None:
        self.index = index
        self.newest = dict.fromkeys((f"d{number}" for number in range(DOCUMENTS)), 1)
        self.deleting: set[str] = set()
        self.deleted: set[str] = set()
        self.searches = 0
        self.writes = 0
        self._is_over = False
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Busy":
        await asyncio.gather(*(put(self.index, name, 1) for name in self.newest))
        names = sorted(self.newest)
        parts = (names[::2], names[1::2])
        self._tasks = [asyncio.create_task(self._write(part)) for part in parts]
        self._tasks += [asyncio.create_task(self._read(names)) for _ in range(2)]
        return self

    async def __aexit__(self, *raised: object) -> None:
        self._is_over = True
        await asyncio.gather(*self._tasks)

    async def _write(self, names: list[str]) -> None:
        numbers = random.Random(len(names))
        while not self._is_over:
            name = numbers.choice([name for name in names if name not in self.deleted])
            if numbers.random() < 0.1 and len(self.deleting) < DOCUMENTS // 4:
                self.deleting.add(name)
                await self.index.delete(ACME, DocumentId(name))
                self.deleted.add(name)
            else:
                await put(self.index, name, self.newest[name] + 1)
                self.newest[name] += 1
            self.writes += 1

    async def _read(self, names: list[str]) -> None:
        numbers = random.Random(7)
        while not self._is_over:
            name = numbers.choice(names)
            is_deleted, oldest = name in self.deleted, self.newest[name]
            found = await versions(self.index, name)
            if is_deleted:
                assert found == []
            elif found or name not in self.deleting:
                assert oldest <= found[0] <= self.newest[name] + 1
                assert found == [found[0]] * (LONG + found[0] % 2)
            self.searches += 1

    async def goes_on(self) -> None:
        """Wait until something more has been read and written."""
        searches, writes = self.searches, self.writes
        with anyio.fail_after(PATIENCE_S):
            while self.searches == searches or self.writes == writes:  # noqa: ASYNC110 - readers count, and tell nobody
                await asyncio.sleep(0.005)

    async def is_all_there(self, index: ElasticsearchIndex, *, dimensions: int = DIMENSIONS) -> None:
        for name, version in self.newest.items():
            expected = [] if name in self.deleted else [version] * (LONG + version % 2)
            assert await versions(index, name, dimensions=dimensions) == expected
        alive = [version for name, version in self.newest.items() if name not in self.deleted]
        assert await index.count(ACME) == sum(LONG + version % 2 for version in alive)


async def indexes(index: ElasticsearchIndex) -> list[str]:
    return sorted((await index.places.client.indices.get(index=f"{index.options.prefix}_*")).body)


async def test_a_rebuild_loses_nothing_that_is_written_meanwhile(
    index: ElasticsearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elasticsearch_move, "PAGE", 16)
    told: list[tuple[int, int]] = []
    said_alive = elasticsearch_move.Move._say_alive
    async with Busy(index) as busy:
        waited: set[str] = set()

        async def said_alive_among_others(move: elasticsearch_move.Move) -> None:
            """After the first page of each, somebody reads and somebody writes."""
            await said_alive(move)
            if move.target not in waited:
                waited.add(move.target)
                await busy.goes_on()

        monkeypatch.setattr(elasticsearch_move.Move, "_say_alive", said_alive_among_others)
        for _ in range(3):
            before = busy.searches, busy.writes
            await rebuild(index, ACME, FourNumbers(), progress=lambda *now: told.append(now))
            assert busy.searches > before[0]
            assert busy.writes > before[1]
    await busy.is_all_there(index)
    assert await indexes(index) == [f"{index.family.alias(ACME)}_000004"]
    assert told[-1][0] == told[-1][1] > 0
    assert not await needs_rebuild(index, ACME)


async def test_another_model_takes_over_while_the_former_one_serves(
    index: ElasticsearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elasticsearch_move, "PAGE", 16)
    embedder = FourNumbers()
    embedder.pause_s = 0.05
    new = of_another_model(index)
    async with Busy(index) as busy:
        assert await needs_rebuild(new, ACME)
        with pytest.raises(Misconfigured, match="frontdesk migrate"):
            await versions(new, "d0", dimensions=NEW_DIMENSIONS)
        with pytest.raises(Misconfigured):
            await put(new, "d0", 99, is_of_another=True)
        with pytest.raises(Misconfigured):
            await new.count(ACME)
        with pytest.raises(Misconfigured):
            await new.delete(ACME, DocumentId("d0"))
        running = asyncio.create_task(rebuild(new, ACME, embedder, keeps_former=True))
        while not running.done():
            await asyncio.sleep(0.01)
            if busy._tasks[0].done() or busy._tasks[1].done():
                break
        await running
        assert busy.searches > 0
        # The readers go on with the former model; its writers were told to stop.
        busy._is_over = True
        told = await asyncio.gather(*busy._tasks, return_exceptions=True)
        busy._tasks = []
        assert [type(each) for each in told[:2]] == [Misconfigured] * 2
        assert told[2:] == [None, None]
    await busy.is_all_there(new, dimensions=NEW_DIMENSIONS)
    await busy.is_all_there(index)
    await put(new, "d1", 500, is_of_another=True)
    await retire(new, ACME)
    with pytest.raises(Misconfigured):
        await versions(index, "d0")
    assert await indexes(new) == [f"{new.family.alias(ACME)}_000001"]
    assert await versions(new, "d1", dimensions=NEW_DIMENSIONS) == [500] * LONG
    await new.close()


async def test_passages_are_found_by_their_new_vectors(index: ElasticsearchIndex) -> None:
    of = document("a")
    await index.replace(of, passages(of, "n one", "x two"), vectors(5, 5))
    new = of_another_model(index)
    assert await rebuild(new, ACME, FourNumbers()) == 2
    found = await new.candidates("", await FourNumbers().embed_query("x"), Scope(tenant=ACME), limit=5)
    assert {each.passage.text: round(each.cosine, 3) for each in found} == {"n one": 0.0, "x two": 1.0}
    assert found[0].passage.heading == ("Help", "Orders")
    await new.close()


async def test_a_tenant_without_passages_needs_no_rebuild(index: ElasticsearchIndex) -> None:
    assert not await needs_rebuild(index, ACME)
    assert await rebuild(index, ACME, FourNumbers()) == 0
    assert await index.count(ACME) == 0


async def test_a_former_layout_is_seen(index: ElasticsearchIndex) -> None:
    await put(index, "a", 1)
    name = (await indexes(index))[0]
    meta = await index.places.meta(name)
    await index.places.client.indices.put_mapping(index=name, meta={**meta, "layout": "former"})
    assert await needs_rebuild(index, ACME)
    assert await rebuild(index, ACME, FourNumbers()) == LONG + 1
    assert not await needs_rebuild(index, ACME)


@pytest.mark.parametrize("where", ["copied", "held"])
async def test_a_rebuild_that_is_killed_harms_nothing(
    index: ElasticsearchIndex, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(index, "a", 1)
    given = [index.options.nodes[0], index.options.prefix, where]
    running = subprocess.Popen(
        [sys.executable, "-c", HALTING_REBUILD, *given], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert running.stdout is not None
    with running.stdout as said:
        assert said.readline() == b"halted\n"
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
    assert await versions(index, "a") == [1] * (LONG + 1)
    with pytest.raises(SearchUnavailable, match="under way, or was cut off"):
        await rebuild(index, ACME, FourNumbers())
    # Nobody is there who would let writers in again, so they do it themselves in time.
    later = elasticsearch_places.time.time() + elasticsearch_move.BUILT_S + 1
    monkeypatch.setattr(elasticsearch_places.time, "time", lambda: later)
    await put(index, "a", 2)
    assert await versions(index, "a") == [2] * LONG
    assert len(await indexes(index)) == 2
    assert await rebuild(index, ACME, FourNumbers()) == LONG
    assert len(await indexes(index)) == 1
    await put(index, "a", 3)
    assert await versions(index, "a") == [3] * (LONG + 1)


async def test_a_writer_waits_while_a_rebuild_holds_the_index(
    index: ElasticsearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(index, "a", 1)
    name = (await indexes(index))[0]
    await index.places.hold(name, "somebody")
    writing = asyncio.create_task(put(index, "a", 2))
    await asyncio.sleep(0.3)
    assert not writing.done()
    assert await versions(index, "a") == [1] * (LONG + 1)
    await index.places.release(name)
    await writing
    assert await versions(index, "a") == [2] * LONG
    await index.places.hold(name, "somebody")
    monkeypatch.setattr(elasticsearch_places, "pauses", lambda: iter([0.01] * 3))
    with pytest.raises(SearchUnavailable, match="held for a re-index"):
        await index.delete(ACME, DocumentId("a"))
    await index.places.release(name)


async def test_two_rebuilds_at_once_leave_one_whole_index(index: ElasticsearchIndex) -> None:
    for number in range(10):
        await put(index, f"d{number}", 1)
    told = await asyncio.gather(
        *(rebuild(index, ACME, FourNumbers()) for _ in range(3)), return_exceptions=True
    )
    assert all(isinstance(each, int | SearchUnavailable) for each in told)
    assert await index.count(ACME) == 10 * (LONG + 1)
    await put(index, "d0", 2)
    assert await versions(index, "d0") == [2] * LONG
    assert await texts_found(index, "d3", towards=7) == {"v1 of d3"}


async def test_a_removed_index_is_never_made_anew_by_a_late_writer(index: ElasticsearchIndex) -> None:
    await put(index, "a", 1)
    former = (await indexes(index))[0]
    await rebuild(index, ACME, FourNumbers())
    index.places._doors[ACME] = door_of(former)
    await put(index, "a", 2)
    assert former not in await indexes(index)
    assert await versions(index, "a") == [2] * LONG
