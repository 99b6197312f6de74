"""A document's sections cut into passages, by structure first and size last."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from core.documents import Document, Extract, Passage, PassageId, PlacedSection
from core.sentences import sentences

CountTokens = Callable[[str], int]
_PARAGRAPH_GAP = re.compile(r"\n[ \t]*\n+")
_SPACE = re.compile(r"\s+")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitSizes:
    """How long a passage may be and how much of it its neighbour repeats, in tokens."""

    tokens: int = 250
    overlap: int = 0


def split(document: Document, extract: Extract, sizes: SplitSizes, count: CountTokens) -> list[Passage]:
    """The passages of a document, in order; each is an exact slice of the extracted text.

    A section that fits is one passage. A longer one is cut between paragraphs, a longer
    paragraph between sentences, and a sentence that alone is too long between words.
    """
    return [
        Passage(
            id=PassageId(f"{document.id}:{document.version}:{ordinal}"),
            document_id=document.id,
            version=document.version,
            ordinal=ordinal,
            title=document.name,
            heading=section.heading,
            page=section.page,
            start=start,
            end=end,
            text=extract.text[start:end],
        )
        for ordinal, (section, start, end) in enumerate(
            (section, section.start + start, section.start + end)
            for section in extract.sections
            for start, end in cut(section, sizes, count)
        )
    ]


def cut(section: PlacedSection, sizes: SplitSizes, count: CountTokens) -> Iterator[Span]:
    """Spans of the section's text that cover its words, each within the size.

    A section that must be cut is cut into as few and as even parts as its structure allows.
    """
    total = count(section.text)
    if total <= sizes.tokens:
        yield 0, len(section.text)
        return
    room = sizes.tokens - sizes.overlap
    even = total / -(-total // room)
    pieces = [(span, count(section.text[slice(*span)])) for span in _pieces(section.text, room, count)]
    first = 0
    while first < len(pieces):
        last, used = first, pieces[first][1]
        while last + 1 < len(pieces) and _takes(used, pieces[last + 1][1], even, sizes.tokens):
            last += 1
            used += pieces[last][1]
        yield pieces[first][0][0], pieces[last][0][1]
        begun, first, repeated = first, last + 1, 0
        while first < len(pieces) and first > begun + 1 and repeated + pieces[first - 1][1] <= sizes.overlap:
            first -= 1
            repeated += pieces[first][1]


def _takes(used: int, more: int, even: float, most: int) -> bool:
    """Whether a part of `used` tokens is nearer to the even size with `more` than without."""
    return used + more <= most and used + more / 2 <= even


def _pieces(text: str, room: int, count: CountTokens) -> Iterator[Span]:
    """Paragraphs, or sentences of long ones, or runs of words of long sentences."""
    for start, end in _between(_PARAGRAPH_GAP, text, 0, len(text)):
        if count(text[start:end]) <= room:
            yield start, end
            continue
        for first, last in sentences(text[start:end]):
            if count(text[start + first : start + last]) <= room:
                yield start + first, start + last
            else:
                yield from _words(text, start + first, start + last, room, count)


def _words(text: str, start: int, end: int, room: int, count: CountTokens) -> Iterator[Span]:
    words = list(_between(_SPACE, text, start, end))
    first, used = 0, 0
    for place, (left, right) in enumerate(words):
        size = count(text[left:right])
        if place > first and used + size > room:
            yield words[first][0], words[place - 1][1]
            first, used = place, 0
        used += size
    yield words[first][0], words[-1][1]


def _between(gap: re.Pattern[str], text: str, start: int, end: int) -> Iterator[Span]:
    """The stretches of `text[start:end]` that `gap` parts, without empty ones."""
    for match in gap.finditer(text, start, end):
        if match.start() > start:
            yield start, match.start()
        start = match.end()
    if end > start:
        yield start, end
