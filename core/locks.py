"""One at a time, over all processes: locks, and keys by which the same request twice is known."""

from __future__ import annotations

import logging
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import anyio
from redis.exceptions import LockNotOwnedError, RedisError

from core.errors import Busy, MemoryUnavailable
from core.heartbeat import heartbeat
from core.redis_server import OutageLog, key, translated

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from redis.asyncio.lock import Lock

logger = logging.getLogger(__name__)

_POLL_S = 0.05
_RELEASE_S = 3.0
_WORKING, _DONE = b"w:", b"d:"
_SETTLE = """
local value = redis.call('GET', KEYS[1])
if value and string.sub(value, 1, 2) == 'd:' then return value end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ARGV[1]
"""
_GIVE_UP = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"


class Locks:
    """Locks in Redis. They order work and save it; what must never be doubled, the records forbid.

    While Redis is away the work goes on without.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._outage = OutageLog(logger, "locks_unavailable")

    @asynccontextmanager
    async def hold(
        self, kind: str, *parts: str, for_s: float = 30.0, wait_s: float = 60.0
    ) -> AsyncIterator[None]:
        """The lock of that kind and name is held while the block runs, however long that takes.

        When this process dies, others get it after `for_s` seconds.

        Raises:
            Busy: somebody else held it for all of `wait_s` seconds.
        """
        lock = self._redis.lock(key(f"lock:{kind}", *parts), for_s, sleep=_POLL_S, thread_local=False)
        if not await self._is_acquired(lock, kind, wait_s):
            yield
            return
        try:
            async with heartbeat(lambda: _extended(lock, kind), every_s=for_s / 3):
                yield
        finally:
            # Held no longer, or Redis is away: then it ends by itself.
            with anyio.move_on_after(_RELEASE_S, shield=True), suppress(RedisError):
                await lock.release()

    async def _is_acquired(self, lock: Lock, kind: str, wait_s: float) -> bool:
        try:
            with translated():
                is_acquired = await lock.acquire(blocking_timeout=wait_s)
        except MemoryUnavailable:
            self._outage.note()
            return False
        if not is_acquired:
            raise Busy(f"another request of this {kind} is still at work after {wait_s:g} s; try again soon")
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What became of a request that may have come before: `result` is what the first one stored."""

    state: Literal["first", "in progress", "done"]
    result: str = ""
    _name: str = field(default="", repr=False)
    _token: bytes = field(default=b"", repr=False)
    _ttl_ms: int = 0


class IdempotencyKeys:
    """Knows a request that comes twice by its key. `scope` says whose key it is: the tenant and the door.

    Each call raises `MemoryUnavailable` when Redis does not answer.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._settle = redis.register_script(_SETTLE)
        self._give_up = redis.register_script(_GIVE_UP)

    async def claim(self, scope: str, request: str, *, ttl_s: float, working_s: float = 60.0) -> Claim:
        """Whether this request is the first with its key.

        The first settles it, or gives it up; one that does neither is taken for dead after
        `working_s` seconds, and the next is the first again. Results are kept for `ttl_s`.
        """
        name, token = key("request", scope, request), _WORKING + uuid.uuid4().hex.encode()
        with translated():
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.set(name, token, nx=True, px=_milliseconds(working_s))
                pipe.get(name)
                _, value = await pipe.execute()
        if value == token:
            return Claim(state="first", _name=name, _token=token, _ttl_ms=_milliseconds(ttl_s))
        if value.startswith(_DONE):
            return Claim(state="done", result=_text(value))
        return Claim(state="in progress")

    async def settle(self, claim: Claim, result: str) -> str:
        """Store what the first request came to; when another was settled meanwhile, its result stands."""
        stored = _DONE + result.encode(errors="surrogatepass")
        with translated():
            return _text(await self._settle(keys=[claim._name], args=[stored, claim._ttl_ms]))

    async def give_up(self, claim: Claim) -> None:
        """Let the next request with the key be the first."""
        with translated():
            await self._give_up(keys=[claim._name], args=[claim._token])


async def _extended(lock: Lock, kind: str) -> bool:
    """Hold the lock for longer; False where it is lost for good."""
    try:
        await lock.reacquire()
    except LockNotOwnedError:
        logger.warning("lock_lost", extra={"kind": kind})
        return False
    except RedisError:
        logger.info("lock_not_extended", extra={"kind": kind})
    return True


def _milliseconds(seconds: float) -> int:
    return max(1, int(seconds * 1000))


def _text(value: bytes) -> str:
    return value.removeprefix(_DONE).decode(errors="surrogatepass")
