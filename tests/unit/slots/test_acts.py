"""Yes and no, cancel, correction, not knowing, asking why."""

import pytest

from core.slots import find_acts
from tests.unit.slots.reading_words import asked, certain, unasked, values


@pytest.mark.parametrize(
    "words",
    [
        "yes", "Yep go ahead", "sure", "Yes, please do that.", "that's right", "ok thanks", "yes yes",
        "why not",
        "of course", "go for it", "sí", "claro que sí", "ja bitte", "genau", "oui, d'accord", "bien sûr",
        "actually, yes",
    ],
)  # fmt: skip
def test_yes_is_heard(words: str) -> None:
    assert values("yes_no", words) == [True]


@pytest.mark.parametrize(
    "words",
    [
        "no", "No thanks", "don't", "not really", "no way", "Please don't", "nope", "no, that's fine",
        "I don't think so",
        "not now", "nein danke", "lieber nicht", "no gracias", "non merci", "pas du tout",
    ],
)  # fmt: skip
def test_no_is_heard(words: str) -> None:
    assert values("yes_no", words) == [False]


@pytest.mark.parametrize(
    "words",
    [
        "yes but change the date", "no, 30 years", "I don't know", "never mind", "not sure", "yes?",
        "no wait",
        "yes and no", "yes, cancel it", "", "tomorrow", "is that right?", "sure, but not today",
    ],
)  # fmt: skip
def test_more_than_yes_or_no_is_neither(words: str) -> None:
    assert values("yes_no", words) == []


def test_yes_is_certain_only_when_something_was_asked() -> None:
    assert certain("yes_no", "yes", asked()) == [True]
    assert certain("yes_no", "yes", unasked()) == [False]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("never mind", "cancel"), ("forget it", "cancel"), ("stop", "cancel"), ("please cancel", "cancel"),
        ("I changed my mind", "cancel"), ("No, cancel it", "cancel"), ("vergiss es", "cancel"),
        ("olvídalo", "cancel"),
        ("laisse tomber", "cancel"),
        ("I don't know", "unknown"), ("no idea", "unknown"), ("I can't remember", "unknown"),
        ("not sure", "unknown"),
        ("weiß ich nicht", "unknown"), ("keine Ahnung", "unknown"), ("no lo sé", "unknown"),
        ("je ne sais pas", "unknown"),
        ("why do you need that?", "help"), ("what is that for?", "help"), ("help", "help"),
        ("warum?", "help"),
        ("no, 30 years", "correction"), ("actually make it 25", "correction"),
        ("I meant tomorrow", "correction"),
        ("it should be 7", "correction"), ("sorry, 8 pm", "correction"), ("nein, 30 Jahre", "correction"),
    ],
)  # fmt: skip
def test_an_act_is_heard(words: str, name: str) -> None:
    assert [act.name for act in find_acts(words)] == [name]


@pytest.mark.parametrize(
    "words",
    [
        "yes",
        "no",
        "no thanks",
        "no, thanks",
        "30 years",
        "cancel my order #W1234567",
        "stop the subscription",
        "Jane Doe",
        "",
    ],
)
def test_a_plain_answer_or_request_is_no_act(words: str) -> None:
    assert find_acts(words) == []


@pytest.mark.parametrize(
    ("words", "rest"),
    [("no, 30 years", "30 years"), ("actually make it 25", "25"), ("I meant tomorrow", "tomorrow")],
)
def test_a_correction_says_where_the_new_value_begins(words: str, rest: str) -> None:
    assert words[find_acts(words)[0].rest :] == rest
