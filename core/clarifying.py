"""The one question back, where a question could mean several things the knowledge base tells of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from core.choosing import LEAST_OPTIONS, question_back, stems_of
from core.evidence import Evidence
from core.faq_judged import FaqMatch
from core.faq_match import FaqMatcher
from core.language import language_of, word_set
from core.messages import Message, Outcome
from core.orders import looks_like_an_order
from core.question import asked_for, offers
from core.referring import CLAUSE_WORDS, read
from core.search import Found, Vector
from core.turn import Reply

MOST_OPTIONS = 4
LONGEST_OPTION = 90
"""Characters of an option."""
MOST_WORDS = 9
"""A longer question says enough of itself."""
MOST_SUBJECTS = 1
"""A question with more words of its own is open only where headings say all of them."""
ALIKE = 0.7
"""The share of the best score that an option must reach."""
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
LEAST_LIKENESS = 0.35
"""Least cosine of a question and an FAQ entry that it could mean."""
_APOSTROPHE = re.compile("['’]")
_ASKING_LINE = re.compile(r"^[^\n]{3,90}\?[ \t]*$", re.MULTILINE)
_NO_SUBJECT = word_set(
    "cost costs price prices take takes taken pay pays paid get gets getting got do open opens close closes"
    " start starts begin begins end ends give gives have free included include includes send cover"
    " covers covered valid fast quick quickly soon"
    " dauert dauern lange kostet kosten kostenlos teuer bekomme zahlt bezahlt"
    " cuesta cuestan cuánto tarda tardan vale gratis paga pagar precio"
    " coûte coûtent prix dure durent gratuit paie payer"
)
"""Words that say what is asked, and not of what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A stretch of the knowledge base under one heading.

    `path` is what leads to it, outermost first; `score` how well the search found it.
    """

    path: tuple[str, ...]
    text: str
    score: float

    def is_above(self, other: Section) -> bool:
        """Whether the other one is a part of this one."""
        return len(self.path) < len(other.path) and other.path[: len(self.path)] == self.path


def sections_of(evidence: Evidence) -> list[Section]:
    """The stretches that the passages of the evidence would answer from, each once, the best first."""
    sections: dict[tuple[str, ...], Section] = {}
    best: dict[int, int] = {}
    for sentence in sorted(evidence.sentences, key=lambda each: -each.score):
        best.setdefault(sentence.passage, sentence.start)
    for place, found in enumerate(evidence.passages):
        section = _section(found, best.get(place, 0))
        known = sections.get(section.path)
        if known is None or known.score < section.score:
            sections[section.path] = section
    return sorted(sections.values(), key=lambda each: -each.score)


def faq_sections(entries: Sequence[FaqMatch]) -> list[Section]:
    """The same of FAQ entries: those that are near enough to be meant."""
    return [
        Section(path=(one.faq.question,), text=one.faq.answer, score=one.score)
        for one in entries
        if one.score >= LEAST_LIKENESS
    ]


def _section(found: Found, at: int) -> Section:
    passage = found.passage
    title = PurePath(passage.title).stem if "." in passage.title else passage.title
    lines = [line for line in _ASKING_LINE.finditer(passage.text) if line.start() <= at]
    asking = (lines[-1][0].strip(),) if lines else ()
    return Section(
        path=(title, *passage.heading, *asking),
        text=passage.text[lines[-1].end() :] if lines and lines[-1].end() <= at else passage.text,
        score=found.stages.get("hybrid", found.score),
    )


def options(question: str, *kinds: Sequence[Section]) -> tuple[str, ...]:
    """What the question could mean: two to four names, or none where it is plain.

    `kinds` are sections whose scores can't be compared across kinds, each best first; the
    first kind is offered first.

    >>> told = Section(path=("Delivery",), text="It takes 3 days.", score=0.5)
    >>> options("how long does it take?", [told, Section(path=("Repair",), text="9 days.", score=0.4)])
    ('Delivery', 'Repair')
    """
    subjects = subjects_of(question)
    if subjects is None:
        return ()
    fitting = [each for kind in kinds for each in _alike(kind) if _fits(question, subjects, each)]
    leaves = [each for each in fitting if not any(each.is_above(other) for other in fitting)]
    asked = set(stems_of(question))
    names = [name for name in _told_apart(leaves[:MOST_OPTIONS]) if not asked.issuperset(stems_of(name))]
    is_sound = all(map(_may_be_shown, names)) and len(set(names)) == len(names)
    return tuple(names) if is_sound and len(names) >= LEAST_OPTIONS else ()


def _alike(sections: Sequence[Section]) -> list[Section]:
    return [each for each in sections if each.score >= ALIKE * sections[0].score]


def subjects_of(question: str) -> tuple[str, ...] | None:
    """The stems of what an open question is about; none where it says enough of itself.

    >>> subjects_of("how much is it?"), subjects_of("Can I return it?"), subjects_of("Who was Ada Lovelace?")
    ((), ('return',), None)
    """
    words = [word.lower() for word in _WORD.findall(question)]
    if len(words) > MOST_WORDS or any(letter.isdigit() for letter in question):
        return None
    reading = read(question, language_of(question))
    telling = [word for word in reading.telling if _APOSTROPHE.split(word.lower())[0] not in CLAUSE_WORDS]
    about = [word for word in telling if word.lower() not in _NO_SUBJECT]
    telling = about if about or reading.lean != "none" else telling
    says_something = asked_for(question) not in ("other", "why") or not _NO_SUBJECT.isdisjoint(words)
    if not telling and (reading.addressed or not says_something):
        return None
    if any(word[0].isupper() and word.lower() != words[0] for word in telling):
        return None
    return tuple(stems_of(" ".join(telling)))


def _fits(question: str, subjects: Sequence[str], section: Section) -> bool:
    """Whether the section could be what is asked: it has the question's words, and what it wants."""
    name = set(stems_of(" ".join(section.path)))
    if len(subjects) > MOST_SUBJECTS:
        return set(subjects) <= name
    if not set(subjects) <= name.union(stems_of(section.text)):
        return False
    return offers(asked_for(question), section.text, question) > 0


def _told_apart(sections: Sequence[Section]) -> tuple[str, ...]:
    """A name for each: the innermost part of its path that no other of them has."""
    held = Counter(part for each in sections for part in set(each.path))
    return tuple(
        next((part for part in reversed(each.path) if held[part] == 1), " › ".join(each.path[-2:]))
        for each in sections
    )


def _may_be_shown(name: str) -> bool:
    return len(name) <= LONGEST_OPTION and "\n" not in name and not looks_like_an_order(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clarifier:
    """Asks back what a question means, with what its asker may see."""

    faq: FaqMatcher

    async def ask(
        self, message: Message, question: str, vector: Vector, evidence: Evidence, language: str
    ) -> Reply | None:
        """One question back where the question could mean several things; none where it is plain.

        Raises:
            RecordsUnavailable: the FAQ book can't be read.
        """
        if subjects_of(question) is None:
            return None
        entries: list[FaqMatch] = []
        if message.documents is None:
            entries = await self.faq.nearest(message.tenant, message.audiences, vector)
        names = options(question, faq_sections(entries), sections_of(evidence))
        if not names:
            return None
        text = question_back(names, language)
        return Reply(text=text, outcome=Outcome.CLARIFYING, route="documents", confidence=evidence.confidence)
