"""What a customer picks of the options that the desk asked back with.

The options stand in the desk's last turn, so nothing else has to be remembered.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from core.generate import Turn
from core.language import language_of, stemmer
from core.phrases import LANGUAGES, phrase
from core.records import now
from core.referring import CLAUSE_WORDS, telling_of
from core.slots.choices import find_choices
from core.slots.reading import Context, Reading

LEAST_OPTIONS = 2
MOST_REPLY_WORDS = 7
"""A longer reply to the question back is a question of its own."""
MOST_CLAUSE_WORDS = 5
"""The same of one that begins like a question: "is it the second one?"."""
_NONE = re.compile(
    r"\A\W*(?:no,? ?)?(?:none|neither|nothing)(?: of (?:these|those|them|the above))?\W*\Z"
    r"|\b(?:none of (?:these|those|them)|something else|ning[uú]n[oa] de|otra cosa"
    r"|keine[sr]? (?:davon|von)|etwas anderes|was anderes|aucune? de|autre chose)\b",
    re.IGNORECASE,
)
_OPTION = re.compile(r"\d\. (.+)")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the desk asked back, and the question that led to it."""

    question: str
    options: tuple[str, ...]


def question_back(names: Sequence[str], language: str) -> str:
    """The question that offers these names, a line each."""
    lines = (f"{place}. {name}" for place, name in enumerate(names, start=1))
    return "\n".join([phrase("which_of_these", language), *lines])


def offer_of(turns: Sequence[Turn]) -> Offer | None:
    """What the desk asked back with the last of these turns; none where that was something else.

    >>> said = Turn(role="assistant", text=question_back(["Delivery", "Repair"], "en"))
    >>> offer_of([Turn(role="user", text="how long?"), said]).options
    ('Delivery', 'Repair')
    """
    if not turns or turns[-1].role != "assistant":
        return None
    lead, *lines = turns[-1].text.split("\n")
    options = [match[1] for line in lines if (match := _OPTION.fullmatch(line))]
    if lead not in _leads() or len(options) != len(lines) or len(options) < LEAST_OPTIONS:
        return None
    asked = next((turn.text for turn in reversed(turns[:-1]) if turn.role == "user"), "")
    return Offer(question=asked, options=tuple(options))


@cache
def _leads() -> frozenset[str]:
    return frozenset(phrase("which_of_these", language) for language in LANGUAGES)


def declines(reply: str) -> bool:
    """Whether a reply to the question back says that none of these is meant.

    >>> declines("none of these"), declines("the second one")
    (True, False)
    """
    return _NONE.search(reply) is not None


def chosen(reply: str, offer: Offer) -> str | None:
    """The standalone question that a reply to the question back makes; none where it is about something else.

    An option is chosen by its number, its name, its place or words that only it has; other
    few words are put to the question as it was. A whole question is one by itself.

    >>> offer = Offer(question="how much is it?", options=("What does delivery cost?", "Repairs"))
    >>> chosen("2", offer), chosen("the delivery", offer), chosen("a gift card", offer)
    ('how much is it? Repairs', 'What does delivery cost?', 'how much is it? a gift card')
    """
    same = next((each for each in offer.options if _plain(each) == _plain(reply)), None)
    if same:
        return _whole(same, offer)
    words = _WORD.findall(reply.lower())
    is_clause = bool(words) and words[0] in CLAUSE_WORDS
    if len(words) > (MOST_CLAUSE_WORDS if is_clause else MOST_REPLY_WORDS):
        return None
    context = Context(today=now().date(), is_asked=True)
    found = find_choices(reply, context, choices=_other_words(offer))
    named = {str(each.value) for each in found if isinstance(each, Reading)}
    if len(named) == 1:
        return _whole(named.pop(), offer)
    return None if is_clause else _by_words(reply, offer)


def _by_words(reply: str, offer: Offer) -> str | None:
    """The option that shares most words with the reply, and what the reply says beside it."""
    telling = set(stems_of(" ".join(telling_of(reply))))
    shared = [len(telling.intersection(stems_of(option))) for option in offer.options]
    if max(shared) and shared.count(max(shared)) == 1:
        option = offer.options[shared.index(max(shared))]
        more = [word for word in telling_of(reply) if not set(stems_of(word)) <= set(stems_of(option))]
        return " ".join([_whole(option, offer), *more])
    return added(reply, offer) if telling else None


def added(reply: str, offer: Offer) -> str:
    """The question as it was, with what the reply adds to it.

    >>> added("to France", Offer(question="how much is it?", options=("Delivery", "Repairs")))
    'how much is it? to France'
    """
    return f"{offer.question} {reply}"


def settled(turns: Sequence[Turn]) -> list[Turn]:
    """The turns with every choice put as the question it stands for, so that "2" has a subject."""
    said = list(turns)
    for place, turn in enumerate(turns):
        offer = offer_of(turns[:place]) if turn.role == "user" else None
        whole = chosen(turn.text, offer) if offer else None
        if whole:
            said[place] = replace(turn, text=whole)
    return said


def _whole(option: str, offer: Offer) -> str:
    return option if option.endswith("?") else f"{offer.question} {option}"


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def _other_words(offer: Offer) -> dict[str, tuple[str, ...]]:
    return {option: (option.rstrip("?"),) for option in offer.options}


def stems_of(text: str) -> list[str]:
    """The stems of its words, in its order.

    >>> stems_of("Repairs of lamps")
    ['repair', 'of', 'lamp']
    """
    stem = stemmer(language_of(text))
    return [stem(word.lower()) for word in _WORD.findall(text)]
