"""Whether a claim and the sentences quoted for it agree: words, numbers, names and sign."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise

from core.facts import Clause, is_wide, read
from core.language import stemmer
from core.numbers import Number, unit_of

PAIRS_COVERAGE = 0.6
"""Least coverage in scripts without spaces, where pairs of characters are counted."""
PART_COVERAGE = 0.5
"""Least share of the words between two commas or "and"s: less is an addition."""

_PLEDGES = frozenset(
    "free unlimited lifetime guarantee guaranteed automatically immediately instantly always only every".split()
)
_OPPOSITES = (
    "before after|within after|minimum maximum|more less|more fewer|include exclude|accept reject"
    "|accept decline|allow prohibit|allow forbid|allow forbidden|allow ban|permit prohibit|open close"
    "|increase decrease|first last|above below|under over|early late|start end|enable disable"
    "|buyer seller|sender recipient|required optional|mandatory optional|weekday weekend|monthly yearly"
    "|daily weekly|weekly monthly|earlier later|higher lower|annual monthly|approve deny|least most"
)
_PREFIXES = ("non", "un", "in", "im", "ir", "il", "dis")
_SHORTEST_BASE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A drafted sentence as read in one language, and the coverage it must reach."""

    language: str
    clauses: tuple[Clause, ...]
    stems: frozenset[str]
    threshold: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The quoted sentences, clause by clause, without those on other subjects (`whole` has these).

    `labels` are the headings and column names they stand under, whose words count as theirs;
    `around` is every word of the passage, which may say who is spoken of.
    """

    sentences: tuple[tuple[Clause, ...], ...]
    whole: tuple[tuple[Clause, ...], ...]
    labels: tuple[Clause, ...]
    around: frozenset[str]


def claim_of(text: str, language: str, threshold: float) -> Claim:
    """The sentence as a claim."""
    clauses = read(text, language)
    return Claim(
        language=language,
        clauses=clauses,
        stems=frozenset(stem for clause in clauses for stem in clause.stems),
        threshold=min(threshold, PAIRS_COVERAGE) if is_wide(text) else threshold,
    )


def coverage(claim: Claim, evidence: Evidence) -> float:
    """The share of the claim's content words that the evidence holds; numbers don't count."""
    words = [stem for stem in claim.stems if not stem.startswith("#")]
    if not words:
        return 1.0 if any(clause.exact or clause.numbers for clause in claim.clauses) else 0.0
    held = _stems((*chain.from_iterable(evidence.sentences), *evidence.labels))
    return sum(_holds(held, stem) for stem in words) / len(words)


def on_other_subjects(claim: Claim, clauses: Sequence[Clause]) -> frozenset[Clause]:
    """The clauses that put another word where the claim has one that the passage knows.

    For "Standard takes 2 days", "express takes 2 days" is such a clause when the passage
    also says what standard takes.
    """
    said = {clause: frozenset(pairwise(clause.stems)) for clause in clauses}
    known = frozenset(chain.from_iterable(said.values()))
    wanted = [pair for clause in claim.clauses for pair in pairwise(clause.stems) if pair in known]
    return frozenset(clause for clause, pairs in said.items() if _swaps(claim, clause, pairs, wanted))


def _swaps(
    claim: Claim, clause: Clause, pairs: Iterable[tuple[str, str]], wanted: Sequence[tuple[str, str]]
) -> bool:
    for left, right in pairs:
        for x, y in wanted:
            if right == y and left not in claim.stems and x not in clause.stems:
                return True
            if left == x and right not in claim.stems and y not in clause.stems:
                return True
    return False


def agrees(claim: Claim, evidence: Evidence) -> bool:
    """Whether nothing in the claim is missing from the evidence, moved or turned round."""
    held = _stems((*chain.from_iterable(evidence.sentences), *evidence.labels))
    return all(
        _parts_stand(clause, held)
        and _names_stand(clause, evidence)
        and _exact_stand(clause, evidence)
        and _numbers_stand(clause, claim, evidence)
        and _pledges_stand(clause, claim.language, evidence)
        and _signs_agree(clause, evidence)
        for clause in claim.clauses
    )


def _stems(clauses: Iterable[Clause]) -> frozenset[str]:
    return frozenset(stem for clause in clauses for stem in clause.stems)


def _forms(clauses: Iterable[Clause]) -> frozenset[str]:
    return frozenset(form for clause in clauses for form in clause.forms)


def _holds(held: Collection[str], stem: str) -> bool:
    if stem in held:
        return True
    return any(
        prefix + stem in held
        or (stem.startswith(prefix) and len(stem) - len(prefix) >= _SHORTEST_BASE and stem[len(prefix) :] in held)
        for prefix in _PREFIXES
    )


def _parts_stand(clause: Clause, held: frozenset[str]) -> bool:
    for part in clause.parts:
        words = [stem for stem in part if not stem.startswith("#")]
        if words and sum(_holds(held, stem) for stem in words) < PART_COVERAGE * len(words):
            return False
    return True


def _names_stand(clause: Clause, evidence: Evidence) -> bool:
    return all(name in evidence.around for name in clause.names)


def _exact_stand(clause: Clause, evidence: Evidence) -> bool:
    return all(
        any(
            any(_same_exact(wanted, each) for one in sentence for each in one.exact)
            and not _is_about_another(sentence, clause)
            for sentence in evidence.sentences
        )
        for wanted in clause.exact
    )


def _same_exact(wanted: str, other: str) -> bool:
    """Equal, or the same number with and without its prefix, or the start of a URL's path."""
    if wanted.startswith("tel:") and other.startswith("tel:"):
        return other.endswith(wanted[4:]) or wanted.endswith(other[4:])
    return wanted == other or other.startswith(wanted + "/")


def _is_about_another(sentence: Sequence[Clause], clause: Clause) -> bool:
    """Whether the sentence names somebody else and not whom the claim names."""
    forms = _forms(sentence)
    named = frozenset(name for one in sentence for name in one.names)
    return bool(clause.names - forms) and bool(named - clause.forms)


def _numbers_stand(clause: Clause, claim: Claim, evidence: Evidence) -> bool:
    return all(
        number.soft or any(_carries(at, number, clause, claim, evidence) for at in range(len(evidence.sentences)))
        for number in clause.numbers
    )


def _carries(at: int, number: Number, clause: Clause, claim: Claim, evidence: Evidence) -> bool:
    """Whether a sentence holds the number, and holds it of what the claim speaks of.

    It does not when a number of the same kind stands with the words it lacks: then that
    one is theirs. A clause without a subject of its own ("… and closes at 5") shares the
    subject before it.
    """
    sentence = evidence.sentences[at]
    holders = [one for one in sentence if any(_same(number, other, evidence) for other in one.numbers)]
    if not holders or _is_about_another(sentence, clause):
        return False
    holder = max(holders, key=lambda one: len(set(one.stems) & set(clause.stems)))
    beyond = set(clause.stems) - _stems(sentence)
    for place, other in enumerate(evidence.whole):
        if place != at and beyond & _stems(other) and _rivals(other, number, claim):
            return False
    if any(stem in claim.stems for stem in holder.stems[:1]):
        return True
    missing = set(clause.stems) - set(holder.stems)
    return not any(
        missing & set(one.stems) and _rivals((one,), number, claim) for one in sentence if one is not holder
    )


def _rivals(clauses: Iterable[Clause], number: Number, claim: Claim) -> bool:
    """Whether the clauses hold another number of the same kind that the claim lacks."""
    claimed = frozenset(value for clause in claim.clauses for each in clause.numbers for value in each.values)
    return any(
        not other.soft and (other.unit, other.kind) == (number.unit, number.kind) and not other.values & claimed
        for one in clauses
        for other in one.numbers
    )


def _same(wanted: Number, other: Number, evidence: Evidence) -> bool:
    if not wanted.values & other.values:
        return False
    measures = bool(wanted.kind) + bool(other.kind)
    if wanted.noun != other.noun and wanted.noun and other.noun:
        if measures == 2 or (measures and not wanted.unit and not other.unit):
            return False
    if wanted.unit == other.unit:
        return True
    named = {unit_of(form) for form in evidence.around}
    return not (wanted.unit and other.unit) and (wanted.unit or other.unit) in named


def _pledges_stand(clause: Clause, language: str, evidence: Evidence) -> bool:
    """Words that change what is promised must stand in the quote too."""
    held = _forms(chain.from_iterable(evidence.sentences))
    return all(word in held or stemmer(language)(word) in held for word in clause.forms & _PLEDGES)


def _signs_agree(clause: Clause, evidence: Evidence) -> bool:
    """Whether a clause that says most of the claim denies it just when the claim does."""
    stems = frozenset(clause.stems)
    clauses = list(chain.from_iterable(evidence.sentences))
    if not stems or not clauses:
        return True
    shares = [sum(_holds(one.stems, stem) for stem in stems) for one in clauses]
    nearest = [one for one, share in zip(clauses, shares, strict=True) if share == max(shares)]
    return any(_denies(clause, one) == one.negated and not _is_opposite(clause, one) for one in nearest)


def _denies(clause: Clause, beside: Clause) -> bool:
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


def _is_opposite(clause: Clause, beside: Clause) -> bool:
    return any(
        one in clause.forms and other in beside.forms and one not in beside.forms and other not in clause.forms
        for one, other in _opposites()
    )


@lru_cache(maxsize=1)
def _opposites() -> tuple[tuple[str, str], ...]:
    stem = stemmer("english")
    pairs = [[stem(word) for word in pair.split()] for pair in _OPPOSITES.split("|")]
    return tuple((one, other) for a, b in pairs for one, other in ((a, b), (b, a)))
