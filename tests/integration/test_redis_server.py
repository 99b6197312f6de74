"""The desk's Redis against the real program: its start, its deaths, its data, and who keeps it up."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import stat
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from kombu import Connection

from core import private_redis, redis_process
from core.answer_cache import AnswerCache
from core.documents import DocumentId
from core.errors import MemoryUnavailable, Misconfigured
from core.file_locks import FileLock, temporary_folder
from core.generate import Turn
from core.messages import ConversationId
from core.redis_process import is_listening, redis_programs
from core.redis_server import QUIET_S, RedisHandle, open_redis
from core.session_memory import SessionMemory
from core.tenants import TenantId
from tests.services.process import free_port, missing
from tests.services.redis import redis_server

pytestmark = [pytest.mark.anyio, pytest.mark.service]

ROOT = Path(__file__).parents[2]
WAIT_S = 30.0
HANGS_S = 20.0
"""A call that takes longer hangs."""
OTHER_PROCESS = """
import asyncio, sys
from pathlib import Path
from typing import Any
from core.redis_server import open_redis

async def main():
    async with open_redis("", Path(sys.argv[1]), may_start=sys.argv[2] == "starts") as handle:
        await handle.client.set("from the other", "process")
        print(handle.kind, flush=True)
        await asyncio.to_thread(sys.stdin.readline)

asyncio.run(main())
"""


@pytest.fixture(autouse=True)
def program_needed(request: pytest.FixtureRequest) -> None:
    if not redis_programs():
        missing("Redis", "there is no redis-server program here")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "redis"


@asynccontextmanager
async def desk(folder: Path) -> AsyncIterator[RedisHandle]:
    async with open_redis("", folder, may_start=True) as handle:
        assert handle.kind == "private"
        yield handle


@asynccontextmanager
async def other_process(folder: Path, how: str = "starts") -> AsyncIterator[asyncio.subprocess.Process]:
    """Another desk on the same folder, in a process of its own, which may be killed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        OTHER_PROCESS,
        str(folder),
        how,
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert await asyncio.wait_for(process.stdout.readline(), WAIT_S) == b"private\n"
        yield process
        process.stdin.write(b"\n")
        await asyncio.wait_for(process.wait(), WAIT_S)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        process.stdin.close()


async def pid_of(handle: RedisHandle) -> int:
    return int((await handle.client.info("server"))["process_id"])


async def eventually(check: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(int(WAIT_S / 0.05)):
        if await check():
            return
        await asyncio.sleep(0.05)
    pytest.fail("it never came about")


async def kill(handle: RedisHandle) -> None:
    """Ends the server with SIGKILL, once it has written down what it knows, which may take it a second."""

    async def has_written() -> bool:
        return (await handle.client.info("persistence"))["aof_buffer_length"] == 0

    await eventually(has_written)
    os.kill(await pid_of(handle), signal.SIGKILL)


async def answers(handle: RedisHandle) -> bool:
    try:
        await handle.check()
    except MemoryUnavailable:
        return False
    return True


def is_same_file(one: str, other: str) -> bool:
    return Path(one).samefile(other)


def is_there(path: Path) -> bool:
    return path.exists()


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def largest_data_file(folder: Path) -> Path:
    parts = [path for path in files_in(folder) if path.suffix == ".aof" and path.parent.name != "damaged"]
    return max(parts, key=lambda path: path.stat().st_size)


def socket_of(folder: Path) -> Path:
    return private_redis.PrivateRedis(folder).socket


@pytest.mark.parametrize("number", range(2))
async def test_each_program_of_this_machine_serves(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    programs = redis_programs()
    if number >= len(programs):
        pytest.skip("there is only one redis-server program here")
    monkeypatch.setattr(redis_process, "redis_programs", lambda: [programs[number]])
    async with desk(folder) as handle:
        await handle.client.set("a", "1")
        server = psutil.Process(await pid_of(handle))
        assert is_same_file(server.exe(), programs[number])
    async with desk(folder) as handle:
        assert await handle.client.get("a") == b"1"


async def test_data_of_one_program_do_not_stop_the_other(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = redis_programs()
    for program in (*programs, *reversed(programs)):
        monkeypatch.setattr(redis_process, "redis_programs", lambda program=program: [program])
        async with desk(folder) as handle:
            await handle.client.set("a", "1")


async def test_it_serves_nobody_but_this_user_and_no_network(folder: Path) -> None:
    async with desk(folder) as handle:
        await handle.client.set("a", "1")
        server = psutil.Process(await pid_of(handle))
        assert not [each for each in server.net_connections() if each.laddr]
        for path in (folder, *(file.parent for file in files_in(folder)), *files_in(folder)):
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
        configured = await handle.client.config_get("*")
    assert configured["appendonly"] == "yes"
    assert configured["appendfsync"] == "everysec"
    assert configured["maxmemory-policy"] == "noeviction"
    assert configured["save"] == ""


async def test_the_last_to_leave_stops_it_and_nothing_is_lost(folder: Path) -> None:
    async with desk(folder) as first:
        pid = await pid_of(first)
        async with desk(folder) as second:
            assert await pid_of(second) == pid
            for n in range(1000):
                await second.client.set(f"key {n}", n)
        assert psutil.pid_exists(pid)
    assert not psutil.pid_exists(pid)
    assert not socket_of(folder).exists()
    async with desk(folder) as handle:
        assert await handle.client.dbsize() == 1000


async def test_the_first_may_leave_before_the_second(folder: Path) -> None:
    first = open_redis("", folder, may_start=True)
    await first.__aenter__()
    async with desk(folder) as second:
        pid = await pid_of(second)
        await first.__aexit__(None, None, None)
        assert await pid_of(second) == pid
        await kill(second)
        await eventually(lambda: answers(second))
        again = await pid_of(second)
        assert again != pid
    assert not psutil.pid_exists(again)


async def test_a_killed_server_is_back_with_all_it_knew(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tenant, talk = TenantId("acme"), ConversationId("talk")
    async with desk(folder) as handle:
        memory = SessionMemory(handle.client)
        await memory.begin(tenant, talk, [])
        for n in range(5):
            await memory.add(tenant, talk, Turn(role="user", text=str(n)))
            await kill(handle)
            await eventually(lambda: answers(handle))
        assert [turn.text for turn in await memory.turns(tenant, talk) or ()] == list("01234")
    assert "redis_ended" in [record.message for record in caplog.records]


async def test_one_that_is_killed_as_it_starts_is_started_again_and_no_other_program(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = redis_programs()[0]
    monkeypatch.setattr(redis_process, "redis_programs", lambda: [program, "/no/such/program"])
    spawn = redis_process.RedisProcess._spawn
    doomed = 3

    def killed(self: redis_process.RedisProcess, *arguments: Any) -> Any:
        nonlocal doomed
        child = spawn(self, *arguments)
        if child and doomed:
            doomed -= 1
            child.kill()
        return child

    monkeypatch.setattr(redis_process.RedisProcess, "_spawn", killed)
    async with desk(folder) as handle:
        await eventually(lambda: answers(handle))
        assert doomed == 0


async def test_two_processes_use_one_server(folder: Path) -> None:
    async with desk(folder) as handle:
        pid = await pid_of(handle)
        async with other_process(folder):
            assert await handle.client.get("from the other") == b"process"
        assert await pid_of(handle) == pid


async def test_ten_who_come_at_once_start_one_server(folder: Path) -> None:
    async def use() -> int:
        async with desk(folder) as handle:
            await asyncio.sleep(0.2)
            return await pid_of(handle)

    assert len(set(await asyncio.gather(*(use() for _ in range(10))))) == 1
    assert not is_listening(socket_of(folder))


async def test_when_the_keeper_is_killed_another_takes_over(folder: Path) -> None:
    async with other_process(folder) as keeper, desk(folder) as handle:
        pid = await pid_of(handle)
        keeper.kill()
        await keeper.wait()
        assert await pid_of(handle) == pid
        keeps = FileLock(folder / "redis.keeper")

        async def somebody_keeps_it() -> bool:
            if keeps.take(alone=True):
                keeps.release()
                return False
            return True

        await eventually(somebody_keeps_it)
        await kill(handle)
        await eventually(lambda: answers(handle))
        assert await pid_of(handle) != pid
        assert await handle.client.get("from the other") == b"process"
    assert not is_listening(socket_of(folder))


async def test_a_server_that_everybody_left_behind_is_used_again_and_stopped(folder: Path) -> None:
    async with other_process(folder) as keeper:
        keeper.kill()
        await keeper.wait()
    assert is_listening(socket_of(folder))
    async with desk(folder) as handle:
        pid = await pid_of(handle)
        assert await handle.client.get("from the other") == b"process"
    assert not psutil.pid_exists(pid)


async def test_a_server_that_hangs_does_not_hang_the_desk(folder: Path) -> None:
    async with desk(folder) as handle:
        pid = await pid_of(handle)
        os.kill(pid, signal.SIGSTOP)
        try:
            async with asyncio.timeout(HANGS_S):
                for _ in range(50):
                    assert not await answers(handle)
            async with open_redis("", folder, may_start=False) as passing:
                assert passing.kind == "in process"
        finally:
            os.kill(pid, signal.SIGCONT)
        await eventually(lambda: answers(handle))


async def test_a_command_for_once_uses_what_runs_and_starts_nothing(folder: Path) -> None:
    async with open_redis("", folder, may_start=False) as handle:
        assert handle.kind == "in process"
        assert not files_in(folder)
    async with desk(folder), open_redis("", folder, may_start=False) as handle:
        assert handle.kind == "private"
        await handle.client.set("a", "1")
    async with desk(folder) as handle:
        assert await handle.client.get("a") == b"1"


async def test_a_command_for_once_may_be_the_last(folder: Path) -> None:
    async with other_process(folder) as keeper:
        async with open_redis("", folder, may_start=False) as handle:
            pid = await pid_of(handle)
            assert keeper.stdin is not None
            keeper.stdin.write(b"\n")
            await asyncio.wait_for(keeper.wait(), WAIT_S)
            await handle.client.set("a", "1")
        assert not psutil.pid_exists(pid)


async def test_answers_that_missed_a_change_of_documents_are_not_given_again(folder: Path) -> None:
    acme, beta = TenantId("acme"), TenantId("beta")
    async with desk(folder) as handle:
        cache = AnswerCache(handle.client, hours=24, likeness=0.75)
        generation = await cache.generation(acme)
        await handle.client.set("a", "1")
    async with open_redis("", folder, may_start=False) as handle:
        await AnswerCache(handle.client, hours=24, likeness=0.75).generation(acme)
    async with desk(folder) as handle:
        cache = AnswerCache(handle.client, hours=24, likeness=0.75)
        assert await cache.generation(acme) == generation
    async with open_redis("", folder, may_start=False) as handle:
        await AnswerCache(handle.client, hours=24, likeness=0.75).drop(beta, DocumentId("new"))
    for _ in range(2):
        async with desk(folder) as handle:
            cache = AnswerCache(handle.client, hours=24, likeness=0.75)
            changed = await cache.generation(acme)
            assert changed != generation
            assert await handle.client.get("a") == b"1"
    async with desk(folder) as handle:
        assert await AnswerCache(handle.client, hours=24, likeness=0.75).generation(acme) == changed


async def test_damaged_data_are_put_aside_and_the_desk_starts(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for damage in (b"\x00garbage\xff" * 20, b"*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$999999999\r\nx\r\n" * 20):
        async with desk(folder) as handle:
            for n in range(300):
                await handle.client.set(f"key {n}", "my words " * 20)
        largest = largest_data_file(folder)
        data = largest.read_bytes()
        largest.write_bytes(data[: len(data) // 2] + damage + data[len(data) // 2 :])
        caplog.clear()
        async with desk(folder) as handle:
            assert await handle.client.dbsize() == 0
            await handle.client.set("a", "1")
        assert "redis_aof_damaged" in [record.message for record in caplog.records]
        assert "my words" not in caplog.text
        assert files_in(folder / "damaged")
        async with desk(folder) as handle:
            assert await handle.client.get("a") == b"1"
        shutil.rmtree(folder)


async def test_data_that_were_cut_short_lose_their_end_only(folder: Path) -> None:
    async with desk(folder) as handle:
        for n in range(300):
            await handle.client.set(f"key {n}", n)
    largest = largest_data_file(folder)
    largest.write_bytes(largest.read_bytes()[:-5])
    async with desk(folder) as handle:
        assert await handle.client.dbsize() == 299


async def test_what_was_forgotten_leaves_the_files_in_time(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_process, "REWRITE_S", 0.2)

    async def is_gone() -> bool:
        return not any(b"my words" in file.read_bytes() for file in files_in(folder))

    async with desk(folder) as handle:
        await handle.client.set("a", "my words")
        await handle.client.delete("a")
        await handle.client.set("b", "1")
        await eventually(is_gone)
        assert await handle.client.get("b") == b"1"


async def test_a_folder_of_any_name_will_do(tmp_path: Path) -> None:
    for name in (
        "with space",
        "ümläut ☀️",
        "per%20cent",
        "quest?ion#hash",
        'quo"te',
        "x" * 60 + "/" + "y" * 60,
    ):
        folder = tmp_path / name
        async with desk(folder) as handle:
            await handle.client.set("a", name)
            with Connection(handle.broker_url) as broker, broker.SimpleQueue("jobs") as queue:
                queue.put({"a": name})
                assert queue.get(timeout=10).payload == {"a": name}
        assert list(folder.glob("append*"))


async def test_a_long_path_gets_a_socket_that_is_still_private(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 40)
    async with desk(folder) as handle:
        await handle.client.set("a", "1")
        place = socket_of(folder)
        assert len(bytes(place)) < 104
        assert place.parent == temporary_folder(folder)
        assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
        async with other_process(folder):
            assert await handle.client.get("from the other") == b"process"
    assert not is_listening(place)
    assert not is_there(place.parent)


async def test_a_folder_that_somebody_prepared_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    folder = tmp_path / ("long" * 40)
    trap = temporary_folder(folder)
    trap.parent.mkdir()
    (tmp_path / "elsewhere").mkdir()
    trap.symlink_to(tmp_path / "elsewhere")
    async with open_redis("", folder, may_start=True) as handle:
        assert handle.kind == "in process"
        await handle.client.set("a", "1")
    assert "redis_not_started" in [record.message for record in caplog.records]


@pytest.mark.parametrize("program", ["/bin/false", "/no/such/program", "/bin/sleep"])
async def test_a_program_that_does_not_serve_is_done_without(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, program: str
) -> None:
    for place in (redis_process, private_redis):
        monkeypatch.setattr(place, "redis_programs", lambda: [program])
    async with open_redis("", folder, may_start=True) as handle:
        assert handle.kind == "in process"
        await handle.client.set("a", "1")
        assert await handle.client.get("a") == b"1"
    assert "redis_not_started" in [record.message for record in caplog.records]


async def test_without_a_program_the_desks_of_a_process_share_a_memory(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private_redis, "redis_programs", list)
    async with (
        open_redis("", folder, may_start=True) as one,
        open_redis("", folder, may_start=True) as other,
        open_redis("", tmp_path / "elsewhere", may_start=True) as stranger,
    ):
        assert (one.kind, one.url, one.broker_url) == ("in process", "", "")
        await one.check()
        await one.client.set("a", "1")
        assert await other.client.get("a") == b"1"
        assert await stranger.client.get("a") is None


def test_a_forked_child_does_not_keep_the_server_from_the_others(folder: Path) -> None:
    lock = FileLock(folder.parent / "lock")
    folder.parent.mkdir(parents=True)
    assert lock.take(alone=True)
    ready, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, b"x")
        signal.pause()
        os._exit(0)
    try:
        os.read(ready, 1)
        other = FileLock(folder.parent / "lock")
        assert not other.take(alone=True)
        lock.release()
        assert other.take(alone=True)
        other.release()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(ready)
        os.close(write)


async def test_a_given_server_that_is_away_holds_nothing_up(tmp_path: Path) -> None:
    url = f"redis://:my-password@127.0.0.1:{free_port()}/0"
    async with asyncio.timeout(HANGS_S):
        async with open_redis(url, tmp_path, may_start=True) as handle:
            assert handle.kind == "given"
            for _ in range(20):
                with pytest.raises(MemoryUnavailable, match="Redis did not answer") as caught:
                    await handle.check()
                assert "my-password" not in str(caught.value)
            assert "my-password" not in repr(handle)


async def test_a_given_server_that_swallows_connections_holds_nothing_up(tmp_path: Path) -> None:
    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    port = free_port()
    async with await asyncio.start_server(swallow, "127.0.0.1", port):
        async with asyncio.timeout(HANGS_S):
            async with open_redis(f"redis://127.0.0.1:{port}/0", tmp_path, may_start=True) as handle:
                for _ in range(20):
                    assert not await answers(handle)


async def test_a_given_server_comes_and_goes(tmp_path: Path) -> None:
    with redis_server(tmp_path / "given") as server:
        async with open_redis(server.url, tmp_path / "unused", may_start=True) as handle:
            assert handle.broker_url == server.url
            for _ in range(3):
                await handle.check()
                await handle.client.set("a", "1")
                server.kill()
                assert not await answers(handle)
                server.start()
                await asyncio.sleep(QUIET_S)
                assert await handle.client.get("a") == b"1"
            server.restart()
            assert await handle.client.get("a") == b"1"
        assert not (tmp_path / "unused").exists()


async def test_many_at_once_share_a_few_connections(folder: Path) -> None:
    async with desk(folder) as handle:
        await asyncio.gather(*(handle.client.incr("a") for _ in range(600)))
        assert await handle.client.get("a") == b"600"
        assert (await handle.client.info("clients"))["connected_clients"] < 60


@pytest.mark.parametrize(
    "url", ["not a url", "http://127.0.0.1", "redis://127.0.0.1:port/0", "postgres://x:pass@h"]
)
async def test_a_url_of_something_else_is_a_wrong_setting(tmp_path: Path, url: str) -> None:
    with pytest.raises(Misconfigured, match="FRONTDESK_REDIS__URL") as caught:
        async with open_redis(url, tmp_path, may_start=True):
            pytest.fail("it was opened")
    assert "pass" not in str(caught.value)


async def test_what_goes_wrong_says_no_word_of_a_customer(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with desk(folder) as handle:
        memory = SessionMemory(handle.client)
        tenant, talk = TenantId("acme"), ConversationId("talk")
        await memory.begin(tenant, talk, [])
        name = (await handle.client.keys())[0]
        await handle.client.delete(name)
        await handle.client.set(name, "of another type")
        with pytest.raises(MemoryUnavailable) as caught:
            await memory.add(tenant, talk, Turn(role="user", text="my secret"))
        assert "secret" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__
    assert "secret" not in caplog.text
