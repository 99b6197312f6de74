"""Measures recognisers by hand: `python -m tests.bench.speech_in`, with `--help` for more.

Each hears sentences of a caller that flite speaks, or espeak-ng, over µ-law; faster-whisper where a model is
named. And each hears a recording, where one is given.
"""

import argparse
import asyncio
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil

from channels.simulators.flite import flite_words
from channels.voice.recogniser_process import RecogniserProcess
from channels.voice.recognisers import RecogniserChoice, recogniser_for
from channels.voice.sound import RATE, Samples, from_mulaw, to_mulaw
from channels.voice.speakers import speaker_for
from tests.services.speech_errors import PAUSE, said, understood, word_errors

HINTS = ("desk lamp", "wall lamp", "gift card", "the way I paid")
EXPECTED = (
    "yes please|no thank you|repeat that please|I want to speak to an agent|four seven two nine"
    "|two zero four one eight|the desk lamp|the wall lamp|yes|no|goodbye|help|the second one|seven"
    "|a gift card|cancel"
).split("|")
FREE = (
    "where is my order|I want to return the shoes I bought last week|how do I reset my password"
    "|what are your opening hours on Saturday|what does delivery to France cost|how long does a refund take"
    "|do you have a shop in London|can I change the address of my order"
).split("|")
SPEEDS = (1.0, 0.85)
YES = re.compile(r"\b(?:yeah|yep)\b")
"""Other words for yes count as right."""


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--caller", choices=["flite", "espeak"], default="flite", help="who speaks")
    parser.add_argument("--model", default="", help="a Whisper model: a folder, or a name")
    parser.add_argument("--sound", type=Path, help="a recording")
    parser.add_argument("--words", type=Path, help="the words of it")
    asked = parser.parse_args()
    calls = {text: await (spoken if asked.caller == "espeak" else flite)(text) for text in (*EXPECTED, *FREE)}
    sphinx = RecogniserChoice(name="pocketsphinx")
    choices = {"moonshine": RecogniserChoice(name="moonshine")}
    choices |= {f"pocketsphinx {mode}": replace(sphinx, mode=mode) for mode in ("grammar", "open", "both")}
    if asked.model:
        choices = {"faster-whisper": RecogniserChoice(model=asked.model)}
    for name, choice in choices.items():
        recogniser = recogniser_for(choice)
        await recogniser.warm()
        for kind, texts in (("expected", EXPECTED), ("free", FREE)):
            print(f"{name:22} {kind:9}", await measured(recogniser, {text: calls[text] for text in texts}))
        if asked.sound and asked.words:
            read_aloud = {asked.words.read_text(encoding="utf-8"): [recording(asked.sound)]}
            print(f"{name:22} recording", await measured(recogniser, read_aloud))
        await recogniser.close()


async def spoken(text: str) -> list[Samples]:
    """The words by espeak-ng, at two speeds."""
    speaker = speaker_for("espeak")
    try:
        return [await said(speaker, text, speed) for speed in SPEEDS]
    finally:
        await speaker.close()


async def flite(text: str) -> list[Samples]:
    """The words by flite, with silence around them."""
    sound = from_mulaw(to_mulaw(await flite_words(text)))
    return [np.concatenate([PAUSE, sound, PAUSE])]


async def measured(recogniser: RecogniserProcess, calls: dict[str, list[Samples]]) -> str:
    """The share of words that came out wrong, sentences that are right as a whole, and what it cost."""
    wrong = count = right = silent = total = 0
    seconds, before = 0.0, _work(recogniser)
    for text, sounds in calls.items():
        for sound in sounds:
            transcript = await understood(recogniser, sound, HINTS)
            errors, number = word_errors(text, YES.sub("yes", transcript.text))
            wrong, count, right = wrong + errors, count + number, right + (not errors)
            silent += not transcript.text
            total += 1
            seconds += len(sound) / RATE
    spent = _work(recogniser) - before
    return (
        f"WER {wrong / count:.2f}  sentences right {right} of {total}, none {silent}  "
        f"CPU per second of sound {spent / seconds:.2f} s"
    )


def recording(file: Path) -> Samples:
    """A recording of any format at 8 kHz."""
    from faster_whisper.audio import decode_audio  # noqa: PLC0415 - an extra

    wave = decode_audio(str(file), sampling_rate=RATE)
    return np.clip(np.rint(wave * 32767), -32768, 32767).astype(np.int16)


def _work(recogniser: RecogniserProcess) -> float:
    """Seconds of computing that its processes did so far."""
    return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in recogniser.pids)


if __name__ == "__main__":
    asyncio.run(main())
