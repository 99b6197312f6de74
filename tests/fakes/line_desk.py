"""A small desk at the other end of a simulated telephone: it greets with a tone, and obeys keys."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from channels.http_server import listening, served
from channels.simulators.sms_texts import API_VERSION
from channels.voice.sound import is_loud, to_mulaw, tone

HELLO = to_mulaw(tone(0.5))
LONG = to_mulaw(tone(10, 300))
LINKS = "From your call: https://desk.example.com/s/1"
STREAM = '<Connect><Stream url="{ws}/stream"/></Connect>'
RELAY = '<Connect><ConversationRelay url="{ws}/relay"/></Connect>'


class LineDesk:
    """Key 1 is answered by a long tone, 2 by a `clear`, 3 by a text and a short one; 9 ends the stream."""

    def __init__(self, twiml: str = STREAM, *, account: tuple[str, str] = ("", ""), texts: str = "") -> None:
        self.twiml, self.account, self.texts = twiml, account, texts
        self.url = ""
        self.posts: list[dict[str, str]] = []
        self.events: list[dict[str, Any]] = []
        self.words: list[str] = []
        self.heard = bytearray()
        """The loud frames of what callers said, µ-law."""
        self.closed_with: list[int] = []
        self.app = Starlette(
            routes=[
                Route("/channels/voice", self._answer, methods=["POST"]),
                Route("/channels/voice/status", self._answer, methods=["POST"]),
                Route("/health", self._answer),
                WebSocketRoute("/stream", self._stream),
                WebSocketRoute("/relay", self._relay),
            ]
        )

    def names(self) -> list[str]:
        """The events that came besides sound, in order."""
        return [str(each["event"]) for each in self.events]

    async def _answer(self, request: Request) -> Response:
        async with request.form() as form:
            self.posts.append({name: str(value) for name, value in form.items()})
        body = self.twiml.format(ws=self.url.replace("http", "wss"))
        return Response(f"<Response>{body}</Response>", media_type="text/xml")

    async def _stream(self, socket: WebSocket) -> None:
        await socket.accept()
        try:
            while await self._take(socket, await socket.receive_json()):
                pass
            await socket.close()
        except WebSocketDisconnect as end:
            self.closed_with.append(end.code)

    async def _take(self, socket: WebSocket, message: dict[str, Any]) -> bool:
        event, stream = message["event"], message.get("streamSid", "")
        if event == "media":
            sound = base64.b64decode(message["media"]["payload"])
            self.heard += sound if is_loud(sound) else b""
            return True
        self.events.append(message)
        if event == "start":
            await self._say(socket, stream, HELLO)
            return True
        digit = message["dtmf"]["digit"] if event == "dtmf" else ""
        if digit == "1":
            await self._say(socket, stream, LONG)
        elif digit == "2":
            await socket.send_json({"event": "clear", "streamSid": stream})
        elif digit == "3":
            await self._text()
            await self._say(socket, stream, HELLO)
        return digit != "9"

    async def _say(self, socket: WebSocket, stream: str, sound: bytes) -> None:
        payload = base64.b64encode(sound).decode()
        await socket.send_json({"event": "media", "streamSid": stream, "media": {"payload": payload}})
        await socket.send_json({"event": "mark", "streamSid": stream, "mark": {"name": "said"}})

    async def _text(self) -> None:
        url = f"{self.texts}/{API_VERSION}/Accounts/{self.account[0]}/Messages.json"
        said = {"From": self.posts[-1]["To"], "To": self.posts[-1]["From"], "Body": LINKS}
        async with httpx.AsyncClient(auth=self.account, trust_env=False) as client:
            (await client.post(url, data=said)).raise_for_status()

    async def _relay(self, socket: WebSocket) -> None:
        await socket.accept()
        try:
            while True:
                message = await socket.receive_json()
                if message["type"] == "prompt":
                    self.words.append(message["voicePrompt"])
                    await socket.send_json({"type": "text", "token": "Thirty days.", "last": True})
        except WebSocketDisconnect as end:
            self.closed_with.append(end.code)


@asynccontextmanager
async def line_desk(desk: LineDesk) -> AsyncIterator[LineDesk]:
    """The desk at an address of its own, on the loop of the block."""
    with listening() as listener:
        desk.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with served(desk.app, listener):
            yield desk


@contextmanager
def line_desk_beside(desk: LineDesk) -> Iterator[LineDesk]:
    """The desk in a thread of its own, for a test that is no coroutine."""
    is_ready, over = threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def work() -> None:
        async with line_desk(desk):
            loops.append(asyncio.get_running_loop())
            is_ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: asyncio.run(work()))
    thread.start()
    try:
        assert is_ready.wait(30)
        yield desk
    finally:
        loops[0].call_soon_threadsafe(over.set)
        thread.join(30)
