"""An answer in the making: its verified words and citations so far, and the time each step took."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from urllib.parse import urlencode

from core.evidence import Evidence
from core.generate import Choice, Draft
from core.grounding import support
from core.message_language import NAMES, detect, recognise
from core.messages import Answer, AnswerId, Citation, Message, Outcome, Stage, Status
from core.persona import PLAIN, Persona
from core.phrases import LANGUAGES, language_name
from core.search import Found
from core.tools.looked_up import is_looked_up

_STOPS = (".", "!", "?", "…", "。", "！", "？", '"', "”", "’", "»", ")", "]", ":")
_STEP = re.compile(r"(?:[-*•]|\d{1,3}[.)])\s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is said without looking anything up in documents."""

    text: str
    outcome: Outcome
    route: str
    confidence: float = 1.0
    citations: tuple[Citation, ...] = ()


@dataclass(slots=True, kw_only=True)
class Turn:
    """What one message has come to so far."""

    message: Message
    public_url: str = ""
    language: str = LANGUAGES[0]
    """The one the customer is spoken to in."""
    persona: Persona = PLAIN
    lost_translation: bool = False
    """Whether a sentence was dropped that is in another language than the passages it rests on."""
    text: str = ""
    model: str = "none"
    choice: Choice | None = None
    citations: list[Citation] = field(default_factory=list)
    timings_ms: dict[str, float] = field(default_factory=dict)
    _stage: Stage | None = None
    _began: float = 0.0

    def step(self, stage: Stage) -> Status:
        """Begin a step; the time of the one before is noted."""
        self._stop_clock()
        self._stage, self._began = stage, time.perf_counter()
        return Status(stage=stage)

    def choose(self, choice: Choice) -> None:
        """Note which model writes, and why."""
        self.model, self.choice = choice.model, choice

    def add(self, draft: Draft, passages: Sequence[Found]) -> str:
        """The words to send for a draft: itself when the passages carry it, else none.

        Before the first one that is in another language than the customer's stands a lead that
        says so. It is part of the same sentence, so the first citation's span begins with it.
        """
        began = time.perf_counter()
        carried = support(draft, passages)
        self.timings_ms["verify"] = self.timings_ms.get("verify", 0.0) + _since(began)
        if carried is None:
            self.lost_translation = self.lost_translation or _is_translated(draft, passages)
            return ""
        # Steps and table rows, which end without a stop, stand on lines of their own.
        is_line = _STEP.match(draft.text) or not self.text.endswith(_STOPS)
        gap = ("\n" if is_line else " ") if self.text else ""
        start = len(self.text) + len(gap)
        words = gap + (draft.text if self.text else self._led(draft.text))
        self.text += words
        for quote in carried.quotes:
            found = passages[quote.passage - 1]
            self.citations.append(self._cite(found, (quote.start, quote.end), (start, len(self.text))))
        return words

    def close(self, evidence: Evidence) -> Answer:
        """The answer that what was verified makes; none of it makes "I don't know"."""
        if self.text:
            return self._answer(Outcome.ANSWERED, self.text, evidence.confidence)
        says = self.persona.says("dont_know" if evidence.passages else "nothing_found", self.language)
        return self._answer(Outcome.UNSURE, says, evidence.confidence)

    def hand_off(self) -> Answer:
        """The answer that tells of an outage, and that a person has the question."""
        return self._answer(Outcome.HANDED_OFF, self.persona.says("apology", self.language), 0.0)

    def closed(self) -> Answer:
        """The answer where the door that the message came by is closed."""
        words = self.persona.says("closed_door", self.language)
        return self.say(Reply(text=words, outcome=Outcome.REFUSED, route="door"))

    def say(self, reply: Reply) -> Answer:
        """The answer that rests on no document."""
        self._stop_clock()
        return Answer(
            id=AnswerId(uuid.uuid4().hex),
            conversation_id=self.message.conversation_id,
            text=reply.text,
            outcome=reply.outcome,
            citations=reply.citations,
            confidence=round(reply.confidence, 4),
            route=reply.route,
            model=self.model,
            timings_ms=self._timings(),
            language=self.language,
        )

    def again(self, answer: Answer) -> Answer:
        """An answer that was given before to the same question, as this message's own."""
        self._stop_clock()
        return replace(
            answer,
            id=AnswerId(uuid.uuid4().hex),
            conversation_id=self.message.conversation_id,
            route="cache",
            timings_ms=self._timings(),
        )

    def _answer(self, outcome: Outcome, text: str, confidence: float) -> Answer:
        self._stop_clock()
        return Answer(
            id=AnswerId(uuid.uuid4().hex),
            conversation_id=self.message.conversation_id,
            text=text,
            outcome=outcome,
            citations=tuple(self.citations),
            confidence=round(confidence, 4),
            route="documents",
            model=self.model,
            timings_ms=self._timings(),
            choice=asdict(self.choice) if self.choice else None,
            language=self.language,
        )

    def _led(self, text: str) -> str:
        """The first sentence, after the lead that tells its language where that is not the customer's."""
        other = detect(text, self.language, tuple(NAMES))
        if other in (self.language, recognise(self.message.text)):
            return text
        lead = self.persona.says("quoted", self.language, language=language_name(other, self.language))
        return f"{lead}{chr(10) if _STEP.match(text) else ' '}{text}"

    def _timings(self) -> dict[str, float]:
        return {stage: round(spent, 2) for stage, spent in self.timings_ms.items()}

    def _cite(self, found: Found, source: tuple[int, int], place: tuple[int, int]) -> Citation:
        passage = found.passage
        begin, end = passage.start + source[0], passage.start + source[1]
        where = urlencode({"version": passage.version, "start": begin, "end": end})
        return Citation(
            n=len(self.citations) + 1,
            document_id=passage.document_id,
            passage_id=passage.id,
            title=passage.title,
            url=""
            if is_looked_up(passage.document_id)
            else f"{self.public_url}/sources/{passage.document_id}?{where}#quote",
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


def _is_translated(draft: Draft, passages: Sequence[Found]) -> bool:
    said = recognise(draft.text)
    rests_on = [passages[n - 1].passage.text for n in draft.cited if 1 <= n <= len(passages)]
    return said is not None and any(recognise(text) not in (said, None) for text in rests_on)


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000
