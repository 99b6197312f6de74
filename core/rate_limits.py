"""How often somebody may do something: counted in Redis, so that all processes count together."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING

from core.errors import MemoryUnavailable, RateLimited
from core.redis_server import OutageLog, key, translated

if TYPE_CHECKING:
    from redis.asyncio import Redis

_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local window, most = tonumber(ARGV[1]), tonumber(ARGV[2])
if tonumber(redis.call('LINDEX', KEYS[1], 0) or 0) > now + 1000000 then
  redis.call('DEL', KEYS[1])
end
local earliest = tonumber(redis.call('LINDEX', KEYS[1], most - 1) or -window)
if earliest > now - window then
  return earliest + window - now
end
redis.call('LPUSH', KEYS[1], string.format('%.0f', now))
redis.call('LTRIM', KEYS[1], 0, most - 1)
redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000) + 1000)
return 0
"""
"""A window that slides, exactly: the moments of the last `most` grants, in microseconds, newest first.

The next is granted once the oldest of them has left the window. (A "sliding window log", as in
Figma's "An alternative approach to rate limiting", 2017, but as long as the limit at most: what
was refused is not written down.) The moments are the server's own; a log from the future means
that its clock was set back, and counts no more.
"""


class RateLimits:
    """Limits a person, an address or a conversation. While Redis is away, everything is let through."""

    def __init__(self, redis: Redis) -> None:
        self._take = redis.register_script(_TAKE)
        self._outage = OutageLog(logging.getLogger(__name__), "limits_unavailable")

    async def take(self, kind: str, who: str, *, most: int, per_s: float) -> None:
        """Counts one more of `kind` by `who`: `most` are let through in any `per_s` seconds.

        Raises:
            RateLimited: it would be one too many; it is not counted.
        """
        try:
            with translated():
                wait_us = await self._take(keys=[key("limit", kind, who)], args=[int(per_s * 1e6), most])
        except MemoryUnavailable:
            self._outage.note()
            return
        if wait_us > 0:
            wait_s = int(wait_us) / 1e6
            raise RateLimited(
                f"too many {kind}: {most} in {per_s:g} seconds are let through; "
                f"try again in {math.ceil(wait_s)} seconds",
                retry_after_s=wait_s,
            )
