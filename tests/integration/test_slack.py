"""Questions in Slack: signed events over real sockets to answers in their threads, and back as feedback."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import anyio
import httpx
import pytest
from sqlalchemy import select

from channels.slack.blocks import FEEDBACK, PERSON
from channels.slack.home import RULES, STAFF_CHANNEL
from channels.slack.places import private_address
from channels.slack.sharing import SHARE
from core.access import Principal, Role
from core.messages import ConversationId
from core.schema import feedback
from core.slack_workspaces import ChannelRules
from core.tenants import PUBLIC, STAFF
from tests.fakes.slack_desk import SlackDesk, slack_desk, teach

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SlackDesk]:
    async with slack_desk(tmp_path_factory.mktemp("slack") / "data") as running:
        yield running


@pytest.fixture(autouse=True)
def healthy(both: SlackDesk) -> None:
    both.slack.faults.clear()


async def test_a_direct_message_is_answered_in_its_thread_with_sources(both: SlackDesk) -> None:
    ts = await both.slack.say("ana", "dm", "How long are returns free?")
    answer = await both.answer("dm", ts)
    assert "thirty days" in answer["text"]
    assert "[1]" in answer["text"]


def texts(message: dict[str, object]) -> str:
    return json.dumps(message, ensure_ascii=False)


def block_with(message: dict[str, Any], action_id: str) -> dict[str, Any]:
    (found,) = [
        one
        for block in message["blocks"]
        for one in block.get("elements", ())
        if one.get("action_id") == action_id
    ]
    return dict(found)


async def verdicts(both: SlackDesk) -> list[tuple[str, str, str]]:
    async with both.desk.stores.records.reading() as connection:
        rows = (await connection.execute(select(feedback))).all()
    return [(row.answer_id, row.person, row.verdict) for row in rows]


async def test_a_mention_and_its_message_are_one_question_and_later_words_need_no_mention(
    both: SlackDesk,
) -> None:
    ts = await both.slack.say("ana", "#general", "@frontdesk how long are returns free?")
    answer = await both.answer("#general", ts)
    assert "thirty days" in answer["text"]
    await both.slack.say("ben", "#general", "And what can you send back?", thread_ts=ts)
    later = await both.answer("#general", ts, count=2)
    assert "not worn" in later["text"]
    await both.slack.say("ana", "#general", "<@U01BEN> did you know that?", thread_ts=ts)
    await both.idle()
    assert len(both.answers("#general", ts)) == 2


async def test_what_is_not_meant_for_the_desk_is_left_alone_and_calls_nothing(both: SlackDesk) -> None:
    before = len(both.slack.calls)
    ts = await both.slack.say("ana", "#general", "How long are returns free?")
    reply = await both.slack.say("ben", "#general", "No idea", thread_ts=ts)
    await both.slack.edit("ben", "#general", reply, "@frontdesk No idea?")
    await both.slack.remove("ben", "#general", reply)
    await both.idle()
    assert both.answers("#general", ts) == []
    assert len(both.slack.calls) == before


async def test_a_thumb_is_kept_once_a_person_and_takes_the_buttons_place(both: SlackDesk) -> None:
    ts = await both.slack.say("ana", "#general", "@frontdesk how long are returns free?")
    answer = await both.answer("#general", ts)
    value = block_with(answer, FEEDBACK)["positive_button"]["value"]
    await both.slack.click("ana", answer["ts"], FEEDBACK, value)
    await both.idle()
    given = [one for one in await verdicts(both) if one[0] == value.removeprefix("up:")]
    assert given == [(value.removeprefix("up:"), "slack:T01JUNIPER:U01ANA", "up")]
    (shown,) = both.answers("#general", ts)
    assert "Rated as helpful" in texts(shown)
    assert FEEDBACK not in texts(shown)
    assert "thirty days" in texts(shown)
    assert "returns.txt" in texts(shown)
    assert "Thank you" in both.slack.ephemerals("#general", "ana")[-1]["text"]


async def test_a_person_can_be_asked_for_and_what_they_write_comes_into_the_thread(both: SlackDesk) -> None:
    ts = await both.slack.say("gus", "dm", "How long are returns free?")
    answer = await both.answer("dm", ts, "gus")
    await both.slack.click("gus", answer["ts"], PERSON)
    told = await both.answer("dm", ts, "gus", count=2)
    (ticket,) = [one for one in await both.desk.tickets.list(both.desk.tenant.id) if one.id in told["text"]]
    ben = Principal(tenant=both.desk.tenant.id, role=Role.STAFF, person="key:Ben")
    await both.desk.hand_off.take(ticket.id, ben)
    await both.desk.hand_off.reply(ticket.id, ben, "Hello <!channel> & Gus")
    reply = await both.answer("dm", ts, "gus", count=4)
    assert "Hello &lt;!channel&gt; &amp; Gus" in texts(reply)
    assert "Ben is here now" in both.answers("dm", ts, "gus")[2]["text"]
    await both.slack.say("gus", "dm", "How long are returns free?", thread_ts=ts)
    await both.idle()
    assert len(both.answers("dm", ts, "gus")) == 4
    await both.desk.hand_off.give_back(ticket.id, ben)
    back = await both.answer("dm", ts, "gus", count=5)
    assert "the assistant again" in back["text"]


async def test_staff_documents_answer_staff_alone_and_never_an_open_channel(both: SlackDesk) -> None:
    question = "When is the staff bonus paid?"
    ts = await both.slack.say("ana", "dm", question)
    answer = await both.answer("dm", ts)
    assert "March" in answer["text"]
    (link,) = re.findall(r"<(http[^|>]+)\|", texts(answer))
    async with httpx.AsyncClient() as client:
        page = await client.get(link)
        assert page.status_code == 200
        assert "March" in page.text
        without = re.sub(r"&token=[^#]+", "", link)
        assert (await client.get(without)).status_code == 404
    asked_by_gus = await both.slack.say("gus", "dm", question)
    for place, thread, user in (
        ("dm", asked_by_gus, "gus"),
        ("#general", await both.slack.say("ana", "#general", f"@frontdesk {question}"), "ana"),
    ):
        shown = texts(await both.answer(place, thread, user))
        assert not [word for word in ("March", "nine percent", "bonus.txt") if word in shown]


async def test_channel_rules_say_when_and_from_what_the_desk_answers(both: SlackDesk) -> None:
    workspace = await both.desk.stores.slack.find("T01JUNIPER")
    assert workspace is not None
    lay_down = both.desk.stores.slack.lay_down
    channel = "C01SUPPORT"
    await lay_down(workspace, channel, ChannelRules(answers="questions", audience=STAFF), "U01ANA")
    quiet = await both.slack.say("ana", "#support", "The staff bonus is here")
    asked = await both.slack.say("ana", "#support", "when is the staff bonus paid?")
    assert "March" in (await both.answer("#support", asked))["text"]
    assert both.answers("#support", quiet) == []
    await lay_down(workspace, channel, ChannelRules(answers="always"), "U01ANA")
    told = await both.slack.say("ana", "#support", "Tell returns")
    await both.answer("#support", told)
    await lay_down(workspace, channel, ChannelRules(answers="mention"), "U01ANA")
    later = await both.slack.say("ana", "#support", "when is the staff bonus paid?")
    await both.idle()
    assert both.answers("#support", later) == []


async def test_a_command_answers_its_sender_alone_who_may_show_what_everybody_may_see(
    both: SlackDesk,
) -> None:
    await both.slack.command("ana", "#general", "/ask", "")
    await both.idle()
    assert "/ask" in texts(both.slack.ephemerals("#general")[-1])
    await both.slack.command("ana", "#general", "/ask", "How long are returns free?")
    await both.idle()
    answer = both.slack.ephemerals("#general")[-1]
    assert "thirty days" in texts(answer)
    before = len(both.slack.messages("#general"))
    for _ in range(2):
        if SHARE in texts(answer):
            await both.slack.click("ana", answer["ts"], SHARE)
            await both.idle()
    shown = both.slack.messages("#general")[before:]
    assert len(shown) == 1
    assert "<@U01ANA> asked: How long are returns free?" in texts(shown[0])
    assert PERSON not in texts(shown[0])
    assert "returns.txt" in texts(shown[0])
    await both.slack.say("ben", "#general", "What can you send back?", thread_ts=shown[0]["ts"])
    assert "not worn" in (await both.answer("#general", shown[0]["ts"], count=2))["text"]


async def test_a_command_shows_nobody_what_only_staff_may_see(both: SlackDesk) -> None:
    await both.slack.command("ana", "#general", "/ask", "When is the staff bonus paid?")
    await both.idle()
    answer = both.slack.ephemerals("#general")[-1]
    assert "March" in texts(answer)
    before = len(both.slack.messages("#general"))
    await both.slack.click("ana", answer["ts"], SHARE)
    await both.idle()
    assert len(both.slack.messages("#general")) == before
    assert "can't show this to everyone" in both.slack.ephemerals("#general")[-1]["text"]
    await both.slack.command("gus", "#general", "/ask", "When is the staff bonus paid?")
    await both.idle()
    assert "March" not in texts(both.slack.ephemerals("#general", "gus")[-1])


async def test_a_person_who_was_asked_for_by_a_command_answers_in_direct_messages(both: SlackDesk) -> None:
    await both.slack.command("ana", "#general", "/ask", "What can you send back?")
    await both.idle()
    answer = both.slack.ephemerals("#general")[-1]
    await both.slack.click("ana", answer["ts"], FEEDBACK, "negative")
    await both.idle()
    assert "Thank you" in both.slack.ephemerals("#general")[-1]["text"]
    await both.slack.click("ana", answer["ts"], PERSON)
    await both.idle()
    assert "direct message" in both.slack.ephemerals("#general")[-1]["text"]
    (ticket,) = [
        one
        for one in await both.desk.tickets.list(both.desk.tenant.id, "waiting")
        if one.id in both.slack.ephemerals("#general")[-1]["text"]
    ]
    ben = Principal(tenant=both.desk.tenant.id, role=Role.STAFF, person="key:Ben")
    await both.desk.hand_off.take(ticket.id, ben)
    await both.desk.hand_off.reply(ticket.id, ben, "Anything, Ana")
    await both.idle()
    root, reply = both.slack.messages("dm")[-2:]
    assert "Anything, Ana" in texts(reply)
    assert reply["thread_ts"] == root["ts"]
    await both.slack.say("ana", "dm", "How long are returns free?", thread_ts=root["ts"])
    await both.idle()
    whole = await both.desk.answerer.conversations.get(
        both.desk.tenant.id, ConversationId(ticket.conversation_id)
    )
    assert whole.exchanges[-1].text == "How long are returns free?"
    assert not [one for one in both.answers("dm", root["ts"]) if "thirty" in one["text"]]


async def test_the_messages_tab_suggests_questions_in_both_views(both: SlackDesk) -> None:
    await teach(both.desk, "faq.md", b"# Can I return worn socks?\n\nNo, worn socks stay with you.", PUBLIC)
    await both.slack.open_home("ana", "messages")
    thread = await both.slack.open_assistant_thread("ana", "#general")
    await both.idle()
    prompts = both.slack.workspace.surfaces.prompts
    for place in (("D01ANA", ""), ("D01ANA", thread)):
        assert prompts[place]["prompts"][0]["message"] == "Can I return worn socks?"
    assert (await seen_by_ana(both))["channel_id"] == "C01GENERAL"
    await both.slack.look_at("ana", "#random", thread)
    await both.idle()
    assert (await seen_by_ana(both))["channel_id"] == "C01RANDOM"
    await both.slack.look_at("ana", "#support")
    await both.idle()
    assert (await seen_by_ana(both))["entities"][0]["value"] == "C01SUPPORT"


async def seen_by_ana(both: SlackDesk) -> dict[str, Any]:
    """What the desk keeps of what Ana looks at."""
    address = private_address("T01JUNIPER", "", "U01ANA", "context")
    line = await both.desk.stores.lines.find(both.desk.tenant.id, address)
    assert line is not None
    return dict(line.state["context"])


async def test_the_home_tab_shows_ones_own_questions_and_admins_the_settings(both: SlackDesk) -> None:
    await both.slack.open_home("ben", "home")
    await both.idle()
    before = texts(both.slack.workspace.surfaces.homes["U01BEN"])
    assert "You have not asked anything yet." in before
    assert STAFF_CHANNEL not in before
    ts = await both.slack.say("ben", "dm", "Who pays for <returns>?")
    await both.answer("dm", ts, "ben")
    await both.slack.open_home("ben", "home")
    await both.idle()
    after = texts(both.slack.workspace.surfaces.homes["U01BEN"])
    assert "Who pays for &lt;returns&gt;?" in after
    assert "thirty" not in after
    await both.slack.open_home("ana", "home")
    await both.idle()
    await both.slack.choose("ana", "home", STAFF_CHANNEL, "C01SUPPORT")
    await both.idle()
    workspace = await both.desk.stores.slack.find("T01JUNIPER")
    assert workspace is not None
    assert workspace.staff_channel == "C01SUPPORT"
    assert await both.slack.click("ana", "home", RULES) is not None
    assert both.slack.view("ana") is not None
    await both.slack.submit("ana", {"channel": "C01RANDOM", "answers": "always", "audience": "staff"})
    await both.idle()
    rules = await both.desk.stores.slack.rules(workspace, "C01RANDOM")
    assert rules == ChannelRules(answers="always", audience="staff")
    assert "<#C01RANDOM>" in texts(both.slack.workspace.surfaces.homes["U01ANA"])


async def test_staffs_files_go_into_the_staff_collection_and_guests_into_their_conversation(
    both: SlackDesk,
) -> None:
    async def worker() -> None:
        while True:
            async for _ in both.desk.ingester.run():
                pass
            await anyio.sleep(0.05)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(worker)
        manual = b"The vault code is changed on Mondays by the night shift."
        file = await both.slack.upload("ana", "dm", "vault.txt", manual, "When is the vault code changed?")
        (ts,) = [one["ts"] for one in both.slack.messages("dm") if file in texts(one)]
        answer = await both.answer("dm", ts, count=2)
        assert "Mondays" in texts(answer) + texts(both.answers("dm", ts)[0])
        lamp = b"My lamp hums in the evening because of its dimmer."
        file = await both.slack.upload("gus", "dm", "lamp.txt", lamp, "Why does my lamp hum?")
        (own,) = [one["ts"] for one in both.slack.messages("dm", user="gus") if file in texts(one)]
        await both.answer("dm", own, "gus", count=2)
        assert "dimmer" in texts({"all": both.answers("dm", own, "gus")})
        tasks.cancel_scope.cancel()
    known = {one.name: one for one in await both.desk.ingester.catalogue.list(both.desk.tenant.id)}
    assert known["vault.txt"].audience == STAFF
    assert known["lamp.txt"].audience.startswith("conversation:")
    elsewhere = await both.slack.say("ben", "dm", "Why does my lamp hum?")
    assert "dimmer" not in texts(await both.answer("dm", elsewhere, "ben"))


async def test_a_file_that_is_too_large_is_refused_in_one_sentence(both: SlackDesk) -> None:
    big = b"x" * (both.desk.ingester.max_bytes + 1)
    file = await both.slack.upload("ana", "dm", "big.txt", big)
    (ts,) = [one["ts"] for one in both.slack.messages("dm") if file in texts(one)]
    assert "could not take your file" in (await both.answer("dm", ts))["text"]
