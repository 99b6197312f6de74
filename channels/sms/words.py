"""An answer as text messages: plain words, numbered sources with short links, pages of whole sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.door_phrases import door_phrase
from core.messages import Answer, Citation
from core.sentences import sentences
from core.sms_text import normalised, pages, segments

LONGEST_TITLE = 40
MOST_SOURCES = 9
"""Sources that are listed under one page; an answer hardly ever has more."""
_BOLD = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_CODE = re.compile(r"`([^`\n]+)`")
_HEADING = re.compile(r"^#{1,6}\s+", re.MULTILINE)
_LINK = re.compile(r"\[([^\]\n]+)\]\((https?://[^)\s]+)\)")
_MARK = re.compile(r"\[(\d{1,3})\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A cited place as the list under a text names it. `link` is empty where nothing can be opened."""

    n: int
    title: str
    page: int | None
    link: str = ""

    def line(self, language: str) -> str:
        """The source's own line.

        >>> Source(n=1, title="Returns", page=3, link="https://desk.example/s/1").line("en")
        '1 Returns, page 3: https://desk.example/s/1'
        """
        title = self.title if len(self.title) <= LONGEST_TITLE else f"{self.title[: LONGEST_TITLE - 3]}..."
        place = f", {door_phrase('page', language, page=self.page)}" if self.page else ""
        return normalised(f"{self.n} {title}{place}{f': {self.link}' if self.link else ''}")


def plain(text: str) -> str:
    r"""The text without the signs that some programs draw as bold, headings and links.

    >>> plain("# Fees\nIt is **free**: see [our page](https://a.example/x)")
    'Fees\nIt is free: see our page (https://a.example/x)'
    """
    bare = _BOLD.sub(r"\2", _LINK.sub(r"\1 (\2)", _HEADING.sub("", text)))
    return _CODE.sub(r"\1", bare)


def marked(answer: Answer, links: Mapping[int, str]) -> tuple[str, list[Source]]:
    """The answer's words with a mark such as [1] behind each sentence that rests on a source, and these.

    `links` are the short links by the citations' own numbers. One place cited often is one source.
    """
    sources: dict[tuple[str, int | None], Source] = {}
    marks: dict[int, list[int]] = {}
    for citation in answer.citations:
        key = (citation.document_id, citation.page)
        if key not in sources:
            sources[key] = _source(citation, len(sources) + 1, links)
        behind = marks.setdefault(citation.end, [])
        if sources[key].n not in behind:
            behind.append(sources[key].n)
    text = answer.text
    for end in sorted(marks, reverse=True):
        behind_it = "".join(f" [{n}]" for n in marks[end])
        text = f"{text[:end].rstrip()}{behind_it}{text[end:]}"
    return normalised(plain(text)).strip(), list(sources.values())


def texts_of(
    text: str, sources: Sequence[Source], language: str, *, most_parts: int, last: str = ""
) -> tuple[str, ...]:
    """The pages that are sent one at a time: whole sentences, and under them the sources they rest on.

    Every page but the last ends with how to get the rest. `last` is put under the last one
    where it fits.
    """
    more = "\n" + normalised(door_phrase("more", language))
    lists = _Lists(sources, language)
    if segments(text + lists.under(text)).parts <= most_parts:
        return (_with_last(text + lists.under(text), last, most_parts),)
    made: list[str] = []
    body = ""
    for piece in _pieces(text, lists, more, most_parts):
        joined = f"{body}{piece}" if body else piece.lstrip()
        if body and segments(joined.rstrip() + lists.under(joined) + more).parts > most_parts:
            made.append(body.strip())
            joined = piece.lstrip()
        body = joined
    made.append(body.strip())
    whole = [f"{one}{lists.under(one)}" for one in made if one]
    return (*(one + more for one in whole[:-1]), _with_last(whole[-1], last, most_parts))


class _Lists:
    """The list of the sources that a stretch of text is marked with."""

    def __init__(self, sources: Sequence[Source], language: str) -> None:
        self._lines = {source.n: source.line(language) for source in sources}

    def under(self, text: str) -> str:
        seen = dict.fromkeys(int(n) for n in _MARK.findall(text))
        lines = [self._lines[n] for n in seen if n in self._lines][:MOST_SOURCES]
        return "".join(f"\n{line}" for line in lines)


def _pieces(text: str, lists: _Lists, more: str, most_parts: int) -> list[str]:
    """Stretches of the text that fit on a page of their own: sentences, with the space before them."""
    pieces: list[str] = []
    begin = 0
    ends = [end for _, end in sentences(text)]
    for end in [*ends[:-1], len(text)]:
        piece = text[begin:end]
        begin = end
        ending = lists.under(piece) + more
        if segments(piece.strip() + ending).parts <= most_parts:
            pieces.append(piece)
            continue
        try:
            parts = pages(piece, most_parts=most_parts, ending=ending)
        except ValueError:  # the sources alone fill a page: they stand under the last part only
            parts = pages(piece, most_parts=most_parts, ending=more)
        gap = piece[: len(piece) - len(piece.lstrip())]
        pieces += [(gap if not place else " ") + part for place, part in enumerate(parts)]
    return pieces


def _with_last(text: str, last: str, most_parts: int) -> str:
    if not last:
        return text
    longer = f"{text}\n{normalised(last)}"
    return longer if segments(longer).parts <= most_parts else text


def _source(citation: Citation, n: int, links: Mapping[int, str]) -> Source:
    return Source(n=n, title=citation.title, page=citation.page, link=links.get(citation.n, ""))
