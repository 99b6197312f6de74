"""Celery on Redis: no job is lost, whatever happens to the worker or the broker, and none runs for ever."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import anyio
import pytest
from kombu import Connection
from redis import Redis

from config.settings import RedisSettings, Settings
from core.assembly import Desk, assemble
from core.broker import KEY_PREFIX, celery_app, consumers
from core.documents import Document, DocumentStatus
from core.jobs import Job
from core.tenants import DEFAULT_TENANT, TenantId
from core.uploads import Upload
from tests.fakes.worker_process import Marks
from tests.services.redis import RedisServer, redis_server
from workers import jobs
from workers.app import Workers

pytestmark = [pytest.mark.anyio, pytest.mark.service]

ROOT = Path(__file__).parents[2]
ACME, BIT = TenantId("acme"), TenantId("bit")
LONG = " ".join(f"Sentence {number} tells of a lamp in the shop." for number in range(6000))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path / "redis") as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, server: RedisServer) -> Settings:
    return Settings(data=tmp_path / "data", redis=RedisSettings(url=server.url), _env_file=None)


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with assemble(settings) as assembled:
        yield assembled


@pytest.fixture
def marks(tmp_path: Path) -> Marks:
    return Marks(tmp_path / "marks")


@contextmanager
def worker(desk_settings: Settings, tmp_path: Path, **chosen: Any) -> Iterator[subprocess.Popen[str]]:
    """A worker in a process of its own, killed at the end."""
    given = {
        "data": str(desk_settings.data),
        "redis": desk_settings.redis.url.get_secret_value(),
        "marks": str(tmp_path / "marks"),
        **chosen,
    }
    clean = {name: value for name, value in os.environ.items() if not name.startswith("FRONTDESK_")}
    with (tmp_path / "worker.log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.fakes.worker_process", json.dumps(given)],
            cwd=ROOT,
            env=clean,
            text=True,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@asynccontextmanager
async def serving(desk: Desk, **options: Any) -> AsyncIterator[None]:
    """Workers in this process."""

    async def serve() -> None:
        await Workers().serve(desk, broker_url=desk.stores.redis.broker_url, **options)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(desk.stores.relay.run)
        tasks.start_soon(serve)
        yield
        tasks.cancel_scope.cancel()


async def until(claim: Callable[[], Any], seconds: float = 60) -> None:
    with anyio.fail_after(seconds):
        while True:
            met = claim()
            if met if isinstance(met, bool) else await met:
                return
            await anyio.sleep(0.05)


async def states(desk: Desk, tenant: TenantId = DEFAULT_TENANT) -> set[DocumentStatus]:
    return {document.status for document in await desk.ingester.catalogue.list(tenant)}


async def is_ready(desk: Desk, tenant: TenantId = DEFAULT_TENANT) -> bool:
    return await states(desk, tenant) == {DocumentStatus.READY}


async def upload(desk: Desk, *texts: str, tenant: TenantId = DEFAULT_TENANT) -> list[Document]:
    uploads = [
        Upload(data=text.encode(), name=f"{place}.txt", tenant=tenant) for place, text in enumerate(texts)
    ]
    accepted = []
    for first in range(0, len(uploads), 200):
        accepted += await desk.ingester.accept(uploads[first : first + 200])
    assert all(isinstance(one, Document) for one in accepted)
    return accepted


async def put(desk: Desk, *given: Job) -> None:
    assert desk.stores.queue is not None
    await desk.stores.queue.put(given)


def waiting(server: RedisServer) -> dict[str, int]:
    """How many jobs are in each queue, and how many in somebody's hands."""
    with Redis.from_url(server.url) as client:
        return {
            "ingest": client.llen(f"{KEY_PREFIX}ingest"),
            "maintenance": client.llen(f"{KEY_PREFIX}maintenance"),
            "taken": client.hlen(f"{KEY_PREFIX}unacked"),
        }


def is_empty(server: RedisServer) -> bool:
    return not any(waiting(server).values())


@contextmanager
def taker(server: RedisServer) -> Iterator[Connection]:
    """A connection that listens to uploads, and asks for them only when it is read."""
    app = celery_app(server.url, visible_after_s=1)
    with (
        app.connection_for_read() as connection,
        connection.Consumer([app.amqp.queues["ingest"]]) as consumer,
    ):
        connection.taken = []
        consumer.register_callback(lambda _, message: connection.taken.append(message.payload[1]["id"]))
        yield connection
    app.close()


def taken(connection: Connection) -> list[str]:
    with suppress(TimeoutError):
        connection.drain_events(timeout=0.2)
    return list(connection.taken)


def ends(*_: object) -> None:
    raise KeyboardInterrupt


async def test_an_upload_is_read_by_a_worker_in_another_process(
    desk: Desk, settings: Settings, tmp_path: Path
) -> None:
    with worker(settings, tmp_path):
        await upload(desk, "A lamp is brass.")
        await until(lambda: is_ready(desk))


async def test_a_job_whose_worker_is_killed_is_done_by_the_next(
    desk: Desk, server: RedisServer, settings: Settings, tmp_path: Path, marks: Marks
) -> None:
    job = Job(name="digest_feedback", tenant=ACME)
    await put(desk, job)
    with worker(settings, tmp_path, work={"digest_feedback": "die"}, job_seconds=1, margin_s=1) as first:
        await until(lambda: first.poll() is not None)
    assert marks.read() == [f"died {job.id}"]
    with worker(settings, tmp_path, work={"digest_feedback": "mark"}, job_seconds=1, margin_s=1):
        await until(lambda: f"done {job.id}" in marks.read())
        await until(lambda: waiting(server)["taken"] == 0)


async def test_a_job_that_always_kills_its_worker_is_given_up(
    desk: Desk, server: RedisServer, settings: Settings, tmp_path: Path, marks: Marks
) -> None:
    job = Job(name="digest_feedback", tenant=ACME)
    await put(desk, job)
    for _ in range(5):
        with worker(
            settings,
            tmp_path,
            work={"digest_feedback": "die", "evaluate": "mark"},
            job_seconds=0.5,
            margin_s=0.5,
        ) as process:
            await until(lambda process=process: process.poll() is not None)
    after = Job(name="evaluate", tenant=ACME)
    await put(desk, after)
    with worker(
        settings, tmp_path, work={"digest_feedback": "die", "evaluate": "mark"}, job_seconds=0.5, margin_s=0.5
    ) as last:
        await until(lambda: "job_parked" in (tmp_path / "worker.log").read_text())
        await until(lambda: f"done {after.id}" in marks.read())
        await until(lambda: is_empty(server))
        assert last.poll() is None
    assert marks.read().count(f"died {job.id}") == 5


async def test_documents_in_the_hands_of_a_killed_worker_end_ready_once(
    desk: Desk, settings: Settings, tmp_path: Path
) -> None:
    accepted = await upload(desk, LONG, *(f"Lamp number {place} is brass." for place in range(20)))

    async def is_reading() -> bool:
        return DocumentStatus.READING in await states(desk)

    with worker(settings, tmp_path) as first:
        await until(is_reading)
        first.kill()
        first.wait()
    assert DocumentStatus.READY not in await states(desk)
    with worker(settings, tmp_path):
        await until(lambda: is_ready(desk))
    documents = await desk.ingester.catalogue.list(DEFAULT_TENANT)
    assert {document.id for document in documents} == {document.id for document in accepted}
    count = await desk.searcher.index.count(DEFAULT_TENANT)
    assert count == sum(document.passages for document in documents)
    ended = (tmp_path / "worker.log").read_text().count('"document_ended"')
    assert ended == len(accepted)


async def test_a_broker_killed_in_the_middle_of_work_loses_no_job(
    desk: Desk, server: RedisServer, settings: Settings, tmp_path: Path, marks: Marks
) -> None:
    given = [Job(name="ingest", tenant=ACME, body={"place": place}) for place in range(30)]
    await put(desk, *given)
    with worker(settings, tmp_path, work={"ingest": "pause"}, job_seconds=3, margin_s=2):
        await until(lambda: len(marks.read()) >= 6)
        server.kill()
        await anyio.sleep(1)
        server.start()
        await until(lambda: {f"done {job.id}" for job in given} <= set(marks.read()))
        await until(lambda: is_empty(server))


async def test_a_job_whose_taker_ends_as_it_is_handed_on_goes_to_another(
    desk: Desk, server: RedisServer
) -> None:
    job = Job(name="ingest", tenant=ACME)
    await put(desk, job)
    with taker(server) as dying:
        dying.transport._deliver = ends
        with pytest.raises(KeyboardInterrupt):
            dying.drain_events(timeout=5)
        assert waiting(server) == {"ingest": 0, "maintenance": 0, "taken": 1}
    with taker(server) as other:
        await until(lambda: taken(other) == [job.id], 20)


async def test_a_job_that_comes_when_its_taker_no_longer_listens_stays(
    desk: Desk, server: RedisServer
) -> None:
    with taker(server) as deaf, taker(server) as other:
        assert taken(deaf) == taken(other) == []
        job = Job(name="ingest", tenant=ACME)
        await put(desk, job)
        await until(lambda: taken(other) == [job.id], 5)


async def test_a_worker_waits_for_a_broker_that_is_not_there_yet(
    desk: Desk, server: RedisServer, settings: Settings, tmp_path: Path
) -> None:
    server.stop()
    with worker(settings, tmp_path) as process:
        await upload(desk, "A lamp is brass.")
        await until(lambda: "Cannot connect" in (tmp_path / "worker.log").read_text())
        assert process.poll() is None
        assert await states(desk) == {DocumentStatus.QUEUED}
        server.start()
        await until(lambda: is_ready(desk))


async def test_a_worker_that_waits_for_the_broker_stops_when_told(
    server: RedisServer, settings: Settings, tmp_path: Path
) -> None:
    server.stop()
    with worker(settings, tmp_path) as process:
        await until(lambda: "Cannot connect" in (tmp_path / "worker.log").read_text())
        process.terminate()
        assert process.wait(20) == 0


async def test_a_worker_whose_broker_hangs_stops_when_told(
    server: RedisServer, settings: Settings, tmp_path: Path
) -> None:
    with worker(settings, tmp_path) as process, Redis.from_url(server.url) as client:
        await until(lambda: "job_done" in (tmp_path / "worker.log").read_text())
        redis = client.info("server")["process_id"]
        os.kill(redis, signal.SIGSTOP)
        try:
            await anyio.sleep(1)
            process.terminate()
            assert process.wait(30) == 0
        finally:
            os.kill(redis, signal.SIGCONT)


async def test_a_worker_told_to_stop_puts_its_job_and_its_documents_back(
    desk: Desk, server: RedisServer, settings: Settings, tmp_path: Path
) -> None:
    await upload(desk, LONG)

    async def is_reading() -> bool:
        return DocumentStatus.READING in await states(desk)

    with worker(settings, tmp_path) as process:
        await until(is_reading)
        process.terminate()
        assert process.wait(20) == 0
    assert await states(desk) == {DocumentStatus.QUEUED}
    assert waiting(server)["ingest"] >= 1
    assert waiting(server)["taken"] == 0


async def test_a_broker_that_forgot_everything_holds_up_no_document(desk: Desk, server: RedisServer) -> None:
    await upload(desk, "A lamp is brass.")
    await desk.stores.relay.flush("jobs")
    assert waiting(server)["ingest"] == 1
    with Redis.from_url(server.url) as client:
        client.flushall()
    async with serving(desk):
        await until(lambda: is_ready(desk))


async def test_a_job_delivered_again_and_again_does_no_harm(desk: Desk, server: RedisServer) -> None:
    accepted = await upload(desk, *(f"Lamp number {place} is brass." for place in range(50)))
    job = Job(name="ingest", tenant=DEFAULT_TENANT)
    await put(desk, *[job] * 6, *[Job(name="ingest", tenant=DEFAULT_TENANT) for _ in range(6)])
    async with serving(desk, concurrency=4):
        await until(lambda: is_ready(desk))
        await until(lambda: is_empty(server))
    assert await desk.searcher.index.count(DEFAULT_TENANT) == len(accepted)


async def test_one_tenants_thousands_do_not_keep_another_waiting(desk: Desk) -> None:
    await upload(desk, *(f"Lamp number {place} is brass." for place in range(2000)), tenant=ACME)
    async with serving(desk, concurrency=1):

        async def has_begun() -> bool:
            return bool((await desk.ingester.catalogue.counts(ACME)).get(DocumentStatus.READY))

        await until(has_begun)
        await upload(desk, "A tap drips.", tenant=BIT)
        await until(lambda: is_ready(desk, BIT))
        left = await desk.ingester.catalogue.counts(ACME)
        assert left[DocumentStatus.QUEUED] > 1000
        await until(lambda: is_ready(desk, ACME), 120)


async def test_long_maintenance_does_not_hold_up_uploads(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(desk: Desk, job: Job) -> None:
        await anyio.sleep_forever()

    monkeypatch.setattr(jobs, "WORK", {**jobs.WORK, "reindex": hang})
    await put(desk, *[Job(name="reindex", tenant=ACME) for _ in range(5)])
    async with serving(desk, concurrency=1):
        await anyio.sleep(1)
        await upload(desk, "A lamp is brass.")
        await until(lambda: is_ready(desk))


async def test_a_job_that_takes_too_long_is_broken_off(
    desk: Desk, server: RedisServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ends: list[str] = []

    async def hang(desk: Desk, job: Job) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ends.append(job.id)

    monkeypatch.setattr(jobs, "WORK", {**jobs.WORK, "evaluate": hang})
    job = Job(name="evaluate", tenant=ACME)
    await put(desk, job)
    async with serving(desk, job_seconds=1):
        await until(lambda: "job_parked" in caplog.text)
        await until(lambda: is_empty(server))
    assert ends == [job.id]


async def test_every_queue_has_a_worker_that_listens(desk: Desk) -> None:
    broker = desk.stores.redis.broker_url
    async with serving(desk):
        await until(lambda: has(broker, {"delivery": 1, "ingest": 1, "maintenance": 1}))
    async with serving(desk, queues=("ingest",)):
        await until(lambda: has(broker, {"delivery": 0, "ingest": 1, "maintenance": 0}))


async def has(broker: str, listeners: dict[str, int]) -> bool:
    return await consumers(broker, timeout_s=0.5) == listeners
