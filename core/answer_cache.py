"""Answers to frequent questions, given again while everything they rest on is unchanged."""

from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING

import anyio.to_thread

from core.answer_heads import Head, Heads
from core.conversations import answer_from
from core.documents import DocumentId
from core.messages import Answer, AnswerId, Citation, ConversationId, Outcome
from core.redis_server import digest, key, translated
from core.same_question import form, names_a_person
from core.search import Found, Vector
from core.tenants import TenantId

if TYPE_CHECKING:
    from redis.asyncio import Redis

MOST_ANSWERS = 2000
"""Answers kept for a tenant; the one that was not asked for the longest makes room."""
_TENANTS_KNOWN = 4
_SHAPE = [field.name for shape in (Answer, Citation, Head) for field in fields(shape)]
_GENERATION_S = 7 * 24 * 3600

_KEEP = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local name, now, lives = ARGV[2], tonumber(ARGV[5]), tonumber(ARGV[6])
local function remove(names)
  for _, each in ipairs(names) do
    redis.call('HDEL', KEYS[2], each)
    redis.call('HDEL', KEYS[3], each)
    redis.call('ZREM', KEYS[4], each)
    redis.call('ZREM', KEYS[5], each)
  end
end
remove(redis.call('ZRANGEBYSCORE', KEYS[5], '-inf', now))
redis.call('HSET', KEYS[2], name, ARGV[3])
redis.call('HSET', KEYS[3], name, ARGV[4])
redis.call('ZADD', KEYS[4], now, name)
redis.call('ZADD', KEYS[5], now + lives, name)
local over = redis.call('ZCARD', KEYS[4]) - tonumber(ARGV[7])
if over > 0 then remove(redis.call('ZRANGE', KEYS[4], 0, over - 1)) end
redis.call('SET', KEYS[6], ARGV[8])
for place = 2, 6 do redis.call('PEXPIRE', KEYS[place], lives) end
return 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheKey:
    """A question, and everything but the documents that its answer depends on.

    `flavour` names what writes and finds: model, prompt, embedder. `vector` is the question's.
    """

    tenant: TenantId
    audiences: frozenset[str]
    documents: frozenset[DocumentId] | None
    flavour: str
    question: str
    vector: Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedAnswer:
    """An answer of nobody's conversation yet, and the versions of the documents it cites."""

    answer: Answer
    documents: Mapping[DocumentId, int]


class AnswerCache:
    """Answers by what is asked (`core.same_question`) and who may see what; each tenant's apart.

    An answer is found by a question of the same form whose vector is as near as `likeness`,
    or that is the same letter by letter, for as long as `hours` and until one of its
    documents changes. Zero hours keep nothing.

    Each call raises `MemoryUnavailable` when Redis does not answer.
    """

    def __init__(self, redis: Redis, *, hours: float, likeness: float, most: int = MOST_ANSWERS) -> None:
        self._redis = redis
        self._lives_ms = int(hours * 3_600_000)
        self._likeness = likeness
        self._most = most
        self._keep = redis.register_script(_KEEP)
        self._known: dict[TenantId, tuple[bytes | None, Heads]] = {}

    async def find(self, asked: CacheKey) -> CachedAnswer | None:
        """The answer to this question, if one is kept. Its id and conversation are the caller's to give."""
        name = _name(asked)
        if not self._lives_ms or not name:
            return None
        names = _Names(asked.tenant)
        with translated():
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.hget(names.heads, name)
                pipe.hget(names.answers, name)
                pipe.zadd(names.used, {name: _now()}, xx=True)
                head, body, _ = await pipe.execute()
        if head is None or body is None:
            return None
        known = Head.unpacked(head)
        is_asked = known.is_asked_by(_words(asked.question), asked.vector, self._likeness)
        if known.ends <= _now() or not is_asked:
            return None
        return CachedAnswer(answer=answer_from(json.loads(body)), documents=known.documents)

    async def generation(self, tenant: TenantId) -> int:
        """A number that any change of the tenant's documents changes; ask for it before you search."""
        name = _Names(tenant).generation
        with translated():
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.set(name, _fresh_generation(), nx=True, ex=_GENERATION_S)
                pipe.expire(name, _GENERATION_S)
                pipe.get(name)
                return int((await pipe.execute())[-1])

    async def keep(
        self, asked: CacheKey, answer: Answer, passages: Sequence[Found], *, generation: int
    ) -> bool:
        """Whether the answer, made from `passages`, is kept for the next who asks the same.

        It is not when it says less than an answer, rests on nothing, has a person's number or
        address in its question, or when a document has changed since `generation`.
        """
        name = _name(asked)
        is_fit = answer.outcome is Outcome.ANSWERED and passages and not names_a_person(asked.question)
        if not self._lives_ms or not name or not is_fit:
            return False
        nobodys = replace(answer, id=AnswerId(""), conversation_id=ConversationId(""), timings_ms={})
        head = _head(asked, answer, passages, ends=_now() + self._lives_ms).packed()
        body = json.dumps(asdict(nobodys))
        arguments: list[str | bytes | int] = [generation, name, head, body]
        arguments += [_now(), self._lives_ms, self._most, uuid.uuid4().hex]
        with translated():
            return bool(await self._keep(keys=_Names(asked.tenant).all, args=arguments))

    async def drop(
        self,
        tenant: TenantId,
        document_id: DocumentId,
        vectors: Vector | None = None,
        *,
        audience: str | None = None,
    ) -> int:
        """Forget what depends on a document that was put in, changed or deleted; how many answers that was.

        These are the answers that cite it, and those to a question that is as near
        to one of its new passages (`vectors`) as to the farthest passage cited, if their asker
        may see it. Call it once searches find the document as it is now.
        """
        names = _Names(tenant)
        with translated():
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.set(names.generation, _fresh_generation(), nx=True, ex=_GENERATION_S)
                pipe.incr(names.generation)
                pipe.set(names.dropped, 1, ex=_GENERATION_S)
                pipe.get(names.newest)
                newest = (await pipe.execute())[-1]
            heads = await self._heads_since(newest, tenant, names)
            dependent = await anyio.to_thread.run_sync(heads.dependent, document_id, vectors, audience)
            return await self._remove(names, dependent) if dependent else 0

    async def _heads_since(self, newest: bytes | None, tenant: TenantId, names: _Names) -> Heads:
        """All heads there are, and maybe some that are gone; read anew when an answer was kept meanwhile."""
        known = self._known.get(tenant)
        if known is None or known[0] != newest:
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.get(names.newest)
                pipe.hgetall(names.heads)
                newest, packed = await pipe.execute()
            self._known[tenant] = known = (newest, Heads(packed))
            while len(self._known) > _TENANTS_KNOWN:
                self._known.pop(next(iter(self._known)))
        return known[1]

    async def _remove(self, names: _Names, dependent: Sequence[bytes]) -> int:
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hdel(names.heads, *dependent)
            pipe.hdel(names.answers, *dependent)
            pipe.zrem(names.used, *dependent)
            pipe.zrem(names.ends, *dependent)
            return int((await pipe.execute())[0])


class _Names:
    """The Redis keys of a tenant's answers; a release that shapes answers differently has its own."""

    def __init__(self, tenant: TenantId) -> None:
        parts = ("generation", "heads", "bodies", "used", "ends", "newest")
        self.all = [key(f"answers:{part}", tenant, *_SHAPE) for part in parts]
        self.dropped = key("answers:dropped", tenant)
        self.generation, self.heads, self.answers, self.used, self.ends, self.newest = self.all


def _head(asked: CacheKey, answer: Answer, passages: Sequence[Found], *, ends: int) -> Head:
    cited = {citation.passage_id for citation in answer.citations}
    bearing = [each for each in passages if each.passage.id in cited] or passages
    return Head(
        words=_words(asked.question),
        vector=asked.vector,
        documents={each.passage.document_id: each.passage.version for each in bearing},
        audiences=sorted(asked.audiences),
        only=None if asked.documents is None else sorted(asked.documents),
        farthest=min(each.stages.get("dense", -1.0) for each in bearing),
        ends=ends,
    )


def _name(asked: CacheKey) -> str:
    """The one place for the answer to a question in its scope; empty where nothing is asked."""
    words = form(asked.question)
    only = None if asked.documents is None else sorted(asked.documents)
    return digest(sorted(asked.audiences), only, asked.flavour, words) if words else ""


def _words(question: str) -> str:
    return digest(" ".join(question.split()).casefold())


def _fresh_generation() -> int:
    """Not from zero, so that a generation that was lost never comes again."""
    return random.getrandbits(48)


def _now() -> int:
    return int(time.time() * 1000)
