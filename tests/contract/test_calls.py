"""What the records of calls promise, whichever database is behind them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, func, select, update

from core.call_latencies import call_spreads, spreads
from core.call_sounds import CallSounds, TakenSound
from core.call_states import CallState
from core.call_tables import call_lines, call_sounds, call_turns, calls
from core.calls import LONGEST, Calls
from core.conversations import Conversations
from core.customers import CustomerClaims, Customers
from core.encryption import Keyring
from core.errors import NotFound
from core.files import Files
from core.kept_calls import CallLine, CallNews, CallTurn, KeptTalk
from core.messages import Address, ConversationId
from core.outbox import Outbox
from core.process import this_process
from core.records import Records, now
from core.retention import Retention
from core.schema import conversations
from core.tenants import TenantId
from tests.services.postgres import PostgresServer, postgres_server

pytestmark = pytest.mark.anyio

ACME, OTHER = TenantId("acme"), TenantId("other")
CALLER, CALLED = "+15005550177", "+15005550100"
STREAM = "redis"
SOUND = b"RIFF....WAVE of somebody's voice"


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The calls of a desk, and what lies beside them."""

    records: Records
    outbox: Outbox
    files: Files
    calls: Calls
    sounds: CallSounds

    async def begun(self, id: str = "CA1", tenant: TenantId = ACME) -> ConversationId:
        """A call that has come in."""
        talks = Conversations(self.records, self.outbox)
        address = Address(channel="voice", account=CALLED, person=CALLER)
        conversation = await talks.start(tenant, address)
        await self.calls.begin(tenant, id, conversation.id, caller=CALLER, called=CALLED)
        return conversation.id

    async def told(self) -> list[dict[str, Any]]:
        """The events about calls that wait to be handed over."""
        found = [parcel.body for parcel in await self.outbox.oldest(STREAM, limit=100)]
        return [event for event in found if event["type"] == "frontdesk.call.finished"]

    async def count(self, *tables: Table) -> list[int]:
        async with self.records.reading() as connection:
            return [
                int(await connection.scalar(select(func.count()).select_from(table)) or 0) for table in tables
            ]

    async def change(self, **values: Any) -> None:
        async with self.records.transaction() as connection:
            await connection.execute(update(calls).values(**values))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
async def book(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Book]:
    async with AsyncExitStack() as stack:
        url = f"sqlite+aiosqlite:///{tmp_path / 'desk.sqlite'}"
        if request.param == "postgresql":
            server: PostgresServer = request.getfixturevalue("postgres")
            url = await stack.enter_async_context(server.schema())
        records = await Records.open(url)
        stack.push_async_callback(records.close)
        keys = Keyring.open("", tmp_path / "files.key")
        files = await Files.open("", folder=tmp_path / "files", keys=keys)
        stack.push_async_callback(files.close)
        outbox = Outbox(records, streams=[STREAM])
        yield Book(
            records=records,
            outbox=outbox,
            files=files,
            calls=Calls(records, outbox),
            sounds=CallSounds(records, files),
        )


def a_talk(id: str = "1") -> KeptTalk:
    return KeptTalk(
        id=id,
        lines=(
            CallLine(at_s=0.1, who="desk", text="Hello.", kind="phrase", heard="Hello."),
            CallLine(at_s=2.0, who="caller", text="How long may I take?", confidence=0.8),
            CallLine(at_s=3.0, who="desk", text="Thirty days from now.", kind="answer", heard="Thirty days"),
        ),
        turns=(CallTurn(question_id="q", at_s=2.9, latencies={"eot_wait": 700.0}, was_interrupted=True),),
        reason="goodbye",
        language="en",
        disclosure="Hello.",
        seconds=9.5,
    )


NEWS = [
    CallNews(state="ringing", caller=CALLER, called=CALLED),
    CallNews(state="in-progress"),
    CallNews(state="completed", duration_s=12),
]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
async def test_news_of_a_carrier_come_to_the_same_in_any_order(book: Book, order: tuple[int, ...]) -> None:
    for place in order:
        await book.calls.progress(ACME, "CA1", NEWS[place])
    assert not await book.calls.progress(ACME, "CA1", NEWS[order[0]])
    await book.begun()
    call = await book.calls.get(ACME, "CA1")
    assert (call.state, call.duration_s, call.caller, call.called) == ("completed", 12, CALLER, CALLED)
    assert call.answered_at is not None
    assert call.ended_at is not None
    assert call.conversation_id is not None


async def test_a_call_that_is_told_of_by_many_at_once_is_one(book: Book) -> None:
    states: list[CallState] = ["ringing", "in-progress", "completed", "ringing", "completed"]
    moved = await asyncio.gather(
        *(book.calls.progress(ACME, "CA1", CallNews(state=state)) for state in states)
    )
    assert moved.count(True) >= 1
    assert (await book.calls.get(ACME, "CA1")).state == "completed"
    assert await book.count(calls) == [1]


async def test_a_talk_is_kept_whole_with_its_event_and_once(book: Book) -> None:
    conversation_id = await book.begun()
    talk = a_talk()
    assert await book.calls.keep(ACME, "CA1", talk)
    assert not await book.calls.keep(ACME, "CA1", talk)
    assert await book.calls.lines(ACME, "CA1") == list(talk.lines)
    assert await book.calls.turns(ACME, "CA1") == list(talk.turns)
    call = await book.calls.get(ACME, "CA1")
    assert (call.language, call.disclosure) == ("en", "Hello.")
    (event,) = await book.told()
    assert event["id"] == "call.finished:CA1:1"
    assert event["subject"] == conversation_id
    assert event["data"]["reason"] == "goodbye"
    assert (event["data"]["turns"], event["data"]["interrupted"]) == (1, 1)


async def test_a_second_talk_of_a_call_comes_after_the_first(book: Book) -> None:
    await book.begun()
    assert await book.calls.keep(ACME, "CA1", a_talk("1"))
    assert await book.calls.keep(ACME, "CA1", a_talk("2"))
    assert len(await book.calls.lines(ACME, "CA1")) == 6
    assert [event["id"][-1] for event in await book.told()] == ["1", "2"]


async def test_another_tenants_call_is_none(book: Book) -> None:
    await book.begun()
    for asked in (book.calls.get(OTHER, "CA1"), book.calls.keep(OTHER, "CA1", a_talk())):
        with pytest.raises(NotFound):
            await asked
    assert await book.calls.latest(OTHER) == []
    assert await book.calls.lines(OTHER, "CA1") == []
    assert await book.told() == []


async def test_hostile_words_are_kept_as_every_database_can(book: Book) -> None:
    await book.begun()
    hostile = "a\x00b\ud83dc 'quoted' {} 🙂"
    talk = KeptTalk(id="1", lines=[CallLine(at_s=0, who="caller", text=hostile)])
    await book.calls.keep(ACME, "CA1", talk)
    assert (await book.calls.lines(ACME, "CA1"))[0].text == "a\ufffdb\ufffdc 'quoted' {} 🙂"


async def test_a_call_whose_process_died_is_closed_by_the_sweep_and_told(book: Book) -> None:
    await book.begun()
    assert await book.calls.sweep() == 0
    await book.change(held_by=this_process(), touched_at=now() - timedelta(minutes=2))
    assert await book.calls.sweep() == 1
    assert await book.calls.sweep() == 0
    call = await book.calls.get(ACME, "CA1")
    assert (call.state, call.reason) == ("lost", "nothing was heard of it any more")
    assert [event["id"] for event in await book.told()] == ["call.finished:CA1:lost"]
    await book.calls.progress(ACME, "CA1", CallNews(state="completed", duration_s=3))
    assert (await book.calls.get(ACME, "CA1")).state == "completed"


async def test_a_call_nobody_told_the_end_of_is_closed_in_a_day_and_an_ended_one_never(book: Book) -> None:
    await book.begun("CA1")
    await book.begun("CA2")
    await book.calls.progress(ACME, "CA2", CallNews(state="completed"))
    await book.change(touched_at=now() - LONGEST - timedelta(minutes=1))
    assert await book.calls.sweep() == 1
    assert (await book.calls.get(ACME, "CA2")).state == "completed"


async def test_a_talk_that_goes_on_says_so(book: Book) -> None:
    await book.begun()
    await book.change(touched_at=now() - timedelta(minutes=2))
    async with book.calls.alive(ACME, "CA1"):
        await book.calls.hold(ACME, "CA1")
        assert await book.calls.sweep() == 0


async def test_latencies_are_spread_by_part(book: Book) -> None:
    await book.begun()
    turns = [CallTurn(question_id=str(n), at_s=n, latencies={"send": float(n)}) for n in range(1, 101)]
    await book.calls.keep(ACME, "CA1", KeptTalk(id="1", turns=turns))
    found = await call_spreads(book.records, ACME)
    assert (found["send"].p50_ms, found["send"].p95_ms, found["send"].turns) == (50.0, 95.0, 100)
    assert await call_spreads(book.records, OTHER) == {}
    assert await call_spreads(book.records, ACME, since=now() + timedelta(hours=1)) == {}
    assert spreads([{"send": float("nan"), "unknown": 1.0}]) == {}


def a_sound(id: str = "RE1", **more: Any) -> TakenSound:
    chosen: dict[str, Any] = {"kind": "voicemail", "data": SOUND, "media_type": "audio/wav", "seconds": 2.0}
    return TakenSound(id=id, call_id="CA1", **chosen | more)


async def test_a_sound_that_comes_twice_is_one_and_is_sealed(book: Book, tmp_path: Path) -> None:
    await book.begun()
    first = await book.sounds.add(ACME, a_sound())
    assert await book.sounds.add(ACME, a_sound()) == first
    assert list(await book.sounds.of(ACME, "CA1")) == [first]
    assert await book.sounds.data(first) == SOUND
    assert await book.sounds.of(OTHER, "CA1") == []
    kept = [path.read_bytes() for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert kept
    assert not [data for data in kept if SOUND in data]
    with pytest.raises(NotFound):
        await book.sounds.add(OTHER, a_sound())


async def test_a_recording_goes_with_its_days_and_leaves_the_call(book: Book) -> None:
    await book.begun()
    short = await book.sounds.add(ACME, a_sound("RE1", kind="recording", keep_days=1.0))
    kept = await book.sounds.add(ACME, a_sound("RE2", data=SOUND + b"!"))
    async with book.records.transaction() as connection:
        await connection.execute(
            update(call_sounds).where(call_sounds.c.id == "RE1").values(keep_until=now() - timedelta(hours=1))
        )
    retention = Retention(records=book.records, files=book.files)
    await retention.run()
    assert not await book.files.exists(ACME, short.content_hash)
    assert await book.files.exists(ACME, kept.content_hash)
    assert [sound.id for sound in await book.sounds.of(ACME, "CA1")] == ["RE2"]
    assert await book.count(calls) == [1]


async def test_bytes_that_another_sound_holds_stay(book: Book) -> None:
    await book.begun()
    await book.sounds.add(ACME, a_sound("RE1", keep_days=-1.0))
    twin = await book.sounds.add(ACME, a_sound("RE2"))
    assert await book.sounds.forget_due() == 1
    assert await book.sounds.data(twin) == SOUND


async def test_an_old_conversation_takes_its_calls_along(book: Book) -> None:
    await book.begun()
    await book.calls.keep(ACME, "CA1", a_talk())
    await book.sounds.add(ACME, a_sound())
    async with book.records.transaction() as connection:
        await connection.execute(update(conversations).values(created_at=now() - timedelta(days=40)))
    forgotten = await Retention(records=book.records, files=book.files, days=30).run()
    assert forgotten.conversations == 1
    assert await book.count(calls, call_lines, call_turns, call_sounds) == [0, 0, 0, 0]


async def test_forgetting_a_customer_deletes_their_calls_with_words_and_sound(book: Book) -> None:
    theirs = await book.begun("CA1")
    await book.calls.keep(ACME, "CA1", a_talk())
    sound = await book.sounds.add(ACME, a_sound())
    await book.begun("CA2", OTHER)
    customers = Customers(book.records, book.files)
    said = CustomerClaims(subject="ann", phone=CALLER, is_phone_verified=True)
    customer = await customers.sign_in(ACME, said)
    await customers.forget(ACME, customer.id)
    assert await book.count(calls, call_lines, call_turns, call_sounds) == [1, 0, 0, 0]
    assert not await book.files.exists(ACME, sound.content_hash)
    assert (await book.calls.get(OTHER, "CA2")).caller == CALLER
    assert (await Conversations(book.records, book.outbox).get(ACME, theirs)).id == theirs


async def test_a_number_that_nobody_verified_takes_no_calls_along(book: Book) -> None:
    await book.begun()
    customers = Customers(book.records, book.files)
    customer = await customers.sign_in(ACME, CustomerClaims(subject="eve", phone=CALLER))
    await customers.forget(ACME, customer.id)
    assert await book.count(calls) == [1]
