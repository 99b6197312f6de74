"""FAQ entries without a store: drafts, sheets, examples to train on, and what differs."""

import csv
import io
import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.alikeness import Asked, differs
from core.errors import Refused, TooLarge, UnreadableDocument
from core.faq import LONGEST_ANSWER, Faq, FaqDraft, FaqId, checked
from core.faq_csv import read_sheet, write_sheet
from core.faq_training import training_rows
from core.tenants import TenantId

MOMENT = datetime(2026, 3, 1, tzinfo=UTC)
DAY = MOMENT.date()
RETURNS = FaqDraft(
    question="How long can I return a lamp?",
    answer="Thirty days, unused.",
    variants=("When is it too late to send a lamp back?",),
)


def entry(question: str, answer: str = "Yes.", **more: object) -> Faq:
    draft = checked(FaqDraft(question=question, answer=answer, **more))  # type: ignore[arg-type]
    said = {name: getattr(draft, name) for name in FaqDraft.__dataclass_fields__}
    made = {"tenant": TenantId("acme"), "version": 3, "created_at": MOMENT, "updated_at": MOMENT}
    return Faq(**said, **made, id=FaqId("e1"))  # type: ignore[arg-type]


def test_an_answer_keeps_its_paragraphs_and_a_question_is_one_line() -> None:
    fit = checked(FaqDraft(question=" How\n long? ", answer=" One.  \r\n\r\nTwo.\x00 "))
    assert (fit.question, fit.answer) == ("How long?", "One.\n\nTwo.")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"question": " ?! "}, "question is missing"),
        ({"answer": "\n\t"}, "answer to .* is missing"),
        ({"audience": "vip"}, "'vip'"),
        ({"language": "english please"}, "language"),
        ({"url": "javascript:alert(1)"}, "https://"),
        ({"url": "//evil.example/x"}, "https://"),
        ({"valid_from": date(2026, 2, 2), "valid_until": date(2026, 2, 1)}, "never"),
    ],
)
def test_what_can_not_be_an_entry_is_refused_with_its_reason(changes: dict[str, object], words: str) -> None:
    with pytest.raises(Refused, match=words):
        checked(replace(RETURNS, **changes))  # type: ignore[arg-type]


def test_what_is_too_long_is_refused_with_both_numbers() -> None:
    with pytest.raises(TooLarge, match=r"8,001 .* 8,000"):
        checked(replace(RETURNS, answer="a" * (LONGEST_ANSWER + 1)))


def test_the_first_and_the_last_day_count() -> None:
    draft = replace(RETURNS, valid_from=date(2026, 3, 1), valid_until=date(2026, 3, 2))
    days = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)]
    assert [draft.holds_on(day) for day in days] == [False, True, True, False]


def test_a_citation_shows_the_approved_words_where_they_stand() -> None:
    faq = entry("How long?", "Thirty days.\n\nUnused.", url="https://acme.example/returns")
    citation = faq.cited("https://desk.example")
    assert citation.document_id == "faq:e1"
    assert citation.title == "How long?"
    assert citation.quote == faq.answer == faq.text[citation.source_start : citation.source_end]
    assert faq.answer[citation.start : citation.end] == faq.answer
    assert citation.url.startswith("https://desk.example/sources/faq:e1?version=3&start=11&")


def test_excels_semicolons_and_byte_order_mark_and_german_dates_are_understood() -> None:
    text = "\ufeffFrage;Antwort;Valid until;Lang;Colour\r\nOffen; ja. ;31.12.2026;DE;blue\r\n"
    sheet = read_sheet(text.encode("utf-8"))
    (row,) = sheet.rows
    assert row.draft is not None
    assert checked(row.draft).valid_until == date(2026, 12, 31)
    assert checked(row.draft).language == "de"
    assert sheet.given == {"question", "answer", "valid_until", "language"}
    assert sheet.ignored == ("Colour",)
    assert read_sheet(b"sep=;\r\n" + text[1:].encode("cp1252")).rows[0].number == 3


def test_a_row_keeps_its_number_past_empty_rows_and_answers_of_several_lines() -> None:
    sheet = read_sheet(b'question,answer\nA?,"1\n2"\n,\n\nB?,3,4\nC?,5,\nD?\n')
    assert [row.number for row in sheet.rows] == [2, 5, 6, 7]
    assert [row.draft is None for row in sheet.rows] == [False, True, False, False]
    assert "3 values for 2 columns" in sheet.rows[1].reason


def test_a_date_that_may_be_two_days_is_refused() -> None:
    (row,) = read_sheet(b"question,answer,valid_from\nA?,B.,3/4/2026\n").rows
    assert row.draft is None
    assert "3/4/2026" in row.reason


@pytest.mark.parametrize("data", [b"", b"\n", b"name,text\na,b\n", b'question,answer\n"a?,b\n', b"\xff\xfe"])
def test_what_is_no_table_of_questions_is_refused_whole(data: bytes) -> None:
    with pytest.raises(UnreadableDocument):
        read_sheet(data)


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_no_bytes_break_the_reader(noise: bytes) -> None:
    for data in (noise, b"question,answer\n" + noise, b"question;variants;answer\n" + noise):
        try:
            rows = read_sheet(data).rows
        except UnreadableDocument:
            continue
        for row in rows:
            if row.draft is not None:
                with suppress(Refused):
                    checked(row.draft)


WORDS = st.text(st.characters(exclude_characters="|", exclude_categories=["Cs"]), max_size=40)


@settings(deadline=None)
@example([("0", "0 \x1b\r1", ["\x1b\r0"])])
@given(st.lists(st.tuples(WORDS, WORDS, st.lists(WORDS, max_size=3)), max_size=4))
def test_an_export_is_read_back_as_it_was(values: list[tuple[str, str, list[str]]]) -> None:
    drafts = []
    for question, answer, variants in values:
        try:
            drafts.append(checked(FaqDraft(question=question, answer=answer, variants=tuple(variants))))
        except Refused:
            continue
    sheet = read_sheet(write_sheet(drafts).encode("utf-8-sig"))
    assert [checked(row.draft) for row in sheet.rows if row.draft] == drafts


def test_every_way_to_ask_is_trained_on_with_the_companys_name_in_front() -> None:
    rows = training_rows(
        [entry("How do I pay?", variants=("PIN lost",))], "Acme", audiences={"public"}, day=DAY
    )
    assert [row.question for row in rows] == [
        "How do I pay?",
        "Acme: How do I pay?",
        "At Acme, how do I pay?",
        "PIN lost",
        "Acme: PIN lost",
        "At Acme, PIN lost",
    ]
    for row in rows:
        assert ("Acme" in row.system) != ("Acme" in row.question)
        roles = [message["role"] for message in json.loads(row.line())["messages"]]
        assert roles == ["system", "user", "assistant"]


def test_no_answer_is_in_both_halves_and_the_halves_do_not_move() -> None:
    entries = [
        entry(f"What is rule {n}?", f"Rule {n % 30}.", variants=(f"Tell rule {n}",)) for n in range(60)
    ]
    rows = training_rows(entries, "Acme", audiences={"public"}, day=DAY)
    halves = [{row.answer for row in rows if row.split == split} for split in ("train", "validation")]
    assert halves[0]
    assert halves[1]
    assert not halves[0] & halves[1]
    assert training_rows(entries[::-1], "Acme", audiences={"public"}, day=DAY) == rows
    few = training_rows(entries[:2], "Acme", audiences={"public"}, day=DAY)
    assert {row.split for row in few} == {"train", "validation"}


def test_what_has_expired_and_what_is_staffs_is_not_trained_on() -> None:
    entries = [
        entry("Open at Easter?", "No.", valid_until=date(2026, 2, 1)),
        entry("What is the alarm code?", "4417.", audience="staff"),
    ]
    assert training_rows(entries, "Acme", audiences={"public"}, day=DAY) == []
    assert {row.answer for row in training_rows(entries, "A", audiences={"public", "staff"}, day=DAY)} == {
        "4417."
    }


@pytest.mark.parametrize(
    ("question", "phrase"),
    [
        ("Can I return it after 60 days?", "Can I return it after 30 days?"),
        ("Do you ship to Norway?", "Do you ship to Spain?"),
        ("do you ship to norway", "Do you ship to Spain?"),
        ("Can I not smoke here?", "Can I smoke here?"),
        ("How do I open an account?", "How do I close an account?"),
        ("Do you repair the X200?", "Do you repair the X100?"),
    ],
)
def test_questions_that_sound_alike_differ_in_a_number_a_name_or_the_sign(question: str, phrase: str) -> None:
    assert differs(question, Asked(phrase=phrase))


@pytest.mark.parametrize(
    ("question", "phrase"),
    [
        ("when do refunds come", "How long do refunds take?"),
        ("Do you ship to SPAIN, please?", "Do you ship to Spain?"),
        ("Is thirty days enough?", "Is 30 days enough?"),
        ("It did not come. Where is my parcel?", "Where is my parcel?"),
    ],
)
def test_other_words_for_the_same_do_not_differ(question: str, phrase: str) -> None:
    assert not differs(question, Asked(phrase=phrase))


def test_a_name_that_the_answer_knows_or_that_all_entries_share_is_no_difference() -> None:
    about = ("We ship to Spain and Norway.",)
    assert not differs("Do you ship to Norway?", Asked(phrase="Which countries do you ship to?", about=about))
    assert not differs("Do you repair lamps?", Asked(phrase="Does Acme repair lamps?"), {"acme"})


def test_the_export_is_plain_csv() -> None:
    header, row = csv.reader(io.StringIO(write_sheet([RETURNS]), newline=""))
    assert dict(zip(header, row, strict=True))["variants"] == RETURNS.variants[0]
