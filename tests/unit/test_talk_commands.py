"""What callers say to the talk itself, what they press, and what they hear when nobody says anything."""

from __future__ import annotations

import asyncio

import pytest

from channels.voice.manners import Manners
from channels.voice.talk_parts import Awaited
from core.messages import Outcome
from tests.fakes.scripted_desk import ScriptedDesk, answer
from tests.fakes.scripted_telephone import ScriptedTelephone
from tests.fakes.talks import talked

ANSWER = answer("Your order is L20418.", "It comes on Monday.")
NUMBER = answer("What is your order number?", outcome=Outcome.CLARIFYING, awaited=Awaited(kind="reference"))


async def asks(phone: ScriptedTelephone) -> None:
    """Ask and hear the answer."""
    await phone.hears("How can I help")
    await phone.speaks("Where is my parcel?")
    await phone.hears("on Monday")
    await phone.hears_out()


async def is_asked_for_number(phone: ScriptedTelephone) -> None:
    await phone.hears("How can I help")
    await phone.speaks("Where is my parcel?")
    await phone.hears("order number?")
    await phone.hears_out()


def test_again_says_the_answer_again() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await asks(phone)
        await phone.speaks("Sorry, could you repeat that please?")
        await phone.hears("on Monday")

    desk = ScriptedDesk([ANSWER])
    _, phone = talked(caller, desk=desk)
    assert len(phone.times("heard", "on Monday")) == 2
    assert len(desk.asked) == 1


def test_slower_says_it_again_and_all_that_follows_slower() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await asks(phone)
        await phone.speaks("a bit slower please")
        await phone.hears("on Monday")
        await phone.hears_out()
        await phone.speaks("And my other parcel?")
        await phone.hears("on Monday")

    _, phone = talked(caller, desk=ScriptedDesk([ANSWER]))
    assert [each.speed for each in phone.sentences if "Monday" in each.text] == [1.0, 0.8, 0.8]


def test_spell_that_spells_the_number_of_the_answer() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await asks(phone)
        await phone.speaks("Can you spell that?")
        await phone.hears("L, two zero four one eight.")

    talked(caller, desk=ScriptedDesk([ANSWER]))


def test_good_bye_ends_the_call_politely() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await asks(phone)
        await phone.speaks("No that's all, thank you, goodbye")
        await asyncio.sleep(60)

    report, phone = talked(caller, desk=ScriptedDesk([ANSWER]))
    assert report.reason == "goodbye"
    assert phone.spoken[-1] == "Goodbye."
    assert phone.times("heard", "Goodbye.")[0] <= phone.times("left")[0]


def test_no_to_anything_else_is_good_bye_too() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("Thank you very much for your help")
        await phone.hears("Is there anything else?")
        await phone.speaks("no")
        await asyncio.sleep(60)

    thanked = answer("You are welcome.", "Is there anything else?", route="small_talk")
    report, _ = talked(caller, desk=ScriptedDesk([thanked]))
    assert report.reason == "goodbye"


def test_another_language_is_spoken_when_it_is_asked_for() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("¿Habla usted español?")
        await phone.hears("¿En qué puedo ayudarle?")
        await phone.speaks("¿Dónde está mi pedido?")
        await phone.hears("lunes")

    desk = ScriptedDesk([answer("Llega el lunes.", language="es")])
    report, phone = talked(caller, desk=desk)
    assert report.language == "es"
    assert phone.expected == ((), "es")
    assert desk.asked[0].language == "es"


def test_two_sentences_in_another_language_change_the_calls_own() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        for _ in range(2):
            await phone.speaks("Wo ist denn mein Paket geblieben?", language="de")
            await phone.hears("Montag")
            await phone.hears_out()

    desk = ScriptedDesk([answer("Es kommt am Montag.", language="de")])
    report, _ = talked(caller, desk=desk)
    assert [each.language for each in desk.asked] == ["en", "de"]
    assert report.language == "de"


def test_one_word_of_another_language_changes_nothing() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("Merci beaucoup", language="fr")
        await phone.hears("on Monday")
        await phone.hears_out()
        await phone.speaks("Where is my parcel?", language="en")
        await phone.hears("on Monday")
        await phone.speaks("Merci", language="fr")
        await asyncio.sleep(3)

    report, _ = talked(caller, desk=ScriptedDesk([ANSWER]))
    assert report.language == "en"


def test_a_number_that_was_asked_for_is_read_back_while_it_is_looked_up() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await is_asked_for_number(phone)
        await phone.speaks("It is L two zero four one eight", confidence=0.9)
        await phone.hears("L, two zero four one eight.")
        await phone.hears("on Monday")

    desk = ScriptedDesk([NUMBER, ANSWER])
    talked(caller, desk=desk)
    assert desk.asked[-1].text == "L20418"


def test_a_number_that_was_hardly_understood_is_asked_back() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await is_asked_for_number(phone)
        await phone.speaks("L two zero four one nine", confidence=0.3)
        await phone.hears("Is that right?")
        await phone.speaks("No.")
        await phone.hears("keypad")
        await phone.speaks("L two zero four one eight", confidence=0.3)
        await phone.hears("Is that right?")
        await phone.speaks("Yes.")
        await phone.hears("on Monday")

    desk = ScriptedDesk([NUMBER, ANSWER])
    _, phone = talked(caller, desk=desk)
    assert "I understood L, two zero four one nine." in phone.spoken
    assert [each.text for each in desk.asked] == ["Where is my parcel?", "L20418"]


def test_a_name_that_was_spelled_is_read_back() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("Open an account")
        await phone.hears("name?")
        await phone.hears_out()
        await phone.speaks("B e n")
        await phone.hears("B, E, N.")
        await phone.hears("on Monday")

    name = answer("What is your name?", outcome=Outcome.CLARIFYING, awaited=Awaited(kind="name"))
    desk = ScriptedDesk([name, ANSWER])
    talked(caller, desk=desk)
    assert desk.asked[-1].text == "Ben"


def test_keys_cut_in_at_once_and_are_a_number_after_the_hash_key() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("Where is my parcel?")
        await phone.hears_begin("Your order is")
        phone.presses("20418#")
        await phone.hears("Found.")

    desk = ScriptedDesk([ANSWER, answer("Found.")])
    report, phone = talked(caller, desk=desk)
    assert desk.asked[-1].text == "20418"
    assert "It comes on Monday." not in phone.spoken
    assert [line.text for line in report.lines if line.kind == "keys"] == ["20418"]


def test_a_pause_ends_a_typed_number_too() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await is_asked_for_number(phone)
        phone.presses("0")
        await asyncio.sleep(3.5)
        phone.presses("418")
        at = asyncio.get_running_loop().time()
        await phone.hears("Found.")
        assert phone.times("queued", "Found.")[0] == pytest.approx(at + 4.0, abs=0.2)

    desk = ScriptedDesk([NUMBER, answer("Found.")])
    talked(caller, desk=desk)
    assert desk.asked[-1].text == "0418"


def test_one_and_two_are_yes_and_no_where_the_desk_asked_for_that() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("Cancel my order")
        await phone.hears("Shall I?")
        phone.presses("1")
        await phone.hears("Done.")

    asking = answer("Shall I?", outcome=Outcome.CLARIFYING, awaited=Awaited(kind="yes_no"))
    desk = ScriptedDesk([asking, answer("Done.")])
    talked(caller, desk=desk)
    assert desk.asked[-1].text == "yes"


def test_the_star_key_says_it_again_even_in_the_middle() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await asks(phone)
        phone.presses("*")
        await phone.hears("Your order is")
        phone.presses("*")
        await phone.hears("on Monday")

    _, phone = talked(caller, desk=ScriptedDesk([ANSWER]))
    assert len(phone.times("queued", "Your order is")) == 3


def test_keys_work_while_what_must_be_heard_is_said() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears_begin("Hello")
        phone.presses("4711#")
        await phone.hears("Found.")

    _, phone = talked(caller, desk=ScriptedDesk([answer("Found.")]))
    assert phone.times("heard", "Hello")
    assert "How can I help you?" not in phone.spoken


def test_silence_is_asked_about_twice_and_then_the_call_ends() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await asyncio.sleep(120)

    report, phone = talked(caller)
    assert phone.spoken[2] == "Are you still there?"
    assert phone.spoken[3] == "I can't hear you."
    assert phone.spoken[-1] == "Goodbye."
    assert report.reason == "silence"
    asked = phone.times("sounds", "still there")[0]
    assert asked - phone.times("heard", "How can I help")[0] == pytest.approx(7.0)


def test_a_word_puts_the_silence_back_to_its_beginning() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("still there")
        await phone.speaks("Where is my parcel?")
        await phone.hears("still there")
        await phone.hears("I can't hear you.")

    talked(caller, desk=ScriptedDesk([ANSWER]))


def test_noise_does_not_put_off_the_end_for_ever() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        while not phone.times("left"):
            await phone.coughs(0.4)
            await asyncio.sleep(2.0)

    report, phone = talked(caller)
    assert report.reason == "silence"
    quiet_since = phone.times("heard", "How can I help")[0]
    assert phone.times("queued", "I will hang up now.")[0] - quiet_since == pytest.approx(45, abs=1)


def test_nobody_is_asked_whether_they_are_there_while_an_answer_is_on_its_way() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await phone.hears("How can I help")
        await phone.speaks("Where is my parcel?")
        await phone.hears("on Monday")

    slow = answer("It comes on Monday.", after_s=90.0)
    report, phone = talked(caller, desk=ScriptedDesk([slow]))
    assert "Are you still there?" not in phone.spoken
    assert report.reason == "hung_up"


def test_who_asks_for_a_moment_gets_one() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        await asks(phone)
        await phone.speaks("Just a second please")
        await phone.hears("Take your time.")
        at = asyncio.get_running_loop().time()
        await phone.hears("still there")
        assert phone.times("sounds", "still there")[0] - at == pytest.approx(60.0)
        await phone.hears("I can't hear you.")

    talked(caller, desk=ScriptedDesk([ANSWER]))


def test_a_call_has_a_longest_time() -> None:
    async def caller(phone: ScriptedTelephone) -> None:
        while True:
            await phone.speaks("Where is my parcel?")
            await phone.hears_out()
            await asyncio.sleep(2)

    report, _ = talked(caller, manners=Manners(longest_s=120.0))
    assert report.reason == "too_long"
    assert report.lasted_s < 140
