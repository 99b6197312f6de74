"""`SoundTelephone`: a `Telephone` over a line that carries raw sound, with an ear and a mouth of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import aclosing
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from channels.voice.ear import Ear, EarOptions, EarParts
from channels.voice.heard_queue import HeardQueue
from channels.voice.sound_line import Played, Pressed, Sound, SoundLine
from channels.voice.sound_mouth import SoundMouth, SoundMouthOptions
from channels.voice.speaker import Speaker
from channels.voice.telephone import Call, Gone, Heard, Said, Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundOptions:
    """How a call is listened to and spoken in."""

    ear: EarOptions = field(default_factory=EarOptions)
    mouth: SoundMouthOptions = field(default_factory=SoundMouthOptions)
    silent_s: float = 20.0
    """Seconds without a message from the carrier, which sends silence too, until the line is broken."""
    last_words_s: float = 30.0
    """Seconds that `leave` waits for what is protected."""


class SoundTelephone:
    """One call over raw sound. It works while its block lasts, and leaves nothing behind:

    `async with SoundTelephone(call, line, parts, speaker, options) as telephone: ...`
    """

    def __init__(
        self,
        call: Call,
        line: SoundLine,
        parts: EarParts,
        speaker: Speaker,
        options: SoundOptions | None = None,
    ) -> None:
        self.call = call
        self._options = options or SoundOptions()
        self._line = line
        self._heard = HeardQueue()
        self._ear = Ear(parts, self._options.ear, self._heard.put, self._start)
        self._ear.expect((), call.language)
        self._mouth = SoundMouth(line, speaker, self._options.mouth)
        self._group = asyncio.TaskGroup()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        for work in (self._listen(), self._carry(), self._play(), self._mouth.make()):
            self._start(work)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end("the talk is over")
        try:
            await self._line.close()
        finally:
            is_cancelled = kind is not None and issubclass(kind, asyncio.CancelledError)
            # The talk's own error goes on as it is; the group would wrap it into one of its kind.
            await self._group.__aexit__(*((kind, error, trace) if is_cancelled else (None, None, None)))

    def hear(self) -> AsyncIterator[Heard]:
        """What the caller does, in order, until `Gone`."""
        return aiter(self._heard)

    def expect(self, *, hints: tuple[str, ...] = (), language: str = "") -> None:
        """Say what is likely to come next, and in which language; it holds from the next utterance on."""
        self._ear.expect(hints, language)

    async def say(self, sentence: Sentence) -> None:
        """Queue a sentence after those before it; after the call's end it is not heard, and `said` tells so.

        Raises:
            SpeechUnavailable: the voice broke off; the next sentence is tried again.
        """
        self._mouth.say(sentence)

    async def hush(self) -> list[Said]:
        """Fall silent at once, but for protected sentences; what was heard of each that is not done."""
        return self._mouth.hush()

    async def hold(self) -> None:
        """Stop the sound for now, and remember where; what is protected is heard to its end."""
        self._mouth.hold()

    async def resume(self) -> None:
        """Go on where `hold` stopped, from the beginning of the words that were cut."""
        self._mouth.resume()

    async def said(self) -> list[Said]:
        """Wait until nothing is left to be said; how far each sentence since the last call was heard."""
        return await self._mouth.said()

    @property
    def is_speaking(self) -> bool:
        """Whether the caller hears something, or will in a moment."""
        return self._mouth.is_speaking

    async def leave(self) -> None:
        """End the talk, once what is protected has been heard. The carrier then goes on as it was told to."""
        self._mouth.hush()
        try:
            async with asyncio.timeout(self._options.last_words_s):
                await self._mouth.quiet()
        except TimeoutError:
            pass
        self._end("the talk is over")
        await self._line.close()

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._group.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _end(self, reason: str) -> None:
        """Tell that the caller is gone, and stop all work."""
        self._heard.put(Gone(reason))
        self._ear.close()
        self._mouth.close()
        for task in self._tasks:
            task.cancel()

    async def _listen(self) -> None:
        async with aclosing(self._line.incoming()) as incoming:
            while True:
                try:
                    async with asyncio.timeout(self._options.silent_s):
                        each = await anext(incoming, None)
                except TimeoutError:
                    reason = f"nothing came from the carrier for {self._options.silent_s:g} s"
                    break
                if each is None:
                    reason = self._line.reason
                    break
                self._take(each)
        self._end(reason)

    def _take(self, each: Sound | Pressed | Played) -> None:
        if isinstance(each, Sound):
            self._ear.take(each.mulaw)
        elif isinstance(each, Pressed):
            self._ear.press(each.digit)
        else:
            self._mouth.reached(each.mark)

    async def _carry(self) -> None:
        self._end(await self._line.carry())

    async def _play(self) -> None:
        if reason := await self._mouth.play():
            self._end(reason)
