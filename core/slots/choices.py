"""One of several things offered: by its name, another word for it, nearly its name, or its place."""

from __future__ import annotations

import difflib
import itertools
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from core.slots.reading import Context, Found, Reading

_PLACES = """
first 1st erste ersten erster primero primera premier première
|second 2nd zweite zweiten segundo segunda deuxième
|third 3rd dritte dritten tercero tercera troisième|fourth 4th vierte cuarto cuarta quatrième
|fifth 5th fünfte quinto quinta cinquième
|sixth 6th|seventh 7th|eighth 8th|ninth 9th|tenth 10th"""
_ORDINALS = {word: place for place, words in enumerate(_PLACES.split("|")) for word in words.split()}
_ANY_ORDINAL = "|".join(sorted(_ORDINALS, key=len, reverse=True))
_ORDINAL = re.compile(
    rf"(?<!\w)(?:the\s|der\s|die\s|das\s|el\s|la\s|le\s)?(?P<word>{_ANY_ORDINAL}"
    r"|last|letzte[nrs]?|último|última|dernière?)(?:\s(?:one|option|choice|opción|option))?(?!\w)",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"(?:(?:option|number|choice|no\.?|nr\.?|número|nummer|numéro)\s?|#)(?P<digit>\d{1,2})(?!\w)",
    re.IGNORECASE,
)
_BARE = re.compile(r"\W{0,3}(?P<digit>\d{1,2})\W{0,3}\Z")
_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_NOT = re.compile(
    r"\b(?:not|no|without|nicht|kein\w*|sin|pas)\s(?:the\s|a\s|an\s|der\s|die\s|das\s|el\s|la\s|le\s)?$",
    re.IGNORECASE,
)
_ALIKE = 0.8
_SHORTEST_FUZZY = 4
_LONGEST_NAME_WORDS = 6
_MOST_WORDS = 120


def find_choices(text: str, context: Context, *, choices: Mapping[str, Sequence[str]]) -> Iterator[Found]:
    """The choices named in a text; each value is a key of `choices`, whose values are other words for it.

    Exact names are certain when only one choice is named. A name that is nearly right is never
    certain (difflib's ratio, at least 0.8). Places ("the second one") follow the order of `choices`.
    """
    named = [
        each for each in _exact(text, choices) if not _NOT.search(text[max(0, each.start - 20) : each.start])
    ]
    if named:
        is_one = len({str(each.value) for each in named}) == 1
        for each in named:
            yield _reading(each.start, each.end, str(each.value), is_certain=is_one)
        return
    placed = list(_placed(text, list(choices), context))
    yield from placed or _fuzzy(text, choices)


def _exact(text: str, choices: Mapping[str, Sequence[str]]) -> Iterator[Reading]:
    taken: list[tuple[int, int]] = []
    names = [
        (name, choice) for choice, others in choices.items() for name in (choice, *others) if name.strip()
    ]
    for name, choice in sorted(names, key=lambda pair: -len(pair[0])):
        words = r"\s+".join(re.escape(word) for word in name.replace("_", " ").split())
        for match in re.finditer(rf"(?<!\w){words}(?:e?s)?(?!\w)", text, re.IGNORECASE):
            if all(match.end() <= start or match.start() >= end for start, end in taken):
                taken.append(match.span())
                yield _reading(match.start(), match.end(), choice)


def _placed(text: str, names: Sequence[str], context: Context) -> Iterator[Reading]:
    for match in _ORDINAL.finditer(text):
        word = match["word"].lower()
        place = _ORDINALS.get(word, len(names) - 1)
        if place < len(names):
            yield _reading(match.start(), match.end(), names[place], is_certain=context.is_asked)
    numbered = _NUMBERED.search(text) or (_BARE.match(text) if context.is_asked else None)
    if numbered and 0 < int(numbered["digit"]) <= len(names):
        start = numbered.start("digit") if numbered.re is _BARE else numbered.start()
        yield _reading(
            start, numbered.end("digit"), names[int(numbered["digit"]) - 1], is_certain=context.is_asked
        )


def _fuzzy(text: str, choices: Mapping[str, Sequence[str]]) -> Iterator[Reading]:
    """The choice whose name is the most like some words of the text, if it is alike enough."""
    words = list(_WORD.finditer(text))[:_MOST_WORDS]
    best: tuple[float, int, int, str] | None = None
    for choice, others in choices.items():
        for name in (choice, *others):
            plain = _plain(name)
            length = len(plain.split())
            if len(plain) < _SHORTEST_FUZZY or length > _LONGEST_NAME_WORDS:
                continue
            matcher = difflib.SequenceMatcher(b=plain, autojunk=False)
            for place, size in itertools.product(range(len(words)), (length, length - 1, length + 1)):
                if size < 1 or place + size > len(words):
                    continue
                start, end = words[place].start(), words[place + size - 1].end()
                matcher.set_seq1(_plain(text[start:end])[:80])
                if matcher.real_quick_ratio() < _ALIKE or matcher.quick_ratio() < _ALIKE:
                    continue
                ratio = matcher.ratio()
                if ratio >= _ALIKE and (best is None or ratio > best[0]):
                    best = (ratio, start, end, choice)
    if best:
        yield _reading(best[1], best[2], best[3], is_certain=False)


def _plain(words: str) -> str:
    """The words without case and accents."""
    parts = unicodedata.normalize("NFD", words.replace("_", " ").casefold())
    return " ".join("".join(sign for sign in parts if not unicodedata.combining(sign)).split())


def _reading(start: int, end: int, choice: str, *, is_certain: bool = True) -> Reading:
    return Reading(value=choice, start=start, end=end, text=choice.replace("_", " "), is_certain=is_certain)
