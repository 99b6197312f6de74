"""What a customer wants by a message: small talk, a person, a tool, or none of these, which is a question.

Trained, for each tenant, from the utterances that come with the desk and the examples and
descriptions of the tenant's tools. Questions of every kind, which are none of them, say where
the edge is.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import anyio

from core.errors import Misconfigured
from core.intents import IntentClassifier, Utterance
from core.language import telling_words
from core.search import Embedder, Vector
from core.tools.tool import Tool

Kind = Literal["small_talk", "human", "tool", "question"]
_QUESTION, _HUMAN, _TOOL = "question", "human", "tool:"
MOST_WORDS = 12
"""A longer message says more than hello."""
_LEAST_CHANCE = 0.5
_INFORMS = re.compile(
    r"\A\W*(?:how (?:do|can|does|long|much|many)|what (?:is|are|does|happens)|who|why|when|which"
    r"|where (?:are|do)|do you|does|is there|are there|cómo|cuánto|qué|wie|was|welche|comment|combien|quel)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a message goes. `name` is the sort of small talk or the tool; `chance` how sure that is."""

    kind: Kind
    name: str = ""
    chance: float = 1.0


class Router:
    """Tells what messages want. It learns when it is first asked with a set of tools, in about a second."""

    def __init__(self, embedder: Embedder, utterances: Sequence[Utterance]) -> None:
        self._embedder = embedder
        self._utterances = utterances
        self._trained: dict[tuple[str, ...], IntentClassifier] = {}
        self._lock = anyio.Lock()

    async def prepare(self, tools: Mapping[str, Tool]) -> None:
        """Learn what there is to learn with these tools."""
        await self._classifier(tools)

    async def route(self, text: str, vector: Vector, tools: Mapping[str, Tool]) -> Route:
        """Where a message goes, given the tenant's tools; `vector` is its embedding as a query."""
        classifier = await self._classifier(tools)
        understood = await classifier.understand(text, vector)
        if not understood.is_known or understood.chance < _LEAST_CHANCE:
            return Route(kind="question")
        name, chance = understood.intent, understood.chance
        if name.startswith(_TOOL):
            tool = tools[name.removeprefix(_TOOL)]
            # "How do I return it?" asks how that is done. "I want to return it" wants it done.
            if tool.effect == "changes" and asks_how(text):
                return Route(kind="question", chance=chance)
            return Route(kind="tool", name=tool.name, chance=chance)
        if len(text.split()) > MOST_WORDS:
            return Route(kind="question")
        if name == _HUMAN:
            return Route(kind="human", chance=chance)
        return Route(kind="small_talk", name=name, chance=chance)

    async def _classifier(self, tools: Mapping[str, Tool]) -> IntentClassifier:
        names = tuple(sorted(tools))
        async with self._lock:
            if names not in self._trained:
                wanted = [one for one in self._utterances if one.intent != _QUESTION]
                others = [one.text for one in self._utterances if one.intent == _QUESTION]
                examples = [*wanted, *_of_tools(tools.values())]
                self._trained[names] = await IntentClassifier.train(self._embedder, examples, others=others)
        return self._trained[names]


def asks_how(text: str) -> bool:
    """Whether a message asks about something instead of asking for it to be done.

    >>> asks_how("How do I return it?"), asks_how("I want to return it")
    (True, False)
    """
    return _INFORMS.match(text) is not None


def read_utterances(folder: Path) -> tuple[Utterance, ...]:
    """What people say that is no question to the documents, and questions, from every CSV of a folder.

    Raises:
        Misconfigured: a file has no columns `text` and `category`.
    """
    rows: list[Utterance] = []
    for file in sorted(folder.glob("*.csv")):
        with file.open(newline="", encoding="utf-8") as lines:
            try:
                rows += [Utterance(text=row["text"], intent=row["category"]) for row in csv.DictReader(lines)]
            except KeyError as error:
                raise Misconfigured(f"{file.name} has no column {error}: it takes text,category") from error
    return tuple(rows)


def _of_tools(tools: Iterable[Tool]) -> list[Utterance]:
    return [
        Utterance(text=text, intent=f"{_TOOL}{tool.name}")
        for tool in tools
        for text in (tool.title, tool.description, *tool.examples)
        if telling_words(text)
    ]
