"""Socket Mode: the address that `apps.connections.open` gives, envelopes and their acknowledgements."""

from __future__ import annotations

import asyncio
import json
import secrets
import uuid
from contextlib import suppress
from dataclasses import dataclass, field

from starlette.websockets import WebSocket, WebSocketDisconnect

from channels.simulators.slack_workspace import APP_ID, Json
from channels.simulators.slack_world import SlackWorld

MOST_CONNECTIONS = 10
CONNECTION_S = 3600


@dataclass(slots=True, kw_only=True, eq=False)
class _Connection:
    socket: WebSocket
    waiting: dict[str, asyncio.Future[Json]] = field(default_factory=dict)


class SocketHub:
    """The open connections of the app; each envelope goes to one of them, in turn."""

    def __init__(self, world: SlackWorld) -> None:
        self._world = world
        self._tickets: set[str] = set()
        self._connections: list[_Connection] = []
        self._next = 0

    @property
    def is_connected(self) -> bool:
        """Whether the app listens on a socket, so that nothing is posted to it."""
        return bool(self._connections)

    def new_url(self) -> str:
        """An address that one connection may use once."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        address = self._world.base_url.replace("http", "ws", 1)
        return f"{address}/link/?ticket={ticket}&app_id={APP_ID}"

    async def serve(self, socket: WebSocket) -> None:
        """Speak with one connection until it ends."""
        ticket = socket.query_params.get("ticket", "")
        if ticket not in self._tickets or len(self._connections) >= MOST_CONNECTIONS:
            await socket.close(4001)
            return
        self._tickets.discard(ticket)
        await socket.accept()
        connection = _Connection(socket=socket)
        self._connections.append(connection)
        hello = {
            "type": "hello",
            "num_connections": len(self._connections),
            "debug_info": {"host": "simulator", "approximate_connection_time": CONNECTION_S},
            "connection_info": {"app_id": APP_ID},
        }
        try:
            await socket.send_json(hello)
            self._world.changed("socket", {"connections": len(self._connections)})
            while True:
                _acknowledge(connection, await socket.receive_text())
        except (WebSocketDisconnect, RuntimeError):
            # Starlette says the latter where it is asked to receive after a close of its own.
            pass
        finally:
            self._forget(connection)

    def _forget(self, connection: _Connection) -> None:
        if connection in self._connections:
            self._connections.remove(connection)
            self._world.changed("socket", {"connections": len(self._connections)})
        for waiting in connection.waiting.values():
            if not waiting.done():
                waiting.set_exception(TimeoutError())

    async def send(
        self, kind: str, payload: Json, *, retry: int = 0, reason: str = "", timeout_s: float = 3.0
    ) -> Json:
        """Send an envelope and give the payload that it was acknowledged with.

        Raises:
            TimeoutError: no acknowledgement came, or the connection ended.
        """
        if not self._connections:
            raise TimeoutError
        connection = self._connections[self._next % len(self._connections)]
        self._next += 1
        envelope_id = str(uuid.uuid4())
        envelope: Json = {"envelope_id": envelope_id, "type": kind, "payload": payload}
        envelope["accepts_response_payload"] = kind != "events_api"
        if kind == "events_api":
            envelope |= {"retry_attempt": retry, "retry_reason": reason}
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        connection.waiting[envelope_id] = answer
        try:
            await connection.socket.send_json(envelope)
            return await asyncio.wait_for(answer, timeout_s)
        except (WebSocketDisconnect, RuntimeError):
            raise TimeoutError from None
        finally:
            connection.waiting.pop(envelope_id, None)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Say to every connection that it ends, as Slack does from time to time, and end it."""
        for connection in list(self._connections):
            self._forget(connection)
            with suppress(RuntimeError, WebSocketDisconnect):
                await connection.socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {}})
                await connection.socket.close()


def _acknowledge(connection: _Connection, text: str) -> None:
    try:
        said = json.loads(text)
    except ValueError:
        return
    waiting = connection.waiting.get(said.get("envelope_id", "")) if isinstance(said, dict) else None
    if waiting is not None and not waiting.done():
        waiting.set_result(said.get("payload") or {})
