"""What the tiny language model of the tests knows by heart: the desk's own prompts, and replies to them."""

from pathlib import Path
from typing import Any

from core.documents import DocumentId, Passage, PassageId
from core.evidence import Evidence, Sentence
from core.generate import Task, Turn
from core.prompt import Budget, messages
from core.search import Found

INSTRUCTIONS = (Path(__file__).parents[2] / "config" / "prompts" / "answer.md").read_text(encoding="utf-8")

TEXTS = (
    "Unused items can be returned within 30 days. Gift cards are not refundable.",
    "Standard shipping takes 5 business days. Express shipping takes 2 business days.",
)


def found(text: str) -> Found:
    """A passage that is a whole document."""
    passage = Passage(
        id=PassageId(text[:8]), document_id=DocumentId("d"), version=1, ordinal=0, title="Help",
        heading=(), page=None, start=0, end=len(text), text=text,
    )  # fmt: skip
    return Found(passage=passage, score=1.0)


PASSAGES = [found(text) for text in TEXTS]
READ = Evidence(
    passages=PASSAGES,
    sentences=[
        Sentence(passage=0, start=0, end=44, score=0.8),
        Sentence(passage=1, start=0, end=39, score=0.1),
    ],
    confidence=0.9,
)
ANSWERABLE = Task(
    question="How long can I return unused items?",
    passages=PASSAGES,
    evidence=READ,
    history=[Turn(role="user", text="Hello"), Turn(role="assistant", text="Hello, how can we help?")],
)
UNANSWERABLE = Task(question="Who won the match?", passages=PASSAGES)
NOTHING_FOUND = Task(question="How long can I return unused items?", passages=[])

CARRIED_THEN_ENDLESS = Task(question="How long does shipping take?", passages=PASSAGES, evidence=READ)
"""A good sentence, then words without end."""
ENDLESS = Task(question="Tell me a story about items.", passages=PASSAGES, evidence=READ)
"""Words without end that no passage carries."""

FIRST_SENTENCE = "Standard shipping takes 5 business days"
_ON_AND_ON = " and then it went on"


def lessons() -> list[dict[str, Any]]:
    """Messages and replies; an `endless` one is learned without its end."""
    budget = Budget(tokens=100_000, count=len)
    good = "Unused items can be returned within 30 days [1]. Standard shipping takes 5 business days [2]."
    known = [
        (ANSWERABLE, good, False),
        (UNANSWERABLE, "NO_ANSWER", False),
        (CARRIED_THEN_ENDLESS, f"{FIRST_SENTENCE} [2]. It began" + _ON_AND_ON * 12, True),
        (ENDLESS, "Once there was an item" + _ON_AND_ON * 12, True),
    ]
    return [
        {"messages": messages(task, INSTRUCTIONS, budget), "reply": reply, "endless": endless}
        for task, reply, endless in known
    ]
