"""The staff's desk in Slack: a whole desk and a simulated Slack, each on a socket of its own."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from channels.simulators.slack_people import SlackPeople
from core.access import Role
from core.errors import Refused
from core.messages import ConversationId
from core.outbound import OutboundMessage
from core.tickets import Ticket
from tests.fakes.running_desk import ask
from tests.fakes.slack_staff import CHANNEL, SlackDesk, asks_for_a_person, buttons, slack_desk, words

TENANT = "default"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[SlackDesk]:
    with slack_desk(tmp_path) as running:
        yield running


def ticket_of(desk: SlackDesk) -> Ticket:
    tickets = desk.served.desk.tickets
    (ticket,) = desk.served.call(tickets.list, desk.served.desk.tenant.id)
    return ticket


def outbound_of(desk: SlackDesk, conversation: str) -> list[OutboundMessage]:
    stores = desk.served.desk.stores
    return desk.served.call(
        stores.outbound.of_conversation, desk.served.desk.tenant.id, ConversationId(conversation)
    )


def is_quiet(desk: SlackDesk, conversation: str) -> bool:
    """Whether all that was to be shown of a conversation has been."""
    return all(one.state != "waiting" for one in outbound_of(desk, conversation))


def in_order(shown: list[str], *texts: str) -> bool:
    places = [next(place for place, one in enumerate(shown) if text in one) for text in texts]
    return places == sorted(places)


def test_a_hand_off_from_the_web_opens_a_thread_and_the_reply_comes_back_to_the_page(desk: SlackDesk) -> None:
    conversation, customer = asks_for_a_person(desk.served, "Do you ship to <b>Spain</b> & Peru?")
    with closing(customer):
        root = desk.state()
        assert "Somebody needs a person" in root
        assert "asked for a person" in root
        assert "*Answer due*\n<!date^" in root
        assert f"Ticket {ticket_of(desk).id} · Words in this thread stay among colleagues" in root
        assert desk.labels() == ["Take", "Reply", "Note", "Close"]
        desk.waits_for("Do you ship to &lt;b&gt;Spain&lt;/b&gt; &amp; Peru?")
        desk.click("ana", "desk_take")
        desk.waits_for("ana took this conversation")
        desk.until(lambda: "ana has it" in desk.state())
        assert desk.labels() == ["Reply", "Note", "Return to bot", "Close"]
        ask(customer, conversation, "Are you there?")
        desk.waits_for("Are you there?")
        assert desk.reply("ana", "Yes, we ship to Peru.") == {}
        desk.waits_for("Yes, we ship to Peru.")
        history = customer.get(f"/v1/conversations/{conversation}").json()
        (message,) = history["staff_messages"]
        assert (message["name"], message["text"]) == ("ana", "Yes, we ship to Peru.")
        desk.click("ana", "desk_return")
        desk.waits_for("ana gave this conversation back")
        desk.until(lambda: "with the desk again" in desk.state())
        assert desk.labels() == ["Note", "Close"]
        assert customer.get(f"/v1/conversations/{conversation}").json()["state"] == "bot"
        desk.click("ana", "desk_close")
        desk.until(lambda: "closed, was with ana" in desk.state())
        assert desk.labels() == []
        assert in_order(
            desk.thread(), "Spain", "took this", "Are you there?", "Yes, we ship", "gave this", "closed this"
        )


def test_words_in_the_thread_and_notes_never_reach_the_customer(desk: SlackDesk) -> None:
    conversation, customer = asks_for_a_person(desk.served)
    with closing(customer):
        root = desk.root()["ts"]
        desk.do(
            SlackPeople.say, desk.slack, "ana", CHANNEL, "@ben a walrus of a customer <&>", thread_ts=root
        )
        desk.until(lambda: any("Kept as a note" in one for one in desk.whispers("ana")))
        desk.click("ben", "desk_note")
        desk.fill_in("ben", {"words": "a second walrus"})
        desk.waits_for("a second walrus")
        desk.reply("ben", "Hello from Ben")
        desk.waits_for("Hello from Ben")
        notes = desk.until(
            lambda: desk.served.call(desk.served.desk.notes.of, ticket_of(desk).tenant, ticket_of(desk).id)
        )
        assert {one.text for one in notes} == {"@ben a walrus of a customer <&>", "a second walrus"}
        told = customer.get(f"/v1/conversations/{conversation}").text
        assert "Hello from Ben" in told
        assert "walrus" not in told
        _, answer = ask(customer, conversation, "What do you say?")[-1]
        assert "walrus" not in str(answer)
        to_others = [one for one in outbound_of(desk, conversation) if one.kind != "ticket"]
        assert "walrus" not in repr(to_others)


def test_of_two_who_answer_at_once_one_reaches_the_customer_and_the_other_hears_why(desk: SlackDesk) -> None:
    conversation, customer = asks_for_a_person(desk.served)
    with closing(customer):
        for user in ("ana", "ben"):
            desk.click(user, "desk_reply")
            desk.until(lambda user=user: desk.slack.view(user))

        def answer(user: str) -> Any:
            return desk.fill_in(user, {"words": f"I am {user}"})

        with ThreadPoolExecutor(2) as pool:
            answers = dict(zip(("ana", "ben"), pool.map(answer, ("ana", "ben")), strict=True))

        def heard() -> dict[str, str]:
            return {
                user: str(answers[user]) + "".join(desk.whispers(user))
                for user in ("ana", "ben")
                if "has this conversation" in str(answers[user]) + "".join(desk.whispers(user))
            }

        desk.until(heard)
        desk.until(lambda: is_quiet(desk, conversation))
        (late,) = heard()
        (first,) = {"ana", "ben"} - {late}
        assert f"{first} has this conversation" in heard()[late]
        history = customer.get(f"/v1/conversations/{conversation}").json()
        assert [one["text"] for one in history["staff_messages"]] == [f"I am {first}"]
        assert not any(f"I am {late}" in one for one in desk.thread())
        desk.click(late, "desk_reply")
        desk.until(lambda: any(first in one and "has this" in one for one in desk.whispers(late)))
        assert desk.slack.view(late) is None or "errors" in desk.slack.view(late)


def test_guests_and_people_of_other_workspaces_can_do_nothing(desk: SlackDesk) -> None:
    conversation, customer = asks_for_a_person(desk.served)
    with closing(customer):
        root = desk.root()["ts"]
        for action in ("desk_take", "desk_reply", "desk_close"):
            before = len(desk.whispers("gus"))
            desk.click("gus", action)
            desk.until(lambda before=before: len(desk.whispers("gus")) > before)
        assert all("Guests can't act" in one for one in desk.whispers("gus"))
        assert desk.slack.view("gus") is None
        desk.do(SlackPeople.say, desk.slack, "gus", CHANNEL, "let me in", thread_ts=root)
        desk.do(desk.slack.settled)
        other = desk.slack.world.add_workspace("Other", bot_token="xoxb-other")  # noqa: S106 - opens nothing
        payload = {
            "type": "block_actions",
            "user": {"id": other.user("ana").id, "team_id": other.id},
            "team": {"id": other.id, "domain": "other"},
            "actions": [{"action_id": "desk_take", "type": "button", "value": ticket_of(desk).id}],
            "container": {"type": "message", "message_ts": root, "channel_id": "C02SUPPORT"},
            "channel": {"id": "C02SUPPORT", "name": "support"},
            "trigger_id": "1.1",
            "response_url": "",
        }
        desk.do(desk.slack.deliveries.interact, payload)
        assert ticket_of(desk).status == "waiting"
        assert desk.served.call(desk.served.desk.notes.of, ticket_of(desk).tenant, ticket_of(desk).id) == []
        assert customer.get(f"/v1/conversations/{conversation}").json()["staff_messages"] == []


@pytest.mark.parametrize("times", [1, 2])
def test_an_answer_of_slack_that_is_lost_leaves_one_thread_and_each_post_once(
    tmp_path: Path, times: int
) -> None:
    with slack_desk(tmp_path) as desk:
        desk.slack.faults.lose_answer("chat.postMessage", times=times)
        conversation, customer = asks_for_a_person(desk.served, "Where is my lamp?")
        with closing(customer):
            desk.click("ana", "desk_take")
            desk.until(lambda: any("ana took this" in one for one in desk.thread()), seconds=30)
            desk.slack.faults.lose_answer("chat.postMessage")
            desk.reply("ana", "On its way.")
            desk.until(lambda: any("On its way." in one for one in desk.thread()), seconds=30)
            desk.until(lambda: is_quiet(desk, conversation), seconds=30)
            assert len(desk.roots()) == 1
            shown = desk.thread()
            for text in ("Where is my lamp?", "ana took this", "On its way."):
                assert sum(text in one for one in shown) == 1
            assert in_order(shown, "Where is my lamp?", "ana took this", "On its way.")


def test_while_slack_is_away_nothing_is_lost_and_it_comes_in_order(desk: SlackDesk) -> None:
    desk.slack.faults.status("*", times=10_000, status=503)
    conversation, customer = asks_for_a_person(desk.served)
    with closing(customer), desk.served.client(desk.served.key(Role.STAFF, "Ann")) as ann:
        path = f"/v1/tickets/{ticket_of(desk).id}"
        ann.post(f"{path}/take").raise_for_status()
        ask(customer, conversation, "first words")
        ann.post(f"{path}/reply", json={"text": "second words"}).raise_for_status()
        ask(customer, conversation, "third words")
        ann.post(f"{path}/return").raise_for_status()
        desk.slack.faults.clear()
        desk.until(lambda: is_quiet(desk, conversation), seconds=60)
        assert in_order(
            desk.thread(), "Ann took this", "first words", "second words", "third words", "Ann gave this"
        )
        assert all(sum(text in one for one in desk.thread()) == 1 for text in ("first words", "third words"))
        assert "with the desk again, after Ann" in desk.state()


def test_the_staff_page_and_slack_act_on_the_same_ticket(desk: SlackDesk) -> None:
    conversation, customer = asks_for_a_person(desk.served)
    with closing(customer), desk.served.client(desk.served.key(Role.STAFF, "Ann")) as ann:
        path = f"/v1/tickets/{ticket_of(desk).id}"
        ann.post(f"{path}/take").raise_for_status()
        desk.until(lambda: "Ann has it" in desk.state())
        desk.click("ana", "desk_reply")
        desk.until(lambda: any("Ann has this conversation" in one for one in desk.whispers("ana")))
        ann.post(f"{path}/reply", json={"text": "from the web"}).raise_for_status()
        ann.post(f"{path}/notes", json={"text": "noted on the web"}).raise_for_status()
        assert "*Ann* to the customer" in desk.waits_for("from the web")
        desk.waits_for("noted on the web")
        ann.post(f"{path}/return").raise_for_status()
        desk.until(lambda: "with the desk again" in desk.state())
        assert ann.get(path).json()["status"] == "returned"
        assert "noted" not in customer.get(f"/v1/conversations/{conversation}").text


WISH = (
    "I want to return something", "jonas.weber@example.com", "#L20377", "the floor lamp",
    "the way I paid", "yes",
)  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[SlackDesk]:
    with slack_desk(tmp_path, tools={"samples": "shop"}) as running:
        yield running


def wished(desk: SlackDesk) -> tuple[str, Any]:
    conversation, customer = desk.served.begin()
    for text in WISH:
        ask(customer, conversation, text)
    return conversation, customer


def test_what_waits_for_a_yes_is_approved_once_and_shown_with_what_came_of_it(shop: SlackDesk) -> None:
    conversation, customer = wished(shop)
    with closing(customer):
        asked = shop.ts_of("Waits for a colleague's yes")
        shown = shop.waits_for("Waits for a colleague's yes")
        assert "refund £649.00" in shown
        assert "order: #L20377" in shown
        for user in ("ana", "ana", "ben"):
            shop.click(user, "desk_approve", asked)
        shop.waits_for("ana approved it, and it was done")
        shop.until(lambda: any("ana was first" in one for one in shop.whispers("ben")))
        assert shop.whispers("ana") == []
        history = customer.get(f"/v1/conversations/{conversation}").json()
        (message,) = history["staff_messages"]
        assert "The return for order #L20377 is registered" in message["text"]
        shop.until(lambda: is_quiet(shop, conversation))
        assert buttons(next(one for one in shop.slack.messages(CHANNEL) if one["ts"] == asked)) == []
        assert sum("approved it" in one for one in shop.thread()) == 1
        shop.until(lambda: "closed" in shop.state())


def test_a_no_has_its_reason_and_a_wish_that_is_called_off_says_so(shop: SlackDesk) -> None:
    conversation, customer = wished(shop)
    with closing(customer):
        asked = shop.ts_of("Waits for a colleague's yes")
        shop.click("gus", "desk_decline", asked)
        shop.until(lambda: shop.whispers("gus"))
        shop.click("ben", "desk_decline", asked)
        shop.fill_in("ben", {"words": "The lamp has been used."})
        assert "The lamp has been used." in shop.waits_for("ben declined it")
        history = customer.get(f"/v1/conversations/{conversation}").json()
        assert history["staff_messages"][-1]["text"].endswith("nothing was changed. The lamp has been used.")
        shop.click("ana", "desk_close") if "Close" in shop.labels() else None
        for text in WISH:
            ask(customer, conversation, text)
        shop.until(lambda: len(shop.roots()) == 2)
        ask(customer, conversation, "never mind")
        shop.until(
            lambda: any(
                "withdrawn it" in words(one) for one in shop.slack.messages(CHANNEL, shop.roots()[1]["ts"])
            )
        )


def test_a_reply_becomes_an_faq_entry_at_once_by_an_admin_and_as_a_proposal_by_others(
    desk: SlackDesk,
) -> None:
    conversation, customer = asks_for_a_person(desk.served)
    with closing(customer), desk.served.client(desk.served.key(Role.ADMIN, "Boss")) as admin:
        desk.click("ana", "desk_take")
        desk.until(lambda: "ana has it" in desk.state())
        ask(customer, conversation, "Do you engrave lamps?")
        desk.reply("ana", "We engrave lamps for 12 euros.")
        said = desk.ts_of("We engrave lamps for 12 euros.")
        desk.click("ben", "desk_faq", said)
        view = desk.until(lambda: desk.slack.view("ben"))
        assert view["blocks"][0]["element"]["initial_value"] == "Do you engrave lamps?"
        assert "admin of this workspace looks at it" in words(view)
        assert "errors" in desk.fill_in("ben", {"question": "?", "answer": "x"})
        desk.fill_in("ben", {"audience": "public", "answer": "We engrave lamps for 12 €."})
        proposed = desk.ts_of("proposes an FAQ entry")
        assert admin.get("/v1/faq").json() == []
        desk.click("ben", "desk_faq_publish", proposed)
        desk.until(lambda: any("only an admin" in one for one in desk.whispers("ben")))
        desk.click("boss", "desk_faq_publish", proposed)
        desk.fill_in("boss", {})
        assert "/sources/faq:" in desk.waits_for("saved an FAQ entry")
        (entry,) = admin.get("/v1/faq").json()
        assert (entry["question"], entry["answer"], entry["owner"], entry["audience"]) == (
            "Do you engrave lamps?", "We engrave lamps for 12 €.", "boss", "public",
        )  # fmt: skip
        desk.click("boss", "desk_faq", said)
        assert "change that one" in str(desk.fill_in("boss", {}))
        desk.click("boss", "desk_faq", said)
        desk.fill_in("boss", {"question": "What does engraving cost?"})
        desk.until(lambda: len(admin.get("/v1/faq").json()) == 2)


def test_without_a_channel_for_tickets_the_reason_says_where_to_set_one(tmp_path: Path) -> None:
    with slack_desk(tmp_path, slack={"staff_channel": "#nowhere"}) as desk:
        conversation, customer = asks_for_a_person(desk.served)
        with closing(customer):
            desk.until(lambda: [one for one in outbound_of(desk, conversation) if one.state == "failed"])
            (told,) = outbound_of(desk, conversation)
            assert "no channel #nowhere" in str(told.reason)
            assert desk.slack.calls_of("chat.postMessage") == []


def test_a_public_channel_is_joined_where_the_bot_is_not_in_it(tmp_path: Path) -> None:
    with slack_desk(tmp_path, slack={"staff_channel": "random"}) as desk:
        _, customer = asks_for_a_person(desk.served)
        with closing(customer):
            (root,) = desk.until(lambda: desk.roots("#random"))
            desk.click("ana", "desk_take", root["ts"])
            desk.until(lambda: "ana has it" in words(desk.roots("#random")[0]))


def test_a_long_conversation_is_shown_whole_within_slacks_limits(desk: SlackDesk) -> None:
    long = " ".join(f"word{number}&" for number in range(130))
    conversation, customer = asks_for_a_person(desk.served, *[f"{long} {n}" for n in range(9)])
    with closing(customer):
        desk.until(lambda: is_quiet(desk, conversation))
        refused = [call.error for call in desk.slack.calls_of("chat.postMessage") if call.error]
        assert refused == []
        shown = "\n".join(desk.thread())
        assert shown.count("word129&amp;") >= 9


def test_a_click_that_slack_refuses_to_know_changes_nothing(desk: SlackDesk) -> None:
    _, customer = asks_for_a_person(desk.served)
    with closing(customer), pytest.raises(Refused):
        desk.click("ana", "desk_nothing")
