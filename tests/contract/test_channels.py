"""What every door promises whoever speaks through it, over real sockets and the services' own protocols."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.access import Principal, Role
from core.assembly import Desk
from core.errors import SearchUnavailable
from core.faq import FaqDraft
from core.schema import answers, feedback, messages, staff_messages
from core.search import Searcher
from core.tenants import DEFAULT_TENANT
from core.tickets import Ticket
from tests.fakes.doors import (
    Doors,
    SlackCustomer,
    SmsCustomer,
    WebCustomer,
    bare,
    open_all_doors,
    until,
)

pytestmark = pytest.mark.anyio

Customer = WebCustomer | SlackCustomer | SmsCustomer
ANA = Principal(tenant=DEFAULT_TENANT, role=Role.STAFF, person="key:Ana", name="Ana")
RETURNS = """How long can I return a lamp?

You can return any unused lamp within 47 days of the day it arrived.

What does the courier cost?

The courier costs 12 euros & 50 cents for each <large> parcel.
"""
QUESTION = "How long can I return a lamp?"
LONG = " ".join(
    f"Step {number}: press the *small* button {number} times & wait until the <green> light ` is on_{number}."
    for number in range(1, 46)
)
phones = (f"+1202555{number:04}" for number in itertools.count(1))


class Away(Searcher):
    """An index that is away while `is_away`."""

    is_away = False

    async def search(self, *arguments: object, **more: object) -> list[object]:  # type: ignore[override]
        if Away.is_away:
            raise SearchUnavailable("the index is away")
        return await super().search(*arguments, **more)  # type: ignore[arg-type,return-value]


def _with_index_that_goes_away(desk: Desk) -> Desk:
    searcher = desk.answerer.searcher
    away = Away(index=searcher.index, embedder=searcher.embedder, candidates=searcher.candidates)
    return replace(desk, answerer=replace(desk.answerer, searcher=away))


@pytest.fixture(scope="module")
async def doors(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Doors]:
    folder: Path = tmp_path_factory.mktemp("doors")
    limits = {"questions_per_minute": 1000, "conversations_per_minute": 1000}
    async with open_all_doors(folder, _with_index_that_goes_away, limits=limits) as opened:
        await opened.publish(RETURNS, "returns.txt")
        await opened.desk.faq.add(
            DEFAULT_TENANT, FaqDraft(question="How do I reset the smart lamp completely?", answer=LONG)
        )
        yield opened


CASES: dict[str, Callable[[Doors], Customer]] = {
    "web": WebCustomer,
    "slack": SlackCustomer,
    "sms": lambda doors: SmsCustomer(doors, next(phones)),
}


@pytest.fixture(params=CASES)
def customer(request: pytest.FixtureRequest, doors: Doors) -> Customer:
    return CASES[request.param](doors)


async def hears(customer: Customer, count: int = 1) -> list[str]:
    """What the customer has heard, once it is so many things."""

    async def is_there() -> bool:
        await customer.listen()
        return len(customer.heard) >= count

    await until(is_there)
    return list(customer.heard)


async def count_of(doors: Doors, table: object, **where: object) -> int:
    query = select(func.count()).select_from(table)  # type: ignore[arg-type]
    for name, value in where.items():
        query = query.where(table.c[name] == value)  # type: ignore[attr-defined]
    async with doors.desk.stores.records.reading() as connection:
        return int(await connection.scalar(query) or 0)


async def ticket_of(doors: Doors, before: set[str]) -> Ticket:
    found: list[Ticket] = []

    async def is_open() -> bool:
        known = await doors.desk.tickets.list(DEFAULT_TENANT)
        found[:] = [one for one in known if one.id not in before]
        return bool(found)

    await until(is_open)
    return found[0]


async def test_a_question_is_answered_with_its_words_and_its_source(customer: Customer) -> None:
    await customer.say(QUESTION)
    (heard,) = await hears(customer)
    assert "within 47 days" in heard
    assert "returns.txt" in await customer.sources()


async def test_letters_that_markup_is_made_of_survive(customer: Customer) -> None:
    await customer.say("What does the courier cost?")
    (heard,) = await hears(customer)
    assert "12 euros" in heard
    shown = heard.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").replace("\\", "")
    assert "& 50 cents for each <large> parcel" in shown


async def test_a_forged_proof_is_refused_and_nothing_is_kept(customer: Customer, doors: Doors) -> None:
    before = await count_of(doors, messages)
    assert await customer.ask_as_nobody() in (401, 403)
    await asyncio.sleep(0.3)
    assert await count_of(doors, messages) == before


async def test_what_was_signed_too_long_ago_is_refused(doors: Doors) -> None:
    # Twilio signs no moment: what is delivered again is the same message, by its id.
    before = await count_of(doors, messages)
    assert await SlackCustomer(doors).ask_too_late() == 401
    await asyncio.sleep(0.3)
    assert await count_of(doors, messages) == before


async def test_the_same_delivery_twice_is_one_message(customer: Customer, doors: Doors) -> None:
    before = await count_of(doors, answers)
    await customer.say(QUESTION, id="first")
    await hears(customer)
    await customer.say(QUESTION, id="first")
    await asyncio.sleep(0.7)
    assert len(customer.heard) == 1
    assert await count_of(doors, answers) == before + 1


async def test_a_long_answer_stays_within_the_limits_and_loses_nothing(customer: Customer) -> None:
    await customer.say("How do I reset the smart lamp completely?")
    heard = await hears(customer)
    if customer.name == "sms":
        while "MORE" in heard[-1]:
            await customer.say("more")
            heard = await hears(customer, len(heard) + 1)
        assert all(len(one) <= 160 * 3 for one in heard)
    shown = bare(
        "".join(one.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">") for one in heard)
    )
    for number in range(1, 46):
        assert bare(f"press the *small* button {number} times & wait until the <green> light") in shown


async def test_its_own_control_gives_feedback(customer: Customer, doors: Doors) -> None:
    before = await count_of(doors, feedback, verdict="up")
    await customer.say(QUESTION)
    await hears(customer)
    await customer.rate_up()

    async def is_kept() -> bool:
        return await count_of(doors, feedback, verdict="up") == before + 1

    await until(is_kept)


async def test_an_outage_is_one_polite_sentence_and_a_ticket(customer: Customer, doors: Doors) -> None:
    known = {one.id for one in await doors.desk.tickets.list(DEFAULT_TENANT)}
    Away.is_away = True
    try:
        await customer.say("What does the courier from Nowhere cost?")
        (heard,) = await hears(customer)
    finally:
        Away.is_away = False
    assert "sorry" in heard
    assert "12 euros" not in heard
    assert (await ticket_of(doors, known)).trigger == "outage"


async def test_a_person_who_answers_later_is_heard_and_their_notes_are_not(
    customer: Customer, doors: Doors
) -> None:
    known = {one.id for one in await doors.desk.tickets.list(DEFAULT_TENANT)}
    await customer.say("I want to talk to a person")
    heard = await hears(customer)
    ticket = await ticket_of(doors, known)
    await doors.desk.hand_off.take(ticket.id, ANA)
    await doors.desk.notes.add(ticket.id, ANA, "they seem to be aubergine")
    await doors.desk.hand_off.reply(ticket.id, ANA, "Hello, the parcel is in Graz.", "r1")
    await doors.desk.hand_off.reply(ticket.id, ANA, "Hello, the parcel is in Graz.", "r1")

    async def has_heard() -> bool:
        await customer.listen()
        return any("the parcel is in Graz." in one for one in customer.heard)

    await until(has_heard)
    await customer.say("Thank you")
    await asyncio.sleep(0.7)
    assert sum("the parcel is in Graz." in one for one in customer.heard) == 1
    assert not any("aubergine" in one for one in customer.heard)
    await doors.desk.hand_off.give_back(ticket.id, ANA)
    count = len(customer.heard)
    await customer.say(QUESTION)

    async def answers_again() -> bool:
        return any("within 47 days" in one for one in customer.heard[count - 1 :])

    await until(answers_again)
    assert len(customer.heard) > len(heard)
    assert await count_of(doors, staff_messages, ticket_id=ticket.id) == 1


async def test_nothing_but_words_is_one_polite_sentence(customer: Customer) -> None:
    await customer.say("\u200b \u200b")
    (heard,) = await hears(customer)
    assert heard
    assert "Traceback" not in heard
