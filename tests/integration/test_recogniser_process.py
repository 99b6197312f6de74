"""A recogniser in a process of its own: partials that cost little, and deaths that cost no words."""

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import psutil
import pytest

from channels.simulators.call_clock import run_virtually
from channels.voice.child import ChildLimits
from channels.voice.recogniser import Recognition
from channels.voice.recogniser_process import RecogniserLimits, RecogniserProcess
from channels.voice.recognisers import RecogniserChoice, missing_for, recogniser_for
from channels.voice.sound import RATE, Samples, tone
from core.errors import Misconfigured, SpeechUnavailable
from tests.fakes.recogniser_child import DEADLY
from tests.services.speech_packages import need_speech
from tests.services.tiny_whisper import SENTENCE, make_whisper

pytestmark = pytest.mark.anyio

CHILD = ChildLimits(start_s=60, silence_s=60, patience_s=60, first_pause_s=0.01)
LIMITS = RecogniserLimits(longest_s=5.0, child=CHILD)
SECOND = tone(1.0)
SILENCE = np.zeros(RATE, np.int16)


@asynccontextmanager
async def counting(
    tmp_path: Path, *, processes: int = 1, limits: RecogniserLimits = LIMITS, **settings: Any
) -> AsyncIterator[RecogniserProcess]:
    """A recogniser that counts; afterwards nothing of it is left."""
    threads, tasks, children = threading.active_count(), asyncio.all_tasks(), psutil.Process().children()
    given = {"died": str(tmp_path / "died"), **settings}
    recogniser = RecogniserProcess(
        "counting", "tests.fakes.recogniser_child", given, processes=processes, limits=limits
    )
    try:
        with anyio.fail_after(120):
            await recogniser.warm()
            yield recogniser
            assert recogniser.underway == 0
    finally:
        await recogniser.close()
    assert set(psutil.Process().children()) <= set(children)
    assert threading.active_count() <= threads
    assert asyncio.all_tasks() <= tasks


def spoken(recogniser: RecogniserProcess, sound: Samples, *hints: str) -> Recognition:
    recognition = recogniser.begin(language="en", hints=hints)
    for start in range(0, len(sound), 160):
        recognition.feed(sound[start : start + 160])
    return recognition


def deadly() -> Samples:
    sound = SECOND.copy()
    sound[4000] = DEADLY
    return sound


async def test_all_of_the_sound_arrives(tmp_path: Path) -> None:
    async with counting(tmp_path) as recogniser:
        transcript = await spoken(recogniser, tone(1.2345), "lamp").finish()
        assert transcript.text == "9876 samples, 0 partials, lamp"
        assert (transcript.language, transcript.confidence) == ("en", 0.5)
        assert recogniser.languages == {"en", "de"}


async def test_what_is_longer_than_the_cap_is_cut(tmp_path: Path) -> None:
    async with counting(tmp_path) as recogniser:
        assert (await spoken(recogniser, tone(9.0)).finish()).text == "40000 samples, 0 partials"


async def test_silence_never_reaches_the_process(tmp_path: Path) -> None:
    async with counting(tmp_path) as recogniser:
        recognition = spoken(recogniser, SILENCE)
        assert recogniser.underway == 0
        assert (await recognition.finish()).text == ""


async def test_a_death_in_the_middle_of_an_utterance_costs_no_words(tmp_path: Path) -> None:
    async with counting(tmp_path) as recogniser:
        recognition = spoken(recogniser, SECOND)
        await recognition.partial()
        os.kill(recogniser.pids[0], signal.SIGKILL)
        recognition.feed(SECOND)
        assert (await recognition.finish()).text == "16000 samples, 0 partials"
        assert (await spoken(recogniser, SECOND).finish()).text == "8000 samples, 0 partials"


async def test_a_death_while_the_words_are_found_costs_no_words(tmp_path: Path) -> None:
    async with counting(tmp_path) as recogniser:
        assert (await spoken(recogniser, deadly()).finish()).text == "8000 samples, 0 partials"


async def test_a_sound_that_kills_twice_is_given_up_and_the_next_call_is_heard(tmp_path: Path) -> None:
    async with counting(tmp_path, always=True) as recogniser:
        with pytest.raises(SpeechUnavailable):
            await spoken(recogniser, deadly()).finish()
        assert (await spoken(recogniser, SECOND).finish()).text == "8000 samples, 0 partials"


async def test_a_death_during_a_partial_keeps_the_last_one(tmp_path: Path) -> None:
    async with counting(tmp_path) as recogniser:
        recognition = spoken(recogniser, SECOND)
        assert await recognition.partial() == "8000"
        recognition.feed(deadly())
        assert await recognition.partial() == "8000"
        assert (await recognition.finish()).text == "16000 samples, 0 partials"


async def test_a_failure_at_one_utterance_is_no_failure_of_another(tmp_path: Path) -> None:
    async with counting(tmp_path) as recogniser:
        bad, good = spoken(recogniser, SECOND, "fail"), spoken(recogniser, SECOND)
        with pytest.raises(SpeechUnavailable):
            await bad.finish()
        assert (await good.finish()).text == "8000 samples, 0 partials"


async def test_partials_come_only_with_new_sound_and_rest(tmp_path: Path) -> None:
    async with counting(tmp_path, partial_s=0.05) as recogniser:
        recognition = spoken(recogniser, SECOND)
        began = asyncio.get_running_loop().time()
        assert await recognition.partial() == "8000"
        assert await recognition.partial() == "8000"
        partials = recognition._partials  # type: ignore[attr-defined]
        assert partials.not_before >= began + 2 * 0.05, "it rests as long as it worked"
        recognition.feed(SECOND)
        partials.not_before += 3600
        assert await recognition.partial() == "8000"
        assert (await recognition.finish()).text == "16000 samples, 1 partials"


async def test_a_pause_is_heard_out_at_once_and_only_once(tmp_path: Path) -> None:
    async with counting(tmp_path) as recogniser:
        recognition = spoken(recogniser, SECOND)
        assert await recognition.partial() == "8000"
        partials = recognition._partials  # type: ignore[attr-defined]
        partials.not_before += 3600
        recognition.feed(tone(0.1))
        assert await recognition.partial() == "8000"
        recognition.feed(SILENCE[:2400])
        assert await recognition.partial() == "11200"
        recognition.feed(SILENCE)
        assert await recognition.partial() == "11200", "nothing was said since"
        assert (await recognition.finish()).text == "19200 samples, 2 partials"


async def test_one_partial_is_made_at_a_time_whoever_asks(tmp_path: Path) -> None:
    async with counting(tmp_path, partial_s=0.2) as recogniser:
        calls = [spoken(recogniser, SECOND) for _ in range(5)]
        partials = await asyncio.gather(*(call.partial() for call in calls), calls[0].partial())
        assert sorted(partials) == ["", "", "", "", "", "8000"]
        texts = [(await call.finish()).text for call in calls]
        assert sum("1 partials" in text for text in texts) == 1


async def test_calls_are_shared_among_the_processes(tmp_path: Path) -> None:
    async with counting(tmp_path, processes=2) as recogniser:
        calls = [spoken(recogniser, SECOND) for _ in range(4)]
        assert len(set(recogniser.pids)) == 2
        assert [ear.utterances for ear in recogniser._ears] == [2, 2]
        for call in calls:
            await call.finish()


async def test_closing_ends_whoever_waits(tmp_path: Path) -> None:
    async with counting(tmp_path, partial_s=0.5) as recogniser:
        recognition = spoken(recogniser, SECOND)
        partial = asyncio.create_task(recognition.partial())
        words = asyncio.create_task(recognition.finish())
        await asyncio.sleep(0)
        await recogniser.close()
        assert await partial == ""
        with pytest.raises(SpeechUnavailable):
            await words


def test_it_works_in_virtual_time(tmp_path: Path) -> None:
    async def talk() -> str:
        async with counting(tmp_path) as recogniser:
            recognition = spoken(recogniser, SECOND)
            await asyncio.sleep(60)
            recognition.feed(SECOND)
            return (await recognition.finish()).text

    assert run_virtually(talk()) == "16000 samples, 0 partials"


@pytest.mark.parametrize("name", ["pocketsphinx", "faster-whisper"])
async def test_a_real_recogniser_survives_its_death(name: str, tmp_path: Path) -> None:
    need_speech(name.replace("-", "_"))
    model = str(make_whisper(tmp_path / "whisper")) if name == "faster-whisper" else ""
    recogniser = recogniser_for(RecogniserChoice(name=name, model=model, filters=False), LIMITS)
    try:
        with anyio.fail_after(120):
            await recogniser.warm()
            recognition = spoken(recogniser, SECOND)
            await recognition.partial()
            os.kill(recogniser.pids[0], signal.SIGKILL)
            recognition.feed(SECOND)
            transcript = await recognition.finish()
            assert name == "pocketsphinx" or transcript.text == SENTENCE
    finally:
        await recogniser.close()


async def test_a_whisper_model_hears_partials_and_a_transcript(tmp_path: Path) -> None:
    need_speech("faster_whisper")
    model = str(make_whisper(tmp_path / "whisper"))
    recogniser = recogniser_for(RecogniserChoice(model=model, filters=False, languages=("en-GB",)), LIMITS)
    try:
        with anyio.fail_after(120):
            recognition = spoken(recogniser, SECOND, "my order", "<|endoftext|>")
            assert await recognition.partial() == SENTENCE
            transcript = await recognition.finish()
            assert (transcript.text, transcript.language) == (SENTENCE, "en")
            assert transcript.confidence is not None
            assert transcript.confidence > 0.9
            briefly = tone(0.06)
            assert (await spoken(recogniser, briefly).finish()).text == "", (
                "so much can't be said in the time"
            )
    finally:
        await recogniser.close()


async def test_the_voice_detector_of_the_package_keeps_a_tone_from_the_model(tmp_path: Path) -> None:
    need_speech("faster_whisper")
    model = str(make_whisper(tmp_path / "whisper"))
    recogniser = recogniser_for(RecogniserChoice(model=model), LIMITS)
    try:
        with anyio.fail_after(120):
            assert (await spoken(recogniser, tone(2.0, 1000.0)).finish()).text == ""
    finally:
        await recogniser.close()


async def test_a_broken_model_is_told_in_a_sentence(tmp_path: Path) -> None:
    need_speech("faster_whisper")
    model = make_whisper(tmp_path / "whisper")
    (model / "model.bin").write_bytes(b"no model")
    recogniser = recogniser_for(RecogniserChoice(model=str(model)), LIMITS)
    try:
        with anyio.fail_after(120), pytest.raises(Misconfigured, match="no Whisper model in that folder"):
            await recogniser.warm()
    finally:
        await recogniser.close()


async def test_a_name_that_is_nowhere_is_told_in_a_sentence() -> None:
    need_speech("faster_whisper")
    recogniser = recogniser_for(RecogniserChoice(model="tiny"), LIMITS)
    try:
        with anyio.fail_after(120), pytest.raises(Misconfigured, match="no Whisper model of that name"):
            await recogniser.warm()
    finally:
        await recogniser.close()


def test_what_is_missing_is_said_beforehand(tmp_path: Path) -> None:
    need_speech("faster_whisper")
    assert "needs a model" in missing_for(RecogniserChoice(name="faster-whisper"))
    assert "lacks model.bin" in missing_for(RecogniserChoice(model=str(tmp_path)))
    assert "no folder" in missing_for(RecogniserChoice(model=str(tmp_path / "a" / "b")))
    assert missing_for(RecogniserChoice(model="small")) == ""


def test_an_unknown_recogniser_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(Misconfigured, match="did you mean 'pocketsphinx'"):
        recogniser_for(RecogniserChoice(name="pocketsphynx"))
