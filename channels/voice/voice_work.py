"""What every voice in a child process does alike: clauses in turn, made fit for a telephone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np

from channels.voice.child_work import Request, Work
from channels.voice.clauses import pause_after
from channels.voice.frames import Frame
from channels.voice.loudness import amplified, gain_for, trimmed
from channels.voice.sound import RATE, SILENT, Samples, at_telephone_rate, to_mulaw

_TRIAL = "One moment please. The number is one two three four five."
"""Said once in each language to learn how loud the voice is, and to make it ready."""


class Engine(Protocol):
    """A voice's own program."""

    @property
    def languages(self) -> Sequence[str]:
        """The languages that it was set up for; the first is for all others."""

    def make(self, clause: str, language: str, speed: float) -> Iterator[tuple[Samples, int]]:
        """The sound of a clause, in whole sentences: samples, and how many of them make a second."""


def speaking(engine: Engine) -> Work:
    """The work of a child that speaks with `engine`; every language comes out equally loud."""
    gains = {language: _gain(engine, language) for language in engine.languages}

    def speak(request: Request) -> Iterator[Frame]:
        language, speed = request.header["language"], float(request.header["speed"])
        if language not in gains:
            language = engine.languages[0]
        for number, clause in enumerate(request.header["clauses"]):
            rest = SILENT * round(pause_after(clause) / speed * RATE)
            for samples, rate in engine.make(clause, language, speed):
                sound = to_mulaw(trimmed(amplified(at_telephone_rate(samples, rate), gains[language])))
                if sound:
                    yield Frame({"clause": number}, sound + rest)

    return speak


def _gain(engine: Engine, language: str) -> float:
    made = [at_telephone_rate(samples, rate) for samples, rate in engine.make(_TRIAL, language, 1.0)]
    return gain_for(np.concatenate(made)) if made else 1.0
