"""Sentences that are said again and again come from memory; all others are not kept."""

from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from channels.voice.sentence_cache import SentenceCache
from core.errors import SpeechUnavailable
from tests.fakes.scripted_speech import ScriptedSpeaker

pytestmark = pytest.mark.anyio
GREETING = "Good morning, this is the help desk. This call may be recorded."


async def heard(speaker: SentenceCache, text: str, language: str = "en", speed: float = 1.0) -> bytes:
    return b"".join([piece async for piece in speaker.speak(text, language=language, speed=speed)])


async def test_what_is_prepared_starts_without_the_voice() -> None:
    voice = ScriptedSpeaker()
    cache = SentenceCache(voice)
    await cache.prepare([GREETING, "One moment."], language="en")
    meant = await heard(SentenceCache(ScriptedSpeaker()), GREETING)
    voice.die()
    assert await heard(cache, GREETING) == meant
    assert len(voice.spoken) == 2
    with pytest.raises(SpeechUnavailable):
        await heard(cache, "Something new.")


async def test_preparing_twice_makes_it_once() -> None:
    voice = ScriptedSpeaker()
    cache = SentenceCache(voice)
    for _ in range(2):
        await cache.prepare([GREETING], language="en")
    assert len(voice.spoken) == 1


async def test_what_is_said_twice_is_kept_and_what_is_said_once_is_not() -> None:
    voice = ScriptedSpeaker()
    cache = SentenceCache(voice)
    first = await heard(cache, "Are you still there?")
    assert cache.kept_bytes == 0
    assert await heard(cache, "Are you still there?") == first
    assert cache.kept_bytes == len(first)
    assert await heard(cache, "Are you still there?") == first
    assert len(voice.spoken) == 2


async def test_language_speed_and_text_each_have_their_own_sound() -> None:
    voice = ScriptedSpeaker()
    cache = SentenceCache(voice)
    await cache.prepare(["Hello there."], language="en")
    for language, speed, text in (
        ("de", 1.0, "Hello there."),
        ("en", 0.8, "Hello there."),
        ("en", 1.0, "Hello."),
    ):
        await heard(cache, text, language, speed)
    assert len(voice.spoken) == 4


async def test_it_holds_no_more_than_it_may_and_lets_go_of_what_is_longest_unused() -> None:
    voice = ScriptedSpeaker(seconds_per_word=0.1)
    cache = SentenceCache(voice, most_bytes=8000)  # ten sentences of a word
    words = [f"word{number}" for number in range(12)]
    await cache.prepare(words[:10], language="en")
    await heard(cache, words[0])
    await cache.prepare(words[10:], language="en")
    assert cache.kept_bytes <= 8000
    made = len(voice.spoken)
    await heard(cache, words[0])
    assert len(voice.spoken) == made
    await heard(cache, words[1])
    assert len(voice.spoken) == made + 1


async def test_one_long_sentence_does_not_push_out_all_others() -> None:
    cache = SentenceCache(ScriptedSpeaker(), most_bytes=8000)
    await cache.prepare(["word " * 100], language="en")
    assert cache.kept_bytes == 0


async def test_a_sentence_that_was_broken_off_is_not_kept() -> None:
    voice = ScriptedSpeaker()
    cache = SentenceCache(voice)
    await heard(cache, GREETING)
    async with aclosing(cache.speak(GREETING, language="en")) as making:
        await anext(aiter(making))
    assert cache.kept_bytes == 0
    assert not voice.spoken[-1].is_whole


async def test_stopping_to_read_stops_the_voice_at_once() -> None:
    class Endless(ScriptedSpeaker):
        stopped = False

        async def speak(self, text: str, *, language: str, speed: float = 1.0) -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"\xff"
            finally:
                self.stopped = True

    voice = Endless()
    async with aclosing(SentenceCache(voice).speak("On and on.", language="en")) as making:
        await anext(aiter(making))
    assert voice.stopped


async def test_it_does_not_hold_the_texts() -> None:
    cache = SentenceCache(ScriptedSpeaker())
    private = "Your code is one two three four."
    await heard(cache, private)
    await heard(cache, private)
    assert private not in repr(vars(cache) | {"speaker": None})


async def test_closing_forgets_and_closes_the_voice() -> None:
    voice = ScriptedSpeaker()
    cache = SentenceCache(voice)
    await cache.warm()
    assert voice.is_warm
    await cache.prepare([GREETING], language="en")
    await cache.close()
    assert cache.kept_bytes == 0
    assert voice.is_closed
