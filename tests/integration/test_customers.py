"""Customers as records: what is known of them, and whose a proved number is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.conversations import Conversations
from core.customers import Customer, CustomerClaims, Customers
from core.errors import NotFound
from core.messages import Address, ConversationId
from core.outbox import Outbox
from core.records import Records
from core.tenants import TenantId

pytestmark = pytest.mark.anyio

ACME, BISTRO = TenantId("acme"), TenantId("bistro")
NUMBER = "+12025550143"


@dataclass
class Book:
    customers: Customers
    conversations: Conversations

    async def talk(self, customer: Customer | None = None) -> ConversationId:
        known = customer.id if customer else None
        return (await self.conversations.start(ACME, Address(channel="sms"), known)).id

    async def sign_in(self, subject: str, *, phone: str | None = None, verified: bool = False) -> Customer:
        claims = CustomerClaims(subject=subject, phone=phone, is_phone_verified=verified)
        return await self.customers.sign_in(ACME, claims)


@pytest.fixture
async def book(tmp_path: Path) -> AsyncIterator[Book]:
    records = await Records.open_file(tmp_path / "desk.sqlite")
    yield Book(Customers(records), Conversations(records, Outbox(records)))
    await records.close()


async def test_one_subject_is_one_customer_however_many_come_at_once(book: Book) -> None:
    made = await asyncio.gather(*(book.sign_in("anna") for _ in range(10)))
    assert len({customer.id for customer in made}) == 1
    other = await book.customers.sign_in(BISTRO, CustomerClaims(subject="anna"))
    assert other.id != made[0].id
    with pytest.raises(NotFound):
        await book.customers.get(BISTRO, made[0].id)
    assert await book.customers.get(ACME, made[0].id) == made[0]


async def test_a_proved_number_stays_until_the_site_has_verified_another(book: Book) -> None:
    anna = await book.sign_in("anna", phone="+431111111")
    assert not anna.is_phone_verified
    talk = await book.talk(anna)
    proved = await book.customers.prove_phone(ACME, talk, NUMBER)
    assert proved is not None
    assert (proved.id, proved.phone, proved.is_phone_verified) == (anna.id, NUMBER, True)
    again = await book.sign_in("anna", phone="+432222222")
    assert (again.phone, again.is_phone_verified) == (NUMBER, True)
    assert (await book.sign_in("anna")).phone == NUMBER
    moved = await book.sign_in("anna", phone="+433333333", verified=True)
    assert (moved.phone, moved.is_phone_verified) == ("+433333333", True)


async def test_whoever_writes_a_strangers_number_into_their_account_gets_nothing(book: Book) -> None:
    thief = await book.sign_in("thief", phone=NUMBER)
    call = await book.talk()
    caller = await book.customers.prove_phone(ACME, call, NUMBER)
    assert caller is not None
    assert caller.id != thief.id
    assert await book.conversations.of_customer(ACME, thief.id) == []
    assert await book.customers.of_conversation(ACME, call) == caller


async def test_who_shares_a_number_can_not_be_told_apart(book: Book) -> None:
    anna = await book.sign_in("anna", phone=NUMBER, verified=True)
    first = await book.talk()
    assert await book.customers.prove_phone(ACME, first, NUMBER) == anna
    await book.sign_in("bert", phone=NUMBER, verified=True)
    second = await book.talk()
    assert await book.customers.prove_phone(ACME, second, NUMBER) is None
    assert await book.customers.of_conversation(ACME, second) is None


async def test_numbers_proved_first_join_the_customer_whom_the_site_knows_by_them(book: Book) -> None:
    calls = [await book.talk() for _ in range(3)]
    for call in calls:
        await book.customers.prove_phone(ACME, call, NUMBER)
    anna = await book.sign_in("anna", phone=NUMBER, verified=True)
    mine = await book.conversations.of_customer(ACME, anna.id)
    assert [one.id for one in mine] == calls[::-1]
    assert [one.id for one in await book.conversations.of_customer(ACME, anna.id, most=1)] == calls[-1:]


async def test_a_number_that_a_customer_proves_brings_the_calls_that_were_made_from_it(book: Book) -> None:
    call = await book.talk()
    await book.customers.prove_phone(ACME, call, NUMBER)
    assert await book.customers.prove_phone(ACME, call, NUMBER) is not None
    anna = await book.sign_in("anna")
    chat = await book.talk(anna)
    await book.customers.prove_phone(ACME, chat, NUMBER)
    assert {one.id for one in await book.conversations.of_customer(ACME, anna.id)} == {call, chat}


async def test_forgetting_a_customer_keeps_what_was_said(book: Book) -> None:
    anna = await book.sign_in("anna")
    talk = await book.talk(anna)
    await book.customers.forget(BISTRO, anna.id)
    assert await book.customers.of_conversation(ACME, talk) == anna
    await book.customers.forget(ACME, anna.id)
    assert await book.customers.of_conversation(ACME, talk) is None
    assert (await book.conversations.outline(ACME, talk)).customer_id is None
