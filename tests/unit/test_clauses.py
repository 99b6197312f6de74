"""Sentences cut into what a voice says in one breath, and texts freed of what no voice should obey."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.voice.clauses import clauses, pause_after, sayable

TEXT = "Your order has left our warehouse, and it should be with you on Friday. Is there anything else?"


def test_a_long_first_clause_is_cut_at_its_comma() -> None:
    cut = clauses(TEXT, first=20, least=60, most=250)
    assert cut == [
        "Your order has left our warehouse,",
        "and it should be with you on Friday.",
        "Is there anything else?",
    ]


def test_short_parts_stay_together() -> None:
    assert clauses("Yes, of course, we can, at once.", first=100, least=100, most=200) == [
        "Yes, of course, we can, at once."
    ]


def test_what_has_no_mark_is_cut_between_words() -> None:
    cut = clauses(("word " * 100).strip(), first=20, least=60, most=50)
    assert max(map(len, cut)) <= 50
    assert " ".join(cut) == ("word " * 100).strip()


def test_what_has_no_words_is_cut_anyway() -> None:
    cut = clauses("x" * 1000, first=20, least=60, most=300)
    assert [len(each) for each in cut] == [300, 300, 300, 100]


def test_a_decimal_point_ends_no_sentence() -> None:
    assert clauses("It weighs 3.5 pounds.", first=5, least=5, most=200) == ["It weighs 3.5 pounds."]


@pytest.mark.parametrize(
    ("clause", "pause"), [("It is.", 0.2), ("Is it?", 0.2), ("well,", 0.1), ("as follows:", 0.1), ("on", 0.0)]
)
def test_a_speaker_rests_by_the_mark(clause: str, pause: float) -> None:
    assert pause_after(clause) == pause


@pytest.mark.parametrize("text", ["", " ", "…!?", "\x00\x01", "\U0001f600", "[]<>", "\u200d\u202e"])
def test_where_nothing_can_be_said_nothing_is_left(text: str) -> None:
    assert sayable(text) == ""


def test_marks_of_speech_stay() -> None:
    text = "¿Cuánto cuesta? It's 5 % — “good” (or bad): l'été; £3."
    assert sayable(text) == text


@given(st.text())
def test_nothing_that_a_voice_could_obey_is_left(text: str) -> None:
    said = sayable(text)
    assert not set(said) & set("[]<>{}|\\^\x01\x1b\n")
    assert not any(unicodedata.category(each)[0] == "C" for each in said)
    assert said == " ".join(said.split())


@given(st.text(alphabet=st.sampled_from("ab ,.;!?\n-")), st.integers(1, 40), st.integers(1, 40))
def test_no_letter_is_lost_and_no_clause_too_long(text: str, first: int, least: int) -> None:
    said = sayable(text)
    cut = clauses(said, first=first, least=least, most=40)
    assert all(0 < len(each) <= 40 for each in cut)

    def letters(of: str) -> str:
        return "".join(each for each in of if each.isalnum())

    assert letters("".join(cut)) == letters(said)
