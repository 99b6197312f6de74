"""Hand-off: a conversation goes from the desk to a person and back, and no word of it is lost or doubled."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fakeredis import FakeAsyncRedis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from core.access import Principal, Role
from core.conversation import Conversation
from core.conversations import Conversations
from core.errors import NotFound, NotNow, Refused, TooLarge, Unauthorized
from core.escalation import Trigger
from core.hand_off import HandOff
from core.hand_off_answers import silence
from core.locks import Locks
from core.messages import Address, Answer, AnswerId, Message, MessageId, Outcome
from core.outbox import Outbox
from core.records import Records
from core.schema import tickets as ticket_rows
from core.tenants import TenantId
from core.tickets import OPEN, Tickets

pytestmark = pytest.mark.anyio

ACME, OTHER = TenantId("acme"), TenantId("other")
STREAM = "redis"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    records: Records
    outbox: Outbox
    conversations: Conversations
    tickets: Tickets
    hand_off: HandOff

    async def talk(self, person: str = "ann@shop.example") -> Conversation:
        return await self.conversations.start(ACME, Address(channel="web", person=person))

    async def say(
        self, conversation: Conversation, text: str, outcome: Outcome | None = Outcome.UNSURE
    ) -> str:
        """What a turn does, as the desk's own turn is to do it; the id of the message."""
        message = Message(
            id=MessageId(uuid.uuid4().hex), tenant=ACME, conversation_id=conversation.id, text=text,
            address=conversation.address,
        )  # fmt: skip
        await self.conversations.remember(message)
        standing = await self.hand_off.listen(message)
        if standing.state == "person":
            await self.conversations.record(message, silence(message))
        elif outcome is not None:
            await self.conversations.record(message, answer(conversation, outcome))
        return message.id

    async def told(self) -> list[dict[str, Any]]:
        parcels = await self.outbox.oldest(STREAM, limit=1000)
        return [one.body["data"] for one in parcels if one.name == "ticket"]


def answer(conversation: Conversation, outcome: Outcome) -> Answer:
    return Answer(
        id=AnswerId(uuid.uuid4().hex), conversation_id=conversation.id, text="It takes five days.",
        outcome=outcome, confidence=0.4, route="documents", model="none",
    )  # fmt: skip


def staff(name: str, role: Role = Role.STAFF, tenant: TenantId = ACME) -> Principal:
    return Principal(tenant=tenant, role=role, person=f"key:{name}")


ANN, BEA, BOSS = staff("Ann"), staff("Bea"), staff("Boss", Role.ADMIN)


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[House]:
    records = await Records.open_file(path)
    redis = FakeAsyncRedis()
    outbox = Outbox(records, streams=[STREAM])
    conversations, tickets = Conversations(records, outbox), Tickets(records, outbox)
    hand_off = HandOff(records, tickets, conversations, Locks(redis))
    try:
        yield House(
            records=records, outbox=outbox, conversations=conversations, tickets=tickets, hand_off=hand_off
        )
    finally:
        await redis.aclose()
        await records.close()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path / "desk.sqlite") as house:
        yield house


async def test_a_conversation_goes_to_a_person_and_back(house: House) -> None:
    conversation = await house.talk()
    await house.say(conversation, "Where is order A-4711?")
    whole = await house.conversations.get(ACME, conversation.id)
    ticket = await house.hand_off.ask(whole, "two failures", "two_failures")
    assert ticket is not None
    assert (ticket.status, ticket.requester) == ("waiting", "ann@shop.example")
    assert "A-4711" in ticket.summary
    assert ticket.due_at is not None
    assert await house.hand_off.state(conversation) == "waiting"
    await house.hand_off.take(ticket.id, ANN)
    assert await house.hand_off.state(conversation) == "person"
    await house.hand_off.reply(ticket.id, ANN, "It left today.")
    await house.say(conversation, "Thank you!")
    await house.hand_off.give_back(ticket.id, ANN, "parcel found")
    assert await house.hand_off.state(conversation) == "bot"
    await house.say(conversation, "And returns?", Outcome.ANSWERED)
    whole = await house.conversations.get(ACME, conversation.id)
    assert [one.text for one in whole.entries] == [
        "Where is order A-4711?", "It left today.", "Thank you!", "And returns?",
    ]  # fmt: skip
    quiet = whole.exchanges[1].answer
    assert quiet is not None
    assert (quiet.text, quiet.outcome, quiet.route) == ("", Outcome.HANDED_OFF, "person")
    assert [(one["happening"], one["status"]) for one in await house.told()] == [
        ("opened", "waiting"), ("taken", "taken"), ("replied", "taken"), ("said", "taken"),
        ("returned", "returned"),
    ]  # fmt: skip
    turns = await house.conversations.last_turns(ACME, conversation.id, most=10)
    assert [turn.text for turn in turns][2:4] == ["It left today.", "Thank you!"]


async def test_of_many_who_take_a_ticket_at_once_one_has_it(house: House, tmp_path: Path) -> None:
    async with opened(tmp_path / "desk.sqlite") as another:
        ticket = await house.hand_off.ask(await house.talk(), None, "asked")
        assert ticket is not None
        crowd = [staff(f"S{number}") for number in range(8)]
        done = await asyncio.gather(
            *[(house, another)[place % 2].hand_off.take(ticket.id, one) for place, one in enumerate(crowd)],
            return_exceptions=True,
        )
        winners = [one for one in done if not isinstance(one, BaseException)]
        assert len(winners) == 1
        assert all(isinstance(one, NotNow) for one in done if isinstance(one, BaseException))
        kept = await house.tickets.get(ACME, ticket.id)
        assert kept.taken_by == winners[0].taken_by
        assert sum(one["happening"] == "taken" for one in await house.told()) == 1


async def test_of_many_who_ask_at_once_one_ticket_comes(house: House, tmp_path: Path) -> None:
    async with opened(tmp_path / "desk.sqlite") as another:
        conversation = await house.talk()
        asked = await asyncio.gather(
            *[(house, another)[place % 2].hand_off.ask(conversation, None, "asked") for place in range(8)]
        )
        assert len({one.id for one in asked if one}) == 1
        assert len(await house.tickets.list(ACME)) == 1


async def test_steps_that_do_not_fit_are_refused_with_the_reason(house: House) -> None:
    ticket = await house.hand_off.ask(await house.talk(), None, "asked")
    assert ticket is not None
    with pytest.raises(NotNow, match="take it first"):
        await house.hand_off.reply(ticket.id, ANN, "Hello")
    with pytest.raises(NotNow, match="take it first"):
        await house.hand_off.give_back(ticket.id, ANN)
    await house.hand_off.take(ticket.id, ANN)
    assert (await house.hand_off.take(ticket.id, ANN)).taken_by == "key:Ann"
    for step in (house.hand_off.take, house.hand_off.give_back, house.hand_off.close):
        with pytest.raises(NotNow, match="'key:Ann' has it"):
            await step(ticket.id, BEA)
    with pytest.raises(NotNow, match="'key:Ann' has it"):
        await house.hand_off.reply(ticket.id, BEA, "Hello")
    for text, error in ((" ", Refused), ("x" * 4001, TooLarge)):
        with pytest.raises(error):
            await house.hand_off.reply(ticket.id, ANN, text)
    await house.hand_off.close(ticket.id, BOSS)
    with pytest.raises(NotNow, match="it is closed"):
        await house.hand_off.take(ticket.id, ANN)
    assert (await house.tickets.get(ACME, ticket.id)).status == "closed"


async def test_a_reply_that_is_sent_twice_is_said_once(house: House) -> None:
    conversation = await house.talk()
    ticket = await house.hand_off.ask(conversation, None, "asked")
    assert ticket is not None
    await house.hand_off.take(ticket.id, ANN)
    for _ in range(2):
        await house.hand_off.reply(ticket.id, ANN, "Hello", "one")
    whole = await house.conversations.get(ACME, conversation.id)
    assert [(one.name, one.text) for one in whole.staff_messages] == [("Ann", "Hello")]
    assert sum(one["happening"] == "replied" for one in await house.told()) == 1


async def test_another_tenants_ticket_and_a_customers_step_are_refused(house: House) -> None:
    ticket = await house.hand_off.ask(await house.talk(), None, "asked")
    assert ticket is not None
    with pytest.raises(NotFound):
        await house.hand_off.take(ticket.id, staff("Eve", Role.ADMIN, OTHER))
    with pytest.raises(Unauthorized):
        await house.hand_off.take(ticket.id, staff("Eve", Role.CUSTOMER))
    assert await house.tickets.list(OTHER) == []


async def test_what_a_person_gave_back_does_not_come_again_by_itself(house: House) -> None:
    conversation = await house.talk()
    triggers: list[tuple[Trigger, bool]] = [("anger", True), ("anger", False), ("asked", True)]
    for trigger, expected in triggers:
        ticket = await house.hand_off.ask(conversation, None, trigger)
        assert (ticket is not None) is expected
        if ticket is not None:
            await house.hand_off.take(ticket.id, ANN)
            await house.hand_off.give_back(ticket.id, ANN)
    await house.say(conversation, "Why?")
    assert await house.hand_off.ask(conversation, None, "anger") is None
    assert await house.hand_off.ask(conversation, None, "anger", Outcome.ANSWERED) is None
    assert await house.hand_off.ask(conversation, None, "anger", Outcome.UNSURE) is not None


class OneConversation(RuleBasedStateMachine):
    """Anybody does anything at any time, to a model of who has the conversation."""

    house: House
    portal: BlockingPortal

    def __init__(self) -> None:
        super().__init__()
        self.conversation = self.call(self.house.talk)
        self.state, self.holder = "bot", ""
        self.said: list[str] = []
        self.latest = ""

    def call(self, function: Any, *arguments: Any) -> Any:
        return self.portal.call(partial(function, *arguments))

    def attempt(self, function: Any, *arguments: Any, fits: bool) -> bool:
        if not self.latest:
            return False
        try:
            self.call(function, self.latest, *arguments)
        except NotNow:
            assert not fits
            return False
        return True

    @rule(trigger=st.sampled_from(["asked", "anger", "two_failures", "outage"]))
    def ask(self, trigger: Trigger) -> None:
        ticket = self.call(self.house.hand_off.ask, self.conversation, None, trigger)
        if self.state == "bot" and ticket is not None:
            self.state, self.latest = "waiting", ticket.id
        assert ticket is not None or (self.state == "bot" and trigger in {"anger", "two_failures"})
        assert ticket is None or ticket.id == self.latest

    @rule(outcome=st.sampled_from([Outcome.UNSURE, Outcome.ANSWERED]))
    def customer_speaks(self, outcome: Outcome) -> None:
        text = f"question {len(self.said)}"
        self.call(self.house.say, self.conversation, text, outcome)
        self.said.append(text)

    @rule(who=st.sampled_from([ANN, BEA, BOSS]))
    def take(self, who: Principal) -> None:
        if self.attempt(self.house.hand_off.take, who, fits=self.state == "waiting"):
            assert self.state == "waiting" or self.holder == who.person
            self.state, self.holder = "person", who.person

    @rule(who=st.sampled_from([ANN, BEA, BOSS]))
    def reply(self, who: Principal) -> None:
        text = f"reply {len(self.said)}"
        fits = self.state == "person" and self.holder == who.person
        if self.attempt(self.house.hand_off.reply, who, text, fits=fits):
            assert fits
            self.said.append(text)

    @rule(who=st.sampled_from([ANN, BEA, BOSS]))
    def give_back(self, who: Principal) -> None:
        fits = self.state == "person" and (self.holder == who.person or who is BOSS)
        if self.attempt(self.house.hand_off.give_back, who, fits=fits) and self.state == "person":
            assert fits
            self.state = "bot"

    @rule(who=st.sampled_from([ANN, BEA, BOSS]))
    def close(self, who: Principal) -> None:
        fits = self.state == "waiting" or (
            self.state == "person" and (self.holder == who.person or who is BOSS)
        )
        if self.attempt(self.house.hand_off.close, who, fits=fits) and self.state != "bot":
            assert fits
            self.state = "bot"

    @invariant()
    def nothing_is_lost_and_one_ticket_is_open(self) -> None:
        assert self.call(self.house.hand_off.state, self.conversation) == self.state
        assert self.call(self.open_tickets) == (0 if self.state == "bot" else 1)
        whole = self.call(self.house.conversations.get, ACME, self.conversation.id)
        assert [one.text for one in whole.entries] == self.said

    async def open_tickets(self) -> int:
        query = select(func.count()).where(
            ticket_rows.c.conversation_id == self.conversation.id, ticket_rows.c.status.in_(list(OPEN))
        )
        async with self.house.records.reading() as connection:
            return int(await connection.scalar(query) or 0)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[type[OneConversation]]:
    with (
        start_blocking_portal("asyncio") as portal,
        portal.wrap_async_context_manager(opened(tmp_path / "desk.sqlite")) as house,
    ):
        yield type("Machine", (OneConversation,), {"house": house, "portal": portal})


def test_whatever_anybody_does_the_conversation_has_one_owner_and_loses_no_word(
    machine: type[OneConversation],
) -> None:
    fast = settings(
        max_examples=15, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(machine, settings=fast)
