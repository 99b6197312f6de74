"""The tickets tab: what it draws, and what happens when two people want the same."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import gradio as gr
import pytest

from core.approval import Approval, ApprovalId
from core.conversation import Conversation, Exchange, StaffMessage
from core.errors import NotFound, NotNow
from core.messages import Address, Answer, AnswerId, Citation, ConversationId, Outcome
from core.tenants import DEFAULT_TENANT
from core.ticket_notes import TicketNote
from core.tickets import Ticket, TicketId
from ui import ticket_html
from ui.languages.tickets import TICKETS
from ui.ticket_calls import Proof, Queued, TicketCalls, TicketView
from ui.ticket_words import TicketWords
from ui.tickets import Happenings, Widgets
from ui.words import LANGUAGES

pytestmark = pytest.mark.anyio

EN = TICKETS["en"]
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOSTILE = "<img src=x onerror=alert(1)>&\"'"
ON = cast(Widgets, SimpleNamespace(**{field.name: field.name for field in fields(Widgets)}))


def request(person: str, language: str = "en") -> gr.Request:
    return cast(
        gr.Request,
        SimpleNamespace(headers={"accept-language": language, "authorization": person}, username=person),
    )


ANN, BEA = request("key:Ann"), request("key:Bea")


def ticket(text: str = "Where is it?", **chosen: Any) -> Ticket:
    made = Ticket(
        id=TicketId("77ab12"), tenant=DEFAULT_TENANT, conversation_id="c", reason=text,
        body={"address": {"channel": "web"}}, created_at=NOON, updated_at=NOON, requester=text,
        summary=f"Asked: {text}", due_at=NOON + timedelta(hours=2),
    )  # fmt: skip
    return replace(made, **chosen)


def approval(text: str = "I will refund £649.") -> Approval:
    return Approval(
        id=ApprovalId("a"), tenant=DEFAULT_TENANT, conversation_id=ConversationId("c"),
        ticket_id=TicketId("77ab12"), tool="return_items", title="your return", shown=text, arguments={},
        key="k", language="en", state="pending", asked_at=NOON, updated_at=NOON,
    )  # fmt: skip


def view(text: str = "Where is it?", **chosen: Any) -> TicketView:
    citation = Citation(
        n=1, document_id="d", passage_id="p", title=text, url="/sources/d", page=None, heading="",
        quote=text, start=0, end=1, source_start=0, source_end=1,
    )  # fmt: skip
    answer = Answer(
        id=AnswerId("n"), conversation_id=ConversationId("c"), text=text, outcome=Outcome.ANSWERED,
        citations=(citation,), confidence=1.0, route="documents", model="none",
    )  # fmt: skip
    written = StaffMessage(
        id="s", ticket_id="77ab12", author="key:Ann", name=text, text=text, created_at=NOON
    )
    conversation = Conversation(
        id=ConversationId("c"), tenant=DEFAULT_TENANT, address=Address(channel="web"), created_at=NOON,
        exchanges=(Exchange(message_id="m", text=text, asked_at=NOON, answer=answer),),
        staff_messages=(written,),
    )  # fmt: skip
    note = TicketNote(id="n", ticket_id=TicketId("77ab12"), author=text, text=text, created_at=NOON)
    return TicketView(
        ticket=ticket(text, **chosen), conversation=conversation, facts={text: text}, notes=[note],
        approvals=[approval(text), replace(approval(text), state="done", decided_by=text)],
    )  # fmt: skip


class Desk:
    """A desk with one ticket, which one person can have."""

    def __init__(self) -> None:
        self.view = view()
        self.replies: dict[str, str] = {}

    async def queue(self) -> list[Queued]:
        return [Queued(ticket=self.view.ticket, has_approval=True)]

    async def ticket(self, ticket_id: str) -> TicketView:
        if ticket_id != self.view.ticket.id:
            raise NotFound(f"there is no ticket {ticket_id!r}")
        return self.view

    async def take(self, proof: Proof, ticket_id: str) -> None:
        person = proof["authorization"]
        if self.view.ticket.taken_by not in (None, person):
            raise NotNow("somebody else has it")
        taken = replace(self.view.ticket, status="taken", taken_by=person)
        self.view = replace(self.view, ticket=taken)

    async def reply(self, proof: Proof, ticket_id: str, text: str, id: str) -> None:
        if self.view.ticket.taken_by != proof["authorization"]:
            raise NotNow("take it first")
        self.replies[id] = text


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def tab(desk: Desk) -> Happenings:
    return Happenings(cast(TicketCalls, desk), ON)


def test_what_others_wrote_is_shown_as_text() -> None:
    entries = [Queued(ticket=ticket(HOSTILE), has_approval=True)]
    for page in (
        ticket_html.queue(EN, entries, opened="", person="", now=NOON),
        ticket_html.ticket(EN, view(HOSTILE, status="taken", taken_by=HOSTILE), "key:Ann"),
        ticket_html.pending(EN, approval(HOSTILE)),
    ):
        assert "<img" not in page
        assert "&lt;img" in page


def test_the_queue_says_who_waits_how_long_and_whether_it_is_late() -> None:
    entries = [Queued(ticket=ticket(), has_approval=False)]
    soon = ticket_html.queue(EN, entries, opened="", person="", now=NOON + timedelta(minutes=5))
    assert "waits 5 min · due in 1 h · asked for a person · web" in soon
    late = ticket_html.queue(EN, entries, opened="77ab12", person="", now=NOON + timedelta(hours=26))
    assert "waits 1 d · 1 d over time" in late
    assert 'aria-current="true"' in late
    assert EN.empty in ticket_html.queue(EN, [], opened="", person="", now=NOON)


def test_every_language_has_every_sentence_with_the_same_names_to_fill_in() -> None:
    assert set(TICKETS) == set(LANGUAGES)
    for spoken in TICKETS.values():
        assert set(spoken.triggers) == set(EN.triggers)
        assert set(spoken.states) == set(EN.states)
        for one in fields(TicketWords):
            said, english = getattr(spoken, one.name), getattr(EN, one.name)
            assert said, one.name
            if isinstance(said, str):
                assert set(re.findall(r"{\w+}", said)) == set(re.findall(r"{\w+}", english)), one.name


async def test_of_two_who_take_a_ticket_the_second_reads_who_has_it(tab: Happenings) -> None:
    assert await tab.take("77ab12", ANN) == ""
    assert "Ann has it" in await tab.take("77ab12", BEA)
    assert "Ann hat es" in await tab.take("77ab12", request("key:Bea", "de"))
    seen = await tab.look("77ab12", {}, BEA)
    assert "Ann has it" in seen[ON.view]
    assert (seen[ON.send]["visible"], seen[ON.take]["visible"]) == (False, False)
    mine = await tab.look("77ab12", {}, ANN)
    assert (mine[ON.send]["visible"], mine[ON.reply]["visible"]) == (True, True)


async def test_only_what_has_changed_is_drawn_again(tab: Happenings) -> None:
    first = await tab.look("77ab12", {}, ANN)
    assert {ON.queue, ON.view, ON.asking} <= set(first)
    assert set(await tab.look("77ab12", first[ON.drawn], ANN)) == {ON.drawn}
    await tab.take("77ab12", ANN)
    assert ON.view in await tab.look("77ab12", first[ON.drawn], ANN)


async def test_what_could_not_be_sent_stays_in_the_box(tab: Happenings, desk: Desk) -> None:
    refused = await tab.reply("77ab12", "Hello", "draft", ANN)
    assert set(refused) == {ON.notice}
    assert "take it first" in refused[ON.notice]
    await tab.take("77ab12", ANN)
    sent = await tab.reply("77ab12", "Hello", "draft", ANN)
    assert (sent[ON.notice], sent[ON.reply]) == ("", "")
    assert sent[ON.draft] != "draft"
    assert desk.replies == {"draft": "Hello"}


async def test_a_ticket_that_is_gone_leaves_an_empty_place(tab: Happenings) -> None:
    seen = await tab.look("gone", {}, ANN)
    assert EN.choose in seen[ON.view]
    assert await tab.approve("gone", ANN) == ""


def test_a_ticket_is_named_by_the_newest_message_that_says_what_it_is_about() -> None:
    summary = (
        "Facts: ann@shop.example\nAsked: yes\nAnswered: Done.\nAsked: I want to return a lamp\nAsked: hi"
    )
    assert ticket_html.about(ticket(summary=summary)) == "I want to return a lamp"
    assert ticket_html.about(ticket(summary="Facts: #L20418\nAsked: #L20418")) == "#L20418"
    assert ticket_html.about(ticket(summary="")) == "Where is it?"
