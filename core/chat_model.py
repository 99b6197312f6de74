"""`ChatModelGenerator`: answers written by a language model behind an OpenAI-compatible server."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn, TypeVar

from core.errors import GenerationUnavailable
from core.generate import Draft, Task
from core.prompt import Budget, messages
from core.reply import Reply

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream
    from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

T = TypeVar("T")

RETRIES = 2
"""How often a request is made again when it failed before the first words came."""
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 2.0
"""A server that wants to be left alone for longer is taken to be out."""
_PASSING_STATUS = frozenset({408, 409, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatModel:
    """Which model answers, where, and within what limits.

    An empty `model` is the first that the server lists. `timeout_s` is the longest wait for
    the first words and between words, `connect_s` for the server to be reached at all.
    """

    url: str
    model: str = ""
    api_key: str = field(default="", repr=False)
    timeout_s: float = 30.0
    connect_s: float = 5.0
    max_tokens: int = 400
    context_tokens: int = 6000


class ChatModelGenerator:
    """Drafts from a chat model, sentence by sentence while it writes.

    `count_tokens` measures what fits the context; it may be another model's.
    """

    def __init__(self, model: ChatModel, *, instructions: str, count_tokens: Callable[[str], int]) -> None:
        self.name = model.model or "chat model"
        self._model = model
        self._instructions = instructions
        self._budget = Budget(tokens=model.context_tokens, count=count_tokens)
        self._client: AsyncOpenAI | None = None
        self._model_id = model.model

    async def draft(self, task: Task) -> AsyncGenerator[Draft]:
        """The sentences of the reply as they become certain.

        Raises:
            GenerationUnavailable: the server refused, fell silent, broke off or made no sense.
        """
        if not task.passages:
            return
        reply = Reply()
        finish = None
        stream = await self._open(task)
        try:
            while (chunk := await self._within(anext(stream, None), "its next words")) is not None:
                text, reason = _read(chunk)
                finish = reason or finish
                for draft in reply.feed(text):
                    yield draft
                if reply.declined:
                    return
        finally:
            await stream.aclose()
        for draft in self._last(reply, finish):
            yield draft

    async def close(self) -> None:
        """Give back the connections; the generator may be used again and opens new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    def _last(self, reply: Reply, finish: str | None) -> list[Draft]:
        if finish is None:
            raise GenerationUnavailable("the language model broke off in the middle of its answer")
        if finish == "content_filter":
            raise GenerationUnavailable("the language model's content filter stopped the answer")
        drafts = reply.finish(cut=finish == "length")
        if not reply.has_words:
            limit = self._model.max_tokens
            raise GenerationUnavailable(f"the language model ended without an answer (limit: {limit} tokens)")
        return drafts

    async def _open(self, task: Task) -> "_Chunks":
        """The chunks of the reply, the first of which has come: until then it is tried again."""
        pause, left = FIRST_PAUSE_S, RETRIES
        while True:
            try:
                return await self._begin(task)
            except _Passing as error:
                wait = max(pause, error.retry_after_s)
                if not left or wait > LONGEST_PAUSE_S:
                    raise
            await asyncio.sleep(wait)
            pause, left = pause * 2, left - 1

    async def _begin(self, task: Task) -> "_Chunks":
        stream = await self._ask(task)
        try:
            first = await self._within(anext(stream, None), "its first words")
        except BaseException:
            await stream.close()
            raise
        return _Chunks(first, stream)

    async def _ask(self, task: Task) -> "AsyncStream[ChatCompletionChunk]":
        client = self._opened()
        model = await self._named(client)
        built = messages(task, self._instructions, self._budget)
        asked: list[ChatCompletionMessageParam] = [_param(each["role"], each["content"]) for each in built]
        return await self._within(
            client.chat.completions.create(
                model=model,
                messages=asked,
                max_tokens=self._model.max_tokens,
                temperature=0,
                stream=True,
            ),
            "its first words",
        )

    async def _named(self, client: "AsyncOpenAI") -> str:
        if not self._model_id:
            listed = await self._within(_listed(client), "its list of models")
            if not listed:
                raise GenerationUnavailable(
                    "the language model's server lists no model: set FRONTDESK_GENERATOR__MODEL"
                )
            self._model_id = self.name = listed
        return self._model_id

    def _opened(self) -> "AsyncOpenAI":
        if self._client is None:
            from openai import AsyncOpenAI, Timeout  # noqa: PLC0415 - a second at import, and only needed here

            self._client = AsyncOpenAI(
                base_url=self._model.url,
                api_key=self._model.api_key or "none",
                organization="",
                project="",
                max_retries=0,
                timeout=Timeout(self._model.timeout_s, connect=self._model.connect_s),
            )
        return self._client

    async def _within(self, work: Awaitable[T], what: str) -> T:
        """The outcome of one wait on the server, with its errors in this house's words."""
        import openai  # noqa: PLC0415 - see above

        try:
            async with asyncio.timeout(self._model.timeout_s):
                return await work
        except (TimeoutError, openai.APITimeoutError) as error:
            self._raise(GenerationUnavailable(f"the language model did not send {what} in time"), error)
        except openai.APIStatusError as error:
            self._raise(_refused(error.status_code, error.response.headers.get("retry-after")), error)
        except openai.APIConnectionError as error:
            self._raise(_Passing("the language model's server could not be reached, or hung up"), error)
        except (openai.OpenAIError, ValueError, AttributeError, TypeError) as error:
            self._raise(GenerationUnavailable("the language model's server sent what is no answer"), error)

    def _raise(self, translated: GenerationUnavailable, error: Exception) -> NoReturn:
        """The error with its cause, unless the server has quoted the key in it."""
        key = self._model.api_key
        if key and any(key in str(part) for part in (error, *error.args, getattr(error, "body", ""))):
            raise translated from None
        raise translated from error


class _Passing(GenerationUnavailable):
    """A failure that a second request may not meet."""

    def __init__(self, message: str, *, retry_after_s: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class _Chunks:
    """A stream with its first chunk put back."""

    def __init__(
        self, first: "ChatCompletionChunk | None", stream: "AsyncStream[ChatCompletionChunk]"
    ) -> None:
        self._first = first
        self._stream = stream

    def __aiter__(self) -> "AsyncIterator[ChatCompletionChunk]":
        return self

    async def __anext__(self) -> "ChatCompletionChunk":
        first, self._first = self._first, None
        return first if first is not None else await anext(self._stream)

    async def aclose(self) -> None:
        await self._stream.close()


async def _listed(client: "AsyncOpenAI") -> str:
    page = await client.models.list()
    return page.data[0].id if page.data else ""


def _param(role: str, content: str) -> "ChatCompletionMessageParam":
    if role == "system":
        return {"role": "system", "content": content}
    if role == "assistant":
        return {"role": "assistant", "content": content}
    return {"role": "user", "content": content}


def _refused(status: int, retry_after: str | None) -> GenerationUnavailable:
    message = f"the language model's server answered with status {status}"
    if status not in _PASSING_STATUS:
        return GenerationUnavailable(message)
    seconds = 0.0
    with contextlib.suppress(ValueError):
        seconds = float(retry_after or 0)
    return _Passing(message, retry_after_s=seconds)


def _read(chunk: "ChatCompletionChunk") -> tuple[str, str | None]:
    """The words of a chunk and why the reply ended, if it did; thoughts are no words.

    Raises:
        GenerationUnavailable: it is no chunk, or the model refuses.
    """
    choices = getattr(chunk, "choices", None)
    if not isinstance(choices, list):
        raise GenerationUnavailable("the language model's server sent what is no answer")
    if not choices:
        return "", None
    delta = getattr(choices[0], "delta", None)
    if getattr(delta, "refusal", None):
        raise GenerationUnavailable("the language model refused to answer")
    text = getattr(delta, "content", None) or ""
    if not isinstance(text, str):
        raise GenerationUnavailable("the language model's server sent what is no answer")
    return text, getattr(choices[0], "finish_reason", None)
