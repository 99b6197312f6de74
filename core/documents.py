"""`Document`, what it is read into (`Section`, `Extract`) and cut into (`Passage`)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType, Self

from core.tenants import PUBLIC, TenantId

DocumentId = NewType("DocumentId", str)
PassageId = NewType("PassageId", str)

SECTION_GAP = "\n\n"
"""What stands between two sections in a document's extracted text."""


class DocumentStatus(StrEnum):
    """Where a document is on its way into the index."""

    QUEUED = "queued"
    READING = "reading"
    READY = "ready"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One piece of the company's knowledge, as the catalogue holds it.

    `source` identifies it across uploads (a path, an upload name): new content from the
    same source is a new version. `version` counts those from 1. `audience` is the one
    label that decides who may retrieve it; `labels` narrow a search. While it is read,
    `stage` says how far it is and `progress` (0 to 1) how much of that is done since
    `started_at`.
    """

    id: DocumentId
    tenant: TenantId
    name: str
    source: str
    media_type: str
    content_hash: str
    size_bytes: int
    version: int = 1
    labels: frozenset[str] = frozenset()
    audience: str = PUBLIC
    status: DocumentStatus = DocumentStatus.QUEUED
    reason: str | None = None
    passages: int = 0
    stage: str | None = None
    progress: float = 0.0
    started_at: datetime | None = None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A run of text under one heading and on one page, as a format reader gives it.

    `heading` is the path from the outermost heading inwards; `page` counts from 1 where
    the format has pages, slides or sheets.
    """

    text: str
    heading: tuple[str, ...] = ()
    page: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedSection:
    """A section with its place (`start`, `end` in characters) in the extracted text."""

    text: str
    heading: tuple[str, ...]
    page: int | None
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """A document's whole text, and its sections as spans of it."""

    text: str
    sections: tuple[PlacedSection, ...] = field(repr=False)

    @classmethod
    def of(cls, sections: Iterable[Section]) -> Self:
        """The sections laid end to end; those without any text are left out.

        >>> Extract.of([Section(text=" one "), Section(text=""), Section(text="two")]).text.split()
        ['one', 'two']
        """
        placed: list[PlacedSection] = []
        position = 0
        for section in sections:
            text = section.text.strip()
            if not text:
                continue
            placed.append(
                PlacedSection(
                    text=text,
                    heading=section.heading,
                    page=section.page,
                    start=position,
                    end=position + len(text),
                )
            )
            position += len(text) + len(SECTION_GAP)
        return cls(text=SECTION_GAP.join(part.text for part in placed), sections=tuple(placed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """The unit that is searched, ranked and cited.

    `text` is exactly the characters `start` to `end` of the extracted text of that
    `version` of the document.
    """

    id: PassageId
    document_id: DocumentId
    version: int
    ordinal: int
    title: str
    heading: tuple[str, ...]
    page: int | None
    start: int
    end: int
    text: str
