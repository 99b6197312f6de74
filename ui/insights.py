"""The HTML of what was asked and failed, and of what a search finds and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

from core.feedback import Review
from core.messages import Outcome
from core.search import Found, SearchStage
from ui.words import AdminWords

LONGEST_GLIMPSE = 280


def counters(words: AdminWords, counts: Mapping[str, int]) -> str:
    """How many answers and verdicts of each kind there are, and their shares as a bar."""
    numbers = {kind: counts.get(kind, 0) for kind in (Outcome.ANSWERED, Outcome.UNSURE, "up", "down")}
    says = (words.answered, words.unsure, words.thumbs_up, words.thumbs_down)
    boxes = [
        f'<div class="fd-counter"><strong>{number}</strong><span>{escape(name)}</span>'
        f"{_share(number, sum(pair)) if any(pair) else _share(0, 0)}</div>"
        for number, name, pair in zip(
            numbers.values(),
            says,
            [(numbers[Outcome.ANSWERED], numbers[Outcome.UNSURE])] * 2
            + [(numbers["up"], numbers["down"])] * 2,
            strict=True,
        )
    ]
    return f'<div class="fd-counters">{"".join(boxes)}</div>'


def reviews(words: AdminWords, unsolved: Sequence[tuple[Review, Sequence[Found]]]) -> str:
    """The questions to look at, each with what the documents say nearest to it now."""
    if not unsolved:
        return f'<p class="fd-empty">{escape(words.all_solved)}</p>'
    times = Counter(review.question.casefold() for review, _ in unsolved)
    newest = {review.question.casefold(): (review, found) for review, found in reversed(unsolved)}
    lines = "".join(
        _review(words, review, found, times[question])
        for question, (review, found) in reversed(newest.items())
    )
    return f'<ul class="fd-review">{lines}</ul>'


def results(words: AdminWords, found: Sequence[Found]) -> str:
    """Passages as a search ranked them, with the scores that put each in its place."""
    if not found:
        return f'<p class="fd-empty">{escape(words.nothing_found)}</p>'
    most = {stage: max(each.stages.get(stage, 0.0) for each in found) for stage in _STAGES}
    lines = "".join(_result(words, each, most) for each in found)
    return f'<ol class="fd-found">{lines}</ol>'


_STAGES: tuple[SearchStage, ...] = ("bm25", "dense", "hybrid", "rerank")


def _share(number: int, whole: int) -> str:
    percent = round(100 * number / whole) if whole else 0
    return f'<div class="fd-share" aria-hidden="true"><b class="fd-yes" style="width:{percent}%"></b></div>'


def _review(words: AdminWords, review: Review, found: Sequence[Found], times: int) -> str:
    is_unsure = review.answer.outcome is Outcome.UNSURE
    badge = (
        f'<span class="fd-badge fd-queued">{escape(words.unsure)}</span>'
        if is_unsure
        else f'<span class="fd-badge fd-refused">{escape(words.thumbs_down)}</span>'
    )
    said = "" if is_unsure else f"<blockquote>{escape(review.answer.text)}</blockquote>"
    comments = "".join(f"<blockquote>“{escape(comment)}”</blockquote>" for comment in review.comments)
    near = "".join(_glimpse(words, each) for each in found)
    often = f'<span class="fd-times">×{times}</span>' if times > 1 else ""
    return (
        f'<li><h3>{escape(review.question)}</h3><div class="fd-meta">{badge}{often}'
        f'<button type="button" class="fd-quiet" data-do="ask" data-text="{escape(review.question)}">'
        f"{escape(words.try_it)}</button></div>{said}{comments}{near}</li>"
    )


def _glimpse(words: AdminWords, found: Found) -> str:
    text = " ".join(found.passage.text.split())
    short = text if len(text) <= LONGEST_GLIMPSE else f"{text[:LONGEST_GLIMPSE].rsplit(' ', 1)[0]}…"
    place = f"{words.closest} · {where(words, found)}"
    return f'<p class="fd-hint">{escape(place)}</p><blockquote>{escape(short)}</blockquote>'


def where(words: AdminWords, found: Found) -> str:
    """Document, heading and page of a passage, as plain text."""
    passage = found.passage
    page = words.page.format(page=passage.page) if passage.page else ""
    return " · ".join(filter(None, (passage.title, " › ".join(passage.heading), page)))


def _result(words: AdminWords, found: Found, most: Mapping[SearchStage, float]) -> str:
    names = (words.words_score, words.meaning_score, words.joined_score, words.reader_score)
    bars = "".join(
        _bar(name, found.stages[stage], most[stage])
        for stage, name in zip(_STAGES, names, strict=True)
        if stage in found.stages
    )
    return (
        f"<li><div><h3>{escape(where(words, found))}</h3>"
        f'<p class="fd-words">{escape(found.passage.text)}</p></div><div class="fd-bars">{bars}</div></li>'
    )


def _bar(name: str, score: float, most: float) -> str:
    percent = max(0, min(100, round(100 * score / most))) if most > 0 else 0
    return (
        f'<div class="fd-bar"><span>{escape(name)}</span><i><b style="width:{percent}%"></b></i>'
        f"<span>{score:.2f}</span></div>"
    )
