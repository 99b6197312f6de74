"""The grammar of what callers are likely to say takes any hint, and lets nothing but words in."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from channels.voice.sphinx_grammar import PHONES, grammar, is_expected, other_word

KNOWN = frozenset("desk lamp gift card the a twenty five years juniper s public said".split())


def hinted(*hints: str) -> str:
    found = re.search(r"<hint> = (.*);", grammar(hints, KNOWN.__contains__))
    return found[1] if found else ""


def test_hints_become_phrases_as_they_are_said() -> None:
    assert hinted("Desk lamp", "gift card!", "25 years") == "desk lamp | gift card | twenty five years"


def test_a_hint_with_an_unknown_word_is_left_out() -> None:
    assert hinted("Xylqo lamp", "desk lamp") == "desk lamp"


def test_without_hints_there_is_no_rule_for_them() -> None:
    assert "<hint>" not in grammar([], KNOWN.__contains__)


def test_the_same_hint_counts_once() -> None:
    assert hinted("desk lamp", "Desk Lamp", "desk-lamp") == "desk lamp"


def test_a_hint_cannot_write_a_rule() -> None:
    hostile = [
        "lamp; public <said> = a",
        "<desk>",
        "/9/ lamp",
        "{lamp}",
        '"lamp"',
        "lamp | a*",
        "#JSGF V1.0;",
    ]
    text = grammar(hostile, KNOWN.__contains__)
    assert text.count("public <said> =") == 1
    assert text.count("#JSGF") == 1
    assert "{" not in text
    assert '"' not in text


@settings(deadline=None)
@given(hints=st.lists(st.text(max_size=40), max_size=8))
def test_any_text_leaves_a_grammar_of_plain_words(hints: list[str]) -> None:
    text = grammar(hints, lambda word: True)
    rule = re.search(r"<hint> = (.*);\n", text)
    assert rule is None or re.fullmatch(r"[a-z' |]+", rule[1])
    assert re.fullmatch(r"[a-z0-9_'<>|/.\[\]()*+=;# \n]+", text.replace("JSGF V", ""))


def test_endless_hints_are_cut() -> None:
    hints = ["desk lamp " * 1000, *(f"lamp {'a ' * n}" for n in range(1000))]
    assert len(grammar(hints, lambda word: True)) < 40_000


def test_sounds_that_are_not_expected_are_told_apart() -> None:
    assert all(not is_expected(f"yes {other_word(phone)}") for phone in PHONES)
