"""What every event stream promises, whichever system carries the events away."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import sys
import traceback
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, get_args

import anyio
import pytest
from fakeredis import FakeAsyncRedis, FakeServer
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from core.errors import EventsUnavailable, Misconfigured, Refused
from core.event_stream import LARGEST_BODY_BYTES, DeskEvent, EventStream, EventType
from core.kafka_stream import KafkaEventStream, KafkaTopic
from core.redis_stream import FIRST, RedisEventStream
from core.tenants import TenantId
from tests.services.kafka import PASSWORD, USER, KafkaBroker, kafka_broker
from tests.services.redis import RedisServer, redis_server

pytestmark = pytest.mark.anyio

ACME = TenantId("acme")
WORDS = "my lamp hums at night"
TIMEOUT_S = 4.0
"""Long enough for a broker in good health, short enough for a test of one that is not."""
ENDLESS_S = 60.0
"""A call that takes longer hangs."""

Read = Callable[[], Awaitable[list[DeskEvent]]]
Step = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A stream, what a reader has of it by now, and the ways its other side can fail."""

    stream: EventStream
    read: Read
    kill: Step
    start: Step
    pause: Step = lambda: None
    resume: Step = lambda: None

    async def read_once(self) -> list[DeskEvent]:
        """What a reader keeps who knows ids he has seen."""
        first: dict[str, DeskEvent] = {}
        for each in await self.read():
            first.setdefault(each.id, each)
        return list(first.values())


@pytest.fixture(scope="module")
def redis_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    with kafka_broker(tmp_path_factory.mktemp("kafka"), creates_topics=False) as running:
        yield running


@asynccontextmanager
async def in_fake_redis(request: pytest.FixtureRequest) -> AsyncIterator[Case]:
    server = FakeServer()
    async with FakeAsyncRedis(server=server) as client:
        stream = RedisEventStream(client, key="events", timeout_s=TIMEOUT_S)
        yield Case(
            stream=stream,
            read=lambda: whole_stream(stream),
            kill=lambda: setattr(server, "connected", False),
            start=lambda: setattr(server, "connected", True),
        )


@asynccontextmanager
async def in_redis(request: pytest.FixtureRequest) -> AsyncIterator[Case]:
    server: RedisServer = request.getfixturevalue("redis_process")
    # A pooled connection that the server has closed meanwhile is found out by using it.
    async with Redis.from_url(server.url, retry=Retry(NoBackoff(), 1)) as client:
        stream = RedisEventStream(client, key=uuid.uuid4().hex, timeout_s=TIMEOUT_S)
        yield Case(
            stream=stream,
            read=lambda: whole_stream(stream),
            kill=server.kill,
            start=server.start,
            pause=server.pause,
            resume=server.resume,
        )


@asynccontextmanager
async def in_kafka(request: pytest.FixtureRequest) -> AsyncIterator[Case]:
    broker: KafkaBroker = request.getfixturevalue("broker")
    topic = await new_topic(broker)
    yield Case(
        stream=KafkaEventStream(KafkaTopic(servers=broker.servers, name=topic, timeout_s=TIMEOUT_S * 2)),
        read=lambda: whole_topic(broker, topic),
        kill=broker.kill,
        start=broker.start,
        pause=broker.pause,
        resume=broker.resume,
    )


CASES: dict[str, Callable[[pytest.FixtureRequest], AbstractAsyncContextManager[Case]]] = {
    "fakeredis": in_fake_redis,
    "redis": in_redis,
    "kafka": in_kafka,
}
PROCESSES = [pytest.param(name, marks=pytest.mark.service) for name in ("redis", "kafka")]


@pytest.fixture(params=["fakeredis", *PROCESSES])
async def case(request: pytest.FixtureRequest) -> AsyncIterator[Case]:
    async with CASES[request.param](request) as made:
        try:
            yield made
        finally:
            await made.stream.close()


async def whole_stream(stream: RedisEventStream) -> list[DeskEvent]:
    found: list[DeskEvent] = []
    place = FIRST
    while entries := await stream.read(place, limit=70):
        found += [event for _, event in entries]
        place = entries[-1][0]
    return found


async def new_topic(broker: KafkaBroker) -> str:
    from aiokafka.admin import AIOKafkaAdminClient, NewTopic  # noqa: PLC0415 - the extra may be missing

    name = uuid.uuid4().hex
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.servers)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, num_partitions=3, replication_factor=1)])
    finally:
        await admin.close()
    return name


async def whole_topic(broker: KafkaBroker, topic: str) -> list[DeskEvent]:
    return [DeskEvent.decoded(record.value) for record in await records_of(broker, topic)]


async def records_of(broker: KafkaBroker, topic: str) -> list[Any]:
    """Every record of the topic, those of a partition in its order."""
    from aiokafka import AIOKafkaConsumer, TopicPartition  # noqa: PLC0415 - the extra may be missing

    consumer = AIOKafkaConsumer(bootstrap_servers=broker.servers, auto_offset_reset="earliest")
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, number) for number in range(3)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        found: list[Any] = []
        while any([await consumer.position(one) < ends[one] for one in partitions]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += records
        return found
    finally:
        await consumer.stop()


def event(number: int, conversation: str | None = "c1", **changes: Any) -> DeskEvent:
    plain: dict[str, Any] = {
        "id": f"answer:{conversation}:{number}",
        "type": "answer",
        "tenant": ACME,
        "occurred_at": datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(seconds=number),
        "conversation_id": conversation,
        "body": {"text": f"word {number}"},
    }
    return DeskEvent(**{**plain, **changes})


def ids(events: Sequence[DeskEvent]) -> list[str]:
    return [one.id for one in events]


def by_line(events: Sequence[DeskEvent]) -> dict[str, list[str]]:
    lines: dict[str, list[str]] = {}
    for one in events:
        lines.setdefault(one.line, []).append(one.id)
    return lines


async def step(do: Step) -> None:
    await asyncio.to_thread(do)


async def test_a_reader_gets_what_was_published(case: Case) -> None:
    told = [
        event(1, type="question", body={"text": "Wo ist mein Paket?", "channel": "web"}),
        event(2, body={"answer": {"text": "Unterwegs.", "citations": [{"n": 1}], "confidence": 0.75}}),
        event(3, type="feedback", body={"verdict": "up", "comment": None}),
        event(4, conversation=None, type="document", tenant=TenantId("other"), body={"status": "ready"}),
    ]
    await case.stream.publish(told)
    found = {one.id: one for one in await case.read()}
    assert found == {one.id: one for one in told}


async def test_nothing_to_publish_is_nothing_published(case: Case) -> None:
    await case.stream.publish([])
    assert await case.read() == []


async def test_events_of_a_conversation_keep_their_order(case: Case) -> None:
    told = [event(number, f"c{number % 7}") for number in range(300)]
    for start in range(0, len(told), 45):
        await case.stream.publish(told[start : start + 45])
    found = await case.read()
    assert len(found) == len(told)
    assert by_line(found) == by_line(told)


async def test_callers_at_the_same_time_lose_nothing(case: Case) -> None:
    async with anyio.create_task_group() as tasks:
        for conversation in range(8):
            batch = [event(number, f"c{conversation}") for number in range(20)]
            tasks.start_soon(case.stream.publish, batch)
    found = await case.read()
    assert len(found) == 160
    assert by_line(found)[f"{ACME}/c3"] == ids([event(number, "c3") for number in range(20)])


HOSTILE: dict[str, dict[str, Any]] = {
    "huge": {"text": random.Random(1).randbytes(1_500_000).hex(), "verdict": "up"},
    "many": {"rows": [["x" * 50] * 100] * 1000},
    "letters": {"text": "שלום 👩‍👩‍👧 ﷽ \u202e\u200d\ufeff e\u0301 \U0010ffff"},
    "nulls": {"text": "a\x00b\x1b[2J\r\n\t\x7f", "none": None, "": ""},
    "half characters": {"text": "\ud83d alone", "\udc00": [1]},
    "no numbers": {"score": float("nan"), "scores": [float("inf"), -0.0, 1e308]},
    "commands": {"text": "*3\r\n$3\r\nSET\r\n', \"; DROP TABLE outbox; -- ${jndi:ldap://x}"},
    "objects": {"at": datetime(2026, 1, 1, tzinfo=UTC), "of": (1, 2), "path": Path("a")},
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_body_arrives_and_holds_up_nothing(case: Case, name: str) -> None:
    hostile = event(1, body=HOSTILE[name])
    await case.stream.publish([event(0), hostile, event(2)])
    found = await case.read()
    assert ids(found) == ids([event(0), hostile, event(2)])
    assert found[1].body == hostile.as_json()["data"]
    json.dumps(found[1].body, allow_nan=False).encode()


async def test_hostile_ids_arrive(case: Case) -> None:
    told = [
        event(1, conversation, id=conversation + "?") for conversation in ("a\x00b", "ü/🪔\n", "c" * 5000)
    ]
    await case.stream.publish([*told, event(1, "half \ud83d", id="half \ud83d")])
    found = sorted(await case.read(), key=lambda one: len(one.id))
    assert [one.conversation_id for one in found] == ["a\x00b", "ü/🪔\n", "half ?", "c" * 5000]


async def test_an_outage_is_told_and_ends_by_itself(case: Case) -> None:
    await case.stream.publish([event(1)])
    await step(case.kill)
    for _ in range(2):
        with anyio.fail_after(ENDLESS_S), pytest.raises(EventsUnavailable):
            await case.stream.publish([event(2), event(3)])
    with anyio.fail_after(ENDLESS_S), pytest.raises(EventsUnavailable):
        await case.stream.check()
    await step(case.start)
    await case.stream.check()
    await case.stream.publish([event(2), event(3)])
    assert ids(await case.read_once()) == ids([event(1), event(2), event(3)])


@pytest.mark.parametrize("case", PROCESSES, indirect=True)
async def test_a_silent_server_is_given_up_and_taken_up_again(case: Case) -> None:
    await case.stream.publish([event(1)])
    case.pause()
    try:
        for _ in range(2):
            with anyio.fail_after(ENDLESS_S), pytest.raises(EventsUnavailable):
                await case.stream.publish([event(2), event(3)])
    finally:
        case.resume()
    await case.stream.publish([event(2), event(3), event(4)])
    assert ids(await case.read_once()) == ids([event(1), event(2), event(3), event(4)])


async def test_what_was_confirmed_survives_a_kill(case: Case) -> None:
    told = [event(number, f"c{number % 3}") for number in range(120)]
    await case.stream.publish(told)
    await step(case.kill)
    await step(case.start)
    assert by_line(await case.read()) == by_line(told)


async def test_a_kill_in_the_middle_loses_nothing(case: Case) -> None:
    told = [event(number, f"c{number % 5}") for number in range(600)]

    async def deliver() -> None:
        for start in range(0, len(told), 20):
            batch = told[start : start + 20]
            while True:
                try:
                    await case.stream.publish(batch)
                    break
                except EventsUnavailable:
                    await anyio.sleep(0.05)
            await anyio.sleep(0.01)

    with anyio.fail_after(3 * ENDLESS_S):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(deliver)
            for _ in range(2):
                await anyio.sleep(0.1)
                await step(case.kill)
                await step(case.start)
    assert by_line(await case.read_once()) == by_line(told)


async def test_closing_ends_while_the_other_side_is_away(case: Case) -> None:
    before = asyncio.all_tasks()
    await case.stream.publish([event(1)])
    await step(case.kill)
    with anyio.fail_after(ENDLESS_S):
        with pytest.raises(EventsUnavailable):
            await case.stream.publish([event(2)])
        await case.stream.close()
        await case.stream.close()
    await anyio.sleep(0.1)
    assert asyncio.all_tasks() == before
    await step(case.start)


@pytest.mark.parametrize("case", PROCESSES, indirect=True)
async def test_closing_ends_while_the_other_side_is_silent(case: Case) -> None:
    before = asyncio.all_tasks()
    await case.stream.publish([event(1)])
    case.pause()
    try:
        with anyio.move_on_after(0.3):
            await case.stream.publish([event(2)])
        with anyio.fail_after(ENDLESS_S):
            await case.stream.close()
        await anyio.sleep(0.1)
        assert asyncio.all_tasks() == before
    finally:
        case.resume()


async def test_what_customers_say_is_in_no_error_and_no_log(
    case: Case, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await case.stream.publish([event(1, body={"text": WORDS})])
    await step(case.kill)
    with pytest.raises(EventsUnavailable) as caught:
        await case.stream.publish([event(2, body={"text": WORDS})])
    await step(case.start)
    shown = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert WORDS not in shown


async def test_an_envelope_is_a_cloud_event() -> None:
    told = event(
        1, tenant=TenantId("acme"), occurred_at=datetime(2026, 3, 1, 13, tzinfo=timezone(timedelta(hours=1)))
    )
    assert told.as_json() == {
        "specversion": "1.0",
        "id": "answer:c1:1",
        "type": "frontdesk.answer",
        "source": "/frontdesk/acme",
        "subject": "c1",
        "time": "2026-03-01T12:00:00Z",
        "datacontenttype": "application/json",
        "data": {"text": "word 1"},
    }
    assert DeskEvent.from_json(told.as_json()) == told


async def test_an_event_too_large_says_so_and_keeps_saying_so() -> None:
    huge = event(1, body={"text": "ä" * LARGEST_BODY_BYTES, "verdict": "up"})
    sent = DeskEvent.from_json(huge.as_json())
    assert sent.is_shortened
    assert sent.body["verdict"] == "up"
    assert sent.body["text"] == "ä" * 20_000 + "…"
    assert sent.as_json()["shortened"] is True
    assert len(sent.encoded()) < 2 * LARGEST_BODY_BYTES


@pytest.mark.parametrize("sent", [b"", b"{", b"null", b"[]", b'{"id": 1}', b"\xff", '{"type": 5, "id": ""}'])
async def test_what_is_no_event_is_refused(sent: bytes | str) -> None:
    with pytest.raises(Refused, match="no event of the desk"):
        DeskEvent.decoded(sent)


async def test_redis_keeps_the_newest() -> None:
    async with FakeAsyncRedis() as client:
        stream = RedisEventStream(client, keep=50)
        for start in range(0, 400, 40):
            await stream.publish([event(number) for number in range(start, start + 40)])
        found = ids(await whole_stream(stream))
    assert 50 <= len(found) <= 200
    assert found == ids([event(number) for number in range(400)])[-len(found) :]


@pytest.mark.parametrize("as_text", [False, True], ids=["bytes", "text"])
async def test_a_redis_reader_goes_on_where_it_stood(as_text: bool) -> None:
    async with FakeAsyncRedis(decode_responses=as_text) as client:
        stream = RedisEventStream(client)
        assert await stream.newest() == FIRST
        await stream.publish([event(1), event(2)])
        place = await stream.newest()
        await stream.publish([event(3)])
        assert ids([one for _, one in await stream.read(place)]) == ids([event(3)])


@pytest.mark.service
async def test_another_thing_under_the_key_is_told_without_the_words(redis_process: RedisServer) -> None:
    async with Redis.from_url(redis_process.url) as client:
        await client.set("taken", "1")
        stream = RedisEventStream(client, key="taken")
        with pytest.raises(EventsUnavailable, match="'taken'") as caught:
            await stream.publish([event(1, body={"text": WORDS})])
        assert WORDS not in "".join(traceback.format_exception(caught.value))
        with pytest.raises(EventsUnavailable, match="'taken'"):
            await stream.check()


@pytest.mark.service
async def test_a_full_redis_is_told_and_loses_nothing(tmp_path: Path) -> None:
    with redis_server(tmp_path, maxmemory="4mb") as server:
        async with Redis.from_url(server.url) as client:
            stream = RedisEventStream(client)
            taken = 0
            with pytest.raises(EventsUnavailable, match="memory"):
                for taken in range(100):
                    await stream.publish([event(taken, body={"text": "x" * 100_000})])
            assert ids(await whole_stream(stream)) == ids([event(number) for number in range(taken)])


@pytest.mark.service
async def test_a_conversation_stays_in_one_kafka_partition(broker: KafkaBroker) -> None:
    topic = await new_topic(broker)
    stream = KafkaEventStream(KafkaTopic(servers=broker.servers, name=topic))
    try:
        await stream.publish([event(number, f"c{number % 12}") for number in range(120)])
    finally:
        await stream.close()
    records = await records_of(broker, topic)
    places = {(record.key, record.partition) for record in records}
    assert len(places) == 12
    assert len({partition for _, partition in places}) > 1
    assert b"acme/c1" in dict(places)
    assert dict(records[0].headers) == {"content-type": b"application/cloudevents+json; charset=UTF-8"}


@pytest.mark.service
async def test_a_topic_that_is_not_there_is_named(broker: KafkaBroker) -> None:
    stream = KafkaEventStream(KafkaTopic(servers=broker.servers, name="nowhere", timeout_s=TIMEOUT_S))
    try:
        with pytest.raises(EventsUnavailable, match="create it"):
            await stream.check()
        with pytest.raises(EventsUnavailable, match="'nowhere'"):
            await stream.publish([event(1)])
    finally:
        await stream.close()


@pytest.mark.service
async def test_kafka_takes_events_from_whoever_knows_the_password(broker: KafkaBroker) -> None:
    topic = await new_topic(broker)
    for password, is_known in ((PASSWORD, True), ("guess-it", False)):
        stream = KafkaEventStream(
            KafkaTopic(
                servers=broker.guarded,
                name=topic,
                user=USER,
                password=password,
                mechanism="PLAIN",
                timeout_s=TIMEOUT_S,
            )
        )
        try:
            if is_known:
                await stream.publish([event(1)])
                continue
            with pytest.raises(EventsUnavailable) as caught:
                await stream.publish([event(2)])
            assert password not in str(caught.value)
        finally:
            await stream.close()
    assert ids(await whole_topic(broker, topic)) == ids([event(1)])


@pytest.mark.parametrize("servers", ["", "localhost", "kafka://a:9092", ":9092", "a:9092,,b:9092", "a:x"])
async def test_servers_that_are_none_are_found_at_start(servers: str) -> None:
    with pytest.raises(Misconfigured, match="host:port"):
        KafkaEventStream(KafkaTopic(servers=servers))


async def test_certificates_that_are_none_are_found_at_start(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="certificates"):
        KafkaEventStream(KafkaTopic(servers="a:9092", tls=True, certificates=str(tmp_path / "none.pem")))


async def test_a_missing_extra_is_found_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiokafka", None)
    with pytest.raises(Misconfigured, match=r"pip install 'frontdesk\[kafka\]'"):
        KafkaEventStream(KafkaTopic(servers="a:9092"))


async def test_the_page_for_readers_shows_each_kind_of_event() -> None:
    page = (Path(__file__).parents[2] / "docs" / "events.md").read_text(encoding="utf-8")
    shown = [json.loads(block.split("```")[0]) for block in page.split("```json\n")[1:]]
    assert {DeskEvent.from_json(one).type for one in shown} == set(get_args(EventType))
    assert [DeskEvent.from_json(one).as_json() for one in shown] == shown
