"""The HTML of a conversation: questions, answers with their citations, and what went wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import groupby
from operator import itemgetter
from typing import Any

from core.conversation import Exchange, StaffMessage
from core.documents import Document, DocumentStatus
from core.messages import Answer, Citation, Outcome, Stage
from ui.attendance import Talk, delivered, known_as, marks
from ui.sources import place, readable
from ui.words import ChatWords

LONGEST_HELD = 24
"""Characters of a word that is never parted from the citation after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the visitor's browser keeps between visits: the conversation's token, and their verdicts."""

    token: str = ""
    verdicts: Mapping[str, str] = field(default_factory=dict)


def memory_of(kept: Mapping[str, Any] | None) -> Memory:
    """What the browser kept, as far as it is of the right kind: anybody can write there."""
    found = kept or {}
    token, verdicts = found.get("token"), found.get("verdicts")
    return Memory(
        token=token if isinstance(token, str) else "",
        verdicts={str(key): str(value) for key, value in verdicts.items()}
        if isinstance(verdicts, dict)
        else {},
    )


def header(words: ChatWords, name: str, language: str) -> str:
    """The top of the page: who is speaking, and the two ways out."""
    person = (
        '<button type="button" class="fd-outline" data-do="person" '
        f'aria-label="{escape(words.person)}">{FACE}<span class="fd-long">{escape(words.person)}</span>'
        f'<span class="fd-short">{escape(words.person_short)}</span></button>'
    )
    ways = _button("fresh", words.fresh, "fd-quiet", PLUS) + person
    return (
        f'<header class="fd-top" data-lang="{escape(language)}" data-all="{escape(words.documents_all)}">'
        f'<a class="fd-brand" href="/">{BELL}<span>{escape(name)}</span></a><nav>{ways}</nav></header>'
    )


def foot(words: ChatWords, hint: str) -> str:
    """The small print under the question box."""
    return f'<p class="fd-foot">{escape(words.footnote)} {escape(hint)}</p>'


def welcome(words: ChatWords, examples: Sequence[str], greeting: str = "", *, customer: str = "") -> str:
    """What stands where the conversation will be, under the page's greeting or another one.

    `customer` is the name of a known one.
    """
    asks = "".join(
        f'<li><button type="button" class="fd-example" data-do="ask" data-text="{escape(one)}">'
        f"{escape(one)}</button></li>"
        for one in examples
    )
    tries = f'<p class="fd-eyebrow">{escape(words.try_one)}</p><ul>{asks}</ul>' if asks else ""
    hello = f'<p class="fd-hello">{escape(words.hello.format(name=customer))}</p>' if customer else ""
    return (
        f'<section class="fd-welcome">{BELL}{hello}<h1>{escape(greeting or words.greeting)}</h1>'
        f"<p>{escape(words.explanation)}</p>{tries}</section>"
    )


def thread(words: ChatWords, talk: Talk, memory: Memory, *, asking: str = "", hidden: str = "") -> str:
    """The whole conversation, with the persons who came and went.

    `asking` is a question on its way; `hidden` the id of one whose fate stands elsewhere.
    """
    turns = [
        (one.created_at, _written(words, one))
        if isinstance(one, StaffMessage)
        else (one.asked_at, _exchange(words, one, memory, talk, is_quiet=one.message_id == hidden))
        for one in talk.conversation.entries
    ]
    turns = sorted([*turns, *marks(words, talk, FACE)], key=itemgetter(0))
    shown = "".join(html for _, html in turns)
    if asking:
        shown += _question(words, asking)
    return f'<div class="fd-thread" data-state="{talk.state}">{shown}</div>'


def status(words: ChatWords, stage: Stage) -> str:
    """The line that says what the desk is doing."""
    says = {
        "remember": words.searching,
        "understand": words.searching,
        "retrieve": words.searching,
        "rerank": words.reading,
    }
    line = says.get(stage, words.writing)
    return f'<p class="fd-status"><span class="fd-pulse" aria-hidden="true"></span>{escape(line)}</p>'


def partial(text: str) -> str:
    """The words of an answer so far."""
    return f'<div class="fd-answer fd-growing" aria-busy="true"><p class="fd-text">{escape(text)}</p></div>'


def failure(words: ChatWords, sentence: str, *, again: str = "", person: bool = False) -> str:
    """One polite sentence, with a way to try again (`again` is the question's id) or to reach a person."""
    retry = (
        f'<button type="button" class="fd-outline" data-do="again" data-message="{escape(again)}">'
        f"{escape(words.retry)}</button>"
        if again
        else ""
    )
    someone = _button("person", words.person, "fd-outline", FACE) if person else ""
    return (
        f'<div class="fd-failure" role="alert"><p>{escape(sentence)}</p>'
        f'<div class="fd-actions">{retry}{someone}</div></div>'
    )


def files(words: ChatWords, own: Sequence[Document], refusals: Sequence[tuple[str, str]]) -> str:
    """The customer's own files, each with how far it is or why it was not taken."""
    lines = [_file(words, document) for document in own]
    lines += [
        _chip("refused", name, words.file_refused.format(reason=reason) if name else reason)
        for name, reason in refusals
    ]
    return f'<ul class="fd-files" aria-live="polite">{"".join(lines)}</ul>' if lines else ""


def _exchange(words: ChatWords, exchange: Exchange, memory: Memory, talk: Talk, *, is_quiet: bool) -> str:
    asked = _question(words, exchange.text)
    if exchange.answer is not None and not exchange.answer.text:
        # A person has the conversation, and the desk is silent.
        return asked + delivered(words, known_as(words, talk.holder(exchange.asked_at)))
    if exchange.answer is not None:
        verdict = memory.verdicts.get(exchange.answer.id, "")
        return asked + _answer(words, exchange.answer, verdict)
    if is_quiet:
        return asked
    return asked + failure(words, words.unanswered, again=exchange.message_id)


def _written(words: ChatWords, message: StaffMessage) -> str:
    name = known_as(words, message.name)
    return (
        f'<article class="fd-answer fd-person" data-message="{escape(message.id)}">'
        f'<p class="fd-eyebrow">{FACE}{escape(name)}</p>'
        f'<p class="fd-text">{escape(message.text)}</p></article>'
    )


def _question(words: ChatWords, text: str) -> str:
    return (
        f'<div class="fd-question"><span class="fd-hidden">{escape(words.you)}: </span>{escape(text)}</div>'
    )


def _answer(words: ChatWords, answer: Answer, verdict: str) -> str:
    text, kind = answer.text, ""
    if answer.outcome is not Outcome.UNSURE:
        body = f'<p class="fd-text">{_cited(words, answer)}</p>{_cards(words, answer)}'
    else:
        kind = " fd-unsure"
        body = (
            f'<p class="fd-eyebrow">{QUERY}{escape(words.unsure)}</p><p class="fd-text">{escape(text)}</p>'
            f'<div class="fd-actions">{_button("person", words.person, "fd-outline", FACE)}</div>'
        )
    return (
        f'<article class="fd-answer{kind}" data-id="{escape(answer.id)}">{body}'
        f"{_tools(words, answer.id, text, verdict)}</article>"
    )


def _cited(words: ChatWords, answer: Answer) -> str:
    """The answer's text with a chip for each citation after the words it carries."""
    pieces: list[str] = []
    position = 0
    ordered = sorted(answer.citations, key=lambda each: (each.end, each.n))
    for end, carried in groupby(ordered, key=lambda each: each.end):
        chips = "".join(_citation_chip(words, answer, one) for one in carried)
        pieces.append(_held(answer.text[position:end], chips))
        position = end
    return "".join(pieces) + escape(answer.text[position:])


def _held(text: str, chips: str) -> str:
    """The text with the chips on the line of its last word, where that is short enough to be kept whole."""
    before, gap, last = text.rpartition(" ")
    if len(last) > LONGEST_HELD or "\n" in last:
        return escape(text) + chips
    return f'{escape(before + gap)}<span class="fd-hold">{escape(last)}{chips}</span>'


def _citation_chip(words: ChatWords, answer: Answer, citation: Citation) -> str:
    label = words.source_number.format(n=citation.n, title=readable(citation.title))
    return (
        f'<sup><button type="button" class="fd-chip" data-do="source" data-answer="{escape(answer.id)}" '
        f'data-n="{citation.n}" aria-label="{escape(label)}" title="{escape(readable(citation.title))}">'
        f"{citation.n}</button></sup>"
    )


def _cards(words: ChatWords, answer: Answer) -> str:
    cards = "".join(
        f'<li><button type="button" class="fd-card" data-do="source" data-answer="{escape(answer.id)}" '
        f'data-n="{one.n}"><span class="fd-number">{one.n}</span><span class="fd-card-body">'
        f'<span class="fd-card-title">{escape(readable(one.title))}</span>'
        f'<span class="fd-where">{escape(place(words, one))}</span>'
        f'<span class="fd-quote">“{escape(" ".join(one.quote.split()))}”</span></span></button></li>'
        for one in answer.citations
    )
    return (
        f'<p class="fd-eyebrow">{escape(words.sources)}</p><ol class="fd-cards">{cards}</ol>' if cards else ""
    )


def _tools(words: ChatWords, answer_id: str, text: str, verdict: str) -> str:
    thumbs = "".join(
        f'<button type="button" class="fd-icon" data-do="rate" data-answer="{escape(answer_id)}" '
        f'data-verdict="{kind}" aria-pressed="{json.dumps(kind == verdict)}" '
        f'aria-label="{escape(says)}" title="{escape(says)}">{THUMB[kind]}</button>'
        for kind, says in (("up", words.helpful), ("down", words.not_helpful))
    )
    said = {"up": words.thanks, "down": words.sorry}.get(verdict, "")
    return (
        f'<div class="fd-tools">{thumbs}<button type="button" class="fd-icon" data-do="copy" '
        f'data-text="{escape(text)}" data-done="{escape(words.copied)}" '
        f'aria-label="{escape(words.copy)}" title="{escape(words.copy)}">{COPY}</button>'
        f'<span class="fd-said" role="status">{escape(said)}</span></div>'
    )


def _file(words: ChatWords, document: Document) -> str:
    if document.status is DocumentStatus.READY:
        return _chip("ready", document.name, words.file_ready)
    if document.status is DocumentStatus.REFUSED:
        return _chip("refused", document.name, words.file_refused.format(reason=document.reason or ""))
    return _chip("reading", document.name, words.file_reading)


def _chip(state: str, name: str, says: str) -> str:
    return f'<li class="fd-file fd-{state}"><strong>{escape(name)}</strong> <span>{escape(says)}</span></li>'


def _button(do: str, says: str, look: str, icon: str) -> str:
    return (
        f'<button type="button" class="{look}" data-do="{do}" aria-label="{escape(says)}">{icon}'
        f"<span>{escape(says)}</span></button>"
    )


def _icon(path: str) -> str:
    return (
        '<svg viewBox="0 0 24 24" width="18" height="18" fill="none" stroke="currentColor" '
        f'stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{path}</svg>'
    )


PLUS = _icon('<path d="M12 5v14M5 12h14"/>')
FACE = _icon('<circle cx="12" cy="8" r="3.6"/><path d="M4.8 20c.8-3.8 3.7-5.8 7.2-5.8s6.4 2 7.2 5.8"/>')
QUERY = _icon(
    '<circle cx="12" cy="12" r="9"/><path d="M9.6 9.4a2.5 2.5 0 1 1 3.4 2.7c-.7.3-1 .8-1 1.6M12 17h.01"/>'
)
COPY = _icon('<rect x="9" y="9" width="11" height="11" rx="2"/><path d="M5 15V6a2 2 0 0 1 2-2h9"/>')
_UP = (
    '<path d="M7 10v10H4V10zM7 10l4-7c1.6 0 2.5 1 2.2 2.6L12.6 9H18a2 2 0 0 1 2 2.3l-1 6.8'
    'A2.2 2.2 0 0 1 16.8 20H7"/>'
)
THUMB = {"up": _icon(_UP), "down": _icon(f'<g transform="rotate(180 12 12)">{_UP}</g>')}
BELL = (
    '<svg class="fd-bell" viewBox="0 0 32 32" width="30" height="30" aria-hidden="true">'
    '<path d="M5 22a11 11 0 0 1 22 0z"/><rect x="3" y="23.5" width="26" height="3.5" rx="1.75"/>'
    '<circle cx="16" cy="8" r="2.2"/></svg>'
)
