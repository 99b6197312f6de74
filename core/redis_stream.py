"""`RedisEventStream`: events in a Redis stream that keeps the newest of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from redis.exceptions import RedisError

from core.errors import EventsUnavailable
from core.event_stream import DeskEvent

if TYPE_CHECKING:
    from redis.asyncio import Redis

FIELD = "event"
"""The field of a stream entry that holds the event's envelope."""
FIRST = "0-0"
"""A place before every entry."""


class RedisEventStream:
    """Events under one key, the newest `keep` of them and a few more.

    The client is the caller's, who closes it. Entries are added in one transaction a call,
    with the server's own commands only.
    """

    def __init__(
        self, redis: Redis, *, key: str = "frontdesk:events", keep: int = 100_000, timeout_s: float = 5.0
    ) -> None:
        self._redis = redis
        self._key = key
        self._keep = keep
        self._timeout_s = timeout_s

    async def publish(self, events: Sequence[DeskEvent]) -> None:
        """Returns once Redis has all of them.

        Raises:
            EventsUnavailable: Redis did not answer, or did not take them.
        """
        async with self._answering(), self._redis.pipeline(transaction=True) as pipe:
            for event in events:
                pipe.xadd(self._key, {FIELD: event.encoded()}, maxlen=self._keep, approximate=True)
            await pipe.execute()

    async def check(self) -> None:
        """Returns if Redis answers and the key is free for a stream.

        Raises:
            EventsUnavailable: it does not, or something else lies under the key.
        """
        async with self._answering():
            await self._redis.xlen(self._key)

    async def close(self) -> None:
        """Nothing to let go of: the client is the caller's."""

    async def read(self, after: str = FIRST, *, limit: int = 100) -> list[tuple[str, DeskEvent]]:
        """The events behind a place, oldest first, each with its own place.

        Raises:
            EventsUnavailable: Redis did not answer.
            Refused: somebody else wrote to the key.
        """
        async with self._answering():
            entries = await self._redis.xrange(self._key, min=f"({after}", count=limit)
        return [
            (_text(place), DeskEvent.decoded(fields.get(FIELD) or fields.get(FIELD.encode()) or ""))
            for place, fields in entries or ()
            if place and fields
        ]

    async def newest(self) -> str:
        """The place of the newest event, to read what comes after it.

        Raises:
            EventsUnavailable: Redis did not answer.
        """
        async with self._answering():
            entries = await self._redis.xrevrange(self._key, count=1)
        place = entries[0][0] if entries else None
        return _text(place) if place else FIRST

    @asynccontextmanager
    async def _answering(self) -> AsyncGenerator[None]:
        # Neither the cause nor its text is passed on: redis-py puts the whole command into it.
        try:
            async with asyncio.timeout(self._timeout_s):
                yield
        except (RedisError, OSError) as error:
            reason = type(error).__name__
            raise EventsUnavailable(
                f"Redis did not serve the event stream {self._key!r} ({reason}); see that it runs, "
                "has memory and disk left, and holds nothing else under that key"
            ) from None


def _text(place: bytes | str) -> str:
    return place.decode() if isinstance(place, bytes) else place
