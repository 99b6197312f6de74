"""A WebSocket from the carrier to the desk: signed when it opens, and JSON both ways."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

from twilio.request_validator import RequestValidator
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_OPEN_WITHIN_S = 10.0
_SENDS_WITHIN_S = 2.0
"""How long what waits may take to be sent when the socket is closed: a desk may take nothing any more."""


class Socket:
    """What is sent waits its turn, so that sound is never held up by a slow desk."""

    def __init__(self, url: str, auth_token: str) -> None:
        self.url = url
        """As the desk gave it; its query is dropped, as Twilio drops it."""
        self.close_code: int | None = None
        """With what it was closed; 1006 where it broke."""
        self.is_reading = asyncio.Event()
        self.is_reading.set()
        self.is_sending = asyncio.Event()
        self.is_sending.set()
        self.sent: list[dict[str, Any]] = []
        """What was sent besides sound, in order."""
        self.received: list[dict[str, Any]] = []
        """What came besides sound, in order."""
        self._signature = RequestValidator(auth_token).compute_signature(url, {})
        self._waiting: asyncio.Queue[str | None] = asyncio.Queue()
        self._connection: ClientConnection | None = None
        self._writer: asyncio.Task[None] | None = None

    async def open(self) -> str:
        """Open it; what went wrong, or nothing where it is open."""
        parts = urlsplit(self.url)
        if parts.scheme != "wss":
            return f"the address of a stream has to begin with wss://, not {parts.scheme}://"
        scheme = "ws" if parts.hostname in _LOCAL else "wss"
        target = parts._replace(scheme=scheme, query="", fragment="").geturl()
        try:
            self._connection = await connect(
                target,
                additional_headers={"X-Twilio-Signature": self._signature},
                user_agent_header="TwilioMediaStreams/1.0",
                compression=None,
                open_timeout=_OPEN_WITHIN_S,
                ping_interval=None,
                close_timeout=1,
                proxy=None,
            )
        except (OSError, TimeoutError, InvalidHandshake, InvalidURI) as error:
            return f"the desk does not take the WebSocket ({type(error).__name__}: {error})"
        self._writer = asyncio.create_task(self._write())
        return ""

    def send(self, message: dict[str, Any]) -> None:
        """Send a message after all before it."""
        if message.get("event") != "media":
            self.sent.append(message)
        self.send_text(json.dumps(message, separators=(",", ":")))

    def send_text(self, text: str) -> None:
        """Send text as it is."""
        self._waiting.put_nowait(text)

    async def receive(self) -> dict[str, Any] | None:
        """The next message; None where the socket is closed, {} for what is no JSON object."""
        if self._connection is None:
            return None
        await self.is_reading.wait()
        try:
            raw = await self._connection.recv()
        except ConnectionClosed:
            self.close_code = self._connection.close_code
            return None
        try:
            message = json.loads(raw)
        except ValueError:
            return {}
        if not isinstance(message, dict):
            return {}
        if message.get("event") != "media":
            self.received.append(message)
        return message

    async def close(self) -> None:
        """Send what waits and close it in good order; break it where the desk takes nothing."""
        self.is_sending.set()
        self.is_reading.set()
        self._waiting.put_nowait(None)
        if self._writer:
            await asyncio.wait({self._writer}, timeout=_SENDS_WITHIN_S)
            if not self._writer.done():
                self.abort()
                await self._writer
        if self._connection:
            await self._connection.close()
            self.close_code = self._connection.close_code

    def abort(self) -> None:
        """Break it: the desk sees 1006."""
        if self._connection:
            self._connection.transport.abort()

    async def _write(self) -> None:
        connection = self._connection
        while connection and (text := await self._waiting.get()) is not None:
            await self.is_sending.wait()
            try:
                await connection.send(text)
            except ConnectionClosed:
                return
