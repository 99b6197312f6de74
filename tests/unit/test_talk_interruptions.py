"""Callers who cut in, who only listen aloud, who cough; and what is kept of an answer that was cut off."""

from __future__ import annotations

import asyncio

import pytest

from channels.simulators.call_clock import run_virtually
from channels.voice.manners import Manners
from channels.voice.talk import Talk
from channels.voice.talk_parts import TalkParts
from tests.fakes.scripted_desk import KeptCalls, ScriptedDesk, answer
from tests.fakes.scripted_telephone import ScriptedTelephone, tasks_left
from tests.fakes.talks import talked

LONG = answer(
    "You can return a lamp within thirty days.",
    "Keep the box and the receipt for it.",
    "Refunds take five working days.",
)
SHORT = answer("Two days.")


async def asks(phone: ScriptedTelephone) -> None:
    """Ask and wait until the answer has begun."""
    await phone.hears("How can I help")
    await phone.speaks("How do returns work?")
    await phone.hears_begin("You can return")
    await asyncio.sleep(0.5)


def test_the_first_sound_of_the_caller_holds_the_desk_at_once() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await asks(phone)
        began = asyncio.get_running_loop().time()
        await phone.speaks("what about delivery")
        assert phone.times("held")[-1] == pytest.approx(began)
        await phone.hears("Two days.")

    talked(caller, desk=ScriptedDesk([LONG, SHORT]))


def test_words_that_mean_something_cut_the_answer_off_before_they_are_all_said() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await asks(phone)
        began = asyncio.get_running_loop().time()
        await phone.speaks("what about the delivery of a parcel", seconds=2.1)
        assert phone.times("hushed")[-1] - began == pytest.approx(0.3)
        await phone.hears("Two days.")

    _, phone = talked(caller, desk=ScriptedDesk([LONG, SHORT]))
    assert "Refunds take five working days." not in phone.spoken


def test_only_what_was_heard_goes_into_the_conversation() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("How do returns work?")
        await phone.hears_begin("Keep the box")
        await asyncio.sleep(1.1)
        await phone.speaks("and what about delivery")
        await phone.hears("Two days.")

    desk = ScriptedDesk([LONG, SHORT])
    report, _ = talked(caller, desk=desk)
    ((question, heard),) = desk.noted
    assert question == "How do returns work?"
    assert heard.startswith("You can return a lamp within thirty days. Keep")
    assert "Refunds" not in heard
    assert not heard.endswith("for it.")
    assert [turn.was_interrupted for turn in report.turns] == [True, False]
    assert [line.heard for line in report.lines if line.text.startswith("Refunds")] == [""]


def test_what_was_heard_is_kept_before_the_next_question_is_asked() -> None:
    order = []

    class Ordered(ScriptedDesk):
        async def heard(self, call, question, text):  # type: ignore[no-untyped-def]
            await asyncio.sleep(1.0)
            order.append("heard")

        def ask(self, call, question):  # type: ignore[no-untyped-def]
            order.append("asked")
            return super().ask(call, question)

    async def caller(phone: ScriptedTelephone) -> None:
        await asks(phone)
        await phone.speaks("what about delivery")
        await phone.hears("Two days.")

    talked(caller, desk=Ordered([LONG, SHORT]))
    assert order == ["asked", "heard", "asked"]


@pytest.mark.parametrize("listening", ["uh-huh", "okay", "Ja, genau", "mhm", "d'accord", "sí, vale"])
def test_who_only_shows_that_they_listen_hears_the_rest(listening: str) -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await asks(phone)
        await phone.speaks(listening)
        await phone.hears("Refunds")

    desk = ScriptedDesk([LONG])
    report, _ = talked(caller, desk=desk)
    assert len(desk.asked) == 1
    assert listening in [line.text for line in report.lines if line.who == "caller"]
    assert not report.turns[0].was_interrupted


def test_a_cough_pauses_the_desk_for_a_moment_only() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await asks(phone)
        await phone.coughs()
        await phone.hears("Refunds")

    desk = ScriptedDesk([LONG])
    _, phone = talked(caller, desk=desk)
    assert len(phone.times("held")) == len(phone.times("resumed")) == 1
    assert len(desk.asked) == 1


def test_a_sound_that_nothing_follows_resumes_after_two_seconds() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await asks(phone)
        phone.begins()
        phone.stops()
        await phone.hears("Refunds")

    _, phone = talked(caller, desk=ScriptedDesk([LONG]))
    assert phone.times("resumed")[0] - phone.times("held")[0] == pytest.approx(2.0)


def test_noise_that_never_ends_does_not_silence_the_desk() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await asks(phone)
        phone.begins()
        await phone.hears("Refunds")

    _, phone = talked(caller, desk=ScriptedDesk([LONG]))
    assert phone.times("resumed")[0] - phone.times("held")[0] == pytest.approx(6.0, abs=0.6)


def test_a_long_sentence_without_words_so_far_is_waited_for() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await asks(phone)
        await phone.speaks("and what is it when I live abroad", seconds=4.0, has_partials=False)
        await phone.hears("Two days.")

    _, phone = talked(caller, desk=ScriptedDesk([LONG, SHORT]))
    assert phone.times("resumed") == []


def test_so_many_words_can_be_wanted_for_an_interruption() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await asks(phone)
        await phone.speaks("the lamp")
        await phone.hears_begin("Keep")
        await phone.speaks("no I meant something else")
        await phone.hears("Two days.")

    desk = ScriptedDesk([LONG, SHORT])
    talked(caller, desk=desk, manners=Manners(words_to_interrupt=3))
    assert [each.text for each in desk.asked] == ["How do returns work?", "no I meant something else"]


def test_stop_needs_no_number_of_words() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await asks(phone)
        await phone.speaks("stop")
        await asyncio.sleep(2)

    desk = ScriptedDesk([LONG])
    _, phone = talked(caller, desk=desk, manners=Manners(words_to_interrupt=3))
    assert len(desk.asked) == 1
    assert "Refunds take five working days." not in phone.spoken


def test_the_greeting_is_heard_whole_and_what_was_said_meanwhile_is_answered_after_it() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears_begin("Hello")
        await phone.speaks("How long does delivery take", seconds=0.6)
        await phone.hears("Two days.")

    _, phone = talked(caller, desk=ScriptedDesk([SHORT]))
    assert phone.times("held") == []
    assert phone.times("heard", "Hello")
    assert "How can I help you?" not in phone.spoken


def test_who_goes_on_before_the_answer_began_asks_one_question() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("How long does delivery take")
        await asyncio.sleep(0.3)
        await phone.speaks("to Canada")
        await phone.hears("Two days.")

    desk = ScriptedDesk([answer("Three days.", after_s=3.0), SHORT])
    _, phone = talked(caller, desk=desk)
    assert desk.asked[-1].text == "How long does delivery take to Canada"
    assert "Three days." not in phone.spoken
    assert desk.cut == 1


def test_an_answer_that_is_ready_while_the_caller_speaks_waits() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("How do returns work?")
        await asyncio.sleep(0.5)
        await phone.speaks("mhm okay mhm", seconds=3.0)
        at = asyncio.get_running_loop().time()
        await phone.hears("Two days.")
        assert phone.times("queued", "Two days.")[0] == pytest.approx(at)

    talked(caller, desk=ScriptedDesk([answer("Two days.", after_s=1.0)]))


def test_okay_is_an_answer_where_a_yes_was_asked_for() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("Can you cancel it?")
        await phone.hears("Shall I cancel it?")
        await phone.hears_out()
        await phone.speaks("Okay")
        await phone.hears("It is cancelled.")

    desk = ScriptedDesk([answer("Shall I cancel it?"), answer("It is cancelled.")])
    talked(caller, desk=desk)


def test_who_is_not_understood_is_told_so_at_most_twice() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.coughs(1.5)
        await phone.hears("Sorry, I did not catch that.")
        await phone.coughs(1.5)
        await phone.hears("press zero")
        await phone.coughs(1.5)
        await asyncio.sleep(3)

    _, phone = talked(caller)
    assert phone.spoken[2:] == [
        "Sorry, I did not catch that.",
        "I still did not catch that.",
        "Say it in a few words, or press zero for a person.",
    ]


@pytest.mark.parametrize("after_s", [0.0, 0.05, 1.0, 3.3, 4.2, 4.7, 5.0, 6.0, 9.0])
def test_hanging_up_at_any_moment_leaves_nothing(after_s: float) -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        asking = asyncio.create_task(asks(phone))
        await asyncio.sleep(after_s)
        phone.hangs_up()
        asking.cancel()
        await asyncio.wait([asking])

    desk = ScriptedDesk([answer(*LONG.sentences, after_s=1.0, between_s=1.0)])
    report, _ = talked(caller, desk=desk)
    assert report.reason == "hung_up"
    assert desk.cut == (1 if desk.asked and not report.answers else 0)


def test_what_was_heard_when_the_caller_hung_up_is_kept() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await asks(phone)
        await phone.hears("You can return")
        await asyncio.sleep(0.1)

    desk = ScriptedDesk([LONG])
    talked(caller, desk=desk)
    assert desk.noted == [("How do returns work?", "You can return a lamp within thirty days.")]


def test_a_talk_that_is_shut_down_ends_its_call_too() -> None:
    async def main() -> None:
        phone, keeper = ScriptedTelephone(), KeptCalls()
        talk = Talk(TalkParts(desk=ScriptedDesk([LONG]), keeper=keeper))
        holding = asyncio.create_task(talk.hold(phone))
        await asks(phone)
        holding.cancel()
        await asyncio.wait([holding])
        assert holding.cancelled()
        assert tasks_left() == []
        assert [each.reason for each in keeper.reports] == ["stopped"]

    run_virtually(main())
