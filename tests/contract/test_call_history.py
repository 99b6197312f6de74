"""What staff see of calls when they look back, whichever database is behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import get_args

import pytest

from core.call_history import CallChoice, begins_of, call_page, calls_in, talks_of
from core.call_latencies import one_by_one
from core.call_sounds import CallSounds, TakenSound
from core.calls import Calls
from core.conversations import Conversations
from core.encryption import Keyring
from core.files import Files
from core.kept_calls import CallLine, CallNews, CallTurn, KeptTalk
from core.messages import Address, ConversationId
from core.outbox import Outbox
from core.records import Records
from core.tenants import TenantId
from core.tickets import Tickets
from tests.services.postgres import PostgresServer, postgres_server

pytestmark = pytest.mark.anyio

ACME, OTHER = TenantId("acme"), TenantId("other")
CALLER, CALLED = "+15005550177", "+15005550100"
GREETING = CallLine(at_s=0.1, who="desk", text="Hello.", kind="phrase", heard="Hello.")
ASKED = CallLine(at_s=2.0, who="caller", text="How long?")
ANSWERED = CallLine(at_s=3.0, who="desk", text="Thirty days.", kind="answer", heard="Thirty days.")
CUT = CallLine(at_s=3.0, who="desk", text="Thirty days.", kind="answer", heard="Thirty")
FAREWELL_CUT = CallLine(at_s=4.0, who="desk", text="Good-bye, then.", kind="phrase", heard="Good-bye,")
GREETING_CUT = CallLine(at_s=0.1, who="desk", text="Hello.", kind="phrase", heard="")
UNSAID = CallLine(at_s=3.0, who="desk", text="Hm.", kind="answer", heard=None)


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


class Desk:
    """The calls of a desk, and the tickets and sounds that followed."""

    def __init__(self, records: Records, files: Files) -> None:
        outbox = Outbox(records, streams=[])
        self.records = records
        self.calls = Calls(records, outbox)
        self.sounds = CallSounds(records, files)
        self.talks = Conversations(records, outbox)
        self.tickets = Tickets(records, outbox)

    async def called(self, id: str, *lines: CallLine, tenant: TenantId = ACME) -> ConversationId:
        """A call that is over, with one talk."""
        address = Address(channel="phone", account=CALLED, person=CALLER, thread=id)
        conversation = await self.talks.start(tenant, address)
        await self.calls.begin(tenant, id, conversation.id, caller=CALLER, called=CALLED)
        await self.calls.keep(tenant, id, KeptTalk(id="1", lines=lines, reason="hung_up", seconds=9.5))
        await self.calls.progress(tenant, id, CallNews(state="completed", duration_s=9))
        return conversation.id

    async def left_message(self, id: str) -> None:
        """A voicemail of a call."""
        taken = TakenSound(
            id=f"RE{id}", call_id=id, kind="voicemail", data=b"RIFF", media_type="audio/wav", seconds=1
        )
        await self.sounds.add(ACME, taken)

    async def listed(self, choice: CallChoice = "all", tenant: TenantId = ACME) -> set[str]:
        return {one.call.id for one in (await call_page(self.records, tenant, choice=choice)).calls}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
async def desk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Desk]:
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
        yield Desk(records, files)


async def test_calls_that_ended_before_the_last_thing_was_said_broke_off(desk: Desk) -> None:
    await desk.called("whole", GREETING, ASKED, ANSWERED)
    await desk.called("farewell", GREETING, ASKED, ANSWERED, FAREWELL_CUT)
    await desk.called("unknown", GREETING, ASKED, UNSAID)
    await desk.called("nothing said")
    await desk.called("cut", GREETING, ASKED, CUT)
    await desk.called("unanswered", GREETING, ASKED)
    await desk.called("at once", GREETING_CUT)
    await desk.called("message", GREETING, ASKED)
    await desk.left_message("message")
    for state in ("busy", "no-answer", "canceled", "failed"):
        await desk.calls.progress(ACME, state, CallNews(state=state))
    expected = {"cut", "unanswered", "at once", "busy", "no-answer", "canceled", "failed"}
    assert await desk.listed("broke_off") == expected
    everything = (await call_page(desk.records, ACME)).calls
    assert {one.call.id for one in everything if one.broke_off} == expected


async def test_a_talk_that_went_on_after_a_cut_is_judged_by_its_own_end(desk: Desk) -> None:
    await desk.called("CA1", GREETING, ASKED, CUT)
    await desk.calls.keep(ACME, "CA1", KeptTalk(id="2", lines=[ASKED, ANSWERED], reason="goodbye"))
    assert await desk.listed("broke_off") == set()


async def test_what_followed_a_call_is_told_and_chosen_by(desk: Desk) -> None:
    await desk.called("plain", GREETING)
    wanted = await desk.called("wanted", GREETING)
    await desk.called("message", GREETING)
    ticket = await desk.tickets.open(await desk.talks.get(ACME, wanted), "asked for a person")
    await desk.left_message("message")
    assert await desk.listed("person") == {"wanted"}
    assert await desk.listed("voicemail") == {"message"}
    found = {one.call.id: one for one in (await call_page(desk.records, ACME)).calls}
    assert [found[id].ticket_id for id in ("plain", "wanted", "message")] == [None, ticket.id, None]
    assert [found[id].has_voicemail for id in ("plain", "wanted", "message")] == [False, False, True]
    assert not found["message"].has_recording
    assert [one.id for one in await calls_in(desk.records, ACME, wanted)] == ["wanted"]


@pytest.mark.parametrize("choice", get_args(CallChoice))
async def test_another_tenants_calls_are_not_there(desk: Desk, choice: CallChoice) -> None:
    conversation = await desk.called("CA1", GREETING, ASKED, tenant=OTHER)
    await desk.tickets.open(await desk.talks.get(OTHER, conversation), "asked for a person")
    assert await desk.listed(choice) == set()
    assert await calls_in(desk.records, ACME, conversation) == []
    # The same id in both: neither sees what was said in the other.
    await desk.called("CA1", GREETING)
    (talk,) = await talks_of(desk.records, await desk.calls.get(ACME, "CA1"))
    assert talk.lines == [GREETING]
    (mine,) = (await call_page(desk.records, ACME)).calls
    assert (mine.ticket_id, mine.broke_off) == (None, False)


async def test_pages_hold_every_call_once_newest_first(desk: Desk) -> None:
    for number in range(5):
        await desk.called(f"CA{number}", GREETING)
    pages = [await call_page(desk.records, ACME, page=page, most=2) for page in range(4)]
    assert [[one.call.id for one in page.calls] for page in pages] == [
        ["CA4", "CA3"], ["CA2", "CA1"], ["CA0"], [],
    ]  # fmt: skip
    assert [page.has_older for page in pages] == [True, True, False, False]


async def test_a_call_has_its_talks_with_their_own_lines_and_turns(desk: Desk) -> None:
    await desk.called("CA1", GREETING, ASKED, CUT)
    turn = CallTurn(question_id="q", at_s=1.9, latencies={"eot_wait": 700.0}, was_interrupted=True)
    second = KeptTalk(id="2", lines=[ASKED, ANSWERED], turns=[turn], reason="goodbye", seconds=5)
    await desk.calls.keep(ACME, "CA1", second)
    talks = await talks_of(desk.records, await desk.calls.get(ACME, "CA1"))
    assert [(talk.begins_s, talk.reason) for talk in talks] == [(0, "hung_up"), (9.5, "goodbye")]
    assert [talk.lines for talk in talks] == [[GREETING, ASKED, CUT], [ASKED, ANSWERED]]
    assert [talk.turns for talk in talks] == [[], [turn]]


def test_parts_of_a_turn_add_up_to_what_the_caller_felt() -> None:
    taken = {
        "eot_wait": 700.0, "asr_final": 120.0, "retrieval": 30.0, "first_token": 50.0,
        "first_sentence": 80.0, "send": 2.0, "tts_first_audio": 100.0, "until_sound": 1050.0, "heard": 2500.0,
    }  # fmt: skip
    assert sum(one_by_one(taken).values()) == taken["until_sound"]
    assert one_by_one({"retrieval": 90.0, "first_token": 50.0}) == {"retrieval": 50.0}
    assert one_by_one({}) == {}
    assert begins_of([]) == []
