"""The path of a question: remember · retrieve · rerank · generate · verify; recorded once."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from urllib.parse import urlencode

from core.conversations import Conversations
from core.errors import GenerationUnavailable, Refused, TooLarge
from core.evidence import Evidence, EvidenceReader
from core.generate import Draft, Generator, Task
from core.grounding import support
from core.messages import (
    Answer,
    AnswerId,
    Citation,
    Event,
    Message,
    Outcome,
    Stage,
    Status,
    Token,
)
from core.search import Found, Scope, Searcher

logger = logging.getLogger(__name__)

LONGEST_QUESTION = 2000
_STOPS = (".", "!", "?", "…", "。", "！", "？", '"', "”", "’", "»", ")", "]", ":")
_STEP = re.compile(r"(?:[-*•]|\d{1,3}[.)])\s")
NOTHING_FOUND = "No relevant information found. Would you like me to bring in a person?"
DONT_KNOW = (
    "I don't know: the documents I can see do not answer this. Would you like me to bring in a person?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPolicy:
    """The confidence under which no answer is given, and where links to sources lead."""

    abstain_below: float
    public_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answerer:
    """Everything a question passes through on its way to an answer.

    `fallback` writes when `generator` cannot.
    """

    conversations: Conversations
    searcher: Searcher
    reader: EvidenceReader
    generator: Generator
    fallback: Generator
    policy: AnswerPolicy

    async def answer(self, message: Message) -> AsyncGenerator[Event, None]:
        """The turn's events: steps, words as they are verified, and last one `Answer`.

        The same message twice gives the same answer again, without asking anew.

        Raises:
            NotFound: there is no such conversation.
            Refused: the question is empty. TooLarge: it is over 2,000 characters.
            SearchUnavailable: the passages can't be searched; nothing is answered from memory.
        """
        turn = _Turn(message=message, policy=self.policy)
        question = _checked(message.text)
        yield turn.step("remember")
        if before := await self.conversations.remember(message):
            yield Token(text=before.text)
            yield before
            return
        yield turn.step("retrieve")
        scope = Scope(tenant=message.tenant, audiences=message.audiences, documents=message.documents)
        found = await self.searcher.search(question, scope)
        yield turn.step("rerank")
        evidence = await self.reader.read(question, found)
        if found and evidence.confidence >= self.policy.abstain_below:
            yield turn.step("generate")
            async for token in self._write(turn, question, evidence):
                yield token
        answer = turn.close(evidence)
        if answer.outcome is not Outcome.ANSWERED:
            yield Token(text=answer.text)
        answer = await self.conversations.record(message, answer)
        _log(message, answer)
        yield answer

    async def rerank(self, question: str, found: Sequence[Found]) -> list[Found]:
        """What the search found, with the passages an answer would rest on in the reader's order."""
        evidence = await self.reader.read(question, found)
        read = {each.passage.id for each in evidence.passages}
        return [*evidence.passages, *(each for each in found if each.passage.id not in read)]

    async def _write(self, turn: _Turn, question: str, evidence: Evidence) -> AsyncIterator[Token]:
        """Verified sentences by the first generator that answers; what is not carried is dropped."""
        task = Task(question=question, passages=evidence.passages, evidence=evidence)
        for generator in (self.generator, self.fallback):
            turn.model = generator.name
            try:
                async with aclosing(generator.draft(task)) as drafts:
                    async for draft in drafts:
                        if text := turn.add(draft, evidence.passages):
                            yield Token(text=text)
                return
            except GenerationUnavailable:
                logger.warning("generation_failed", extra={"generator": generator.name})
                if turn.text or generator is self.fallback:
                    return


@dataclass(slots=True, kw_only=True)
class _Turn:
    """An answer in the making: its words and citations so far, and the time each step took."""

    message: Message
    policy: AnswerPolicy
    text: str = ""
    model: str = "none"
    citations: list[Citation] = field(default_factory=list)
    timings_ms: dict[str, float] = field(default_factory=dict)
    _stage: Stage | None = None
    _began: float = 0.0

    def step(self, stage: Stage) -> Status:
        self._stop_clock()
        self._stage, self._began = stage, time.perf_counter()
        return Status(stage=stage)

    def add(self, draft: Draft, passages: Sequence[Found]) -> str:
        """The words to send for a draft: itself when the passages carry it, else none."""
        began = time.perf_counter()
        carried = support(draft, passages)
        self.timings_ms["verify"] = self.timings_ms.get("verify", 0.0) + _since(began)
        if carried is None:
            return ""
        # Steps and table rows, which end without a stop, stand on lines of their own.
        is_line = _STEP.match(draft.text) or not self.text.endswith(_STOPS)
        gap = ("\n" if is_line else " ") if self.text else ""
        start = len(self.text) + len(gap)
        self.text += gap + draft.text
        for quote in carried.quotes:
            found = passages[quote.passage - 1]
            self.citations.append(self._cite(found, (quote.start, quote.end), (start, len(self.text))))
        return gap + draft.text

    def close(self, evidence: Evidence) -> Answer:
        self._stop_clock()
        if self.text:
            outcome, text = Outcome.ANSWERED, self.text
        else:
            outcome, text = Outcome.UNSURE, DONT_KNOW if evidence.passages else NOTHING_FOUND
        return Answer(
            id=AnswerId(uuid.uuid4().hex),
            conversation_id=self.message.conversation_id,
            text=text,
            outcome=outcome,
            citations=tuple(self.citations),
            confidence=round(evidence.confidence, 4),
            route="documents",
            model=self.model,
            timings_ms={stage: round(spent, 2) for stage, spent in self.timings_ms.items()},
        )

    def _cite(self, found: Found, source: tuple[int, int], place: tuple[int, int]) -> Citation:
        passage = found.passage
        begin, end = passage.start + source[0], passage.start + source[1]
        where = urlencode({"version": passage.version, "start": begin, "end": end})
        return Citation(
            n=len(self.citations) + 1,
            document_id=passage.document_id,
            passage_id=passage.id,
            title=passage.title,
            url=f"{self.policy.public_url}/sources/{passage.document_id}?{where}#quote",
            page=passage.page,
            heading=" › ".join(passage.heading),
            quote=passage.text[source[0] : source[1]],
            start=place[0],
            end=place[1],
            source_start=begin,
            source_end=end,
        )

    def _stop_clock(self) -> None:
        if self._stage is not None:
            self.timings_ms[self._stage] = _since(self._began)
            self._stage = None


def _checked(text: str) -> str:
    question = " ".join(text.split())
    if not any(letter.isprintable() and not letter.isspace() for letter in question):
        raise Refused("the question is empty: ask it in a few words")
    if len(question) > LONGEST_QUESTION:
        raise TooLarge(f"the question has {len(question):,} characters; the limit is {LONGEST_QUESTION:,}")
    return question


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def _log(message: Message, answer: Answer) -> None:
    logger.info(
        "answered",
        extra={
            "channel": message.address.channel,
            "tenant": message.tenant,
            "outcome": answer.outcome.value,
            "confidence": answer.confidence,
            "citations": len(answer.citations),
            "model": answer.model,
            "timings_ms": answer.timings_ms,
        },
    )
