"""A speech child: requests and streamed replies, fair turns, and its death, hanging and end."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import psutil
import pytest

from channels.simulators.call_clock import run_virtually
from channels.voice.child import Child, ChildLimits
from channels.voice.frames import Frame, Unpacker, packed
from core.errors import Misconfigured, SpeechUnavailable

MODULE = "tests.fakes.speech_child"
LIMITS = ChildLimits(start_s=30, silence_s=30, patience_s=30, first_pause_s=0.01)


@asynccontextmanager
async def running(limits: ChildLimits = LIMITS, **settings: Any) -> AsyncIterator[Child]:
    """A child, and afterwards nothing left of it."""
    files, threads, tasks = open_files(), threading.active_count(), len(asyncio.all_tasks())
    others = set(psutil.Process().children())
    child = Child(MODULE, settings, name="counter", limits=limits)
    try:
        with anyio.fail_after(120):
            yield child
    finally:
        await child.close()
    assert set(psutil.Process().children()) <= others
    assert open_files() == files
    assert threading.active_count() <= threads
    assert len(asyncio.all_tasks()) == tasks


def open_files() -> set[str]:
    folder = Path("/proc/self/fd")
    return {link.name for link in folder.iterdir() if "pipe" in str(link.resolve())}


async def whole(child: Child, **header: Any) -> list[Frame]:
    return [frame async for frame in child.begin(header)]


async def until(is_so: Callable[[], bool]) -> None:
    while not is_so():  # noqa: ASYNC110 - nobody tells when another process is so far
        await asyncio.sleep(0.01)


def lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.anyio
async def test_a_reply_comes_in_pieces_with_what_they_carry() -> None:
    async with running() as child:
        frames = await whole(child, do="count", until=20, size=3)
    assert [frame.header["n"] for frame in frames] == list(range(20))
    assert {frame.payload for frame in frames} == {bytes(3)}


@pytest.mark.anyio
async def test_it_is_warm_once_it_has_loaded_and_tells_its_facts() -> None:
    async with running(rate=22050) as child:
        assert child.pid is None
        assert await child.warm() == {"rate": 22050}
        pid = child.pid
        assert pid
        assert await child.warm() == {"rate": 22050}
        assert child.pid == pid


@pytest.mark.anyio
async def test_text_in_any_script_and_any_bytes_go_through() -> None:
    text, payload = "¿Qué? \u0000 \U0001f600 \n „ß“", bytes(range(256)) * 1000
    async with running() as child:
        [frame] = [frame async for frame in child.begin({"do": "echo", "text": text}, payload)]
    assert frame == Frame({"text": text}, payload)


@pytest.mark.anyio
async def test_a_long_request_does_not_hold_up_a_short_one() -> None:
    async with running() as child:
        endless = child.begin({"do": "count"})
        await anext(endless)
        assert len(await whole(child, do="count", until=5)) == 5
        assert (await anext(endless)).header["n"] == 1
        endless.cancel()


@pytest.mark.anyio
async def test_many_requests_at_once_each_get_their_own_reply() -> None:
    async with running() as child:
        replies = await asyncio.gather(*(whole(child, do="count", until=n) for n in range(40)))
    assert [len(reply) for reply in replies] == list(range(40))


@pytest.mark.anyio
async def test_what_nobody_reads_is_not_made() -> None:
    async with running() as child:
        unread = child.begin({"do": "count", "size": 1000})
        await anext(unread)
        await whole(child, do="count", until=200)  # time enough to make more, had it leave
        unread.cancel()
        left = [frame async for frame in unread]
    assert len(left) < 20


@pytest.mark.anyio
async def test_a_request_that_is_cancelled_is_stopped_in_the_child(tmp_path: Path) -> None:
    note = tmp_path / "note"
    async with running() as child:
        endless = child.begin({"do": "count", "note": str(note)})
        await anext(endless)
        endless.cancel()
        await whole(child, do="count", until=1)
        assert int(note.read_text()) < 20
        endless.cancel()


@pytest.mark.anyio
async def test_a_request_may_go_on_while_its_reply_comes() -> None:
    async with running() as child:
        gathering = child.begin({"do": "gather"}, b"a")
        gathering.send({}, b"b")
        assert (await anext(gathering)).header == {"so_far": 2}
        gathering.send({}, b"c")
        gathering.send({}, b"")
        assert [frame.payload async for frame in gathering][-1] == b"abc"
        gathering.send({}, b"too late")


@pytest.mark.anyio
async def test_a_request_that_fails_fails_alone() -> None:
    async with running() as child:
        pid = (await child.warm()) and child.pid
        with pytest.raises(SpeechUnavailable, match="ValueError"):
            await whole(child, do="nonsense")
        assert len(await whole(child, do="count", until=3)) == 3
        assert child.pid == pid


@pytest.mark.anyio
async def test_a_child_that_is_killed_loses_what_it_was_at_and_comes_back() -> None:
    async with running() as child:
        endless = child.begin({"do": "count"})
        await anext(endless)
        first = child.pid
        assert first
        os.kill(first, signal.SIGKILL)
        with pytest.raises(SpeechUnavailable, match="ended while it was at work"):
            async for _ in endless:
                pass
        assert endless.was_lost
        assert len(await whole(child, do="count", until=3)) == 3
        assert child.pid not in (None, first)
        await until(lambda: not psutil.pid_exists(first))


@pytest.mark.anyio
async def test_it_comes_back_by_itself_before_anybody_asks() -> None:
    async with running() as child:
        await child.warm()
        first = child.pid
        assert first
        os.kill(first, signal.SIGKILL)
        await until(lambda: child.pid not in (None, first))


@pytest.mark.anyio
async def test_it_comes_back_again_and_again() -> None:
    async with running() as child:
        for _ in range(4):
            with pytest.raises(SpeechUnavailable):
                await whole(child, do="die")
        assert len(await whole(child, do="count", until=3)) == 3


@pytest.mark.anyio
async def test_a_child_that_hangs_is_replaced() -> None:
    limits = ChildLimits(start_s=60, silence_s=0.3, patience_s=60, first_pause_s=0.01)
    async with running(limits) as child:
        await child.warm()
        first = child.pid
        hung = child.begin({"do": "hang"})
        with pytest.raises(SpeechUnavailable):
            await anext(hung)
        assert hung.was_lost
        await child.warm()
        assert child.pid != first


@pytest.mark.anyio
async def test_a_child_that_is_stopped_is_replaced() -> None:
    limits = ChildLimits(start_s=60, silence_s=0.3, patience_s=60, first_pause_s=0.01)
    async with running(limits) as child:
        await child.warm()
        first = child.pid
        assert first
        os.kill(first, signal.SIGSTOP)
        with pytest.raises(SpeechUnavailable):
            await whole(child, do="count", until=3)
        assert not psutil.pid_exists(first) or child.pid != first


@pytest.mark.anyio
async def test_silence_that_nobody_waits_through_is_no_hanging() -> None:
    limits = ChildLimits(start_s=60, silence_s=0.2, patience_s=60)
    async with running(limits) as child:
        await child.warm()
        pid = child.pid
        await asyncio.sleep(0.6)
        assert child.pid == pid


@pytest.mark.anyio
async def test_a_child_that_does_not_come_back_is_told_in_time() -> None:
    limits = ChildLimits(start_s=60, silence_s=60, patience_s=0.2)
    async with running(limits, hangs_while_loading=True) as child:
        with pytest.raises(SpeechUnavailable, match=r"counter did not come back within 0\.2 s"):
            await whole(child, do="count", until=1)


@pytest.mark.anyio
async def test_a_child_that_hangs_while_it_loads_is_given_up() -> None:
    limits = ChildLimits(start_s=0.3, silence_s=60, patience_s=60)
    async with running(limits, hangs_while_loading=True) as child:
        with pytest.raises(SpeechUnavailable, match="did not start"):
            await child.warm()


@pytest.mark.anyio
async def test_a_child_that_dies_while_it_loads_is_started_until_it_runs(tmp_path: Path) -> None:
    fuse = tmp_path / "may_live"
    async with running(dies_while_loading=str(fuse)) as child:
        waiting = asyncio.ensure_future(whole(child, do="count", until=2))
        await until(lambda: child._pauses._failures > 0)
        fuse.touch()
        assert len(await waiting) == 2


@pytest.mark.anyio
async def test_what_is_missing_is_said_by_name() -> None:
    async with running(refuses=True) as child:
        with pytest.raises(Misconfigured, match="put it where it belongs"):
            await child.warm()
        with pytest.raises(SpeechUnavailable, match="put it where it belongs"):
            await whole(child, do="count", until=1)


def test_what_is_no_frame_is_refused_before_it_takes_memory() -> None:
    unpacker = Unpacker()
    with pytest.raises(ValueError, match="none of ours"):
        list(unpacker.take(b"\xff" * 64))


@pytest.mark.anyio
async def test_closing_ends_what_is_under_way() -> None:
    async with running() as child:
        endless = child.begin({"do": "count"})
        await anext(endless)
        await child.close()
        with pytest.raises(SpeechUnavailable, match="closed"):
            async for _ in endless:
                pass
        with pytest.raises(SpeechUnavailable, match="closed"):
            await whole(child, do="count", until=1)
        with pytest.raises(SpeechUnavailable, match="closed"):
            await child.warm()


@pytest.mark.anyio
async def test_closing_while_it_starts_leaves_nothing() -> None:
    async with running() as child:
        child.begin({"do": "count"})
        await asyncio.sleep(0)


@pytest.mark.anyio
async def test_closing_a_child_that_hangs_or_is_stopped_leaves_nothing() -> None:
    async with running() as child:
        hung = child.begin({"do": "hang"})
        waiting = asyncio.ensure_future(anext(hung))
        await child.warm()
    with pytest.raises(SpeechUnavailable, match="closed"):
        await waiting


@pytest.mark.anyio
async def test_a_child_that_never_started_closes_too() -> None:
    async with running():
        pass


@pytest.mark.anyio
async def test_a_reader_that_is_cancelled_leaves_the_child_usable() -> None:
    async with running() as child:
        await child.warm()
        hung = child.begin({"do": "gather"})
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await anext(hung)
        hung.cancel()
        assert len(await whole(child, do="count", until=3)) == 3


@pytest.mark.anyio
async def test_a_child_ends_when_its_parent_is_killed() -> None:
    code = f"""
import asyncio
from channels.voice.child import Child
async def main():
    child = Child({MODULE!r}, {{}}, name="counter")
    await child.warm()
    print(child.pid, flush=True)
    hung = child.begin({{"do": "hang"}})
    await anext(hung)
asyncio.run(main())
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    with parent:
        assert parent.stdout
        pid = int(await asyncio.to_thread(parent.stdout.readline))
        parent.kill()
    with anyio.fail_after(60):
        await until(lambda: not lives(pid))


def test_virtual_time_stands_still_while_a_child_works() -> None:
    async def call() -> tuple[float, int]:
        loop = asyncio.get_running_loop()
        child = Child(MODULE, {}, name="counter", limits=ChildLimits(patience_s=5, silence_s=5))
        try:
            frames = len(await whole(child, do="count", until=50))
            return loop.time(), frames
        finally:
            await child.close()

    assert run_virtually(call()) == (0.0, 50)


def test_the_loop_of_the_server_runs_a_child_too() -> None:
    uvloop = pytest.importorskip("uvloop")

    async def call() -> None:
        async with running() as child:
            endless = child.begin({"do": "count"})
            await anext(endless)
            assert child.pid
            os.kill(child.pid, signal.SIGKILL)
            with pytest.raises(SpeechUnavailable):
                async for _ in endless:
                    pass
            assert len(await whole(child, do="count", until=50, size=100_000)) == 50
            hung = child.begin({"do": "echo", "text": ""}, bytes(5_000_000))
            assert len((await anext(hung)).payload) == 5_000_000

    uvloop.run(call())


def test_a_child_that_hangs_is_found_in_virtual_time_too() -> None:
    async def call() -> None:
        child = Child(MODULE, {}, name="counter", limits=ChildLimits(silence_s=0.2))
        try:
            await whole(child, do="hang")
        finally:
            await child.close()

    with pytest.raises(SpeechUnavailable):
        run_virtually(call())


def test_frames_come_together_from_any_pieces() -> None:
    frames = [Frame({"id": n, "text": "ü" * n}, bytes(n)) for n in range(5)]
    data = b"".join(map(packed, frames))
    for size in (1, 2, 3, 7, 1000):
        unpacker = Unpacker()
        pieces = [data[at : at + size] for at in range(0, len(data), size)]
        assert [frame for piece in pieces for frame in unpacker.take(piece)] == frames
