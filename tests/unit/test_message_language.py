"""Which language a short message is in, and how a conversation keeps its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.message_language import NAMES, detect, detect_last, recognise
from core.phrases import LANGUAGES
from tests.unit.message_languages import HELD_OUT, NO_EVIDENCE, OTHERS, WRITTEN_FIRST, labelled, plain

OURS = labelled(WRITTEN_FIRST) + labelled(HELD_OUT)


@pytest.mark.parametrize(("messages", "floor"), [(WRITTEN_FIRST, 0.99), (HELD_OUT, 0.97)])
def test_short_messages_are_told_apart(messages: str, floor: float) -> None:
    right = [detect(text, None, LANGUAGES) == code for code, text in labelled(messages)]
    assert sum(right) / len(right) >= floor


def test_languages_that_are_not_spoken_are_recognised_and_answered_in_the_first_of_ours() -> None:
    right = [recognise(text) == code for code, text in labelled(OTHERS)]
    assert sum(right) / len(right) >= 0.95
    told = [detect(text, None, LANGUAGES) for code, text in labelled(OTHERS) if recognise(text) == code]
    assert told.count("en") / len(told) >= 0.9


@pytest.mark.parametrize("message", plain(NO_EVIDENCE))
@pytest.mark.parametrize("before", [None, *LANGUAGES])
def test_a_message_without_evidence_keeps_the_language_of_the_conversation(
    message: str, before: str | None
) -> None:
    assert recognise(message) is None
    assert detect(message, before, LANGUAGES) == (before or LANGUAGES[0])


def test_a_conversation_stays_in_its_language() -> None:
    assert all(detect(text, code, LANGUAGES) == code for code, text in OURS)


def test_a_customer_who_changes_the_language_is_followed() -> None:
    changes = [(text, code, before) for code, text in OURS for before in LANGUAGES if before != code]
    followed = [detect(text, before, LANGUAGES) == code for text, code, before in changes]
    assert sum(followed) / len(followed) >= 0.9


@pytest.mark.parametrize("courtesy", ["Thanks", "Merci", "Gracias!", "ok", "Ciao", "super"])
def test_a_polite_word_from_elsewhere_changes_nothing(courtesy: str) -> None:
    assert detect(courtesy, "de", LANGUAGES) == "de"


def test_a_conversation_is_read_from_its_beginning() -> None:
    assert detect_last([], ("de", "en")) == "de"
    assert [detect_last([text], LANGUAGES) for text in ("Hallo", "Merci", "Storno?")] == ["de", "fr", "de"]
    assert detect_last(["12", "Where is my parcel?", "4711", "ok"], ("de", "en")) == "en"
    assert detect_last(["Hola, ¿tienen lámparas?", "Do you speak English?", "42"], LANGUAGES) == "en"


def test_only_what_is_supported_is_answered_in() -> None:
    assert detect("Wo ist mein Paket?", None, ("en", "fr")) == "en"
    assert detect("Wo ist mein Paket?", "de", ("fr", "en")) == "fr"


def test_other_scripts_are_recognised() -> None:
    assert [recognise(text) for text in ("Где мой заказ?", "Πού είναι;", "أين طلبي؟")] == ["ru", "el", "ar"]


@given(some.text(max_size=300), some.sampled_from([None, "xx", *NAMES]))
def test_whatever_is_typed_is_of_some_supported_language(text: str, before: str | None) -> None:
    assert detect(text, before, LANGUAGES) in LANGUAGES
    assert recognise(text) in {None, *NAMES}
