"""Talks about tools whose own system refuses, is away or breaks while it is only asked."""

import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated

import anyio
import anyio.lowlevel
import pytest

from core.conversations import Conversations
from core.errors import RecordsUnavailable, Refused, Unavailable
from core.messages import Address, Outcome
from core.outbox import Outbox
from core.records import Records
from core.tenants import DEFAULT_TENANT
from core.tools.dialogue import Step
from core.tools.filling import Utterance
from core.tools.inline import OfferedCalls
from core.tools.runner import Runner
from core.tools.sentences import sentences
from core.tools.talk import DialogueManager
from core.tools.tool import About, Caller, Choice, Known, Slot, Tool, tool_from
from tests.fakes.tool_talk import ToolTalk

pytestmark = pytest.mark.anyio

AWAY = sentences("en").failed
CUSTOMER = "ana.ruiz@example.com"


@dataclass
class Company:
    """A system behind a tool whose every question can fail."""

    failing: dict[str, Exception] = field(default_factory=dict)
    booked: list[str] = field(default_factory=list)
    answer: str = "It is booked."

    def ask(self, what: str) -> None:
        if what in self.failing:
            raise self.failing[what]

    def tool(self, name: str = "book_desk", effect: str = "changes") -> Tool:
        async def rooms(caller: Caller, known: Known) -> list[Choice]:
            self.ask("choices")
            return [Choice(value="r1", label="Red room"), Choice(value="b1", label="Blue room")]

        async def fits(caller: Caller, value: object, known: Known) -> str | None:
            self.ask("check")
            return None

        async def shown(caller: Caller, **values: object) -> str:
            self.ask("preview")
            return f"I will book {values['room']}."

        async def over(caller: Caller, values: Known) -> bool:
            self.ask("limit")
            return False

        async def run(
            caller: Caller, room: Annotated[str, Slot(ask="Which room?", choices=rooms, check=fits)]
        ) -> str:
            """Book a room."""
            self.booked.append(room)
            return self.answer

        run.__name__ = name
        about = About(effect=effect, examples=("book a room",), preview=shown, limit=over)  # type: ignore[arg-type]
        return tool_from(run, about)


@pytest.fixture
async def records(tmp_path: Path) -> AsyncIterator[Records]:
    opened = await Records.open_file(tmp_path / "desk.sqlite")
    yield opened
    await opened.close()


@pytest.fixture
async def begin(records: Records) -> Callable[..., ToolTalk]:
    conversation = await Conversations(records, Outbox(records)).start(DEFAULT_TENANT, Address(channel="web"))
    caller = Caller(tenant=DEFAULT_TENANT, conversation_id=conversation.id)

    def talk(*tools: Tool) -> ToolTalk:
        by_name = {tool.name: tool for tool in tools}
        manager = DialogueManager(by_name, Runner(records), lambda: date(2026, 11, 21))
        return ToolTalk(manager=manager, caller=caller)

    return talk


PLACES = ("choices", "check", "preview", "limit")


async def reach(talk: ToolTalk, company: Company, place: str, error: Exception) -> Step:
    """What is said where the question of that kind is the first to fail."""
    if place == "choices":
        company.failing[place] = error
        return await talk.say("I want to book a room", "book_desk")
    await talk.say("I want to book a room", "book_desk")
    if place == "limit":
        await talk.say("the red one")
    company.failing[place] = error
    return await talk.say("yes" if place == "limit" else "the red one")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("error", [Unavailable("it is away"), KeyError(CUSTOMER), TimeoutError()])
async def test_where_a_system_does_not_answer_the_talk_stays_open_and_nothing_is_changed(
    begin: Callable[..., ToolTalk], place: str, error: Exception
) -> None:
    company = Company()
    talk = begin(company.tool())
    step = await reach(talk, company, place, error)
    assert (step.text, step.outcome) == (AWAY, Outcome.UNSURE)
    company.failing.clear()
    if place == "choices":
        await talk.say("I want to book a room", "book_desk")
    if place != "limit":
        assert "book r1" in (await talk.say("the red one")).text
    assert not company.booked
    assert (await talk.say("yes")).text == "It is booked."
    assert company.booked == ["r1"]


@pytest.mark.parametrize("place", PLACES)
async def test_where_a_system_refuses_its_words_are_told_and_the_talk_ends(
    begin: Callable[..., ToolTalk], place: str
) -> None:
    company = Company()
    talk = begin(company.tool())
    step = await reach(talk, company, place, Refused("Rooms are booked by phone now."))
    assert (step.text, step.outcome) == ("Rooms are booked by phone now.", Outcome.REFUSED)
    assert (talk.dialogue.top, company.booked) == (None, [])


async def test_what_an_error_says_stands_in_no_log_above_debug(
    begin: Callable[..., ToolTalk], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    company = Company(failing={"choices": ValueError(CUSTOMER)})
    await begin(company.tool()).say(f"Book a room for {CUSTOMER}", "book_desk")
    lines = [logging.Formatter().format(record) for record in caplog.records]
    assert "tool_not_asked" in lines
    assert not any(CUSTOMER in line for line in lines)


async def test_the_database_of_the_desk_being_away_is_no_fault_of_a_tool(
    begin: Callable[..., ToolTalk],
) -> None:
    company = Company(failing={"choices": RecordsUnavailable("the database is away")})
    with pytest.raises(RecordsUnavailable):
        await begin(company.tool()).say("I want to book a room", "book_desk")


@pytest.mark.parametrize("error", [Unavailable("it is away"), Refused("no"), KeyError("rooms")])
async def test_what_was_done_is_told_though_the_tool_of_the_wish_beneath_fails(
    begin: Callable[..., ToolTalk], error: Exception
) -> None:
    beneath, above = Company(), Company(answer="The car park is booked.")
    talk = begin(beneath.tool(), above.tool("book_car_park"))
    await talk.say("I want to book a room", "book_desk")
    await talk.say("first book the car park", "book_car_park")
    await talk.say("the blue one")
    beneath.failing["choices"] = error
    step = await talk.say("yes")
    assert (step.text, step.outcome) == ("The car park is booked.", Outcome.ACTED)
    assert above.booked == ["b1"]
    beneath.failing.clear()
    assert "book r1" in (await talk.say("the red one")).text


async def test_a_reply_that_no_database_takes_is_told_without_what_it_can_not_keep(
    begin: Callable[..., ToolTalk],
) -> None:
    company = Company(answer="Booked\ud800.\x00")
    talk = begin(company.tool())
    await talk.say("I want to book a room", "book_desk")
    await talk.say("the red one")
    step = await talk.say("yes")
    assert step.outcome is Outcome.ACTED
    assert company.booked == ["r1"]
    step.text.encode()


async def test_a_call_inside_a_sentence_finds_nothing_where_the_system_does_not_answer(
    begin: Callable[..., ToolTalk], records: Records
) -> None:
    company = Company(failing={"choices": Unavailable("it is away")})
    said = Utterance(text="Is the red room free?", caller=begin().caller, today=date(2026, 11, 21))
    calls = OfferedCalls([company.tool(effect="reads")], said, Runner(records))
    assert await calls.call("book_desk", {"room": "r1"}) is None
    company.failing.clear()
    assert await calls.call("book_desk", {"room": "r1"}) is not None


@pytest.mark.parametrize("hangs", ["choices", "the call"])
async def test_a_call_inside_a_sentence_is_not_waited_for_without_end(
    begin: Callable[..., ToolTalk], records: Records, hangs: str
) -> None:
    async def rooms(caller: Caller, known: Known) -> list[Choice]:
        await (anyio.sleep_forever() if hangs == "choices" else anyio.lowlevel.checkpoint())
        return [Choice(value="r1", label="Red room")]

    async def is_free(caller: Caller, room: Annotated[str, Slot(ask="Which?", choices=rooms)]) -> str:
        """Say whether a room is free."""
        await anyio.sleep_forever()
        return "never"

    said = Utterance(text="Is the red room free?", caller=begin().caller, today=date(2026, 11, 21))
    tool = tool_from(is_free, About(effect="reads"))
    calls = OfferedCalls([tool], said, Runner(records), longest_s=0.2)
    assert await calls.call("is_free", {"room": "r1"}) is None
    assert not calls.is_whole
