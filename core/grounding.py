"""`support`: whether the passages carry a drafted sentence, and with which of their words.

No model is asked. A sentence is carried by one to three neighbouring sentences of a passage
when they hold enough of its content words, every number, name, address and identifier in
it, and say it with the same sign (`core.agreement`). What another subject's clause says is
no evidence for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from core.agreement import Claim, Grounds, agrees, claim_of, coverage, on_other_subjects
from core.documents import Passage
from core.facts import Clause, normal, read
from core.generate import Draft
from core.language import language_of
from core.search import Found
from core.sentences import sentences

COVERAGE = 0.7
"""Least share of a cited sentence's content words that must stand in the quote."""
CLEAR_COVERAGE = 0.85
"""The same for a sentence that cites nothing."""
LONGEST_QUOTE = 3
"""Neighbouring sentences that may carry a sentence together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The characters `start` to `end` of the text of a `passage` (numbered from 1)."""

    passage: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """The words that carry a sentence; `coverage` is the share of it they hold, 0 to 1."""

    quotes: tuple[Quote, ...]
    coverage: float


@dataclass(frozen=True, slots=True)
class _Window:
    quote: Quote
    grounds: Grounds
    coverage: float


def support(draft: Draft, passages: Sequence[Found]) -> Support | None:
    """The quotes that carry the sentence, or nothing when the passages it cites do not.

    A sentence that cites nothing is carried only by a passage that clearly holds it; one
    that cites a passage which is not there is not carried. Whole sentences of a cited
    passage always carry themselves.
    """
    if any(not 1 <= n <= len(passages) for n in draft.cited):
        return None
    least = COVERAGE if draft.cited else CLEAR_COVERAGE
    fullest: list[_Window] = []
    carrying: list[tuple[float, Quote]] = []
    for n in dict.fromkeys(draft.cited or range(1, len(passages) + 1)):
        passage = passages[n - 1].passage
        verbatim = _verbatim(draft.text, n, passage)
        if verbatim:
            carrying.append((1.0, verbatim))
            continue
        claim = claim_of(draft.text, _language(passage.text, draft.text), least)
        windows = _windows(claim, n, passage)
        best = _best(claim, windows)
        if best:
            carrying.append((best.coverage, best.quote))
        elif windows:
            fullest.append(max(windows, key=lambda window: window.coverage))
    if carrying and not draft.cited:
        carrying = [max(carrying, key=lambda each: each[0])]
    if carrying:
        share = max(share for share, _ in carrying)
        return Support(quotes=tuple(quote for _, quote in carrying), coverage=share)
    return _together(draft.text, fullest) if draft.cited else None


def _language(passage: str, text: str) -> str:
    return language_of(passage if len(passage) > len(text) else text)


def _verbatim(text: str, n: int, passage: Passage) -> Quote | None:
    """The whole sentences that the text repeats letter for letter."""
    wanted = _bare(text)
    spans = _spans(passage.text)
    for size in range(1, LONGEST_QUOTE + 1):
        for first in range(len(spans) - size + 1):
            start, end = spans[first][0], spans[first + size - 1][1]
            if wanted and len(wanted) <= end - start + 8 and _bare(passage.text[start:end]) == wanted:
                return Quote(passage=n, start=start, end=end)
    return None


@lru_cache(maxsize=512)
def _bare(text: str) -> str:
    return " ".join(normal(text).casefold().split()).strip(" .!?;:,\"'“”*_…。！？")


@lru_cache(maxsize=64)
def _spans(text: str) -> tuple[tuple[int, int], ...]:
    return tuple(sentences(text))


def _windows(claim: Claim, n: int, passage: Passage) -> list[_Window]:
    """Every run of sentences of the passage, shorter ones first, as grounds for the claim."""
    spans = _spans(passage.text)
    whole = [read(passage.text[start:end], claim.language) for start, end in spans]
    other = on_other_subjects(claim, [clause for each in whole for clause in each])
    kept = [tuple(clause for clause in each if clause not in other) for each in whole]
    heads = read(" , ".join((passage.title, *passage.heading)), claim.language)
    around = frozenset(form for each in (*kept, heads) for clause in each for form in clause.forms)
    windows = []
    for size in range(1, min(LONGEST_QUOTE, len(spans)) + 1):
        for first in range(len(spans) - size + 1):
            inside = tuple(kept[first : first + size])
            if not all(inside):
                continue
            quote = Quote(passage=n, start=spans[first][0], end=spans[first + size - 1][1])
            labels = heads + _column_names(passage.text, spans, whole, first)
            beside = tuple(whole[first : first + size])
            grounds = Grounds(sentences=inside, whole=beside, labels=labels, around=around)
            windows.append(_Window(quote, grounds, coverage(claim, grounds)))
    return windows


def _column_names(
    text: str, spans: Sequence[tuple[int, int]], whole: Sequence[tuple[Clause, ...]], row: int
) -> tuple[Clause, ...]:
    """The first row of the table that a row stands in."""
    head = row
    while head >= 0 and _is_row(text[slice(*spans[head])]):
        head -= 1
    return whole[head + 1] if head < row else ()


def _is_row(text: str) -> bool:
    return " | " in text or "\t" in text


def _best(claim: Claim, windows: Sequence[_Window]) -> _Window | None:
    """The fullest of the shortest windows that carry the claim."""
    best: _Window | None = None
    for window in windows:
        if window.coverage < claim.threshold or (best and window.coverage <= best.coverage):
            continue
        if agrees(claim, window.grounds) and (best is None or _same_length(window, best)):
            best = window
    return best


def _same_length(window: _Window, best: _Window) -> bool:
    return len(window.grounds.sentences) == len(best.grounds.sentences)


def _together(text: str, fullest: Sequence[_Window]) -> Support | None:
    """The fullest windows of several passages, if they carry the sentence only together."""
    chosen = [window for window in fullest if window.coverage > 0]
    if len(chosen) < 2:
        return None
    claim = claim_of(text, language_of(text), COVERAGE)
    joint = Grounds(
        sentences=tuple(each for window in chosen for each in window.grounds.sentences),
        whole=tuple(each for window in chosen for each in window.grounds.whole),
        labels=tuple(each for window in chosen for each in window.grounds.labels),
        around=frozenset[str]().union(*(window.grounds.around for window in chosen)),
    )
    share = coverage(claim, joint)
    if share < claim.threshold or not agrees(claim, joint):
        return None
    needed = [window for window in chosen if _adds(claim, window, chosen)]
    return Support(quotes=tuple(window.quote for window in needed), coverage=share) if needed else None


def _adds(claim: Claim, window: _Window, chosen: Sequence[_Window]) -> bool:
    rest = [one.grounds for one in chosen if one is not window]
    without = replace(
        window.grounds,
        sentences=tuple(each for one in rest for each in one.sentences),
        whole=tuple(each for one in rest for each in one.whole),
    )
    return coverage(claim, without) < claim.threshold or not agrees(claim, without)
