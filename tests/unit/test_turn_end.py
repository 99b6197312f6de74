"""When a caller's turn is over, by the words."""

import pytest

from channels.voice.turn_end import TurnWaits, silence_s

WAITS = TurnWaits()
UNFINISHED = [
    ("I want to return the", "en"),
    ("My order number is", "en"),
    ("um", "en"),
    ("I ordered a lamp and", "en"),
    ("It was, uh", "en"),
    ("Quiero devolver el", "es"),
    ("Mi número es", "es"),
    ("Ich habe eine Frage zu der", "de"),
    ("Meine Bestellnummer lautet", "de"),
    ("Je voudrais rendre la", "fr"),
    ("Mon numéro est", "fr"),
    ("Well, I bought it,", "en"),
]
COMPLETE = [
    ("Where is my order?", "en"),
    ("What is it for?", "en"),
    ("yes", "en"),
    ("Gracias.", "es"),
    ("nein", "de"),
    ("C'est tout", "fr"),
]
USUAL = [
    ("I want to return a lamp", "en"),
    ("do you know where my order is", "en"),
    ("dónde está mi pedido", "es"),
    ("Ich möchte wissen wo meine Bestellung ist", "de"),
    ("où est ma commande", "fr"),
    ("", "en"),
]
SPELLED = [
    ("it's L two zero four", "en"),
    ("4 1 8", "en"),
    ("dos cero", "es"),
    ("zwo drei", "de"),
    ("sept", "fr"),
]


@pytest.mark.parametrize(("text", "language"), UNFINISHED)
def test_a_caller_who_has_not_finished_gets_more_time(text: str, language: str) -> None:
    assert silence_s(text, language, WAITS) == WAITS.unfinished_s


@pytest.mark.parametrize(("text", "language"), COMPLETE)
def test_a_plain_question_or_answer_is_taken_early(text: str, language: str) -> None:
    assert silence_s(text, language, WAITS) == WAITS.complete_s


@pytest.mark.parametrize(("text", "language"), USUAL)
def test_any_other_words_get_the_usual_time(text: str, language: str) -> None:
    assert silence_s(text, language, WAITS) == WAITS.usual_s


@pytest.mark.parametrize(("text", "language"), SPELLED)
def test_who_spells_gets_time_for_the_next_digit(text: str, language: str) -> None:
    assert silence_s(text, language, WAITS) == WAITS.spelling_s


def test_a_voice_decides_only_where_the_words_do_not() -> None:
    assert silence_s("My order number is", "en", WAITS, voice=0.97) == WAITS.unfinished_s
    assert silence_s("Where is my order?", "en", WAITS, voice=0.09) == WAITS.complete_s
    assert silence_s("I want to return a lamp", "en", WAITS, voice=0.9) == WAITS.complete_s
    delayed = silence_s("I want to return a lamp", "en", WAITS, voice=0.1)
    assert WAITS.usual_s < delayed < WAITS.unfinished_s
