"""What every voice promises: sound for a telephone, from the first clause on, whatever happens to it."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

import anyio
import numpy as np
import psutil
import pytest

from channels.voice.child import ChildLimits
from channels.voice.child_speaker import ChildSpeaker
from channels.voice.loudness import LEVEL, speech_level
from channels.voice.sentence_cache import SentenceCache
from channels.voice.sound import RATE, Samples, from_mulaw
from channels.voice.speaker import Speaker
from channels.voice.speakers import speaker_for
from core.errors import SpeechUnavailable
from tests.fakes.espeak_program import write_program
from tests.fakes.scripted_speech import ScriptedSpeaker
from tests.fakes.tiny_piper import make_voice
from tests.services.speech_packages import need_speech

pytestmark = pytest.mark.anyio
LIMITS = ChildLimits(start_s=120, silence_s=120, patience_s=120, first_pause_s=0.01)
SENTENCE = "Your order left our warehouse this morning, and it should be with you on Friday."
SAID = {
    "en": SENTENCE,
    "es": "Su pedido salió esta mañana de nuestro almacén, y debería llegarle el viernes.",
    "de": "Ihre Bestellung hat heute Morgen unser Lager verlassen, und sie sollte am Freitag bei Ihnen sein.",
    "fr": "Votre commande a quitté notre entrepôt ce matin, et elle devrait arriver vendredi chez vous.",
}
HOSTILE = {
    "nothing": "",
    "spaces": " \t\n ",
    "signs": "… !? -- ,,, ()",
    "controls": "One\x00two\x01three\x1b[31mfour\x7f\u202e five",
    "a rate command of espeak-ng": "One \x01400S two three four five",
    "pictures": "Thank you \U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467 very much ❤️",
    "markup": "<speak>Wait <break time='60s'/> here</speak> [[h@l'oU]] {x} & then",
    "no words": "x" * 3000,
    "other scripts": "日本語 العربية ελληνικά",
    "numbers": "3.14 1e9 #42 $5 50% 12:30",
}


@dataclass(frozen=True)
class Case:
    """A voice, and what it can: languages it `speaks`, and whether it `is_real` speech at one level."""

    name: str
    make: Callable[[Path], Speaker]
    speaks: tuple[str, ...] = ("en",)
    is_real: bool = False


def espeak(_: Path) -> Speaker:
    need_speech("espeakng_loader")
    return speaker_for("espeak", limits=LIMITS)


def espeak_program(folder: Path) -> Speaker:
    need_speech("espeakng_loader")
    program = write_program(folder / "espeak-ng")
    return speaker_for("espeak", program=str(program), limits=LIMITS)


def piper(folder: Path) -> Speaker:
    need_speech("piper")
    make_voice(folder / "voices", "en_US-tiny-low", espeak="en-us", language="en_US")
    make_voice(folder / "voices", "de_DE-tiny-low", espeak="de", language="de_DE", loudness=0.02)
    voices = dict.fromkeys(("en", "de"), str(folder / "voices"))
    return speaker_for("auto", voices=voices, threads=1, limits=LIMITS)


def scripted(_: Path) -> Speaker:
    return ScriptedSpeaker()


CASES = [
    Case("scripted", scripted),
    Case("espeak-ng", espeak, speaks=("en", "es", "de", "fr"), is_real=True),
    Case("espeak-ng program", espeak_program, speaks=("en",), is_real=True),
    Case("piper", piper, speaks=("en", "de"), is_real=True),
]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    return request.param


@pytest.fixture(scope="module")
async def speaker(case: Case, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Speaker]:
    """The voice, once for all tests; nothing of it is left afterwards."""
    others = set(psutil.Process().children())
    made = case.make(tmp_path_factory.mktemp("voice"))
    try:
        with anyio.fail_after(120):
            await made.warm()
        yield made
    finally:
        with anyio.fail_after(60):
            await made.close()
    assert set(psutil.Process().children()) <= others


@pytest.fixture(autouse=True)
async def in_time() -> AsyncIterator[None]:
    """No test waits for ever."""
    loop = asyncio.get_running_loop()
    test = asyncio.current_task()
    assert test
    timer = loop.call_later(240, test.cancel)
    yield
    timer.cancel()


def process_of(speaker: Speaker) -> ChildSpeaker:
    """The voice behind the cache, where it is made in a child process."""
    behind = speaker.speaker if isinstance(speaker, SentenceCache) else None
    if not isinstance(behind, ChildSpeaker):
        pytest.skip("no process to kill: it speaks in this one")
    return behind


async def pieces(speaker: Speaker, text: str, language: str = "en", speed: float = 1.0) -> list[bytes]:
    return [piece async for piece in speaker.speak(text, language=language, speed=speed)]


async def sound(speaker: Speaker, text: str, language: str = "en", speed: float = 1.0) -> Samples:
    return from_mulaw(b"".join(await pieces(speaker, text, language, speed)))


async def test_it_has_a_name(speaker: Speaker) -> None:
    assert speaker.name


async def test_a_sentence_becomes_seconds_of_sound(speaker: Speaker) -> None:
    heard = await sound(speaker, SENTENCE)
    assert 2 < len(heard) / RATE < 12
    assert np.abs(heard.astype(np.int32)).max() > 3000


async def test_no_piece_is_empty(speaker: Speaker) -> None:
    assert all(await pieces(speaker, SENTENCE))


async def test_the_first_piece_comes_before_the_whole(speaker: Speaker) -> None:
    text = " ".join(f"This is sentence {word}." for word in "one two three four five six".split())
    made = await pieces(speaker, text)
    assert len(made) >= 3
    assert len(made[0]) < sum(map(len, made)) / 2


async def test_the_same_text_takes_about_the_same_time_again(speaker: Speaker) -> None:
    first, second = [len(await sound(speaker, "It costs four dollars and ten cents.")) for _ in range(2)]
    assert second == pytest.approx(first, rel=0.1)


async def test_more_words_take_more_time(speaker: Speaker) -> None:
    assert len(await sound(speaker, SENTENCE)) > 2 * len(await sound(speaker, "It is."))


async def test_slower_is_longer(speaker: Speaker) -> None:
    plain, slow = [len(await sound(speaker, SENTENCE, speed=speed)) for speed in (1.0, 0.8)]
    assert 1.1 < slow / plain < 1.4


async def test_a_speed_beyond_reason_is_no_failure(speaker: Speaker) -> None:
    for speed in (0.1, 10.0):
        assert len(await sound(speaker, "It is here.", speed=speed))


async def test_every_language_of_it_is_spoken_in_its_own_way(case: Case, speaker: Speaker) -> None:
    heard = {language: await sound(speaker, SAID[language], language) for language in case.speaks}
    assert all(2 < len(each) / RATE < 14 for each in heard.values())
    for language in case.speaks[1:]:
        assert len(await sound(speaker, SAID[language], "en")) != len(heard[language])


async def test_a_region_changes_nothing(speaker: Speaker) -> None:
    assert len(await sound(speaker, SENTENCE, "en-GB")) == pytest.approx(
        len(await sound(speaker, SENTENCE, "en")), rel=0.1
    )


async def test_a_language_it_does_not_know_is_spoken_all_the_same(speaker: Speaker) -> None:
    assert len(await sound(speaker, SENTENCE, "xx"))


async def test_all_languages_are_equally_loud_and_none_clips(case: Case, speaker: Speaker) -> None:
    if not case.is_real:
        pytest.skip("a tone has no level of speech")
    for language in case.speaks:
        heard = await sound(speaker, SAID[language], language)
        assert speech_level(heard) == pytest.approx(LEVEL, rel=0.35)
        assert np.abs(heard.astype(np.int32)).max() < 0.9 * 32768


async def test_it_begins_at_once_and_without_a_click(case: Case, speaker: Speaker) -> None:
    if not case.is_real:
        pytest.skip("a tone begins where it begins")
    for piece in await pieces(speaker, SENTENCE):
        heard = np.abs(from_mulaw(piece).astype(np.int32))
        assert heard[: RATE // 50].max() > 64
        assert heard[0] < 200
        assert heard[-1] < 200


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_text_is_read_or_dropped(case: Case, speaker: Speaker, name: str) -> None:
    heard = await sound(speaker, HOSTILE[name])
    assert len(heard) / RATE < 900
    if name == "markup" and case.is_real:
        assert 1 < len(heard) / RATE < 20  # the break of a minute is not obeyed
    if name in ("nothing", "spaces"):
        assert not len(heard)


async def test_a_command_hidden_in_a_text_does_not_change_the_next(speaker: Speaker) -> None:
    before = len(await sound(speaker, "What comes after is as before."))
    for text in HOSTILE.values():
        await sound(speaker, text[:200])
    assert len(await sound(speaker, "What comes after is as before.")) == pytest.approx(before, rel=0.1)


async def test_ten_thousand_characters_start_at_once_and_are_stopped_at_will(speaker: Speaker) -> None:
    text = ("All goods can be returned within thirty days. " * 300)[:10_000]
    async with aclosing(speaker.speak(text, language="en")) as making:
        first = await anext(aiter(making))
    assert first
    assert len(await sound(speaker, "And it goes on with something else."))


async def test_two_at_once_do_not_mix(speaker: Speaker) -> None:
    texts = [f"This is caller number {word}, and nobody else." for word in "one two three four".split()]
    alone = [len(await sound(speaker, text)) for text in texts]
    together = await asyncio.gather(*(sound(speaker, text) for text in texts))
    assert [len(each) for each in together] == pytest.approx(alone, rel=0.1)


async def test_a_short_sentence_does_not_wait_for_a_long_one(speaker: Speaker) -> None:
    long = "We will look into this for you at once. " * 100
    async with aclosing(speaker.speak(long, language="en")) as making:
        await anext(aiter(making))
        assert len(await sound(speaker, "One moment."))
        assert await anext(aiter(making))


async def test_a_child_that_is_killed_in_a_sentence_says_the_rest_all_the_same(speaker: Speaker) -> None:
    voice = process_of(speaker)
    text = " ".join(f"This is sentence {word} of a long answer." for word in "one two three four".split() * 3)
    whole = len(await sound(voice, text))
    heard = b""
    killed = None
    async for piece in voice.speak(text, language="en"):
        heard += piece
        if killed is None:
            killed = voice.child.pid
            assert killed
            os.kill(killed, signal.SIGKILL)
    assert len(heard) == pytest.approx(whole, rel=0.05)
    assert voice.child.pid != killed


async def test_a_child_that_is_always_killed_is_said_to_be_gone(speaker: Speaker) -> None:
    voice = process_of(speaker)
    text = "Nobody will ever hear the end of this sentence. " * 50
    with pytest.raises(SpeechUnavailable, match=voice.name):
        async for _ in voice.speak(text, language="en"):
            if voice.child.pid:
                os.kill(voice.child.pid, signal.SIGKILL)
    assert len(await sound(voice, "It is back."))


async def test_half_a_character_is_dropped(speaker: Speaker) -> None:
    assert len(await sound(process_of(speaker), "One \ud800 two."))


async def test_stopping_to_read_stops_the_making(speaker: Speaker) -> None:
    voice = process_of(speaker)
    text = "This goes on for a very long time indeed. " * 50
    for _ in range(5):
        async with aclosing(voice.speak(text, language="en")) as making:
            await anext(aiter(making))
    assert not voice.child._exchanges
    assert len(await sound(voice, "It is free again."))
