"""What every recogniser promises."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import anyio
import numpy as np
import pytest

from channels.voice.recogniser import Recogniser, Transcript
from channels.voice.recogniser_process import RecogniserLimits
from channels.voice.recognisers import RecogniserChoice, recogniser_for
from channels.voice.sound import RATE, Samples, tone
from core.errors import SpeechUnavailable
from tests.fakes.scripted_speech import ScriptedRecogniser
from tests.services.speech_packages import need_speech
from tests.services.tiny_whisper import SENTENCE, make_whisper

pytestmark = pytest.mark.anyio

LIMITS = RecogniserLimits(longest_s=20.0)
HOSTILE = [
    "<|endoftext|>",
    "lamp; public <said> = a",
    "\x00\ud800",
    "🙂" * 500,
    "",
    "a " * 5000,
    "{}|()*+[]/\\",
]


def scripted(folder: Path) -> Recogniser:
    del folder
    return ScriptedRecogniser([SENTENCE] * 50)


def pocketsphinx(folder: Path) -> Recogniser:
    del folder
    need_speech("pocketsphinx")
    return recogniser_for(RecogniserChoice(name="pocketsphinx", decoders=2), LIMITS)


def moonshine(folder: Path) -> Recogniser:
    del folder
    need_speech("moonshine_voice")
    return recogniser_for(RecogniserChoice(name="moonshine"), LIMITS)


def faster_whisper(folder: Path) -> Recogniser:
    need_speech("faster_whisper")
    model = str(make_whisper(folder))
    return recogniser_for(RecogniserChoice(name="faster-whisper", model=model, filters=False), LIMITS)


CASES: dict[str, Callable[[Path], Recogniser]] = {
    "scripted": scripted,
    "pocketsphinx": pocketsphinx,
    "moonshine": moonshine,
    "faster-whisper": faster_whisper,
}
THAT_KNOW_SILENCE = ("pocketsphinx", "moonshine", "faster-whisper")


@pytest.fixture(params=CASES, scope="module")
async def recogniser(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Recogniser]:
    made = CASES[request.param](tmp_path_factory.mktemp("models") / "whisper")
    await made.warm()
    yield made
    await made.close()


@pytest.fixture(autouse=True)
async def nothing_is_left(recogniser: Recogniser) -> AsyncIterator[None]:
    with anyio.fail_after(300):
        yield
    assert getattr(recogniser, "underway", 0) == 0


def voice(seconds: float = 1.0) -> Samples:
    """Something like speech: a buzz whose loudness and colour change four times a second."""
    at = np.arange(round(seconds * RATE)) / RATE
    buzz = sum(tone(seconds, hertz).astype(np.float64) / hertz for hertz in range(120, 3000, 120))
    shaped = buzz * 200 * np.abs(np.sin(2 * np.pi * 2 * at))
    return np.clip(shaped, -32768, 32767).astype(np.int16)


async def heard(recogniser: Recogniser, sound: Samples, **given: object) -> Transcript:
    recognition = recogniser.begin(**given)  # type: ignore[arg-type]
    for start in range(0, len(sound), 160):
        recognition.feed(sound[start : start + 160])
    return await recognition.finish()


async def test_speech_becomes_a_transcript(recogniser: Recogniser) -> None:
    transcript = await heard(recogniser, voice(), language="en", hints=["my order"])
    assert isinstance(transcript.text, str)
    assert transcript.took_s >= 0
    assert transcript.confidence is None or 0 <= transcript.confidence <= 1
    assert transcript.language in ("", "en")


async def test_no_sound_is_no_words(recogniser: Recogniser) -> None:
    if recogniser.name in THAT_KNOW_SILENCE:
        assert (await heard(recogniser, np.zeros(0, np.int16))).text == ""


async def test_silence_is_no_words(recogniser: Recogniser) -> None:
    if recogniser.name in THAT_KNOW_SILENCE:
        faint = np.random.default_rng(0).integers(-20, 20, 3 * RATE).astype(np.int16)
        assert (await heard(recogniser, faint)).text == ""


async def test_noise_gets_a_transcript_all_the_same(recogniser: Recogniser) -> None:
    noise = np.random.default_rng(0).integers(-32768, 32768, 2 * RATE).astype(np.int16)
    assert isinstance((await heard(recogniser, noise)).text, str)


async def test_a_single_sample_is_no_failure(recogniser: Recogniser) -> None:
    assert isinstance((await heard(recogniser, np.full(1, 9000, np.int16))).text, str)


async def test_a_partial_can_be_asked_for_at_any_time(recogniser: Recogniser) -> None:
    recognition = recogniser.begin()
    assert await recognition.partial() == ""
    for _ in range(10):
        recognition.feed(voice(0.3))
        assert isinstance(await recognition.partial(), str)
    await recognition.finish()
    assert isinstance(await recognition.partial(), str)


async def test_an_utterance_ends_once(recogniser: Recogniser) -> None:
    recognition = recogniser.begin()
    recognition.feed(voice())
    await recognition.finish()
    recognition.feed(voice())
    with pytest.raises(SpeechUnavailable):
        await recognition.finish()


async def test_a_cancelled_utterance_is_forgotten(recogniser: Recogniser) -> None:
    recognition = recogniser.begin()
    recognition.feed(voice())
    await recognition.partial()
    recognition.cancel()
    recognition.cancel()
    recognition.feed(voice())
    with pytest.raises(SpeechUnavailable):
        await recognition.finish()
    assert isinstance((await heard(recogniser, voice())).text, str)


async def test_whoever_waits_for_words_can_give_up(recogniser: Recogniser) -> None:
    recognition = recogniser.begin()
    recognition.feed(voice(3.0))
    waiting = asyncio.create_task(recognition.finish())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting})
    recognition.cancel()
    assert isinstance((await heard(recogniser, voice())).text, str)


@pytest.mark.parametrize("language", ["", "en", "en-GB", "tlh", "\x00"])
async def test_any_language_can_be_asked_for(recogniser: Recogniser, language: str) -> None:
    assert isinstance((await heard(recogniser, voice(), language=language)).text, str)


async def test_no_hint_can_break_it(recogniser: Recogniser) -> None:
    assert isinstance((await heard(recogniser, voice(), hints=HOSTILE)).text, str)


async def test_several_calls_at_once_are_all_heard(recogniser: Recogniser) -> None:
    calls = [recogniser.begin(language="en", hints=[f"lamp {number}"]) for number in range(5)]
    for _ in range(3):
        for call in calls:
            call.feed(voice(0.4))
    partials = await asyncio.gather(*(call.partial() for call in calls))
    assert all(isinstance(text, str) for text in partials)
    calls[0].cancel()
    transcripts = await asyncio.gather(*(call.finish() for call in calls[1:]))
    assert len(transcripts) == 4


async def test_the_desk_goes_on_while_words_are_found(recogniser: Recogniser) -> None:
    recognition = recogniser.begin()
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    recognition.feed(voice(5.0))
    await recognition.finish()
    counting.cancel()
    assert turns > 0


@pytest.mark.parametrize("name", CASES)
async def test_after_closing_nothing_is_heard(name: str, tmp_path: Path) -> None:
    recogniser = CASES[name](tmp_path / "whisper")
    await recogniser.close()
    with pytest.raises(SpeechUnavailable):
        await heard(recogniser, voice())
    await recogniser.close()
