"""What every passage index promises, whichever store is behind it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import anyio
import numpy as np
import pytest

from core.documents import Document, DocumentId, DocumentStatus, Passage, PassageId
from core.records import now
from core.search import PassageIndex, Scope, Vector
from core.sqlite_index import SqliteIndex
from core.tenants import TenantId
from tests.services.elasticsearch import fresh_index

pytestmark = pytest.mark.anyio

ACME, OTHER = TenantId("acme"), TenantId("other")
DIMENSIONS = 8


@asynccontextmanager
async def in_sqlite(folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[PassageIndex]:
    index = SqliteIndex(folder, model="test", dimensions=DIMENSIONS)
    yield index
    index.close()


@asynccontextmanager
async def in_elasticsearch(folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[PassageIndex]:
    url = request.getfixturevalue("elasticsearch_url")
    async with fresh_index(url, dimensions=DIMENSIONS) as index:
        yield index


CASES: dict[str, Callable[[Path, pytest.FixtureRequest], AbstractAsyncContextManager[PassageIndex]]] = {
    "sqlite": in_sqlite,
    "elasticsearch": in_elasticsearch,
}
SERVICES = {"elasticsearch"}


@pytest.fixture(
    params=[pytest.param(name, marks=[pytest.mark.service] if name in SERVICES else []) for name in CASES]
)
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PassageIndex]:
    async with CASES[request.param](tmp_path, request) as made:
        yield made


def document(name: str, **changes: object) -> Document:
    plain = Document(
        id=DocumentId(name),
        tenant=ACME,
        name=f"{name}.txt",
        source=name,
        media_type="text/plain",
        content_hash=name,
        size_bytes=1,
        status=DocumentStatus.READING,
        created_at=now(),
        updated_at=now(),
    )
    return replace(plain, **changes)


def passages(of: Document, *texts: str) -> list[Passage]:
    return [
        Passage(
            id=PassageId(f"{of.id}:{of.version}:{ordinal}"),
            document_id=of.id,
            version=of.version,
            ordinal=ordinal,
            title=of.name,
            heading=("Help", "Orders"),
            page=2,
            start=10 * ordinal,
            end=10 * ordinal + len(text),
            text=text,
        )
        for ordinal, text in enumerate(texts)
    ]


def vectors(*towards: int) -> Vector:
    return np.eye(DIMENSIONS, dtype=np.float32)[list(towards)]


async def texts_found(
    index: PassageIndex, query: str, *, towards: int = 7, limit: int = 10, scope: Scope | None = None
) -> set[str]:
    found = await index.candidates(query, vectors(towards)[0], scope or Scope(tenant=ACME), limit=limit)
    return {each.passage.text for each in found if each.bm25 > 0 or each.cosine > 0.5}


async def test_a_passage_is_found_by_its_words(index: PassageIndex) -> None:
    of = document("a")
    await index.replace(of, passages(of, "Refunds take three days.", "Lamps are bright."), vectors(0, 1))
    assert await texts_found(index, "how long do refunds take") == {"Refunds take three days."}


async def test_a_passage_is_found_by_another_form_of_its_words(index: PassageIndex) -> None:
    of = document("a")
    await index.replace(of, passages(of, "Refunds take three days."), vectors(0))
    assert await texts_found(index, "refunding") == {"Refunds take three days."}


async def test_a_passage_is_found_by_its_meaning(index: PassageIndex) -> None:
    of = document("a")
    await index.replace(of, passages(of, "one", "two"), vectors(0, 3))
    assert await texts_found(index, "nothing alike", towards=3) == {"two"}


async def test_a_passage_comes_back_as_it_went_in(index: PassageIndex) -> None:
    of = document("a")
    kept = passages(of, "Ünïcode “quotes”, and\nlines.")
    await index.replace(of, kept, vectors(0))
    found = await index.candidates("quotes", vectors(0)[0], Scope(tenant=ACME), limit=5)
    assert [each.passage for each in found] == kept
    assert found[0].cosine == pytest.approx(1.0, abs=1e-3)


async def test_a_new_version_replaces_the_old_one_whole(index: PassageIndex) -> None:
    old = document("a")
    new = replace(old, version=2)
    await index.replace(old, passages(old, "old words", "old tail"), vectors(0, 1))
    await index.replace(new, passages(new, "new words"), vectors(2))
    assert await texts_found(index, "old new words tail", towards=0) == {"new words"}
    assert await index.count(ACME) == 1


async def test_a_deleted_document_is_not_found(index: PassageIndex) -> None:
    of = document("a")
    await index.replace(of, passages(of, "secret"), vectors(0))
    assert await texts_found(index, "secret", towards=0) == {"secret"}
    await index.delete(ACME, of.id)
    assert await texts_found(index, "secret", towards=0) == set()
    assert await index.count(ACME) == 0


async def test_deleting_what_is_not_there_does_nothing(index: PassageIndex) -> None:
    await index.delete(ACME, DocumentId("nobody"))
    assert await index.count(ACME) == 0


async def test_a_tenant_never_sees_another_tenants_passages(index: PassageIndex) -> None:
    ours, theirs = document("a"), document("a", tenant=OTHER)
    await index.replace(ours, passages(ours, "our price list"), vectors(0))
    await index.replace(theirs, passages(theirs, "their price list"), vectors(0))
    assert await texts_found(index, "price list", towards=0) == {"our price list"}
    await index.delete(OTHER, theirs.id)
    assert await texts_found(index, "price list", towards=0) == {"our price list"}


async def test_another_tenants_words_do_not_change_the_scores(index: PassageIndex) -> None:
    ours = document("a")
    await index.replace(ours, passages(ours, "price list", "other things"), vectors(0, 1))
    before = await index.candidates("price", vectors(5)[0], Scope(tenant=ACME), limit=5)
    theirs = document("b", tenant=OTHER)
    await index.replace(theirs, passages(theirs, *["price of all"] * 8), vectors(*[2] * 8))
    after = await index.candidates("price", vectors(5)[0], Scope(tenant=ACME), limit=5)
    assert [each.bm25 for each in after] == [each.bm25 for each in before]


async def test_only_the_readers_audiences_are_searched(index: PassageIndex) -> None:
    public, staff = document("p"), document("s", audience="staff")
    await index.replace(public, passages(public, "opening hours"), vectors(0))
    await index.replace(staff, passages(staff, "opening the safe"), vectors(0))
    assert await texts_found(index, "opening", towards=0) == {"opening hours"}
    both = Scope(tenant=ACME, audiences=frozenset({"public", "staff"}))
    assert await texts_found(index, "opening", towards=0, scope=both) == {"opening hours", "opening the safe"}


async def test_a_forbidden_passage_takes_no_place_among_the_best(index: PassageIndex) -> None:
    staff, public = document("s", audience="staff"), document("p")
    await index.replace(staff, passages(staff, *["safe code"] * 5), vectors(*[0] * 5))
    await index.replace(public, passages(public, "the code of the door is safe with us"), vectors(1))
    assert await texts_found(index, "safe code", towards=0, limit=1) == {
        "the code of the door is safe with us"
    }


async def test_a_search_can_be_held_to_some_documents(index: PassageIndex) -> None:
    one, two = document("one"), document("two")
    await index.replace(one, passages(one, "tea in one"), vectors(0))
    await index.replace(two, passages(two, "tea in two"), vectors(0))
    held = Scope(tenant=ACME, documents=frozenset({two.id}))
    assert await texts_found(index, "tea", towards=0, scope=held) == {"tea in two"}
    nothing = Scope(tenant=ACME, documents=frozenset())
    assert await texts_found(index, "tea", towards=0, scope=nothing) == set()


async def test_a_search_can_be_held_to_labels(index: PassageIndex) -> None:
    labelled, plain = document("l", labels=frozenset({"billing", "eu"})), document("p")
    await index.replace(labelled, passages(labelled, "tea with label"), vectors(0))
    await index.replace(plain, passages(plain, "tea without"), vectors(0))
    held = Scope(tenant=ACME, labels=frozenset({"eu", "us"}))
    assert await texts_found(index, "tea", towards=0, scope=held) == {"tea with label"}


async def test_a_change_of_audience_holds_at_once(index: PassageIndex) -> None:
    of = document("a")
    await index.replace(of, passages(of, "draft"), vectors(0))
    moved = replace(of, version=2, audience="staff")
    await index.replace(moved, passages(moved, "draft"), vectors(0))
    assert await texts_found(index, "draft", towards=0) == set()


@pytest.mark.parametrize(
    "query", ['"', "a AND b OR NOT", "title:x", "(*", "NEAR(a b)", "", "   ", "-", "🙂", "x" * 5000]
)
async def test_no_query_is_an_operator_or_an_error(index: PassageIndex, query: str) -> None:
    of = document("a")
    await index.replace(of, passages(of, "plain words"), vectors(0))
    assert await texts_found(index, query, towards=0) == {"plain words"}


async def test_an_empty_index_finds_nothing(index: PassageIndex) -> None:
    assert await texts_found(index, "anything") == set()
    assert await index.count(ACME) == 0


async def test_readers_see_whole_versions_while_one_is_replaced(index: PassageIndex) -> None:
    of = document("a")
    await index.replace(of, passages(of, *["v1 text"] * 20), vectors(*[0] * 20))

    async def rewrite() -> None:
        for version in range(2, 12):
            new = replace(of, version=version)
            await index.replace(new, passages(new, *[f"v{version} text"] * 20), vectors(*[0] * 20))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(rewrite)
        for _ in range(30):
            found = await index.candidates("text", vectors(0)[0], Scope(tenant=ACME), limit=50)
            assert len(found) == 20
            assert len({each.passage.version for each in found}) == 1
