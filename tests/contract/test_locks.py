"""What locks and idempotency keys promise, wherever their Redis is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from core.errors import Busy, MemoryUnavailable
from core.locks import Claim, IdempotencyKeys, Locks
from core.redis_server import RedisHandle, key, open_redis
from tests.services.redis import redis_server
from tests.services.redis_places import PLACES, redis_in

pytestmark = pytest.mark.anyio

HANGS_S = 20.0
"""A call that takes longer hangs."""


@pytest.fixture(params=PLACES)
async def handle(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RedisHandle]:
    async with redis_in(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture
def locks(handle: RedisHandle) -> Locks:
    return Locks(handle.client)


@pytest.fixture
def keys(handle: RedisHandle) -> IdempotencyKeys:
    return IdempotencyKeys(handle.client)


async def is_free(locks: Locks, *name: str) -> bool:
    try:
        async with locks.hold("conversation", *name, wait_s=0):
            return True
    except Busy:
        return False


async def test_one_at_a_time(handle: RedisHandle) -> None:
    inside = most = done = 0

    async def work() -> None:
        nonlocal inside, most, done
        async with Locks(handle.client).hold("conversation", "acme", "talk"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.01)
            inside -= 1
            done += 1

    await asyncio.gather(*(work() for _ in range(12)))
    assert (most, done) == (1, 12)


async def test_different_names_do_not_wait_for_each_other(locks: Locks) -> None:
    async with locks.hold("conversation", "acme", "talk"):
        assert await is_free(locks, "acme", "other")
        assert await is_free(locks, "beta", "talk")
        assert not await is_free(locks, "acme", "talk")
    assert await is_free(locks, "acme", "talk")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a:b", "c"), ("a", "b:c")),
        (("", "a"), ("a", "")),
        (("\ud800",), ("\ufffd",)),
        (("x" * 99_999,), ("x" * 100_000,)),
    ],
    ids=range(4),
)
async def test_no_two_names_are_taken_for_each_other(
    locks: Locks, one: tuple[str, ...], other: tuple[str, ...]
) -> None:
    async with locks.hold("conversation", *one):
        assert not await is_free(locks, *one)
        assert await is_free(locks, *other)


async def test_who_waits_in_vain_is_told(locks: Locks) -> None:
    async with locks.hold("conversation", "acme", "talk"):
        with pytest.raises(Busy, match=r"another request of this conversation is still at work after 0\.2 s"):
            async with locks.hold("conversation", "acme", "talk", wait_s=0.2):
                pytest.fail("it was held by two")


async def test_a_fault_inside_lets_go(locks: Locks) -> None:
    with pytest.raises(ZeroDivisionError):
        async with locks.hold("conversation", "acme", "talk"):
            raise ZeroDivisionError
    assert await is_free(locks, "acme", "talk")


async def test_a_customer_who_leaves_lets_go(locks: Locks) -> None:
    async def work() -> None:
        async with locks.hold("conversation", "acme", "talk"):
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.wait([task])
    assert await is_free(locks, "acme", "talk")
    with anyio.move_on_after(0.1):
        await work()
    assert await is_free(locks, "acme", "talk")


async def test_it_is_held_for_as_long_as_the_work_takes(locks: Locks) -> None:
    async with locks.hold("conversation", "acme", "talk", for_s=1.5):
        for _ in range(20):
            await asyncio.sleep(0.1)
            assert not await is_free(locks, "acme", "talk")


async def test_what_a_dead_process_held_is_free_after_a_while(locks: Locks, handle: RedisHandle) -> None:
    await handle.client.set(key("lock:conversation", "acme", "talk"), "the token of the dead", px=500)
    assert not await is_free(locks, "acme", "talk")
    async with locks.hold("conversation", "acme", "talk", wait_s=10):
        assert not await is_free(locks, "acme", "talk")


async def test_a_lock_that_somebody_else_got_is_not_taken_from_them(
    locks: Locks, handle: RedisHandle, caplog: pytest.LogCaptureFixture
) -> None:
    name = key("lock:conversation", "acme", "talk")
    async with locks.hold("conversation", "acme", "talk", for_s=0.3):
        await handle.client.set(name, "somebody else's token")
        await asyncio.sleep(0.3)
    assert await handle.client.get(name) == b"somebody else's token"
    assert "lock_lost" in [record.message for record in caplog.records]


@pytest.mark.service
async def test_without_redis_the_work_goes_on_and_it_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with redis_server(tmp_path / "given") as server:
        async with open_redis(server.url, tmp_path, may_start=False) as handle:
            locks, done = Locks(handle.client), 0
            server.kill()
            with caplog.at_level(logging.WARNING):
                async with asyncio.timeout(HANGS_S):
                    for _ in range(5):
                        async with locks.hold("conversation", "acme", "talk"):
                            done += 1
            assert done == 5
            assert [record.message for record in caplog.records] == ["locks_unavailable"]


@pytest.mark.service
async def test_an_outage_while_it_is_held_costs_nothing(tmp_path: Path) -> None:
    with redis_server(tmp_path / "given") as server:
        async with open_redis(server.url, tmp_path, may_start=False) as handle:
            locks = Locks(handle.client)
            async with locks.hold("conversation", "acme", "talk", for_s=1.5):
                server.kill()
                await asyncio.sleep(0.7)
            server.start()
            await asyncio.sleep(1.1)
            async with locks.hold("conversation", "acme", "talk", for_s=3, wait_s=10):
                server.kill()
                server.start()
                await asyncio.sleep(2)
                assert not await is_free(locks, "acme", "talk")


async def test_the_first_of_a_key_works_and_the_next_gets_its_result(keys: IdempotencyKeys) -> None:
    first = await keys.claim("acme/sms", "SM1", ttl_s=60)
    assert first.state == "first"
    assert await keys.claim("acme/sms", "SM1", ttl_s=60) == Claim(state="in progress")
    assert await keys.settle(first, "the reply") == "the reply"
    assert await keys.claim("acme/sms", "SM1", ttl_s=60) == Claim(state="done", result="the reply")


async def test_of_many_at_once_one_is_first(keys: IdempotencyKeys) -> None:
    claims = await asyncio.gather(*(keys.claim("acme/sms", "SM1", ttl_s=60) for _ in range(100)))
    assert sorted(claim.state for claim in claims) == ["first"] + 99 * ["in progress"]


async def test_the_same_key_of_another_scope_is_another(keys: IdempotencyKeys) -> None:
    for scope, request in (("a:b", "c"), ("a", "b:c"), ("", "a"), ("a", ""), ("a", "\x00"), ("a", "\ud800")):
        assert (await keys.claim(scope, request, ttl_s=60)).state == "first"


async def test_one_that_gave_up_is_not_the_last(keys: IdempotencyKeys) -> None:
    first = await keys.claim("acme/sms", "SM1", ttl_s=60)
    await keys.give_up(first)
    second = await keys.claim("acme/sms", "SM1", ttl_s=60)
    assert second.state == "first"
    await keys.give_up(first)
    assert (await keys.claim("acme/sms", "SM1", ttl_s=60)).state == "in progress"


async def test_one_that_died_makes_room_and_the_first_result_stands(keys: IdempotencyKeys) -> None:
    slow = await keys.claim("acme/sms", "SM1", ttl_s=60, working_s=0.05)
    await asyncio.sleep(0.1)
    second = await keys.claim("acme/sms", "SM1", ttl_s=60)
    assert second.state == "first"
    assert await keys.settle(slow, "one reply") == "one reply"
    assert await keys.settle(second, "another reply") == "one reply"
    await keys.give_up(second)
    assert await keys.claim("acme/sms", "SM1", ttl_s=60) == Claim(state="done", result="one reply")


async def test_a_result_is_forgotten_in_time(keys: IdempotencyKeys) -> None:
    await keys.settle(await keys.claim("acme/sms", "SM1", ttl_s=0.05), "the reply")
    await asyncio.sleep(0.1)
    assert (await keys.claim("acme/sms", "SM1", ttl_s=60)).state == "first"


@pytest.mark.parametrize("result", ["", "w:", "d:d:", "\x00\n ☀️", "\ud800", "x" * 1_000_000], ids=range(6))
async def test_any_result_comes_back_as_it_was(keys: IdempotencyKeys, result: str) -> None:
    await keys.settle(await keys.claim("acme/sms", "SM1", ttl_s=60), result)
    assert (await keys.claim("acme/sms", "SM1", ttl_s=60)).result == result


@pytest.mark.service
async def test_keys_say_that_redis_is_away(tmp_path: Path) -> None:
    with redis_server(tmp_path / "given") as server:
        async with open_redis(server.url, tmp_path, may_start=False) as handle:
            keys = IdempotencyKeys(handle.client)
            first = await keys.claim("acme/sms", "SM1", ttl_s=60)
            server.kill()
            for call in (
                keys.claim("acme/sms", "SM1", ttl_s=60),
                keys.settle(first, "my secret"),
                keys.give_up(first),
            ):
                with pytest.raises(MemoryUnavailable) as caught:
                    await call
                assert "secret" not in str(caught.value)
            server.start()
            await asyncio.sleep(1.1)
            assert await keys.settle(first, "the reply") == "the reply"
