"""The Redis of a desk: a given server, a private one in the data folder, or one inside this process."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import anyio
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from core.errors import MemoryUnavailable, Misconfigured
from core.private_redis import PrivateRedis

if TYPE_CHECKING:
    from fakeredis import FakeServer

CONNECT_S = 2.0
ANSWER_S = 2.0
"""Longest wait for a reply. A command that blocks on purpose must block for less."""
CONNECTIONS = 50
QUIET_S = 1.0
"""How long nobody asks again after Redis did not answer."""
_RETRIES = 5
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.04, 0.4
_IDLE_S = 30
_SAID_EVERY_S = 60.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisHandle:
    """A client and where its server is; `url` is empty when that is inside this process."""

    client: Redis
    url: str = field(repr=False)
    kind: Literal["given", "private", "in process"]

    @property
    def broker_url(self) -> str:
        """The URL as Celery reads it; empty for a server inside this process."""
        return _as_broker(self.url)

    async def check(self) -> None:
        """Returns if Redis answers.

        Raises:
            MemoryUnavailable: it does not.
        """
        with translated():
            await self.client.ping()


@asynccontextmanager
async def open_redis(url: str, folder: Path, *, may_start: bool) -> AsyncIterator[RedisHandle]:
    """The server at `url`, or without one a private server with its files in `folder`.

    Whoever `may_start` it does so where it does not run; the last to leave stops it. Without
    a `redis-server` program, or the leave to start it, the data live in this process. A given
    server is only reached for when it is used, so one that is away holds nothing up.

    Raises:
        Misconfigured: `url` is not the URL of a Redis.
    """
    async with AsyncExitStack() as stack:
        handle = _given(url) if url else await _own(folder, stack, may_start=may_start)
        try:
            yield handle
        finally:
            with anyio.CancelScope(shield=True):
                await handle.client.aclose()


@contextmanager
def translated() -> Iterator[None]:
    """Turns an error of Redis into one of this house.

    Raises:
        MemoryUnavailable: Redis did not answer, or refused.
    """
    try:
        yield
    except (RedisError, OSError) as error:
        # The client puts commands, and with them customers' words, into its errors: none is passed on.
        raise MemoryUnavailable(
            f"Redis did not answer ({type(error).__name__}): see that it runs and has memory and disk left"
        ) from None


def digest(*parts: object) -> str:
    """A short name for any values JSON can hold; different values never share one.

    >>> digest("a:b", "c") == digest("a", "b:c")
    False
    """
    return blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()


def key(kind: str, *parts: object) -> str:
    """The Redis key of something: `kind` can be read in it, the parts can't."""
    return f"frontdesk:{kind}:{digest(*parts)}"


class OutageLog:
    """Warns that the desk goes on without Redis: once a minute, however often it does."""

    def __init__(self, log: logging.Logger, event: str) -> None:
        self._log = log
        self._event = event
        self._quiet_until = 0.0

    def note(self) -> None:
        """It went on without once more."""
        if time.monotonic() >= self._quiet_until:
            self._quiet_until = time.monotonic() + _SAID_EVERY_S
            self._log.warning(self._event)


class _Patience(Retry):
    """Tries again for about a second; when that was in vain, fails at once for another second.

    One is shared by all connections of a client, so an outage costs a turn one wait, not one a call.
    """

    def __init__(self) -> None:
        pauses = ExponentialBackoff(base=_FIRST_PAUSE_S, cap=_LONGEST_PAUSE_S)
        super().__init__(pauses, _RETRIES, supported_errors=(RedisConnectionError,))
        self._quiet_until = 0.0

    def __deepcopy__(self, _: dict[int, Any]) -> _Patience:
        return self

    async def call_with_retry(
        self,
        do: Callable[[], Awaitable[T]],
        fail: Callable[[Exception], Any] | Callable[[Exception, int], Any],
        is_retryable: Callable[[Exception], bool] | None = None,
        with_failure_count: bool = False,
    ) -> T:
        """What `do` gives, at the first or a later try."""
        if time.monotonic() < self._quiet_until:
            raise StillAway("Redis did not answer a moment ago")

        def may_come_back(error: Exception) -> bool:
            return not isinstance(error, StillAway) and (is_retryable is None or is_retryable(error))

        try:
            return await super().call_with_retry(do, fail, may_come_back, with_failure_count)
        except (RedisConnectionError, RedisTimeoutError):
            self._quiet_until = time.monotonic() + QUIET_S
            raise


class StillAway(RedisConnectionError):
    """Nobody was asked, because nobody answered just now."""


def _given(url: str) -> RedisHandle:
    try:
        return RedisHandle(client=_client(url), url=url, kind="given")
    except ValueError:
        raise Misconfigured(
            "FRONTDESK_REDIS__URL is not the URL of a Redis server: write redis://HOST:6379/0, "
            "rediss://… with TLS, or unix:///PATH for a socket"
        ) from None


async def _own(folder: Path, stack: AsyncExitStack, *, may_start: bool) -> RedisHandle:
    private = PrivateRedis(folder)
    stack.push_async_callback(private.leave)
    if await private.join(may_start=may_start):
        url = f"unix://{quote(str(private.socket))}?db=0"
        handle = RedisHandle(client=_client(url), url=url, kind="private")
        await _catch_up(handle.client, private.missed)
        return handle
    from fakeredis import FakeAsyncRedis  # noqa: PLC0415 - only where there is no server

    client = FakeAsyncRedis(
        server=_in_process(private.socket),
        connection_pool_class=BlockingConnectionPool,
        max_connections=CONNECTIONS,
    )
    if private.has_data:
        stack.push_async_callback(_note_missed, client, private.missed)
    return RedisHandle(client=client, url="", kind="in process")


async def _note_missed(client: Redis, missed: Path) -> None:
    """Leave word that documents changed while the server that keeps answers did not run."""
    if await client.keys("frontdesk:answers:dropped:*"):
        await anyio.Path(missed).touch(mode=0o600)
    await client.aclose()


async def _catch_up(client: Redis, missed: Path) -> None:
    """Forget every answer when documents have changed that the server was not told of."""
    if not await anyio.Path(missed).exists():
        return
    with suppress(RedisError):
        if names := await client.keys("frontdesk:answers:*"):
            await client.unlink(*names)
        await anyio.Path(missed).unlink(missing_ok=True)


def _client(url: str) -> Redis:
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS,
        timeout=ANSWER_S,
        socket_timeout=ANSWER_S,
        socket_connect_timeout=CONNECT_S,
        health_check_interval=_IDLE_S,
        retry=_Patience(),
        protocol=2,
    )
    return Redis.from_pool(pool)


@cache
def _in_process(_: Path) -> FakeServer:
    """One a data folder: desks of one process share what they remember of it."""
    from fakeredis import FakeServer  # noqa: PLC0415 - only where there is no server

    return FakeServer()


def _as_broker(url: str) -> str:
    """The URL in Celery's spelling.

    >>> _as_broker("unix:///data/redis.sock?db=0")
    'redis+socket:///data/redis.sock?virtual_host=0'
    >>> _as_broker("rediss://cache:6379/0")
    'rediss://cache:6379/0?ssl_cert_reqs=required'
    """
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    if parts.scheme == "unix":
        database = options.get("db", ["0"])[0]
        return f"redis+socket://{parts.netloc}{parts.path}?{urlencode({'virtual_host': database})}"
    if parts.scheme == "rediss" and "ssl_cert_reqs" not in options:
        # Celery does not look at the certificate unless it is told to.
        return f"{url}{'&' if parts.query else '?'}ssl_cert_reqs=required"
    return url
