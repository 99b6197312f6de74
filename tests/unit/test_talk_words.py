"""What is understood of a caller's words, and the telephone's own sentences in every language."""

from __future__ import annotations

from string import Formatter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.voice.back_channels import is_back_channel, telling_words, yes_or_no
from channels.voice.commands import command_in, language_wanted
from channels.voice.interruption import cuts_in
from channels.voice.keypad import Keypad
from channels.voice.phone_phrases import FILLERS, PHONE_PHRASES
from channels.voice.read_back import as_read_back, name_said, reference_said, spelled_out
from core.phrases import LANGUAGES

COMMANDS = {
    "repeat": "Can you repeat that?|Sorry?|What did you say?|Could you say that again please"
    "|I didn't catch that|¿Cómo?|Repítalo por favor|otra vez|no lo he entendido|Wie bitte?|noch einmal bitte"
    "|Können Sie das bitte wiederholen?|Das habe ich nicht verstanden|Pardon ?|Vous pouvez répéter ?"
    "|encore une fois|je n'ai pas compris",
    "slower": "slower please|Could you speak a bit more slowly?|not so fast|más despacio por favor"
    "|¿Puede hablar más despacio?|Bitte langsamer|Sprechen Sie bitte etwas langsamer|nicht so schnell"
    "|plus lentement s'il vous plaît|Pouvez-vous parler plus lentement ?|moins vite",
    "spell": "spell that please|Can you spell it for me?|¿Puede deletrearlo?|Buchstabieren Sie das bitte"
    "|Wie schreibt man das?|Vous pouvez l'épeler ?|Comment ça s'écrit ?",
    "goodbye": "bye|Goodbye!|Good-by,|No, that's all, thank you|That will be all|adiós|eso es todo, gracias"
    "|hasta luego|Auf Wiederhören|Tschüss|Danke, das war's|das war alles|au revoir|c'est tout, merci"
    "|bonne journée|Thank you and goodbye|Good-bye, and thanks for your help|Bye then|Gracias y adiós"
    "|Vielen Dank und auf Wiederhören|Merci et au revoir",
    "person": "I want to speak to a person|operator please|Can I talk to a human please"
    "|Quiero hablar con una persona|Ich möchte mit einem Menschen sprechen"
    "|Je voudrais parler à une personne",
    "wait": "one moment please|hold on|let me check|un momento|Moment bitte|Warten Sie kurz|un instant",
    "stop": "stop|be quiet|basta|Ruhe|arrêtez",
    "links": "send me the link|Yes please, text me the links|Yes, send it to me"
    "|text me the links please|Can you send it to my phone?|envíeme el enlace"
    "|Schicken Sie mir den Link|envoyez-moi le lien par SMS",
}
QUESTIONS = (
    "Can you repeat my last order?|How slow is the delivery?|How do I spell check a document?|What is it?"
    "|Is that all the information about bye laws?|Where can I stop my subscription?|How long must I wait?"
    "|Send me the invoice of March|¿Cuánto cuesta repetir el pedido?|Wie lange muss ich warten, bis er kommt?"
    "|Was kostet das?|Combien de temps faut-il attendre ?|What languages do your people speak?|no"
)


@pytest.mark.parametrize(
    ("name", "words"), [(name, words) for name, all_of in COMMANDS.items() for words in all_of.split("|")]
)
def test_what_is_meant_for_the_talk_itself_is_known(name: str, words: str) -> None:
    assert command_in(words) == name


@pytest.mark.parametrize("words", QUESTIONS.split("|"))
def test_what_is_a_question_is_not_taken_for_a_command(words: str) -> None:
    assert command_in(words) is None
    assert language_wanted(words) == ""


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Do you speak English?", "en"),
        ("English please", "en"),
        ("¿Podemos hablar en español?", "es"),
        ("En español, por favor", "es"),
        ("Auf Deutsch bitte", "de"),
        ("Können wir Deutsch sprechen?", "de"),
        ("Parlez-vous français ?", "fr"),
        ("on peut parler français ?", "fr"),
        ("Is there a German manual?", ""),
        ("My English teacher bought it", ""),
    ],
)
def test_a_language_is_switched_to_only_when_it_is_asked_for(words: str, code: str) -> None:
    assert language_wanted(words) == code


@settings(deadline=None)
@given(st.text(max_size=300))
def test_words_of_any_sort_are_read(words: str) -> None:
    command_in(words)
    language_wanted(words)
    reference_said(words)
    name_said(words)
    spelled_out(words, "de")
    assert telling_words(words) >= 0
    assert cuts_in(words, words=1, is_asked=False) in (True, False)


@settings(deadline=None)
@given(st.lists(st.sampled_from("please sorry no das ist war alles un la le say that again it".split())))
def test_a_muddle_of_small_words_is_read_to_its_end(words: list[str]) -> None:
    assert command_in(" ".join(words)) in (*COMMANDS, "faster", None)


@pytest.mark.parametrize(
    "words", ["uh-huh", "Okay.", "mhm mhm", "ja, genau", "vale, vale", "ah bon, d'accord"]
)
def test_listening_aloud_is_no_turn(words: str) -> None:
    assert is_back_channel(words)
    assert not cuts_in(words, words=1, is_asked=False)


def test_yes_is_a_turn_where_it_was_asked_for() -> None:
    assert cuts_in("yes", words=3, is_asked=True)
    assert yes_or_no("sí, por favor") is True
    assert yes_or_no("nein danke") is False


def test_a_number_is_found_in_what_was_said() -> None:
    assert reference_said("It's W one two three four five six seven") == "W1234567"
    assert reference_said("order #L20418 please") == "L20418"
    assert reference_said("zwei null vier eins acht") == "20418"
    assert reference_said("two lamps for three rooms") == ""


def test_what_was_understood_is_read_back_piece_by_piece() -> None:
    assert as_read_back("L204", "en") == "L, two zero four"
    assert as_read_back("Ben", "en") == "B, E, N"
    assert spelled_out("Write to help@acme.example.", "en").startswith("H, E, L, P, at, A")
    assert spelled_out("It is free.", "en") == ""


def test_zero_is_a_digit_where_a_number_was_asked_for() -> None:
    keys = Keypad()
    assert keys.press("0", "").meaning == "person"
    assert keys.press("0", "reference").meaning == "more"
    assert keys.press("7", "reference").meaning == "more"
    assert keys.pause().digits == "07"
    assert keys.press("0", "reference").meaning == "more"
    assert keys.pause().meaning == "person"


def test_the_star_forgets_a_number_that_is_being_typed() -> None:
    keys = Keypad()
    keys.press("4", "")
    assert keys.press("*", "").meaning == "nothing"
    assert keys.press("*", "").meaning == "repeat"
    assert keys.press("#", "").meaning == "nothing"


@pytest.mark.parametrize("name", PHONE_PHRASES)
def test_a_sentence_is_there_in_every_language_with_the_same_names_to_fill_in(name: str) -> None:
    sentences = PHONE_PHRASES[name]
    assert list(sentences) == list(LANGUAGES)
    assert all(sentence.strip() for sentence in sentences.values())
    names = {
        frozenset(field for _, field, _, _ in Formatter().parse(one) if field) for one in sentences.values()
    }
    assert len(names) == 1


def test_words_in_between_differ() -> None:
    assert list(FILLERS) == list(LANGUAGES)
    assert all(len(set(words)) == len(words) > 1 for words in FILLERS.values())
