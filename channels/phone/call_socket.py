"""The WebSocket of one call: how it was closed is known, and nothing on it waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

SENDS_WITHIN_S = 5.0
_ORDERLY = frozenset({1000, 1001})


class CallSocket(WebSocket):
    """Another WebSocket's, which has not been accepted yet."""

    def __init__(self, socket: WebSocket) -> None:
        super().__init__(socket.scope, socket.receive, socket.send)
        self.closed_with: int | None = None
        """The code with which the other end closed it; 1005 or 1006 where it broke without one."""

    @property
    def is_broken(self) -> bool:
        """Whether the connection broke, rather than being closed by one of the two."""
        return self.closed_with is not None and self.closed_with not in _ORDERLY

    async def receive(self) -> Message:
        """The next message; a disconnection is noted."""
        message = await super().receive()
        if message["type"] == "websocket.disconnect":
            self.closed_with = message.get("code", 1005)
        return message

    async def next_text(self) -> str | None:
        """The next text; empty where it was bytes, none where the socket is closed."""
        if self.client_state is not WebSocketState.CONNECTED:
            return None
        message = await self.receive()
        if message["type"] == "websocket.disconnect":
            return None
        return message.get("text") or ""

    async def send_soon(self, message: Mapping[str, Any]) -> bool:
        """Send JSON; False where the other end takes nothing any more."""
        try:
            async with asyncio.timeout(SENDS_WITHIN_S):
                await self.send_json(dict(message))
        except (TimeoutError, WebSocketDisconnect, RuntimeError):
            return False
        return True

    async def shut(self, code: int = 1000) -> None:
        """Close it, if it is not closed yet."""
        if WebSocketState.DISCONNECTED in (self.application_state, self.client_state):
            return
        try:
            async with asyncio.timeout(SENDS_WITHIN_S):
                await self.close(code)
        except (TimeoutError, WebSocketDisconnect, RuntimeError):
            return
