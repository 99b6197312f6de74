"""`Telephone`: the line to one caller, as the talk on it sees it, whoever carries it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Whose call it is. `id` is the carrier's; `parameters` are what the call's start carried along."""

    id: str
    tenant: str
    caller: str
    called: str
    conversation_id: str
    language: str = ""
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """The caller makes a sound that may be speech."""

    at: float


@dataclass(frozen=True, slots=True)
class SpeechPaused:
    """The caller fell silent; whether the turn is over is not yet known. `text` is what was said so far."""

    at: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class Partial:
    """The words of an utterance that goes on."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """All that the caller said in a turn. Times are those of the event loop, in seconds.

    `quiet_at` is when the caller fell silent, `ended_at` when the turn was held to be over, `words_at`
    when its words were there. Empty `text`: it was no speech, or nobody could make it out.
    """

    text: str
    language: str = ""
    confidence: float | None = None
    quiet_at: float
    ended_at: float
    words_at: float


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the keypad: 0 to 9, * or #."""

    digit: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The caller hung up, or the line broke. Nothing comes after it."""

    reason: str = ""


Heard = SpeechBegan | SpeechPaused | Partial | Utterance | Key | Gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """Something to be said. `text` is as written; the voice gets it ready for speech.

    A `is_protected` one can't be interrupted. `id` names it in what was heard.
    """

    id: str
    text: str
    language: str
    is_protected: bool = False
    speed: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """How far a sentence was heard: `share` from 0 to 1, and the words of `text` that this comes to."""

    sentence: Sentence
    share: float
    text: str
    first_sound_at: float | None = None
    """When its first sound was sent, by the event loop's clock."""


class Telephone(Protocol):
    """One call: what the caller does, and a mouth."""

    call: Call

    def hear(self) -> AsyncIterator[Heard]:
        """What the caller does, in order, until `Gone`."""

    def expect(self, *, hints: tuple[str, ...] = (), language: str = "") -> None:
        """Say what is likely to come next, and in which language, for whoever recognises it."""

    async def say(self, sentence: Sentence) -> None:
        """Queue a sentence after those before it; back as soon as it is queued.

        Raises:
            SpeechUnavailable: the voice is gone.
        """

    async def hush(self) -> list[Said]:
        """Fall silent at once, but for protected sentences; what was heard of each that is not done."""

    async def hold(self) -> None:
        """Stop the sound for now, and remember where: an interruption that may be none."""

    async def resume(self) -> None:
        """Go on where `hold` stopped, from the beginning of the words that were cut."""

    async def said(self) -> list[Said]:
        """Wait until nothing is left to be said; how far each sentence since the last call was heard."""

    @property
    def is_speaking(self) -> bool:
        """Whether the caller hears something, or will in a moment."""

    async def leave(self) -> None:
        """End the talk, once what is protected has been heard. The carrier then goes on as it was told to."""
