"""Replies of tools as evidence: found beside passages, cited as what they are."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.documents import DocumentId, Passage, PassageId
from core.evidence import Evidence, Sentence
from core.search import Found
from core.sentences import sentences
from core.tools.tool import Tool

SOURCE_PREFIX = "tool:"
"""What the document id of a tool's reply begins with."""
CONFIDENCE = 0.9
"""How sure an answer is, at least, where the company's own system was asked for it."""
_NOW: Mapping[str, str] = {
    "en": "looked up now",
    "es": "consultado ahora",
    "de": "gerade nachgesehen",
    "fr": "consulté à l'instant",
}


def found_by(tool: Tool, reply: str, language: str) -> Found:
    """A tool's reply as a passage of its own, which is in no index and is nobody else's."""
    passage = Passage(
        id=PassageId(f"{SOURCE_PREFIX}{uuid.uuid4().hex}"),
        document_id=DocumentId(f"{SOURCE_PREFIX}{tool.name}"),
        version=1,
        ordinal=0,
        title=f"{tool.title}, {_NOW.get(language, _NOW['en'])}",
        heading=(),
        page=None,
        start=0,
        end=len(reply),
        text=reply,
    )
    return Found(passage=passage, score=1.0)


def is_looked_up(document_id: str) -> bool:
    """Whether the id names a tool's reply and no document."""
    return document_id.startswith(SOURCE_PREFIX)


def beside(found: Sequence[Found], evidence: Evidence) -> Evidence:
    """The evidence with what was looked up in front of it."""
    if not found:
        return evidence
    first = [
        Sentence(passage=n, start=start, end=end, score=1.0)
        for n, each in enumerate(found)
        for start, end in sentences(each.passage.text)
    ]
    moved = [replace(one, passage=one.passage + len(found)) for one in evidence.sentences]
    return Evidence(
        passages=[*found, *evidence.passages],
        sentences=[*first, *moved],
        confidence=max(evidence.confidence, CONFIDENCE),
    )
