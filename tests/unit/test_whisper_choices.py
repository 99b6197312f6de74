"""Around a Whisper model: the language it listens in, what it is told to expect, when it need not listen."""

import numpy as np
import pytest

from channels.voice.sound import RATE, tone
from channels.voice.whisper_work import Whisper, hint_line
from channels.voice.whole_utterance import is_quiet_after

SILENCE = np.zeros(RATE, np.int16)
WAVE = np.zeros(16000, np.float32)


class Hears:
    """A model of several languages that is sure of what it is told."""

    def __init__(self, *languages: str, **heard: float) -> None:
        self.supported_languages = list(languages)
        self._heard = heard

    def detect_language(self, wave: object) -> tuple[str, float, list[tuple[str, float]]]:
        assert wave is WAVE
        return "", 0.0, sorted(self._heard.items(), key=lambda pair: -pair[1])


def language(model: Hears, wanted: str, *choice: str) -> str:
    return Whisper(model, choice, beam=1, filters=False).language(WAVE, wanted)


def test_a_known_language_is_taken_at_its_word() -> None:
    assert language(Hears("en", "de", en=0.9, de=0.1), "de") == "de"


def test_an_unknown_one_is_heard() -> None:
    assert language(Hears("en", "de", "es", en=0.1, es=0.9), "") == "es"


def test_what_is_heard_is_one_of_the_desks_languages() -> None:
    assert language(Hears("en", "de", "cy", cy=0.6, en=0.3, de=0.1), "", "en", "de") == "en"


def test_a_desk_of_one_language_does_not_listen_for_others() -> None:
    assert language(Hears("en", "de", en=0.9), "", "de") == "de"
    assert language(Hears("en"), "fr", "fr") == "en"


@pytest.mark.parametrize(
    ("hints", "line"),
    [
        ([], ""),
        (["Juniper lamp", "gift card"], "Juniper lamp, gift card"),
        (["<|startoftranscript|>", "a\x00\nb"], "startoftranscript, a\x00 b"),
        (["♪", "[x]", "lamp"], "lamp"),
        (["lamp", "x" * 500, "bulb"], "lamp, bulb"),
    ],
)
def test_hints_are_a_short_line_without_marks(hints: list[str], line: str) -> None:
    assert hint_line(hints) == line


def test_silence_after_the_last_partial_needs_no_second_listening() -> None:
    speech = tone(1.0)
    assert is_quiet_after(np.concatenate([speech, SILENCE]), RATE)
    assert is_quiet_after(speech, RATE)
    assert not is_quiet_after(np.concatenate([speech, SILENCE, speech]), RATE)
    assert not is_quiet_after(np.concatenate([SILENCE, speech]), RATE)
