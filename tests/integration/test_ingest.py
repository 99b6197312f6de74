"""A document's path through a whole embedded desk: in, newer, refused, interrupted, out."""

import hashlib
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from config.settings import Settings
from core.assembly import Desk, assemble
from core.documents import Document, DocumentStatus
from core.errors import NotFound, Refused, TooLarge
from core.ingest import Ingester
from core.search import Scope
from core.tenants import DEFAULT_TENANT, TenantId
from core.uploads import Upload

pytestmark = pytest.mark.anyio

RETURNS = "Unused lamps can be returned within thirty days. The refund takes five working days."
ROOT = Path(__file__).parents[2]


def upload(text: str, name: str = "returns.txt", **changes: object) -> Upload:
    return replace(Upload(data=text.encode(), name=name), **changes)


async def take_in(desk: Desk, *uploads: Upload) -> list[Document]:
    accepted = await desk.ingester.accept(uploads)
    async for _ in desk.ingester.run():
        pass
    return [
        await desk.ingester.catalogue.get(one.tenant, one.id) for one in accepted if isinstance(one, Document)
    ]


async def texts(desk: Desk, query: str = "lamps refund", **scope: object) -> set[str]:
    found = await desk.searcher.search(query, Scope(**{"tenant": DEFAULT_TENANT, **scope}))
    return {each.passage.text for each in found}


async def test_a_document_is_ready_and_found_with_its_place(desk: Desk) -> None:
    (document,) = await take_in(desk, upload(RETURNS))
    assert (document.status, document.passages, document.version) == (DocumentStatus.READY, 1, 1)
    (found,) = await desk.searcher.search("refund", Scope(tenant=DEFAULT_TENANT))
    text = await desk.ingester.catalogue.text(document.id, 1)
    assert text[found.passage.start : found.passage.end] == found.passage.text == RETURNS


async def test_the_same_file_twice_is_one_document(desk: Desk) -> None:
    first, second = await take_in(desk, upload(RETURNS), upload(RETURNS, name="copy.txt"))
    assert first.id == second.id
    again = (await take_in(desk, upload(RETURNS, name="third.txt")))[0]
    assert (again.id, again.version) == (first.id, 1)
    assert await desk.searcher.index.count(DEFAULT_TENANT) == 1


async def test_the_same_file_for_another_audience_is_another_document(desk: Desk) -> None:
    public, staff = await take_in(desk, upload(RETURNS), upload(RETURNS, name="s.txt", audience="staff"))
    assert public.id != staff.id


async def test_new_content_from_the_same_source_replaces_the_old(desk: Desk) -> None:
    (old,) = await take_in(desk, upload("Returns take thirty days."))
    (new,) = await take_in(desk, upload("Returns take sixty days."))
    assert (new.id, new.version) == (old.id, 2)
    assert await texts(desk, "returns") == {"Returns take sixty days."}
    with pytest.raises(NotFound):
        await desk.ingester.catalogue.text(old.id, 1)


async def test_the_old_version_answers_until_the_new_one_is_ready(desk: Desk) -> None:
    await take_in(desk, upload("Returns take thirty days."))
    await desk.ingester.accept([upload("Returns take sixty days.")])
    assert await texts(desk, "returns") == {"Returns take thirty days."}


async def test_a_refused_new_version_leaves_the_old_one_in_use(desk: Desk) -> None:
    await take_in(desk, upload("Returns take thirty days."))
    (refused,) = await take_in(desk, upload("   \n "))
    assert refused.status is DocumentStatus.REFUSED
    assert refused.reason
    assert await texts(desk, "returns") == {"Returns take thirty days."}


async def test_a_refused_document_can_be_tried_again(desk: Desk) -> None:
    (refused,) = await take_in(desk, upload(""))
    (ready,) = await take_in(desk, upload("Now with words."))
    assert (refused.id, ready.status) == (ready.id, DocumentStatus.READY)


async def test_an_upload_over_the_limit_is_refused_with_both_numbers_and_nothing_is_kept(desk: Desk) -> None:
    small = replace(desk.ingester, max_bytes=10)
    results = await small.accept([upload("x" * 11), upload("short")])
    assert isinstance(results[0], TooLarge)
    assert "11" in str(results[0])
    assert "10" in str(results[0])
    assert isinstance(results[1], Document)
    assert [document.name for document in await small.catalogue.list(DEFAULT_TENANT)] == ["returns.txt"]


async def test_a_bad_document_does_not_hold_up_its_neighbours(desk: Desk) -> None:
    documents = await take_in(
        desk, upload("", "empty.txt"), upload(RETURNS, "good.txt"), upload("%PDF-1.7 broken", "bad.pdf")
    )
    assert [document.status.value for document in documents] == ["refused", "ready", "refused"]
    assert all(document.reason for document in documents if document.status is DocumentStatus.REFUSED)


async def test_a_deleted_document_leaves_no_trace(desk: Desk, settings: Settings) -> None:
    (document,) = await take_in(desk, upload("The zanzibarium costs nine pounds."))
    await desk.ingester.delete(DEFAULT_TENANT, document.id)
    assert await texts(desk, "zanzibarium") == set()
    with pytest.raises(NotFound):
        await desk.ingester.catalogue.get(DEFAULT_TENANT, document.id)
    for word in (b"zanzibarium", b"Zanzibarium"):
        for path in settings.data.rglob("*"):
            # The write-ahead log is overwritten when SQLite next writes it back.
            if path.is_file() and not path.name.endswith("-wal"):
                assert word not in path.read_bytes(), path


async def test_bytes_shared_by_two_documents_stay_until_both_are_deleted(desk: Desk) -> None:
    public, staff = await take_in(desk, upload(RETURNS), upload(RETURNS, name="s.txt", audience="staff"))
    await desk.ingester.delete(DEFAULT_TENANT, public.id)
    assert await desk.ingester.files.get(DEFAULT_TENANT, staff.content_hash)
    await desk.ingester.delete(DEFAULT_TENANT, staff.id)
    with pytest.raises(NotFound):
        await desk.ingester.files.get(DEFAULT_TENANT, staff.content_hash)


async def test_a_document_deleted_while_it_is_read_does_not_come_back(desk: Desk) -> None:
    (accepted,) = await desk.ingester.accept([upload(RETURNS)])
    assert isinstance(accepted, Document)
    index = desk.searcher.index

    class DeletesMeanwhile:
        async def replace(self, *args: object) -> None:
            await desk.ingester.delete(DEFAULT_TENANT, accepted.id)
            await index.replace(*args)

        def __getattr__(self, name: str) -> object:
            return getattr(index, name)

    racing = replace(desk.ingester, index=DeletesMeanwhile())
    async for _ in racing.run():
        pytest.fail("a deleted document was reported ready")
    assert await texts(desk) == set()


async def test_another_tenant_can_neither_see_nor_delete_a_document(desk: Desk) -> None:
    other = TenantId("other")
    (document,) = await take_in(desk, upload(RETURNS))
    assert await texts(desk, tenant=other) == set()
    with pytest.raises(NotFound):
        await desk.ingester.delete(other, document.id)
    (theirs,) = await take_in(desk, upload(RETURNS, tenant=other))
    assert theirs.id != document.id


async def test_what_broke_off_inside_this_process_is_queued_again(desk: Desk) -> None:
    await desk.ingester.accept([upload(RETURNS)])

    class Breaks:
        async def embed_passages(self, texts: object) -> None:
            raise MemoryError

        def count_tokens(self, text: str) -> int:
            return len(text.split())

    broken: Ingester = replace(desk.ingester, embedder=Breaks())
    with pytest.raises(MemoryError):
        async for _ in broken.run():
            pass
    (ready,) = await take_in(desk, upload(RETURNS))
    assert ready.status is DocumentStatus.READY


async def test_a_document_that_kills_its_reader_process_again_and_again_is_refused(desk: Desk) -> None:
    (accepted,) = await desk.ingester.accept([upload(RETURNS)])
    catalogue, claims = desk.ingester.catalogue, desk.ingester.claims
    for _ in range(3):
        await claims.claim("elsewhere-gone:1:1.00", limit=1)
        await claims.release("elsewhere-gone:1:1.00", most_attempts=3)
    assert isinstance(accepted, Document)
    document = await catalogue.get(DEFAULT_TENANT, accepted.id)
    assert document.status is DocumentStatus.REFUSED
    assert "3 times" in (document.reason or "")


async def test_killed_while_ingesting_the_desk_holds_whole_documents_and_takes_up_the_rest(
    settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(60):
        paragraphs = [f"Item {number} part {part} costs {part} pounds. " * 12 for part in range(20)]
        (folder / f"{number}.md").write_text(f"# Item {number}\n\n" + "\n\n".join(paragraphs))
    command = [sys.executable, "frontdesk.py", "ingest", str(folder), "--data", str(settings.data)]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    async with assemble(settings) as desk:
        deadline = time.monotonic() + 60
        while await desk.searcher.index.count(DEFAULT_TENANT) < 100 and time.monotonic() < deadline:
            time.sleep(0.02)  # noqa: ASYNC251 - the other process is what runs
        child.send_signal(signal.SIGKILL)
        child.wait()
        by_status = [document.status for document in await desk.ingester.catalogue.list(DEFAULT_TENANT)]
        assert len(by_status) == 60
        assert DocumentStatus.READING in by_status
        found = await desk.searcher.search("item part costs pounds", Scope(tenant=DEFAULT_TENANT))
        assert found
        async for _ in desk.ingester.run():
            pass
        documents = await desk.ingester.catalogue.list(DEFAULT_TENANT)
        assert {document.status for document in documents} == {DocumentStatus.READY}
        total = sum(document.passages for document in documents)
        assert await desk.searcher.index.count(DEFAULT_TENANT) == total


async def test_a_refusal_names_the_document(desk: Desk) -> None:
    (refused,) = await take_in(desk, upload("", "invoice.txt"))
    assert "invoice.txt" in (refused.reason or "")
    assert not isinstance(refused, Refused)


async def test_the_bytes_of_a_replaced_version_are_gone(desk: Desk, settings: Settings) -> None:
    await take_in(desk, upload("The first edition."))
    await take_in(desk, upload("The second edition."))
    kept = [path.name for path in (settings.data / "files").rglob("*") if path.is_file()]
    assert kept == [hashlib.sha256(b"The second edition.").hexdigest()]


async def test_a_deleted_document_does_not_come_back_when_its_name_is_uploaded_again(desk: Desk) -> None:
    (accepted,) = await desk.ingester.accept([upload("The old zanzibar price.")])
    assert isinstance(accepted, Document)
    index = desk.searcher.index

    class ReplacedMeanwhile:
        is_done = False

        async def replace(self, *args: object) -> None:
            if not self.is_done:
                self.is_done = True
                await desk.ingester.delete(DEFAULT_TENANT, accepted.id)
                await desk.ingester.accept([upload("Something new.")])
            await index.replace(*args)

        def __getattr__(self, name: str) -> object:
            return getattr(index, name)

    racing = replace(desk.ingester, index=ReplacedMeanwhile())
    async for _ in racing.run():
        pass
    assert await texts(desk, "zanzibar price") == {"Something new."}


async def test_a_twin_that_changes_leaves_the_other_file_its_words(desk: Desk) -> None:
    await take_in(desk, upload("The same words.", "a.txt"), upload("The same words.", "b.txt"))
    await take_in(desk, upload("Other words.", "a.txt"), upload("The same words.", "b.txt"))
    assert await texts(desk, "words") == {"The same words.", "Other words."}


async def test_a_document_shown_to_others_shows_nothing_of_its_old_version(desk: Desk) -> None:
    (document,) = await take_in(desk, upload("The safe code is 4417.", audience="staff"))
    await desk.ingester.accept([upload("The code is secret.", source=document.source, audience="public")])
    everyone = frozenset({"public", "staff"})
    assert await texts(desk, "safe code", audiences=everyone) == set()
    with pytest.raises(NotFound):
        await desk.ingester.catalogue.text(document.id, 1)


async def test_a_name_alone_does_not_reach_a_document_that_was_moved_to_another_audience(desk: Desk) -> None:
    (staff,) = await take_in(desk, upload("For staff.", audience="staff"))
    (public,) = await take_in(desk, upload("For all.", source=staff.source, audience="public"))
    assert public.id == staff.id
    (fresh,) = await take_in(desk, upload("For staff again.", source=staff.source, audience="staff"))
    assert fresh.id != public.id
    assert await texts(desk, "all staff") == {"For all."}


async def test_two_uploads_of_one_new_source_at_once_are_one_document(desk: Desk) -> None:
    results: list[Document | Refused] = []

    async def accept(text: str) -> None:
        results.extend(await desk.ingester.accept([upload(text)]))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(accept, "One.")
        tasks.start_soon(accept, "Two.")
    assert len({one.id for one in results if isinstance(one, Document)}) == 1
