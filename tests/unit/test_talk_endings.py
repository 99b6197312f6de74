"""How talks end when more than one thing ends them, and that none goes on for ever."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from channels.phone.gate import CallGate
from channels.phone.running import CLOSES_WITHIN_S, RunningTalks
from channels.simulators.call_clock import run_virtually
from channels.voice import live_talk
from channels.voice.call_report import CallReport
from channels.voice.manners import Manners
from channels.voice.talk import Talk
from channels.voice.talk_parts import PersonWish, Question, TalkParts, Way
from channels.voice.telephone import Call
from core.errors import RecordsUnavailable
from tests.fakes.scripted_desk import ScriptedDesk, ScriptedHandOff, answer
from tests.fakes.scripted_telephone import ScriptedTelephone, tasks_left
from tests.fakes.talks import talked


@dataclass
class SlowKeeper:
    """Keeps a call, and takes its time."""

    takes_s: float
    reports: list[CallReport] = field(default_factory=list)

    async def keep(self, report: CallReport) -> None:
        await asyncio.sleep(self.takes_s)
        self.reports.append(report)


def test_a_call_that_is_over_is_kept_though_the_carrier_says_so_while_it_is_being_kept() -> None:
    keeper = SlowKeeper(takes_s=CLOSES_WITHIN_S + 2)

    async def main() -> None:
        talk = Talk(TalkParts(desk=ScriptedDesk([answer("Yes.")]), keeper=keeper))
        talks, phone = RunningTalks(CallGate(1)), ScriptedTelephone()
        running = asyncio.create_task(talks.run(phone, talk.hold))
        await phone.hears("How can I help")
        phone.hangs_up()
        talks.over(phone.call.id)
        talks.over(phone.call.id)
        await asyncio.wait({running})
        assert tasks_left() == []

    run_virtually(main())
    assert [report.reason for report in keeper.reports] == ["hung_up"]


def test_keys_do_not_cut_off_the_last_words_of_the_longest_call() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await asyncio.sleep(19 - asyncio.get_running_loop().time())
        phone.presses("5")
        await asyncio.sleep(3000)

    report, phone = talked(caller, manners=Manners(longest_s=20))
    assert report.reason == "too_long"
    assert phone.times("heard", "longest time")
    assert report.lasted_s < 40


def test_the_longest_call_ends_though_its_goodbye_never_does() -> None:
    class Deaf(ScriptedTelephone):
        async def leave(self) -> None:
            await asyncio.Event().wait()

    async def main() -> CallReport:
        talk = Talk(TalkParts(desk=ScriptedDesk([answer("Yes.")])), Manners(longest_s=20))
        return await talk.hold(Deaf())

    report = run_virtually(main())
    assert report.reason == "too_long"
    assert report.lasted_s < 200


def test_the_longest_call_ends_though_a_person_was_being_called_then() -> None:
    class Slow(ScriptedHandOff):
        async def take(self, wish: PersonWish, way: Way) -> None:
            await asyncio.sleep(18)
            raise RecordsUnavailable("the plan can't be kept")

    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("I want to talk to a person")
        while True:
            await phone.hears_out()
            await phone.speaks("Where is my parcel?")
            await asyncio.sleep(5)

    report, phone = talked(caller, hand_off=Slow(), manners=Manners(longest_s=25))
    assert phone.times("heard", "longest time")
    assert report.reason == "too_long"
    assert report.lasted_s < 150


def test_a_slow_store_does_not_make_the_desk_take_leave_over_and_over() -> None:
    class Slow(ScriptedDesk):
        async def heard(self, call: Call, question: Question, text: str) -> None:
            await asyncio.sleep(3)

    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("Where is my parcel?")
        await asyncio.sleep(3000)

    desk = Slow([answer("It is on its way.", after_s=500)])
    report, phone = talked(caller, desk=desk, manners=Manners(longest_s=100))
    assert report.reason == "too_long"
    assert len(phone.times("queued", "longest time")) == 1


def test_a_store_that_never_answers_does_not_keep_the_next_question_waiting_for_ever() -> None:
    class Stuck(ScriptedDesk):
        async def heard(self, call: Call, question: Question, text: str) -> None:
            await asyncio.Event().wait()

    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("Where is my parcel?")
        await phone.hears_begin("It is on its way")
        await phone.speaks("No, I mean my lamp")
        await phone.hears("It is on its way")

    report, _ = talked(caller, desk=Stuck([answer("It is on its way, and comes on Monday.")]))
    assert report.reason == "hung_up"
    assert report.lasted_s < 40


def test_a_turn_that_breaks_twice_is_over() -> None:
    class Broken(ScriptedHandOff):
        async def find(self, wish: PersonWish) -> Way:
            raise ZeroDivisionError

    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("Where is my parcel?")
        await asyncio.sleep(3000)

    desk = ScriptedDesk([answer("It is on its way.", error=ZeroDivisionError())])
    report, _ = talked(caller, desk=desk, hand_off=Broken())
    assert report.reason == "silence"


def test_a_line_that_says_more_than_anybody_can_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_talk, "MOST_SAID", 50)

    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        for _ in range(400):
            phone.presses("*")
            await asyncio.sleep(0.01)
        await asyncio.sleep(3000)

    report, _ = talked(caller)
    assert "more than 50" in report.detail
    assert sum(line.who == "caller" for line in report.lines) == 50
