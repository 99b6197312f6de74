"""The HTML of the Review tab: how far the review is, and the answer that is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from core.judgements import Finding
from core.messages import Citation, Outcome
from core.review_queue import Reviewable
from ui.knowledge_words import ReviewWords
from ui.sources import place, readable, safe_link
from ui.words import AdminWords, ChatWords


def head(words: ReviewWords, share: float) -> str:
    """What the tab is for, and the way to all verdicts as a file; `share` is how much is sampled, 0 to 1."""
    says = words.hint.format(share=f"{share:.0%}" if share in {0.0, 1.0} or share >= 0.01 else f"{share:.2%}")
    return (
        f'<div class="fd-lead"><p class="fd-hint">{escape(says)}</p>'
        f'<a class="fd-outline" href="/v1/reviews/export" download>{escape(words.take_out)}</a></div>'
    )


def progress(words: ReviewWords, queue: Sequence[Reviewable]) -> str:
    """How many of the queue are reviewed, in words and as a bar; nothing where there is nothing."""
    if not queue:
        return ""
    done = sum(one.judgement is not None for one in queue)
    says = words.progress.format(done=done, all=len(queue))
    share = round(100 * done / len(queue))
    return (
        f'<div class="fd-progress"><strong>{escape(says)}</strong>'
        f'<div class="fd-share" aria-hidden="true"><b class="fd-yes" style="width:{share}%"></b></div></div>'
    )


def nothing(words: ReviewWords, queue: Sequence[Reviewable]) -> str:
    """What stands where no answer is looked at: there is none yet, or all are reviewed."""
    says = words.done.format(all=len(queue)) if queue else words.empty
    return f'<p class="fd-empty">{escape(says)}</p>'


def card(words: ReviewWords, admin: AdminWords, chat: ChatWords, one: Reviewable) -> str:
    """The question, the answer, what it rests on, how it came about, and what was found of it."""
    answer = one.answer
    said = (
        f'<p class="fd-text">{escape(answer.text)}</p>'
        if answer.text
        else f'<p class="fd-hint">{escape(words.silent)}</p>'
    )
    comments = "".join(f"<blockquote>“{escape(comment)}”</blockquote>" for comment in one.comments)
    about = f'<p class="fd-eyebrow">{escape(words.comment)}</p>{comments}' if comments else ""
    return (
        f'<article class="fd-judging" data-answer="{escape(answer.id)}"><div class="fd-meta">'
        f"{_badges(words, admin, one)}</div>"
        f'<p class="fd-eyebrow">{escape(words.question)}</p><h3>{escape(one.question)}</h3>'
        f'<p class="fd-eyebrow">{escape(words.answer)}</p>{said}{about}'
        f"{_sources(words, chat, answer.citations)}{_judged(words, one)}</article>"
    )


def finding_name(words: ReviewWords, finding: Finding) -> str:
    """The verdict in words."""
    names = {"right": words.right, "wrong": words.wrong, "unwanted": words.unwanted}
    return names[finding]


def _badges(words: ReviewWords, admin: AdminWords, one: Reviewable) -> str:
    answer = one.answer
    outcomes = {Outcome.ANSWERED: admin.answered, Outcome.UNSURE: admin.unsure}
    why = words.disliked if one.is_disliked else words.sampled
    look = "fd-refused" if one.is_disliked else "fd-queued"
    facts = (
        outcomes.get(answer.outcome, answer.outcome.value),
        words.confidence.format(share=f"{answer.confidence:.2f}"),
        words.route.format(route=answer.route),
    )
    labels = "".join(f'<span class="fd-label">{escape(fact)}</span>' for fact in facts)
    return f'<span class="fd-badge {look}">{escape(why)}</span>{labels}{_when(one.given_at)}'


def _sources(words: ReviewWords, chat: ChatWords, citations: Sequence[Citation]) -> str:
    title = f'<p class="fd-eyebrow">{escape(words.sources)}</p>'
    if not citations:
        return f'{title}<p class="fd-hint">{escape(words.no_sources)}</p>'
    lines = "".join(_source(words, chat, one) for one in citations)
    return f'{title}<ol class="fd-quoted">{lines}</ol>'


def _source(words: ReviewWords, chat: ChatWords, citation: Citation) -> str:
    url = safe_link(citation.url)
    link = f'<a href="{escape(url)}" target="_blank" rel="noopener">{escape(words.open)}</a>' if url else ""
    about = " · ".join(filter(None, (readable(citation.title), place(chat, citation))))
    return (
        f'<li><p class="fd-hint"><span class="fd-number">{citation.n}</span> {escape(about)} {link}</p>'
        f"<blockquote>“{escape(citation.quote)}”</blockquote></li>"
    )


def _judged(words: ReviewWords, one: Reviewable) -> str:
    judgement = one.judgement
    if judgement is None:
        return ""
    says = words.judged.format(finding=finding_name(words, judgement.finding), person=judgement.person)
    note = f"<p>{escape(judgement.note)}</p>" if judgement.note else ""
    return f'<div class="fd-told fd-calm"><strong>{escape(says)}</strong>{note}</div>'


def _when(moment: datetime) -> str:
    return f'<time datetime="{moment:%Y-%m-%dT%H:%M:%SZ}">{moment:%Y-%m-%d %H:%M}</time>'
