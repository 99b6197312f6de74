"""What comes in and goes out through doors that push, whichever database is behind it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import anyio
import pytest
from sqlalchemy import select, update

from core.channel_tables import inbox, outbound
from core.consents import Consents
from core.conversations import Conversations
from core.errors import NotFound
from core.inbox import Inbound, Inbox
from core.lease_queue import Held
from core.lines import Lines
from core.messages import Address
from core.outbound import Outbound, OutboundMessage
from core.outbox import Outbox
from core.process import this_process
from core.records import Records, now
from core.tenants import TenantId
from core.tickets import Tickets

pytestmark = pytest.mark.anyio

ACME, OTHER = TenantId("acme"), TenantId("other")
ANN = Address(channel="sms", account="+15005550100", person="+15005550006")
BEN = Address(channel="sms", account="+15005550100", person="+15005550007")
DOORS = ("sms",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Both queues and what goes with them, over one database."""

    records: Records
    inbox: Inbox
    outbound: Outbound
    lines: Lines
    consents: Consents
    tickets: Tickets
    conversations: Conversations


def parts_over(records: Records) -> Parts:
    outbox = Outbox(records)
    conversations = Conversations(records, outbox)
    return Parts(
        records=records,
        inbox=Inbox(records),
        outbound=Outbound(records),
        lines=Lines(records, conversations),
        consents=Consents(records),
        tickets=Tickets(records, outbox),
        conversations=conversations,
    )


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path}/desk.sqlite"
        return
    async with request.getfixturevalue("postgres").schema() as schema:
        yield schema


@pytest.fixture
async def parts(url: str) -> AsyncIterator[Parts]:
    records = await Records.open(url)
    yield parts_over(records)
    await records.close()


@pytest.fixture(autouse=True)
def looks_for_the_dead_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.lease_queue.ORPHANS_S", 0)


def said(id: str, text: str = "Hi", address: Address = ANN, tenant: TenantId = ACME) -> Inbound:
    return Inbound(id=f"sms:{id}", tenant=tenant, kind="message", address=address, body={"text": text})


def told(id: str, address: Address = ANN, tenant: TenantId = ACME) -> OutboundMessage:
    return OutboundMessage(id=id, tenant=tenant, address=address, kind="reply", body={"text": "Hello"})


async def due(parts: Parts) -> list[tuple[Held, Inbound]]:
    return await parts.inbox.due(DOORS, most=50)


async def test_the_same_delivery_is_kept_once_however_often_it_comes(parts: Parts) -> None:
    assert await parts.inbox.accept([said("1"), said("2")]) == 2
    assert await parts.inbox.accept([said("1", "something else"), said("3")]) == 1
    async with asyncio.TaskGroup() as tasks:
        together = [tasks.create_task(parts.inbox.accept([said("4")])) for _ in range(5)]
    assert sum(each.result() for each in together) == 1
    assert await parts.inbox.accept([said("1", tenant=OTHER)]) == 1


async def test_what_was_said_on_a_line_is_worked_on_in_order(parts: Parts) -> None:
    for id in ("b", "a", "c"):
        await parts.inbox.accept([said(id)])
    await parts.inbox.accept([said("ben", address=BEN)])
    order = []
    while found := await due(parts):
        assert len({thing.address.person for _, thing in found}) == len(found)
        for held, thing in found:
            assert await parts.inbox.queue.hold(held)
            order.append(thing.id)
            assert all(later.address != thing.address for _, later in await due(parts))
        for held, _ in found:
            await parts.inbox.done(held)
    assert [id for id in order if id != "sms:ben"] == ["sms:b", "sms:a", "sms:c"]


async def test_of_many_that_look_one_holds_a_thing(parts: Parts, url: str) -> None:
    await parts.inbox.accept([said(str(number), address=BEN) for number in range(1)])
    others = [parts_over(await Records.open(url)) for _ in range(3)]
    try:
        ((held, _),) = await due(parts)
        async with asyncio.TaskGroup() as tasks:
            tries = [tasks.create_task(each.inbox.queue.hold(held)) for each in (parts, *others)]
        assert sum(len(each.result()) for each in tries) == 1
    finally:
        for each in others:
            await each.records.close()


async def test_a_thing_that_is_done_leaves_its_id_and_none_of_its_words(parts: Parts) -> None:
    await parts.inbox.accept([said("1", "my secret is mauve")])
    ((held, _),) = await due(parts)
    assert await parts.inbox.queue.hold(held)
    await parts.inbox.done(held)
    async with parts.records.reading() as connection:
        (row,) = (await connection.execute(select(inbox))).all()
    assert (row.state, row.body, row.id) == ("done", {}, "sms:1")
    assert await parts.inbox.accept([said("1")]) == 0
    assert not await due(parts)


async def test_what_is_postponed_comes_again_later_and_says_how_often_it_was_tried(parts: Parts) -> None:
    await parts.inbox.accept([said("1"), said("2")])
    ((held, thing),) = await due(parts)
    assert thing.attempts == 0
    assert await parts.inbox.queue.hold(held)
    await parts.inbox.queue.postpone(held, "away", pause_s=0.2)
    assert not await due(parts)
    await anyio.sleep(0.3)
    ((_, again),) = await due(parts)
    assert (again.id, again.attempts) == (thing.id, 1)


async def test_what_a_dead_process_held_is_free_at_once(parts: Parts) -> None:
    await parts.inbox.accept([said("1")])
    ((held, _),) = await due(parts)
    assert await parts.inbox.queue.hold(held)
    assert not await due(parts)
    await _let_hold(parts, _dead_process())
    assert len(await due(parts)) == 1


async def test_what_a_living_process_holds_is_left_to_it_until_its_time_is_over(parts: Parts) -> None:
    await parts.inbox.accept([said("1")])
    await _let_hold(parts, f"{this_process()}/other")
    assert not await due(parts)
    async with parts.records.transaction() as connection:
        await connection.execute(update(inbox).values(next_at=now() - timedelta(seconds=1)))
    assert len(await due(parts)) == 1


async def _let_hold(parts: Parts, owner: str) -> None:
    async with parts.records.transaction() as connection:
        held_until = now() + timedelta(hours=1)
        await connection.execute(update(inbox).values(held_by=owner, next_at=held_until))


def _dead_process() -> str:
    code = "from core.process import this_process; print(this_process())"
    command = [sys.executable, "-c", code]
    root = Path(__file__).parents[2]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=root).stdout.strip()


async def test_one_who_lost_a_thing_can_not_end_it(parts: Parts, url: str) -> None:
    await parts.inbox.accept([said("1")])
    ((held, _),) = await due(parts)
    assert await parts.inbox.queue.hold(held)
    records = await Records.open(url)
    other = parts_over(records)
    async with records.transaction() as connection:
        await connection.execute(update(inbox).values(next_at=now() - timedelta(seconds=1)))
    ((seen, _),) = await due(other)
    assert await other.inbox.queue.hold(seen)
    assert not await parts.inbox.queue.end(held, state="done", body={})
    assert await other.inbox.queue.end(seen, state="done", body={})
    await records.close()


async def test_things_of_doors_that_nobody_serves_here_are_left(parts: Parts) -> None:
    await parts.inbox.accept([said("1")])
    assert not await parts.inbox.due(("slack",), most=50)


async def test_a_message_goes_out_once_and_in_the_order_of_its_line(parts: Parts) -> None:
    await parts.outbound.add(told("answer:1"), told("answer:2"))
    await parts.outbound.add(told("answer:1"))
    ((held, message),) = await parts.outbound.due(DOORS, most=9)
    assert (message.id, message.is_repeat) == ("answer:1", False)
    assert await parts.outbound.queue.hold(held)
    assert not await parts.outbound.due(DOORS, most=9)
    await parts.outbound.sent(held, "SM1")
    ((_, following),) = await parts.outbound.due(DOORS, most=9)
    assert following.id == "answer:2"
    assert (await parts.outbound.get(ACME, "answer:1")).state == "sent"
    assert await parts.outbound.known("sms", ["SM1", "SM2"]) == {"SM1"}
    with pytest.raises(NotFound):
        await parts.outbound.get(OTHER, "answer:1")


async def test_a_message_whose_sending_was_cut_off_says_so(parts: Parts) -> None:
    await parts.outbound.add(told("answer:1"))
    ((held, _),) = await parts.outbound.due(DOORS, most=9)
    assert await parts.outbound.queue.hold(held)
    async with parts.records.transaction() as connection:
        await connection.execute(update(outbound).values(held_by=_dead_process()))
    ((_, again),) = await parts.outbound.due(DOORS, most=9)
    assert again.is_repeat


async def test_how_far_a_message_has_come_never_goes_back(parts: Parts) -> None:
    await parts.outbound.add(told("answer:1"))
    ((held, _),) = await parts.outbound.due(DOORS, most=9)
    assert await parts.outbound.queue.hold(held)
    come = partial(parts.outbound.progress, ACME, "answer:1")
    assert await come("delivered")
    # The carrier was faster than its own answer to us.
    await parts.outbound.sent(held, "SM1")
    assert (await parts.outbound.get(ACME, "answer:1")).state == "delivered"
    for late in ("sent", "undelivered", "failed", "delivered"):
        assert not await come(late)
    assert await come("read")
    assert not await come("delivered")
    found = await parts.outbound.find("sms", "SM1")
    assert found is not None
    assert (found.state, found.provider_id) == ("read", "SM1")


async def test_nothing_goes_out_before_its_time(parts: Parts) -> None:
    later = OutboundMessage(
        id="reply:1", tenant=ACME, address=ANN, kind="reply", not_before=now() + timedelta(seconds=0.3)
    )
    await parts.outbound.add(later)
    assert not await parts.outbound.due(DOORS, most=9)
    await anyio.sleep(0.4)
    assert len(await parts.outbound.due(DOORS, most=9)) == 1


async def test_a_line_goes_on_with_its_conversation_until_it_was_silent_for_long(parts: Parts) -> None:
    first = await parts.lines.enter(ACME, ANN, fresh_after_h=1)
    assert first.is_new
    same = await parts.lines.enter(ACME, ANN, fresh_after_h=1)
    assert (same.conversation_id, same.is_new) == (first.conversation_id, False)
    assert (await parts.lines.enter(ACME, BEN)).conversation_id != first.conversation_id
    assert (await parts.lines.enter(OTHER, ANN)).conversation_id != first.conversation_id
    await anyio.sleep(0.05)
    later = await parts.lines.enter(ACME, ANN, fresh_after_h=0.00001)
    assert later.is_new
    assert later.conversation_id != first.conversation_id


async def test_a_line_waits_for_a_person_however_long_that_takes(parts: Parts) -> None:
    line = await parts.lines.enter(ACME, ANN)
    conversation = await parts.conversations.get(ACME, line.conversation_id)
    await parts.tickets.open(conversation, "asked for a person")
    await anyio.sleep(0.05)
    later = await parts.lines.enter(ACME, ANN, fresh_after_h=0.00001)
    assert later.conversation_id == line.conversation_id


async def test_what_a_door_keeps_of_a_line_is_gone_with_its_conversation(parts: Parts) -> None:
    line = await parts.lines.enter(ACME, ANN)
    await parts.lines.keep(line, {"page": 2})
    found = await parts.lines.find(ACME, ANN)
    assert found is not None
    assert found.state == {"page": 2}
    await parts.lines.end(ACME, ANN)
    fresh = await parts.lines.enter(ACME, ANN)
    await parts.lines.keep(line, {"page": 3})
    found = await parts.lines.find(ACME, ANN)
    assert found is not None
    assert (found.conversation_id, found.state) == (fresh.conversation_id, {})


async def test_the_newest_consent_counts_and_each_is_kept(parts: Parts) -> None:
    note = partial(parts.consents.note, ACME, ANN)
    assert await parts.consents.latest(ACME, ANN) is None
    assert await note(is_given=True, how="message")
    assert not await note(is_given=True, how="message")
    assert await note(is_given=False, how="STOP")
    latest = await parts.consents.latest(ACME, ANN)
    assert latest is not None
    assert not latest.is_given
    assert await parts.consents.latest(OTHER, ANN) is None
    assert await parts.consents.latest(ACME, BEN) is None
    assert [each.how for each in await parts.consents.all(ACME, ANN)] == ["message", "STOP"]
