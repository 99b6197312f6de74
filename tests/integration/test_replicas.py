"""One model on several servers: who is asked, who is left alone, and what a customer notices of it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

import pytest

from core.chat_model import ChatModelGenerator
from core.errors import GenerationUnavailable
from core.language_model import LanguageModel
from core.model_server import ChatModel
from core.replicas import Patience, Replicas
from tests.fakes.chat_server import FOREVER, ChatServer, Drop, Refuse, Say, Step, Stop, Usage, Wait, words
from tests.integration.test_chat_model import TASK

pytestmark = pytest.mark.anyio

GOOD = words("It is free [1].")
QUICK = Patience(failures=2, pause_s=0.05, longest_pause_s=0.2, check_s=0.5)
PATIENT = Patience(failures=2, pause_s=60, longest_pause_s=600, check_s=0.5)


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Pool:
    """Three replicas that are asked by hand, and whose health is set by hand."""

    def __init__(self, **chosen: Any) -> None:
        self.clock = Clock()
        self.checked: list[str] = []
        self.ill: set[str] = set()
        patience = Patience(**({"failures": 3, "pause_s": 10, "longest_pause_s": 40} | chosen))
        self.replicas = Replicas(["a", "b", "c"], is_well=self.is_well, patience=patience, clock=self.clock)

    async def is_well(self, url: str) -> bool:
        self.checked.append(url)
        if url in self.ill:
            raise GenerationUnavailable("ill")
        return True

    async def fail(self, url: str, times: int) -> None:
        others = {"a", "b", "c"} - {url}
        for _ in range(times):
            lease = await self.replicas.take(without=others)
            lease.failed()
            lease.release()

    async def answer(self, url: str, *, seconds: float = 0.0) -> None:
        lease = await self.replicas.take(without={"a", "b", "c"} - {url})
        self.clock.now += seconds
        lease.spoke()
        lease.done()
        lease.release()


async def test_the_replica_with_the_least_to_do_is_asked() -> None:
    pool = Pool()
    leases = [await pool.replicas.take() for _ in range(6)]
    assert sorted(lease.url for lease in leases) == ["a", "a", "b", "b", "c", "c"]
    for lease in leases:
        if lease.url == "b":
            lease.release()
            lease.release()
    assert [(await pool.replicas.take()).url for _ in range(2)] == ["b", "b"]


async def test_of_idle_replicas_the_quickest_lately_is_asked() -> None:
    pool = Pool()
    for url, seconds in (("a", 0.5), ("b", 0.1), ("c", 0.9)):
        await pool.answer(url, seconds=seconds)
    assert (await pool.replicas.take()).url == "b"


async def test_a_slow_replica_gets_another_chance_when_time_has_passed() -> None:
    pool = Pool()
    await pool.answer("a", seconds=5)
    await pool.answer("b", seconds=0.1)
    await pool.answer("c", seconds=4)
    pool.clock.now += 600
    await pool.answer("b", seconds=0.1)
    assert (await pool.replicas.take()).url in {"a", "c"}


async def test_failures_in_a_row_open_the_circuit_and_a_good_reply_between_them_does_not() -> None:
    pool = Pool()
    await pool.fail("a", 2)
    await pool.answer("a")
    await pool.fail("a", 2)
    assert (await pool.replicas.take(without={"b", "c"})).url == "a"
    await pool.fail("a", 1)
    with pytest.raises(GenerationUnavailable, match="3 servers"):
        await pool.replicas.take(without={"b", "c"})
    assert pool.checked == []


async def test_replies_that_always_break_off_open_it_though_their_first_words_came() -> None:
    pool = Pool()
    for _ in range(3):
        lease = await pool.replicas.take(without={"b", "c"})
        lease.spoke()
        lease.failed()
        lease.release()
    with pytest.raises(GenerationUnavailable):
        await pool.replicas.take(without={"b", "c"})


async def test_after_the_pause_the_health_is_checked_beside_requests_that_others_take() -> None:
    pool = Pool()
    await pool.fail("a", 3)
    pool.clock.now += 13
    assert (await pool.replicas.take()).url in {"b", "c"}
    await asyncio.sleep(0)
    assert pool.checked == ["a"]
    assert (await pool.replicas.take(without={"b", "c"})).url == "a"


async def test_a_replica_that_is_back_is_tried_by_one_request_first() -> None:
    pool = Pool()
    await pool.fail("a", 3)
    pool.clock.now += 13
    trial = await pool.replicas.take(without={"b", "c"})
    with pytest.raises(GenerationUnavailable):
        await pool.replicas.take(without={"b", "c"})
    trial.spoke()
    assert (await pool.replicas.take(without={"b", "c"})).url == "a"


async def test_a_trial_that_the_customer_left_is_made_by_the_next() -> None:
    pool = Pool()
    await pool.fail("a", 3)
    pool.clock.now += 13
    (await pool.replicas.take(without={"b", "c"})).release()
    assert (await pool.replicas.take(without={"b", "c"})).url == "a"


async def test_the_pause_grows_with_each_failed_check_up_to_a_limit_and_ends_with_a_good_reply() -> None:
    pool = Pool()
    await pool.fail("a", 3)
    pool.ill.add("a")
    for longest in (12, 24, 48, 48, 48):
        shortest = longest / 1.2 * 0.8
        pool.clock.now += shortest - 1
        checks = len(pool.checked)
        with pytest.raises(GenerationUnavailable):
            await pool.replicas.take(without={"b", "c"})
        assert len(pool.checked) == checks
        pool.clock.now += longest - shortest + 1
        with pytest.raises(GenerationUnavailable):
            await pool.replicas.take(without={"b", "c"})
        assert len(pool.checked) == checks + 1
    pool.ill.clear()
    pool.clock.now += 48
    await pool.answer("a")
    await pool.fail("a", 3)
    pool.clock.now += 12
    await pool.answer("a")


async def test_a_failed_trial_leaves_it_alone_at_once() -> None:
    pool = Pool()
    await pool.fail("a", 3)
    pool.clock.now += 13
    await pool.fail("a", 1)
    with pytest.raises(GenerationUnavailable):
        await pool.replicas.take(without={"b", "c"})


async def test_however_many_wait_a_server_is_checked_once() -> None:
    pool = Pool()
    for url in "abc":
        await pool.fail(url, 3)
    pool.ill |= {"a", "b"}
    pool.clock.now += 13
    results = await asyncio.gather(*(pool.replicas.take() for _ in range(20)), return_exceptions=True)
    assert sorted(pool.checked) == ["a", "b", "c"]
    taken = [result for result in results if not isinstance(result, BaseException)]
    assert [lease.url for lease in taken] == ["c"]
    assert all(isinstance(each, GenerationUnavailable) for each in results if each not in taken)


async def test_a_check_that_hangs_is_given_up() -> None:
    async def hangs(url: str) -> bool:
        await asyncio.sleep(60)
        return True

    clock = Clock()
    replicas = Replicas(["a"], is_well=hangs, patience=Patience(failures=1, check_s=0.05), clock=clock)
    (await replicas.take()).failed()
    clock.now += 2
    with pytest.raises(GenerationUnavailable):
        await replicas.take()


async def test_closing_ends_a_check_that_is_under_way() -> None:
    async def hangs(url: str) -> bool:
        await asyncio.sleep(60)
        return True

    clock = Clock()
    replicas = Replicas(["a", "b"], is_well=hangs, patience=Patience(failures=1, check_s=60), clock=clock)
    (await replicas.take(without={"b"})).failed()
    clock.now += 2
    assert (await replicas.take()).url == "b"
    before = asyncio.all_tasks()
    await replicas.close()
    assert len(before) - len(asyncio.all_tasks()) == 1


async def test_a_busy_replica_rests_without_being_taken_for_broken() -> None:
    pool = Pool()
    lease = await pool.replicas.take(without={"b", "c"})
    lease.rest(5)
    lease.release()
    with pytest.raises(GenerationUnavailable):
        await pool.replicas.take(without={"b", "c"})
    pool.clock.now += 5
    assert (await pool.replicas.take(without={"b", "c"})).url == "a"
    assert pool.checked == []


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[ChatServer, ChatServer]]:
    with ChatServer() as first, ChatServer() as second:
        yield first, second


@pytest.fixture
def servers(running: tuple[ChatServer, ChatServer]) -> tuple[ChatServer, ChatServer]:
    for server in running:
        server.requests.clear()
        server.asked.clear()
        server.listed = server.counted = server.checked = 0
        server.health, server.window, server.count = 200, None, None
        server.usually = GOOD
        server._scripts.clear()
    return running


@pytest.fixture
async def pair(servers: tuple[ChatServer, ChatServer]) -> AsyncIterator[ChatModelGenerator]:
    built = generator_for(*servers)
    yield built
    await built.close()


def generator_for(
    *servers: ChatServer, patience: Patience = PATIENT, timeout_s: float = 5
) -> ChatModelGenerator:
    model = ChatModel(urls=tuple(server.url for server in servers), model="m", timeout_s=timeout_s)
    return ChatModelGenerator(LanguageModel(model, patience=patience), instructions="Be brief.")


async def texts(generator: ChatModelGenerator) -> list[str]:
    async with aclosing(generator.draft(TASK)) as stream:
        return [draft.text async for draft in stream]


async def test_conversations_are_spread_over_the_replicas(
    servers: tuple[ChatServer, ChatServer], pair: ChatModelGenerator
) -> None:
    for server in servers:
        server.usually = [Say("It is "), Wait(0.2), *GOOD]
    await asyncio.gather(*(texts(pair) for _ in range(20)))
    assert [len(server.requests) for server in servers] == [10, 10]


BEFORE_THE_FIRST_WORD: dict[str, list[Step]] = {
    "broken": [Refuse(500)],
    "starting": [Refuse(503)],
    "overloaded": [Refuse(429, {"retry-after": "60"})],
    "locked": [Refuse(401)],
    "without the model": [Refuse(404)],
    "hanging up": [Drop()],
    "hanging up after a breath": [Say(""), Wait(0.05), Drop()],
    "ending without a word": [Usage(), Stop()],
    "silent": [FOREVER],
    "silent after a breath": [Say(""), FOREVER],
}


@pytest.mark.parametrize("how", BEFORE_THE_FIRST_WORD)
async def test_before_the_first_word_another_replica_takes_over(
    servers: tuple[ChatServer, ChatServer], how: str
) -> None:
    generator = generator_for(*servers, timeout_s=1)
    servers[0].enqueue(*BEFORE_THE_FIRST_WORD[how])
    assert await texts(generator) == ["It is free."]
    assert [len(server.requests) for server in servers] == [1, 1]
    await generator.close()


async def test_a_replica_nobody_answers_at_costs_the_customer_nothing(
    servers: tuple[ChatServer, ChatServer],
) -> None:
    first, second = servers
    generator = generator_for(first, second)
    first.stop()
    try:
        for _ in range(5):
            assert await texts(generator) == ["It is free."]
    finally:
        first.start()
    assert len(second.requests) == 5
    await generator.close()


async def test_what_is_wrong_with_the_request_is_not_asked_of_another(
    servers: tuple[ChatServer, ChatServer], pair: ChatModelGenerator
) -> None:
    for server in servers:
        server.enqueue(Refuse(400))
    with pytest.raises(GenerationUnavailable, match="400"):
        await texts(pair)
    assert sum(len(server.requests) for server in servers) == 1


async def test_after_the_first_word_a_break_is_told_and_nothing_is_asked_again(
    servers: tuple[ChatServer, ChatServer], pair: ChatModelGenerator
) -> None:
    for server in servers:
        server.enqueue(Say("It is free [1]. It takes"), Wait(0.05), Drop())
    got = []
    with pytest.raises(GenerationUnavailable):
        async for draft in pair.draft(TASK):
            got.append(draft.text)
    assert got == ["It is free."]
    assert sum(len(server.requests) for server in servers) == 1


async def test_while_all_are_left_alone_nobody_is_asked(servers: tuple[ChatServer, ChatServer]) -> None:
    generator = generator_for(*servers)
    for server in servers:
        server.usually = [Refuse(500)]
    for _ in range(2):
        with pytest.raises(GenerationUnavailable):
            await texts(generator)
    asked = [len(server.requests) for server in servers]
    for _ in range(10):
        with pytest.raises(GenerationUnavailable, match="none of the language model's 2 servers"):
            await texts(generator)
    assert [len(server.requests) for server in servers] == asked
    await generator.close()


@pytest.mark.parametrize("health", [200, None])
async def test_servers_that_went_away_are_found_again(
    servers: tuple[ChatServer, ChatServer], health: int | None
) -> None:
    generator = generator_for(*servers, patience=QUICK)
    for server in servers:
        server.health = health
        server.stop()
    try:
        for _ in range(3):
            with pytest.raises(GenerationUnavailable):
                await texts(generator)
    finally:
        for server in servers:
            server.start()
    await asyncio.sleep(QUICK.longest_pause_s * 1.3)
    assert await texts(generator) == ["It is free."]
    await generator.close()


async def test_a_server_whose_engine_is_dead_is_not_asked_again_until_it_says_it_is_well(
    servers: tuple[ChatServer, ChatServer],
) -> None:
    dead, other = servers
    generator = generator_for(dead, other, patience=QUICK)
    dead.usually, dead.health = [Refuse(500)], 503
    for _ in range(4):
        assert await texts(generator) == ["It is free."]
    asked = len(dead.requests)
    for _ in range(4):
        await asyncio.sleep(QUICK.longest_pause_s * 1.3)
        assert await texts(generator) == ["It is free."]
    assert (len(dead.requests), dead.checked > 0) == (asked, True)
    dead.usually, dead.health = GOOD, 200
    for _ in range(4):
        await asyncio.sleep(QUICK.longest_pause_s * 1.3)
        await texts(generator)
    assert len(dead.requests) > asked
    await generator.close()


async def test_leaving_frees_the_replica(
    servers: tuple[ChatServer, ChatServer], pair: ChatModelGenerator
) -> None:
    for server in servers:
        server.usually = [Say("It is free [1]. And so"), FOREVER]
    for _ in range(6):
        async with aclosing(pair.draft(TASK)) as stream:
            assert (await anext(stream)).text == "It is free."
    assert all(replica.in_flight == 0 for replica in pair._model._replicas._replicas)
    for server in servers:
        for seen in server.requests:
            assert await asyncio.to_thread(seen.disconnected.wait, 3)


async def test_a_hundred_conversations_survive_replicas_that_come_and_go(
    servers: tuple[ChatServer, ChatServer],
) -> None:
    generator = generator_for(*servers, patience=QUICK)
    for server in servers:
        server.usually = [Say("It is "), Wait(0.01), *words("free [1].")]
    outcomes: list[list[str] | None] = []

    async def converse() -> None:
        for _ in range(3):
            try:
                outcomes.append(await texts(generator))
            except GenerationUnavailable:
                outcomes.append(None)

    conversations = [asyncio.create_task(converse()) for _ in range(100)]
    await asyncio.to_thread(servers[0].stop)
    await asyncio.sleep(0.2)
    await asyncio.to_thread(servers[0].start)
    await asyncio.gather(*conversations)
    assert len(outcomes) == 300
    assert all(outcome in (["It is free."], None) for outcome in outcomes)
    assert outcomes.count(None) <= 100
    await generator.close()


async def test_what_is_logged_of_a_replica_are_its_address_and_times(
    servers: tuple[ChatServer, ChatServer], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "core")
    generator = generator_for(servers[0], patience=QUICK)
    servers[0].usually = [Refuse(500)]
    with pytest.raises(GenerationUnavailable):
        await texts(generator)
    servers[0].usually = GOOD
    await asyncio.sleep(QUICK.longest_pause_s * 1.3)
    await texts(generator)
    assert [record.message for record in caplog.records] == ["replica_left_alone", "replica_is_back"]
    assert all(TASK.question not in str(record.__dict__) for record in caplog.records)
    await generator.close()
