"""What of a desk's sentences was heard, whatever the carrier's marks do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from channels.simulators.call_clock import run_virtually
from channels.simulators.call_playout import Playout as Carrier
from channels.voice.line_clock import LineClock
from channels.voice.playout import Playout
from channels.voice.sound import RATE
from channels.voice.sound_mouth import SoundMouth, SoundMouthOptions
from channels.voice.speaker import Speaker
from channels.voice.speech import words_heard
from tests.fakes.scripted_speech import ScriptedSpeaker
from tests.fakes.sound_desk import sentence

COUNT = "One two three four five six seven eight nine ten."


class Line:
    """A carrier in memory: it plays in time, and treats its marks as it is told to."""

    def __init__(self, treat: Callable[[str], list[tuple[float, str]]]) -> None:
        self.carrier, self.treat = Carrier(), treat
        self.mouth: SoundMouth | None = None
        self.played = bytearray()
        self.clears: list[float] = []

    def send(self, sound: bytes) -> None:
        self.carrier.add_sound(sound)

    def mark(self, name: str) -> None:
        self._echo(self.carrier.add_mark(name))

    def clear(self) -> None:
        self.clears.append(asyncio.get_running_loop().time())
        self._echo(self.carrier.clear())

    async def run(self) -> None:
        while True:
            await asyncio.sleep(0.02)
            sound, marks = self.carrier.play(160)
            self.played += sound
            self._echo(marks)

    def _echo(self, names: list[str]) -> None:
        assert self.mouth is not None
        for name in names:
            for late_s, echoed in self.treat(name):
                asyncio.get_running_loop().call_later(late_s, self.mouth.reached, echoed)


class Faltering:
    """A voice that makes a little more than a piece, and then takes its time."""

    name = "faltering"

    async def warm(self) -> None:
        """It is."""

    async def speak(self, text: str, *, language: str, speed: float = 1.0) -> AsyncIterator[bytes]:
        for _ in text.split():
            yield b"\x80" * 1000
            await asyncio.sleep(0.3)

    async def close(self) -> None:
        """Nothing to close."""


def spoken_over(
    treat: Callable[[str], list[tuple[float, str]]],
    talk: Callable[[SoundMouth, Line], Awaitable[None]],
    speaker: Speaker | None = None,
) -> list[str]:
    """Why the mouth stopped by itself, if it did, after the talk."""

    async def main() -> list[str]:
        line = Line(treat)
        mouth = SoundMouth(line, speaker or ScriptedSpeaker(), SoundMouthOptions())  # type: ignore[arg-type]
        line.mouth = mouth
        playing = asyncio.create_task(mouth.play())
        others = [asyncio.create_task(work) for work in (mouth.make(), line.run())]
        try:
            async with asyncio.timeout(120):
                await talk(mouth, line)
            return [playing.result()] if playing.done() else []
        finally:
            mouth.close()
            for task in (playing, *others):
                task.cancel()
            await asyncio.gather(playing, *others, return_exceptions=True)

    return run_virtually(main())


TREATMENTS: dict[str, Callable[[str], list[tuple[float, str]]]] = {
    "faithful": lambda name: [(0.0, name)],
    "a long way": lambda name: [(0.15, name)],
    "lost": lambda _: [],
    "twice": lambda name: [(0.0, name), (0.3, name)],
    "late": lambda name: [(1.0, name)],
    "out of order": lambda name: [(0.3 if int(name.split(".")[1]) % 2 else 0.0, name)],
    "with strangers": lambda name: [(0.0, "stranger"), (0.0, name), (0.0, "0.999")],
}


@pytest.mark.parametrize("treat", TREATMENTS.values(), ids=TREATMENTS)
def test_a_sentence_is_done_and_heard_whatever_the_marks_do(
    treat: Callable[[str], list[tuple[float, str]]],
) -> None:
    async def talk(mouth: SoundMouth, line: Line) -> None:
        mouth.say(sentence(COUNT))
        mouth.say(sentence("And that is all."))
        told = await mouth.said()
        assert [each.share for each in told] == [1.0, 1.0]
        assert 4.19 < asyncio.get_running_loop().time() < 4.2 + 1.6

    assert spoken_over(treat, talk) == []


@pytest.mark.parametrize("treat", TREATMENTS.values(), ids=TREATMENTS)
def test_what_was_heard_before_a_cut_is_known_to_a_word_or_so_and_never_overstated_by_one(
    treat: Callable[[str], list[tuple[float, str]]],
) -> None:
    async def talk(mouth: SoundMouth, line: Line) -> None:
        mouth.say(sentence(COUNT))
        await asyncio.sleep(1.61)
        cut = mouth.hush()
        heard_s = sum(each != 0xFF for each in line.played) / RATE
        assert cut[0].share * 3.0 <= heard_s + 0.03
        late_s = 1.05 if treat is TREATMENTS["late"] else 0.35
        assert cut[0].share * 3.0 >= heard_s - late_s
        assert COUNT.startswith(cut[0].text)
        at = len(line.played)
        await asyncio.sleep(0.5)
        assert not bytes(line.played[at:]).strip(b"\xff"), "stale sound"
        mouth.say(sentence("Next."))
        assert [each.share for each in await mouth.said()] == [cut[0].share, 1.0]

    assert spoken_over(treat, talk) == []


def test_marks_that_a_clear_sends_back_prove_nothing() -> None:
    async def talk(mouth: SoundMouth, line: Line) -> None:
        mouth.say(sentence(COUNT))
        await asyncio.sleep(0.5)
        first = mouth.hush()[0].share
        await asyncio.sleep(0.1)
        mouth.say(sentence(COUNT))
        await asyncio.sleep(0.25)
        assert 0.3 < first * 3 < 0.51
        assert 0.05 < mouth.hush()[0].share * 3 < 0.26

    spoken_over(TREATMENTS["a long way"], talk)


def test_a_carrier_that_stops_sending_marks_back_is_held_to_be_gone() -> None:
    async def talk(mouth: SoundMouth, line: Line) -> None:
        mouth.say(sentence(COUNT))
        await mouth.said()
        line.treat = TREATMENTS["lost"]
        mouth.say(sentence(COUNT))
        await asyncio.sleep(40)

    assert spoken_over(TREATMENTS["faithful"], talk) == ["the carrier has not played anything for 15 s"]


def test_a_sentence_said_while_held_waits_and_a_protected_one_is_not_held() -> None:
    async def talk(mouth: SoundMouth, line: Line) -> None:
        mouth.say(sentence("This is protected here.", is_protected=True))
        mouth.say(sentence(COUNT))
        await asyncio.sleep(0.3)
        mouth.hold()
        assert mouth.is_speaking
        await asyncio.sleep(3)
        assert not mouth.is_speaking
        assert line.clears == []
        assert sum(each != 0xFF for each in line.played) / RATE == pytest.approx(1.2, abs=0.1)
        mouth.resume()
        assert [each.share for each in await mouth.said()] == [1.0, 1.0]

    spoken_over(TREATMENTS["faithful"], talk)


def test_a_sentence_that_nothing_is_to_be_said_of_is_done() -> None:
    async def talk(mouth: SoundMouth, line: Line) -> None:
        mouth.say(sentence("[1]"))
        assert [each.share for each in await mouth.said()] == [1.0]

    spoken_over(TREATMENTS["faithful"], talk)


def test_after_the_end_nothing_waits_and_nothing_is_heard() -> None:
    async def talk(mouth: SoundMouth, line: Line) -> None:
        mouth.say(sentence(COUNT))
        await asyncio.sleep(1)
        mouth.close()
        mouth.say(sentence("Too late."))
        told = await mouth.said()
        assert [each.share == 0 for each in told] == [False, True]
        assert mouth.hush() == []

    spoken_over(TREATMENTS["faithful"], talk)


def test_what_was_heard_grows_with_the_clock_and_is_never_less_than_a_mark_proves() -> None:
    playout = Playout()
    first = playout.add(800, 0.0)
    playout.add(800, 0.0)
    assert playout.heard(0.05) == 400
    playout.reached(first, 0.16)
    assert playout.heard(0.16) == 800
    assert playout.heard(0.2) == 800 + 320
    assert playout.heard(9.0) == 1600
    playout.clear()
    playout.reached(first, 9.0)
    assert playout.heard(9.0) == 0


@pytest.mark.parametrize("begins_s", [0.02, 0.06, 0.1, 0.14, 0.18, 7.02, 7.06, 33.1])
def test_a_voice_that_falters_is_waited_for_and_not_asked_over_and_over(begins_s: float) -> None:
    async def talk(mouth: SoundMouth, line: Line) -> None:
        await asyncio.sleep(begins_s)
        mouth.say(sentence("One two three."))
        assert [each.share for each in await mouth.said()] == [1.0]

    assert spoken_over(TREATMENTS["faithful"], talk, Faltering()) == []


def test_digits_take_their_time() -> None:
    text = "Order 20418 is on its way."
    assert words_heard(text, 0.0) == ""
    assert words_heard(text, 0.3) == "Order"
    assert words_heard(text, 1.0) == text


def test_sound_that_comes_in_a_burst_was_made_when_it_was_made() -> None:
    clock = LineClock()
    for number in range(1, 51):
        clock.arrived(160, number * 0.02 + 0.05)
    for _ in range(100):
        clock.arrived(160, 3.05)
    assert clock.at(RATE) == pytest.approx(1.05)
    assert clock.at(2 * RATE) == pytest.approx(2.05)
