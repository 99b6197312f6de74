"""Names of the knowledge base in what people say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.mentions import KnownNames

NAMES = KnownNames(
    [
        "Museum of 3D Illusions",
        "SW Hotel",
        "Palace Of Fine Arts",
        "Restaurant Two Two",
        "Rusty's Grill",
        "Good Hotel",
        "Corner Bakery - Station",
        "Corner Bakery - Old Town",
        "",
        "the",
        "x" * 500,
    ]
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("the second is the museum of three d. illusion", "Museum of 3D Illusions"),
        ("the s. w. hotel is near", "SW Hotel"),
        ("it's called the palace of fine art", "Palace Of Fine Arts"),
        ("I'd like RUSTYS GRILL", "Rusty's Grill"),
        ("corner bakery is open", "Corner Bakery"),
    ],
)
def test_a_name_is_found_as_it_is_heard(text: str, name: str) -> None:
    assert [each.name for each in NAMES.mentions(text)] == [name]


@pytest.mark.parametrize(
    "text",
    ["that sounds good", "the zip code is nine four one two two", "is there a hotel or restaurant", ""],
)
def test_common_words_and_numbers_are_no_names(text: str) -> None:
    assert NAMES.mentions(text) == []


def test_names_stand_in_the_order_of_the_text() -> None:
    found = NAMES.mentions("first rusty's grill and then the good hotel")
    assert [each.name for each in found] == ["Rusty's Grill", "Good Hotel"]
    assert found[0].end <= found[1].start


def test_nothing_is_known_without_names() -> None:
    assert KnownNames(()).mentions("rusty's grill") == []
    assert len(KnownNames(["  ", "of the"])) == 0


@given(st.lists(st.text(max_size=30), max_size=8), st.text(max_size=200))
def test_any_names_and_any_text_will_do(names: list[str], text: str) -> None:
    for mention in KnownNames(names).mentions(text):
        assert 0 <= mention.start < mention.end
        assert 0 < mention.covered <= 1.0001
