"""The path of a question: remember · understand · retrieve · rerank · generate · verify; recorded once."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from core.asked import Asked, Understood
from core.clarifying import Clarifier
from core.conversations import Conversations
from core.errors import GenerationUnavailable, Refused, SearchUnavailable, TooLarge
from core.evidence import Evidence, EvidenceReader
from core.generate import Generator, Task
from core.hand_off import Standing
from core.hand_off_answers import silence
from core.locks import Locks
from core.message_language import detect_last
from core.messages import Answer, Event, Message, Token
from core.persona import Persona
from core.personas import Personas
from core.phrases import LANGUAGES
from core.recollection import Recalled, Recollection
from core.rerank import RerankStage
from core.sanitise import clean
from core.search import Found, Scope, Searcher
from core.second_reading import read_twice
from core.tickets import Tickets
from core.tools.looked_up import beside
from core.turn import Reply, Turn
from core.understand import Understanding

logger = logging.getLogger(__name__)

LONGEST_QUESTION = 2000
OUTAGE = "the passages could not be searched"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPolicy:
    """The confidence under which no answer is given, where links to sources lead, and what is spoken.

    The first of `languages` is for messages that show none, or one that is not among them. Where
    a tenant's persona lays down otherwise, that counts, but for the confidence where it `is_final`.
    """

    abstain_below: float
    is_final: bool = False
    public_url: str = ""
    languages: tuple[str, ...] = LANGUAGES

    def least_confidence(self, persona: Persona) -> float:
        """The confidence under which the desk with this persona gives no answer."""
        own = None if self.is_final else persona.abstain_below
        return self.abstain_below if own is None else own


@dataclass(frozen=True, slots=True, kw_only=True)
class Answerer:
    """Everything a question passes through on its way to an answer.

    `fallback` writes when `generator` cannot; without a `reranker` the fused order stands,
    without a `clarifier` nothing is asked back.
    """

    conversations: Conversations
    recollection: Recollection
    locks: Locks
    searcher: Searcher
    reranker: RerankStage | None
    reader: EvidenceReader
    generator: Generator
    fallback: Generator
    tickets: Tickets
    understanding: Understanding
    personas: Personas
    policy: AnswerPolicy
    clarifier: Clarifier | None = None

    async def answer(self, message: Message) -> AsyncGenerator[Event, None]:
        """The turn's events: steps, words as they are verified, and last one `Answer`.

        The same message twice gives the same answer again, without asking anew. Messages of
        one conversation are answered one after the other. While the passages can't be
        searched, nothing is answered from memory: the answer apologises and a ticket is open.

        Raises:
            NotFound: there is no such conversation.
            Refused: the question is empty. TooLarge: it is over 2,000 characters.
            RecordsUnavailable: what was asked can't be kept, so it is not answered either.
        """
        turn = Turn(message=message, public_url=self.policy.public_url)
        question = _checked(message.text)
        async with self.locks.hold("conversation", message.tenant, message.conversation_id):
            yield turn.step("remember")
            if before := await self.conversations.remember(message):
                yield Token(text=before.text)
                yield before
                return
            standing = await self.understanding.listen(message)
            if standing.state == "person":
                yield await self._recorded(message, question, silence(message))
                return
            turn.persona = await self.personas.of(message.tenant)
            try:
                async with aclosing(self._answer(turn, question, standing)) as events:
                    async for event in events:
                        yield await self._recorded(message, question, event)
            except SearchUnavailable:
                answer = await self._hand_off(turn)
                yield Token(text=answer.text)
                yield answer

    async def rerank(self, question: str, found: Sequence[Found]) -> list[Found]:
        """What the search found, with the passages an answer would rest on in the reader's order."""
        evidence = await self._read(question, found)
        read = {each.passage.id for each in evidence.passages}
        return [*evidence.passages, *(each for each in found if each.passage.id not in read)]

    async def _answer(self, turn: Turn, question: str, standing: Standing) -> AsyncGenerator[Event, None]:
        """The steps of a fresh question, up to the answer, which is not recorded yet."""
        message = turn.message
        persona = turn.persona
        languages = _first(message.language, persona.languages or self.policy.languages)
        asked_in = turn.language = detect_last([question], languages)
        if not persona.is_open(message.address.channel):
            answer = turn.closed()
            yield Token(text=answer.text)
            yield answer
            return
        vector = await self.searcher.embedder.embed_query(question)
        before_documents = await self.understanding.digest(message.tenant)
        flavour = f"{self.generator.name}:{asked_in}:{persona.digest}:{before_documents}"
        recalled = await self.recollection.recall(message, question, vector, flavour)
        said = [each.text for each in recalled.turns if each.role == "user"]
        turn.language = detect_last([*said, question], languages)
        match = await self.understanding.match(message, question, vector)
        if recalled.answer is not None and match is None:
            answer = turn.again(recalled.answer)
            yield Token(text=answer.text)
            yield answer
            return
        yield turn.step("understand")
        asked = Asked(
            message=message,
            question=question,
            vector=vector,
            turns=recalled.turns,
            language=turn.language,
            persona=persona,
            standing=standing,
            match=match,
            public_url=self.policy.public_url,
        )
        understood = await self.understanding.of(asked)
        if understood.reply is not None:
            yield Token(text=understood.reply.text)
            yield turn.say(understood.reply)
            return
        async with aclosing(self._look_up(turn, asked, understood, recalled)) as events:
            async for event in events:
                yield event

    async def _look_up(
        self, turn: Turn, asked: Asked, understood: Understood, recalled: Recalled
    ) -> AsyncGenerator[Event, None]:
        """The steps of a question to the documents."""
        message = turn.message
        yield turn.step("retrieve")
        scope = Scope(tenant=message.tenant, audiences=message.audiences, documents=message.documents)
        found = await self.searcher.search(understood.question, scope, understood.vector)
        yield turn.step("rerank")
        read = await self._read(understood.question, found, understood.own, asked.answered)
        evidence = beside(understood.looked.found, read)
        if back := await self._clarified(asked, understood, evidence):
            yield Token(text=back.text)
            yield turn.say(back)
            return
        if evidence.passages and evidence.confidence >= self.policy.least_confidence(turn.persona):
            yield turn.step("generate")
            task = Task(
                question=understood.question if understood.is_chosen else asked.question,
                passages=evidence.passages,
                history=asked.turns,
                evidence=evidence,
                on_choice=turn.choose,
                language=turn.language,
                persona=turn.persona,
                calls=understood.looked.calls,
            )
            async with aclosing(self._write(turn, task)) as tokens:
                async for token in tokens:
                    yield token
        written = turn.close(evidence)
        if understood.looked.may_be_kept:  # a tool's reply is this customer's, and of this moment
            await self.recollection.keep(recalled, written, evidence)
        answer = await self.understanding.after(asked, written, understood.reminder)
        if rest := answer.text.removeprefix(turn.text):
            yield Token(text=rest)
        yield answer

    async def _clarified(self, asked: Asked, understood: Understood, evidence: Evidence) -> Reply | None:
        """A question back, where what was asked stands alone and could mean several things."""
        if self.clarifier is None or not understood.is_alone:
            return None
        return await self.clarifier.ask(
            asked.message, understood.question, understood.vector, evidence, asked.language
        )

    async def _read(self, question: str, found: Sequence[Found], own: str = "", said: str = "") -> Evidence:
        """The evidence; a follow-up is read by its `own` words too, `said` being the last answer."""
        is_ordered = self.reranker is not None
        if self.reranker is not None:
            found = await self.reranker.order(question, found)
        evidence = await self.reader.read(question, found)
        if not own:
            return evidence
        return read_twice(evidence, await self.reader.read(own, found), said, is_ordered=is_ordered)

    async def _write(self, turn: Turn, task: Task) -> AsyncGenerator[Token, None]:
        """Verified sentences by the first generator that answers; what is not carried is dropped.

        Where nothing is left because it was translated, which can't be verified, the fallback quotes.
        """
        for generator in (self.generator, self.fallback):
            turn.model = generator.name
            try:
                async with aclosing(generator.draft(task)) as drafts:
                    async for draft in drafts:
                        known = len(turn.citations)
                        if text := turn.add(draft, task.grounds):
                            yield Token(text=text, cited=tuple(one.n for one in turn.citations[known:]))
                if turn.text or not turn.lost_translation:
                    return
            except GenerationUnavailable:
                logger.warning("generation_failed", extra={"generator": generator.name})
                if turn.text or generator is self.fallback:
                    return

    async def _recorded(self, message: Message, question: str, event: Event) -> Event:
        """The event; of an answer, the one that is kept."""
        if not isinstance(event, Answer):
            return event
        answer = await self.conversations.record(message, event)
        await self.recollection.note(message, question, answer)
        _log(message, answer)
        return answer

    async def _hand_off(self, turn: Turn) -> Answer:
        """The ticket, and the apology that tells of it, recorded."""
        message = turn.message
        conversation = await self.conversations.get(message.tenant, message.conversation_id)
        await self.tickets.open(conversation, OUTAGE, "outage")
        answer = await self.conversations.record(message, turn.hand_off())
        _log(message, answer)
        return answer


def _checked(text: str) -> str:
    said = len(" ".join(text.split()))
    if said > LONGEST_QUESTION:
        raise TooLarge(f"the question has {said:,} characters; the limit is {LONGEST_QUESTION:,}")
    question = clean(text)
    if not any(letter.isprintable() and not letter.isspace() for letter in question):
        raise Refused("the question is empty: ask it in a few words")
    return question


def _first(language: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    """The languages with the one that the door speaks in front, if it is among them."""
    return tuple(sorted(languages, key=lambda each: each != language))


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
