"""`RelayTelephone`: a `Telephone` over Twilio's ConversationRelay, which hears and speaks for the desk."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Self

from channels.phone.call_socket import CallSocket
from channels.phone.relay_messages import (
    Incoming,
    Interrupt,
    Pressed,
    Prompt,
    Speaking,
    TokensPlayed,
    Trouble,
    read_message,
)
from channels.phone.relay_mouth import RelayMouth, RelayPace
from channels.voice.telephone import (
    Call,
    Gone,
    Heard,
    Key,
    Partial,
    Said,
    Sentence,
    SpeechBegan,
    SpeechPaused,
    Utterance,
)

logger = logging.getLogger(__name__)

LAST_WORDS_S = 30.0
_MOST_WAITING = 500


class RelayTelephone:
    """One call by ConversationRelay. It works while its block lasts, and leaves nothing behind.

    `locales` has Twilio's name for each language. Twilio can't be told what is likely to come next, nor to
    speak slower, nor to stop a sentence that it has: only the caller stops it, by a word or a key.
    """

    def __init__(
        self, call: Call, socket: CallSocket, *, locales: Mapping[str, str], pace: RelayPace | None = None
    ) -> None:
        self.call = call
        self.hand_off_data: dict[str, str] = {}
        """What Twilio is told at the end, and tells whoever decides what follows."""
        self._socket, self._locales = socket, locales
        self._mouth = RelayMouth(self._tell, lambda language: locales.get(language, ""), pace)
        self._language = call.language
        self._events: asyncio.Queue[Heard] = asyncio.Queue()
        self._began_at: float | None = None
        self._quiet_at: float | None = None
        self._is_over = False
        self._group = asyncio.TaskGroup()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        self._tasks = [self._group.create_task(work) for work in (self._read(), self._mouth.run())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end("the talk is over")
        try:
            await self._socket.shut()
        finally:
            for task in self._tasks:
                task.cancel()
            is_cancelled = kind is not None and issubclass(kind, asyncio.CancelledError)
            # The talk's own error goes on as it is; the group would wrap it into one of its kind.
            await self._group.__aexit__(*((kind, error, trace) if is_cancelled else (None, None, None)))

    async def hear(self) -> AsyncIterator[Heard]:
        """What the caller does, in order, until `Gone`."""
        while True:
            event = await self._events.get()
            yield event
            if isinstance(event, Gone):
                return

    def expect(self, *, hints: tuple[str, ...] = (), language: str = "") -> None:
        """Let Twilio hear and speak another language. What is likely to come can't be told it."""
        locale = self._locales.get(language, "")
        if language == self._language or not locale or self._is_over:
            return
        self._language = language
        self._mouth.tell({"type": "language", "ttsLanguage": locale, "transcriptionLanguage": locale})

    async def say(self, sentence: Sentence) -> None:
        """Queue a sentence after those before it; after the call's end it is not heard."""
        self._mouth.say(sentence)

    async def hush(self) -> list[Said]:
        """Send nothing more but protected sentences; what was, or will be, heard of each that is not done."""
        return self._mouth.hush()

    async def hold(self) -> None:
        """Send nothing more for now; a sentence that Twilio has goes on, unless the caller cut it."""
        self._mouth.hold()

    async def resume(self) -> None:
        """Go on, from the beginning of the words that were cut."""
        self._mouth.resume()

    async def said(self) -> list[Said]:
        """Wait until nothing is left to be said; how far each sentence since the last call was heard."""
        return await self._mouth.said()

    @property
    def is_speaking(self) -> bool:
        """Whether the caller hears something, or will in a moment."""
        return self._mouth.is_speaking

    async def leave(self) -> None:
        """End the session, once what is protected has been heard; Twilio then asks what follows."""
        try:
            async with asyncio.timeout(LAST_WORDS_S):
                await self._mouth.protected_said()
        except TimeoutError:
            logger.warning("protected_words_not_heard")
        if not self._is_over:
            await self._tell({"type": "end", "handoffData": json.dumps(self.hand_off_data)})
        self._end("the desk left")
        await self._socket.shut()

    def play(self, source: str) -> None:
        """Play a sound at an https address, after what was sent before."""
        self._mouth.tell({"type": "play", "source": source, "loop": 1, "interruptible": True})

    def send_digits(self, digits: str) -> None:
        """Press keys for the other end; `w` waits for half a second."""
        self._mouth.tell({"type": "sendDigits", "digits": digits})

    async def _tell(self, message: Mapping[str, object]) -> None:
        if not await self._socket.send_soon(message):
            self._end("the carrier takes nothing any more")

    async def _read(self) -> None:
        while not self._is_over and (text := await self._socket.next_text()) is not None:
            if (message := read_message(text)) is not None:
                self._take(message)
        code = self._socket.closed_with
        self._end("the connection broke" if self._socket.is_broken else f"closed with {code or 1000}")

    def _take(self, message: Incoming) -> None:
        if isinstance(message, Prompt):
            self._prompted(message)
        elif isinstance(message, Interrupt):
            self._mouth.interrupted(message.heard)
            self._begin()
        elif isinstance(message, Pressed):
            self._put(Key(message.digit))
        elif isinstance(message, TokensPlayed):
            self._mouth.played(message.text)
        elif isinstance(message, Speaking) and message.is_caller:
            self._caller_speaks(message)
        elif isinstance(message, Trouble):
            logger.warning("relay_message_refused", extra={"call": self.call.id})

    def _prompted(self, prompt: Prompt) -> None:
        self._mouth.keep_waiting()
        self._begin()
        if not prompt.is_last:
            self._put(Partial(prompt.text))
            return
        now = _now()
        quiet_at = self._quiet_at if self._quiet_at is not None else now
        self._began_at = self._quiet_at = None
        self._put(
            Utterance(
                text=prompt.text,
                language=prompt.language,
                quiet_at=quiet_at,
                ended_at=now,
                words_at=now,
            )
        )

    def _caller_speaks(self, speaking: Speaking) -> None:
        if speaking.is_on:
            self._quiet_at = None
            self._begin()
        elif self._began_at is not None:
            self._quiet_at = _now()
            self._put(SpeechPaused(self._quiet_at))

    def _begin(self) -> None:
        if self._began_at is None:
            self._began_at = _now()
            self._put(SpeechBegan(self._began_at))

    def _put(self, event: Heard) -> None:
        is_last = isinstance(event, Gone)
        if is_last or (not self._is_over and self._events.qsize() < _MOST_WAITING):
            self._events.put_nowait(event)

    def _end(self, reason: str) -> None:
        if self._is_over:
            return
        self._is_over = True
        self._mouth.close()
        self._put(Gone(reason))


def _now() -> float:
    return asyncio.get_running_loop().time()
