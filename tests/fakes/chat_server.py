"""A language model server on loopback that says what it was told to, and fails as real ones do."""

import asyncio
import json
import re
import socket
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import uvicorn

from channels.http_server import QuietServer

_Receive = Callable[[], Awaitable[dict[str, Any]]]
_Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Say:
    """A chunk with words of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Think:
    """A chunk with `reasoning_content`, as reasoning parsers send it."""

    text: str


@dataclass(frozen=True, slots=True)
class Decline:
    """A chunk with a `refusal`."""

    text: str


@dataclass(frozen=True, slots=True)
class Wait:
    """A pause; a client that hangs up meanwhile is noticed."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes put on the wire as they are."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Finish:
    """The chunk that says why the reply ended."""

    reason: str = "stop"


@dataclass(frozen=True, slots=True)
class Usage:
    """The chunk with token counts and no choices."""


@dataclass(frozen=True, slots=True)
class Done:
    """The line that ends a whole stream."""


@dataclass(frozen=True, slots=True)
class Stop:
    """The body ends here, properly, whether or not the reply has."""


@dataclass(frozen=True, slots=True)
class Drop:
    """The connection breaks."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """A status instead of a stream. The body may hold `{authorization}`: the key that was sent."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = "no"


Step = Say | Think | Decline | Wait | Raw | Finish | Usage | Done | Stop | Drop | Refuse

FOREVER = Wait(60)


def words(text: str) -> list[Step]:
    """A whole good reply: the text in pieces of about a token, then the usual ends."""
    return [*(Say(piece) for piece in re.findall(r"\s*\S{1,4}|\s+\Z", text)), Finish(), Usage(), Done()]


@dataclass(slots=True)
class Seen:
    """What became of one request."""

    body: dict[str, Any]
    headers: dict[str, str]
    disconnected: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)


class ChatServer:
    """An OpenAI-compatible server in a thread of this process.

    `enqueue` says what the next request gets, in the order of requests; a request for which
    nothing was said gets what `usually` says. `requests`, `listed`, `counted` and `checked`
    are what came in, and `asked` is set when a model was asked anything.

    `window` is the context it claims, `count` its tokenizer (without one `/tokenize` is not
    found), `health` the status of `/health`, None where that is not found either.
    """

    def __init__(self, *, models: tuple[str, ...] = ("small-model",)) -> None:
        self.models = models
        self.window: int | None = None
        self.count: Callable[[list[dict[str, str]]], int] | None = None
        self.health: int | None = 200
        self.usually: list[Step] = words("NO_ANSWER")
        self.requests: list[Seen] = []
        self.asked = threading.Event()
        self.listed = self.counted = self.checked = 0
        self._scripts: deque[list[Step]] = deque()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._port = int(self._socket.getsockname()[1])
        self._server, self._thread = self._made()

    @property
    def url(self) -> str:
        """The base URL to give to a client."""
        return f"http://127.0.0.1:{self._port}/v1"

    def stop(self) -> None:
        """Break every connection, and refuse new ones."""
        self._loop.call_soon_threadsafe(self._hang_up)
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._socket.close()

    def start(self) -> None:
        """Come back after `stop`, at the same address."""
        self._socket = socket.create_server(("127.0.0.1", self._port))
        self._server, self._thread = self._made()
        self._run_thread()

    def _made(self) -> tuple[uvicorn.Server, threading.Thread]:
        config = uvicorn.Config(
            self._app,
            interface="asgi3",
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        return QuietServer(config), threading.Thread(target=self._run, daemon=True)

    def enqueue(self, *steps: Step) -> None:
        """Script the next reply; use `words` for one that goes well."""
        self._scripts.append(list(steps))

    def __enter__(self) -> Self:
        self._run_thread()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._socket.close()

    def _run_thread(self) -> None:
        self._thread.start()
        until = time.monotonic() + 10
        while not self._server.started and time.monotonic() < until:
            time.sleep(0.005)

    def _hang_up(self) -> None:
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()  # type: ignore[union-attr]

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._server.serve(sockets=[self._socket])

    async def _app(self, scope: dict[str, Any], receive: _Receive, send: _Send) -> None:
        if scope["path"] == "/v1/models":
            self.listed += 1
            about = {"object": "model", "created": 0, "owned_by": "test", "max_model_len": self.window}
            data = [{"id": name, **about} for name in self.models]
            await _answer(send, 200, {}, {"object": "list", "data": data})
            return
        if scope["path"] == "/health":
            self.checked += 1
            await _answer(send, self.health or 404, {}, {})
            return
        body = json.loads(await _body(receive))
        if scope["path"] == "/tokenize":
            self.counted += 1
            count = self.count(body["messages"]) if self.count else 0
            await _answer(send, 200 if self.count else 404, {}, {"count": count, "tokens": []})
            return
        seen = Seen(
            body=body,
            headers={name.decode(): value.decode() for name, value in scope["headers"]},
        )
        self.requests.append(seen)
        self.asked.set()
        script = self._scripts.popleft() if self._scripts else self.usually
        gone = asyncio.create_task(_until_gone(receive, seen))
        try:
            play = _play if seen.body.get("stream") else _play_whole
            await play(script, send, seen, gone)
        finally:
            gone.cancel()
            seen.ended.set()


async def _body(receive: _Receive) -> bytes:
    body: bytes = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


async def _until_gone(receive: _Receive, seen: Seen) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    if not seen.ended.is_set():
        seen.disconnected.set()


async def _play(script: list[Step], send: _Send, seen: Seen, gone: "asyncio.Task[None]") -> None:
    begun = False
    for step in script:
        if isinstance(step, Refuse):
            await _refuse(step, send, seen)
            return
        if isinstance(step, Wait):
            await asyncio.wait([gone], timeout=step.seconds)
            if gone.done():
                return
            continue
        if isinstance(step, Drop) and not begun:
            raise ConnectionAbortedError
        if not begun:
            headers = [(b"content-type", b"text/event-stream")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            begun = True
        if isinstance(step, Drop):
            raise ConnectionAbortedError
        if isinstance(step, Stop):
            break
        await send({"type": "http.response.body", "body": _bytes(step), "more_body": True})
    seen.ended.set()
    if begun:
        await send({"type": "http.response.body", "body": b""})


async def _play_whole(script: list[Step], send: _Send, seen: Seen, gone: "asyncio.Task[None]") -> None:
    """The same as one reply that comes at once."""
    text, reason = "", "stop"
    for step in script:
        match step:
            case Refuse():
                await _refuse(step, send, seen)
                return
            case Drop():
                raise ConnectionAbortedError
            case Wait(seconds):
                await asyncio.wait([gone], timeout=seconds)
            case Say(said):
                text += said
            case Finish(ended):
                reason = ended
    seen.ended.set()
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": reason}
    about = {"id": "c", "object": "chat.completion", "created": 0, "model": "m"}
    await _answer(send, 200, {}, {**about, "choices": [choice]})


async def _refuse(step: Refuse, send: _Send, seen: Seen) -> None:
    text = step.message.replace("{authorization}", seen.headers.get("authorization", ""))
    await _answer(send, step.status, step.headers, {"error": {"message": text, "code": step.status}})


async def _answer(send: _Send, status: int, headers: Mapping[str, str], body: dict[str, Any]) -> None:
    sent = {"content-type": "application/json", **headers}
    pairs = [(name.encode(), value.encode()) for name, value in sent.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


def _bytes(step: Step) -> bytes:  # noqa: PLR0911 - one for each kind of step
    match step:
        case Raw(data):
            return data
        case Done():
            return b"data: [DONE]\n\n"
        case Usage():
            return _event([], usage={"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2})
        case Say(text):
            return _choice({"content": text})
        case Think(text):
            return _choice({"reasoning_content": text})
        case Decline(text):
            return _choice({"refusal": text})
        case Finish(reason):
            return _choice({}, reason)
    return b""


def _choice(delta: dict[str, str], reason: str | None = None) -> bytes:
    return _event([{"index": 0, "delta": delta, "finish_reason": reason}])


def _event(choices: list[dict[str, Any]], **more: object) -> bytes:
    chunk = {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "m",
        "choices": choices,
        **more,
    }
    return f"data: {json.dumps(chunk)}\n\n".encode()
