"""`Asked` and `Understood`: a message with what is known of it, and what it comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.faq_judged import FaqMatch
from core.generate import Turn as Said
from core.hand_off import Standing
from core.messages import Message
from core.persona import PLAIN, Persona
from core.search import Vector
from core.tools.calling import Looked
from core.turn import Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A message with what is known of it: its words cleaned, their vector, the turns before, its language."""

    message: Message
    question: str
    vector: Vector
    turns: Sequence[Said]
    language: str
    standing: Standing
    match: FaqMatch | None = None
    public_url: str = ""
    persona: Persona = PLAIN

    @property
    def before(self) -> list[str]:
        """What the customer said earlier, without what the desk said, which may quote documents."""
        return [turn.text for turn in self.turns if turn.role == "user"]

    @property
    def answered(self) -> str:
        """What the desk said last."""
        return next((turn.text for turn in reversed(self.turns) if turn.role == "assistant"), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """The words to search with and their vector, or a reply that makes that needless.

    `reminder` leads back to what was being talked about, once the question is answered.
    `is_chosen` says that the question stands for what the customer has picked, `is_alone` that
    it rests on nothing that was said before, so that it may have to be asked back.
    `looked` is what tools say to the question. `own` are a follow-up's own words where
    `question` has others beside them that were carried from the turns before.
    """

    question: str
    vector: Vector
    reply: Reply | None = None
    reminder: str = ""
    is_chosen: bool = False
    is_alone: bool = False
    own: str = ""
    looked: Looked = field(default_factory=Looked)
