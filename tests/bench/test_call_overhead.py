"""What the engine of a call costs in time, with speech that is scripted and a clock that jumps.

Run with `-s` to see the figures. The virtual clock counts what the engine waits for, not what it computes;
`python -m tests.bench.calls_per_core` counts that.
"""

import numpy as np

from channels.simulators.call_caller import Caller
from channels.simulators.call_line import LineQuality
from channels.voice.sound import tone
from channels.voice.sound_telephone import SoundTelephone
from channels.voice.telephone import SpeechBegan, Utterance
from tests.fakes.scripted_speech import ScriptedRecogniser, ScriptedSpeaker
from tests.fakes.sound_desk import SoundDesk, called, sentence

TURNS, WORDS_S, VOICE_S, WAIT_S = 60, 0.2, 0.1, 0.5
ANSWER = "Your order left our house on Tuesday and will reach you on Friday."


async def talk(telephone: SoundTelephone) -> None:
    async for each in telephone.hear():
        if isinstance(each, SpeechBegan):
            await telephone.hush()
        if isinstance(each, Utterance):
            await telephone.say(sentence(ANSWER))


def percentiles(seconds: list[float]) -> tuple[float, float]:
    return float(np.percentile(seconds, 50)), float(np.percentile(seconds, 95))


def test_an_answer_s_first_sound_follows_the_silence_within_150_ms_of_waits_and_models() -> None:
    async def script(caller: Caller) -> None:
        for turn in range(TURNS):
            await caller.silence(0.6 + 0.0137 * (turn % 7))
            await caller.say(tone(1.0 + 0.0031 * turn))
            await caller.wait_for_speech()
            await caller.wait_for_quiet(0.3)

    recogniser = ScriptedRecogniser(["My lamp has not come yet"] * TURNS, delay_s=WORDS_S)
    desk = SoundDesk(talk, recogniser, ScriptedSpeaker(delay_s=VOICE_S))
    recording = called(desk, script, quality=LineQuality(jitter_s=0.02, seed=5)).recording
    silent, answered = recording.at("has spoken"), recording.at("begins to speak")
    assert len(answered) == len(silent) == TURNS
    pairs = zip(silent, answered, strict=True)
    overhead = [after - before - WAIT_S - WORDS_S - VOICE_S for before, after in pairs]
    p50, p95 = percentiles(overhead)
    print(f"overhead of {TURNS} turns: p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms")
    assert p95 <= 0.15


def test_a_clear_follows_the_caller_s_first_word_within_300_ms() -> None:
    async def script(caller: Caller) -> None:
        await caller.say(tone(1.0))
        for turn in range(TURNS):
            await caller.wait_for_speech()
            await caller.silence(0.7 + 0.0137 * (turn % 9))
            await caller.say(tone(1.0))

    recogniser = ScriptedRecogniser(["My lamp has not come yet"] * (TURNS + 1), delay_s=WORDS_S)
    recording = called(
        SoundDesk(talk, recogniser), script, quality=LineQuality(jitter_s=0.02, seed=6)
    ).recording
    spoke, cleared = recording.at("speaks for")[1:], recording.at("clear")
    assert len(cleared) >= TURNS
    delays = [min(at - began for at in cleared if at > began) for began in spoke[:-1]]
    p50, p95 = percentiles(delays)
    print(f"clear after {len(delays)} interruptions: p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms")
    assert p95 <= 0.3
