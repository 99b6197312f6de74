"""What session memory promises, wherever its Redis is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.errors import MemoryUnavailable
from core.generate import Turn
from core.messages import ConversationId
from core.redis_server import RedisHandle, key, open_redis
from core.session_memory import KEPT_S, LONGEST_TEXT, MOST_TURNS, SessionMemory
from core.tenants import TenantId
from tests.services.redis import redis_server
from tests.services.redis_places import PLACES, redis_in

pytestmark = pytest.mark.anyio

HANGS_S = 20.0
"""A call that takes longer hangs."""
ACME, BETA = TenantId("acme"), TenantId("beta")
TALK, OTHER = ConversationId("talk"), ConversationId("other")


def said(*texts: str) -> list[Turn]:
    """Turns of a customer and the desk, in turn."""
    return [Turn(role=("user", "assistant")[n % 2], text=text) for n, text in enumerate(texts)]


@pytest.fixture(params=PLACES)
async def handle(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RedisHandle]:
    async with redis_in(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture
def memory(handle: RedisHandle) -> SessionMemory:
    return SessionMemory(handle.client)


async def test_what_was_never_said_is_not_remembered(memory: SessionMemory) -> None:
    assert await memory.turns(ACME, TALK) is None


async def test_a_conversation_without_turns_is_remembered_as_one(memory: SessionMemory) -> None:
    await memory.begin(ACME, TALK, [])
    assert await memory.turns(ACME, TALK) == []


async def test_turns_come_back_as_they_were_said(memory: SessionMemory) -> None:
    turns = said("Is it warm?\n", 'It "is": 30° ☀️ — \u200bvery', "", "\x00 \ud800 ok")
    await memory.begin(ACME, TALK, turns[:2])
    await memory.add(ACME, TALK, *turns[2:])
    assert await memory.turns(ACME, TALK) == turns


async def test_only_the_last_turns_are_kept(memory: SessionMemory) -> None:
    turns = said(*map(str, range(31)))
    await memory.begin(ACME, TALK, turns[:15])
    assert await memory.turns(ACME, TALK) == turns[15 - MOST_TURNS : 15]
    for turn in turns[15:]:
        await memory.add(ACME, TALK, turn)
    assert await memory.turns(ACME, TALK) == turns[-MOST_TURNS:]


async def test_more_turns_at_once_than_are_kept_leave_the_last(memory: SessionMemory) -> None:
    turns = said(*map(str, range(25)))
    await memory.begin(ACME, TALK, [])
    await memory.add(ACME, TALK, *turns)
    assert await memory.turns(ACME, TALK) == turns[-MOST_TURNS:]


async def test_beginning_twice_changes_nothing(memory: SessionMemory) -> None:
    await memory.begin(ACME, TALK, said("one"))
    await memory.add(ACME, TALK, *said("two"))
    await memory.begin(ACME, TALK, said("an older reading of the records"))
    assert [turn.text for turn in await memory.turns(ACME, TALK) or ()] == ["one", "two"]


async def test_a_turn_does_not_bring_back_half_a_conversation(memory: SessionMemory) -> None:
    await memory.add(ACME, TALK, *said("the eleventh of many"))
    assert await memory.turns(ACME, TALK) is None


async def test_adding_nothing_is_nothing(memory: SessionMemory) -> None:
    await memory.begin(ACME, TALK, said("one"))
    await memory.add(ACME, TALK)
    assert await memory.turns(ACME, TALK) == said("one")


async def test_exchanges_added_at_the_same_time_stay_whole(memory: SessionMemory) -> None:
    await memory.begin(ACME, TALK, [])
    pairs = [said(f"question {n}", f"answer {n}") for n in range(MOST_TURNS // 2)]
    await asyncio.gather(*(memory.add(ACME, TALK, *pair) for pair in pairs))
    turns = await memory.turns(ACME, TALK) or []
    found = [turns[at : at + 2] for at in range(0, len(turns), 2)]
    assert sorted(found, key=lambda pair: pair[0].text) == pairs


async def test_ten_who_begin_at_once_begin_once(memory: SessionMemory) -> None:
    turns = said("one", "two")
    await asyncio.gather(*(memory.begin(ACME, TALK, turns) for _ in range(10)))
    assert await memory.turns(ACME, TALK) == turns


async def test_a_long_text_is_cut(memory: SessionMemory) -> None:
    await memory.begin(ACME, TALK, said("x" * 100_000))
    await memory.add(ACME, TALK, *said("☀️" * 100_000))
    assert [len(turn.text) for turn in await memory.turns(ACME, TALK) or ()] == [LONGEST_TEXT] * 2


async def test_an_hour_after_the_last_turn_it_is_forgotten(
    memory: SessionMemory, handle: RedisHandle
) -> None:
    name = key("memory", ACME, TALK)
    await memory.begin(ACME, TALK, said("one"))
    assert KEPT_S - 60 < await handle.client.ttl(name) <= KEPT_S
    for renew in (memory.turns(ACME, TALK), memory.add(ACME, TALK, *said("two"))):
        await handle.client.expire(name, 5)
        await renew
        assert KEPT_S - 60 < await handle.client.ttl(name) <= KEPT_S
    await handle.client.pexpire(name, 1)
    await asyncio.sleep(0.05)
    assert await memory.turns(ACME, TALK) is None


async def test_what_is_to_be_forgotten_is(memory: SessionMemory) -> None:
    await memory.begin(ACME, TALK, said("one"))
    await memory.begin(ACME, OTHER, said("two"))
    await memory.forget(ACME, TALK)
    assert await memory.turns(ACME, TALK) is None
    assert await memory.turns(ACME, OTHER) == said("two")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a:b", "c"), ("a", "b:c")),
        (("a", "b*"), ("a", "b?")),
        (('a","b', "c"), ("a", 'b","c')),
        (("", "a"), ("a", "")),
        (("A", "a"), ("a", "a")),
        (("a\x00", "b"), ("a", "\x00b")),
        (("\ud800", "b"), ("\ufffd", "b")),
        (("a" * 100_000, "b"), ("a" * 99_999, "b")),
        (("{a}", "b"), ("{a", "}b")),
    ],
    ids=range(9),
)
async def test_no_two_conversations_are_taken_for_each_other(
    memory: SessionMemory, one: tuple[str, str], other: tuple[str, str]
) -> None:
    await memory.begin(TenantId(one[0]), ConversationId(one[1]), said("mine"))
    assert await memory.turns(TenantId(other[0]), ConversationId(other[1])) is None
    assert await memory.turns(TenantId(one[0]), ConversationId(one[1])) == said("mine")


async def test_a_tenant_never_reads_anothers_conversation(memory: SessionMemory) -> None:
    await memory.begin(ACME, TALK, said("mine"))
    assert await memory.turns(BETA, TALK) is None
    await memory.forget(BETA, TALK)
    assert await memory.turns(ACME, TALK) == said("mine")


async def test_no_name_and_no_word_stands_in_a_key(memory: SessionMemory, handle: RedisHandle) -> None:
    await memory.begin(ACME, ConversationId("jane@example.com"), said("my words"))
    keys = b" ".join(await handle.client.keys())
    assert keys.startswith(b"frontdesk:memory:")
    assert b"jane" not in keys
    assert b"acme" not in keys


@pytest.mark.service
async def test_an_outage_is_told_at_once_and_without_a_word_of_the_customer(tmp_path: Path) -> None:
    with redis_server(tmp_path / "given") as server:
        async with open_redis(server.url, tmp_path, may_start=False) as handle:
            memory = SessionMemory(handle.client)
            await memory.begin(ACME, TALK, said("my secret"))
            server.kill()
            for call in (
                memory.add(ACME, TALK, *said("my secret")),
                memory.turns(ACME, TALK),
                memory.begin(ACME, TALK, said("my secret")),
                memory.forget(ACME, TALK),
            ):
                with pytest.raises(MemoryUnavailable) as caught:
                    await asyncio.wait_for(call, HANGS_S)
                assert "secret" not in str(caught.value)
                assert caught.value.__cause__ is None
            server.start()
            await asyncio.sleep(1.1)
            assert await memory.turns(ACME, TALK) == said("my secret")
