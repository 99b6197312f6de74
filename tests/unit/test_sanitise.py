"""Cleaning a message: what nobody can see or type goes, what is said stays."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.sanitise import LONGEST_WORD, clean


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("Where is my order?", "Where is my order?"),
        ("  two\t\nlines\r\n here ", "two lines here"),
        ("a\x00b\x1b[31mc\x07", "a b [31mc"),
        ("re\u00adturn\u200bs", "returns"),
        ("\u202egnp.exe\u202c pay", "gnp.exe pay"),
        ("\u2066left\u2069 \u200fright", "left right"),
        ("ig\u200dno\u200cre", "ignore"),
        ("hidden\U000e0041\U000e0042 tag", "hidden tag"),
        ("cafe\u0301", "caf\u00e9"),
        ("Ｆｕｌｌ width ﬁne", "Ｆｕｌｌ width ﬁne"),
        ("why???????????????", "why???"),
        ("heeeeeeeeeeeeeeelp", "heeelp"),
        ("please " * 50, "please please please"),
        ("buy now buy now buy now buy now buy now buy now", "buy now buy now buy now"),
        ("no no no", "no no no"),
        ("10000000 and --------", "10000000 and --------"),
        ("z" + "\u0301" * 40 + "a", "\u017a\u0301\u0301\u0301a"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👨\u200d👩\u200d👧 lamp", "👨\u200d👩\u200d👧 lamp"),
        ("क्\u200dष", "क्\u200dष"),
        ("ﷺ 東京 Ωmega ß", "ﷺ 東京 Ωmega ß"),
        ("\ud800 broken", "broken"),
        ("", ""),
    ],
)
def test_a_message_is_cleaned(said: str, wanted: str) -> None:
    assert clean(said) == wanted


def test_an_over_long_word_is_cut_and_the_next_one_stays() -> None:
    cut = clean("ab" * 5_000 + " lamp")
    assert cut == "ab" * (LONGEST_WORD // 2) + " lamp"


@settings(deadline=None)
@given(st.text(max_size=300) | st.text("a1 \u200b\u200d\u0301\u0323\u202e\n?é", max_size=300))
def test_cleaning_twice_is_cleaning_once_and_what_is_clean_has_nothing_hidden(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not set(cleaned) & set("\u200b\u202e\u2066\ufeff\x00\n")
    assert cleaned == cleaned.strip()


@pytest.mark.parametrize("piece", ["a", "a ", "ab ", "a b ", "?", "\u0301", "a\u200d", "\u200c", "1 1 2 "])
def test_a_hundred_thousand_characters_of_it_are_no_trouble(piece: str) -> None:
    assert len(clean(piece * (100_000 // len(piece)))) <= 100_000
