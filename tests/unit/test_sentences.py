"""Sentences: found in real documents' text and in streams, with their places kept."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sentences import SentenceStream, sentences

CASES = {
    "plain": ["Returns are free.", "Exchanges are not.", "Why?", "Because!"],
    "e.g. and i.e.": ["Some items, e.g. Gift cards, are final.", "Others, i.e. Shoes, are not."],
    "titles": ["Dr. Smith met Mrs. Jones.", "Prof. Lee did not."],
    "initials": ["J. R. R. Tolkien wrote it.", "Ask John F. Kennedy."],
    "countries before a name": ["The U.S. Postal Service delivers.", "The U.K. Royal Mail does too."],
    "countries at an end": ["We ship to the U.S.", "The fee is $5."],
    "No. before a number": ["See No. 7 and Fig. 3.", "Art. 12 applies."],
    "No as an answer": ["Can I?", "No.", "You can not."],
    "approx.": ["It takes approx. 3 days.", "Max. 5 per person."],
    "decimals": ["It costs 3.50 or 1.000,25 EUR.", "Version 2.1.3 is out."],
    "a number at the end": ["The fee is 5.", "10 is too much."],
    "times": ["We open at 9 a.m. Monday to Friday.", "We close at 5 p.m.", "It is late."],
    "months": ["It began on Jan. 5 and ended in Feb.", "The rest is open."],
    "companies": [
        "Acme Inc. Chairman Roe spoke.",
        "Acme Ltd. was sold.",
        "We asked Acme Corp.",
        "They agreed.",
    ],
    "URLs": ["Go to https://a.example.com/x.html?y=1.2&z=!a.", "Then log in."],
    "bare domains": ["Visit www.example.com.", "Or example.org/help."],
    "e-mails": ["Write to first.last@example.com.", "We answer."],
    "file names": ["Open setup.exe.", "Read README.md first."],
    "quotes": ['He said "Stop."', "Then he left.", "“Why?” she asked."],
    "brackets": ["(See the list.)", "It is long [really.]", "Done."],
    "ellipses": ["Well... it depends.", "Wait…", "What?!", "Yes!!"],
    "CJK": ["返品は30日以内です。", "送料は無料ですか？", "はい！"],
    "CJK quotes": ["「はい。」と言った。", "「終わり。」", "次です。"],
    "Hindi": ["यह मुफ़्त है।", "हाँ।"],
    "Arabic": ["هل هو مجاني؟", "نعم."],
    "Spanish": ["¿Cuánto cuesta?", "¡Es gratis!", "El envío tarda 5 días.", "¿Y la Sra. Ruiz?"],
    "German": ["Das gilt z.B. Für Bücher.", "Am 3. Mai ist zu.", "Es kostet ca. 5 Euro."],
    "French": ["Voir p. 12 pour M. Dupont.", "C'est « gratuit. »", "Merci !"],
    "markers": [
        "It is free. [1][2]",
        "It is slow.[3]",
        "It is [4] red [5].",
        "Yes. [1, 2]",
        "No.【3†source】",
    ],
    "names with a bang": ["Yahoo! is a site.", "iPhones work."],
    "a lower-case brand begins": ["It works.", "iPhone users agree."],
    "single letters at an end": ["Take vitamin C.", "It helps.", "This is plan B.", "We have no plan A."],
    "degrees": ["Ann Roe, Ph.D. Student, spoke.", "She holds an M.D.", "She practises."],
    "emoji": ["Great!", "😀 Next one."],
    "emphasis": ["**It is free.**", "*Really.*", "Yes."],
}


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize("name", CASES)
def test_sentences_on_one_line_come_apart_where_they_end(name: str) -> None:
    assert split(" ".join(CASES[name])) == CASES[name]


LINES = {
    "paragraphs end without a stop": ("A heading\n\nSome text\n \nmore", ["A heading", "Some text", "more"]),
    "list items": ("- one\n- two\n• three", ["- one", "- two", "• three"]),
    "numbered items": (
        "Do this:\n1. Open Settings.\n2. Press Reset.\n10) Wait",
        ["Do this:", "1. Open Settings.", "2. Press Reset.", "10) Wait"],
    ),
    "numbered on one line": (
        "Steps: 1. Open it. 2. Close it.",
        ["Steps: 1. Open it.", "2. Close it."],
    ),
    "rows": ("Plan | Price\nBasic | $5.00\nPro | $9.00", ["Plan | Price", "Basic | $5.00", "Pro | $9.00"]),
    "tabs": ("Basic\t5\nPro\t9", ["Basic\t5", "Pro\t9"]),
    "a wrapped line goes on": (
        "The warranty covers parts and labour for two years from\nthe day of purchase. It is free.",
        [
            "The warranty covers parts and labour for two years from\nthe day of purchase.",
            "It is free.",
        ],
    ),
    "a line wrapped before a name goes on": (
        "The warranty covers parts and labour for two years in the\nUnited States. It is free.",
        ["The warranty covers parts and labour for two years in the\nUnited States.", "It is free."],
    ),
    "a heading stands alone": ("Returns\nYou have 30 days.", ["Returns", "You have 30 days."]),
    "short lines stay apart": ("apples\npears\nplums", ["apples", "pears", "plums"]),
    "key and value": ("Name: Ann Roe\nPhone: 555-0199", ["Name: Ann Roe", "Phone: 555-0199"]),
    "carriage returns": ("One.\r\nTwo.\r\n\r\nThree", ["One.", "Two.", "Three"]),
    "nothing": (" \n\t ", []),
}


@pytest.mark.parametrize("name", LINES)
def test_lines_end_sentences_unless_they_are_wrapped(name: str) -> None:
    text, expected = LINES[name]
    assert split(text) == expected


@given(st.text(alphabet='ab AB.!?\n\t1[]()"。-|e', max_size=80))
def test_spans_are_in_order_trimmed_and_lose_nothing_but_space(text: str) -> None:
    position = 0
    for start, end in sentences(text):
        assert position <= start < end <= len(text)
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()


def test_646_paragraphs_take_less_than_a_tenth_of_a_second() -> None:
    line = " ".join(
        sentence for name in ("plain", "times", "URLs", "quotes", "titles") for sentence in CASES[name]
    )
    paragraphs = [f"{line} Number {n} costs {n}.50, see No. {n}." for n in range(646)]
    best = 1.0
    for _ in range(3):
        began = time.perf_counter()
        for paragraph in paragraphs:
            sentences(paragraph)
        best = min(best, time.perf_counter() - began)
    assert best < 0.1


def stream(text: str, size: int) -> list[str]:
    growing = SentenceStream()
    out = [s for at in range(0, len(text), size) for s in growing.feed(text[at : at + size])]
    return out + growing.finish()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10_000])
@pytest.mark.parametrize("name", CASES)
def test_a_stream_gives_the_same_sentences_however_it_is_cut(name: str, size: int) -> None:
    assert stream(" ".join(CASES[name]), size) == CASES[name]


@pytest.mark.parametrize("size", [1, 3, 10_000])
@pytest.mark.parametrize("name", ["numbered items", "list items", "paragraphs end without a stop"])
def test_a_stream_keeps_lines_apart(name: str, size: int) -> None:
    text, expected = LINES[name]
    assert stream(text, size) == expected


def test_a_sentence_comes_as_soon_as_the_next_one_has_begun() -> None:
    growing = SentenceStream()
    assert growing.feed("It takes 5 days.") == []
    assert growing.feed(" [1]") == []
    assert growing.feed(" It") == []
    assert growing.feed(" is") == ["It takes 5 days. [1]"]
    assert growing.pending.strip() == "It is"


def test_a_huge_piece_without_a_stop_is_no_burden() -> None:
    growing = SentenceStream()
    began = time.perf_counter()
    for _ in range(20_000):
        growing.feed("word ")
    growing.feed("a. " * 20_000)
    assert growing.finish()
    assert time.perf_counter() - began < 2
