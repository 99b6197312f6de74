"""A call with the real desk behind it: its documents answer, and what was heard is what it builds on."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from channels.door import Door
from channels.voice.door_desk import DoorDesk, address_of, message_of
from channels.voice.talk import Talk
from channels.voice.talk_parts import Question, TalkParts
from channels.voice.telephone import Call
from config.settings import Settings
from core.assembly import Desk
from core.tenants import DEFAULT_TENANT
from core.uploads import Upload
from tests.fakes.scripted_desk import KeptCalls
from tests.fakes.scripted_telephone import CALL, ScriptedTelephone

pytestmark = pytest.mark.anyio

RETURNS = """# Returns

Unused lamps can be returned within thirty days of delivery. After that only faulty lamps are taken back.
Card payments are refunded within five working days.
"""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The default settings, with the tools of the sample shop."""
    return settings.model_copy(update={"tools": settings.tools.model_copy(update={"samples": "shop"})})


@pytest.fixture
async def door(desk: Desk, settings: Settings) -> Door:
    await desk.ingester.accept([Upload(data=RETURNS.encode(), name="returns.md")])
    async for _ in desk.ingester.run():
        pass
    return Door(desk=desk, settings=settings)


async def call_of(door: Door) -> Call:
    conversation = await door.desk.answerer.conversations.start(DEFAULT_TENANT, address_of(CALL))
    return replace(CALL, conversation_id=conversation.id)


async def test_a_question_by_voice_gets_a_cited_answer_sentence_by_sentence(door: Door) -> None:
    call = await call_of(door)
    phone, keeper = ScriptedTelephone(call=call, a_letter_s=0.001), KeptCalls()
    talk = Talk(TalkParts(desk=DoorDesk(door), keeper=keeper))
    async with asyncio.timeout(60):
        holding = asyncio.create_task(talk.hold(phone))
        await phone.hears("How can I help")
        await phone.speaks("How long can unused lamps be returned?", seconds=0.1)
        await phone.hears("From returns.")
        phone.hangs_up()
        report = await holding
    said = [line for line in report.lines if line.kind == "answer"]
    assert "within thirty days" in said[0].text
    assert said[0].heard == said[0].text
    assert keeper.reports == [report]
    conversation = await door.desk.answerer.conversations.get(DEFAULT_TENANT, call.conversation_id)
    (exchange,) = conversation.exchanges
    assert exchange.answer is not None
    assert exchange.answer.id == report.answers[0]
    assert exchange.answer.citations


async def test_later_turns_build_on_what_was_heard(door: Door) -> None:
    call = await call_of(door)
    desk = DoorDesk(door)
    question = Question(id="q1", text="How long can unused lamps be returned?", language="en")
    assert [event async for event in desk.ask(call, question)]
    await desk.heard(call, question, "Unused lamps can be")
    conversations = door.desk.answerer.conversations
    turns = await conversations.last_turns(DEFAULT_TENANT, call.conversation_id, most=4)
    assert [turn.text for turn in turns] == [question.text, "Unused lamps can be"]
    recalled = await door.desk.answerer.recollection.recall(
        message_of(call, question), "x", await door.desk.answerer.searcher.embedder.embed_query("x"), "f"
    )
    assert [turn.text for turn in recalled.turns] == [question.text, "Unused lamps can be"]
    (exchange,) = (await conversations.get(DEFAULT_TENANT, call.conversation_id)).exchanges
    assert exchange.answer is not None
    assert exchange.answer.heard == "Unused lamps can be"
    assert "thirty days" in exchange.answer.text


async def test_an_answer_that_was_cut_off_while_it_was_written_is_what_was_heard(door: Door) -> None:
    call = await call_of(door)
    desk = DoorDesk(door)
    question = Question(id="q1", text="How long can unused lamps be returned?", language="en")
    events = desk.ask(call, question)
    await anext(events)
    await anext(events)
    await events.aclose()
    await desk.heard(call, question, "Unused lamps")
    turns = await door.desk.answerer.conversations.last_turns(DEFAULT_TENANT, call.conversation_id, most=4)
    assert [turn.text for turn in turns] == [question.text, "Unused lamps"]


async def test_nothing_is_kept_of_an_answer_that_nobody_heard(door: Door) -> None:
    call = await call_of(door)
    desk = DoorDesk(door)
    question = Question(id="q1", text="How long can unused lamps be returned?", language="en")
    events = desk.ask(call, question)
    await anext(events)
    await anext(events)
    await events.aclose()
    await desk.heard(call, question, "")
    (exchange,) = (await door.desk.answerer.conversations.get(DEFAULT_TENANT, call.conversation_id)).exchanges
    assert exchange.answer is None


async def test_a_tool_is_talked_through_by_voice_and_its_number_read_back(door: Door) -> None:
    call = await call_of(door)
    phone = ScriptedTelephone(call=call, a_letter_s=0.001)
    talk = Talk(TalkParts(desk=DoorDesk(door)))
    async with asyncio.timeout(60):
        holding = asyncio.create_task(talk.hold(phone))
        await phone.hears("How can I help")
        await phone.speaks("Where is my order?", seconds=0.1)
        await phone.hears("e-mail address")
        await phone.is_expected(2)
        await phone.speaks("ana.ruiz@example.com", seconds=0.1)
        await phone.hears("Its number looks like")
        await phone.is_expected(3)
        assert (await DoorDesk(door).awaited(call)).kind == "reference"
        await phone.speaks("It is L two zero four one eight", seconds=0.1)
        await phone.hears("L, two zero four one eight.")
        await phone.hears("L20418")
        phone.hangs_up()
        report = await holding
    assert report.reason == "hung_up"
    assert len(report.answers) == 3
