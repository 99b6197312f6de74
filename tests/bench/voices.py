"""Measures a voice: `python -m tests.bench.voices espeak`, or `piper FILE`.

Without a file Piper speaks with the tests' tiny voice: then the figures are those of everything around the
model, not of a voice.
"""

import argparse
import asyncio
import json
import os
import signal
import statistics
import tempfile
import time
from contextlib import aclosing
from pathlib import Path

import numpy as np

from channels.voice.child_speaker import ChildSpeaker
from channels.voice.loudness import speech_level
from channels.voice.sound import RATE, at_telephone_rate, from_mulaw
from channels.voice.speaker import Speaker
from channels.voice.speakers import speaker_for
from tests.fakes.tiny_piper import make_voice

OPENINGS = ("Your order", "The parcel", "A refund", "The new contract", "Our warehouse")
MIDDLES = ("left this morning", "was sent on Monday", "is on its way", "has been confirmed", "takes a week")
ENDINGS = ("and it should be with you on Friday.", "as you can see in the message that we sent to you.")


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("name")
    given.add_argument("voices", nargs="?", default="")
    options = given.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.name == "piper" and not options.voices:
            options.voices = str(make_voice(Path(folder), "en_US-tiny", espeak="en-us"))
        voices = {"en": options.voices} if options.voices else {}
        told = asyncio.run(measured(options.name, voices))
    print(json.dumps({**told, "resampling_lag_ms": lags()}, indent=2))


async def measured(name: str, voices: dict[str, str]) -> dict[str, object]:
    """Fifty sentences, one after the other, none of them from the cache."""
    speaker = speaker_for(name, voices=voices)
    began = time.perf_counter()
    await speaker.warm()
    warm_s = time.perf_counter() - began
    first_ms, shares, levels = [], [], []
    texts = [
        f"{opening} {middle}, {ending}" for opening in OPENINGS for middle in MIDDLES for ending in ENDINGS
    ]
    for text in texts:
        began = time.perf_counter()
        pieces, first = [], 0.0
        async for piece in speaker.speak(text, language="en"):
            first = first or time.perf_counter() - began
            pieces.append(piece)
        took = time.perf_counter() - began
        sound = b"".join(pieces)
        first_ms.append(first * 1000)
        shares.append(took / (len(sound) / RATE))
        levels.append(20 * np.log10(speech_level(from_mulaw(sound))))
    gaps = await gaps_ms(speaker.speaker)
    await speaker.close()
    return {
        "voice": name,
        "sentences": len(texts),
        "warm_s": round(warm_s, 2),
        "first_sound_ms": spread(first_ms, 2),
        "real_time_factor": spread(shares, 5),
        "level_dbfs": spread(levels, 1),
        "gap_after_kill_ms": spread(gaps, 0),
    }


async def gaps_ms(voice: Speaker) -> list[float]:
    """How long a caller hears nothing when the process is killed in a sentence, ten times."""
    assert isinstance(voice, ChildSpeaker)
    gaps = []
    for _ in range(10):
        killed_at = 0.0
        async with aclosing(
            voice.speak("This goes on and on, as you can hear. " * 60, language="en")
        ) as making:
            async for _ in making:
                if killed_at and time.perf_counter() - killed_at > 0.02:
                    gaps.append((time.perf_counter() - killed_at) * 1000)
                    break
                if not killed_at and voice.child.pid:
                    os.kill(voice.child.pid, signal.SIGKILL)
                    killed_at = time.perf_counter()
    return gaps


def spread(values: list[float], digits: int) -> dict[str, float]:
    cuts = statistics.quantiles(values, n=20, method="inclusive")
    return {"p50": round(statistics.median(values), digits), "p95": round(cuts[-1], digits)}


def lags() -> dict[str, float]:
    """By how many milliseconds a sound is later at 8 kHz, by the peak of the cross-correlation."""
    told = {}
    for rate in (16000, 22050, 24000):
        early, late = tones(RATE), at_telephone_rate(tones(rate).astype(np.int16), rate)
        length = 1 << (2 * len(early)).bit_length()
        likeness = np.fft.irfft(np.fft.rfft(late, length) * np.conj(np.fft.rfft(early, length)), length)
        peak = int(likeness.argmax())
        before, at, after = (likeness[(peak + step) % length] for step in (-1, 0, 1))
        whole = peak - length if peak > length // 2 else peak
        lag = whole + (before - after) / (2 * (before - 2 * at + after))
        told[str(rate)] = round(float(lag) / RATE * 1000, 4) + 0.0
    return told


def tones(rate: int) -> np.ndarray:
    chance = np.random.default_rng(7)
    hertz, phase = chance.uniform(200, 3200, 100), chance.uniform(0, 2 * np.pi, 100)
    at = np.arange(2 * rate) / rate
    return 60 * np.sin(2 * np.pi * np.outer(at, hertz) + phase).sum(axis=1)


if __name__ == "__main__":
    main()
