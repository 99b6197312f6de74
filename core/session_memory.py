"""What was said last in a conversation, kept near for an hour; the records hold all of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.generate import Turn
from core.messages import ConversationId
from core.redis_server import key, translated
from core.tenants import TenantId

if TYPE_CHECKING:
    from redis.asyncio import Redis

MOST_TURNS = 10
KEPT_S = 3600
LONGEST_TEXT = 4000
"""Characters of a turn that are remembered; a prompt has room for no more."""

_BEGIN = """
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('RPUSH', KEYS[1], unpack(ARGV, 2))
  redis.call('EXPIRE', KEYS[1], ARGV[1])
end
"""
_START = b""
"""Stands before the first turn, so that a conversation without any can be remembered too."""


class SessionMemory:
    """The last ten turns of each conversation, forgotten an hour after the last of them.

    Whoever finds nothing here reads the records and lets it `begin` with them.

    Each call raises `MemoryUnavailable` when Redis does not answer.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._begin = redis.register_script(_BEGIN)

    async def turns(self, tenant: TenantId, conversation_id: ConversationId) -> list[Turn] | None:
        """The last turns, oldest first; none when the conversation is not remembered."""
        name = key("memory", tenant, conversation_id)
        with translated():
            async with self._redis.pipeline(transaction=False) as pipe:
                # Reading begins a turn: what was read must still be there when that is added.
                pipe.lrange(name, -MOST_TURNS, -1)
                pipe.expire(name, KEPT_S)
                values, _ = await pipe.execute()
        return [_turn(value) for value in values if value != _START] if values else None

    async def begin(self, tenant: TenantId, conversation_id: ConversationId, turns: Sequence[Turn]) -> None:
        """Remember a conversation from now on, with what the records hold of it; nothing changes if it is."""
        arguments: list[str | bytes | int] = [KEPT_S, _START, *map(_value, turns[-MOST_TURNS:])]
        with translated():
            await self._begin(keys=[key("memory", tenant, conversation_id)], args=arguments)

    async def add(self, tenant: TenantId, conversation_id: ConversationId, *turns: Turn) -> None:
        """Remember turns that have followed, all at once; a conversation that was forgotten stays so."""
        if not turns:
            return
        name = key("memory", tenant, conversation_id)
        with translated():
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.rpushx(name, *map(_value, turns))
                pipe.ltrim(name, -MOST_TURNS, -1)
                pipe.expire(name, KEPT_S)
                await pipe.execute()

    async def forget(self, tenant: TenantId, conversation_id: ConversationId) -> None:
        """Remember the conversation no more."""
        with translated():
            await self._redis.delete(key("memory", tenant, conversation_id))


def _value(turn: Turn) -> str:
    return json.dumps([turn.role, turn.text[:LONGEST_TEXT]])


def _turn(value: bytes) -> Turn:
    role, text = json.loads(value)
    return Turn(role=role, text=text)
