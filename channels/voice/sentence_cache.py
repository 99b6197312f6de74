"""`SentenceCache`: sentences that are said again and again start at once."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable

from channels.voice.speaker import Speaker

_SHARE = 4
"""A single sentence takes no more than this part of the cache."""
_REMEMBERED = 2000
"""So many sentences are known to have been said once."""


class SentenceCache:
    """A voice in front of a voice: it keeps the sound of what `prepare` was given, or was said twice before.

    It holds up to `most_bytes` of sound (8,000 a second) and lets go of what was longest unused. What is said
    once, such as an answer to one caller, is never kept; of all texts only a digest is.
    """

    def __init__(self, speaker: Speaker, *, most_bytes: int = 8_000_000) -> None:
        self.name = speaker.name
        self.speaker = speaker
        self._most_bytes = most_bytes
        self._kept: OrderedDict[bytes, tuple[bytes, ...]] = OrderedDict()
        self._kept_bytes = 0
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    @property
    def kept_bytes(self) -> int:
        """How much sound it holds."""
        return self._kept_bytes

    async def warm(self) -> None:
        """Load the voice behind it.

        Raises:
            Misconfigured: the voice is not there, or what it needs is not installed.
        """
        await self.speaker.warm()

    async def prepare(self, sentences: Iterable[str], *, language: str, speed: float = 1.0) -> None:
        """Make the sound of these, ready for speech as `speak` wants them, before anybody calls.

        Raises:
            SpeechUnavailable: the voice is gone.
        """
        for text in sentences:
            key = self._key(text, language, speed)
            if key not in self._kept:
                sound = [piece async for piece in self.speaker.speak(text, language=language, speed=speed)]
                self._keep(key, tuple(sound))

    async def speak(self, text: str, *, language: str, speed: float = 1.0) -> AsyncIterator[bytes]:
        """The sound of a sentence: kept, or made by the voice behind it.

        Raises:
            SpeechUnavailable: the sentence is not kept, and the voice is gone.
        """
        key = self._key(text, language, speed)
        if (kept := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            for piece in kept:
                yield piece
            return
        was_seen = self._see(key)
        sound = []
        making = aiter(self.speaker.speak(text, language=language, speed=speed))
        try:
            async for piece in making:
                if was_seen:
                    sound.append(piece)
                yield piece
        finally:
            # Whoever stops to read stops the making at once, not when the garbage is collected.
            if (close := getattr(making, "aclose", None)) is not None:
                await close()
        if was_seen:
            self._keep(key, tuple(sound))

    async def close(self) -> None:
        """Forget everything, and close the voice behind it."""
        self._kept.clear()
        self._seen.clear()
        self._kept_bytes = 0
        await self.speaker.close()

    def _key(self, text: str, language: str, speed: float) -> bytes:
        parts = (self.name, language, f"{speed:.3f}", text)
        told = "\0".join(parts).encode("utf-8", "surrogatepass")
        return hashlib.blake2b(told, digest_size=16).digest()

    def _see(self, key: bytes) -> bool:
        """Whether it was said before; from now on it was."""
        was_seen = key in self._seen
        self._seen[key] = None
        self._seen.move_to_end(key)
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return was_seen

    def _keep(self, key: bytes, sound: tuple[bytes, ...]) -> None:
        size = sum(map(len, sound))
        if not size or size > self._most_bytes // _SHARE or key in self._kept:
            return
        self._kept[key] = sound
        self._kept_bytes += size
        while self._kept_bytes > self._most_bytes:
            _, dropped = self._kept.popitem(last=False)
            self._kept_bytes -= sum(map(len, dropped))
