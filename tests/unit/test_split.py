"""Cutting sections into passages."""

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from core.documents import Document, DocumentId, Extract, Section
from core.records import now
from core.split import SplitSizes, split
from core.tenants import DEFAULT_TENANT


def words(text: str) -> int:
    return len(text.split())


DOCUMENT = Document(
    id=DocumentId("d"),
    tenant=DEFAULT_TENANT,
    name="d.txt",
    source="d",
    media_type="text/plain",
    content_hash="h",
    size_bytes=1,
    created_at=now(),
    updated_at=now(),
)


def cut(text: str, tokens: int = 10, overlap: int = 0, heading: tuple[str, ...] = ()) -> list[str]:
    extract = Extract.of([Section(text=text, heading=heading)])
    return [
        passage.text
        for passage in split(DOCUMENT, extract, SplitSizes(tokens=tokens, overlap=overlap), words)
    ]


def test_a_section_that_fits_is_one_passage() -> None:
    assert cut("One two three.\n\nFour five.") == ["One two three.\n\nFour five."]


def test_a_long_section_is_cut_between_paragraphs_first() -> None:
    assert cut("a b c d e f.\n\ng h i j k l.") == ["a b c d e f.", "g h i j k l."]


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    assert cut("One two three four five six. Seven eight nine ten eleven.") == [
        "One two three four five six.",
        "Seven eight nine ten eleven.",
    ]


def test_a_sentence_that_is_too_long_is_cut_between_words() -> None:
    parts = cut(" ".join(map(str, range(25))))
    assert [words(part) for part in parts] == [10, 10, 5] or max(map(words, parts)) <= 10
    assert " ".join(parts) == " ".join(map(str, range(25)))


def test_parts_are_even_rather_than_full_and_a_rest() -> None:
    text = "\n\n".join("one two three four." for _ in range(3))
    assert [words(part) for part in cut(text)] == [8, 4] or [words(part) for part in cut(text)] == [4, 8]
    longer = "\n\n".join("one two." for _ in range(6))
    assert [words(part) for part in cut(longer)] == [6, 6]


def test_neighbours_share_words_when_an_overlap_is_asked_for() -> None:
    parts = cut("\n\n".join(f"w{n} x{n}." for n in range(10)), tokens=6, overlap=2)
    for before, after in pairwise(parts):
        assert before.split("\n\n")[-1] == after.split("\n\n")[0]


def test_a_passage_keeps_heading_page_and_place() -> None:
    extract = Extract.of(
        [Section(text="Intro."), Section(text="Refunds take days.", heading=("Help", "Refunds"), page=3)]
    )
    passage = split(DOCUMENT, extract, SplitSizes(), words)[1]
    assert (passage.heading, passage.page, passage.ordinal) == (("Help", "Refunds"), 3, 1)
    assert extract.text[passage.start : passage.end] == passage.text == "Refunds take days."


@given(
    st.lists(st.text(alphabet="ab .!?\n", max_size=80), max_size=6),
    st.integers(2, 12),
    st.integers(0, 6),
)
def test_nothing_is_lost_and_every_passage_is_a_slice_within_the_size(
    texts: list[str], tokens: int, overlap: int
) -> None:
    extract = Extract.of([Section(text=text) for text in texts])
    sizes = SplitSizes(tokens=tokens, overlap=min(overlap, tokens - 1))
    passages = split(DOCUMENT, extract, sizes, words)
    covered: set[int] = set()
    for passage in passages:
        assert extract.text[passage.start : passage.end] == passage.text
        assert 0 < words(passage.text) <= max(tokens, 1)
        covered.update(range(passage.start, passage.end))
    for match in re.finditer(r"\S", extract.text):
        assert match.start() in covered
