"""Answers without a language model: the sentences that answer, quoted as they stand."""

from collections.abc import AsyncGenerator

from core.evidence import Sentence
from core.generate import Draft, Task
from core.orders import looks_like_an_order

MOST_SENTENCES = 3
MOST_WORDS = 80
"""At most so many in one answer; over many questions answers average some 40 words."""
LEAST_SCORE = 0.08


class ExtractiveGenerator:
    """Quotes the best sentences of the evidence, in reading order, within a word limit.

    The best sentence is always quoted whole. Others follow while they fit and score at
    least `least_score`. One that gives orders to a model is not quoted.
    """

    name = "extractive"

    def __init__(self, *, words: int = MOST_WORDS, least_score: float = LEAST_SCORE) -> None:
        self._words = words
        self._least_score = least_score

    async def draft(self, task: Task) -> AsyncGenerator[Draft]:
        """The quoted sentences, in the order of passages and then of their text."""
        if task.evidence is None or not task.evidence.sentences:
            return
        chosen: list[Sentence] = []
        words = 0
        for sentence in sorted(task.evidence.sentences, key=lambda each: -each.score):
            if len(chosen) == MOST_SENTENCES or (chosen and sentence.score < self._least_score):
                break
            text = task.evidence.text(sentence)
            length = len(text.split())
            if (not chosen or words + length <= self._words) and not looks_like_an_order(text):
                chosen.append(sentence)
                words += length
        for sentence in sorted(chosen, key=lambda each: (each.passage, each.start)):
            yield Draft(text=task.evidence.text(sentence), cited=(sentence.passage + 1,))

    async def check(self) -> str:
        """Nothing can fail."""
        return "sentences quoted from the documents"

    async def close(self) -> None:
        """Nothing is held."""
