"""`Faq`: a question with its variants and the one approved answer; what a draft of one must be."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from hashlib import blake2b
from typing import NewType
from urllib.parse import urlencode, urlsplit

from core.documents import DocumentId, PassageId
from core.errors import Refused, TooLarge
from core.messages import Citation
from core.same_question import form
from core.stored_values import storable
from core.tenants import PUBLIC, STAFF, TenantId

FaqId = NewType("FaqId", str)

SOURCE_PREFIX = "faq:"
"""What begins the `document_id` of a citation that names an FAQ entry."""
LONGEST_QUESTION = 500
LONGEST_ANSWER = 8000
LONGEST_NOTE = 200
"""Most characters of an owner or a category."""
LONGEST_URL = 2000
MOST_VARIANTS = 50
_GAP = "\n\n"
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_LINES = re.compile(r"[ \t]*(?:\r\n|\r|\n)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqDraft:
    """What a company lays down about one question.

    `variants` are other ways to ask it. The answer holds from `valid_from` to `valid_until`,
    both days included; a missing one leaves that side open. `audience` is who may be told.
    """

    question: str
    answer: str
    variants: tuple[str, ...] = ()
    owner: str | None = None
    audience: str = PUBLIC
    language: str | None = None
    url: str | None = None
    category: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None

    @property
    def phrases(self) -> tuple[str, ...]:
        """Every way to ask: the question first, then its variants."""
        return (self.question, *self.variants)

    def holds_on(self, day: date) -> bool:
        """Whether the answer is valid on that day.

        >>> FaqDraft(question="Open?", answer="Yes.", valid_until=date(2026, 1, 1)).holds_on(date(2027, 1, 1))
        False
        """
        return (self.valid_from or day) <= day <= (self.valid_until or day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Faq(FaqDraft):
    """An entry of a tenant's book. `version` counts its wordings from 1."""

    id: FaqId
    tenant: TenantId
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def source(self) -> DocumentId:
        """What citations name it by."""
        return DocumentId(f"{SOURCE_PREFIX}{self.id}")

    @property
    def text(self) -> str:
        """The entry as a citation's place counts it: the question, a blank line, the answer."""
        return f"{self.question}{_GAP}{self.answer}"

    def cited(self, public_url: str = "") -> Citation:
        """The one citation of an answer that is this entry's approved wording, and nothing else.

        It covers the whole answer. Its link opens the entry at this desk, where the words
        can be seen; the entry's own link stands there too.
        """
        start, end = len(self.question) + len(_GAP), len(self.text)
        where = urlencode({"version": self.version, "start": start, "end": end})
        return Citation(
            n=1,
            document_id=self.source,
            passage_id=PassageId(f"{self.source}:{self.version}"),
            title=self.question,
            url=f"{public_url}/sources/{self.source}?{where}#quote",
            page=None,
            heading=self.category or "",
            quote=self.answer,
            start=0,
            end=len(self.answer),
            source_start=start,
            source_end=end,
        )


FIELDS = tuple(field.name for field in fields(FaqDraft))
"""What a draft consists of, by name."""


def asked_by(question: str) -> str:
    """A short name for what the question asks, the same however it is put; empty where nothing is asked.

    >>> asked_by("How do I change my PIN, please?") == asked_by("how to change my pin")
    True
    """
    words = form(question)
    return blake2b(json.dumps(words).encode(), digest_size=16).hexdigest() if words else ""


def checked(draft: FaqDraft) -> FaqDraft:
    r"""The draft with its white space in order, as it may be kept.

    Raises:
        Refused: something is missing or can't be; the message says what. TooLarge: it is too long.

        >>> checked(FaqDraft(question=" How\n long? ", answer="Two days. ", variants=("how long?",))).phrases
        ('How long?',)
    """
    question = _line(draft.question)
    answer = storable(_LINES.sub("\n", _CONTROL.sub("", _LINES.sub("\n", draft.answer)))).strip()
    if not asked_by(question):
        raise Refused("the question is missing: write what is asked in a few words")
    if not answer:
        raise Refused(f"the answer to {question[:80]!r} is missing")
    _fits("answer", answer, LONGEST_ANSWER)
    variants = _variants(question, draft.variants)
    for phrase in (question, *variants):
        _fits("question", phrase, LONGEST_QUESTION)
    if draft.audience not in (PUBLIC, STAFF):
        raise Refused(f"the audience is {draft.audience!r}: it must be {PUBLIC!r} or {STAFF!r}")
    if draft.valid_from and draft.valid_until and draft.valid_from > draft.valid_until:
        raise Refused(f"it is valid from {draft.valid_from} until {draft.valid_until}: that is never")
    return replace(
        draft,
        question=question,
        answer=answer,
        variants=variants,
        owner=_note("owner", draft.owner),
        category=_note("category", draft.category),
        language=_language(draft.language),
        url=_url(draft.url),
    )


def _line(text: str) -> str:
    # What stood around a sign that is taken out may be white space at the edge now.
    return storable(" ".join(_CONTROL.sub("", " ".join(text.split())).split()))


def _variants(question: str, given: tuple[str, ...]) -> tuple[str, ...]:
    """The variants that say something, each once."""
    lines = {_line(variant).casefold(): _line(variant) for variant in reversed(given)}
    kept = [line for line in reversed(lines.values()) if asked_by(line)]
    variants = tuple(line for line in kept if line.casefold() != question.casefold())
    if len(variants) > MOST_VARIANTS:
        raise TooLarge(f"there are {len(variants)} variants; the limit is {MOST_VARIANTS}")
    return variants


def _fits(name: str, text: str, most: int) -> None:
    if len(text) > most:
        raise TooLarge(f"the {name} has {len(text):,} characters; the limit is {most:,}")


def _note(name: str, text: str | None) -> str | None:
    line = _line(text or "")
    _fits(name, line, LONGEST_NOTE)
    return line or None


def _language(text: str | None) -> str | None:
    first, dash, rest = (text or "").strip().replace("_", "-").partition("-")
    tag = first.lower() + dash + rest
    if tag and not _LANGUAGE.fullmatch(tag):
        raise Refused(f"the language is {tag[:40]!r}: write its code, such as 'en' or 'de-AT'")
    return tag or None


def _url(text: str | None) -> str | None:
    """A link that is safe to show: to a web page, or to a path of the company's own."""
    url = "".join((text or "").split())
    _fits("link", url, LONGEST_URL)
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise Refused(f"the link {url[:80]!r} is no address") from error
    is_web = parts.scheme in ("http", "https") and parts.netloc
    is_path = url.startswith("/") and not parts.scheme and not parts.netloc and "\\" not in url
    if url and not is_web and not is_path:
        raise Refused(f"the link {url[:80]!r} is no web address: begin it with https://")
    return url or None
