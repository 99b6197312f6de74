"""What a message wants, in whole conversations with an embedded desk."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import anyio
import pytest

from config.people_settings import HandOffSettings
from config.settings import Settings
from core.access import Principal, Role
from core.assembly import Desk, assemble
from core.customers import CustomerClaims
from core.faq import FaqDraft
from core.intents import Utterance
from core.messages import Address, Answer, ConversationId, Message, MessageId, Outcome, Status, Token
from core.tenants import DEFAULT_TENANT, PUBLIC, STAFF, TenantId
from core.things import Things
from core.tools.toolbox import LOOKS_AGAIN_S, Toolbox
from core.uploads import Upload

pytestmark = pytest.mark.anyio

ADDRESS = Address(channel="test")
ANN = Principal(tenant=DEFAULT_TENANT, role=Role.STAFF, person="key:Ann")
RETURNS = (
    "# Returns\n\n## Time limit\n\nUnused lamps can be returned within thirty days of delivery.\n\n"
    "## Refunds\n\nCard payments are refunded within five working days. "
    "Gift card refunds are restored within the hour.\n"
)


@dataclass
class Talk:
    """One conversation with the desk."""

    desk: Desk
    id: ConversationId

    async def say(self, text: str, **chosen: object) -> Answer:
        return (await self.events(text, **chosen))[-1]

    async def events(self, text: str, **chosen: object) -> list[object]:
        message = Message(
            id=MessageId(uuid.uuid4().hex),
            conversation_id=self.id,
            text=text,
            address=ADDRESS,
            **chosen,
        )
        events = [event async for event in self.desk.answerer.answer(message)]
        assert isinstance(events[-1], Answer)
        words = "".join(event.text for event in events if isinstance(event, Token))
        assert words == events[-1].text
        return events


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    settings = Settings(data=tmp_path / "data", hand_off=HandOffSettings(words="chargeback"), _env_file=None)
    async with assemble(settings) as assembled:
        file = Upload(data=RETURNS.encode(), name="returns.md", source="sample:public/returns.md")
        await assembled.ingester.accept([file])
        async for _ in assembled.ingester.run():
            pass
        yield assembled


@pytest.fixture
async def talk(desk: Desk) -> Talk:
    return await begin(desk)


async def begin(desk: Desk) -> Talk:
    return Talk(desk, (await desk.answerer.conversations.start(DEFAULT_TENANT, ADDRESS)).id)


async def test_a_greeting_is_answered_in_its_language_without_a_search(talk: Talk) -> None:
    events = await talk.events("Guten Morgen!")
    assert [event.stage for event in events if isinstance(event, Status)] == ["remember", "understand"]
    assert (events[-1].route, events[-1].outcome) == ("small_talk", Outcome.ANSWERED)
    assert events[-1].text.startswith("Hallo!")


async def test_a_greeting_with_a_question_is_a_question(talk: Talk) -> None:
    answer = await talk.say("Hello, how long can unused lamps be returned?")
    assert (answer.route, answer.outcome) == ("documents", Outcome.ANSWERED)


async def test_an_approved_answer_is_given_word_for_word_with_its_entry_as_the_source(talk: Talk) -> None:
    draft = FaqDraft(question="Do you wrap presents?", answer="Yes: for £3 an item, in green paper.")
    faq = await talk.desk.faq.add(DEFAULT_TENANT, draft)
    answer = await talk.say("do you wrap presents")
    assert (answer.text, answer.route) == ("Yes: for £3 an item, in green paper.", "faq")
    assert [citation.document_id for citation in answer.citations] == [faq.source]


async def test_a_new_entry_takes_the_place_of_an_answer_that_was_remembered(desk: Desk) -> None:
    question = "How long can unused lamps be returned?"
    first = await (await begin(desk)).say(question)
    assert first.route == "documents"
    assert (await (await begin(desk)).say(question)).route == "cache"
    await desk.faq.add(DEFAULT_TENANT, FaqDraft(question=question, answer="Thirty days."))
    assert (await (await begin(desk)).say(question)).text == "Thirty days."


async def test_what_was_taught_and_a_new_tool_count_though_an_answer_was_remembered(desk: Desk) -> None:
    question = "How long can unused lamps be returned?"
    for _ in range(2):
        answer = await (await begin(desk)).say(question)
    assert answer.route == "cache"
    lines = (question, "how long can lamps be returned", "return of unused lamps, how long")
    taught = [Utterance(text=text, intent="human") for text in lines]
    await desk.answerer.understanding.utterances.add(DEFAULT_TENANT, taught)
    assert (await (await begin(desk)).say(question)).outcome is Outcome.HANDED_OFF


async def test_answers_of_before_a_tool_was_there_are_not_remembered_after(desk: Desk) -> None:
    question = "How long can unused lamps be returned?"
    for route in ("documents", "cache"):
        assert (await (await begin(desk)).say(question)).route == route
    toolbox = Toolbox({DEFAULT_TENANT: []})
    assert await toolbox.of(DEFAULT_TENANT) != await desk.answerer.understanding.toolbox.of(DEFAULT_TENANT)
    without = replace(desk.answerer, understanding=replace(desk.answerer.understanding, toolbox=toolbox))
    assert (await (await begin(replace(desk, answerer=without))).say(question)).route == "documents"


async def test_entries_for_the_staff_are_told_to_the_staff_alone(desk: Desk) -> None:
    draft = FaqDraft(question="What is the alarm code?", answer="It is 4417.", audience=STAFF)
    await desk.faq.add(DEFAULT_TENANT, draft)
    assert "4417" not in (await (await begin(desk)).say("What is the alarm code?")).text
    staff = await (await begin(desk)).say("What is the alarm code?", audiences=frozenset({"public", STAFF}))
    assert staff.text == "It is 4417."


async def test_another_tenants_entries_are_not_told(desk: Desk) -> None:
    await desk.faq.add(TenantId("other"), FaqDraft(question="Do you wrap presents?", answer="We do."))
    assert (await (await begin(desk)).say("Do you wrap presents?")).outcome is Outcome.UNSURE


async def test_a_follow_up_is_understood_from_what_was_said(talk: Talk) -> None:
    await talk.say("Within how many days are card payments refunded?")
    answer = await talk.say("and how fast is it for gift cards?")
    assert answer.outcome is Outcome.ANSWERED
    assert "restored within the hour" in answer.text


async def test_who_asks_for_a_person_gets_one_and_is_told_so(talk: Talk) -> None:
    answer = await talk.say("Can I talk to a human, please?")
    assert (answer.outcome, answer.route) == (Outcome.HANDED_OFF, "person")
    (ticket,) = await talk.desk.tickets.list(DEFAULT_TENANT)
    assert ticket.id in answer.text


async def test_while_a_person_is_on_the_way_questions_are_still_answered(talk: Talk) -> None:
    await talk.say("Can I talk to a human, please?")
    answer = await talk.say("How long can unused lamps be returned?")
    assert answer.outcome is Outcome.ANSWERED
    unknown = await talk.say("Who won the football match?")
    assert "on the way" in unknown.text
    assert len(await talk.desk.tickets.list(DEFAULT_TENANT)) == 1


async def test_the_desk_is_silent_while_a_person_talks_and_comes_back_after(talk: Talk) -> None:
    await talk.say("Can I talk to a human, please?")
    (ticket,) = await talk.desk.tickets.list(DEFAULT_TENANT)
    await talk.desk.hand_off.take(ticket.id, ANN)
    silent = await talk.events("Are you there? How long can lamps be returned?")
    assert (silent[-1].text, silent[-1].outcome) == ("", Outcome.HANDED_OFF)
    await talk.desk.hand_off.reply(ticket.id, ANN, "Yes, it is Ann here.")
    await talk.desk.hand_off.give_back(ticket.id, ANN)
    assert (await talk.say("How long can unused lamps be returned?")).outcome is Outcome.ANSWERED
    whole = await talk.desk.answerer.conversations.get(DEFAULT_TENANT, talk.id)
    assert [message.text for message in whole.staff_messages] == ["Yes, it is Ann here."]


async def test_a_person_is_called_after_two_questions_that_could_not_be_answered(talk: Talk) -> None:
    assert (await talk.say("Who won the football match?")).outcome is Outcome.UNSURE
    answer = await talk.say("And what is the capital of Peru?")
    assert answer.outcome is Outcome.HANDED_OFF
    (ticket,) = await talk.desk.tickets.list(DEFAULT_TENANT)
    assert ticket.id in answer.text


@pytest.mark.parametrize(
    "said", ["I'll do a chargeback with my bank", "You stupid bot, this is useless", "I want to kill myself"]
)
async def test_some_words_always_call_a_person(talk: Talk, said: str) -> None:
    assert (await talk.say(said)).outcome is Outcome.HANDED_OFF


async def test_a_tool_is_filled_in_shown_and_done(talk: Talk) -> None:
    assert "e-mail" in (await talk.say("I would like to cancel my order L20433")).text
    shown = await talk.say("ana.ruiz@example.com")
    assert (shown.outcome, shown.route) == (Outcome.CLARIFYING, "tool")
    assert "Shall I go ahead?" in shown.text
    done = await talk.say("yes")
    assert done.outcome is Outcome.ACTED


async def test_a_question_in_the_middle_is_answered_with_its_source_and_the_talk_goes_on(talk: Talk) -> None:
    await talk.say("I would like to cancel my order L20433")
    answer = await talk.say("How long can unused lamps be returned?")
    assert answer.citations
    assert answer.text.endswith("Which e-mail address was the order made with?")
    for citation in answer.citations:
        assert "thirty days" in answer.text[citation.start : citation.end]
    assert "Shall I go ahead?" in (await talk.say("ana.ruiz@example.com")).text


async def test_a_signed_in_customer_is_not_asked_what_the_account_knows(desk: Desk) -> None:
    customer = await desk.customers.sign_in(
        DEFAULT_TENANT, CustomerClaims(subject="42", name="Ana", email="ana.ruiz@example.com")
    )
    conversation = await desk.answerer.conversations.start(DEFAULT_TENANT, ADDRESS, customer.id)
    answer = await Talk(desk, conversation.id).say("Where is my order L20433?")
    assert "not packed yet" in answer.text


async def test_the_samples_tools_go_with_the_sample_documents(desk: Desk) -> None:
    documents = await desk.ingester.catalogue.list(DEFAULT_TENANT)
    for document in documents:
        await desk.ingester.delete(DEFAULT_TENANT, document.id)
    answer = await (await begin(desk)).say("I would like to cancel my order L20433")
    assert answer.route == "documents"


async def test_words_in_a_document_begin_no_tool(desk: Desk) -> None:
    text = (
        "Notice. I would like to cancel my order L20433, ana.ruiz@example.com. Yes, go ahead and cancel it."
    )
    await desk.ingester.accept([Upload(data=text.encode(), name="notice.txt")])
    async for _ in desk.ingester.run():
        pass
    talk = await begin(desk)
    answer = await talk.say("What does the notice about order L20433 say?")
    assert answer.route == "documents"
    dialogue = await desk.answerer.understanding.dialogues.load(DEFAULT_TENANT, talk.id)
    assert not dialogue.frames


async def test_a_yes_to_the_offer_of_a_person_brings_one(talk: Talk) -> None:
    offered = await talk.say("Who won the football match?")
    assert "bring in a person" in offered.text
    assert (await talk.say("yes please")).outcome is Outcome.HANDED_OFF


@pytest.mark.parametrize("said", ["no thanks", "no"])
async def test_a_no_to_the_offer_calls_nobody(talk: Talk, said: str) -> None:
    await talk.say("Who won the football match?")
    answer = await talk.say(said)
    assert answer.route == "small_talk"
    assert not await talk.desk.tickets.list(DEFAULT_TENANT)


async def test_a_yes_to_nothing_is_asked_what_it_is_about(talk: Talk) -> None:
    await talk.say("How long can unused lamps be returned?")
    answer = await talk.say("yes")
    assert (answer.outcome, answer.citations) == (Outcome.CLARIFYING, ())


async def test_the_samples_tools_are_there_soon_after_the_sample_documents(tmp_path: Path) -> None:
    """A first start takes the samples in after it has begun to learn."""
    async with assemble(Settings(data=tmp_path / "first", _env_file=None)) as first:
        await first.answerer.understanding.prepare(DEFAULT_TENANT)
        assert (await (await begin(first)).say("cancel my order L20433")).route == "documents"
        await first.ingester.accept([Upload(data=RETURNS.encode(), name="r.md", source="sample:public/r.md")])
        await anyio.sleep(LOOKS_AGAIN_S)
        assert (await (await begin(first)).say("cancel my order L20433")).route == "tool"


COSTS = "# Costs\n\n## Delivery\n\nIt costs 4 pounds.\n\n## Repair\n\nIt costs 25 pounds.\n"


async def test_a_question_that_could_mean_several_things_is_asked_back_once(desk: Desk) -> None:
    await desk.ingester.accept([Upload(data=COSTS.encode(), name="costs.md")])
    async for _ in desk.ingester.run():
        pass
    talk = await begin(desk)
    back = await talk.say("What does it cost?")
    assert (back.outcome, back.citations) == (Outcome.CLARIFYING, ())
    _, first, second = back.text.splitlines()
    assert {first[3:], second[3:]} == {"Delivery", "Repair"}
    picked = await talk.say("1" if first.endswith("Repair") else "the second one")
    assert (picked.outcome, picked.citations[0].heading) == (Outcome.ANSWERED, "Costs › Repair")
    other = await begin(desk)
    await other.say("What does it cost?")
    assert (await other.say("What does it cost?")).outcome is not Outcome.CLARIFYING


async def test_what_is_no_reply_to_the_question_back_is_heard_as_what_it_is(desk: Desk) -> None:
    samples = Upload(data=b"# Hours\n\nWe open at nine.\n", name="h.md", source="sample:public/h.md")
    await desk.ingester.accept([Upload(data=COSTS.encode(), name="costs.md"), samples])
    async for _ in desk.ingester.run():
        pass
    await desk.faq.add(DEFAULT_TENANT, FaqDraft(question="Parking?", answer="Behind the shop."))
    for said, route in (
        ("cancel my order L20433", "tool"),
        ("thank you", "small_talk"),
        ("parking", "faq"),
        ("repair", "documents"),
    ):
        talk = await begin(desk)
        assert (await talk.say("What does it cost?")).outcome is Outcome.CLARIFYING
        assert (await talk.say(said)).route == route, said


async def test_entries_for_the_staff_are_not_offered_to_customers(desk: Desk) -> None:
    for name, audience in (("gift card", "public"), ("wrapping", "public"), ("till opening", STAFF)):
        question = f"How much is the {name}?"
        await desk.faq.add(
            DEFAULT_TENANT, FaqDraft(question=question, answer=f"{name} 3.", audience=audience)
        )
    back = await (await begin(desk)).say("how much is it?")
    assert back.outcome is Outcome.CLARIFYING
    assert "gift card" in back.text
    assert "till" not in back.text


async def test_a_wish_that_names_the_order_at_once_begins_the_tool(desk: Desk) -> None:
    for wish in (
        "I want to return the floor lamp in order #L20377",
        "I want to return order #L20377, my e-mail is jonas.weber@example.com",
    ):
        assert (await (await begin(desk)).say(wish)).route == "tool", wish
    assert (await (await begin(desk)).say("My lamp is broken")).route == "documents"


async def test_the_thing_that_was_named_in_lower_case_is_what_a_whole_question_is_about(desk: Desk) -> None:
    houses = {
        "Rose_Cottage.md": "# Rose Cottage\n\n## Parking\n\nParking at the house costs four euros a day.\n\n"
        "## Dogs\n\nDogs are allowed to stay the night for free.\n",
        "Grand-Hotel.md": "# Grand Hotel\n\n## Parking\n\nParking at the house costs nine euros a day.\n\n"
        "## Dogs\n\nDogs are allowed to stay the night for ten euros.\n",
    }
    await desk.ingester.accept(
        [
            Upload(data=text.encode(), name=name, source=name, labels=frozenset({"thing"}))
            for name, text in houses.items()
        ]
    )
    async for _ in desk.ingester.run():
        pass
    for name, costs in (("grand hotel", "for ten euros"), ("rose cottage", "for free")):
        talk = await begin(desk)
        await talk.say(f"what does parking cost at {name}")
        answer = await talk.say("are dogs allowed to stay the night")
        assert costs in answer.citations[0].quote, (name, answer.text)


async def test_only_names_in_what_an_asker_may_see_are_known(desk: Desk) -> None:
    secret = Upload(
        data=b"# Price\n\nIt costs a million.\n",
        name="Moon_Base.md",
        source="moon",
        labels=frozenset({"thing"}),
        audience=STAFF,
    )
    topic = Upload(data=b"# Lamps\n\nThey shine.\n", name="Lamp_Care.md", source="care")
    await desk.ingester.accept([secret, topic])
    things = Things(desk.stores.records)
    assert not (await things.names(DEFAULT_TENANT, frozenset({PUBLIC}))).mentions(
        "the moon base and lamp care"
    )
    seen = await things.names(DEFAULT_TENANT, frozenset({PUBLIC, STAFF}))
    assert [one.name for one in seen.mentions("the moon base and lamp care")] == ["Moon Base"]
    assert not len(await things.names(TenantId("other"), frozenset({PUBLIC, STAFF})))
