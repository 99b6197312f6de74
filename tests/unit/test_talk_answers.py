"""Talks over a scripted telephone, in virtual time: the greeting, answers, what is offered, how calls end."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest

from channels.voice.admission import Places
from channels.voice.call_report import CallReport
from channels.voice.manners import Manners
from channels.voice.talk_parts import Awaited
from core.errors import GenerationUnavailable, RateLimited
from core.messages import Outcome
from tests.fakes.scripted_desk import CITED, ScriptedDesk, ScriptedHandOff, ScriptedLinks, answer
from tests.fakes.scripted_telephone import CALL, ScriptedTelephone
from tests.fakes.talks import talked

LONG = answer(
    "You can return a lamp within thirty days.",
    "Keep the box and the receipt for it.",
    "Refunds take five working days.",
)


def test_a_call_begins_with_what_speaks_and_that_it_is_recorded() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")

    manners = Manners(company="Acme", is_recorded=True)
    report, phone = talked(caller, manners=manners)
    assert phone.spoken == [
        "Hello, this is the automated assistant of Acme.",
        "This call is recorded.",
        "How can I help you?",
    ]
    assert [each.is_protected for each in phone.sentences] == [True, True, False]
    assert report.reason == "hung_up"


def test_an_answer_is_said_sentence_by_sentence_while_the_rest_is_still_written() -> None:
    slow = answer("The first sentence.", "The second one.", between_s=5.0, citations=(CITED,))

    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("How do returns work?")
        await phone.hears("The second one.")

    _, phone = talked(caller, desk=ScriptedDesk([slow]))
    assert phone.times("heard", "The first")[0] < phone.times("queued", "The second")[0]


def test_the_source_is_said_shortly_and_once() -> None:
    cited = answer("Within thirty days.", citations=(CITED,))

    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("How long can I return a lamp?")
        await phone.hears("page two")
        await phone.speaks("How long again can I return a lamp?")
        await phone.hears("Within thirty days")
        await phone.hears_out()

    _, phone = talked(caller, desk=ScriptedDesk([cited]))
    assert len(phone.times("sounds", "From returns, page two.")) == 1


def test_a_call_in_german_is_greeted_and_heard_in_german() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("Wie kann ich Ihnen helfen?")

    call = replace(CALL, language="de-AT")
    report, phone = talked(caller, phone=ScriptedTelephone(call=call))
    assert phone.expected == ((), "de")
    assert report.language == "de"


def test_a_sentence_in_another_language_is_said_in_that_language() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("How long is the guarantee?")
        await phone.hears("Garantie")

    quoting = answer("Our documents say, in German:", "Die Garantie dauert zwei Jahre ab dem Kauf.")
    _, phone = talked(caller, desk=ScriptedDesk([quoting]))
    assert [each.language for each in phone.sentences[-2:]] == ["en", "de"]


def test_each_turn_tells_how_long_its_steps_took() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("How do returns work?")
        await phone.hears("Refunds")
        await phone.hears_out()

    report, _ = talked(caller, desk=ScriptedDesk([LONG]))
    (turn,) = report.turns
    assert turn.eot_wait == pytest.approx(0.4)
    assert turn.asr_final == pytest.approx(0.1)
    assert turn.retrieval == pytest.approx(0.05)
    assert turn.first_token == pytest.approx(0.05)
    assert turn.first_sentence == pytest.approx(0.05)
    assert turn.tts_first_audio == pytest.approx(0.1)
    assert turn.until_sound == pytest.approx(0.4 + 0.1 + 0.05 + 0.05 + 0.1)
    assert turn.send == 0
    assert turn.heard is not None
    assert turn.heard > 5
    assert not turn.was_interrupted


def test_the_report_has_both_sides_with_their_times() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("How do returns work?", confidence=0.8)
        await phone.hears("Refunds")

    report, _ = talked(caller, desk=ScriptedDesk([LONG]))
    asked = next(line for line in report.lines if line.who == "caller")
    assert (asked.text, asked.kind, asked.confidence) == ("How do returns work?", "speech", 0.8)
    assert [line.heard for line in report.lines if line.kind == "answer"] == list(LONG.sentences)
    assert [line.at for line in report.lines] == sorted(line.at for line in report.lines)
    assert report.lasted_s > report.lines[-1].at
    assert report.answers == ("a1",)


def test_a_slow_answer_is_bridged_by_a_word_that_is_never_the_one_before() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("How do returns work?")
        await phone.hears("Here it is")

    report, phone = talked(caller, desk=ScriptedDesk([answer("Here it is.", after_s=20.0)]))
    fillers = [line.text for line in phone.log if line.what == "queued"][2:-1]
    assert len(fillers) >= 3
    assert all(one != other for one, other in pairwise(fillers))
    assert phone.times("queued", fillers[0])[0] == pytest.approx(phone_words_at(report) + 1.2)
    assert report.turns[0].had_filler


def phone_words_at(report: CallReport) -> float:
    return next(line.at for line in report.lines if line.who == "caller")


def test_a_quick_answer_is_not_bridged() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("How do returns work?")
        await phone.hears_begin("Here it is")
        await asyncio.sleep(30)

    _, phone = talked(caller, desk=ScriptedDesk([answer("Here it is.", after_s=1.0)]))
    assert "One moment please." not in phone.spoken


def test_nothing_bridges_while_the_caller_speaks() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("How do returns work?")
        await asyncio.sleep(0.8)
        await phone.speaks("I mean for a lamp that I bought on sale", seconds=4.0)
        await phone.hears("Here it is")

    desk = ScriptedDesk([answer("Here it is.", after_s=3.0), answer("Here it is.")])
    _, phone = talked(caller, desk=desk)
    assert "One moment please." not in phone.spoken
    assert desk.asked[-1].text == "How do returns work? I mean for a lamp that I bought on sale"


def test_an_outage_is_one_polite_sentence_and_the_offer_of_a_person() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("How do returns work?")
        await phone.hears("connect you to a person?")
        await phone.speaks("yes please")
        await asyncio.sleep(60)

    hand_off = ScriptedHandOff("transfer")
    desk = ScriptedDesk([answer(error=GenerationUnavailable("down"))])
    report, phone = talked(caller, desk=desk, hand_off=hand_off)
    assert "Sorry, I can't answer that just now." in phone.spoken
    assert report.reason == "person"
    assert [(wish.reason, way) for wish, way in hand_off.taken] == [("outage", "transfer")]


def test_a_bug_in_a_turn_is_one_polite_sentence_too_and_the_call_goes_on() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("How do returns work?")
        await phone.hears("Sorry, I can't answer")
        await phone.speaks("And delivery?")
        await phone.hears("Two days.")

    desk = ScriptedDesk([answer(error=ValueError("broken")), answer("Two days.")])
    report, _ = talked(caller, desk=desk)
    assert report.reason == "hung_up"


def test_too_many_questions_are_slowed_down() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("How do returns work?")
        await phone.hears("wait a minute")

    talked(caller, desk=ScriptedDesk([answer(error=RateLimited("too many", retry_after_s=1.0))]))


def test_links_are_offered_and_sent_to_who_says_yes() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("How long can I return a lamp?")
        await phone.hears("text message?")
        await phone.speaks("Yes please.")
        await phone.hears("Is there anything else?")
        await phone.speaks("No, thank you.")
        await asyncio.sleep(60)

    links = ScriptedLinks()
    cited = answer("Within thirty days.", citations=(CITED,))
    report, _ = talked(caller, desk=ScriptedDesk([cited]), links=links)
    assert [each.id for each in links.sent] == ["a1"]
    assert report.reason == "goodbye"


def test_links_that_were_declined_are_not_offered_again_but_may_be_asked_for() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("How long can I return a lamp?")
        await phone.hears("text message?")
        phone.presses("2")
        await phone.hears("anything else?")
        await phone.speaks("How long can I return a lamp?")
        await phone.hears("Within thirty days.")
        await phone.hears_out()
        await phone.speaks("Could you send me the link, please?")
        await phone.hears("I have sent it")

    links = ScriptedLinks()
    cited = answer("Within thirty days.", citations=(CITED,))
    _, phone = talked(caller, desk=ScriptedDesk([cited]), links=links)
    assert len(phone.times("sounds", "text message?")) == 1
    assert len(links.sent) == 1


def test_a_caller_without_a_mobile_is_offered_no_links() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("How long can I return a lamp?")
        await phone.hears("page two")
        await phone.hears_out()
        await phone.speaks("Send me the link.")
        await phone.hears("no link that I could send")

    cited = answer("Within thirty days.", citations=(CITED,))
    talked(caller, desk=ScriptedDesk([cited]), links=ScriptedLinks(may=False))


def test_a_person_is_connected_once_that_was_heard() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("I want to speak to a person")
        await phone.hears_begin("I am connecting you")
        await phone.speaks("hello are you still there")
        await asyncio.sleep(60)

    hand_off = ScriptedHandOff("transfer")
    desk = ScriptedDesk([answer("I have passed this on.", outcome=Outcome.HANDED_OFF)])
    report, phone = talked(caller, desk=desk, hand_off=hand_off)
    assert report.reason == "person"
    assert [each.text for each in desk.asked] == ["I want to speak to a person"]
    assert "I have passed this on." not in phone.spoken
    ((wish, _),) = hand_off.taken
    assert wish.reason == "asked"
    assert next(line.text for line in wish.lines if line.who == "caller") == "I want to speak to a person"
    assert phone.times("heard", "One moment please.")[0] <= phone.times("left")[0]


def test_where_nobody_is_free_a_message_can_be_left() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        phone.presses("0")
        await asyncio.sleep(60)

    hand_off = ScriptedHandOff("voicemail")
    report, phone = talked(caller, hand_off=hand_off)
    assert report.reason == "voicemail"
    assert phone.spoken[-1] == "Please leave a message after the tone."
    assert [wish.reason for wish, _ in hand_off.taken] == ["key"]


def test_without_a_way_to_a_person_the_desk_says_what_it_can_do() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("Can I talk to a human please")
        await phone.hears("You will hear from us.")

    told = answer("I have passed this on.", "You will hear from us.", outcome=Outcome.HANDED_OFF)
    talked(caller, desk=ScriptedDesk([told]))


def test_a_transfer_that_can_not_be_begun_is_told_and_the_call_goes_on() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("operator please")
        await phone.hears("could not connect you")
        await phone.speaks("How do returns work?")
        await phone.hears("Here is your answer.")

    report, _ = talked(caller, hand_off=ScriptedHandOff("transfer", error=GenerationUnavailable("no line")))
    assert report.reason == "hung_up"


def test_a_call_that_comes_back_from_a_transfer_goes_on_without_a_greeting() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("anything I can do for you?")

    _, phone = talked(caller, phone=ScriptedTelephone(call=replace(CALL, parameters={"back": "busy"})))
    assert "Hello, this is the automated assistant." not in phone.spoken


def test_a_caller_whose_connection_broke_is_not_greeted_anew() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("we were cut off")

    _, phone = talked(caller, phone=ScriptedTelephone(call=replace(CALL, parameters={"again": "1"})))
    assert "Hello, this is the automated assistant." not in phone.spoken


def test_a_caller_beyond_the_last_place_is_told_that_all_lines_are_busy() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await asyncio.sleep(60)

    report, phone = talked(caller, admission=Places(0))
    assert report.reason == "too_many"
    assert phone.spoken[0] == "All our lines are busy at the moment."


def test_a_place_is_free_again_when_a_call_is_over() -> None:
    places = Places(1)

    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        assert places.taken == 1

    for _ in range(3):
        report, _ = talked(caller, admission=places)
        assert report.reason == "hung_up"
    assert places.taken == 0


def test_a_voice_that_is_gone_ends_the_call_with_a_voicemail_where_there_is_one() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        phone.has_voice = False
        await phone.speaks("How do returns work?")
        await asyncio.sleep(60)

    hand_off = ScriptedHandOff("voicemail")
    report, _ = talked(caller, hand_off=hand_off)
    assert report.reason == "no_voice"
    assert [way for _, way in hand_off.taken] == ["voicemail"]


def test_what_the_desk_waits_for_is_told_to_who_recognises_speech() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("Where is my order?")
        await phone.hears("number?")
        await phone.hears_out()

    asking = answer(
        "What is your order number?",
        outcome=Outcome.CLARIFYING,
        awaited=Awaited(kind="reference", hints=("L", "W")),
    )
    _, phone = talked(caller, desk=ScriptedDesk([asking]))
    assert phone.expected == (("L", "W"), "en")


def test_a_ten_minute_call_takes_a_moment() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        while asyncio.get_running_loop().time() < 600:
            await phone.speaks("How do returns work for lamps?")
            await phone.hears("Refunds")
            await asyncio.sleep(3)

    report, _ = talked(caller, desk=ScriptedDesk([LONG]))
    assert report.lasted_s > 600
    assert len(report.turns) > 30
