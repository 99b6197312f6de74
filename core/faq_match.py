"""Which entry of the FAQ book a question asks, if any: a wrong approved answer is worse than none."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from functools import cached_property

import anyio.to_thread
import numpy as np
from numpy.typing import NDArray

from core.alikeness import Asked, differs, names_in
from core.errors import NotFound
from core.faq import Faq, FaqDraft, FaqId, asked_by
from core.faq_book import BookState, FaqBook
from core.faq_judged import FaqMatch, Judged, Why
from core.faq_near import NearPair, near_pairs, near_to
from core.records import now
from core.search import Embedder, Vector
from core.tenants import TenantId

LIKENESS = 0.72
"""Least cosine of a question and the phrase it is taken for."""
SURENESS = 1.15
"""Least sum of that cosine and the weighed margin over the next entry."""
MARGIN_WEIGHT = 1.75
WIDEST_MARGIN = 0.25
"""A margin beyond this says no more: in a book of one entry there is no other at all."""
NEAR_LEAD = 0.2
"""The lead that a question has to have where two entries begin to count as near."""
_TENANTS_KNOWN = 64
_SLICE = 256
_USUAL_SHARE, _USUAL_ENTRIES = 0.2, 3


class FaqMatcher:
    """Finds the entry that a question asks among those its asker may be told today.

    A phrase of the same form (`core.same_question`) is certain. Otherwise the nearest
    phrase has to be as near as `likeness`, and the more alone the less near it is: its
    cosine and `MARGIN_WEIGHT` times the margin over the nearest phrase of another answer
    have to reach `sureness`. (The weight and both thresholds are those of a logistic
    regression of "is right" on cosine and margin, fitted on the BANKING77 questions, a
    third of whose intents were left out of the book.) Nothing that differs in a number, a
    name or its sign is taken for the same.

    Phrases are embedded as passages, once; a tenant's vectors stay in memory until the
    book changes.
    """

    def __init__(
        self,
        book: FaqBook,
        embedder: Embedder,
        *,
        likeness: float = LIKENESS,
        sureness: float = SURENESS,
        today: Callable[[], date] = lambda: now().date(),
    ) -> None:
        self._book = book
        self._embedder = embedder
        self._likeness = likeness
        self._sureness = sureness
        self._today = today
        self._known: dict[TenantId, _Pages] = {}
        self._locks: dict[TenantId, asyncio.Lock] = {}

    async def find(
        self, tenant: TenantId, audiences: Collection[str], question: str, vector: Vector
    ) -> FaqMatch | None:
        """The entry that `question`, whose vector is `vector`, asks; none where that is not sure.

        Raises:
            RecordsUnavailable: the book can't be read.
        """
        # The entry is looked up once more: what was changed a moment ago is decided anew.
        for _ in range(2):
            pages = await self._pages(tenant)
            seen = pages.open_to(audiences, self._today())
            match = self._judged(pages, question, vector, seen).match
            if match is None:
                return None
            try:
                faq = await self._book.get(tenant, match.faq.id, audiences)
            except NotFound:
                continue
            if faq == match.faq:
                return match
        return None

    async def judge(
        self, tenant: TenantId, audiences: Collection[str], question: str, vector: Vector
    ) -> Judged:
        """What the matcher makes of the question, also where it is not sure.

        Raises:
            RecordsUnavailable: the book can't be read.
        """
        pages = await self._pages(tenant)
        return self._judged(pages, question, vector, pages.open_to(audiences, self._today()))

    async def near_pairs(self, tenant: TenantId) -> list[NearPair]:
        """Pairs of the tenant's entries that take sureness from each other, the nearest first; 100 at most.

        Raises:
            RecordsUnavailable: the book can't be read.
        """
        pages = await self._pages(tenant)
        return await anyio.to_thread.run_sync(
            near_pairs, pages.entries, pages.vectors_by_phrase(), self.nearness
        )

    async def near_draft(self, tenant: TenantId, draft: FaqDraft, faq_id: FaqId | None) -> list[NearPair]:
        """The entries that a draft would be near to; `faq_id` is the entry that it is a new wording of.

        Raises:
            RecordsUnavailable: the book can't be read.
        """
        pages = await self._pages(tenant)
        others = [faq for faq in pages.entries if faq.id != faq_id]
        known = pages.vectors_by_phrase()
        fresh = [phrase for phrase in draft.phrases if phrase not in known]
        if fresh:
            known |= zip(fresh, await self._embedder.embed_passages(fresh), strict=True)
        return await anyio.to_thread.run_sync(near_to, draft, others, known, self.nearness)

    @property
    def nearness(self) -> float:
        """The likeness from which two entries are near, by default 0.80.

        It is that of a question which is answered with a lead of 0.20, and no less than any
        match needs.
        """
        return max(self._likeness, self._sureness - MARGIN_WEIGHT * NEAR_LEAD)

    async def nearest(
        self, tenant: TenantId, audiences: Collection[str], vector: Vector, *, most: int = 4
    ) -> list[FaqMatch]:
        """The entries that the question could be about, however unsure, best first.

        Only what these audiences may be told today is looked at.

        Raises:
            RecordsUnavailable: the book can't be read.
        """
        pages = await self._pages(tenant)
        return pages.several(vector, pages.open_to(audiences, self._today()), most)

    async def prepare(self, tenant: TenantId) -> int:
        """How many phrases of the tenant's are ready to be matched; embeds those that are not."""
        return len((await self._pages(tenant)).phrases)

    def _judged(self, pages: _Pages, question: str, vector: Vector, seen: NDArray[np.bool_]) -> Judged:
        if certain := pages.certain(question, seen):
            return Judged(nearest=certain, why="same_form")
        nearest = pages.nearest(vector, seen)
        return Judged(nearest=nearest, why=self._why(pages, question, nearest))

    def _why(self, pages: _Pages, question: str, match: FaqMatch | None) -> Why:
        if match is None:
            return "no_entry"
        if match.score < self._likeness:
            return "unlike"
        if match.score + MARGIN_WEIGHT * min(match.margin, WIDEST_MARGIN) < self._sureness:
            return "rivalled"
        known = Asked(phrase=match.phrase, about=(*match.faq.phrases, match.faq.answer))
        return "differs" if differs(question, known, pages.usual_names) else "sure"

    async def _pages(self, tenant: TenantId) -> _Pages:
        """The tenant's book as it is now."""
        state = await self._book.state(tenant)
        known = self._known.get(tenant)
        if known is not None and known.state == state:
            return known
        async with self._locks.setdefault(tenant, asyncio.Lock()):
            known = self._known.get(tenant)
            if known is None or known.state != state:
                known = await self._read(tenant, state, known)
                self._known.pop(tenant, None)
                self._known[tenant] = known
                while len(self._known) > _TENANTS_KNOWN:
                    oldest = next(iter(self._known))
                    self._known.pop(oldest)
            return known

    async def _read(self, tenant: TenantId, state: BookState, before: _Pages | None) -> _Pages:
        """The book, which is at least as new as `state`; phrases that were known are not embedded again."""
        entries = await self._book.list(tenant)
        vectors = before.vectors_by_phrase() if before else {}
        fresh = sorted({phrase for faq in entries for phrase in faq.phrases} - vectors.keys())
        for at in range(0, len(fresh), _SLICE):
            batch = fresh[at : at + _SLICE]
            vectors |= zip(batch, await self._embedder.embed_passages(batch), strict=True)
        return _Pages(state, entries, vectors, self._embedder.dimensions)


class _Pages:
    """A tenant's book in memory, in one state of it."""

    def __init__(
        self, state: BookState, entries: Sequence[Faq], vectors: Mapping[str, Vector], dimensions: int
    ) -> None:
        self.state = state
        self.entries = entries
        self.phrases = [phrase for faq in entries for phrase in faq.phrases]
        owners = [place for place, faq in enumerate(entries) for _ in faq.phrases]
        self._owners: NDArray[np.int64] = np.array(owners, np.int64)
        rows = [vectors[phrase] for phrase in self.phrases]
        self._vectors: Vector = np.stack(rows) if rows else np.empty((0, dimensions), np.float32)
        places: dict[str, int] = {}
        answers = [places.setdefault(faq.answer, len(places)) for faq in entries]
        self._answers: NDArray[np.int64] = np.array(answers, np.int64)
        self._forms: dict[str, list[int]] = {}
        for row, phrase in enumerate(self.phrases):
            self._forms.setdefault(asked_by(phrase), []).append(row)

    def vectors_by_phrase(self) -> dict[str, Vector]:
        """The vector of each phrase, shape (dimensions,)."""
        return dict(zip(self.phrases, self._vectors, strict=True))

    @cached_property
    def usual_names(self) -> frozenset[str]:
        """Names that stand in so many entries that they tell none apart: the company's own."""
        count = Counter(name for faq in self.entries for name in names_in(faq.phrases))
        least = max(_USUAL_ENTRIES, _USUAL_SHARE * len(self.entries))
        return frozenset(name for name, entries in count.items() if entries >= least)

    def open_to(self, audiences: Collection[str], day: date) -> NDArray[np.bool_]:
        """Which phrases belong to entries that these audiences may be told on that day; shape (phrases,)."""
        is_open = [faq.audience in audiences and faq.holds_on(day) for faq in self.entries]
        return np.array(is_open, np.bool_)[self._owners]

    def certain(self, question: str, seen: NDArray[np.bool_]) -> FaqMatch | None:
        """The only answer to a phrase of this form; an entry's own question goes before variants."""
        rows = [row for row in self._forms.get(asked_by(question), ()) if seen[row]]
        firsts = [row for row in rows if self.phrases[row] == self.entries[self._owners[row]].question]
        rows = firsts or rows
        if not rows or len({int(self._answers[self._owners[row]]) for row in rows}) > 1:
            return None
        return self._match(rows[0], 1.0, 1.0)

    def nearest(self, vector: Vector, seen: NDArray[np.bool_]) -> FaqMatch | None:
        """The nearest phrase of all that are seen; other entries with the same answer are no rivals."""
        if not seen.any():
            return None
        cosines = np.where(seen, self._vectors @ vector, -1.0)
        best = int(cosines.argmax())
        answers = self._answers[self._owners]
        rivals = cosines[seen & (answers != answers[best])]
        score = float(cosines[best])
        return self._match(best, score, score - float(rivals.max(initial=-1.0)))

    def several(self, vector: Vector, seen: NDArray[np.bool_], most: int) -> list[FaqMatch]:
        """The nearest phrase of each of the nearest answers that are seen, best first."""
        cosines = np.where(seen, self._vectors @ vector, -1.0)
        nearest: dict[int, FaqMatch] = {}
        for row in map(int, np.argsort(-cosines)):
            if not seen[row] or len(nearest) == most:
                break
            answer = int(self._answers[self._owners[row]])
            nearest.setdefault(answer, self._match(row, float(cosines[row]), 0.0))
        return list(nearest.values())

    def _match(self, row: int, score: float, margin: float) -> FaqMatch:
        faq = self.entries[self._owners[row]]
        return FaqMatch(faq=faq, phrase=self.phrases[row], score=score, margin=margin)
