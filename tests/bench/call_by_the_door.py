"""A call by the desk's real door, timed: `python -m tests.bench.call_by_the_door [--virtual] [TURNS]`.

The desk is the whole one with its sample documents, over real sockets; the voice is espeak-ng in its process,
the caller's words are scripted and take no time. In each turn the caller asks, hears a moment of the answer
and cuts in with the next question. It prints how long the caller waits for the first sound, what of that are
set waits, and how soon a `clear` follows the caller's first sound. With `--virtual` the clock counts what is
waited for, and not what is computed; without it the figures are this machine's.
"""

import argparse
import asyncio
import tempfile
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from channels.simulators.call_caller import Caller
from channels.simulators.call_live import LiveCall
from channels.voice.sound import Samples
from channels.voice.speakers import speaker_for
from core.tenants import DEFAULT_TENANT
from tests.fakes.called_desk import CalledDesk, open_called_desk, stock
from tests.fakes.desk_time import in_virtual_time
from tests.fakes.scripted_speech import ScriptedRecogniser
from tests.services.speech_errors import said

QUESTIONS = (
    "How long do I have to return something?",
    "What does delivery cost?",
    "Who pays for the return postage?",
    "How long does a refund take?",
    "Can I track my parcel?",
)
HEARD_S = 1.5
LOUD = 300


async def main(folder: Path, turns: int) -> None:
    asked = list(islice(cycle(QUESTIONS), turns + 1))
    ears = ScriptedRecogniser(asked, words_per_s=9)
    limits = {"questions_per_minute": 10_000}
    async with open_called_desk(folder, recogniser=ears, limits=limits) as desk:
        call = await desk.calls.call(lambda caller: asks(caller, asked))
        await show(desk, call)


async def asks(caller: Caller, asked: list[str]) -> None:
    speaker = speaker_for("espeak")
    sounds = {text: trimmed(await said(speaker, text)) for text in QUESTIONS}
    await speaker.close()
    await caller.wait_for_speech()
    await caller.wait_for_quiet(1.0)
    for text in asked:
        await caller.say(sounds[text], text)
        await caller.wait_for_speech()
        await caller.silence(HEARD_S)


def trimmed(sound: Samples) -> Samples:
    """From the first to the last of it that is heard."""
    loud = np.flatnonzero(np.abs(sound.astype(np.int32)) > LOUD)
    return sound[loud[0] : loud[-1] + 1]


async def show(desk: CalledDesk, call: LiveCall) -> None:
    silent, begins, clears = (call.recording.at(what) for what in ("has spoken", "begins to speak", "clear"))
    # The first answer also learns what only has to be learned once.
    waited = [min(at - end for at in begins if at > end) for end in silent[1:]]
    cut = [min(at - began for at in clears if at > began) for began in call.recording.at("speaks for")[2:]]
    kept = (await desk.desk.stores.calls.turns(DEFAULT_TENANT, call.sid))[1:]
    waits = [turn.latencies["eot_wait"] / 1000 for turn in kept]
    print(f"{len(waited)} turns, {len(cut)} interruptions")
    for what, seconds in (
        ("caller silent to first sound", waited),
        ("of that until the turn is held to be over", waits),
        ("caller's first sound to clear", cut),
    ):
        p50, p95 = np.percentile(seconds, [50, 95]) * 1000
        print(f"{what}: p50 {p50:.0f} ms, p95 {p95:.0f} ms")
    for part in ("asr_final", "retrieval", "first_token", "first_sentence", "tts_first_audio", "until_sound"):
        found = [turn.latencies[part] for turn in kept if part in turn.latencies]
        print(f"  {part}: p50 {np.median(found):.0f} ms, longest {max(found):.0f} ms")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--virtual", action="store_true")
    parser.add_argument("turns", nargs="?", type=int, default=10)
    arguments = parser.parse_args()
    run = in_virtual_time if arguments.virtual else asyncio.run
    with tempfile.TemporaryDirectory() as data:
        asyncio.run(stock(Path(data)))
        run(main(Path(data), arguments.turns))
