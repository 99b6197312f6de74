"""Questions in Slack: signed events over real sockets to answers in their threads, and back as feedback."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from channels.slack.blocks import FEEDBACK, PERSON
from channels.slack.sharing import SHARE
from core.access import Principal, Role
from core.messages import ConversationId
from core.schema import feedback
from core.slack_workspaces import ChannelRules
from core.tenants import STAFF
from tests.fakes.slack_desk import SlackDesk, slack_desk

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
    whole = await both.desk.answerer.conversations.get(both.desk.tenant.id, ConversationId(ticket.conversation_id)
    )
    assert whole.exchanges[-1].text == "How long are returns free?"
    assert not [one for one in both.answers("dm", root["ts"]) if "thirty" in one["text"]]
