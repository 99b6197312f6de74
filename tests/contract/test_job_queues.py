"""What every queue of jobs promises, whichever broker is behind it."""

import asyncio
import os
import signal
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Empty

import anyio
import pytest
from redis import Redis

from core.broker import celery_app, consumers, task_name
from core.celery_queue import CeleryQueue
from core.errors import QueueUnavailable
from core.jobs import JOB_NAMES, QUEUES, Job, JobQueue
from core.tenants import TenantId
from tests.services.redis import RedisServer, redis_server
from workers.in_process import InProcessQueue

pytestmark = pytest.mark.anyio

ACME, OTHER = TenantId("acme"), TenantId("other")
HANDED_OVER = {job_name: task_name(job_name) for job_name in JOB_NAMES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A queue, and what a worker that listens to one of its names is given."""

    queue: JobQueue
    taken: Callable[[str], Awaitable[list[Job]]]


async def in_process(server: Callable[[], RedisServer]) -> AsyncIterator[Case]:
    queue = InProcessQueue()

    async def taken(name: str) -> list[Job]:
        jobs = []
        with anyio.move_on_after(0.05):
            while True:
                jobs.append(await queue.take(name))
        return jobs

    yield Case(queue=queue, taken=taken)
    await queue.close()


async def celery(server: Callable[[], RedisServer]) -> AsyncIterator[Case]:
    async for case in on(server().url):
        yield case


async def celery_on_a_socket(server: Callable[[], RedisServer]) -> AsyncIterator[Case]:
    async for case in on(f"redis+socket://{server().folder}/redis.sock?virtual_host=3"):
        yield case


async def on(url: str) -> AsyncIterator[Case]:
    queue = CeleryQueue(url)

    async def taken(name: str) -> list[Job]:
        return await asyncio.to_thread(delivered, url, name)

    yield Case(queue=queue, taken=taken)
    await queue.close()


def delivered(url: str, name: str) -> list[Job]:
    app = celery_app(url)
    names = {task: job_name for job_name, task in HANDED_OVER.items()}
    jobs = []
    with app.connection_for_read() as connection, connection.SimpleQueue(app.amqp.queues[name]) as queue:
        while True:
            try:
                message = queue.get(block=False)
            except Empty:
                break
            message.ack()
            jobs.append(Job(name=names[message.headers["task"]], **message.payload[1]))
    app.close()
    return jobs


CASES = {"in process": in_process, "celery": celery, "celery on a socket": celery_on_a_socket}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], RedisServer]]:
    """Starts a server when the first test asks for it."""
    folder = tmp_path_factory.mktemp("redis")
    running: list[RedisServer] = []
    started = redis_server(folder, unixsocket=str(folder / "redis.sock"))

    def start() -> RedisServer:
        if not running:
            running.append(started.__enter__())
        return running[0]

    yield start
    if running:
        started.__exit__(None, None, None)


@pytest.fixture(
    params=[pytest.param(name, marks=pytest.mark.service if "celery" in name else ()) for name in CASES]
)
async def case(request: pytest.FixtureRequest, server: Callable[[], RedisServer]) -> AsyncIterator[Case]:
    async for made in CASES[request.param](server):
        for name in set(QUEUES.values()):
            await made.taken(name)
        yield made


async def test_a_job_arrives_as_it_was_put(case: Case) -> None:
    body = {"document": "ü\u2028\U0001f600", "nested": {"list": [1, 2.5, None, True]}, "quote": '"\\'}
    job = Job(name="ingest", tenant=ACME, body=body)
    await case.queue.put([job])
    assert await case.taken("ingest") == [job]


@pytest.mark.parametrize("name", JOB_NAMES)
async def test_every_job_waits_in_the_queue_that_is_its_own(case: Case, name: str) -> None:
    job = Job(name=name, tenant=ACME)
    await case.queue.put([job])
    waiting = {queue: await case.taken(queue) for queue in sorted(set(QUEUES.values()))}
    assert waiting == {queue: [job] if queue == QUEUES[name] else [] for queue in waiting}


async def test_jobs_keep_their_order(case: Case) -> None:
    jobs = [Job(name="ingest", tenant=ACME, body={"place": place}) for place in range(300)]
    for first in range(0, 300, 100):
        await case.queue.put(jobs[first : first + 100])
    assert await case.taken("ingest") == jobs


async def test_jobs_of_several_who_put_at_once_all_arrive(case: Case) -> None:
    jobs = [Job(name="ingest", tenant=OTHER) for _ in range(40)]
    async with anyio.create_task_group() as tasks:
        for job in jobs:
            tasks.start_soon(case.queue.put, [job])
    assert {job.id for job in await case.taken("ingest")} == {job.id for job in jobs}


async def test_a_job_put_twice_arrives(case: Case) -> None:
    job = Job(name="reap", tenant=ACME)
    await case.queue.put([job, job])
    assert set(map(repr, await case.taken("maintenance"))) == {repr(job)}


async def test_nothing_put_is_nothing_done(case: Case) -> None:
    await case.queue.put([])
    assert await case.taken("ingest") == []


async def test_a_queue_can_be_closed_twice(case: Case) -> None:
    await case.queue.put([Job(name="ingest", tenant=ACME)])
    await case.queue.close()
    await case.queue.close()


@pytest.fixture
def fragile(tmp_path: Path) -> Iterator[RedisServer]:
    """A server of the test's own, which may end."""
    with redis_server(tmp_path / "redis") as server:
        yield server


@pytest.mark.service
async def test_what_was_put_outlives_the_broker(fragile: RedisServer) -> None:
    queue, job = CeleryQueue(fragile.url), Job(name="ingest", tenant=ACME)
    await queue.put([job])
    fragile.kill()
    with pytest.raises(QueueUnavailable, match="did not answer"):
        await queue.put([Job(name="ingest", tenant=OTHER)])
    fragile.start()
    await queue.put([Job(name="reap", tenant=ACME)])
    await queue.close()
    assert delivered(fragile.url, "ingest") == [job]
    assert len(delivered(fragile.url, "maintenance")) == 1


@pytest.mark.service
async def test_a_broker_that_is_silent_stops_neither_the_loop_nor_the_caller(fragile: RedisServer) -> None:
    queue = CeleryQueue(fragile.url, timeout_s=0.5)
    await queue.put([Job(name="ingest", tenant=ACME)])
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            await anyio.sleep(0.01)
            turns += 1

    with Redis.from_url(fragile.url) as client:
        server = client.info("server")["process_id"]
    os.kill(server, signal.SIGSTOP)
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(turn)
            for _ in range(2):
                with anyio.fail_after(5), pytest.raises(QueueUnavailable):
                    await queue.put([Job(name="ingest", tenant=ACME)])
            tasks.cancel_scope.cancel()
    finally:
        os.kill(server, signal.SIGCONT)
    assert turns > 20
    with anyio.fail_after(30):
        while True:
            try:
                await queue.put([Job(name="reap", tenant=ACME)])
                break
            except QueueUnavailable:
                continue
    await queue.close()


@pytest.mark.service
async def test_a_full_broker_takes_nothing_and_says_so(tmp_path: Path) -> None:
    with redis_server(tmp_path / "redis", maxmemory="1mb", maxmemory_policy="noeviction") as server:
        queue = CeleryQueue(server.url)
        with pytest.raises(QueueUnavailable):
            await queue.put([Job(name="ingest", tenant=ACME, body={"much": "x" * 2_000_000})] * 4)
        await queue.close()


@pytest.mark.service
async def test_no_error_shows_a_password(fragile: RedisServer) -> None:
    url = fragile.url.replace("redis://", "redis://desk:sesame@")
    queue = CeleryQueue(url)
    with pytest.raises(QueueUnavailable) as raised:
        await queue.put([Job(name="ingest", tenant=ACME)])
    assert "sesame" not in str(raised.value)
    with pytest.raises(QueueUnavailable) as raised:
        await consumers(url)
    assert "sesame" not in str(raised.value)
    await queue.close()


@pytest.mark.service
async def test_a_queue_nobody_listens_to_counts_none(fragile: RedisServer) -> None:
    assert await consumers(fragile.url, timeout_s=0.3) == {"delivery": 0, "ingest": 0, "maintenance": 0}


@pytest.mark.parametrize(
    ("query", "checked"), [("", ssl.CERT_REQUIRED), ("?ssl_cert_reqs=none", ssl.CERT_NONE)]
)
def test_a_broker_over_tls_has_to_show_who_it_is_unless_told_otherwise(query: str, checked: int) -> None:
    app = celery_app(f"rediss://redis.test:6379/0{query}")
    assert app.connection_for_write().ssl["ssl_cert_reqs"] == checked
    app.close()
