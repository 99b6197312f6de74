"""What a turn remembers: what was said before, and what was answered to the same question."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from core.access import conversation_audience
from core.answer_cache import AnswerCache, CacheKey
from core.catalogue import Catalogue
from core.conversations import Conversations
from core.errors import MemoryUnavailable
from core.evidence import Evidence
from core.generate import Turn
from core.messages import Answer, AnswerId, Message, Outcome
from core.phrases import LANGUAGES
from core.search import Vector
from core.session_memory import MOST_TURNS, SessionMemory

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """What is known before anything is looked up.

    `answer` is one that was given to this question and still holds; `key` and
    `generation` are where a new one may be kept, none where it may not.
    """

    turns: Sequence[Turn]
    answer: Answer | None = None
    key: CacheKey | None = None
    generation: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recollection:
    """Short memory in Redis, with the records behind it. Without Redis it is only slower."""

    conversations: Conversations
    catalogue: Catalogue
    memory: SessionMemory
    cache: AnswerCache

    async def recall(self, message: Message, question: str, vector: Vector, flavour: str) -> Recalled:
        """The turns before, and the answer if this question was answered and nothing has changed.

        A question that follows others depends on them, and one in a conversation with files
        of its own on those, so no answer is kept for either.
        """
        turns = await self._turns(message)
        own = conversation_audience(message.conversation_id)
        if turns or await self.catalogue.has_audience(message.tenant, own):
            return Recalled(turns=turns)
        key = CacheKey(
            tenant=message.tenant,
            audiences=message.audiences - {own},
            documents=message.documents,
            flavour=flavour,
            question=question,
            vector=vector,
        )
        try:
            generation = await self.cache.generation(message.tenant)
            known = await self.cache.find(key)
        except MemoryUnavailable:
            logger.warning("cache_unavailable")
            return Recalled(turns=())
        if known is not None and await self.catalogue.versions(known.documents) == dict(known.documents):
            return Recalled(turns=(), answer=known.answer)
        return Recalled(turns=(), key=key, generation=generation)

    async def keep(self, recalled: Recalled, answer: Answer, evidence: Evidence) -> None:
        """Keep an answer for the next who asks the same."""
        if recalled.key is None or answer.outcome is not Outcome.ANSWERED:
            return
        try:
            await self.cache.keep(recalled.key, answer, evidence.passages, generation=recalled.generation)
        except MemoryUnavailable:
            logger.warning("cache_unavailable")

    async def note(self, message: Message, question: str, answer: Answer) -> None:
        """Remember a turn that is over."""
        try:
            await self.memory.add(
                message.tenant,
                message.conversation_id,
                Turn(role="user", text=question),
                Turn(role="assistant", text=answer.text),
            )
        except MemoryUnavailable:
            logger.warning("memory_unavailable")

    async def note_heard(self, message: Message, text: str) -> None:
        """Let later turns build on what was heard of the answer to a message, not on all of it.

        Where the turn was ended before it had an answer, what was heard of it is kept as the answer.

        Raises:
            RecordsUnavailable: it can't be kept.
        """
        if not await self.conversations.note_heard(message.tenant, message.id, text) and text:
            await self.conversations.record(message, _cut_off(message, text))
        try:
            await self.memory.forget(message.tenant, message.conversation_id)
        except MemoryUnavailable:
            logger.warning("memory_unavailable")

    async def _turns(self, message: Message) -> Sequence[Turn]:
        try:
            known = await self.memory.turns(message.tenant, message.conversation_id)
        except MemoryUnavailable:
            known = None
        if known is not None:
            return known
        turns = await self.conversations.last_turns(message.tenant, message.conversation_id, most=MOST_TURNS)
        try:
            await self.memory.begin(message.tenant, message.conversation_id, turns)
        except MemoryUnavailable:
            logger.warning("memory_unavailable")
        return turns


def _cut_off(message: Message, text: str) -> Answer:
    """The answer that a caller cut off while it was still being written."""
    return Answer(
        id=AnswerId(uuid.uuid4().hex),
        conversation_id=message.conversation_id,
        text=text,
        outcome=Outcome.ANSWERED,
        confidence=0.0,
        route="cut_off",
        model="none",
        language=message.language or LANGUAGES[0],
        heard=text,
    )
