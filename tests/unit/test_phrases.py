"""The desk's own sentences: whole in every language it speaks."""

from __future__ import annotations

from string import Formatter

import pytest

from core.errors import Misconfigured
from core.message_language import NAMES, detect
from core.phrases import LANGUAGES, PHRASES, language_name, languages_in, phrase
from ui.words import LANGUAGES as SPOKEN_BY_THE_PAGES


def to_fill_in(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("name", PHRASES)
def test_a_sentence_is_there_in_every_language_with_the_same_names_to_fill_in(name: str) -> None:
    sentences = PHRASES[name]
    assert list(sentences) == list(LANGUAGES)
    assert all(sentence.strip() for sentence in sentences.values())
    assert len({frozenset(to_fill_in(sentence)) for sentence in sentences.values()}) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_is_in_the_language_it_stands_under(language: str) -> None:
    assert {detect(PHRASES[name][language], None, LANGUAGES) for name in PHRASES} == {language}


def test_a_language_that_is_not_spoken_gets_the_first() -> None:
    assert phrase("dont_know", "it") == phrase("dont_know", "en")


def test_every_language_has_a_name_in_every_other() -> None:
    for language in LANGUAGES:
        assert len({language_name(code, language) for code in NAMES} - set(NAMES)) == len(NAMES)


def test_the_pages_speak_what_the_desk_speaks() -> None:
    assert tuple(SPOKEN_BY_THE_PAGES) == LANGUAGES


@pytest.mark.parametrize("setting", ["", " , ", "en,xx", "english"])
def test_a_language_that_can_not_be_spoken_is_refused_by_name(setting: str) -> None:
    with pytest.raises(Misconfigured, match="FRONTDESK_LANGUAGES"):
        languages_in(setting)
