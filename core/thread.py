"""What a conversation is about before its last question: topic, names in focus, items of a list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.generate import Turn
from core.language import stop_words
from core.mentions import KnownNames
from core.referring import CLAUSE_WORDS, Reading, is_only_opening, read, telling_of

LOOK_BACK = 12
"""Turns that are looked at."""
TURN_CHARS = 2000
"""Characters of a turn that are looked at."""
SHORT_ANSWER_WORDS = 12
"""An answer of so many words is a name rather than an explanation."""
SHORTEST = 3
"""Words of an answer that is nothing but a name, so that its first word is one too."""
MOST_NAMES = 2
"""Names that are kept of one turn."""
MOST_ITEMS = 12
WHOLE = 0.95
"""A name of which so much stands in a turn stands there whole."""

_NAME = re.compile(
    r"\b[^\W\d_a-zà-ÿ][\w'’&.-]*"
    r"(?: (?:(?:of|the|and|de|du|del|der|von|&) ){0,2}(?:[^\W\d_a-zà-ÿ][\w'’&-]*|\d+\b))*"
)
_SENTENCE_END = ".!?:\n•*-–"
_QUOTED = re.compile(r"[\"“„«]([^\"”“»\n]{2,60})[\"”“»]")
_BULLET = re.compile(r"^\s*(?:[-*•–]|\(?\d{1,2}[.)]|[a-h][.)])\s+(\S.*)$", re.MULTILINE)
_ITEM_HEAD = re.compile(r"^(.{2,60}?)(?:[:;]| [–-] |, |\. |\.$|$| \()")
_COUNTED = re.compile(
    r"\b(?:the )?(?:first|second|third|fourth|fifth|one|other|last)(?: (?:one|option))?(?: of them)?"
    r"(?: is|['’]s)(?: called)? "
    r"(.{2,60}?)(?= and (?:the|one)\b|[,.;!?\n]|$)",
    re.IGNORECASE,
)
_SERIES = re.compile(
    r"(?::|\b(?:are|have|offer|include|includes|sell|accept|between|either|hay|tenemos|haben|gibt|avons|sont))\s+"
    r"([^.:;!?\n]{3,200}?)[,]? (?:and|or|y|o|e|und|oder|et|ou) ([^.:;,!?\n]{2,60})(?=[.;,!?\n]|$)",
    re.IGNORECASE,
)
_ARTICLE = re.compile(
    r"^(?:the|a|an|our|el|la|los|las|un|una|der|die|das|ein|eine|le|les|une)\s+", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """What is in the air: `topic` is the last question that stood by itself.

    `focus` is the name from the knowledge base that was mentioned last, `names` are other
    names of the topic and its answer, `items` those of the last list the desk gave.
    """

    topic: str = ""
    focus: str = ""
    names: tuple[str, ...] = ()
    items: tuple[str, ...] = ()

    @classmethod
    def of(cls, turns: Sequence[Turn], known: KnownNames, language: str) -> Thread:
        """What the turns leave in the air."""
        thread = cls()
        near = [Turn(role=turn.role, text=turn.text[:TURN_CHARS]) for turn in turns[-LOOK_BACK:]]
        said = "\n".join(turn.text for turn in near)
        later = ""
        for place, turn in enumerate(near):
            later = " ".join(each.text for each in near[place + 1 :] if each.role == "user")
            focus = chosen(turn.text, known, said, later)
            if turn.role == "user" and is_only_opening(turn.text):
                continue
            if turn.role == "user":
                thread = thread.asked(turn.text, focus, language)
            else:
                thread = thread.answered(turn.text, focus, language)
        return thread

    def asked(self, text: str, focus: str, language: str) -> Thread:
        """The thread after a question."""
        reading = read(text, language)
        names = names_in(text, language)
        if reading.lean == "none" or not self.topic:
            kept = focus or (self.focus if self.is_about_focus(reading, names) else "")
            return replace(self, topic=reading.text, focus=kept, names=names)
        item = self.item(reading.place)
        found = tuple(filter(None, (item,))) or names
        return replace(self, focus=focus or ("" if item else self.focus), names=found or self.names)

    def answered(self, text: str, focus: str, language: str) -> Thread:
        """The thread after an answer."""
        names = self.names
        if not names or len(text.split()) <= SHORT_ANSWER_WORDS:
            names = tuple(dict.fromkeys((*names, *names_in(text, language)[:MOST_NAMES])))
        return replace(self, focus=focus or self.focus, names=names, items=items_in(text) or self.items)

    def item(self, place: int) -> str:
        """The item of the last list at that place, from 1; -1 is the last; empty where there is none."""
        if not place or abs(place) > len(self.items):
            return ""
        return self.items[place - 1 if place > 0 else place]

    def is_about_focus(self, reading: Reading, names: Sequence[str]) -> bool:
        """Whether a question that is whole by itself is asked of the thing in focus all the same.

        Nobody says the hotel's name each time: "can I bring my dog?". Not so where the
        question has a name of its own or speaks to the company.
        """
        if not self.focus or names:
            return False
        return not (reading.says_your or (reading.addressed and not reading.is_heard))


def chosen(text: str, known: KnownNames, said: str, later: str) -> str:
    """The known name that a turn puts into focus.

    Of several, the one that what is said later sounds like; else the last that stands there whole.
    """
    found = known.mentions(text)
    if not found:
        return ""
    whole = [each for each in found if each.covered >= WHOLE] or found
    best = whole[-1]
    if len({each.name for each in found}) > 1:
        best = max(enumerate(whole), key=lambda one: (round(known.likeness(one[1].name, later), 1), one[0]))[
            1
        ]
    return known.whole(best.name, said)


def names_in(text: str, language: str) -> tuple[str, ...]:
    """Quoted things and capitalised names in the text, in its order; only the former in German.

    >>> names_in('Is "Plan B" sold in New York? Where?', "english")
    ('Plan B', 'New York')
    """
    found = {match.start(1): match[1].strip() for match in _QUOTED.finditer(text)}
    if language != "german" and any(letter.islower() for letter in text):
        for match in _NAME.finditer(text):
            if not any(start <= match.start() < start + len(name) for start, name in found.items()):
                name = _without_start(text, match)
                if name:
                    found[match.start()] = name
    return tuple(dict.fromkeys(found[start] for start in sorted(found)))


def _without_start(text: str, match: re.Match[str]) -> str:
    """The name without a first word that has its capital from the sentence it begins."""
    name = match[0].strip(" .'’-&")
    before = text[: match.start()].rstrip(" \t\"'“‘(")
    first, _, others = name.partition(" ")
    quiet = first.lower() in stop_words("english") | CLAUSE_WORDS or not telling_of(first)
    if quiet:
        return others if others[:1].isupper() and telling_of(others) else ""
    begins = not before or before[-1] in _SENTENCE_END
    if begins and not others and (len(text.split()) > SHORTEST or "?" in text):
        return ""
    return name


def items_in(text: str) -> tuple[str, ...]:
    """The items of a list in an answer: bullets, "one is … and the second is …", "we have A, B and C".

    >>> items_in("We have the Basic plan, the Plus plan and the Pro plan.")
    ('Basic plan', 'Plus plan', 'Pro plan')
    """
    bullets = [_head(match[1]) for match in _BULLET.finditer(text)]
    if len(bullets) > 1:
        return tuple(bullets[:MOST_ITEMS])
    counted = [_ARTICLE.sub("", match[1].strip()) for match in _COUNTED.finditer(text)]
    if len(counted) > 1:
        return tuple(counted[:MOST_ITEMS])
    if series := _SERIES.search(text):
        items = [*series[1].split(","), series[2]]
        return tuple(_ARTICLE.sub("", item.strip()) for item in items if item.strip())[:MOST_ITEMS]
    return ()


def _head(line: str) -> str:
    match = _ITEM_HEAD.match(line.replace("**", "").strip())
    return (match[1] if match else line[:60]).strip()
