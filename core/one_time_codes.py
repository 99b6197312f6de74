"""One-time codes: six digits sent to a number, which prove that whoever says them holds it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from core.customers import e164
from core.errors import Refused
from core.messages import ConversationId
from core.rate_limits import RateLimits
from core.redis_server import key, translated
from core.tenants import TenantId

if TYPE_CHECKING:
    from redis.asyncio import Redis

DIGITS = 6
LIFE_S = 600
ATTEMPTS = 5
CODES_PER_NUMBER = 3
CODES_PER_CONVERSATION = 5
"""Codes sent in an hour: with five attempts at each, 15 guesses among a million."""
HOUR_S = 3600.0

Field = bytes | bytearray | memoryview | str | int | float
"""What Redis keeps in a hash."""

_CHECK = """
local kept = redis.call('HGET', KEYS[1], 'digest')
if not kept then return 'none' end
if redis.call('HINCRBY', KEYS[1], 'attempts', 1) > tonumber(ARGV[2]) then
  redis.call('DEL', KEYS[1])
  return 'none'
end
local differs = 0
for place = 1, #kept do
  if string.byte(kept, place) ~= string.byte(ARGV[1], place) then differs = differs + 1 end
end
if differs > 0 then return 'wrong' end
local number = redis.call('HGET', KEYS[1], 'number')
redis.call('DEL', KEYS[1])
return number
"""
"""Counts an attempt and compares in one step, so that attempts at the same time are counted too.

Every place of the digest is looked at, and what is compared are digests under a key that the asker
lacks: neither the time nor the answer says how near a guess was.
"""


class CodeSender(Protocol):
    """Brings a code to whoever holds a number."""

    async def send(self, number: str, code: str) -> None:
        """The code is on its way to the number, in E.164.

        Raises:
            Unavailable: it is not; it may be tried again.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class SentCode:
    """A code that is on its way: to a number, good for so many seconds. What it is, nobody is told."""

    number: str
    expires_s: int = LIFE_S


class OneTimeCodes:
    """Sends codes and checks them: once each, for ten minutes, five attempts, in one conversation.

    Redis holds a digest under the desk's secret, with the number; while it is away, none is sent
    and none is right.
    """

    def __init__(self, redis: Redis, sender: CodeSender, secret: bytes) -> None:
        self._redis = redis
        self._sender = sender
        self._secret = hmac.digest(secret, b"one-time codes", hashlib.sha256)
        self._limits = RateLimits(redis)
        self._check = redis.register_script(_CHECK)

    async def send(self, tenant: TenantId, conversation_id: ConversationId, number: str) -> SentCode:
        """A new code goes to the number; one that was sent before in this conversation is void.

        Raises:
            Refused: that is no telephone number with its country code.
            RateLimited: too many went to this number, or from this conversation.
            Unavailable: Redis or the sender did not answer.
        """
        where = e164(number)
        if where is None:
            raise Refused(
                "that is no telephone number: write it with its country code, such as +1 202 555 0143"
            )
        with translated():
            await self._redis.ping()
        await self._limits.take("codes to a number", where, most=CODES_PER_NUMBER, per_s=HOUR_S)
        who = f"{tenant}:{conversation_id}"
        await self._limits.take("codes", who, most=CODES_PER_CONVERSATION, per_s=HOUR_S)
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        name = key("one-time-code", tenant, conversation_id)
        kept: dict[Field, Field] = {
            "digest": self._digest(tenant, conversation_id, code),
            "number": where,
            "attempts": 0,
        }
        with translated():
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.delete(name)
                pipe.hset(name, mapping=kept)
                pipe.expire(name, LIFE_S)
                await pipe.execute()
        await self._sender.send(where, code)
        return SentCode(number=where)

    async def check(self, tenant: TenantId, conversation_id: ConversationId, said: str) -> str | None:
        """The number that the code proves, in E.164; None where it is wrong. A right one is used up.

        Raises:
            Refused: there is no code to compare with: too old, used, replaced, or tried too often.
            Unavailable: Redis did not answer.
        """
        code = "".join(sign for sign in said if sign.isdecimal() and sign.isascii())
        digest = self._digest(tenant, conversation_id, code)
        name = key("one-time-code", tenant, conversation_id)
        with translated():
            found = await self._check(keys=[name], args=[digest, ATTEMPTS])
        answer = found.decode() if isinstance(found, bytes) else str(found)
        if answer == "none":
            raise Refused("there is no code that is good: it was used, is too old, or was tried too often")
        return None if answer == "wrong" else answer

    def _digest(self, tenant: TenantId, conversation_id: ConversationId, code: str) -> str:
        """A digest that nobody without the secret can look up among a million."""
        words = "\n".join((tenant, conversation_id, code)).encode()
        return hmac.new(self._secret, words, hashlib.sha256).hexdigest()
