"""What the pages draw: everything escaped, every language whole, every citation in its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest

from core.conversation import Conversation, Exchange, StaffMessage
from core.documents import Document, DocumentId, DocumentStatus, Passage, PassageId
from core.feedback import Review
from core.messages import Address, Answer, AnswerId, Citation, ConversationId, Outcome
from core.phrases import phrase
from core.search import Found
from core.tenants import DEFAULT_TENANT
from core.tickets import Ticket, TicketId
from ui import documents, insights, sources, thread
from ui.attendance import Talk
from ui.calls import SourceView
from ui.thread import Memory
from ui.words import LANGUAGES, Words, words_for

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{constructor}}${alert(3)}'
EN = words_for("en")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Tags(HTMLParser):
    """The tags of a page, the attributes that run something, and the text between."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.running: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.running += [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


def cited(text: str, *ends: int, quote: str = "quoted words") -> Answer:
    citations = tuple(
        Citation(
            n=n,
            document_id=DocumentId("d"),
            passage_id=PassageId("p"),
            title="returns-and-refunds.md",
            url="/sources/d?version=1&start=0&end=12#quote",
            page=3,
            heading="Returns and refunds › How long",
            quote=quote,
            start=0,
            end=end,
            source_start=4,
            source_end=4 + len(quote),
        )
        for n, end in enumerate(ends, start=1)
    )
    return Answer(
        id=AnswerId("a"),
        conversation_id=ConversationId("c"),
        text=text,
        outcome=Outcome.ANSWERED,
        citations=citations,
        confidence=0.9,
        route="documents",
        model="extractive",
    )


def talk(
    answer: Answer | None,
    question: str = "How long?",
    *,
    said: Sequence[StaffMessage] = (),
    tickets: Sequence[Ticket] = (),
) -> Talk:
    conversation = Conversation(
        id=ConversationId("c"),
        tenant=DEFAULT_TENANT,
        address=Address(channel="web"),
        created_at=NOON,
        exchanges=(Exchange(message_id="m", text=question, asked_at=NOON, answer=answer),),
        staff_messages=tuple(said),
    )
    return Talk(conversation=conversation, tickets=tuple(tickets))


def ticket(**changes: object) -> Ticket:
    plain = Ticket(
        id=TicketId("77ab12"),
        tenant=DEFAULT_TENANT,
        conversation_id="c",
        reason=None,
        body={},
        created_at=NOON + MINUTE,
        updated_at=NOON + MINUTE,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def from_ana(text: str, minutes: int, name: str = "Ana") -> StaffMessage:
    return StaffMessage(
        id=f"m{minutes}",
        ticket_id="77ab12",
        author=f"key:{name}",
        name=name,
        text=text,
        created_at=NOON + minutes * MINUTE,
    )


def document(**changes: object) -> Document:
    plain = Document(
        id=DocumentId("d"),
        tenant=DEFAULT_TENANT,
        name="returns.md",
        source="upload:returns.md",
        media_type="text/markdown",
        content_hash="0" * 64,
        size_bytes=2048,
        status=DocumentStatus.READY,
        passages=12,
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def found(text: str = "Lamps come back within 41 days.") -> Found:
    passage = Passage(
        id=PassageId("p"),
        document_id=DocumentId("d"),
        version=1,
        ordinal=0,
        title="returns.md",
        heading=("Returns",),
        page=None,
        start=0,
        end=len(text),
        text=text,
    )
    return Found(passage=passage, score=0.5, stages={"bm25": 4.0, "dense": 0.5, "hybrid": 0.7})


def test_each_chip_stands_after_the_words_it_carries() -> None:
    text = "First sentence. Second one."
    page = thread.thread(EN.chat, talk(cited(text, 15, 27)), Memory())
    plain = re.sub(r"<button[^>]*data-n=\"(\d)\"[^>]*>\d</button>", r"[\1]", page)
    shown = Tags(plain.partition("Sources")[0]).text
    assert "First sentence.[1] Second one.[2]" in shown


def test_two_citations_of_one_sentence_stand_side_by_side() -> None:
    page = thread.thread(EN.chat, talk(cited("Only one.", 9, 9)), Memory())
    assert page.count('class="fd-chip"') == 2
    assert Tags(page).text.count("Only one.") == 1


@pytest.mark.parametrize(
    "page",
    [
        thread.thread(
            EN.chat,
            talk(
                cited(HOSTILE, len(HOSTILE), quote=HOSTILE),
                HOSTILE,
                said=[from_ana(HOSTILE, 3, HOSTILE)],
                tickets=[ticket(id=TicketId(f"{HOSTILE}7"), taken_by=f"key:{HOSTILE}", taken_at=NOON)],
            ),
            Memory(verdicts={"a": HOSTILE}),
            asking=HOSTILE,
        ),
        thread.thread(EN.chat, talk(replace(cited(HOSTILE), outcome=Outcome.UNSURE)), Memory()),
        thread.welcome(EN.chat, [HOSTILE], HOSTILE, customer=HOSTILE),
        thread.header(EN.chat, HOSTILE, "en"),
        thread.partial(HOSTILE),
        thread.failure(EN.chat, HOSTILE, again=HOSTILE, person=True),
        thread.files(
            EN.chat,
            [document(name=HOSTILE, status=DocumentStatus.REFUSED, reason=HOSTILE)],
            [(HOSTILE, HOSTILE)],
        ),
        sources.source_panel(
            EN.chat, SourceView(citation=cited("x", 1, quote=HOSTILE).citations[0], text=f"1234{HOSTILE}")
        ),
        sources.source_panel(
            EN.chat, SourceView(citation=replace(cited("x", 1).citations[0], title=HOSTILE), text=None)
        ),
        documents.table(EN.admin, [document(name=HOSTILE, labels=frozenset({HOSTILE}), reason=HOSTILE)]),
        documents.table(EN.admin, [document(name=HOSTILE)], sure="d"),
        insights.results(EN.admin, [found(HOSTILE)]),
        insights.reviews(
            EN.admin,
            [
                (
                    Review(question=HOSTILE, answer=cited(HOSTILE), up=0, down=1, comments=(HOSTILE,)),
                    [found(HOSTILE)],
                )
            ],
        ),
    ],
)
def test_no_text_of_a_document_or_a_visitor_becomes_markup(page: str) -> None:
    tags = Tags(page)
    assert not {"script", "img"} & set(tags.names)
    assert tags.running == []


def test_what_a_person_did_and_said_stands_in_its_order_with_their_name() -> None:
    taken = {"taken_by": "key:Ana", "taken_at": NOON + 2 * MINUTE}
    gone = ticket(**taken, status="returned", returned_at=NOON + 5 * MINUTE)
    said = [from_ana("It is on its way.", 3), from_ana("Anything else?", 4)]
    page = Tags(thread.thread(EN.chat, talk(cited("Soon.", 5), said=said, tickets=[gone]), Memory())).text
    places = [
        page.index(words)
        for words in (
            "Soon.",
            "ticket 77ab12",
            "You are talking to Ana",
            "It is on its way.",
            "Anything else?",
            "The assistant is back",
        )
    ]
    assert places == sorted(places)
    assert page.count("It is on its way.") == 1


def test_what_a_customer_writes_to_a_person_is_said_to_be_delivered_to_them() -> None:
    silent = replace(cited(""), outcome=Outcome.HANDED_OFF, citations=())
    there = ticket(status="taken", taken_by="key:Ana", taken_at=NOON - MINUTE)
    page = thread.thread(EN.chat, talk(silent, tickets=[there]), Memory())
    assert "Delivered to Ana" in page
    assert 'data-state="person"' in page
    assert "fd-tools" not in page


@pytest.mark.parametrize("person", ["oidc:10769150350006150715113082367", "admin"])
def test_a_colleague_of_whom_only_an_account_is_known_is_the_team(person: str) -> None:
    there = ticket(status="taken", taken_by=person, taken_at=NOON)
    page = thread.thread(EN.chat, talk(None, said=[from_ana("Hello.", 2, person)], tickets=[there]), Memory())
    assert person not in page
    assert "You are talking to our team" in page


def test_a_ticket_that_an_answer_has_told_of_is_not_told_twice() -> None:
    page = thread.thread(EN.chat, talk(cited("Passed on (ticket 77ab12).", 5), tickets=[ticket()]), Memory())
    assert "fd-ticket" not in page
    assert 'data-state="waiting"' in page


def test_a_customer_is_greeted_by_name() -> None:
    assert "Hello Ana," in thread.welcome(EN.chat, [], customer="Ana")
    assert "fd-hello" not in thread.welcome(EN.chat, [])


def test_a_source_marks_exactly_the_quoted_words() -> None:
    citation = cited("x", 1).citations[0]
    page = sources.source_panel(EN.chat, SourceView(citation=citation, text="The quoted words stand here."))
    assert '<mark id="fd-quote">quoted words</mark> stand here.' in page


@pytest.mark.parametrize("text", [None, "The document says something else by now."])
def test_a_source_that_has_gone_still_shows_the_quoted_words_and_says_so(text: str | None) -> None:
    page = sources.source_panel(EN.chat, SourceView(citation=cited("x", 1).citations[0], text=text))
    assert "quoted words</mark>" in page
    assert EN.chat.changed in page


def test_a_link_that_leads_nowhere_good_is_not_drawn() -> None:
    citation = replace(cited("x", 1).citations[0], url="javascript:alert(1)")
    assert "href" not in sources.source_panel(EN.chat, SourceView(citation=citation, text=None))


def test_not_knowing_keeps_the_language_of_the_answer_and_offers_a_person() -> None:
    said = phrase("dont_know", "fr")
    page = thread.thread(words_for("de").chat, talk(replace(cited(said), outcome=Outcome.UNSURE)), Memory())
    assert "fd-unsure" in page
    assert 'data-do="person"' in page
    assert said in Tags(page).text


def test_a_question_without_an_answer_can_be_tried_again() -> None:
    page = thread.thread(EN.chat, talk(None), Memory())
    assert 'data-do="again" data-message="m"' in page
    assert "data-message" not in thread.thread(EN.chat, talk(None), Memory(), hidden="m")


def test_the_verdict_given_is_the_one_pressed() -> None:
    page = thread.thread(EN.chat, talk(cited("Yes.", 4)), Memory(verdicts={"a": "down"}))
    assert re.findall(r'data-verdict="(\w+)" aria-pressed="(\w+)"', page) == [
        ("up", "false"),
        ("down", "true"),
    ]


def test_deleting_asks_first_and_says_how_much_goes() -> None:
    page = documents.table(EN.admin, [document()], sure="d")
    assert "Delete returns.md and 12 passages?" in page
    assert 'data-do="delete" data-document="d"' in page


def test_a_refused_document_says_why_and_can_be_retried() -> None:
    page = documents.table(EN.admin, [document(status=DocumentStatus.REFUSED, reason="it is encrypted")])
    assert "it is encrypted" in page
    assert 'data-do="retry"' in page
    assert "/sources/" not in page


def test_the_filter_looks_at_name_label_and_status() -> None:
    known = [document(), document(id=DocumentId("e"), name="prices.csv", labels=frozenset({"uk"}))]
    for wanted, left in (("RETURNS", "returns.md"), ("uk", "prices.csv"), ("price ready", "prices.csv")):
        page = documents.table(EN.admin, known, wanted=wanted)
        assert re.findall(r'data-name="([^"]+)"', page) == [left]
    assert EN.admin.no_match in documents.table(EN.admin, known, wanted="zebra")


def test_a_question_that_failed_often_is_listed_once() -> None:
    unsure = replace(cited("?"), outcome=Outcome.UNSURE)
    review = Review(question="Do you ship to Mars?", answer=unsure, up=0, down=0, comments=())
    page = insights.reviews(EN.admin, [(review, [found()]), (review, []), (review, [])])
    assert page.count("<h3>") == 1
    assert "×3" in page
    assert "41 days" in page


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_language_says_everything_with_the_same_names_to_fill_in(code: str) -> None:
    words: Words = words_for(code)
    for spoken, english in ((words.chat, EN.chat), (words.admin, EN.admin)):
        for field in fields(english):
            said, model = getattr(spoken, field.name), getattr(english, field.name)
            assert said.strip(), field.name
            assert set(re.findall(r"{\w+}", said)) == set(re.findall(r"{\w+}", model)), field.name


@pytest.mark.parametrize(
    ("header", "code"),
    [("", "en"), ("pt-BR", "en"), ("fr;q=0.3, es;q=0.9", "es"), ("de;q=0", "en"), ("*;q=x, de", "de")],
)
def test_the_language_is_the_most_wanted_that_is_spoken(header: str, code: str) -> None:
    assert words_for(header).code == code
