"""Talks about tools, from the first wish to the end, over the two sample businesses."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from core.businesses.ledger import Ledger
from core.businesses.lender import lender_tools
from core.businesses.shop import Shop, shop_tools
from core.conversations import Conversations
from core.messages import Address, ConversationId, Outcome
from core.outbox import Outbox
from core.records import Records
from core.tenants import DEFAULT_TENANT
from core.tools.runner import Runner
from core.tools.talk import DialogueManager
from core.tools.tool import Caller, Tool
from tests.fakes.tool_talk import ToolTalk

pytestmark = pytest.mark.anyio

SAMPLES = Path(__file__).parents[3] / "config/samples/businesses"
TODAY = date(2026, 11, 21)
ANA = {"email": "ana.ruiz@example.com"}


@dataclass(kw_only=True)
class Talk(ToolTalk):
    """One with a business whose books can be looked into."""

    ledger: Ledger


@pytest.fixture
async def records(tmp_path: Path) -> AsyncIterator[Records]:
    opened = await Records.open_file(tmp_path / "desk.sqlite")
    yield opened
    await opened.close()


@pytest.fixture
async def talk(records: Records, tmp_path: Path) -> Callable[..., Any]:
    conversation = await Conversations(records, Outbox(records)).start(DEFAULT_TENANT, Address(channel="web"))

    def begin(tools: Callable[[Ledger], list[Tool]], file: str, **facts: Any) -> Talk:
        ledger = Ledger(SAMPLES / file, tmp_path / "business")
        manager = DialogueManager({tool.name: tool for tool in tools(ledger)}, Runner(records), lambda: TODAY)
        caller = Caller(tenant=DEFAULT_TENANT, conversation_id=ConversationId(conversation.id), facts=facts)
        return Talk(manager=manager, caller=caller, ledger=ledger)

    return begin


@pytest.fixture
def shop(talk: Callable[..., Talk]) -> Talk:
    return talk(lambda ledger: shop_tools(Shop(ledger, lambda: TODAY)), "shop.json")


@pytest.fixture
def known(talk: Callable[..., Talk]) -> Talk:
    """The same, for a customer whose address the company's site has vouched for."""
    return talk(lambda ledger: shop_tools(Shop(ledger, lambda: TODAY)), "shop.json", **ANA)


@pytest.fixture
def lender(talk: Callable[..., Talk]) -> Talk:
    return talk(lender_tools, "lender.json", **ANA)


async def test_a_return_is_asked_for_step_by_step_shown_and_done_after_a_yes(shop: Talk) -> None:
    step = await shop.say("I want to return something", "return_items")
    assert "e-mail" in step.text
    assert step.outcome is Outcome.CLARIFYING
    step = await shop.say("ana.ruiz@example.com")
    assert "#L20418" in step.text
    step = await shop.say("it's #L20418")
    assert "Harbour wall lamp" in step.text
    step = await shop.say("the desk lamp and the bulbs")
    assert "Where should the money go?" in step.text
    step = await shop.say("a gift card")
    assert "£107.00" in step.text
    assert "Shall I go ahead?" in step.text
    assert (await shop.ledger.read())["orders"]["#L20418"]["status"] == "delivered"
    step = await shop.say("yes please")
    assert step.outcome is Outcome.ACTED
    assert (await shop.ledger.read())["orders"]["#L20418"]["returned"] == ["meadow-green", "e27-warm"]
    assert not step.dialogue.frames


async def test_a_word_of_a_choice_in_a_question_of_its_own_chooses_nothing(shop: Talk) -> None:
    await shop.say("I want to return something", "return_items")
    step = await shop.say("Do you wrap gifts?")
    assert step.is_aside
    assert "refund_to" not in step.dialogue.frames[-1].values
    step = await shop.say("ana.ruiz@example.com, the money on a gift card please")
    assert step.dialogue.frames[-1].values["refund_to"] == "gift card"


async def test_what_the_account_knows_is_not_asked(known: Talk) -> None:
    step = await known.say("where is my order L20433", "order_status")
    assert step.outcome is Outcome.ANSWERED
    assert "not packed yet" in step.text


async def test_several_things_at_once_are_understood(lender: Talk) -> None:
    step = await lender.say("I need a mortgage of £200,000 over 30 years", "loan_quote")
    assert "5.10 %" in step.text
    assert "£1,085.90 a month" in step.text


async def test_a_correction_takes_the_place_of_what_was_said(lender: Talk) -> None:
    await lender.say("I want to borrow money", "loan_quote")
    await lender.say("for a house")
    step = await lender.say("200k")
    assert "years" in step.text
    step = await lender.say("25 years, no, 30 years")
    assert "over 30 years" in step.text


async def test_what_can_not_be_is_refused_with_the_reason_and_asked_again(lender: Talk) -> None:
    await lender.say("a car loan please, 20000 pounds", "loan_quote")
    step = await lender.say("12 years")
    assert "from 1 to 8 years" in step.text
    assert "Over how many years?" in step.text


async def test_no_leaves_everything_as_it_was(known: Talk) -> None:
    await known.say("cancel my order #L20433", "cancel_order")
    step = await known.say("no")
    assert "Nothing was changed" in step.text
    assert (await known.ledger.read())["orders"]["#L20433"]["status"] == "pending"


async def test_a_change_of_mind_at_the_end_is_shown_again_before_it_is_done(known: Talk) -> None:
    await known.say("change the address of order #L20433", "change_address")
    step = await known.say("5 Rose Street, Leeds LS2 7AB")
    assert "5 Rose Street" in step.text
    step = await known.say("actually, make that order #L20433 cancelled", "cancel_order")
    assert "cancel order #L20433" in step.text


async def test_stop_stops(shop: Talk) -> None:
    await shop.say("I want to return something", "return_items")
    step = await shop.say("never mind")
    assert not step.dialogue.frames


async def test_a_question_in_between_is_answered_elsewhere_and_the_talk_goes_on(known: Talk) -> None:
    await known.say("I want to return something from #L20418", "return_items")
    step = await known.say("how long does a refund take?")
    assert step.is_aside
    assert "What would you like to return?" in step.text
    assert "Where should the money go?" in (await known.say("the bulbs")).text


async def test_another_wish_in_between_is_done_first(known: Talk) -> None:
    await known.say("I want to return something from #L20418", "return_items")
    step = await known.say("where is my order #L20433?", "order_status")
    assert "not packed yet" in step.text
    assert "What would you like to return?" in step.text


async def test_after_three_answers_that_say_nothing_a_person_is_offered(shop: Talk) -> None:
    await shop.say("I want to return something", "return_items")
    for _ in range(2):
        step = await shop.say("blue")
        assert step.needs is None
    step = await shop.say("blue")
    assert step.needs == "person"
    assert not step.dialogue.frames


async def test_a_large_refund_waits_for_a_colleague(talk: Callable[..., Talk]) -> None:
    jonas = talk(
        lambda ledger: shop_tools(Shop(ledger, lambda: TODAY)), "shop.json", email="jonas.weber@example.com"
    )
    await jonas.say("return the floor lamp of order #L20377", "return_items")
    step = await jonas.say("the way I paid")
    assert "£649.00" in step.text
    step = await jonas.say("yes")
    assert step.needs == "approval"
    waits = step.dialogue.frames[-1]
    assert "refund £649.00" in waits.shown
    step = await jonas.say("never mind")
    assert (step.withdraws, step.dialogue.frames) == (waits.key, ())
    assert (await jonas.ledger.read())["orders"]["#L20377"]["status"] == "delivered"


async def test_the_same_yes_twice_is_one_return(known: Talk) -> None:
    await known.say("cancel order #L20433", "cancel_order")
    before = known.dialogue
    first = await known.say("yes")
    known.dialogue = before
    again = await known.say("yes")
    assert again.text == first.text


async def test_an_order_of_somebody_else_is_not_shown(known: Talk) -> None:
    step = await known.say("where is order #L20377", "order_status")
    assert "I find no order" in step.text
    assert "Atlas" not in step.text


async def test_who_asks_why_is_told(shop: Talk) -> None:
    await shop.say("where is my order", "order_status")
    step = await shop.say("why do you need that?")
    assert "shown to nobody else" in step.text
    assert "e-mail" in step.text


async def test_the_language_of_the_customer_is_spoken(known: Talk) -> None:
    known.caller = replace(known.caller, language="de")
    step = await known.say("#L20433 stornieren", "cancel_order")
    assert "Soll ich das tun?" in step.text
    assert (await known.say("nein danke")).text.startswith("Gut, ich habe aufgehört")


async def test_what_was_said_for_one_wish_is_not_asked_for_the_next(shop: Talk) -> None:
    await shop.say("where is order #L20433?", "order_status")
    await shop.say("ana.ruiz@example.com")
    step = await shop.say("cancel order #L20433", "cancel_order")
    assert "I will cancel order #L20433" in step.text


async def test_another_address_at_the_end_is_shown_again(known: Talk) -> None:
    await known.say("change the address of order #L20433", "change_address")
    await known.say("5 Rose Street, Leeds LS2 7AB")
    step = await known.say("hmm, no, send it to 7 Rose Street, Leeds LS2 7AB")
    assert "7 Rose Street" in step.text
    assert "Shall I go ahead?" in step.text
    assert (await known.ledger.read())["orders"]["#L20433"]["address"].startswith("14 Mill Lane")
