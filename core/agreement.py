"""Whether a claim and the sentences quoted for it agree: words, numbers, names and sign."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from core.contraries import denies, holds, is_opposite
from core.facts import Clause, is_wide, measures, read
from core.language import stemmer, word_set
from core.numbers import Number, unit_of

PAIRS_COVERAGE = 0.6
"""Least coverage in scripts without spaces, where pairs of characters are counted."""
PART_COVERAGE = 0.5
"""Least share of the words between two commas or "and"s: less is an addition."""

_PLEDGES = word_set("""
    free unlimited lifetime guarantee guaranteed automatically immediately instantly always only every
""")
_QUALITIES = frozenset({"free", "unlimited", "lifetime"})
"""Those that belong to the word beside them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A drafted sentence as read in one language, and the coverage it must reach."""

    language: str
    clauses: tuple[Clause, ...]
    stems: frozenset[str]
    threshold: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
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


def coverage(claim: Claim, grounds: Grounds) -> float:
    """The share of the claim's content words that the grounds holds; numbers don't count."""
    words = [stem for stem in claim.stems if not stem.startswith("#")]
    if not words:
        return 1.0 if any(clause.exact or clause.numbers for clause in claim.clauses) else 0.0
    held = _stems((*chain.from_iterable(grounds.sentences), *grounds.labels))
    return sum(holds(held, stem) for stem in words) / len(words)


def on_other_subjects(claim: Claim, clauses: Sequence[Clause]) -> frozenset[Clause]:
    """The clauses that put another word where the claim has one that the passage knows.

    For "Standard takes 2 days", "express takes 2 days" is such a clause when the passage
    also says what standard takes.
    """
    said = {clause: frozenset(pairwise(clause.stems)) for clause in clauses}
    known = frozenset(chain.from_iterable(said.values()))
    counts = measures(claim.language).keys()
    wanted = [
        pair
        for clause in claim.clauses
        for pair in pairwise(clause.stems)
        if pair in known and not any(stem.startswith("#") or stem in counts for stem in pair)
    ]
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


def agrees(claim: Claim, grounds: Grounds) -> bool:
    """Whether nothing in the claim is missing from the grounds, moved or turned round."""
    held = _stems((*chain.from_iterable(grounds.sentences), *grounds.labels))
    return all(
        _parts_stand(clause, held)
        and _names_stand(clause, claim, grounds)
        and _exact_stand(clause, grounds)
        and _numbers_stand(clause, claim, grounds)
        and _pledges_stand(clause, claim.language, grounds)
        and _signs_agree(clause, grounds)
        for clause in claim.clauses
    )


def _stems(clauses: Iterable[Clause]) -> frozenset[str]:
    return frozenset(stem for clause in clauses for stem in clause.stems)


def _forms(clauses: Iterable[Clause]) -> frozenset[str]:
    return frozenset(form for clause in clauses for form in clause.forms)


def _parts_stand(clause: Clause, held: frozenset[str]) -> bool:
    for part in clause.parts:
        words = [stem for stem in part if not stem.startswith("#")]
        if words and sum(holds(held, stem) for stem in words) < PART_COVERAGE * len(words):
            return False
    return True


def _names_stand(clause: Clause, claim: Claim, grounds: Grounds) -> bool:
    """Whether each name stands in the quote, or in the passage where the quote names nobody else."""
    if not all(name in grounds.around for name in clause.names):
        return False
    if _is_about_another((*chain.from_iterable(grounds.sentences), *grounds.labels), clause):
        return False
    return all(_is_meant(name, clause, claim, grounds) for name in clause.names - _forms(grounds.labels))


def _is_meant(name: str, clause: Clause, claim: Claim, grounds: Grounds) -> bool:
    """Whether the rest of the clause is not said of another name, in another sentence."""
    holders = [sentence for sentence in grounds.sentences if name in _forms(sentence)]
    said = frozenset(form for each in claim.clauses for form in each.forms)
    return not holders or any(
        not any(
            (set(clause.stems) - _stems(holder)) & _stems(other) and _names(other) - said
            for other in grounds.sentences
            if other is not holder
        )
        for holder in holders
    )


def _names(clauses: Iterable[Clause]) -> frozenset[str]:
    return frozenset(name for clause in clauses for name in clause.names)


def _exact_stand(clause: Clause, grounds: Grounds) -> bool:
    return all(
        any(
            any(_same_exact(wanted, each) for one in sentence for each in one.exact)
            and not _is_about_another(sentence, clause)
            for sentence in grounds.sentences
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
    return bool(clause.names - forms) and bool(_names(sentence) - clause.forms)


def _numbers_stand(clause: Clause, claim: Claim, grounds: Grounds) -> bool:
    return all(
        number.soft
        or any(_carries(at, number, clause, claim, grounds) for at in range(len(grounds.sentences)))
        for number in clause.numbers
    )


def _carries(at: int, number: Number, clause: Clause, claim: Claim, grounds: Grounds) -> bool:
    """Whether a sentence holds the number, and holds it of what the claim speaks of.

    It does not when a number of the same kind stands with the words it lacks: then that
    one is theirs. A clause without a subject of its own ("… and closes at 5") shares the
    subject before it.
    """
    sentence = grounds.sentences[at]
    holders = [one for one in sentence if any(_same(number, other, grounds) for other in one.numbers)]
    if not holders or _is_about_another(sentence, clause):
        return False
    holder = max(holders, key=lambda one: len(set(one.stems) & set(clause.stems)))
    beyond = set(clause.stems) - _stems(sentence)
    for place, other in enumerate(grounds.whole):
        if place != at and beyond & _stems(other) and _rivals(other, number, claim):
            return False
    if holder is not sentence[0] and any(stem in claim.stems for stem in holder.stems[:1]):
        return True
    missing = set(clause.stems) - set(holder.stems)
    return not any(
        missing & set(one.stems) and _rivals((one,), number, claim) for one in sentence if one is not holder
    )


def _rivals(clauses: Iterable[Clause], number: Number, claim: Claim) -> bool:
    """Whether the clauses hold another number of the same kind that the claim lacks."""
    claimed = frozenset(value for clause in claim.clauses for each in clause.numbers for value in each.values)
    return any(
        not other.soft
        and (other.unit, other.kind) == (number.unit, number.kind)
        and not other.values & claimed
        for one in clauses
        for other in one.numbers
    )


def _same(wanted: Number, other: Number, grounds: Grounds) -> bool:
    if not wanted.values & other.values:
        return False
    measured = bool(wanted.kind) + bool(other.kind)
    bare = not wanted.unit and not other.unit
    if wanted.noun and other.noun and wanted.noun != other.noun and (measured == 2 or (measured and bare)):
        return False
    if wanted.unit == other.unit:
        return True
    named = {unit_of(form) for form in grounds.around}
    return not (wanted.unit and other.unit) and (wanted.unit or other.unit) in named


def _pledges_stand(clause: Clause, language: str, grounds: Grounds) -> bool:
    """Words that change what is promised must stand in the quote too."""
    held = _forms(chain.from_iterable(grounds.sentences))
    stem = stemmer(language)
    pledges = clause.forms & _PLEDGES
    if not all(word in held or stem(word) in held for word in pledges):
        return False
    beside = list(chain.from_iterable(grounds.sentences))
    return all(_beside([clause], one) & _beside(beside, one) for one in map(stem, pledges & _QUALITIES))


def _beside(clauses: Iterable[Clause], stem: str) -> frozenset[str]:
    """The stems next to the one given, or itself where it stands alone."""
    pairs = [pair for clause in clauses for part in clause.parts for pair in pairwise(part) if stem in pair]
    return frozenset(each for pair in pairs for each in pair if each != stem) or frozenset({stem})


def _signs_agree(clause: Clause, grounds: Grounds) -> bool:
    """Whether a clause that says most of the claim denies it just when the claim does."""
    stems = frozenset(clause.stems)
    clauses = list(chain.from_iterable(grounds.sentences))
    if not stems or not clauses:
        return True
    shares = [sum(holds(one.stems, stem) for stem in stems) for one in clauses]
    nearest = [one for one, share in zip(clauses, shares, strict=True) if share == max(shares)]
    return any(denies(clause, one) == one.negated and not is_opposite(clause, one) for one in nearest)
