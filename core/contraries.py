"""Words that turn each other round: "unused" and "used", "before" and "after"."""

from collections.abc import Collection
from functools import lru_cache

from core.facts import Clause
from core.language import stemmer

_OPPOSITES = (
    "before after|within after|minimum maximum|more less|more fewer|include exclude|accept reject"
    "|accept decline|allow prohibit|allow forbid|allow forbidden|allow ban|permit prohibit|open close"
    "|increase decrease|first last|above below|under over|early late|start end|enable disable"
    "|buyer seller|sender recipient|required optional|mandatory optional|weekday weekend|monthly yearly"
    "|daily weekly|weekly monthly|earlier later|higher lower|annual monthly|approve deny|least most"
)
_PREFIXES = ("non", "un", "in", "im", "ir", "il", "dis")
_SHORTEST_BASE = 3


def holds(held: Collection[str], stem: str) -> bool:
    """Whether the stem is among those held, itself or with a denying prefix more or less."""
    if stem in held:
        return True
    return any(
        prefix + stem in held
        or (
            stem.startswith(prefix)
            and len(stem) - len(prefix) >= _SHORTEST_BASE
            and stem[len(prefix) :] in held
        )
        for prefix in _PREFIXES
    )


def denies(clause: Clause, beside: Clause) -> bool:
    """The sign of the clause, with "unused" read as "not used" where the other says "used"."""
    mine, theirs = frozenset(clause.stems), frozenset(beside.stems)
    flips = sum(
        prefix + base in one and prefix + base not in other
        for one, other in ((mine, theirs), (theirs, mine))
        for base in other - one
        if len(base) >= _SHORTEST_BASE
        for prefix in _PREFIXES
    )
    return clause.negated ^ bool(flips % 2)


def is_opposite(clause: Clause, beside: Clause) -> bool:
    """Whether one has a word where the other has its contrary."""
    return any(
        one in clause.forms
        and other in beside.forms
        and one not in beside.forms
        and other not in clause.forms
        for one, other in _opposites()
    )


@lru_cache(maxsize=1)
def _opposites() -> tuple[tuple[str, str], ...]:
    stem = stemmer("english")
    pairs = [[stem(word) for word in pair.split()] for pair in _OPPOSITES.split("|")]
    return tuple((one, other) for a, b in pairs for one, other in ((a, b), (b, a)))
