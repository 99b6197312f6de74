"""The worker: what is uploaded gets read, once, whatever happens to the process that reads it."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from config.settings import Settings
from core.assembly import Desk, assemble
from core.documents import Document, DocumentStatus
from core.errors import SearchUnavailable
from core.search import Scope
from core.tenants import DEFAULT_TENANT
from core.uploads import Upload
from tests.fakes.commands import frontdesk
from workers import ingest
from workers.ingest import work

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

        with frontdesk("worker", "--data", str(tmp_path)):
            await until(is_ready)
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


async def test_an_upload_in_the_same_process_wakes_the_worker(desk: Desk) -> None:
    wake = asyncio.Event()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: work(desk.ingester, poll_seconds=3600, wake=wake))
        await anyio.sleep(0.2)
        await desk.ingester.accept([Upload(data=b"A lamp is brass.", name="lamp.txt")])
        wake.set()

        async def is_ready() -> bool:
            return await states(desk) == [DocumentStatus.READY]

        await until(is_ready, 10)
        assert not wake.is_set()
        tasks.cancel_scope.cancel()


class Failing:
    """An ingester whose rounds end as told, and then with a stop."""

    def __init__(self, *rounds: Exception | None) -> None:
        self.rounds = list(rounds)
        self.done = anyio.Event()

    async def run(self) -> AsyncIterator[Document]:
        if not self.rounds:
            self.done.set()
            return
        if error := self.rounds.pop(0):
            raise error
        return
        yield


@pytest.mark.parametrize("error", [SearchUnavailable("down"), RuntimeError("a fault of ours")])
async def test_a_failure_is_waited_out_and_the_loop_goes_on(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    sleep = anyio.sleep

    async def noted(seconds: float) -> None:
        pauses.append(seconds)
        await sleep(0)

    monkeypatch.setattr(ingest.anyio, "sleep", noted)
    failing = Failing(error, error, error, None)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: work(failing, poll_seconds=0.01))
        await failing.done.wait()
        tasks.cancel_scope.cancel()
    assert len(pauses) == 3, "each failure is followed by a pause, and none spins"
    assert 0.005 * 2 <= pauses[0] <= 0.02
    assert 0.005 * 8 <= pauses[2] <= 0.08


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

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: work(desk.ingester, poll_seconds=0.01))
        await until(is_over, 20)
        tasks.cancel_scope.cancel()
    fates = {each.name: each.status for each in await desk.ingester.catalogue.list(DEFAULT_TENANT)}
    assert fates == {"a.txt": "ready", "b.txt": "ready", "poison.txt": "refused"}


async def test_an_outage_however_long_refuses_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    index = desk.ingester.index
    replace = index.replace
    outages = 8

    async def failing(*given: Any) -> None:
        nonlocal outages
        if outages:
            outages -= 1
            raise SearchUnavailable("down")
        await replace(*given)

    monkeypatch.setattr(index, "replace", failing)
    monkeypatch.setattr(ingest, "LONGEST_PAUSE_S", 0.02)
    await desk.ingester.accept([Upload(data=b"A lamp is brass.", name="lamp.txt")])

    async def is_ready() -> bool:
        return await states(desk) == [DocumentStatus.READY]

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: work(desk.ingester, poll_seconds=0.01))
        await until(is_ready, 20)
        tasks.cancel_scope.cancel()
    found = await desk.searcher.search("brass lamp", Scope(tenant=DEFAULT_TENANT))
    assert len(found) == 1
