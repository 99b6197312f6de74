"""A question that leans on the turns before it, made into one that can be searched for by itself."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.errors import Unavailable
from core.generate import Turn
from core.language import language_of
from core.mentions import KnownNames
from core.referring import Reading, read, telling_of, without_ellipsis
from core.thread import Thread, names_in

logger = logging.getLogger(__name__)

LONGEST = 2000
"""Characters of a standalone question."""
LONGEST_REWRITTEN = 400
LONGEST_TOPIC_WORDS = 25
"""A longer question is carried by its telling words only."""
MOST_TOPIC_WORDS = 8
WHOLE_WORDS = 4
"""So many telling words after "what about" make a question that has its own topic."""
PLAIN_WORDS = 3
"""A question with so many telling words and no sign of leaning needs no model to be read."""
LEAST_SHARED = 0.5
"""Of the telling words of a rewritten question, those that were said before."""
NO_NAMES = KnownNames(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Standalone:
    """The words to search with, and what they took from the turns before.

    `text` is the question as it is where it leans on nothing. It is for searching only:
    data, never an instruction. `own` are the question's own words, where the carried ones
    were only put behind them: what it asks, without what it asks of.
    """

    text: str
    is_follow_up: bool = False
    carried: tuple[str, ...] = ()
    own: str = ""


class Rewriter(Protocol):
    """Says with a language model what a question means after the turns before it."""

    async def rewrite(self, question: str, turns: Sequence[Turn]) -> str:
        """The question as it would be asked without the turns.

        Raises:
            GenerationUnavailable: the model did not answer, or not in time.
        """


async def standalone(
    question: str,
    turns: Sequence[Turn],
    *,
    names: KnownNames = NO_NAMES,
    rewriter: Rewriter | None = None,
) -> Standalone:
    """The question, with what it leans on said in it; at most 2,000 characters.

    `names` are those that the knowledge base knows (titles, headings, the things its FAQ is
    about): a name that was mentioned is carried even where speech has no capitals. The
    rewriter is asked only where there are turns and the question is not plainly whole; its
    words are taken if they are short and made of what was said, else the rules decide.
    """
    language = language_of(" ".join([question, *(turn.text for turn in turns[-4:])]))
    ruled = by_rules(question, turns, names, language)
    if rewriter is None or not turns or not (ruled.is_follow_up or _is_doubtful(question, language)):
        return ruled
    try:
        rewritten = " ".join((await rewriter.rewrite(question, turns)).split())
    except Unavailable:
        logger.warning("rewriting_failed")
        return ruled
    if not is_sound(rewritten, question, turns):
        logger.warning("rewriting_unsound", extra={"characters": len(rewritten)})
        return ruled
    if rewritten.casefold() == question.casefold():
        return Standalone(text=question)
    said = set(_words(question))
    new = (word for word in telling_of(rewritten) if word.lower() not in said)
    return Standalone(text=rewritten, is_follow_up=True, carried=tuple(new))


def by_rules(
    question: str, turns: Sequence[Turn], names: KnownNames = NO_NAMES, language: str = "english"
) -> Standalone:
    """What `standalone` gives without a model. Takes a millisecond or two."""
    plain = Standalone(text=question[:LONGEST])
    if not any(turn.text.strip() for turn in turns):
        return plain
    thread = Thread.of(turns, names, language)
    reading = read(question, language)
    known = tuple(each.name for each in names.mentions(question[:LONGEST]))
    text, carried = _carried(reading, thread, known, names_in(question[:LONGEST], language))
    if not carried:
        return plain
    words = " ".join(dict.fromkeys(carried))
    return Standalone(
        text=f"{text[: LONGEST - len(words) - 1]} {words}"[:LONGEST],
        is_follow_up=True,
        carried=carried,
        own="" if reading.lean == "ordinal" else reading.text[:LONGEST],
    )


def _carried(
    reading: Reading, thread: Thread, known: Sequence[str], named: Sequence[str]
) -> tuple[str, tuple[str, ...]]:
    """The question's own part, and what is added to it. `known` and `named` are names it has itself."""
    own = (*known, *named)
    if reading.lean == "none":
        return reading.text, (thread.focus,) if thread.is_about_focus(reading, own) else ()
    if reading.lean == "ordinal" and (item := thread.item(reading.place)):
        rest = without_ellipsis(reading.rest)
        topic = () if telling_of(rest) else _topic(thread, replaced=item)
        return rest, (*topic, item)
    if reading.lean != "ellipsis" and (known or (named and reading.lean == "short")):
        return reading.text, ()
    subject = (thread.focus,) if thread.focus and not own else ()
    if reading.lean == "ellipsis" and thread.topic:
        return _replaced(reading, thread, own, subject)
    if subject:
        return reading.text, subject
    topic = _topic(thread) if reading.lean == "bare" else _telling_topic(thread)
    return reading.text, (*thread.names, *topic)


def _replaced(
    reading: Reading, thread: Thread, own: Sequence[str], subject: tuple[str, ...]
) -> tuple[str, tuple[str, ...]]:
    """The topic with something else in the place of what it named: "and for students?"."""
    if len(telling_of(reading.rest)) >= WHOLE_WORDS or (subject and reading.is_heard):
        return reading.text, subject
    return reading.rest, (*_topic(thread, replaced=" ".join(own)), *subject)


def _topic(thread: Thread, *, replaced: str = "") -> tuple[str, ...]:
    """The topic as it was asked, without the names that others stand in for now."""
    text = thread.topic
    if replaced:
        for name in names_in(text, "english"):
            text = text.replace(name, " ")
    if len(text.split()) > LONGEST_TOPIC_WORDS:
        return tuple(telling_of(text)[:MOST_TOPIC_WORDS])
    return (" ".join(text.split()).strip(" ?"),) if text.strip(" ?") else ()


def _telling_topic(thread: Thread) -> tuple[str, ...]:
    named = {word for name in thread.names for word in _words(name)}
    return tuple(word for word in telling_of(thread.topic) if word.lower() not in named)[:MOST_TOPIC_WORDS]


def _is_doubtful(question: str, language: str) -> bool:
    return len(read(question, language).telling) < PLAIN_WORDS


def is_sound(rewritten: str, question: str, turns: Sequence[Turn]) -> bool:
    """Whether a rewritten question can be trusted to be one: short, and made of words that were said."""
    if not rewritten or len(rewritten) > LONGEST_REWRITTEN:
        return False
    said = set(_words(" ".join([question, *(turn.text for turn in turns)])))
    telling = [word.lower() for word in telling_of(rewritten)] or _words(rewritten)
    return bool(telling) and sum(word in said for word in telling) >= LEAST_SHARED * len(telling)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:['’][^\W_]+)?", text.lower())
