"""Recognisers hear speech: espeak-ng's over a telephone line, and a recording where a model is at hand.

FRONTDESK_TEST_WHISPER names a Whisper model, FRONTDESK_TEST_SPEECH a recording beside a .txt with its words.
"""

import os
from pathlib import Path

import anyio
import numpy as np
import pytest

from channels.voice.recogniser import Transcript
from channels.voice.recogniser_process import RecogniserProcess
from channels.voice.recognisers import RecogniserChoice, recogniser_for
from channels.voice.sound import RATE, Samples, from_mulaw, to_mulaw
from channels.voice.speakers import speaker_for
from tests.services.speech_errors import said, understood, word_errors, words
from tests.services.speech_packages import need_speech

pytestmark = pytest.mark.anyio

WHISPER = os.environ.get("FRONTDESK_TEST_WHISPER", "")
SPEECH = os.environ.get("FRONTDESK_TEST_SPEECH", "")
MOST_WORDS_WRONG = 0.2
TWO_CITIES = """It was the best of times, it was the worst of times, it was the age of wisdom, it was the age
of foolishness, it was the epoch of belief, it was the epoch of incredulity"""
"""What a person reads aloud in a recording of Moonshine's package (Dickens)."""


async def heard(recogniser: RecogniserProcess, *texts: str, hints: tuple[str, ...] = ()) -> list[Transcript]:
    """What the recogniser makes of an espeak-ng caller."""
    speaker = speaker_for("espeak")
    try:
        with anyio.fail_after(300):
            sounds = [await said(speaker, text) for text in texts]
            return [await understood(recogniser, sound, hints) for sound in sounds]
    finally:
        await speaker.close()
        await recogniser.close()


async def test_pocketsphinx_hears_the_simplest_answers() -> None:
    need_speech("pocketsphinx", "espeakng_loader")
    recogniser = recogniser_for(RecogniserChoice(name="pocketsphinx", mode="grammar"))
    transcripts = await heard(recogniser, "yes", "no", "the wall lamp", hints=("wall lamp", "desk lamp"))
    understood_well = [
        transcripts[0].text in ("yes", "yeah", "yep"),
        transcripts[1].text == "no",
        transcripts[2].text.endswith("wall lamp"),
    ]
    assert sum(understood_well) >= 2, [transcript.text for transcript in transcripts]


async def test_what_is_not_expected_is_not_bent_into_the_grammar() -> None:
    need_speech("pocketsphinx", "espeakng_loader")
    recogniser = recogniser_for(RecogniserChoice(name="pocketsphinx", mode="grammar"))
    questions = ("How do I reset my password?", "Where is my order?")
    assert [transcript.text for transcript in await heard(recogniser, *questions)] == ["", ""]


async def test_open_pocketsphinx_hears_words_as_they_come() -> None:
    need_speech("pocketsphinx", "espeakng_loader")
    recogniser = recogniser_for(RecogniserChoice(name="pocketsphinx", mode="open"))
    (transcript,) = await heard(recogniser, "How long does a refund take?")
    assert {"how", "refund"} & set(words(transcript.text)), transcript.text


async def test_moonshine_hears_a_person_over_a_telephone_line() -> None:
    need_speech("moonshine_voice")
    from moonshine_voice.utils import get_assets_path  # noqa: PLC0415 - an extra

    recogniser = recogniser_for(RecogniserChoice())
    assert recogniser.name == "moonshine"
    sound = recording(get_assets_path() / "two_cities.wav")[: 13 * RATE]
    try:
        with anyio.fail_after(300):
            recognition = recogniser.begin(language="en")
            recognition.feed(sound[: 5 * RATE])
            partial = await recognition.partial()
            recognition.feed(sound[5 * RATE :])
            transcript = await recognition.finish()
    finally:
        await recogniser.close()
    wrong, count = word_errors(TWO_CITIES, transcript.text)
    assert wrong <= 0.1 * count, transcript.text
    assert words(partial)[:6] == words(TWO_CITIES)[:6]
    assert transcript.language == "en"


async def test_a_recording_is_transcribed_by_a_real_model() -> None:
    if not WHISPER or not SPEECH:
        pytest.skip("name a Whisper model in FRONTDESK_TEST_WHISPER, a recording in FRONTDESK_TEST_SPEECH")
    need_speech("faster_whisper")
    recogniser = recogniser_for(RecogniserChoice(model=WHISPER))
    try:
        with anyio.fail_after(600):
            await recogniser.warm()
            recognition = recogniser.begin(language="en")
            sound = recording(Path(SPEECH))
            recognition.feed(sound[: 5 * RATE])
            partial = await recognition.partial()
            recognition.feed(sound[5 * RATE :])
            transcript = await recognition.finish()
    finally:
        await recogniser.close()
    wrong, count = word_errors(Path(SPEECH).with_suffix(".txt").read_text(encoding="utf-8"), transcript.text)
    assert wrong <= MOST_WORDS_WRONG * count, transcript.text
    assert words(partial)[:3] == words(transcript.text)[:3]
    assert transcript.language == "en"


def recording(file: Path) -> Samples:
    """A recording of any format as a telephone carries it."""
    from faster_whisper.audio import decode_audio  # noqa: PLC0415 - an extra

    wave = decode_audio(str(file), sampling_rate=RATE)
    return from_mulaw(to_mulaw(np.clip(np.rint(wave * 32767), -32768, 32767).astype(np.int16)))
