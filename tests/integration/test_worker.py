"""The worker: what is uploaded gets read, once, whatever happens to the process that reads it."""

import json
import logging
import platform
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from config.settings import Settings
from core.assembly import Desk, assemble
from core.documents import Document, DocumentStatus
from core.errors import Refused, SearchUnavailable
from core.jobs import JOB_NAMES, Job, JobName
from core.search import Scope
from core.tenants import DEFAULT_TENANT, TenantId
from core.uploads import Upload
from tests.fakes.commands import frontdesk
from workers import attempts, jobs
from workers.app import Workers

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
LONG = " ".join(f"Sentence {number} tells of a lamp in the shop." for number in range(6000))


async def queue(data: Path, *texts: str) -> list[Document]:
    async with assemble(Settings(data=data, _env_file=None)) as desk:
        uploads = [Upload(data=text.encode(), name=f"{place}.txt") for place, text in enumerate(texts)]
        return [one for one in await desk.ingester.accept(uploads) if isinstance(one, Document)]


async def states(desk: Desk) -> list[DocumentStatus]:
    return [document.status for document in await desk.ingester.catalogue.list(DEFAULT_TENANT)]


async def until(claim: Callable[[], Any], seconds: float = 60) -> None:
    with anyio.fail_after(seconds):
        while not await claim():  # noqa: ASYNC110 - what is waited for happens in another process
            await anyio.sleep(0.05)


async def test_a_worker_killed_in_the_middle_leaves_nothing_undone(tmp_path: Path) -> None:
    await queue(tmp_path, LONG)
    async with assemble(Settings(data=tmp_path, _env_file=None)) as desk:

        async def is_reading() -> bool:
            return await states(desk) == [DocumentStatus.READING]

        with frontdesk("worker", "--data", str(tmp_path)) as worker:
            await until(is_reading)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        assert await states(desk) == [DocumentStatus.READING]

        async def is_ready() -> bool:
            return await states(desk) == [DocumentStatus.READY]

        with frontdesk("worker", "--data", str(tmp_path)) as worker:
            await until(is_ready)
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(30) == 0
        document = (await desk.ingester.catalogue.list(DEFAULT_TENANT))[0]
        assert await desk.searcher.index.count(DEFAULT_TENANT) == document.passages > 0


async def test_a_worker_told_to_stop_puts_back_what_it_was_reading(tmp_path: Path) -> None:
    await queue(tmp_path, LONG)
    async with assemble(Settings(data=tmp_path, _env_file=None)) as desk:

        async def is_reading() -> bool:
            return await states(desk) == [DocumentStatus.READING]

        with frontdesk("worker", "--data", str(tmp_path)) as worker:
            await until(is_reading)
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(30) == 0
        assert await states(desk) == [DocumentStatus.QUEUED]


async def test_two_workers_never_read_one_document_twice(tmp_path: Path) -> None:
    accepted = await queue(tmp_path, *(f"Lamp number {place} is brass." for place in range(80)))
    ended: list[str] = []
    with (
        frontdesk("worker", "--data", str(tmp_path)) as one,
        frontdesk("worker", "--data", str(tmp_path)) as two,
    ):
        async with assemble(Settings(data=tmp_path, _env_file=None)) as desk:

            async def is_done() -> bool:
                return set(await states(desk)) == {DocumentStatus.READY}

            await until(is_done)
            assert await desk.searcher.index.count(DEFAULT_TENANT) == len(accepted)
        for worker in (one, two):
            worker.send_signal(signal.SIGTERM)
            lines = map(json.loads, worker.communicate(timeout=30)[1].splitlines())
            ended += [line["document"] for line in lines if line["event"] == "document_ended"]
    assert sorted(ended) == sorted(document.id for document in accepted)


@asynccontextmanager
async def serving(desk: Desk, **options: Any) -> AsyncIterator[None]:
    """Workers in this process, without a broker."""

    async def serve() -> None:
        await Workers().serve(desk, **options)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(serve)
        yield
        tasks.cancel_scope.cancel()


async def test_an_upload_in_the_same_process_is_read_at_once(desk: Desk) -> None:
    async with serving(desk):
        await desk.ingester.accept([Upload(data=b"A lamp is brass.", name="lamp.txt")])

        async def is_ready() -> bool:
            return await states(desk) == [DocumentStatus.READY]

        await until(is_ready, 10)


async def test_what_an_ended_process_left_is_taken_up_at_the_start(desk: Desk) -> None:
    await desk.ingester.accept([Upload(data=b"A lamp is brass.", name="lamp.txt")])
    # A process that ended had the job in its memory, the document, and the outbox to itself.
    gone = f"{platform.node()}:1:0.00"
    await desk.stores.outbox.taken(await desk.stores.outbox.oldest("jobs", limit=10))
    assert await desk.stores.outbox.lease("relay:jobs", gone, for_s=3600)
    await desk.ingester.claims.claim(gone, limit=10)
    assert await states(desk) == [DocumentStatus.READING]
    async with serving(desk):

        async def is_ready() -> bool:
            return await states(desk) == [DocumentStatus.READY]

        await until(is_ready, 20)


async def test_a_stop_in_the_middle_puts_documents_back(desk: Desk) -> None:
    await desk.ingester.accept([Upload(data=LONG.encode(), name="long.txt")])

    async def is_reading() -> bool:
        return await states(desk) == [DocumentStatus.READING]

    async with serving(desk):
        await until(is_reading)
    assert await states(desk) == [DocumentStatus.QUEUED]


async def test_tenants_take_turns(desk: Desk) -> None:
    acme, bit = TenantId("acme"), TenantId("bit")
    for first in range(0, 1000, 200):
        places = range(first, first + 200)
        await desk.ingester.accept(
            [Upload(data=b"Lamp %d." % place, name=f"{place}.txt", tenant=acme) for place in places]
        )
    async with serving(desk, concurrency=1):

        async def has_begun() -> bool:
            return bool((await desk.ingester.catalogue.counts(acme)).get(DocumentStatus.READY))

        async def is_ready() -> bool:
            return await desk.ingester.catalogue.counts(bit) == {DocumentStatus.READY: 1}

        await until(has_begun)
        await desk.ingester.accept([Upload(data=b"A tap drips.", name="tap.txt", tenant=bit)])
        await until(is_ready)
        assert (await desk.ingester.catalogue.counts(acme))[DocumentStatus.QUEUED] > 300


async def test_a_slice_whose_time_is_over_leaves_the_rest_for_the_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "SLICE_S", 0.0)
    texts = [" ".join(f"Lamp {place} hangs in room {room}." for room in range(200)) for place in range(70)]
    await desk.ingester.accept(
        [Upload(data=text.encode(), name=f"{place}.txt") for place, text in enumerate(texts)]
    )

    async def is_ready() -> bool:
        return set(await states(desk)) == {DocumentStatus.READY}

    async with serving(desk, concurrency=1):
        await until(is_ready)
    documents = await desk.ingester.catalogue.list(DEFAULT_TENANT)
    count = sum(document.passages for document in documents)
    assert count == await desk.searcher.index.count(DEFAULT_TENANT) > 256


async def test_one_document_nobody_can_read_does_not_take_others_with_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = desk.ingester.readers
    read = reader.read

    async def poisoned(data: bytes, name: str) -> Any:
        if name == "poison.txt":
            raise RuntimeError("a fault of ours")
        return await read(data, name)

    monkeypatch.setattr(reader, "read", poisoned)
    names = ["a.txt", "poison.txt", "b.txt"]
    await desk.ingester.accept([Upload(data=f"Lamp {name}.".encode(), name=name) for name in names])

    async def is_over() -> bool:
        return not set(await states(desk)) & {DocumentStatus.QUEUED, DocumentStatus.READING}

    async with serving(desk):
        await until(is_over, 20)
    fates = {each.name: each.status for each in await desk.ingester.catalogue.list(DEFAULT_TENANT)}
    assert fates == {"a.txt": "ready", "b.txt": "ready", "poison.txt": "refused"}


async def test_an_outage_however_long_refuses_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    index = desk.ingester.index
    replace = index.replace
    outages = 20

    async def failing(*given: Any) -> None:
        nonlocal outages
        if outages:
            outages -= 1
            raise SearchUnavailable("down")
        await replace(*given)

    monkeypatch.setattr(index, "replace", failing)
    monkeypatch.setattr(attempts, "LONGEST_PAUSE_S", 0.02)
    await desk.ingester.accept([Upload(data=b"A lamp is brass.", name="lamp.txt")])

    async def is_ready() -> bool:
        return await states(desk) == [DocumentStatus.READY]

    async with serving(desk):
        await until(is_ready, 20)
    found = await desk.searcher.search("brass lamp", Scope(tenant=DEFAULT_TENANT))
    assert len(found) == 1


@pytest.mark.parametrize(
    ("errors", "tries", "is_parked"),
    [
        ([SearchUnavailable("down")] * 3, 4, False),
        ([SearchUnavailable("down")] * 30, 8, True),
        ([Refused("never")], 1, True),
        ([RuntimeError("ours")], 2, False),
        ([RuntimeError("ours")] * 2, 2, True),
    ],
    ids=["a short outage", "a long outage", "a refusal", "a fault once", "a fault"],
)
async def test_a_job_is_tried_as_its_error_deserves(
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    errors: list[Exception],
    tries: int,
    is_parked: bool,
) -> None:
    tried = 0
    left = list(errors)

    async def fail(desk: Desk, job: Job) -> None:
        nonlocal tried
        tried += 1
        if left:
            raise left.pop(0)

    monkeypatch.setattr(jobs, "WORK", {**jobs.WORK, "evaluate": fail})
    monkeypatch.setattr(attempts, "LONGEST_PAUSE_S", 0.01)
    with caplog.at_level(logging.INFO):
        await attempts.carry_out(desk, Job(name="evaluate", tenant=DEFAULT_TENANT), job_seconds=10)
    assert tried == tries
    assert ("job_parked" in caplog.text) is is_parked
    assert ("job_done" in caplog.text) is not is_parked


async def test_an_outage_is_waited_out_longer_each_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def noted(seconds: float) -> None:
        pauses.append(seconds)

    async def fail(desk: Desk, job: Job) -> None:
        raise SearchUnavailable("down")

    monkeypatch.setattr(jobs, "WORK", {**jobs.WORK, "evaluate": fail})
    monkeypatch.setattr(attempts.asyncio, "sleep", noted)
    await attempts.carry_out(desk, Job(name="evaluate", tenant=DEFAULT_TENANT), job_seconds=10)
    assert len(pauses) == attempts.MOST_OUTAGES - 1
    assert 1 <= pauses[0] <= 2
    assert 30 <= pauses[-1] <= 60


@pytest.mark.parametrize("name", JOB_NAMES)
async def test_every_job_there_is_can_be_done_on_an_empty_desk(
    desk: Desk, caplog: pytest.LogCaptureFixture, name: JobName
) -> None:
    with caplog.at_level(logging.DEBUG):
        await attempts.carry_out(desk, Job(name=name, tenant=DEFAULT_TENANT), job_seconds=30)
    assert "job_done" in caplog.text
    assert "job_failed" not in caplog.text
