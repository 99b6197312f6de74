"""One-time codes, wherever their Redis is: one use, ten minutes, five attempts, and no code at rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.errors import MemoryUnavailable, RateLimited, Refused
from core.messages import ConversationId
from core.one_time_codes import ATTEMPTS, CODES_PER_CONVERSATION, CODES_PER_NUMBER, LIFE_S, OneTimeCodes
from core.redis_server import RedisHandle, key, open_redis
from core.tenants import TenantId
from tests.services.redis_places import PLACES, redis_in

pytestmark = pytest.mark.anyio

ACME, BISTRO = TenantId("acme"), TenantId("bistro")
TALK, OTHER = ConversationId("talk"), ConversationId("other")
NUMBER = "+12025550143"
SECRET = b"of the desk"


@dataclass
class Phone:
    """A sender that somebody can read."""

    inbox: list[tuple[str, str]] = field(default_factory=list)

    async def send(self, number: str, code: str) -> None:
        self.inbox.append((number, code))

    @property
    def code(self) -> str:
        return self.inbox[-1][1]

    @property
    def wrong(self) -> str:
        return f"{(int(self.code) + 1) % 1_000_000:06}"


@pytest.fixture(params=PLACES)
async def handle(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RedisHandle]:
    async with redis_in(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture
def phone() -> Phone:
    return Phone()


@pytest.fixture
def codes(handle: RedisHandle, phone: Phone) -> OneTimeCodes:
    return OneTimeCodes(handle.client, phone, SECRET)


async def test_the_right_code_proves_the_number_once(codes: OneTimeCodes, phone: Phone) -> None:
    sent = await codes.send(ACME, TALK, "+1 (202) 555-0143")
    assert (sent.number, sent.expires_s) == (NUMBER, 600)
    assert phone.inbox[0][0] == NUMBER
    assert len(phone.code) == 6
    assert phone.code.isdecimal()
    assert phone.code not in repr(sent)
    assert await codes.check(ACME, TALK, f" {phone.code[:3]} {phone.code[3:]}.") == NUMBER
    with pytest.raises(Refused, match="it was used"):
        await codes.check(ACME, TALK, phone.code)


async def test_a_code_is_good_in_its_own_conversation_only(codes: OneTimeCodes, phone: Phone) -> None:
    await codes.send(ACME, TALK, NUMBER)
    for tenant, conversation in ((ACME, OTHER), (BISTRO, TALK)):
        with pytest.raises(Refused):
            await codes.check(tenant, conversation, phone.code)
    await codes.send(ACME, OTHER, NUMBER)
    mine, theirs = (code for _, code in phone.inbox)
    if mine != theirs:
        assert await codes.check(ACME, TALK, theirs) is None


async def test_five_attempts_are_all(codes: OneTimeCodes, phone: Phone) -> None:
    await codes.send(ACME, TALK, NUMBER)
    for _ in range(ATTEMPTS):
        assert await codes.check(ACME, TALK, phone.wrong) is None
    with pytest.raises(Refused, match="too often"):
        await codes.check(ACME, TALK, phone.code)
    with pytest.raises(Refused, match="too often"):
        await codes.check(ACME, TALK, phone.code)


async def test_attempts_at_the_same_time_are_counted_too(codes: OneTimeCodes, phone: Phone) -> None:
    await codes.send(ACME, TALK, NUMBER)
    tried = await asyncio.gather(
        *(codes.check(ACME, TALK, phone.wrong) for _ in range(40)), return_exceptions=True
    )
    assert tried.count(None) == ATTEMPTS
    await codes.send(ACME, TALK, NUMBER)
    right = await asyncio.gather(
        *(codes.check(ACME, TALK, phone.code) for _ in range(ATTEMPTS)), return_exceptions=True
    )
    assert right.count(NUMBER) == 1


@pytest.mark.parametrize("said", ["", "no idea", "12345", "1234567", "١٢٣٤٥٦", "0" * 10_000])
async def test_what_is_no_code_is_wrong(codes: OneTimeCodes, phone: Phone, said: str) -> None:
    await codes.send(ACME, TALK, NUMBER)
    assert await codes.check(ACME, TALK, said) is None
    assert await codes.check(ACME, TALK, phone.code) == NUMBER


async def test_a_newer_code_takes_the_place_of_the_older(codes: OneTimeCodes, phone: Phone) -> None:
    await codes.send(ACME, TALK, NUMBER)
    await codes.send(ACME, TALK, "+43123456789")
    older, newer = (code for _, code in phone.inbox)
    if older != newer:
        assert await codes.check(ACME, TALK, older) is None
    assert await codes.check(ACME, TALK, newer) == "+43123456789"


async def test_it_runs_out_and_does_not_stand_in_redis(
    codes: OneTimeCodes, phone: Phone, handle: RedisHandle
) -> None:
    await codes.send(ACME, TALK, NUMBER)
    name = key("one-time-code", ACME, TALK)
    assert LIFE_S - 60 < await handle.client.ttl(name) <= LIFE_S
    kept = await handle.client.hgetall(name)
    assert phone.code.encode() not in b"".join((*kept, *kept.values())).replace(NUMBER.encode(), b"")
    await handle.client.expire(name, 0)
    with pytest.raises(Refused, match="too old"):
        await codes.check(ACME, TALK, phone.code)


async def test_neither_a_number_nor_a_conversation_gets_many(codes: OneTimeCodes, phone: Phone) -> None:
    for turn in range(CODES_PER_NUMBER):
        await codes.send(ACME, ConversationId(f"talk {turn}"), NUMBER)
    with pytest.raises(RateLimited) as caught:
        await codes.send(BISTRO, TALK, NUMBER)
    assert NUMBER not in str(caught.value)
    for turn in range(CODES_PER_CONVERSATION):
        await codes.send(ACME, OTHER, f"+4312345678{turn}")
    with pytest.raises(RateLimited):
        await codes.send(ACME, OTHER, "+43999999999")
    assert len(phone.inbox) == CODES_PER_NUMBER + CODES_PER_CONVERSATION


@pytest.mark.parametrize(
    "number", ["", "0202 555 0143", "+1", "+1202555014312345678", "+1 202 CALL ME", "\u202e+12025550143"]
)
async def test_what_is_no_number_gets_none(codes: OneTimeCodes, phone: Phone, number: str) -> None:
    with pytest.raises(Refused, match="country code"):
        await codes.send(ACME, TALK, number)
    assert phone.inbox == []


async def test_while_redis_is_away_none_is_sent_and_none_is_right(tmp_path: Path) -> None:
    phone = Phone()
    async with open_redis("redis://127.0.0.1:1/0", tmp_path, may_start=False) as handle:
        codes = OneTimeCodes(handle.client, phone, SECRET)
        with pytest.raises(MemoryUnavailable):
            await codes.send(ACME, TALK, NUMBER)
        with pytest.raises(MemoryUnavailable):
            await codes.check(ACME, TALK, "123456")
    assert phone.inbox == []
