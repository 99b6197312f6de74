"""Names that the knowledge base knows, found again in what people say or a speech recogniser heard."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from core.language import stemmer

COVERED = 0.65
"""The share of a name's weight that has to stand in a text."""
ALONE = 0.8
"""The same where it is a single word."""
WHOLE = 0.999
"""The same where it is nothing but numbers."""
SLACK = 2
"""Words that may stand between those of a name."""
SEEDS = 2
"""A name is looked for where one of this many of its rarest words stands."""
LONGEST_NAME = 120
"""Characters; a longer title is a sentence and names nothing."""

_WORD = re.compile(r"\d+|[^\W\d_]+")
_HEAD = re.compile(r"(?<=\w)(?: [-–—] |, | ?[(/:])")
"""What divides a name from what tells it from others of that name: "Sunrise Café - Old Town"."""
_APOSTROPHE = re.compile(r"(?<=\w)['’](?=\w)")
_NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()
    )
}
_NO_NAME = frozenset({"the", "a", "an", "and", "of", "at", "in", "on", "by", "for", "to", "de", "la", "el"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A known name in a text: its words `start` to `end`, and how much of it stands there (0 to 1)."""

    name: str
    start: int
    end: int
    covered: float


class KnownNames:
    """Names to look for. Built once; looking is quick however many there are.

    Words are compared by their stems, without case, accents and punctuation; number words
    are numbers, and single letters in a row one word. A rare word of a name counts more
    than one that many names have (inverse document frequency).
    """

    def __init__(self, names: Iterable[str]) -> None:
        kept = dict.fromkeys(" ".join(name.split()) for name in names if len(name) <= LONGEST_NAME)
        self._whole: dict[str, list[str]] = defaultdict(list)
        for name in kept:
            self._whole[_HEAD.split(name)[0]].append(name)
        words = {name: tuple(dict.fromkeys(name_words(name))) for name in [*kept, *self._whole]}
        self._words = {name: of for name, of in words.items() if set(of) - _NO_NAME}
        held = Counter(word for of in self._words.values() for word in of)
        self._weight = {word: _weight(word, len(self._words) / count) for word, count in held.items()}
        self._mass = {name: sum(self._weight[word] for word in of) for name, of in self._words.items()}
        self._seeds: dict[str, list[str]] = defaultdict(list)
        for name, of in self._words.items():
            for word in sorted(set(of) - _NO_NAME, key=lambda word: -self._weight[word])[:SEEDS]:
                self._seeds[word].append(name)

    def __len__(self) -> int:
        return len(self._words)

    def mentions(self, text: str) -> list[Mention]:
        """The names that stand in the text, in its order; where several overlap, the best covered.

        >>> names = KnownNames(["Grant Hotel", "Café Rouge"])
        >>> [each.name for each in names.mentions("the grant hotel is near")]
        ['Grant Hotel']
        """
        words = name_words(text)
        found: dict[tuple[str, int], Mention] = {}
        for place, word in enumerate(words):
            for name in self._seeds.get(word, ()):
                mention = self._at(name, words, place)
                if mention is not None:
                    found[(name, mention.start)] = mention
        return _apart(found.values(), lambda mention: self._mass[mention.name] * mention.covered)

    def whole(self, name: str, context: str) -> str:
        """The full name that is meant by a short one: the one with most words in the context."""
        choices = self._whole.get(name, [name])
        return choices[0] if len(choices) == 1 else max(choices, key=lambda each: self.share(each, context))

    def share(self, name: str, text: str) -> float:
        """How much of the name stands anywhere in the text, 0 to 1."""
        present = set(name_words(text))
        of = self._words.get(name, ())
        return sum(self._weight[word] for word in of if word in present) / max(
            self._mass.get(name, 0.0), 1e-9
        )

    def likeness(self, name: str, heard: str) -> float:
        """How much of the name's rarer half sounds in the text, 0 to 1: shared runs of three letters."""
        of = sorted(set(self._words.get(name, ())) - _NO_NAME, key=lambda word: -self._weight[word])
        wanted = _trigrams(
            "".join(word for word in self._words.get(name, ()) if word in of[: (len(of) + 1) // 2])
        )
        return len(wanted & _trigrams("".join(name_words(heard)))) / max(len(wanted), 1)

    def _at(self, name: str, words: Sequence[str], place: int) -> Mention | None:
        of = self._words[name]
        reach = len(of) + SLACK
        first = max(0, place - reach + 1)
        places = [at for at in range(first, min(len(words), place + reach)) if words[at] in of]
        best: Mention | None = None
        for start in (at for at in places if at <= place):
            inside = [at for at in places if start <= at < start + reach]
            present = {words[at] for at in inside}
            covered = sum(self._weight[word] for word in present) / self._mass[name]
            if covered >= _enough(present - _NO_NAME) and (best is None or covered > best.covered):
                best = Mention(name=name, start=start, end=inside[-1] + 1, covered=covered)
        return best


def _enough(present: set[str]) -> float:
    if all(word.isdigit() for word in present):
        return WHOLE
    return COVERED if len(present) > 1 else ALONE


def _weight(word: str, rarity: float) -> float:
    return 0.3 if word in _NO_NAME else math.log(1 + rarity)


def _apart(found: Iterable[Mention], value: Callable[[Mention], float]) -> list[Mention]:
    """Those that do not overlap, the most valuable first chosen, in the order of the text."""
    kept: list[Mention] = []
    for mention in sorted(found, key=lambda each: (-value(each), each.start, len(each.name))):
        if all(mention.end <= other.start or other.end <= mention.start for other in kept):
            kept.append(mention)
    return sorted(kept, key=lambda each: each.start)


def _trigrams(text: str) -> set[str]:
    return {text[at : at + 3] for at in range(len(text) - 2)}


def name_words(text: str) -> list[str]:
    """The words of a text as names are compared by.

    >>> name_words("S. W. Hotel & the Café of 3D")
    ['sw', 'hotel', 'and', 'the', 'cafe', 'of', '3', 'd']
    """
    plain = unicodedata.normalize("NFKD", text[:20_000].replace("&", " and ").lower())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words: list[str] = []
    letters = ""
    for word in _WORD.findall(_APOSTROPHE.sub("", plain)):
        if len(word) == 1 and word.isalpha() and word != "a":
            letters += word
            continue
        if letters:
            words.append(letters)
            letters = ""
        words.append(_NUMBERS.get(word) or stemmer("english")(word))
    return [*words, letters] if letters else words
