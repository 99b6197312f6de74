"""What the customer page does when things go wrong: one sentence, the question kept, a way on."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import fields
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import gradio as gr
import pytest

from core.conversation import Conversation, Exchange
from core.documents import Document
from core.errors import (
    FrontdeskError,
    GenerationUnavailable,
    RecordsUnavailable,
    SearchUnavailable,
    TooLarge,
    Unauthorized,
)
from core.messages import Address, ConversationId, CustomerId, Event, Status, Token
from core.tenants import DEFAULT_TENANT
from core.tickets import Ticket
from ui.calls import CustomerCalls, Limits, Nameplate, Question
from ui.visit import NOBODY, Visit
from ui.widgets import Widgets
from ui.words import words_for

EN = words_for("en").chat
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ON = cast(Widgets, SimpleNamespace(**{field.name: field.name for field in fields(Widgets)}))
ENGLISH = cast(gr.Request, SimpleNamespace(headers={"accept-language": "en"}))


class Broken:
    """A desk whose turns end in `error`, after `said`; it keeps the message when `keeps`."""

    name, key, limits = "Juniper & Lamp", "default", Limits(files=2, file_bytes=10 * 2**20)

    def __init__(self, error: Exception, *, said: str = "", keeps: bool = True) -> None:
        self.error, self.said, self.keeps = error, said, keeps
        self.asked: list[str] = []
        self.after = self.seen = ""

    async def nameplate(self, language: str) -> Nameplate:
        return Nameplate(name=self.name)

    async def start(self, after: str = "") -> str:
        self.after = after
        return "token"

    async def sign_in(self, proof: str, token: str) -> str:
        if proof != "good":
            raise Unauthorized(f"{proof!r} is not good")
        return token if token.endswith("anas") else "anas-new"

    async def customer(self, token: str) -> str:
        return "Ana" if token.startswith("anas") else ""

    async def tickets(self, token: str) -> tuple[Ticket, ...]:
        return ()

    async def news(self, token: str) -> str:
        if not token:
            raise Unauthorized("no token")
        return self.seen

    async def conversation(self, token: str) -> Conversation:
        if token in {"", "old", "forged"}:
            raise Unauthorized("the token is too old")
        return Conversation(
            id=ConversationId("c"),
            tenant=DEFAULT_TENANT,
            address=Address(channel="web"),
            created_at=NOON,
            customer_id=CustomerId("ana") if token.startswith("anas") else None,
            exchanges=tuple(
                Exchange(message_id=f"m{n}", text=text, asked_at=NOON, answer=None)
                for n, text in enumerate(self.asked)
            ),
        )

    async def examples(self) -> list[str]:
        return []

    async def own_files(self, token: str) -> list[Document]:
        return []

    async def ask(self, token: str, question: Question) -> AsyncGenerator[Event, None]:
        if self.keeps:
            self.asked.append(question.text)
        yield Status(stage="retrieve")
        if self.said:
            yield Token(text=self.said)
        raise self.error


async def turn(desk: Broken, kept: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the page looks like when the turn is over."""
    visit = Visit(cast(CustomerCalls, desk), ON)
    page: dict[str, Any] = {}
    async for changes in visit.ask("How long?", [], kept or {}, ENGLISH):
        page |= changes
    return page


@pytest.mark.anyio
@pytest.mark.parametrize("error", [SearchUnavailable("disk full at /srv"), GenerationUnavailable("timeout")])
async def test_an_outage_is_one_polite_sentence_with_a_retry_and_a_person(error: FrontdeskError) -> None:
    page = await turn(Broken(error))
    sentence = EN.search_down if isinstance(error, SearchUnavailable) else EN.busy
    assert sentence.split(",")[0] in page["live"]
    assert str(error) not in page["live"]
    assert 'data-do="again" data-message="m0"' in page["live"]
    assert 'data-do="person"' in page["live"]
    assert page["thread"].count("How long?") == 1
    assert page["send"]["visible"] is True
    assert page["stop"]["visible"] is False


@pytest.mark.anyio
async def test_a_question_that_is_refused_says_why_and_comes_back_into_the_box() -> None:
    page = await turn(Broken(TooLarge("the question has 2,400 characters"), keeps=False))
    assert "2,400 characters" in page["live"]
    assert page["question"] == "How long?"
    assert "data-do" not in page["live"]


@pytest.mark.anyio
async def test_a_fault_of_ours_is_one_polite_sentence_too_and_the_question_can_be_asked_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    page = await turn(Broken(ValueError("a bug near 'How long?'"), said="Within 30"))
    assert EN.busy in page["live"]
    assert 'data-do="person"' in page["live"]
    assert "Within 30" not in page["live"]
    assert 'data-do="again" data-message="m0"' in page["thread"]
    assert page["send"]["visible"] is True
    assert page["stop"]["visible"] is False
    assert [record.message for record in caplog.records] == ["page_turn_broke"]
    assert "How long?" not in caplog.text


@pytest.mark.anyio
async def test_a_page_whose_conversation_cannot_be_read_can_be_used_again_all_the_same() -> None:
    class Away(Broken):
        async def conversation(self, token: str) -> Conversation:
            if self.asked:
                raise RecordsUnavailable("the disk is full")
            return await super().conversation(token)

    page = await turn(Away(GenerationUnavailable("timeout")))
    assert EN.busy in page["live"]
    assert page["send"]["visible"] is True


@pytest.mark.anyio
async def test_words_already_shown_do_not_pass_for_an_answer_when_the_turn_breaks_off() -> None:
    page = await turn(Broken(GenerationUnavailable("broken off"), said="Within 30"))
    assert "Within 30" not in page["live"]
    assert "Within 30" not in page["thread"]


@pytest.mark.anyio
async def test_a_token_that_is_too_old_begins_a_new_conversation() -> None:
    page = await turn(
        Broken(SearchUnavailable("x")), {"token": "old", "verdicts": {"a": "up"}, "ticket": "t"}
    )
    assert page["kept"] == {"token": "token", "verdicts": {}}


@pytest.mark.anyio
async def test_nothing_is_asked_when_nothing_was_typed() -> None:
    desk = Broken(SearchUnavailable("x"))
    assert [change async for change in Visit(cast(CustomerCalls, desk), ON).ask("  ", [], {}, ENGLISH)] == []
    assert desk.asked == []


@pytest.mark.anyio
async def test_too_many_files_are_refused_before_any_is_taken() -> None:
    visit = Visit(cast(CustomerCalls, Broken(SearchUnavailable("x"))), ON)
    page = await visit.take_files(["a", "b", "c"], {}, ENGLISH)
    assert page["refusals"] == [("", EN.too_many.format(count=3, most=2))]


@pytest.mark.anyio
@pytest.mark.parametrize("kept", [None, {"token": 7, "verdicts": "x", "ticket": []}, {"token": "forged"}])
async def test_whatever_the_browser_kept_the_page_arrives(kept: Any) -> None:
    page = await Visit(cast(CustomerCalls, Broken(SearchUnavailable("x"))), ON).arrive(kept, "", ENGLISH)
    assert EN.greeting in page["thread"]
    assert page["kept"]["token"] == ""


async def arrived(kept: str, proof: str) -> dict[str, Any]:
    visit = Visit(cast(CustomerCalls, Broken(SearchUnavailable("x"))), ON)
    return cast(dict[str, Any], await visit.arrive({"token": kept}, proof, ENGLISH))


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("kept", "proof", "token", "greeted"),
    [
        ("", "good", "anas-new", True),
        ("anas", "good", "anas", True),
        ("somebodys", "good", "anas-new", True),
        ("anas", "", "anas", True),
        ("anas", NOBODY, "", False),
        ("somebodys", NOBODY, "somebodys", False),
        ("anas", "forged", "", False),
        ("somebodys", "forged", "somebodys", False),
    ],
)
async def test_the_site_says_who_goes_on_in_which_conversation(
    kept: str, proof: str, token: str, greeted: bool
) -> None:
    page = await arrived(kept, proof)
    assert page["kept"]["token"] == token
    assert ("Hello Ana," in page["thread"]) is greeted
    assert (EN.not_known in page["live"]) is (proof == "forged")
    assert "forged" not in str(page)


@pytest.mark.anyio
async def test_a_new_conversation_is_the_same_customers() -> None:
    desk = Broken(SearchUnavailable("x"))
    await Visit(cast(CustomerCalls, desk), ON).begin_anew({"token": "anas"}, ENGLISH)
    assert desk.after == "anas"
    page = await Visit(cast(CustomerCalls, desk), ON).begin_anew({"token": "somebodys"}, ENGLISH)
    assert page["kept"]["token"] == ""


@pytest.mark.anyio
async def test_a_page_that_looks_for_news_draws_only_what_is_new_and_ends_with_its_token() -> None:
    desk = Broken(SearchUnavailable("x"))
    visit = Visit(cast(CustomerCalls, desk), ON)
    desk.asked, desk.seen = ["How long?"], "t:taken:1"
    assert set(await visit.watch("t:taken:1", {"token": "token"}, ENGLISH)) == {"watch"}
    page = await visit.watch("t:waiting:0", {"token": "token"}, ENGLISH)
    assert "How long?" in page["thread"]
    assert (await visit.watch("", {}, ENGLISH))["watch"].active is False
