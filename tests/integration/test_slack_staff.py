"""The staff's desk in Slack: a whole desk and a simulated Slack, each on a socket of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.fakes.running_desk import ask
from tests.fakes.slack_staff import SlackDesk, asks_for_a_person, slack_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[SlackDesk]:
    with slack_desk(tmp_path) as running:
        yield running


def test_a_hand_off_from_the_web_opens_a_thread_and_the_reply_comes_back_to_the_page(desk: SlackDesk) -> None:
    conversation, customer = asks_for_a_person(desk.served, "Do you ship to <b>Spain</b> & Peru?")
    with closing(customer):
        root = desk.until(desk.state)
        assert "Somebody needs a person" in root
        assert "web" in root.lower() or "HTTP" in root
        assert "Use *Reply*" in root
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
        shown = desk.thread()
        order = [
            next(place for place, one in enumerate(shown) if text in one)
            for text in ("Spain", "took this", "Are you there?", "Yes, we ship", "gave this")
        ]
        assert order == sorted(order)
