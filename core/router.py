"""What a customer wants by a message: small talk, a person, a tool, or none of these, which is a question.

Trained, for each tenant, from the utterances that come with the desk, those that the tenant's
admin noted, and the examples and descriptions of its tools. Questions of every kind, which are
none of them, say where the edge is.
"""

from __future__ import annotations

import csv
import re
from collections import OrderedDict
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
from core.utterances import NONE, OwnUtterances

Kind = Literal["small_talk", "human", "tool", "question"]
QUESTION, HUMAN, TOOL = "question", "human", "tool:"
"""What utterances are labelled with: a tool's name follows its label, small talk has its sorts' names."""
MOST_WORDS = 12
"""A longer message says more than hello."""
KEPT_CLASSIFIERS = 128
"""How many are held at a time: one for each set of tools, which come and go, and own utterances."""
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
    """Tells what messages want.

    It learns when it is first asked with a set of tools and own utterances, in about a second.
    """

    def __init__(self, embedder: Embedder, utterances: Sequence[Utterance]) -> None:
        self._embedder = embedder
        self._utterances = utterances
        self._trained: OrderedDict[tuple[str, frozenset[Utterance]], IntentClassifier] = OrderedDict()
        self._lock = anyio.Lock()

    @property
    def utterances(self) -> Sequence[Utterance]:
        """Those that come with the desk."""
        return self._utterances

    async def embed(self, text: str) -> Vector:
        """The vector that `route` takes beside a message."""
        return await self._embedder.embed_query(text)

    async def prepare(self, tools: Mapping[str, Tool], own: OwnUtterances = NONE) -> None:
        """Learn what there is to learn with these tools and own utterances."""
        await self._classifier(tools, own)

    async def route(
        self, text: str, vector: Vector, tools: Mapping[str, Tool], own: OwnUtterances = NONE
    ) -> Route:
        """Where a message goes, given the tenant's tools and its own utterances.

        `vector` is the message's embedding as a query.
        """
        classifier = await self._classifier(tools, own)
        understood = await classifier.understand(text, vector)
        if not understood.is_known or understood.chance < _LEAST_CHANCE:
            return Route(kind="question")
        name, chance = understood.intent, understood.chance
        if name.startswith(TOOL):
            tool = tools[name.removeprefix(TOOL)]
            if asks_how(text, tool):
                return Route(kind="question", chance=chance)
            return Route(kind="tool", name=tool.name, chance=chance)
        if len(text.split()) > MOST_WORDS:
            return Route(kind="question")
        if name == HUMAN:
            return Route(kind="human", chance=chance)
        return Route(kind="small_talk", name=name, chance=chance)

    async def _classifier(self, tools: Mapping[str, Tool], own: OwnUtterances) -> IntentClassifier:
        key = (own.digest, frozenset(of_tools(tools.values())))
        if (known := self._trained.get(key)) is None:
            async with self._lock:
                if (known := self._trained.get(key)) is None:
                    known = self._trained[key] = await self._train(tools, own)
        self._trained.move_to_end(key)
        while len(self._trained) > KEPT_CLASSIFIERS:
            self._trained.popitem(last=False)
        return known

    async def _train(self, tools: Mapping[str, Tool], own: OwnUtterances) -> IntentClassifier:
        # A sentence that was noted for a tool which has gone since says nothing.
        noted = [one for one in own.examples if _is_at_hand(one.intent, tools)]
        every = [*self._utterances, *noted]
        wanted = [one for one in every if one.intent != QUESTION]
        others = [one.text for one in every if one.intent == QUESTION]
        return await IntentClassifier.train(
            self._embedder, [*wanted, *of_tools(tools.values())], others=others
        )


def asks_how(text: str, tool: Tool) -> bool:
    """Whether a message only asks how something is done that the tool would do.

    "How do I return it?" asks how that is done. "I want to return it" wants it done.
    """
    return tool.effect == "changes" and _INFORMS.match(text) is not None


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


def _is_at_hand(label: str, tools: Mapping[str, Tool]) -> bool:
    return not label.startswith(TOOL) or label.removeprefix(TOOL) in tools


def of_tools(tools: Iterable[Tool]) -> list[Utterance]:
    """What the tools themselves say that people want who want them."""
    return [
        Utterance(text=text, intent=f"{TOOL}{tool.name}")
        for tool in tools
        for text in (tool.title, tool.description, *tool.examples)
        if telling_words(text)
    ]
