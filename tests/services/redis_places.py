"""The three places where a desk's Redis can be: in the process, private in the data folder, or given."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core.redis_server import RedisHandle, open_redis
from tests.services.process import missing
from tests.services.redis import redis_server

PLACES = [
    "in process",
    pytest.param("private", marks=pytest.mark.service),
    pytest.param("given", marks=pytest.mark.service),
]
"""What to parametrise a suite with that every place must pass."""


@asynccontextmanager
async def redis_in(place: str, folder: Path) -> AsyncIterator[RedisHandle]:
    """An empty Redis in a place of `PLACES`."""
    if place == "given":
        with redis_server(folder / "given") as server:
            async with open_redis(server.url, folder / "unused", may_start=True) as handle:
                yield handle
        return
    async with open_redis("", folder / "redis", may_start=place == "private") as handle:
        if handle.kind != place:
            missing("Redis", "there is no redis-server program here that starts")
        yield handle
