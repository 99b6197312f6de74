"""What the FAQ and Review tabs draw: everything escaped, every language whole, every state in words."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import cast

import gradio as gr
import pytest

from core.errors import Refused
from core.faq import Faq, FaqDraft, FaqId
from core.faq_import import Imported, RowFate
from core.faq_judged import FaqMatch, Judged, Why
from core.faq_near import NearPair
from core.judgements import Judgement
from core.messages import Answer, AnswerId, ConversationId, Outcome
from core.review_queue import Reviewable
from core.tenants import DEFAULT_TENANT
from tests.unit.test_ui import HOSTILE, Tags, cited
from ui import faq_form, faq_table, review_card
from ui.knowledge_calls import ReviewCalls, Tried
from ui.knowledge_words import knowledge_words_for
from ui.review import ReviewTab, _next_open
from ui.words import LANGUAGES, words_for

TODAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
EN, ADMIN, CHAT = knowledge_words_for("en"), words_for("en").admin, words_for("en").chat


def entry(question: str = "Do you wrap gifts?", **said: object) -> Faq:
    draft = FaqDraft(question=question, answer="Yes, free of charge.")
    known = {name: getattr(draft, name) for name in FaqDraft.__dataclass_fields__} | said
    return Faq(**known, id=FaqId("f1"), tenant=DEFAULT_TENANT, version=1, created_at=NOON, updated_at=NOON)


def reviewable(number: int, *, is_judged: bool = False, answer: Answer | None = None) -> Reviewable:
    given = answer or cited("Within 41 days.", 15)
    given = replace(given, id=AnswerId(f"a{number}"))
    judgement = Judgement(
        answer_id=given.id, finding="wrong", note=HOSTILE, person="staff@acme", given_at=NOON
    )
    return Reviewable(
        question="How long?",
        answer=given,
        given_at=NOON,
        is_sampled=True,
        is_disliked=False,
        judgement=judgement if is_judged else None,
    )


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_says_everything_with_the_same_names_to_fill_in(code: str) -> None:
    spoken = knowledge_words_for(code)
    for ours, theirs in ((EN.faq, spoken.faq), (EN.review, spoken.review)):
        for field in fields(ours):
            english, other = str(getattr(ours, field.name)), str(getattr(theirs, field.name))
            assert other.strip(), field.name
            assert set(re.findall(r"{\w+}", other)) == set(re.findall(r"{\w+}", english)), field.name


@pytest.mark.parametrize(
    ("begins", "ends", "says", "look"),
    [
        (None, None, "Valid now", "fd-ready"),
        (None, date(2027, 5, 1), "Valid until 2027-05-01", "fd-ready"),
        (None, date(2026, 11, 30), "Ends 2026-11-30", "fd-queued"),
        (None, date(2026, 11, 20), "Expired 2026-11-20", "fd-refused"),
        (date(2026, 12, 1), date(2027, 1, 1), "From 2026-12-01", "fd-queued"),
    ],
)
def test_validity_is_said_in_words_and_in_colour(
    begins: date | None, ends: date | None, says: str, look: str
) -> None:
    known = entry(valid_from=begins, valid_until=ends)
    assert faq_table.validity(EN.faq, known, TODAY) == (says, look)
    drawn = faq_table.table(EN.faq, ADMIN, [known], {}, day=TODAY)
    assert says in Tags(drawn).text
    assert look in drawn


def test_the_book_is_searched_in_all_that_it_says() -> None:
    book = [entry(variants=("Is gift wrapping possible?",), owner="Ann Lee", audience="staff")]
    for wanted in ("gift wrapping", "ann", "free charge", "staff only", "valid now"):
        assert "fd-entries" in faq_table.table(EN.faq, ADMIN, book, {}, day=TODAY, wanted=wanted), wanted
    drawn = faq_table.table(EN.faq, ADMIN, book, {}, day=TODAY, wanted="zebra")
    assert Tags(drawn).text == EN.faq.no_match
    assert Tags(faq_table.table(EN.faq, ADMIN, [], {}, day=TODAY)).text == EN.faq.empty


def test_nothing_that_anybody_wrote_runs() -> None:
    hostile = entry(HOSTILE, answer=HOSTILE, variants=(HOSTILE,), owner=HOSTILE, category=HOSTILE)
    pair = NearPair(one=hostile, other=hostile, phrase=HOSTILE, other_phrase=HOSTILE, likeness=0.9)
    match = FaqMatch(faq=hostile, phrase=HOSTILE, score=0.9, margin=0.2)
    row = RowFate(number=2, status="refused", faq=hostile, reason=HOSTILE)
    answer = cited(HOSTILE, len(HOSTILE), quote=HOSTILE)
    answer = replace(answer, citations=(replace(answer.citations[0], url="javascript:alert(1)"),))
    one = replace(reviewable(1, is_judged=True, answer=answer), question=HOSTILE, comments=(HOSTILE,))
    for drawn in (
        faq_table.table(EN.faq, ADMIN, [hostile], {}, day=TODAY),
        faq_table.near_list(EN.faq, [pair]),
        faq_table.near_here(EN.faq, [pair]),
        faq_table.report(EN.faq, Imported(rows=(row,), ignored=(HOSTILE,))),
        faq_table.tried(EN.faq, ADMIN, Tried(judged=Judged(nearest=match, why="sure"), found=())),
        review_card.card(EN.review, ADMIN, CHAT, one),
    ):
        tags = Tags(drawn)
        assert not {"script", "img"} & set(tags.names)
        assert tags.running == []
        assert "javascript:" not in drawn
        assert "alert(1)" in tags.text


@pytest.mark.parametrize("why", ["same_form", "sure", "unlike", "rivalled", "differs"])
def test_a_tried_question_says_what_answers_and_how_sure_that_is(why: Why) -> None:
    match = FaqMatch(faq=entry(), phrase="Is gift wrapping possible?", score=0.87, margin=0.12)
    drawn = faq_table.tried(EN.faq, ADMIN, Tried(judged=Judged(nearest=match, why=why), found=()))
    text = Tags(drawn).text
    assert getattr(EN.faq, why) in text
    assert "likeness 0.87, lead 0.12" in text
    assert ("This entry answers" in text) == (why in {"same_form", "sure"})
    first = Tried(judged=Judged(nearest=match, why="sure"), found=(), first="small_talk")
    assert "This entry answers" not in Tags(faq_table.tried(EN.faq, ADMIN, first)).text


def test_an_import_shows_refused_lines_first_and_what_changes() -> None:
    rows = (
        RowFate(number=2, status="added", faq=entry("New one?")),
        RowFate(number=3, status="replaced", faq=entry(), changed=("answer", "url")),
        RowFate(number=4, status="unchanged", faq=entry("Untouched?")),
        RowFate(number=5, status="refused", reason="the answer to 'x' is missing"),
    )
    text = Tags(faq_table.report(EN.faq, Imported(rows=rows, ignored=("notes",)))).text
    assert text.index("the answer to 'x' is missing") < text.index("New one?")
    assert "changes Approved answer, Link to a page that says more" in text
    assert "Untouched?" not in text
    assert "As it is: 1" in text
    assert "notes" in text


def test_a_form_gives_back_the_draft_that_was_put_into_it() -> None:
    draft = FaqDraft(
        question="Open?", answer="Yes.\n\nDaily.", variants=("Hours?", "Are you open?"), owner="Ann",
        category="Shop", language="en", audience="staff", url="https://acme.example/",
        valid_from=date(2026, 1, 1), valid_until=date(2026, 12, 31),
    )  # fmt: skip
    assert faq_form.draft_of(EN.faq, faq_form.typed_of(draft)) == draft
    with pytest.raises(Refused, match=r"Valid until: .*3/4/2026"):
        faq_form.draft_of(EN.faq, {"question": "Open?", "answer": "Yes.", "valid_until": "3/4/2026"})


def test_the_review_tells_how_far_it_is_and_goes_on_with_what_nobody_judged() -> None:
    queue = [reviewable(1, is_judged=True), reviewable(2), reviewable(3, is_judged=True), reviewable(4)]
    assert "2 of 4 reviewed" in Tags(review_card.progress(EN.review, queue)).text
    assert [_next_open(queue, at) for at in ("", "a2", "a4", "gone")] == ["a2", "a4", "a2", "a2"]
    assert _next_open([reviewable(1, is_judged=True)], "a1") == ""
    assert "All 1 are reviewed" in review_card.nothing(EN.review, queue[:1])
    assert EN.review.empty in Tags(review_card.nothing(EN.review, [])).text


class Looked:
    """A reviewer's desk with answers to look at."""

    share = 1.0

    def __init__(self, *queue: Reviewable) -> None:
        self.held = list(queue)

    async def queue(self) -> list[Reviewable]:
        return self.held


@pytest.mark.anyio
async def test_coming_back_to_an_answer_leaves_the_note_as_far_as_it_is_typed() -> None:
    request = cast(gr.Request, SimpleNamespace(headers={}))
    with gr.Blocks(), gr.Tabs():
        tab = ReviewTab(cast(ReviewCalls, Looked(reviewable(1, is_judged=True), reviewable(2))))
    assert (await tab.look("a2", request))[tab.on.note] == gr.skip()
    assert (await tab.skip("a2", request))[tab.on.at] == "a2"
    assert (await tab.back("a2", request))[tab.on.note] == HOSTILE
    changes = await tab.look("gone", request)
    assert (changes[tab.on.at], changes[tab.on.note]) == ("a2", "")


def test_a_card_shows_the_whole_quote_with_its_link_and_says_so_where_there_is_none() -> None:
    drawn = review_card.card(EN.review, ADMIN, CHAT, reviewable(1, is_judged=True))
    assert 'href="/sources/d?version=1&amp;start=0&amp;end=12#quote"' in drawn
    text = Tags(drawn).text
    assert "quoted words" in text
    assert "confidence 0.90" in text
    assert "Reviewed as “Wrong” by staff@acme" in text
    own = Answer(
        id=AnswerId("a"), conversation_id=ConversationId("c"), text="", outcome=Outcome.HANDED_OFF,
        confidence=1.0, route="hand_off", model="none",
    )  # fmt: skip
    text = Tags(review_card.card(EN.review, ADMIN, CHAT, reviewable(1, answer=own))).text
    assert EN.review.no_sources in text
    assert EN.review.silent in text
