"""What the found passages say about a question: their sentences, weighed, and how sure one may be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.search import Found


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence of the passage at place `passage` (from 0): `start` to `end` of its text.

    `score` is the chance, 0 to 1, that this of all sentences is the one that answers.
    """

    passage: int
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was read. `confidence`, 0 to 1, is the chance that the passages hold the answer."""

    passages: Sequence[Found]
    sentences: Sequence[Sentence]
    confidence: float

    def text(self, sentence: Sentence) -> str:
        """The words of one of the sentences."""
        return self.passages[sentence.passage].passage.text[sentence.start : sentence.end]


class EvidenceReader(Protocol):
    """Reads passages for a question; may put them in a better order than the search did."""

    name: str

    async def read(self, question: str, found: Sequence[Found]) -> Evidence:
        """The passages worth resting on, best first, their sentences, and the confidence.

        `found` is everything the search proposed, best first. None found is confidence 0.
        """
