"""Words for an answer: the `Generator` contract."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.evidence import Evidence
from core.search import Found


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """An earlier exchange of the conversation, oldest first when in a sequence."""

    role: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a generator is asked: the question, what may be used, and what was said before.

    `passages` are numbered from 1 in the order given; nothing else may be used.
    `evidence` is what a reader made of them.
    """

    question: str
    passages: Sequence[Found]
    history: Sequence[Turn] = ()
    evidence: Evidence | None = None


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
