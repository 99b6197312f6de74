"""Virtual time ends: what would run for ever on it fails, and says what it was."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from channels.simulators import call_clock
from channels.simulators.call_clock import run_virtually


async def ticks_for_ever() -> None:
    for _ in itertools.count():
        await asyncio.sleep(1)


async def spins_for_ever() -> None:
    for _ in itertools.count():
        await asyncio.sleep(0)


def test_a_wait_for_what_never_comes_fails_at_the_longest_time_and_names_who_waits() -> None:
    async def waits() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(ticks_for_ever())
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError, match=r"ran on beyond 50 s; not done: .*") as failed:
        run_virtually(waits(), longest_s=50)
    assert "ticks_for_ever (test_call_clock.py:" in str(failed.value)
    assert "waits (test_call_clock.py:" in str(failed.value)


def test_work_that_leaves_the_time_where_it_is_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_clock, "_MOST_TURNS", 1000)

    async def waits() -> None:
        async with asyncio.timeout(5):
            await spins_for_ever()

    with pytest.raises(TimeoutError, match=r"^1000 turns .* from 0 s; not done: .*waits \(test_call_clock"):
        run_virtually(waits())


def test_a_loop_that_nothing_can_wake_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_clock, "_IDLE_S", 0.01)

    async def waits() -> None:
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError, match=r"no timer runs.*waits \(test_call_clock\.py:"):
        run_virtually(waits())


def test_what_was_under_way_when_the_time_was_up_ends_in_order() -> None:
    ended: list[float] = []

    async def cleans_up() -> None:
        try:
            await ticks_for_ever()
        finally:
            await asyncio.sleep(5)
            ended.append(asyncio.get_running_loop().time())

    with pytest.raises(TimeoutError):
        run_virtually(cleans_up(), longest_s=10)
    assert ended == [pytest.approx(16)]


def test_a_thread_may_take_as_many_turns_as_it_likes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_clock, "_MOST_TURNS", 100)

    async def waits() -> None:
        for _ in range(200):
            await asyncio.to_thread(int)

    run_virtually(waits())


def test_an_hour_passes_at_once() -> None:
    async def sleeps() -> float:
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time()

    assert run_virtually(sleeps()) == pytest.approx(3600)
