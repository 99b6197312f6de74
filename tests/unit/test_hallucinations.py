"""What a Whisper model makes up does not reach the desk; what a caller says does."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.voice.hallucinations import Piece, believed, cleaned


def piece(text: str, **given: float) -> Piece:
    sure = {"no_speech": 0.02, "log_probability": -0.2, "compression": 1.1}
    return Piece(text=text, **{**sure, **given})


def kept(text: str, seconds: float = 5.0, prompt: str = "", **given: float) -> str:
    return believed([piece(text, **given)], seconds, prompt)[0]


@pytest.mark.parametrize(
    "said",
    [
        "Where is my order?",
        "Thank you.",
        "No, no, no, the other one.",
        "Two two two two seven.",
        "I want to subscribe to the newsletter.",
        "Please cancel my subscription.",
        "It is about the copyright of a picture.",
        "Ja.",
        "Danke.",
        "Nein, das Untertitelfenster fehlt.",
        "My number is 0000 1111.",
    ],
)
def test_what_callers_say_is_kept(said: str) -> None:
    assert kept(said) == said


@pytest.mark.parametrize(
    "made_up",
    [
        "Thanks for watching!",
        "Thank you so much for watching.",
        "Please like and subscribe!",
        "Subscribe to my channel for more.",
        "Subtitles by the Amara.org community",
        "Untertitel der Amara.org-Community",
        "Untertitelung des ZDF, 2020",
        "Sous-titres réalisés par la communauté d'Amara.org",
        "¡Suscríbete al canal!",
        "Subtítulos realizados por la comunidad de Amara.org",
        "♪♪♪",
        "[Music]",
        "(upbeat music)",
        "*sighs*",
        "...",
        "<|nospeech|>",
        "",
    ],
)
def test_what_ends_a_video_is_not(made_up: str) -> None:
    assert kept(made_up) == ""


def test_a_doubtful_thank_you_is_silence() -> None:
    assert kept("Thank you.", no_speech=0.5) == ""
    assert kept("Bye.", log_probability=-1.0) == ""


@pytest.mark.parametrize(
    "doubt",
    [
        {"no_speech": 0.95},
        {"log_probability": -1.5},
        {"no_speech": 0.7, "log_probability": -0.9},
    ],
)
def test_what_the_model_does_not_believe_itself_is_dropped(doubt: dict[str, float]) -> None:
    assert kept("Where is my order?", **doubt) == ""


def test_a_loop_is_said_once_or_not_at_all() -> None:
    assert kept("I want a refund. " * 6, 10.0) == "I want a refund."
    assert kept("I want a refund. " * 40, 30.0, compression=9.0) == ""


def test_more_than_can_be_said_in_the_time_is_dropped() -> None:
    long = "I would like to know whether the lamp that I bought last week can still be returned"
    assert kept(long, 5.0) == long
    assert kept(long, 1.0) == ""


def test_the_hints_come_back_from_silence_and_are_dropped() -> None:
    prompt = "Juniper lamp, gift card, wall lamp"
    assert kept("Juniper lamp, gift card", prompt=prompt, no_speech=0.4) == ""
    assert kept("Juniper lamp", prompt=prompt) == "Juniper lamp"


def test_good_pieces_stay_beside_bad_ones() -> None:
    pieces = [piece("I have a question."), piece("Thanks for watching!"), piece("About my lamp.")]
    assert believed(pieces, 8.0)[0] == "I have a question. About my lamp."


def test_confidence_is_the_mean_probability_of_what_was_kept() -> None:
    assert believed([piece("yes", log_probability=0.0)], 1.0)[1] == 1.0
    assert believed([piece("yes", log_probability=-0.5)], 1.0)[1] == pytest.approx(0.6065)
    assert believed([], 1.0) == ("", 0.0)


@settings(deadline=None)
@given(text=st.text(max_size=300))
def test_any_text_can_be_cleaned(text: str) -> None:
    assert len(cleaned(text)) <= len(text)
    assert 0 <= believed([piece(text)], 10.0)[1] <= 1
