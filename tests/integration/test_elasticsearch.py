"""The passage index against a real Elasticsearch: outages, dead writers, a busy server, strange names."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from core import elasticsearch_client, elasticsearch_index
from core.documents import DocumentId
from core.elasticsearch_client import ElasticsearchOptions
from core.elasticsearch_heads import Heads
from core.elasticsearch_index import ElasticsearchIndex
from core.errors import SearchUnavailable, UnknownTenant
from core.search import Scope
from core.tenants import TenantId
from tests.contract.test_indexes import ACME, DIMENSIONS, document, passages, texts_found, vectors
from tests.services.elasticsearch import elasticsearch_server, fresh_index

pytestmark = [pytest.mark.anyio, pytest.mark.service]

ROOT = Path(__file__).parents[2]
LONG = 40
SLOW_WRITER = """
import asyncio, sys
from core import elasticsearch_index
from core.elasticsearch_client import ElasticsearchOptions, write
from tests.contract.test_indexes import document, passages, vectors

async def slowly(client, door, operations):
    await write(client, door, operations)
    print("written", flush=True)
    await asyncio.sleep(0.05)

async def main(url, prefix, name, version, count):
    elasticsearch_index.SLICE_BYTES, elasticsearch_index.write = 1, slowly
    options = ElasticsearchOptions(nodes=[url], prefix=prefix)
    index = elasticsearch_index.ElasticsearchIndex(options, model="test", dimensions=8)
    of = document(name, version=int(version))
    texts = [f"v{version} text"] * int(count)
    await index.replace(of, passages(of, *texts), vectors(*[0] * int(count)))

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
async def index(elasticsearch_url: str) -> AsyncIterator[ElasticsearchIndex]:
    async with fresh_index(elasticsearch_url, dimensions=DIMENSIONS) as made:
        yield made


def another(like: ElasticsearchIndex, **changes: object) -> ElasticsearchIndex:
    """A second process's index on the same passages."""
    given = {name: getattr(like.options, name) for name in ElasticsearchOptions.__dataclass_fields__}
    return ElasticsearchIndex(ElasticsearchOptions(**given | changes), model="test", dimensions=DIMENSIONS)


async def put(index: ElasticsearchIndex, name: str, *texts: str, **changes: object) -> None:
    of = document(name, **changes)
    await index.replace(of, passages(of, *texts), vectors(*[0] * len(texts)))


async def entries(index: ElasticsearchIndex) -> int:
    """Everything in the tenant's index, whether a reader may see it or not."""
    client, alias = index.places.client, index.family.alias(ACME)
    await client.indices.refresh(index=alias)
    return int((await client.count(index=alias))["count"])


def killed_after(index: ElasticsearchIndex, name: str, version: int, slices: int) -> None:
    """A process that writes a document of `LONG` passages, killed once `slices` of them are in."""
    given = [index.options.nodes[0], index.options.prefix, name, str(version), str(LONG)]
    writer = subprocess.Popen([sys.executable, "-c", SLOW_WRITER, *given], cwd=ROOT, stdout=subprocess.PIPE)
    assert writer.stdout is not None
    with writer.stdout as said:
        for _ in range(slices):
            assert said.readline() == b"written\n"
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()


async def test_nothing_of_a_killed_writer_is_ever_seen(index: ElasticsearchIndex) -> None:
    await put(index, "a", *["v1 text"] * LONG)
    killed_after(index, "a", 2, slices=LONG // 2)
    killed_after(index, "b", 1, slices=1)
    assert await entries(index) > LONG + 2
    found = await index.candidates("text", vectors(0)[0], Scope(tenant=ACME), limit=100)
    assert [each.passage.version for each in found] == [1] * LONG
    assert await index.count(ACME) == LONG


async def test_what_a_killed_writer_left_is_removed(index: ElasticsearchIndex) -> None:
    await put(index, "a", "v1 text")
    killed_after(index, "a", 2, slices=LONG // 2)
    killed_after(index, "b", 1, slices=3)
    assert await entries(index) > 4
    impatient = another(index, abandoned_after_s=0.0)
    assert await impatient.sweep(ACME) == 2
    await impatient.close()
    assert await entries(index) == 2
    assert await texts_found(index, "text", towards=0) == {"v1 text"}


async def test_the_work_of_a_killed_writer_is_done_again(index: ElasticsearchIndex) -> None:
    await put(index, "a", "v1 text")
    killed_after(index, "a", 2, slices=LONG // 2)
    await put(index, "a", "v2 again", version=2)
    assert await texts_found(index, "text again", towards=0) == {"v2 again"}
    await index.delete(ACME, DocumentId("a"))
    assert await texts_found(index, "text again", towards=0) == set()
    assert await index.count(ACME) == 0


async def test_an_older_version_never_takes_the_place_of_a_newer_one(index: ElasticsearchIndex) -> None:
    await put(index, "a", "new", version=3)
    await put(index, "a", "old", version=2)
    assert await texts_found(index, "new old", towards=0) == {"new"}
    assert await entries(index) == 2


async def test_a_deletion_reaches_what_is_being_written(
    index: ElasticsearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(index, "a", "v1")
    is_half_written, may_go_on = asyncio.Event(), asyncio.Event()
    write = elasticsearch_client.write

    async def halting(*given: object) -> None:
        await write(*given)
        is_half_written.set()
        await may_go_on.wait()

    monkeypatch.setattr(elasticsearch_index, "write", halting)
    writing = asyncio.create_task(put(index, "a", "v2", version=2))
    await is_half_written.wait()
    monkeypatch.setattr(elasticsearch_index, "write", write)
    await index.delete(ACME, DocumentId("a"))
    may_go_on.set()
    await writing
    assert await texts_found(index, "v1 v2", towards=0) == set()
    assert await entries(index) == 0


async def test_a_deletion_holds_at_once_for_every_other_process(index: ElasticsearchIndex) -> None:
    reader = another(index)
    for version in range(1, 6):
        await put(index, "a", "secret", version=version)
        assert await texts_found(reader, "secret", towards=0) == {"secret"}
        await index.delete(ACME, DocumentId("a"))
        assert await texts_found(reader, "secret", towards=0) == set()
    await reader.close()


async def test_many_writers_of_one_document_leave_the_newest_version_whole(
    index: ElasticsearchIndex,
) -> None:
    writers = [another(index) for _ in range(4)]

    async def write(writer: ElasticsearchIndex, first: int) -> None:
        for version in range(first, 21, 4):
            await put(writer, "a", *[f"v{version} text"] * 10, version=version)

    writing = asyncio.gather(*(write(writer, first) for first, writer in enumerate(writers, 1)))
    while not writing.done():
        found = await index.candidates("text", vectors(0)[0], Scope(tenant=ACME), limit=100)
        assert len(found) in (0, 10)
        assert len({each.passage.version for each in found}) <= 1
    await writing
    for writer in writers:
        await writer.close()
    assert await texts_found(index, "text", towards=0) == {"v20 text"}
    assert await index.count(ACME) == 10


async def test_any_number_of_documents_may_be_in_writing(
    index: ElasticsearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(index, "a", "words")
    monkeypatch.setattr(elasticsearch_index, "HEADS_ROOM", (1, 3, 50))
    heads = Heads(client=index.places.client, door=await index.places.door(ACME))
    for number in range(10):
        await heads.change(DocumentId(f"d{number}"), lambda head: head.begun("unseen", 1, 5, time.time()))
    await entries(index)
    assert await texts_found(index, "words", towards=0) == {"words"}
    monkeypatch.setattr(elasticsearch_index, "HEADS_ROOM", (1, 3))
    with pytest.raises(SearchUnavailable, match="being written"):
        await texts_found(index, "words")


async def test_what_takes_part_in_a_change_takes_no_place_from_others(index: ElasticsearchIndex) -> None:
    await put(index, "other", "price of tea")
    await put(index, "a", *["price price"] * LONG)
    killed_after(index, "a", 2, slices=LONG - 1)
    held = Scope(tenant=ACME)
    await index.places.client.indices.refresh(index=index.family.alias(ACME))
    found = await index.candidates("price text", vectors(0)[0], held, limit=LONG + 1)
    assert {each.passage.text for each in found} == {"price of tea", "price price"}
    assert len(found) == LONG + 1


@pytest.mark.parametrize("name", ["", "..", "*", "a,b", "A", "acme*", "_all", "a/b", "a b", "x" * 64])
async def test_a_tenant_of_a_strange_name_is_no_tenant(index: ElasticsearchIndex, name: str) -> None:
    tenant = TenantId(name)
    with pytest.raises(UnknownTenant):
        await put(index, "a", "words", tenant=tenant)
    with pytest.raises(UnknownTenant):
        await index.candidates("words", vectors(0)[0], Scope(tenant=tenant), limit=1)
    with pytest.raises(UnknownTenant):
        await index.delete(tenant, DocumentId("a"))
    with pytest.raises(UnknownTenant):
        await index.count(tenant)


async def test_tenants_whose_names_begin_alike_are_apart(index: ElasticsearchIndex) -> None:
    names = ["acme", "acme-eu", "eu", "acme-eu-1", "1"]
    for name in names:
        await put(index, "a", f"for {name}", tenant=TenantId(name))
    for name in names:
        scope = Scope(tenant=TenantId(name))
        assert await texts_found(index, "for", towards=0, scope=scope) == {f"for {name}"}
        assert await index.count(TenantId(name)) == 1
    await index.delete(TenantId("acme"), DocumentId("a"))
    assert [await index.count(TenantId(name)) for name in names] == [0, 1, 1, 1, 1]


async def test_a_document_of_any_name_is_only_itself(index: ElasticsearchIndex) -> None:
    names = ["../a", "a,b", "*", "_all", 'a"}}', "a\nb", "{}", "ключ 🙂", "x" * 3000, " ", "a:b", "head-a"]
    for name in names:
        await put(index, name, f"text of {name[:9]}")
    for name in names:
        held = Scope(tenant=ACME, documents=frozenset({DocumentId(name)}))
        found = await index.candidates("text", vectors(0)[0], held, limit=50)
        assert [each.passage.document_id for each in found] == [name]
    for left, name in enumerate(reversed(names)):
        assert await index.count(ACME) == len(names) - left
        await index.delete(ACME, DocumentId(name))
    assert await entries(index) == 0


async def test_a_document_of_many_requests_comes_in_whole(
    index: ElasticsearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elasticsearch_index, "SLICE_BYTES", 20_000)
    texts = [f"number {place} " + "word " * 200 for place in range(300)]
    await put(index, "a", *texts)
    assert await index.count(ACME) == 300
    assert await texts_found(index, "299", towards=1, limit=1) == {texts[299]}


async def test_both_scores_are_exact_for_every_candidate(index: ElasticsearchIndex) -> None:
    numbers = np.random.default_rng(3)
    made = numbers.normal(size=(60, DIMENSIONS)).astype(np.float32)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    of = document("a")
    texts = [f"tea number {place}" if place % 3 else f"number {place}" for place in range(60)]
    await index.replace(of, passages(of, *texts), made)
    everything = await index.candidates("tea", made[0], Scope(tenant=ACME), limit=60)
    exact = {each.passage.ordinal: each for each in everything}
    assert len(exact) == 60
    for limit in (1, 5, 20):
        for each in await index.candidates("tea", made[0], Scope(tenant=ACME), limit=limit):
            assert each.bm25 == pytest.approx(exact[each.passage.ordinal].bm25, abs=1e-3)
            assert each.cosine == pytest.approx(float(made[each.passage.ordinal] @ made[0]), abs=2e-3)
            assert (each.bm25 > 0) == ("tea" in each.passage.text)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Die Rückgaben dauern drei Tage und sind für Mitglieder kostenlos.", "rückgabe"),
        ("Los reembolsos tardan tres días y son gratis para los socios.", "reembolso"),
        ("Les remboursements sont faits dans les trois jours pour les membres.", "remboursement"),
        ("As devoluções são feitas em três dias e não custam nada.", "devolução"),
    ],
)
async def test_words_are_found_in_their_other_forms_in_every_language(
    index: ElasticsearchIndex, text: str, query: str
) -> None:
    await put(index, "a", text)
    await put(index, "b", "Something else in the language of the house.")
    assert await texts_found(index, query, towards=3) == {text}


async def test_a_busy_server_is_written_to_with_patience(tmp_path: Path) -> None:
    narrow = {"thread_pool.write.size": "1", "thread_pool.write.queue_size": "1"}
    with elasticsearch_server(tmp_path, narrow) as server:
        async with fresh_index(server.url, dimensions=DIMENSIONS) as index:
            await put(index, "first", "words")
            names = [f"d{number}" for number in range(40)]
            await asyncio.gather(*(put(index, name, *["words"] * 30) for name in names))
            assert await index.count(ACME) == 40 * 30 + 1
            assert await entries(index) == 40 * 31 + 2
            stats = await index.places.client.nodes.stats(metric="thread_pool")
        assert sum(node["thread_pool"]["write"]["rejected"] for node in stats["nodes"].values()) > 0


async def test_a_server_that_stays_busy_is_given_up_on_with_nothing_half_done(
    index: ElasticsearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(index, "a", "v1")
    bulk, refused = (
        index.places.client.bulk,
        {"status": 429, "error": {"type": "es_rejected_execution_exception"}},
    )

    async def busy(*, operations: list[object], **given: object) -> dict[str, object]:
        done = await bulk(operations=operations[:2], **given)
        return {"items": [*done["items"], *[{"index": refused}] * (len(operations) // 2 - 1)]}

    monkeypatch.setattr(elasticsearch_client, "FIRST_WAIT_S", 0.001)
    monkeypatch.setattr(index.places.client, "bulk", busy)
    with pytest.raises(SearchUnavailable, match="too many at once"):
        await put(index, "a", *["v2"] * 30, version=2)
    assert await texts_found(index, "v1 v2", towards=0) == {"v1"}
    monkeypatch.undo()
    await put(index, "a", "v2 again", version=2)
    assert await entries(index) == 2


async def test_an_outage_is_told_at_once_and_loses_nothing(tmp_path: Path) -> None:
    with elasticsearch_server(tmp_path) as server:
        async with fresh_index(server.url, dimensions=DIMENSIONS) as index:
            await put(index, "a", "kept words")
            await index.ping()
            server.kill()
            for call in (
                index.ping(),
                index.count(ACME),
                index.delete(ACME, DocumentId("a")),
                put(index, "b", "new words"),
                texts_found(index, "words"),
            ):
                with pytest.raises(SearchUnavailable, match="FRONTDESK_ELASTICSEARCH__URL"):
                    await call
            server.start()
            await index.ping()
            assert await texts_found(index, "words", towards=0) == {"kept words"}
            await put(index, "b", "new words")
            assert await texts_found(index, "words", towards=0) == {"kept words", "new words"}
            server.pause()
            halted = another(index, timeout_s=0.5)
            with pytest.raises(SearchUnavailable, match="did not answer"):
                await texts_found(halted, "words")
            await halted.close()
            server.resume()
            assert await index.count(ACME) == 2


async def test_an_error_names_the_server_without_its_password() -> None:
    options = ElasticsearchOptions(nodes=["http://desk:correct-horse@127.0.0.1:9"])
    index = ElasticsearchIndex(options, model="test", dimensions=DIMENSIONS)
    with pytest.raises(SearchUnavailable) as told:
        await index.ping()
    await index.close()
    assert "http://127.0.0.1:9" in str(told.value)
    assert "correct-horse" not in str(told.value)
