"""`ModelServer`: one OpenAI-compatible server, and what goes wrong with it in this house's words."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from core.chat_protocol import NO_ANSWER, Facts, ModelFailed, Piece, next_event, read_event, refused
from core.prompt import ChatMessage

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

T = TypeVar("T")

_UNKNOWN_PATH = frozenset({404, 405, 501})
_NOT_OFFERED = _UNKNOWN_PATH | {401, 403}
KEPT_ALIVE_S = 4.0
"""How long an idle connection is kept: less than the servers' own five seconds."""
LONGEST_CHUNK_BYTES = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatModel:
    """Which model answers, where, and within what limits.

    `urls` are its replicas. An empty `model` is the first that they list. `timeout_s` is the
    longest wait for the first words, over all replicas, and between words; `connect_s` for a
    server to be reached at all. `context_tokens` is the room for a prompt, less where the
    model has less.
    """

    urls: tuple[str, ...]
    model: str = ""
    api_key: str = field(default="", repr=False)
    timeout_s: float = 30.0
    connect_s: float = 2.0
    max_tokens: int = 400
    context_tokens: int = 6000


class ModelServer:
    """Requests to one server. Each takes the longest wait, and raises `ModelFailed`."""

    def __init__(self, url: str, model: ChatModel) -> None:
        self._url = url.rstrip("/")
        self._root = self._url.removesuffix("/v1")
        self._model = model
        self._session: ClientSession | None = None

    async def facts(self, wait_s: float) -> Facts:
        """The name and limits of the model that the server has."""
        models: list[dict[str, Any]] = []
        try:
            models = await self._within(wait_s, self._models(), "its list of models")
        except ModelFailed as error:
            if error.status not in _UNKNOWN_PATH or not self._model.model:
                raise
        name = self._model.model or next((each["id"] for each in models), "")
        if not name:
            message = "the language model's server lists no model: set FRONTDESK_GENERATOR__MODEL"
            raise ModelFailed(message, again="elsewhere")
        # An adapter is listed without a window of its own: it has that of the model it adapts.
        models.sort(key=lambda each: each["id"] != name)
        windows = [each.get("max_model_len") for each in models]
        return Facts(model=name, window=next((n for n in windows if isinstance(n, int)), None))

    async def begin(
        self, name: str, messages: Sequence[ChatMessage], wait_s: float, options: Mapping[str, object]
    ) -> "Words":
        """A reply as it is written; its first words have come. It must be closed."""
        until = time.monotonic() + wait_s
        asked = {"model": name, "messages": messages, "max_tokens": self._model.max_tokens, **options}
        send = self._send(
            "POST", f"{self._url}/chat/completions", {**asked, "temperature": 0, "stream": True}
        )
        words = Words(self, await self._within(wait_s, send, "its first words"))
        try:
            await words.begin(until - time.monotonic())
        except BaseException:
            words.close()
            raise
        return words

    async def complete(
        self, name: str, messages: Sequence[ChatMessage], wait_s: float, options: dict[str, object]
    ) -> Piece:
        """A whole reply at once. `options` go to the server as they are."""
        asked = {"model": name, "messages": messages, **options}
        ask = self._ask("POST", f"{self._url}/chat/completions", asked)
        match await self._within(wait_s, ask, "its answer"):
            case {
                "choices": [
                    {"message": {"content": str() | None as text}, "finish_reason": str() | None as finish},
                    *_,
                ]
            }:
                return Piece(text=text or "", finish=finish)
            case _:
                raise ModelFailed(NO_ANSWER, again="elsewhere")

    async def count(self, name: str, messages: Sequence[ChatMessage], wait_s: float) -> int | None:
        """The tokens of a prompt by the model's own tokenizer; None where the server does not tell."""
        ask = self._ask("POST", f"{self._root}/tokenize", {"model": name, "messages": messages})
        try:
            counted = await self._within(wait_s, ask, "how many tokens a prompt has")
        except ModelFailed as error:
            if error.status in _NOT_OFFERED:
                return None
            raise
        match counted:
            case {"count": int() as count}:
                return count
            case _:
                raise ModelFailed(NO_ANSWER, again="elsewhere")

    async def is_well(self, wait_s: float) -> bool:
        """Whether the server says that it can work."""
        try:
            response = await self._within(
                wait_s, self._send("GET", f"{self._root}/health"), "its state of health"
            )
            response.release()
        except ModelFailed as error:
            if error.status not in _UNKNOWN_PATH:
                raise
            await self._within(wait_s, self._models(), "its list of models")
        return True

    async def next_chunk(self, response: "ClientResponse", wait_s: float, what: str) -> object:
        """The next chunk of a reply's stream as its JSON says it, or None at its end."""
        return await self._within(wait_s, next_event(response), what)

    @property
    def timeout_s(self) -> float:
        """The longest wait between words."""
        return self._model.timeout_s

    async def close(self) -> None:
        """Give back the connections; the server may be used again and opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _models(self) -> list[dict[str, Any]]:
        match await self._ask("GET", f"{self._url}/models"):
            case {"data": list(models)} if all(isinstance(each["id"], str) for each in models):
                return models
            case _:
                raise ModelFailed(NO_ANSWER, again="elsewhere")

    async def _ask(self, method: str, url: str, body: object = None) -> object:
        async with await self._send(method, url, body) as response:
            return json.loads(await response.read())

    async def _send(self, method: str, url: str, body: object = None) -> "ClientResponse":
        response = await self._opened().request(method, url, json=body)
        if response.ok:
            return response
        response.close()
        raise refused(response.status, response.headers.get("Retry-After"))

    def _opened(self) -> "ClientSession":
        if self._session is None:
            import aiohttp  # noqa: PLC0415 - half a second at import, and only needed here

            key = self._model.api_key
            self._session = aiohttp.ClientSession(
                headers={"Authorization": f"Bearer {key}"} if key else None,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._model.connect_s),
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEPT_ALIVE_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                read_bufsize=LONGEST_CHUNK_BYTES,
                trust_env=True,
            )
        return self._session

    async def _within(self, wait_s: float, work: Awaitable[T], what: str) -> T:
        """The outcome of one wait on the server, with its errors translated."""
        import aiohttp  # noqa: PLC0415 - see above

        try:
            async with asyncio.timeout(wait_s):
                return await work
        except TimeoutError as error:
            late = f"the language model did not send {what} in time"
            raise ModelFailed(late, again="elsewhere") from error
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError) as error:
            lost = "the language model's server could not be reached, or hung up"
            raise ModelFailed(lost, again="here") from error
        except (aiohttp.ClientError, ValueError, LookupError, TypeError):
            # Their words may be the server's own, which quote whatever it was sent.
            raise ModelFailed(NO_ANSWER, again="elsewhere") from None


class Words:
    """A reply as it is written, from its first words on.

    Raises `ModelFailed` where it breaks off, `GenerationUnavailable` where the model refuses.
    """

    def __init__(self, server: ModelServer, response: "ClientResponse") -> None:
        self._server = server
        self._response = response
        self._held: list[Piece] = []
        self._has_finished = False

    async def begin(self, wait_s: float) -> None:
        """Wait for the first words, or thoughts, and hold them."""
        until = time.monotonic() + wait_s
        while True:
            piece, says_something = await self._next(until - time.monotonic(), "its first words")
            self._held.append(piece)
            if says_something:
                return

    def __aiter__(self) -> AsyncIterator[Piece]:
        return self

    async def __anext__(self) -> Piece:
        if self._held:
            piece = self._held.pop(0)
        else:
            piece, _ = await self._next(self._server.timeout_s, "its next words")
        self._has_finished = self._has_finished or piece.finish is not None
        return piece

    def close(self) -> None:
        """Hang up: the server stops writing."""
        self._response.release()

    async def _next(self, wait_s: float, what: str) -> tuple[Piece, bool]:
        """The next piece, and whether it is more than the announcement that a reply begins."""
        chunk = await self._server.next_chunk(self._response, wait_s, what)
        if chunk is not None:
            return read_event(chunk)
        if self._has_finished:
            raise StopAsyncIteration
        raise ModelFailed("the language model broke off in the middle of its answer", again="elsewhere")
