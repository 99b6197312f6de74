"""How many people: "table for two", "me and my wife"."""

import pytest

from tests.unit.slots.reading_words import asked, certain, unasked, values


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("a table for two", 2),
        ("me and my wife", 2),
        ("a party of 13", 13),
        ("just myself", 1),
        ("myself and 3 others", 4),
        ("me, my wife and our 3 kids", 5),
        ("2 adults and 4 children", 6),
        ("The 14 of us", 14),
        ("there will be six people at 7 pm", 6),
        ("two couples", 4),
        ("my parents and I", 3),
        ("mesa para cuatro", 4),
        ("ein Tisch für drei", 3),
        ("I booked for 8 people, change it to just 7", 7),
        ("it's 5, not 4 people", 5),
    ],
)
def test_people_are_counted(words: str, count: int) -> None:
    assert values("people", words) == [count]


@pytest.mark.parametrize("words", ["13", "13.", "we'd be 13"])
def test_a_bare_number_counts_people_when_they_were_asked_for(words: str) -> None:
    assert values("people", words, asked()) == [13]
    assert certain("people", words, asked()) == [True]


@pytest.mark.parametrize(
    "words", ["13", "at 7 pm", "in 3 days", "on 3 May 2026", "please book it for me", "for 30 years"]
)
def test_other_numbers_are_no_people(words: str) -> None:
    assert values("people", words, unasked()) == []
