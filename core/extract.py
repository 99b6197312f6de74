"""Answers without a language model: the sentences that answer, quoted as they stand."""

from collections.abc import AsyncIterator

from core.generate import Draft, Task

MOST_SENTENCES = 2
MOST_WORDS = 45


class ExtractiveGenerator:
    """Quotes the best sentences of the evidence, in reading order, within a word limit.

    The best sentence is always quoted whole. Others follow while they fit and score at
    least `least_share` of the best one's score.
    """

    name = "extractive"

    def __init__(self, *, words: int = MOST_WORDS, least_share: float = 0.35) -> None:
        self._words = words
        self._least_share = least_share

    async def draft(self, task: Task) -> AsyncIterator[Draft]:
        """The quoted sentences, in the order of passages and then of their text."""
        if task.evidence is None or not task.evidence.sentences:
            return
        ranked = sorted(task.evidence.sentences, key=lambda sentence: -sentence.score)
        chosen = ranked[:1]
        words = len(task.evidence.text(ranked[0]).split())
        for sentence in ranked[1:]:
            length = len(task.evidence.text(sentence).split())
            if len(chosen) == MOST_SENTENCES or sentence.score < self._least_share * ranked[0].score:
                break
            if words + length <= self._words:
                chosen.append(sentence)
                words += length
        for sentence in sorted(chosen, key=lambda each: (each.passage, each.start)):
            yield Draft(text=task.evidence.text(sentence), cited=(sentence.passage + 1,))
