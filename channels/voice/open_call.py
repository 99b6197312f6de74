"""`OpenCall`: a call that goes on: its line, its two sides, and what is open between them."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from channels.voice.call_report import EndReason
from channels.voice.interruption import Floor
from channels.voice.manners import Manners
from channels.voice.mouth import Mouth
from channels.voice.phone_phrases import phone_phrase
from channels.voice.silence_ladder import SilenceLadder
from channels.voice.talk_parts import Awaited, PersonWish, Question, TalkParts, WishReason
from channels.voice.telephone import Call, Telephone, Utterance
from channels.voice.transcript import Transcript
from channels.voice.turn_latency import TurnClock, TurnLatency
from core.messages import Answer, AnswerId

OfferKind = Literal["links", "transfer", "voicemail", "confirm", "anything_else"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A question of the talk's own that waits for yes or no.

    `answer` is whose links are offered, `text` what was understood and wants to be confirmed.
    """

    kind: OfferKind
    answer: Answer | None = None
    text: str = ""
    reason: WishReason = "desk"


@dataclass(slots=True)
class Turn:
    """A reply on its way. With a `question` it is the desk's, and `ids` are its sentences.

    `began_at` is when the caller had asked, `is_answered` that the whole answer is with the line.
    """

    began_at: float = 0.0
    is_reminder: bool = False
    is_answered: bool = False
    question: Question | None = None
    clock: TurnClock | None = None
    ids: list[str] = field(default_factory=list)
    had_filler: bool = False
    task: asyncio.Task[None] | None = None


@dataclass(slots=True, kw_only=True)
class OpenCall:
    """What the parts of a talk share.

    `awaited` is what the desk waits for, once the caller has heard the question for it; `coming`
    is the same from when it is known. `said` is what "again" repeats.
    """

    telephone: Telephone
    parts: TalkParts
    manners: Manners
    transcript: Transcript
    floor: Floor
    mouth: Mouth
    ladder: SilenceLadder
    on_left: Callable[[], None]
    awaited: Awaited = field(default_factory=Awaited)
    coming: Awaited = field(default_factory=Awaited)
    offer: Offer | None = None
    answer: Answer | None = None
    said: str = ""
    source: str = ""
    waiting: Utterance | None = None
    """What the caller said while something was said that must be heard."""
    misses: int = 0
    wants_no_links: bool = False
    was_offered_person: bool = False
    is_leaving: bool = False
    reason: EndReason = "hung_up"
    end: str | None = None
    """The line's words for the end of the call, empty where the desk left it; none while the call goes on."""
    turns: list[TurnLatency] = field(default_factory=list)
    answers: list[AnswerId] = field(default_factory=list)
    _token: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    _asked: int = 0

    @property
    def call(self) -> Call:
        """Whose call it is."""
        return self.telephone.call

    @property
    def language(self) -> str:
        """What the call is spoken in now."""
        return self.mouth.language

    @property
    def is_asked(self) -> bool:
        """Whether the caller was asked for yes or no."""
        return self.offer is not None or self.awaited.kind == "yes_no"

    @property
    def has_asked_openly(self) -> bool:
        """Whether the desk's last answer was a question that yes may be an answer to."""
        if self.answer is None or self.coming.kind in ("reference", "name"):
            return False
        return self.said == self.answer.text and self.said.rstrip().endswith("?")

    def phrase(self, name: str, /, **values: object) -> str:
        """A sentence of the telephone's, in the call's language."""
        return phone_phrase(name, self.language, **values)

    def question(self, text: str) -> Question:
        """A question of this call."""
        self._asked += 1
        return Question(id=f"{self.call.id}:{self._token}:{self._asked}", text=text, language=self.language)

    def wish(self, reason: WishReason) -> PersonWish:
        """The wish for a person, with all that was said."""
        return PersonWish(call=self.call, reason=reason, language=self.language, lines=self.transcript.lines)

    def speak_language(self, language: str) -> None:
        """Speak and listen in another language from now on."""
        self.mouth.language = language
        self.telephone.expect(hints=self.coming.hints, language=language)

    def expect(self, awaited: Awaited) -> None:
        """Note what the desk has asked for, and tell whoever recognises speech."""
        self.coming = awaited
        self.telephone.expect(hints=awaited.hints, language=self.language)

    def close_turn(self, turn: Turn, *, was_interrupted: bool) -> None:
        """Note what a turn took."""
        if turn.clock is None or turn.question is None:
            return
        latency = turn.clock.latency(
            asyncio.get_running_loop().time(),
            self.mouth.first_sound_at(turn.ids),
            question_id=turn.question.id,
            call_began_at=self.transcript.began_at,
            had_filler=turn.had_filler,
            was_interrupted=was_interrupted,
        )
        turn.clock = None
        self.turns.append(latency)
