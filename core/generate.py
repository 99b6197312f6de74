"""Words for an answer: the `Generator` contract."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from core.evidence import Evidence
from core.persona import PLAIN, Persona
from core.search import Found


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """An earlier exchange of the conversation, oldest first when in a sequence."""

    role: str
    text: str


Size = Literal["small", "large"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which of several models writes, and why.

    `score`, 0 to 1, is the chance that the small one will not do, and `features` what it was
    made of. `wanted` is the size that the score asks for, `size` the one that writes.
    """

    model: str
    size: Size
    wanted: Size
    score: float
    features: Mapping[str, float]


def _unheard(choice: Choice) -> None:
    """Nobody asked who writes."""


class InlineCalls(Protocol):
    """Calls that a generator may make while it writes; `offer` tells a model of them.

    `found` is what they have found so far, numbered after the task's passages.
    """

    offer: str
    found: list[Found]

    async def call(self, name: str, arguments: Mapping[str, str]) -> Found | None:
        """What a call finds, which is then the last of `found`; none where it may not be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a generator is asked: the question, what may be used, and what was said before.

    `passages` are numbered from 1 in the order given; nothing else may be used.
    `evidence` is what a reader made of them. A generator that has several models tells
    `on_choice` which one it takes, each time it begins with one. `language` (ISO 639-1) is what to
    answer in; empty: the question's own. `persona` is how the desk speaks; `calls` may be made
    on the way.
    """

    question: str
    passages: Sequence[Found]
    history: Sequence[Turn] = ()
    evidence: Evidence | None = None
    on_choice: Callable[[Choice], None] = _unheard
    language: str = ""
    persona: Persona = PLAIN
    calls: InlineCalls | None = None

    @property
    def grounds(self) -> Sequence[Found]:
        """What an answer may rest on now: the passages, and what calls have found."""
        return [*self.passages, *(self.calls.found if self.calls else ())]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One sentence a generator proposes, and the passages it says it rests on (from 1).

    It has not been checked: `core.grounding` does that.
    """

    text: str
    cited: tuple[int, ...]


class Generator(Protocol):
    """Writes an answer from numbered passages, sentence by sentence."""

    name: str

    def draft(self, task: Task) -> AsyncGenerator[Draft]:
        """The sentences of an answer, in order; none when the passages do not hold one.

        Closing the iterator early stops the work behind it.

        Raises:
            GenerationUnavailable: the model did not answer, or broke off.
        """

    async def check(self) -> str:
        """What it writes with, in a few words, once that has shown that it works.

        Raises:
            GenerationUnavailable: it does not.
        """

    async def close(self) -> None:
        """Give back connections, where there are any."""
