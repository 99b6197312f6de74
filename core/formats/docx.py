"""DOCX: paragraphs, lists and tables in place, under their headings; headers and footers are left out."""

import io
from collections.abc import Iterator

from docx import Document
from docx.document import Document as WordDocument
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph
from lxml import etree

from core.documents import Section
from core.formats.archive import children, local, open_archive
from core.formats.docxlists import Numbering
from core.formats.outline import Outline
from core.formats.tables import table_text

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SILENT = frozenset({"del", "delText", "instrText", "Fallback", "moveFrom", "txbxContent", "pPr", "rPr"})
_BREAKS = frozenset({"br", "cr"})
_DEEPEST_TABLE = 20


def read(data: bytes) -> Iterator[Section]:
    """The sections under the headings, with page numbers where the file holds rendered breaks."""
    open_archive(data).close()
    yield from _Walk(Document(io.BytesIO(data))).sections()


class _Walk:
    """One pass over the body."""

    def __init__(self, document: WordDocument) -> None:
        self._document = document
        self._numbering = Numbering(document)
        self._outline = Outline()
        self._levels: dict[str, int | None] = {}
        body = document.element.body
        self._has_pages = next(body.iter(f"{_W}lastRenderedPageBreak"), None) is not None
        self._page = 1
        if self._has_pages:
            self._outline.turn(1)
        self._blocks(body)

    def sections(self) -> list[Section]:
        """What was found."""
        return self._outline.sections()

    def _blocks(self, parent: etree._Element) -> None:
        for child in parent:
            match local(child):
                case "p":
                    self._paragraph(child)
                case "tbl":
                    self._outline.block(table_text(_rows(child, 0)))
                    self._turn(_breaks_before_text(child)[1])
                case "sdt":
                    for content in children(child, "sdtContent"):
                        self._blocks(content)
                case "ins" | "moveTo" | "customXml" | "smartTag":
                    self._blocks(child)

    def _paragraph(self, element: etree._Element) -> None:
        before, in_all = _breaks_before_text(element)
        self._turn(before)
        text = _text(element).strip()
        paragraph = Paragraph(element, self._document._body)
        level = self._level(paragraph)
        marker = self._numbering.marker(paragraph)
        if text and level is not None:
            self._outline.heading(level, text)
        elif text and marker is not None:
            self._outline.line(marker + " ".join(text.split()))
        else:
            self._outline.block(text)
        for box in _boxes(element):
            self._blocks(box)
        self._turn(in_all - before)

    def _turn(self, breaks: int) -> None:
        if self._has_pages and breaks:
            self._page += breaks
            self._outline.turn(self._page)

    def _level(self, paragraph: Paragraph) -> int | None:
        style = paragraph.style
        if style is None or not isinstance(style, ParagraphStyle):
            return None
        key = style.style_id or ""
        if key not in self._levels:
            self._levels[key] = _style_level(style)
        return self._levels[key]


def _style_level(style: ParagraphStyle) -> int | None:
    current: object = style
    for _ in range(10):
        if not isinstance(current, ParagraphStyle):
            return None
        name = (current.name or "").lower()
        if name == "title":
            return 0
        if name.startswith("heading ") and name[8:].isdecimal():
            return int(name[8:])
        level = current.element.find(f"{_W}pPr/{_W}outlineLvl")
        if level is not None and level.get(f"{_W}val", "9") in "012345678":
            return int(level.get(f"{_W}val", "8")) + 1
        current = current.base_style
    return None


def _text(element: etree._Element) -> str:
    parts: list[str] = []
    for child in element:
        name = local(child)
        if name in _SILENT:
            continue
        if name == "t":
            parts.append(child.text or "")
        elif name in {"tab", "ptab"}:
            parts.append("\t")
        elif name in _BREAKS:
            parts.append("\n")
        elif name == "noBreakHyphen":
            parts.append("-")
        elif len(child):
            parts.append(_text(child))
    return "".join(parts)


def _boxes(element: etree._Element) -> Iterator[etree._Element]:
    for box in element.iter(f"{_W}txbxContent"):
        outer = (local(parent) for parent in box.iterancestors())
        inside = []
        for name in outer:
            if name == "p":
                break
            inside.append(name)
        if "Fallback" not in inside:
            yield box


def _breaks_before_text(element: etree._Element) -> tuple[int, int]:
    before = total = 0
    has_text = False
    for child in element.iter(f"{_W}lastRenderedPageBreak", f"{_W}t"):
        if local(child) == "t":
            has_text = has_text or bool((child.text or "").strip())
            continue
        total += 1
        before += not has_text
    return before, total


def _rows(table: etree._Element, depth: int) -> list[list[str]]:
    rows: list[list[str]] = []
    for row in _inner(table, "tr"):
        cells: list[str] = []
        for cell in _inner(row, "tc"):
            text = _cell(cell, depth)
            merged = cell.find(f"{_W}tcPr/{_W}vMerge")
            goes_on = merged is not None and merged.get(f"{_W}val", "continue") == "continue"
            if goes_on and rows and len(cells) < len(rows[-1]):
                text = text or rows[-1][len(cells)]
            span = cell.find(f"{_W}tcPr/{_W}gridSpan")
            width = span.get(f"{_W}val", "1") if span is not None else "1"
            cells.append(text)
            cells.extend([""] * (min(100, int(width)) - 1 if width.isdecimal() else 0))
        rows.append(cells)
    return rows


def _inner(parent: etree._Element, name: str) -> Iterator[etree._Element]:
    for child in parent:
        if local(child) == name:
            yield child
        elif local(child) in {"sdt", "sdtContent", "ins", "customXml"}:
            yield from _inner(child, name)


def _cell(cell: etree._Element, depth: int) -> str:
    parts: list[str] = []
    for child in cell:
        if local(child) == "p":
            parts.append(_text(child))
        elif local(child) == "tbl" and depth < _DEEPEST_TABLE:
            parts.extend(" ".join(filter(None, row)) for row in _rows(child, depth + 1))
        elif local(child) in {"sdt", "sdtContent"}:
            parts.append(_cell(child, depth + 1) if depth < _DEEPEST_TABLE else "")
    return " ".join(part for part in parts if part.strip())
