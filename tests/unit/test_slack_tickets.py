"""Tickets as Slack's blocks: within its limits, whole, and with nothing of a customer's that acts."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.slack.ticket_blocks import (
    LONGEST_SECTION,
    escaped,
    messages_of,
    moment,
    notice,
    quoted,
    root,
    sources,
)
from core.documents import DocumentId, PassageId
from core.messages import Citation
from core.tenants import TenantId
from core.tickets import Ticket, TicketId, TicketStatus

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOSTILE = st.text(
    st.sampled_from("<>&!@#|*_~`\n\r\u2028\x0b; abcé🧦") | st.characters(codec="utf-8"), max_size=4000
)


def ticket(status: TicketStatus = "waiting", **change: Any) -> Ticket:
    return Ticket(
        **{
            "id": TicketId("t1"), "tenant": TenantId("acme"), "conversation_id": "c1", "reason": None,
            "body": {"address": {"channel": "web"}, "exchanges": []}, "created_at": NOON, "updated_at": NOON,
            "status": status, "due_at": NOON + timedelta(hours=2), "summary": "Asked: <!channel> & more",
        } | change
    )  # fmt: skip


def labels(blocks: list[dict[str, Any]]) -> list[str]:
    return [
        one["text"]["text"] for block in blocks if block["type"] == "actions" for one in block["elements"]
    ]


@given(HOSTILE, st.text("a&<", max_size=60))
def test_whatever_is_said_is_shown_whole_as_a_quotation_within_a_sections_limit(text: str, name: str) -> None:
    lead = f"*{escaped(name)}* says"
    blocks = quoted(text, lead=lead)
    shown = [block["text"]["text"] for block in blocks]
    assert all(0 < len(one) <= LONGEST_SECTION for one in shown)
    first, *lines = "\n".join(shown).split("\n")
    assert first == lead
    assert all(line.startswith("> ") for line in lines)
    assert not any(sign in line[2:] for line in lines for sign in "<>")
    said = "".join(html.unescape(line[2:]) if "&" in line else line[2:] for line in lines)
    assert said == "".join(html.unescape(escaped(line)) for line in text.splitlines())


@given(st.text("&<> a", max_size=9000))
def test_no_cut_goes_through_the_middle_of_an_escaped_sign(text: str) -> None:
    for block in quoted(text):
        for line in block["text"]["text"].split("\n"):
            assert escaped(html.unescape(line[2:])) == line[2:]


@pytest.mark.parametrize(
    ("status", "steps"),
    [
        ("waiting", ["Take", "Reply", "Note", "Close"]),
        ("taken", ["Reply", "Note", "Return to bot", "Close"]),
        ("returned", ["Note", "Close"]),
        ("closed", []),
    ],
)
def test_a_ticket_shows_the_steps_that_make_sense_as_it_stands(
    status: TicketStatus, steps: list[str]
) -> None:
    assert labels(root(ticket(status), who="Eva", state="so", url="http://desk")) == steps


def test_what_is_urgent_and_until_when_stands_in_the_message_and_in_its_notification() -> None:
    urgent = ticket(priority="high", trigger="anger", reason="<!here>")
    shown = str(root(urgent, who="Eva", state="waits", url="http://desk"))
    assert "High priority" in shown
    assert moment(NOON + timedelta(hours=2)) in shown
    assert "<!here>" not in shown
    assert "<!channel>" not in shown
    told = notice(urgent, "Eva")
    assert told.startswith("High priority: Eva needs a person, answer due 02 Mar 14:00 UTC")
    assert "High priority" not in notice(ticket(), "Eva")
    assert "due" not in notice(ticket("taken"), "Eva")


def test_an_answers_sources_lead_to_the_cited_words() -> None:
    def cited(n: int, url: str, title: str) -> Citation:
        return Citation(
            n=n, document_id=DocumentId("d"), passage_id=PassageId("p"), title=title, url=url, page=n,
            heading="", quote="q", start=0, end=1, source_start=0, source_end=1,
        )  # fmt: skip

    found = [cited(1, "/sources/d?start=1&end=2#quote", "Terms <b>|x"), cited(2, "", "Bare")]
    (block,) = sources(found, "https://desk.example")
    assert block["elements"][0]["text"] == (
        "1. <https://desk.example/sources/d?start=1&amp;end=2#quote|Terms &lt;b&gt;¦x>, page 1\n"
        "2. Bare, page 2"
    )
    assert sources([], "https://desk.example") == []


def test_many_blocks_go_into_several_messages_in_order() -> None:
    blocks = quoted("\n".join("x" * 1400 for _ in range(40)))
    parts = messages_of(blocks)
    assert len(parts) > 1
    assert [one for part in parts for one in part] == blocks
