"""An answer as text messages: plain words, numbered sources with short links, pages of whole sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.door_phrases import door_phrase
from core.messages import Answer, Citation
from core.sentences import sentences
from core.sms_text import normalised, pages, segments

LONGEST_TITLE = 40
_BOLD = re.compile(r"(?<![\w*])\*\*(?=[^\s*])(.+?)(?<=[^\s*])\*\*(?![\w*])")
_CODE = re.compile(r"`([^`\n]+)`")
_HEADING = re.compile(r"^#{1,6}\s+", re.MULTILINE)
_LINK = re.compile(r"\[([^\]\n]+)\]\((https?://[^)\s]+)\)")
_WORD = re.compile(r"\s*\S+(?:\s\[\d{1,3}\])*")
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
    bare = _BOLD.sub(r"\1", _LINK.sub(r"\1 (\2)", _HEADING.sub("", text)))
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
    lists = _Lists(sources, language, most_parts)
    if lists.fits(text, more=False):
        return (_with_last(text + lists.under(text), last, most_parts),)
    bodies: list[str] = []
    body = ""
    for piece in _pieces(text, lists):
        if body and not lists.fits((body + piece).rstrip()):
            bodies.append(body.strip())
            body = ""
        body += piece if body else piece.lstrip()
    bodies.append(body.strip())
    made = [page for each in bodies if each for page in lists.pages(each)]
    return (*(page + lists.more for page in made[:-1]), _with_last(made[-1], last, most_parts))


class _Lists:
    """The list of the sources that a stretch of text is marked with, and the room it takes."""

    def __init__(self, sources: Sequence[Source], language: str, most_parts: int) -> None:
        self.more = "\n" + normalised(door_phrase("more", language))
        self.most_parts = most_parts
        self._lines = {source.n: source.line(language) for source in sources}

    def lines(self, text: str) -> list[str]:
        seen = dict.fromkeys(int(n) for n in _MARK.findall(text))
        return [self._lines[n] for n in seen if n in self._lines]

    def under(self, text: str) -> str:
        return "".join(f"\n{line}" for line in self.lines(text))

    def fits(self, text: str, *, more: bool = True) -> bool:
        """Whether the text fits on a page with its sources under it."""
        return self._is_short(text + self.under(text) + (self.more if more else ""))

    def pages(self, text: str) -> list[str]:
        """The text with its sources under it; those that have no room there on pages of their own."""
        made = [text]
        for line in self.lines(text):
            longer = f"{made[-1]}\n{line}"
            if self._is_short(longer + self.more):
                made[-1] = longer
            else:
                made.append(line)
        return made

    def _is_short(self, text: str) -> bool:
        return segments(text).parts <= self.most_parts


def _pieces(text: str, lists: _Lists) -> Iterator[str]:
    """Stretches of the text that fit on a page of their own, with the space before them: sentences."""
    begin = 0
    ends = [end for _, end in sentences(text)]
    for end in [*ends[:-1], len(text)]:
        piece, begin = text[begin:end], end
        if lists.fits(piece.strip()):
            yield piece
        else:
            yield from _words(piece, lists)


def _words(sentence: str, lists: _Lists) -> Iterator[str]:
    """The words of a sentence that is longer than a page, each with the marks behind it."""
    for word in _WORD.findall(sentence):
        if segments(word.strip() + lists.more).parts <= lists.most_parts:
            yield word
        else:
            yield from (f" {part}" for part in pages(word, most_parts=lists.most_parts, ending=lists.more))


def _with_last(text: str, last: str, most_parts: int) -> str:
    if not last:
        return text
    longer = f"{text}\n{normalised(last)}"
    return longer if segments(longer).parts <= most_parts else text


def _source(citation: Citation, n: int, links: Mapping[int, str]) -> Source:
    return Source(n=n, title=citation.title, page=citation.page, link=links.get(citation.n, ""))
