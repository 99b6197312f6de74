"""Beats go on for as long as the work, and not a beat longer."""

import asyncio

import pytest

from core.heartbeat import heartbeat

pytestmark = pytest.mark.anyio


class Beats:
    """Counts; `is_enough` says at which count there shall be no more."""

    def __init__(self, enough: int = 1000) -> None:
        self.count = 0
        self._enough = enough

    async def __call__(self) -> bool:
        self.count += 1
        return self.count < self._enough


async def test_it_beats_until_the_work_is_done() -> None:
    beats = Beats()
    async with heartbeat(beats, every_s=0.01):
        await asyncio.sleep(0.1)
    beaten = beats.count
    await asyncio.sleep(0.05)
    assert beats.count == beaten > 1


async def test_it_stops_when_the_beat_says_so() -> None:
    beats = Beats(enough=2)
    async with heartbeat(beats, every_s=0.01):
        await asyncio.sleep(0.1)
    assert beats.count == 2


async def test_work_that_fails_ends_it() -> None:
    beats = Beats()
    with pytest.raises(ZeroDivisionError):
        async with heartbeat(beats, every_s=0.01):
            raise ZeroDivisionError
    await asyncio.sleep(0.05)
    assert beats.count == 0


async def test_a_beat_that_swallows_its_cancellation_is_the_last() -> None:
    begun, beats = asyncio.Event(), Beats()

    async def deaf() -> bool:
        begun.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return await beats()
        return False

    async with heartbeat(deaf, every_s=0.01):
        await begun.wait()
    await asyncio.sleep(0.05)
    assert beats.count == 1
    assert not [task for task in asyncio.all_tasks() if "go_on" in repr(task)]
