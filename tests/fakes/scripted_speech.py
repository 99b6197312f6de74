"""Speech without a model: a recogniser that hears what a script says, and a voice that speaks in tones.

Both take their time from the event loop alone, so they run in virtual time. Both can be held up, and die.
"""

import asyncio
import hashlib
import zlib
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from channels.voice.recogniser import Recognition, Transcript
from channels.voice.sound import RATE, Samples, from_mulaw, to_mulaw, tone
from core.errors import SpeechUnavailable

QUIET = 200
"""Samples up to this size at either end of a sound do not count for its fingerprint."""
PIECE = 1600


def fingerprint(samples: Samples) -> str:
    """A name for a sound, the same before and after the telephone line, whatever silence is around it."""
    heard = from_mulaw(to_mulaw(samples))
    loud = np.flatnonzero(np.abs(heard.astype(np.int32)) > QUIET)
    kept = heard[loud[0] : loud[-1] + 1] if len(loud) else heard[:0]
    return hashlib.sha256(kept.tobytes()).hexdigest()[:16]


def pitch(samples: Samples) -> float:
    """The strongest frequency of a sound in Hz; 0 for silence."""
    if not len(samples) or not samples.any():
        return 0.0
    strength = np.abs(np.fft.rfft(samples.astype(np.float64)))
    strength[0] = 0.0
    return float(strength.argmax() * RATE / len(samples))


@dataclass
class Begun:
    """An utterance that a scripted recogniser was given."""

    language: str
    hints: tuple[str, ...]
    fed_s: float = 0.0
    partials: list[str] = field(default_factory=list)
    end: str = ""
    """How it ended: "finished", "cancelled", "died", or "" while it goes on."""


@dataclass
class ScriptedRecogniser:
    """Hears `texts` in the order in which utterances are asked for, or the text of a known sound.

    `by_sound` maps a `fingerprint` to its text, `by_tone` a frequency in Hz (within 15 Hz) to it; both go
    before `texts`. An utterance that is cancelled gives its text back. With nothing left it hears nothing.
    `delay_s` is what the words take after the last sound, `partial_delay_s` what a partial takes. A partial
    has `words_per_s` for each second of sound so far; 0 means there are none.
    """

    texts: Sequence[str | Transcript] = ()
    by_sound: Mapping[str, str] = field(default_factory=dict)
    by_tone: Mapping[float, str] = field(default_factory=dict)
    delay_s: float = 0.0
    partial_delay_s: float = 0.0
    words_per_s: float = 3.0
    name: str = "scripted"
    languages: frozenset[str] = frozenset()
    begun: list[Begun] = field(default_factory=list)
    is_warm: bool = False
    is_closed: bool = False

    def __post_init__(self) -> None:
        self._left = deque(self.texts)
        self._alive = True
        self._deaths = 0
        self._let_go = asyncio.Event()
        self._let_go.set()

    @property
    def underway(self) -> int:
        """How many utterances have neither ended nor been cancelled: 0 once all calls are over."""
        return sum(not one.end for one in self.begun)

    def then(self, *texts: str | Transcript) -> None:
        """Hear these next, after what is still in the script."""
        self._left.extend(texts)

    def die(self) -> None:
        """Lose every utterance that is underway; nothing is recognised until `revive`."""
        self._alive = False
        self._deaths += 1

    def revive(self) -> None:
        """Recognise again what begins from now on."""
        self._alive = True

    def hold(self) -> None:
        """Let no utterance end until `let_go`."""
        self._let_go.clear()

    def let_go(self) -> None:
        """End what was held."""
        self._let_go.set()

    async def warm(self) -> None:
        self.is_warm = True

    def begin(self, *, language: str = "", hints: Sequence[str] = ()) -> Recognition:
        begun = Begun(language, tuple(hints))
        self.begun.append(begun)
        return _ScriptedRecognition(self, begun)

    async def close(self) -> None:
        self.is_closed = True
        self.die()


class _ScriptedRecognition:
    """An utterance that is already known."""

    def __init__(self, recogniser: ScriptedRecogniser, begun: Begun) -> None:
        self._recogniser = recogniser
        self._begun = begun
        self._deaths = recogniser._deaths
        self._sound: list[Samples] = []
        self._taken: str | Transcript | None = None

    def feed(self, samples: Samples) -> None:
        self._sound.append(samples.copy())
        self._begun.fed_s += len(samples) / RATE

    async def partial(self) -> str:
        await asyncio.sleep(self._recogniser.partial_delay_s)
        if self._begun.end or self._is_lost():
            return ""
        count = int(self._begun.fed_s * self._recogniser.words_per_s)
        text = " ".join(self._transcript().text.split()[:count])
        self._begun.partials.append(text)
        return text

    async def finish(self) -> Transcript:
        began = asyncio.get_running_loop().time()
        await asyncio.sleep(self._recogniser.delay_s)
        await self._recogniser._let_go.wait()
        if self._begun.end or self._is_lost():
            self._begun.end = self._begun.end or "died"
            raise SpeechUnavailable("the scripted recogniser is gone: revive it")
        known = self._transcript()
        self._begun.end = "finished"
        took = asyncio.get_running_loop().time() - began
        language = known.language or self._begun.language
        return Transcript(text=known.text, language=language, confidence=known.confidence, took_s=took)

    def cancel(self) -> None:
        if self._begun.end:
            return
        self._begun.end = "cancelled"
        if self._taken is not None:
            self._recogniser._left.appendleft(self._taken)

    def _is_lost(self) -> bool:
        return not self._recogniser._alive or self._deaths != self._recogniser._deaths

    def _transcript(self) -> Transcript:
        text = self._known_sound()
        if text is None and self._taken is None and self._recogniser._left:
            self._taken = self._recogniser._left.popleft()
        found = text if text is not None else (self._taken or "")
        return found if isinstance(found, Transcript) else Transcript(text=found, confidence=1.0)

    def _known_sound(self) -> str | None:
        script = self._recogniser
        if not (script.by_sound or script.by_tone) or not self._sound:
            return None
        heard = np.concatenate(self._sound)
        if (text := script.by_sound.get(fingerprint(heard))) is not None:
            return text
        hertz = pitch(heard)
        return next((text for known, text in script.by_tone.items() if abs(known - hertz) <= 15), None)


def hertz_of(text: str) -> float:
    """The tone in which a scripted voice says a text, so that a test can tell who is heard."""
    return 300.0 + 25 * (zlib.crc32(text.encode()) % 100)


@dataclass
class Spoken:
    """A sentence that a scripted voice was given."""

    text: str
    language: str
    speed: float
    made_s: float = 0.0
    is_whole: bool = False


@dataclass
class ScriptedSpeaker:
    """Speaks each text as one tone, `seconds_per_word` long for each word, in pieces of 0.2 seconds.

    `delay_s` passes before the first piece of a text, `piece_delay_s` before each other.
    """

    seconds_per_word: float = 0.3
    delay_s: float = 0.0
    piece_delay_s: float = 0.0
    name: str = "scripted"
    spoken: list[Spoken] = field(default_factory=list)
    is_warm: bool = False
    is_closed: bool = False

    def __post_init__(self) -> None:
        self._alive = True

    def die(self) -> None:
        """Break off what is being spoken; nothing is said until `revive`."""
        self._alive = False

    def revive(self) -> None:
        """Speak again."""
        self._alive = True

    async def warm(self) -> None:
        self.is_warm = True

    async def speak(self, text: str, *, language: str, speed: float = 1.0) -> AsyncIterator[bytes]:
        spoken = Spoken(text, language, speed)
        self.spoken.append(spoken)
        sound = to_mulaw(tone(self.seconds_per_word * len(text.split()) / speed, hertz_of(text)))
        for start in range(0, len(sound), PIECE):
            await asyncio.sleep(self.piece_delay_s if start else self.delay_s)
            if not self._alive:
                raise SpeechUnavailable("the scripted voice is gone: revive it")
            piece = sound[start : start + PIECE]
            spoken.made_s += len(piece) / RATE
            yield piece
        spoken.is_whole = True

    async def close(self) -> None:
        self.is_closed = True
