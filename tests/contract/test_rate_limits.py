"""What rate limits promise, wherever their Redis is."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.errors import RateLimited
from core.rate_limits import RateLimits
from core.redis_server import RedisHandle, key, open_redis
from tests.services.redis import redis_server
from tests.services.redis_places import PLACES, redis_in

pytestmark = pytest.mark.anyio

LONG_S = 600.0
HANGS_S = 20.0
"""A call that takes longer hangs."""


@pytest.fixture(params=PLACES)
async def handle(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RedisHandle]:
    async with redis_in(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture
def limits(handle: RedisHandle) -> RateLimits:
    return RateLimits(handle.client)


async def is_let_through(limits: RateLimits, who: str, *, most: int = 1, per_s: float = LONG_S) -> bool:
    try:
        await limits.take("questions", who, most=most, per_s=per_s)
    except RateLimited:
        return False
    return True


async def test_as_many_as_allowed_are_let_through_and_no_more(limits: RateLimits) -> None:
    for _ in range(5):
        await limits.take("questions", "jane", most=5, per_s=LONG_S)
    with pytest.raises(RateLimited, match=r"too many questions: 5 in 600 seconds") as caught:
        await limits.take("questions", "jane", most=5, per_s=LONG_S)
    assert LONG_S - 60 < caught.value.retry_after_s <= LONG_S
    assert "jane" not in str(caught.value)


async def test_a_thousand_at_once_are_counted_exactly(limits: RateLimits) -> None:
    let = await asyncio.gather(*(is_let_through(limits, "jane", most=37) for _ in range(1000)))
    assert sum(let) == 37


async def test_two_processes_count_together(handle: RedisHandle) -> None:
    one, other = RateLimits(handle.client), RateLimits(handle.client)
    let = await asyncio.gather(*(is_let_through((one, other)[n % 2], "jane", most=10) for n in range(40)))
    assert sum(let) == 10


async def test_each_person_and_each_kind_has_a_count_of_its_own(limits: RateLimits) -> None:
    assert await is_let_through(limits, "jane")
    assert await is_let_through(limits, "john")
    await limits.take("uploads", "jane", most=1, per_s=LONG_S)
    assert not await is_let_through(limits, "jane")


async def test_after_the_time_it_names_the_next_is_let_through(limits: RateLimits) -> None:
    await limits.take("questions", "jane", most=1, per_s=0.3)
    with pytest.raises(RateLimited) as caught:
        await limits.take("questions", "jane", most=1, per_s=0.3)
    await asyncio.sleep(caught.value.retry_after_s + 0.01)
    assert await is_let_through(limits, "jane", per_s=0.3)


async def test_what_was_refused_does_not_count(limits: RateLimits) -> None:
    await limits.take("questions", "jane", most=1, per_s=0.4)
    end = time.monotonic() + 0.2
    while time.monotonic() < end:
        await is_let_through(limits, "jane", per_s=0.4)
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.21)
    assert await is_let_through(limits, "jane", per_s=0.4)


async def test_no_window_of_time_sees_more_than_allowed(limits: RateLimits) -> None:
    """Also not across the edge of a second, where a counter of whole seconds lets twice as many through."""
    most, per_s = 5, 0.25
    granted: list[tuple[float, float]] = []
    end = time.monotonic() + 5 * per_s
    while (began := time.monotonic()) < end:
        if await is_let_through(limits, "jane", most=most, per_s=per_s):
            granted.append((began, time.monotonic()))
        await asyncio.sleep(0.005)
    assert len(granted) > most
    for (began, _), (_, ended) in zip(granted, granted[most:], strict=False):
        assert ended - began > per_s - 0.001


async def test_a_limit_that_was_lowered_holds_at_once(limits: RateLimits) -> None:
    for _ in range(8):
        assert await is_let_through(limits, "jane", most=10)
    assert not await is_let_through(limits, "jane", most=5)
    assert await is_let_through(limits, "jane", most=9)


async def test_a_clock_that_was_set_back_locks_nobody_out(limits: RateLimits, handle: RedisHandle) -> None:
    ahead = int((time.time() + 3600) * 1e6)
    await handle.client.rpush(key("limit", "questions", "jane"), ahead, ahead - 1, ahead - 2)
    assert await is_let_through(limits, "jane", most=3)


async def test_a_clock_a_moment_ahead_still_counts(limits: RateLimits, handle: RedisHandle) -> None:
    ahead = int((time.time() + 0.4) * 1e6)
    await handle.client.rpush(key("limit", "questions", "jane"), ahead, ahead - 1, ahead - 2)
    assert not await is_let_through(limits, "jane", most=3)


async def test_a_count_leaves_nothing_behind(limits: RateLimits, handle: RedisHandle) -> None:
    for n in range(20):
        await is_let_through(limits, "jane", most=3, per_s=60)
        await is_let_through(limits, f"person {n}", most=3, per_s=60)
    assert await handle.client.llen(key("limit", "questions", "jane")) == 3
    assert 0 < await handle.client.pttl(key("limit", "questions", "jane")) <= 61_000


@pytest.mark.parametrize(
    "who", ["", "a:b", "*", "\x00", "\ud800", "{}", "x" * 100_000, "'); return 0 --"], ids=range(8)
)
async def test_any_name_is_only_a_name(limits: RateLimits, handle: RedisHandle, who: str) -> None:
    assert await is_let_through(limits, who)
    assert not await is_let_through(limits, who)
    assert await is_let_through(limits, who + "'")
    assert all(len(name) < 100 for name in await handle.client.keys())


async def test_nobody_can_be_read_from_the_keys(limits: RateLimits, handle: RedisHandle) -> None:
    await limits.take("questions", "+49 170 1234567", most=1, per_s=60)
    assert not any(b"1234567" in name for name in await handle.client.keys())


@pytest.mark.service
async def test_without_redis_everybody_is_let_through_and_it_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with redis_server(tmp_path / "given") as server:
        async with open_redis(server.url, tmp_path, may_start=False) as handle:
            limits = RateLimits(handle.client)
            assert await is_let_through(limits, "jane")
            server.kill()
            with caplog.at_level(logging.WARNING):
                async with asyncio.timeout(HANGS_S):
                    assert all([await is_let_through(limits, "jane") for _ in range(20)])
            assert [record.message for record in caplog.records] == ["limits_unavailable"]
            server.start()
            await asyncio.sleep(1.1)
            assert not await is_let_through(limits, "jane")
