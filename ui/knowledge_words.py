"""Every sentence of the FAQ and Review tabs, by language."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from ui.words import words_for


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqWords:
    """The FAQ tab. Names in braces are filled in with `str.format`."""

    tab: str
    hint: str
    filter: str
    new: str
    bring_in: str
    bring_in_hint: str
    take_out: str
    empty: str
    no_match: str
    question: str
    question_hint: str
    variants: str
    variants_count: str
    variants_hint: str
    answer: str
    answer_hint: str
    owner: str
    category: str
    language: str
    language_hint: str
    audience: str
    link: str
    valid_from: str
    valid_until: str
    day_hint: str
    uses: str
    validity: str
    valid_now: str
    valid_to: str
    ends_soon: str
    begins: str
    expired: str
    edit: str
    new_title: str
    edit_title: str
    save: str
    preview: str
    preview_empty: str
    saved: str
    removed: str
    undo: str
    restored: str
    nothing_to_undo: str
    near_title: str
    near_hint: str
    near_line: str
    near_here: str
    try_title: str
    try_label: str
    try_hint: str
    try_button: str
    try_entry: str
    try_documents: str
    try_nothing: str
    try_small_talk: str
    try_tool: str
    same_form: str
    sure: str
    unlike: str
    rivalled: str
    differs: str
    no_entry: str
    nearest: str
    score: str
    report_title: str
    report_hint: str
    row: str
    fate: str
    says: str
    added: str
    replaced: str
    unchanged: str
    refused: str
    changed: str
    ignored: str
    keep: str
    keep_none: str
    drop: str
    taken: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewWords:
    """The Review tab. Names in braces are filled in with `str.format`."""

    tab: str
    hint: str
    progress: str
    empty: str
    done: str
    sampled: str
    disliked: str
    confidence: str
    route: str
    question: str
    answer: str
    sources: str
    no_sources: str
    open: str
    comment: str
    silent: str
    right: str
    wrong: str
    unwanted: str
    note: str
    note_hint: str
    before: str
    after: str
    make_entry: str
    keys: str
    kept: str
    judged: str
    refresh: str
    take_out: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeWords:
    """One language: what the two tabs say in it."""

    faq: FaqWords
    review: ReviewWords


def knowledge_words_for(accept_language: str | None) -> KnowledgeWords:
    """The words of the first language in an `Accept-Language` header that is spoken here."""
    spoken: KnowledgeWords = import_module(
        f"ui.languages.{words_for(accept_language).code}_knowledge"
    ).KNOWLEDGE
    return spoken
