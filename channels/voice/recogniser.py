"""`Recogniser`: what turns a caller's speech into words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from channels.voice.sound import Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """What was said: `text` is empty where it was no speech.

    `confidence` is between 0 and 1, none where the recogniser has no notion of it. `language` is a code
    such as "en"; empty where the recogniser does not tell. `took_s` is the time spent after the last sound.
    """

    text: str
    language: str = ""
    confidence: float | None = None
    took_s: float = 0.0


class Recognition(Protocol):
    """One utterance on its way into words."""

    def feed(self, samples: Samples) -> None:
        """Take more sound, 8 kHz; never blocks."""

    async def partial(self) -> str:
        """The words so far, as well as they can be told by now; empty where nothing can."""

    async def finish(self) -> Transcript:
        """The words, now that all sound is there.

        Raises:
            SpeechUnavailable: the recogniser is gone, and did not come back in time.
        """

    def cancel(self) -> None:
        """Forget the utterance."""


class Recogniser(Protocol):
    """Turns speech into words. One serves many calls at once."""

    name: str
    languages: frozenset[str]
    """The codes of the languages it knows; empty where that depends on the model."""

    async def warm(self) -> None:
        """Load what is needed, so that the first caller does not wait for it.

        Raises:
            Misconfigured: the model is not there, or what it needs is not installed.
        """

    def begin(self, *, language: str = "", hints: Sequence[str] = ()) -> Recognition:
        """A new utterance, in this language where it is known.

        `hints` are words and phrases that callers are likely to say: names of products, or what was asked.
        """

    async def close(self) -> None:
        """Let go of processes and models."""
