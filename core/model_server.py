"""`ModelServer`: one OpenAI-compatible server, and what goes wrong with it in this house's words."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar

from core.errors import GenerationUnavailable
from core.prompt import ChatMessage

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream

T = TypeVar("T")
Again = Literal["here", "elsewhere", "nowhere"]

BUSY = 429
_UNKNOWN_PATH = frozenset({404, 405, 501})
_NOT_OFFERED = _UNKNOWN_PATH | {401, 403}
_OWN_FAULT = frozenset({400, 413, 422})
_PASSING = frozenset({408, 409, BUSY, 500, 502, 503, 504})
_NO_ANSWER = "the language model's server sent what is no answer"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A model's name on its server, and how many tokens it reads and writes in all, if that is told."""

    model: str
    window: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some words of a reply, and why it ended, if this is its end."""

    text: str = ""
    finish: str | None = None


class ModelFailed(GenerationUnavailable):
    """A server's failure: where the request may be made again, and after how long.

    `status` is what the server said, 0 where it said nothing.
    """

    def __init__(self, message: str, *, again: Again, status: int = 0, rest_s: float = 0.0) -> None:
        super().__init__(message)
        self.again = again
        self.status = status
        self.rest_s = rest_s


class ModelServer:
    """Requests to one server. Each takes the longest wait, and raises `ModelFailed`."""

    def __init__(self, url: str, model: ChatModel) -> None:
        self._url = url
        self._root = url.rstrip("/").removesuffix("/v1")
        self._model = model
        self._client: AsyncOpenAI | None = None

    async def facts(self, wait_s: float) -> Facts:
        """The name and limits of the model that the server has."""
        models: list[Any] = []
        try:
            models = await self._within(wait_s, self._models(), "its list of models")
        except ModelFailed as error:
            if error.status not in _UNKNOWN_PATH or not self._model.model:
                raise
        name = self._model.model or next((each.id for each in models), "")
        if not name:
            message = "the language model's server lists no model: set FRONTDESK_GENERATOR__MODEL"
            raise ModelFailed(message, again="elsewhere")
        # An adapter is listed without a window of its own: it has that of the model it adapts.
        models.sort(key=lambda each: each.id != name)
        windows = [getattr(each, "max_model_len", None) for each in models]
        return Facts(model=name, window=next((n for n in windows if isinstance(n, int)), None))

    async def begin(self, name: str, messages: Sequence[ChatMessage], wait_s: float) -> "Words":
        """A reply as it is written; its first words have come. It must be closed."""
        until = time.monotonic() + wait_s
        from openai import AsyncStream  # noqa: PLC0415 - see `_opened`

        asked = {"model": name, "messages": messages, "max_tokens": self._model.max_tokens}
        # Chunks are read as they are: as the package's objects each takes ten times as long.
        create = self._opened().post(
            "/chat/completions",
            cast_to=object,
            body={**asked, "temperature": 0, "stream": True},
            stream=True,
            stream_cls=AsyncStream[object],
        )
        words = Words(self, await self._within(wait_s, create, "its first words"))
        try:
            await words.begin(until - time.monotonic())
        except BaseException:
            await words.aclose()
            raise
        return words

    async def complete(
        self, name: str, messages: Sequence[ChatMessage], wait_s: float, options: dict[str, object]
    ) -> Piece:
        """A whole reply at once. `options` go to the server as they are."""
        asked: dict[str, Any] = {"messages": messages, **options}
        create = self._opened().chat.completions.create(model=name, **asked)
        reply = await self._within(wait_s, create, "its answer")
        choices = getattr(reply, "choices", None)
        text = getattr(getattr(choices[0], "message", None), "content", None) if choices else None
        if not choices or not isinstance(text, str | None):
            raise ModelFailed(_NO_ANSWER, again="elsewhere")
        return Piece(text=text or "", finish=choices[0].finish_reason)

    async def count(self, name: str, messages: Sequence[ChatMessage], wait_s: float) -> int | None:
        """The tokens of a prompt by the model's own tokenizer; None where the server does not tell."""
        body = {"model": name, "messages": messages}
        post = self._opened().post(f"{self._root}/tokenize", cast_to=object, body=body)
        try:
            counted = await self._within(wait_s, post, "how many tokens a prompt has")
        except ModelFailed as error:
            if error.status in _NOT_OFFERED:
                return None
            raise
        count = counted.get("count") if isinstance(counted, dict) else None
        if not isinstance(count, int):
            raise ModelFailed(_NO_ANSWER, again="elsewhere")
        return count

    async def is_well(self, wait_s: float) -> bool:
        """Whether the server says that it can work."""
        try:
            get = self._opened().get(f"{self._root}/health", cast_to=object)
            await self._within(wait_s, get, "its state of health")
        except ModelFailed as error:
            if error.status not in _UNKNOWN_PATH:
                raise
            await self._within(wait_s, self._models(), "its list of models")
        return True

    async def next_chunk(self, stream: "AsyncStream[object]", wait_s: float, what: str) -> object:
        """The next chunk of a reply's stream as its JSON says it, or None at its end."""
        return await self._within(wait_s, anext(stream, None), what)

    @property
    def timeout_s(self) -> float:
        """The longest wait between words."""
        return self._model.timeout_s

    async def close(self) -> None:
        """Give back the connections; the server may be used again and opens new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _models(self) -> list[Any]:
        page = await self._opened().models.list()
        return list(page.data)

    def _opened(self) -> "AsyncOpenAI":
        if self._client is None:
            from openai import AsyncOpenAI, Timeout  # noqa: PLC0415 - a second at import, and only needed here

            self._client = AsyncOpenAI(
                base_url=self._url,
                api_key=self._model.api_key or "none",
                organization="",
                project="",
                max_retries=0,
                timeout=Timeout(self._model.timeout_s, connect=self._model.connect_s),
            )
        return self._client

    async def _within(self, wait_s: float, work: Awaitable[T], what: str) -> T:
        """The outcome of one wait on the server, with its errors translated."""
        import openai  # noqa: PLC0415 - see above

        try:
            async with asyncio.timeout(wait_s):
                return await work
        except (TimeoutError, openai.APITimeoutError) as error:
            late = ModelFailed(f"the language model did not send {what} in time", again="elsewhere")
            self._raise(late, error)
        except openai.APIStatusError as error:
            self._raise(_refused(error.status_code, error.response.headers.get("retry-after")), error)
        except openai.APIConnectionError as error:
            lost = "the language model's server could not be reached, or hung up"
            self._raise(ModelFailed(lost, again="here"), error)
        except (openai.OpenAIError, ValueError, AttributeError, TypeError) as error:
            self._raise(ModelFailed(_NO_ANSWER, again="elsewhere"), error)

    def _raise(self, translated: ModelFailed, error: Exception) -> NoReturn:
        """The error with its cause, unless the server has quoted the key in it."""
        key = self._model.api_key
        if key and any(key in str(part) for part in (error, *error.args, getattr(error, "body", ""))):
            raise translated from None
        raise translated from error


class Words:
    """A reply as it is written, from its first words on.

    Raises `ModelFailed` where it breaks off, `GenerationUnavailable` where the model refuses.
    """

    def __init__(self, server: ModelServer, stream: "AsyncStream[object]") -> None:
        self._server = server
        self._stream = stream
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

    async def aclose(self) -> None:
        """Hang up: the server stops writing."""
        await self._stream.close()

    async def _next(self, wait_s: float, what: str) -> tuple[Piece, bool]:
        """The next piece, and whether it is more than the announcement that a reply begins."""
        chunk = await self._server.next_chunk(self._stream, wait_s, what)
        if chunk is not None:
            return _read(chunk)
        if self._has_finished:
            raise StopAsyncIteration
        raise ModelFailed("the language model broke off in the middle of its answer", again="elsewhere")


def _refused(status: int, retry_after: str | None) -> ModelFailed:
    again: Again = "elsewhere"
    if status in _OWN_FAULT:
        again = "nowhere"
    elif status in _PASSING:
        again = "here"
    rest_s = 0.0
    with contextlib.suppress(ValueError):
        rest_s = float(retry_after or 0)
    message = f"the language model's server answered with status {status}"
    return ModelFailed(message, again=again, status=status, rest_s=rest_s)


def _read(chunk: object) -> tuple[Piece, bool]:
    """The words of a chunk and why the reply ended, if it did; and whether it says anything at all.

    Thoughts say something, but they are no words.
    """
    match chunk:
        case {"choices": []}:
            return Piece(), False
        case {"choices": [{"delta": dict(said), **choice}, *_]}:
            pass
        case {"choices": [{**choice}, *_]} if not choice.get("delta"):
            said = {}
        case _:
            raise ModelFailed(_NO_ANSWER, again="elsewhere")
    if said.get("refusal"):
        raise GenerationUnavailable("the language model refused to answer")
    text, finish = said.get("content") or "", choice.get("finish_reason")
    if not isinstance(text, str) or not isinstance(finish, str | None):
        raise ModelFailed(_NO_ANSWER, again="elsewhere")
    return Piece(text=text, finish=finish), bool(finish) or any(said[name] for name in said if name != "role")
