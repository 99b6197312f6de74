"""Whether two questions that sound alike differ in what must not be got wrong: numbers, names, sign."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import chain, pairwise

from core.contraries import denies, is_opposite
from core.facts import Clause, read
from core.language import language_of, stop_words, word_set
from core.numbers import Number
from core.same_question import form
from core.sentences import sentences

_FILLERS = word_set("how-to thing someth anyth everyth item today now still current also realli actual exact")
"""Stems that stand beside a noun and leave it what it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question and what is known of its subject: other ways to ask it, and its answer."""

    phrase: str
    about: tuple[str, ...] = ()


def names_in(texts: Iterable[str]) -> frozenset[str]:
    """The names that stand in the texts, in lower case.

    >>> sorted(names_in(["Do you ship to Norway?"]))
    ['norway']
    """
    return frozenset().union(*(_read(text).names for text in texts))


def differs(question: str, known: Asked, usual_names: Collection[str] = ()) -> bool:
    """Whether the question is about another number, name or contrary than the known one.

    What the question names has to stand in the known phrase or in what is known of its
    subject; what the phrase names has to stand in the question, but for names as usual as
    the company's own. "Can I" and "can I not" differ; whoever tells a story in several
    sentences ("it never came. Can I …") may deny something beside the point.

        >>> differs("Can I return it within 60 days?", Asked(phrase="Can I return it within 30 days?"))
        True
        >>> differs("can i send it back within thirty days", Asked(phrase="Can I return it within 30 days?"))
        False
    """
    asked, phrase = _read(question), _read(known.phrase)
    told = [phrase, *map(_read, known.about)]
    around = frozenset(usual_names).union(*(each.forms for each in told))
    exact = around.union(*(each.exact for each in told))
    is_named = asked.names <= around and asked.exact <= exact
    is_answered = phrase.names <= asked.forms | frozenset(usual_names)
    if not is_named or not is_answered or not _same_numbers(asked.numbers, phrase.numbers):
        return True
    if is_opposite(asked, phrase) or is_narrower(question, known.phrase, usual_names):
        return True
    is_story = len(sentences(question)) > 1 or len(sentences(known.phrase)) > 1
    return not is_story and denies(asked, phrase) != phrase.negated


def is_narrower(question: str, phrase: str, usual_names: Iterable[str] = ()) -> bool:
    """Whether all that parts two questions is a word beside a noun, which makes it another thing.

    Vectors hardly tell a "gift card" from a "gift", nor "bike parking" from "parking".

        >>> is_narrower("Can I return a gift?", "Can I return a gift card?")
        True
        >>> is_narrower("Can I give my gift card back?", "Can I return a gift card?")
        False
    """
    quiet = _FILLERS.union(chain.from_iterable(map(form, usual_names)))
    ours, theirs = _telling(question, quiet), _telling(phrase, quiet)
    one, other = {*ours} - {""}, {*theirs} - {""}
    if not (one and other) or not (one < other or other < one):
        return False
    longer, shared = (theirs, one) if one < other else (ours, other)
    # Words of grammar are left as gaps, so that only neighbours are compared.
    return any(
        before and after and (before in shared) != (after in shared) for before, after in pairwise(longer)
    )


def _telling(text: str, quiet: frozenset[str]) -> list[str]:
    """The stems of a question in their order, "" for each that is quiet or only carries grammar."""
    grammar = stop_words(language_of(text)) | quiet
    return ["" if word in grammar else word for word in form(text)]


def _read(text: str) -> Clause:
    """All clauses of a text as one."""
    language = language_of(text)
    parts = [text[start:end] for start, end in sentences(text)]
    clauses = [clause for part in parts for clause in read(part, language)]
    return Clause(
        stems=tuple(chain.from_iterable(clause.stems for clause in clauses)),
        parts=(),
        numbers=tuple(chain.from_iterable(clause.numbers for clause in clauses)),
        names=frozenset().union(*(clause.names for clause in clauses)),
        forms=frozenset().union(*(clause.forms for clause in clauses)),
        exact=frozenset().union(*(clause.exact for clause in clauses)),
        negated=sum(clause.negated for clause in clauses) % 2 == 1,
    )


def _same_numbers(ours: Collection[Number], theirs: Collection[Number]) -> bool:
    return _stand(ours, theirs) and _stand(theirs, ours)


def _stand(numbers: Iterable[Number], among: Collection[Number]) -> bool:
    """Whether each number that is meant as one is among the others, in one of its readings."""
    return all(
        number.soft or any(number.unit == other.unit and number.values & other.values for other in among)
        for number in numbers
    )
