"""`LanguageModel`: one model on several servers, asked where there is least to do.

As long as no word has come, a request that failed is made again on another server, or after
a pause on the same. Once words have come, a failure is the caller's to know.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

from core.chat_protocol import BUSY, Facts, ModelFailed, Piece
from core.errors import GenerationUnavailable
from core.model_server import ChatModel, ModelServer, Words
from core.prompt import ChatMessage
from core.replicas import Lease, Patience, Replicas, place_of

T = TypeVar("T")

RETRIES = 2
"""How often a request that failed before its first words is made again; more where there are more servers."""
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 2.0
"""A server that wants to be left alone for longer is taken to be out."""


class LanguageModel:
    """Requests to one model. `name` is its name, as far as it is known.

    Everything but `close` raises `GenerationUnavailable` where no server can.
    """

    def __init__(self, model: ChatModel, *, patience: Patience | None = None) -> None:
        self.model = model
        self.name = model.model or "chat model"
        self._patience = patience or Patience()
        self._servers = {url: ModelServer(url, model) for url in model.urls}
        self._replicas = Replicas(model.urls, is_well=self._is_well, patience=self._patience)
        self._facts: Facts | None = None
        self._tells_counts = True

    async def facts(self) -> Facts:
        """The model's name on its servers and its window, asked once."""
        if self._facts is not None:
            return self._facts
        facts, lease = await self._first_that_can(lambda server, wait_s: server.facts(wait_s))
        lease.release()
        self._facts, self.name = facts, facts.model
        return facts

    async def stream(
        self, messages: Sequence[ChatMessage], options: Mapping[str, object] = MappingProxyType({})
    ) -> "Stream":
        """A reply as it is written; its first words have come. It must be closed.

        `options` go to the server as they are.
        """
        name = (await self.facts()).model
        words, lease = await self._first_that_can(
            lambda server, wait_s: server.begin(name, messages, wait_s, options),
        )
        lease.spoke()
        return Stream(words, lease)

    async def complete(self, messages: Sequence[ChatMessage], **options: object) -> Piece:
        """A whole reply at once. `options` go to the server as they are."""
        name = (await self.facts()).model
        reply, lease = await self._first_that_can(
            lambda server, wait_s: server.complete(name, messages, wait_s, options)
        )
        lease.done()
        lease.release()
        return reply

    async def count(self, messages: Sequence[ChatMessage]) -> int | None:
        """The tokens of a prompt by the model's own tokenizer, its template included.

        None where the servers do not count for others.
        """
        if not self._tells_counts:
            return None
        name = (await self.facts()).model
        count, lease = await self._first_that_can(lambda server, wait_s: server.count(name, messages, wait_s))
        lease.release()
        self._tells_counts = count is not None
        return count

    async def check(self) -> str:
        """The model, its window and its servers, once each has said that it is well."""
        ill = []
        for url in self._servers:
            try:
                await self._is_well(url)
            except ModelFailed as error:
                ill.append(f"{place_of(url)}: {error}")
        if ill:
            raise GenerationUnavailable(f"{len(ill)} of {len(self._servers)} servers: {'; '.join(ill)}")
        facts = await self.facts()
        window = f"{facts.window:,} tokens" if facts.window else "a context of unknown size"
        return f"{facts.model} with {window}, servers: {len(self._servers)}"

    async def close(self) -> None:
        """Give back the connections; the model may be used again and opens new ones."""
        await self._replicas.close()
        for server in self._servers.values():
            await server.close()

    async def _is_well(self, url: str) -> bool:
        return await self._servers[url].is_well(self._patience.check_s)

    async def _first_that_can(self, ask: Callable[[ModelServer, float], Awaitable[T]]) -> tuple[T, Lease]:
        """What the first server gives that can, and its lease, to be released.

        While there is another one to ask, a server gets half of the time that is left.
        """
        until = time.monotonic() + self.model.timeout_s
        tried: set[str] = set()
        pause_s = FIRST_PAUSE_S
        for left in range(max(RETRIES, len(self._servers) - 1), -1, -1):
            lease = await self._replicas.take(without=tried)
            tried.add(lease.url)
            wait_s = until - time.monotonic()
            if self._replicas.has_ready(without=tried):
                wait_s /= 2
            try:
                return await ask(self._servers[lease.url], wait_s), lease
            except ModelFailed as error:
                self._note(lease, error)
                rest_s = max(pause_s, error.rest_s)
                longest_s = min(LONGEST_PAUSE_S, until - time.monotonic())
                if not left or not self._may_try_again(error, tried, rest_s=rest_s, longest_s=longest_s):
                    raise
            except BaseException:
                lease.release()
                raise
            if not self._replicas.has_ready(without=tried):
                await asyncio.sleep(rest_s)
                tried.clear()
                pause_s *= 2
        raise GenerationUnavailable("the language model did not answer")

    def _may_try_again(self, error: ModelFailed, tried: set[str], *, rest_s: float, longest_s: float) -> bool:
        if error.again == "nowhere" or longest_s <= 0:
            return False
        if self._replicas.has_ready(without=tried):
            return True
        return error.again == "here" and rest_s < longest_s and self._replicas.has_ready(in_s=rest_s)

    def _note(self, lease: Lease, error: ModelFailed) -> None:
        """What the failure says about the server, and about what is known of the model."""
        if error.status == BUSY:
            lease.rest(max(error.rest_s, FIRST_PAUSE_S))
        elif error.again != "nowhere":
            lease.failed()
        lease.release()
        if error.again != "here":
            self._facts = None


class Stream:
    """A reply as it is written, and the place it takes at its server until it is closed."""

    def __init__(self, words: Words, lease: Lease) -> None:
        self._words = words
        self._lease = lease

    def __aiter__(self) -> AsyncIterator[Piece]:
        return self

    async def __anext__(self) -> Piece:
        try:
            return await anext(self._words)
        except ModelFailed:
            self._lease.failed()
            raise
        except StopAsyncIteration:
            self._lease.done()
            raise

    async def aclose(self) -> None:
        """Hang up: the server stops writing."""
        self._lease.release()
        self._words.close()
