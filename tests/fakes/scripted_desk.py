"""A desk whose answers are written down, with the time they take; and the others a talk needs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace

from channels.voice.call_report import CallReport
from channels.voice.talk_parts import Awaited, PersonWish, Question, Way
from channels.voice.telephone import Call
from core.documents import DocumentId, PassageId
from core.errors import FrontdeskError
from core.messages import Answer, AnswerId, Citation, ConversationId, Event, Outcome, Status, Token

CITED = Citation(
    n=1,
    document_id=DocumentId("d"),
    passage_id=PassageId("p"),
    title="returns.md",
    url="/v1/documents/d/file",
    page=2,
    heading="",
    quote="",
    start=0,
    end=1,
    source_start=0,
    source_end=1,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scripted:
    """An answer: its sentences, the seconds before the first and between the others, and how it ends."""

    sentences: tuple[str, ...]
    after_s: float = 0.05
    between_s: float = 0.05
    outcome: Outcome = Outcome.ANSWERED
    citations: tuple[Citation, ...] = ()
    route: str = "documents"
    language: str = "en"
    error: Exception | None = None
    awaited: Awaited = field(default_factory=Awaited)


def answer(*sentences: str, **changes: object) -> Scripted:
    return replace(Scripted(sentences=sentences), **changes)  # type: ignore[arg-type]


@dataclass(slots=True)
class ScriptedDesk:
    """Gives the answers one after the other, the last again and again; or asks `write` for each."""

    answers: list[Scripted] = field(default_factory=list)
    write: Callable[[Question], Scripted] | None = None
    asked: list[Question] = field(default_factory=list)
    noted: list[tuple[str, str]] = field(default_factory=list)
    cut: int = 0
    _awaited: Awaited = field(default_factory=Awaited)

    async def ask(self, call: Call, question: Question) -> AsyncGenerator[Event, None]:
        self.asked.append(question)
        scripted = self._next(question)
        is_done = False
        try:
            yield Status(stage="retrieve")
            await asyncio.sleep(scripted.after_s)
            yield Status(stage="generate")
            for number, sentence in enumerate(scripted.sentences):
                await asyncio.sleep(scripted.between_s if number else 0)
                yield Token(
                    text=f"{' ' if number else ''}{sentence}", cited=(1,) if scripted.citations else ()
                )
            if scripted.error is not None:
                is_done = True
                raise scripted.error
            self._awaited = scripted.awaited
            is_done = True
            yield self._answer(scripted)
        finally:
            self.cut += not is_done

    async def heard(self, call: Call, question: Question, text: str) -> None:
        self.noted.append((question.text, text))

    async def awaited(self, call: Call) -> Awaited:
        return self._awaited

    def _next(self, question: Question) -> Scripted:
        if self.write is not None:
            return self.write(question)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def _answer(self, scripted: Scripted) -> Answer:
        return Answer(
            id=AnswerId(f"a{len(self.asked)}"),
            conversation_id=ConversationId("c1"),
            text=" ".join(scripted.sentences),
            outcome=scripted.outcome,
            citations=scripted.citations,
            confidence=0.9,
            route=scripted.route,
            model="scripted",
            language=scripted.language,
        )


@dataclass(slots=True)
class KeptCalls:
    reports: list[CallReport] = field(default_factory=list)

    async def keep(self, report: CallReport) -> None:
        self.reports.append(report)


@dataclass(slots=True)
class ScriptedLinks:
    may: bool = True
    works: bool = True
    sent: list[Answer] = field(default_factory=list)

    async def may_offer(self, call: Call, answer: Answer) -> bool:
        return self.may and bool(answer.citations)

    async def send(self, call: Call, answer: Answer) -> bool:
        self.sent.append(answer)
        return self.works


@dataclass(slots=True)
class ScriptedHandOff:
    way: Way = "transfer"
    error: FrontdeskError | None = None
    wishes: list[PersonWish] = field(default_factory=list)
    taken: list[tuple[PersonWish, Way]] = field(default_factory=list)

    async def find(self, wish: PersonWish) -> Way:
        self.wishes.append(wish)
        return self.way

    async def take(self, wish: PersonWish, way: Way) -> None:
        if self.error is not None:
            raise self.error
        self.taken.append((wish, way))
