"""Twilio's Media Stream as a `SoundLine`: a WebSocket with the sound of one call both ways."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass

from starlette.websockets import WebSocket, WebSocketDisconnect

from channels.phone.stream_messages import (
    Stopped,
    StreamStart,
    clear_message,
    mark_message,
    media_message,
    read_incoming,
    read_object,
    read_start,
)
from channels.voice.sound import RATE
from channels.voice.sound_line import Incoming
from core.errors import Refused

ENCODING = "audio/x-mulaw"
_CLOSE_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamOptions:
    """What a stream may do."""

    start_s: float = 10.0
    """Seconds within which it has to start."""
    stalled_s: float = 5.0
    """Seconds that a message may take to be sent until the line counts as broken."""
    unreadable: int = 50
    """Messages in a row that may make no sense until the line counts as broken."""
    waiting: int = 1000
    """Messages that may wait to be sent until the line counts as broken; a minute of sound and its marks."""


class MediaStream:
    """A stream on a WebSocket that has been accepted: first `begin`, then it is a `SoundLine`."""

    def __init__(self, socket: WebSocket, options: StreamOptions | None = None) -> None:
        self._socket = socket
        self._options = options or StreamOptions()
        self._sid = ""
        self._waiting: deque[str] = deque()
        self._came = asyncio.Event()
        self._reason = ""
        self._is_closed = False

    @property
    def reason(self) -> str:
        """Why the stream ended."""
        return self._reason

    async def begin(self) -> StreamStart:
        """Wait for the stream's start; what it says.

        Raises:
            Refused: it is no Media Stream of 8 kHz µ-law, or did not start in time.
        """
        try:
            async with asyncio.timeout(self._options.start_s):
                start = await self._start()
        except TimeoutError:
            raise Refused(
                f"no Media Stream started on the socket in {self._options.start_s:g} s: "
                "point a <Connect><Stream> at it"
            ) from None
        if (start.encoding, start.rate) != (ENCODING, RATE):
            raise Refused(
                f"the stream sends {start.encoding!r} at {start.rate} Hz: it has to be {ENCODING} at {RATE}"
            )
        self._sid = start.stream
        return start

    async def incoming(self) -> AsyncGenerator[Incoming, None]:
        """What comes from the caller, until the stream stops or the connection breaks."""
        unreadable = 0
        while (raw := await self._receive()) is not None:
            message = read_object(raw)
            read = read_incoming(message, self._sid) if message is not None else None
            if isinstance(read, Stopped):
                self._reason = "the caller hung up"
                return
            unreadable = 0 if read is not None else unreadable + 1
            if unreadable > self._options.unreadable:
                self._reason = f"the carrier sent {unreadable} messages in a row that make no sense"
                return
            if read is not None:
                yield read

    def send(self, sound: bytes) -> None:
        """Have µ-law sound played after all before it."""
        self._put(media_message(self._sid, sound))

    def mark(self, name: str) -> None:
        """Have a name sent back once all before it has played."""
        self._put(mark_message(self._sid, name))

    def clear(self) -> None:
        """Drop all sound that has not played: what waits here, and what the carrier holds."""
        self._waiting.clear()
        self._put(clear_message(self._sid))

    async def carry(self) -> str:
        """Send what there is to send until the connection breaks or stalls; why it ended."""
        while True:
            while self._waiting:
                try:
                    async with asyncio.timeout(self._options.stalled_s):
                        await self._socket.send_text(self._waiting.popleft())
                except TimeoutError:
                    return f"the carrier took nothing for {self._options.stalled_s:g} s"
                except (WebSocketDisconnect, RuntimeError):
                    return "the connection broke"
                if len(self._waiting) > self._options.waiting:
                    return f"the carrier is {len(self._waiting)} messages behind"
            self._came.clear()
            await self._came.wait()

    async def close(self) -> None:
        """Close the socket; the carrier goes on with the verb after the stream. Once is enough."""
        if self._is_closed:
            return
        self._is_closed = True
        self._waiting.clear()
        # A socket that the other end closed can't be closed again; one that is stalled is left to the server.
        with suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
            async with asyncio.timeout(_CLOSE_S):
                await self._socket.close()

    def _put(self, text: str) -> None:
        if not self._is_closed:
            self._waiting.append(text)
            self._came.set()

    async def _start(self) -> StreamStart:
        for _ in range(self._options.unreadable):
            raw = await self._receive()
            if raw is None:
                raise Refused(f"the stream ended before it started ({self._reason})")
            start = read_start(read_object(raw) or {})
            if start is not None:
                return start
        raise Refused("the socket sent no start of a Media Stream: point a <Connect><Stream> at it")

    async def _receive(self) -> object:
        """The next message; None where the connection is gone."""
        try:
            message = await self._socket.receive()
        except RuntimeError:
            message = {"type": "websocket.disconnect"}
        if message["type"] == "websocket.disconnect":
            self._reason = f"the connection broke ({message.get('code', 1006)})"
            return None
        return message.get("text") or message.get("bytes") or ""
