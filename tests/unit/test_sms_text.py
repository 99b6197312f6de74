"""Text messages: what they weigh, how they are spelled, and where they are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sms_text import Segments, normalised, pages, segments

WORDS = st.text(alphabet=st.sampled_from("abc xyz.!? €[]é😀ж\n\u0301\u200d"), max_size=900)
ASCII = "".join(chr(code) for code in range(32, 127))


def bare(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts"),
    [
        ("", "GSM-7", 0, 0),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("a" * 159 + "€", "GSM-7", 161, 2),
        ("ж" * 70, "UCS-2", 70, 1),
        ("ж" * 71, "UCS-2", 71, 2),
        ("ж" * 134, "UCS-2", 134, 2),
        ("ж" * 135, "UCS-2", 135, 3),
        ("😀" * 35, "UCS-2", 70, 1),
        ("😀" * 36, "UCS-2", 72, 2),
        ("a" * 70 + "’", "UCS-2", 71, 2),
    ],
)
def test_a_text_weighs_what_a_carrier_bills(text: str, encoding: str, units: int, parts: int) -> None:
    assert segments(text) == Segments(encoding=encoding, units=units, parts=parts)


def test_no_part_ends_within_an_escape_or_an_emoji() -> None:
    assert segments("a" * 152 + "€" + "a" * 152).parts == 3
    assert segments("a" * 66 + "😀" + "ж" * 66).parts == 3


def test_plain_spelling_makes_a_long_text_a_short_one() -> None:
    fancy = "“We’ll refund it – in full…”\u00a0" + "Ask. " * 20
    assert segments(fancy).encoding == "UCS-2"
    assert normalised(fancy).startswith('"We\'ll refund it - in full..." Ask.')
    assert segments(normalised(fancy)) == Segments(encoding="GSM-7", units=131, parts=1)


def test_letters_with_accents_and_emoji_keep_their_meaning() -> None:
    assert normalised("se\u0301same, ça, 中文, 👨‍👩‍👧") == "sésame, ça, 中文, 👨‍👩‍👧"


@given(st.text())
def test_spelling_twice_changes_nothing_more(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


@given(st.text(alphabet=ASCII + "\n"))
def test_what_is_plain_already_stays_but_for_the_backtick(text: str) -> None:
    assert normalised(text) == text.replace("`", "'")


@given(WORDS, st.integers(1, 4), st.sampled_from(["", "\nReply MORE", " Ещё: MORE"]))
def test_pages_fit_and_lose_nothing(text: str, most_parts: int, ending: str) -> None:
    cut = pages(text, most_parts=most_parts, ending=ending)
    assert bare("".join(cut)) == bare(text)
    assert all(page.strip() == page != "" for page in cut)
    assert all(segments(page + ending).parts <= most_parts for page in cut[:-1])
    assert all(segments(page).parts <= most_parts for page in cut[-1:])


@given(st.lists(st.sampled_from(["It is free.", "Ask us!", "Two days, or €3?"]), min_size=1, max_size=90))
def test_pages_end_where_sentences_end(said: list[str]) -> None:
    cut = pages(" ".join(said), most_parts=2, ending=" Reply MORE")
    assert " ".join(cut) == " ".join(said)
    assert all(page[-1] in ".!?" for page in cut)


def test_a_sentence_longer_than_a_page_is_cut_between_words() -> None:
    text = "First. " + "Very " * 60 + "long."
    cut = pages(text, most_parts=1)
    assert cut[0] == "First."
    assert " ".join(cut).split() == text.split()


def test_a_word_longer_than_a_page_is_cut_between_characters() -> None:
    link = "https://example.com/" + "x" * 400
    assert "".join(pages(link, most_parts=1)) == link
    assert [len(page) for page in pages(link, most_parts=1)] == [160, 160, 100]


def test_an_emoji_of_several_signs_stays_whole() -> None:
    family = "👨‍👩‍👧"
    assert all(page.count(family) * len(family) == len(page) for page in pages(family * 20, most_parts=1))


def test_an_ending_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        pages("word " * 200, most_parts=1, ending="x" * 160)


def test_nothing_makes_no_page() -> None:
    assert pages("  \n ", most_parts=3) == ()
