"""How wrong a recogniser is: known words over a telephone line, and how many of them came out wrong."""

import re
from collections.abc import Sequence

import numpy as np

from channels.voice.recogniser import Recogniser, Transcript
from channels.voice.sound import RATE, Samples, from_mulaw
from channels.voice.speaker import Speaker

PAUSE = np.zeros(round(0.3 * RATE), np.int16)


async def said(speaker: Speaker, text: str, speed: float = 1.0) -> Samples:
    """A sentence as a telephone carries it, 8 kHz µ-law, with a third of a second of silence around it."""
    pieces = [piece async for piece in speaker.speak(text, language="en", speed=speed)]
    return np.concatenate([PAUSE, from_mulaw(b"".join(pieces)), PAUSE])


async def understood(recogniser: Recogniser, sound: Samples, hints: Sequence[str] = ()) -> Transcript:
    """What the recogniser makes of a sound that comes in pieces of 20 ms."""
    recognition = recogniser.begin(language="en", hints=hints)
    for start in range(0, len(sound), 160):
        recognition.feed(sound[start : start + 160])
    return await recognition.finish()


def words(text: str) -> list[str]:
    """Words in small letters, without punctuation."""
    return re.findall(r"[a-z0-9']+", text.lower())


def word_errors(said: str, heard: str) -> tuple[int, int]:
    """Words put in, left out or exchanged between two texts, as few as will do; and how many were said."""
    truth, guess = words(said), words(heard)
    row = list(range(len(guess) + 1))
    for number, word in enumerate(truth, 1):
        above, row = row, [number]
        for place, other in enumerate(guess, 1):
            row.append(min(above[place] + 1, row[-1] + 1, above[place - 1] + (word != other)))
    return row[-1], len(truth)
