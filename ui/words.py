"""Every sentence a visitor can see, by language. English where theirs is not spoken here."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

LANGUAGES = {code: f"ui.languages.{code}" for code in ("en", "es", "de", "fr")}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatWords:
    """The customer page. Names in braces are filled in with `str.format`."""

    language: str
    """Its code."""
    greeting: str
    explanation: str
    try_one: str
    placeholder: str
    send: str
    stop: str
    fresh: str
    person: str
    person_short: str
    you: str
    documents_label: str
    documents_all: str
    attach: str
    attach_hint: str
    searching: str
    reading: str
    writing: str
    sources: str
    source_number: str
    page: str
    copy: str
    copied: str
    helpful: str
    not_helpful: str
    thanks: str
    sorry: str
    unsure: str
    unanswered: str
    retry: str
    search_down: str
    busy: str
    refused: str
    gone: str
    ticket: str
    ticket_next: str
    ticket_closed: str
    talking_to: str
    assistant_back: str
    delivered: str
    write_to: str
    team: str
    hello: str
    not_known: str
    embedded: str
    close: str
    source_title: str
    open_document: str
    changed: str
    too_many: str
    file_ready: str
    file_reading: str
    file_refused: str
    footnote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminWords:
    """The admin page. Names in braces are filled in with `str.format`."""

    admin: str
    customer_page: str
    sign_out: str
    documents: str
    try_it: str
    insights: str
    add_title: str
    drop: str
    audience: str
    public: str
    staff: str
    conversation: str
    labels: str
    labels_hint: str
    add: str
    choose_first: str
    taking: str
    added: str
    filter: str
    name: str
    status: str
    passages: str
    size: str
    version: str
    updated: str
    actions: str
    queued: str
    reading: str
    embedding: str
    indexing: str
    minutes_left: str
    seconds_left: str
    ready: str
    refused: str
    view_text: str
    replace: str
    replace_title: str
    choose_file: str
    delete: str
    delete_sure: str
    delete_sure_one: str
    cancel: str
    retry: str
    no_documents: str
    no_match: str
    more_rows: str
    search_label: str
    search_as: str
    search: str
    search_hint: str
    words_score: str
    meaning_score: str
    joined_score: str
    reader_score: str
    nothing_found: str
    answered: str
    unsure: str
    thumbs_up: str
    thumbs_down: str
    unsolved: str
    unsolved_hint: str
    all_solved: str
    closest: str
    nothing_close: str
    refresh: str
    page: str
    failed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language: its code and what each page says in it."""

    code: str
    chat: ChatWords
    admin: AdminWords


def words_for(accept_language: str | None) -> Words:
    """The words of the first language in an `Accept-Language` header that is spoken here.

    >>> words_for("pt, de-AT;q=0.8, en;q=0.5").code
    'de'
    >>> words_for(None).code
    'en'
    """
    for code in _preferred(accept_language or ""):
        if code in LANGUAGES:
            return _spoken(code)
    return _spoken("en")


def _preferred(header: str) -> list[str]:
    """Primary language codes, the most wanted first."""
    weighed: list[tuple[float, str]] = []
    for part in header.split(","):
        tag, _, weight = part.partition(";q=")
        try:
            wanted = float(weight) if weight.strip() else 1.0
        except ValueError:
            wanted = 0.0
        if wanted > 0:
            weighed.append((-wanted, tag.strip().partition("-")[0].lower()))
    return [code for _, code in sorted(weighed, key=lambda each: each[0])]


def _spoken(code: str) -> Words:
    spoken: Words = import_module(LANGUAGES[code]).WORDS
    return spoken
