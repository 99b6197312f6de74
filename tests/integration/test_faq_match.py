"""Which entry a question asks: the shipped embedder, a real book, and who may be told what."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from fakeredis import FakeAsyncRedis

from core.answer_cache import AnswerCache
from core.faq import FaqDraft
from core.faq_book import FaqBook
from core.faq_judged import FaqMatch
from core.faq_match import FaqMatcher
from core.minilm import OnnxEmbedder
from core.outbox import Outbox
from core.records import Records
from core.search import Vector
from core.tenants import TenantId

pytestmark = pytest.mark.anyio

ACME, OTHER = TenantId("acme"), TenantId("other")
PUBLIC, STAFF = frozenset({"public"}), frozenset({"public", "staff"})
DAY = date(2026, 3, 1)
ENTRIES = [
    FaqDraft(
        question="How long can I return a lamp?",
        answer="Thirty days, unused.",
        variants=("When is it too late to send something back?", "What is the deadline for returns?"),
    ),
    FaqDraft(question="Do you ship to Norway?", answer="Yes, to Norway it takes five days."),
    FaqDraft(question="Can I pay with a gift card?", answer="Yes, in every shop."),
    FaqDraft(question="Can I return a gift card?", answer="No, gift cards are final."),
    FaqDraft(question="What is the alarm code of the shop?", answer="4417.", audience="staff"),
    FaqDraft(
        question="Are you open on Easter Monday?",
        answer="From ten to four.",
        valid_from=DAY,
        valid_until=DAY + timedelta(days=40),
    ),
]


class Counting:
    """An embedder that counts the phrases it was given."""

    def __init__(self, inner: OnnxEmbedder) -> None:
        self._inner = inner
        self.name, self.dimensions, self.max_tokens = inner.name, inner.dimensions, inner.max_tokens
        self.phrases = 0

    async def embed_passages(self, texts: list[str]) -> Vector:
        self.phrases += len(texts)
        return await self._inner.embed_passages(texts)

    async def embed_query(self, text: str) -> Vector:
        return await self._inner.embed_query(text)

    def count_tokens(self, text: str) -> int:
        return self._inner.count_tokens(text)


class Asker:
    """A book of one process, and questions to it."""

    def __init__(self, book: FaqBook, embedder: OnnxEmbedder) -> None:
        self.book = book
        self.today = DAY
        self.embedder = Counting(embedder)
        self.matcher = self.another()

    def another(self) -> FaqMatcher:
        """The matcher of one more process."""
        return FaqMatcher(self.book, self.embedder, today=lambda: self.today)

    async def ask(
        self, question: str, audiences: frozenset[str] = PUBLIC, tenant: TenantId = ACME
    ) -> FaqMatch | None:
        vector = await self.embedder.embed_query(question)
        return await self.matcher.find(tenant, audiences, question, vector)

    async def said(self, question: str, audiences: frozenset[str] = PUBLIC) -> str | None:
        match = await self.ask(question, audiences)
        return match.faq.answer if match else None


@pytest.fixture
async def asker(tmp_path: Path, embedder: OnnxEmbedder) -> AsyncIterator[Asker]:
    records = await Records.open_file(tmp_path / "desk.sqlite")
    redis = FakeAsyncRedis()
    book = FaqBook(records, Outbox(records), AnswerCache(redis, hours=1, likeness=0.75))
    for draft in ENTRIES:
        await book.add(ACME, draft)
    yield Asker(book, embedder)
    await redis.aclose()
    await records.close()


async def test_a_question_of_the_same_form_is_certain(asker: Asker) -> None:
    match = await asker.ask("Hi, how long can i return the lamp, please")
    assert match is not None
    assert (match.faq.answer, match.phrase, match.score) == (
        "Thirty days, unused.",
        "How long can I return a lamp?",
        1.0,
    )


async def test_a_question_in_other_words_is_found_by_the_variant_it_is_nearest_to(asker: Asker) -> None:
    match = await asker.ask("what's the deadline for returning things")
    assert match is not None
    assert match.faq.answer == "Thirty days, unused."
    assert match.phrase == "What is the deadline for returns?"
    assert 0.72 < match.score < 1


@pytest.mark.parametrize(
    "question",
    [
        "Do you ship to Spain?",
        "do you ship to spain",
        "Can I not pay with a gift card?",
        "Can I return a gift?",
        "Do you sell lamps?",
        "What is the meaning of life?",
        "gift card",
        "?",
        "",
    ],
)
async def test_what_no_entry_answers_gets_no_approved_answer(asker: Asker, question: str) -> None:
    assert await asker.said(question) is None


async def test_of_two_entries_that_are_as_near_neither_is_given(asker: Asker) -> None:
    await asker.book.add(
        ACME, FaqDraft(question="Who repairs?", answer="We do.", variants=("Anything on repairs?",))
    )
    assert await asker.said("anything on repairs") == "We do."
    await asker.book.add(
        ACME, FaqDraft(question="How to repair?", answer="By hand.", variants=("Anything on repairs",))
    )
    assert await asker.said("anything on repairs") is None


async def test_an_answer_is_given_on_its_days_only(asker: Asker) -> None:
    question = "are you open on easter monday"
    assert await asker.said(question) == "From ten to four."
    asker.today = DAY + timedelta(days=41)
    assert await asker.said(question) is None
    asker.today = DAY - timedelta(days=1)
    assert await asker.said(question) is None


async def test_what_is_staffs_is_not_told_to_customers_and_does_not_stand_in_their_way(asker: Asker) -> None:
    question = "What is the alarm code of the shop?"
    assert await asker.said(question) is None
    assert await asker.said(question, STAFF) == "4417."
    await asker.book.add(
        ACME, FaqDraft(question="What is the alarm code at the shop?", answer="Ask the manager.")
    )
    assert await asker.said(question) == "Ask the manager."


async def test_another_tenants_entries_are_never_given(asker: Asker) -> None:
    for draft in ENTRIES:
        assert await asker.ask(draft.question, STAFF, OTHER) is None
    await asker.book.add(OTHER, replace(ENTRIES[0], answer="Never."))
    theirs = await asker.ask(ENTRIES[0].question, STAFF, OTHER)
    ours = await asker.ask(ENTRIES[0].question, STAFF)
    assert theirs is not None
    assert ours is not None
    assert (theirs.faq.tenant, theirs.faq.answer) == (OTHER, "Never.")
    assert (ours.faq.tenant, ours.faq.answer) == (ACME, "Thirty days, unused.")


async def test_what_one_process_changes_another_says_at_once(asker: Asker) -> None:
    question = ENTRIES[0].question
    elsewhere = asker.another()
    vector = await asker.embedder.embed_query(question)
    found = await elsewhere.find(ACME, PUBLIC, question, vector)
    assert found is not None
    await asker.book.replace(ACME, found.faq.id, replace(ENTRIES[0], answer="Sixty days."))
    changed = await elsewhere.find(ACME, PUBLIC, question, vector)
    assert changed is not None
    assert changed.faq.answer == "Sixty days."
    await asker.book.remove(ACME, found.faq.id)
    assert await elsewhere.find(ACME, PUBLIC, question, vector) is None
    await asker.book.add(ACME, ENTRIES[0])
    assert await elsewhere.find(ACME, PUBLIC, question, vector) is not None


async def test_a_change_that_the_state_does_not_show_is_not_said_either(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    match = await asker.ask(ENTRIES[0].question)
    assert match is not None
    before = await asker.book.state(ACME)

    async def unchanged(_: TenantId) -> object:
        return before

    monkeypatch.setattr(asker.book, "state", unchanged)
    await asker.book.remove(ACME, match.faq.id)
    assert await asker.said(ENTRIES[0].question) is None


async def test_a_phrase_is_embedded_once(asker: Asker) -> None:
    phrases = sum(len(draft.phrases) for draft in ENTRIES)
    assert await asker.matcher.prepare(ACME) == phrases
    await asker.ask("how long can I return it")
    assert asker.embedder.phrases == phrases
    (first, *_) = await asker.book.list(ACME)
    await asker.book.replace(ACME, first.id, replace(ENTRIES[0], variants=("Until when?",)))
    await asker.ask("how long can I return it")
    assert asker.embedder.phrases == phrases + 1


async def test_entries_with_one_answer_are_no_rivals(asker: Asker) -> None:
    question = "Is it possible to send parcels to Norway with you?"
    await asker.book.add(ACME, replace(ENTRIES[1], question="Do you send parcels to Norway?"))
    await asker.book.add(ACME, replace(ENTRIES[1], question="Can you send a parcel to Norway?"))
    assert await asker.said(question) == "Yes, to Norway it takes five days."


async def test_an_empty_book_answers_nothing(asker: Asker) -> None:
    for faq in await asker.book.list(ACME):
        await asker.book.remove(ACME, faq.id)
    assert await asker.said(ENTRIES[0].question) is None
