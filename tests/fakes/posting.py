"""Posts deliveries at an even pace and says how long each took: a process of its own, with its own clock.

Reads one JSON document from standard input: {"per_second", "base", "deliveries": [{path, content, headers}]}.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import httpx


async def post_all(plan: dict[str, Any]) -> list[float]:
    """Seconds of each post, in the order in which they were answered; a status that is not 200 is -1."""
    took: list[float] = []

    async def one(client: httpx.AsyncClient, delivery: dict[str, Any]) -> None:
        begun = time.perf_counter()
        answer = await client.post(
            plan["base"] + delivery["path"], content=delivery["content"], headers=delivery["headers"]
        )
        took.append(time.perf_counter() - begun if answer.is_success else -1)

    limits = httpx.Limits(max_connections=100)
    async with httpx.AsyncClient(timeout=30, limits=limits) as client, asyncio.TaskGroup() as tasks:
        begin = time.monotonic()
        for number, delivery in enumerate(plan["deliveries"]):
            await asyncio.sleep(max(0, begin + number / plan["per_second"] - time.monotonic()))
            tasks.create_task(one(client, delivery))
    return took


if __name__ == "__main__":
    json.dump(asyncio.run(post_all(json.load(sys.stdin))), sys.stdout)
