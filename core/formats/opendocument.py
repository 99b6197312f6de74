"""OpenDocument texts and presentations (ODT, ODP): headings, paragraphs, lists, tables, slides."""

from collections.abc import Iterator

from lxml import etree

from core.documents import Section
from core.errors import UnreadableDocument
from core.formats.archive import attribute, children, local, open_archive, parse_xml
from core.formats.outline import Outline
from core.formats.tables import table_text

_SILENT = frozenset({"annotation", "tracked-changes", "note", "bibliography-mark", "office-annotation"})
_TITLES = frozenset({"Title"})
_MANIFEST = "META-INF/manifest.xml"
_DEEPEST = 100
_WIDEST_SPAN = 100


def read(data: bytes) -> Iterator[Section]:
    """The sections under the headings; a presentation's slides are its pages."""
    with open_archive(data) as archive:
        manifest = archive.read(_MANIFEST) if _MANIFEST in archive.NameToInfo else b""
        if b"encryption-data" in manifest:
            raise UnreadableDocument("the document is encrypted; upload it without a password")
        root = parse_xml(archive.read("content.xml"))
    walk = _Walk(root)
    yield from walk.outline.sections()


class _Walk:
    """One pass over the content."""

    def __init__(self, root: etree._Element) -> None:
        self.outline = Outline()
        self._page = 0
        self._titles = {"Title"} | {
            attribute(style, "name")
            for style in root.iter("{*}style")
            if attribute(style, "parent-style-name") in _TITLES
        }
        for body in root.iter("{*}body"):
            for kind in body:
                self._blocks(kind, 0)

    def _blocks(self, parent: etree._Element, depth: int) -> None:
        if depth > _DEEPEST:
            raise UnreadableDocument("the document is nested too deeply")
        for child in parent:
            match local(child):
                case "h":
                    level = attribute(child, "outline-level")
                    self.outline.heading(int(level) if level.isdecimal() else 1, _text(child))
                case "p":
                    self._paragraph(child, depth)
                case "list":
                    self._list(child, depth)
                case "table":
                    self.outline.block(table_text(list(_rows(child))))
                case "page":
                    self._slide(child, depth)
                case "notes":
                    self._notes(child, depth)
                case name if name and name not in _SILENT and not name.endswith("-source"):
                    self._blocks(child, depth + 1)

    def _paragraph(self, element: etree._Element, depth: int) -> None:
        if attribute(element, "style-name") in self._titles:
            self.outline.heading(0, _text(element))
        else:
            self.outline.block(_text(element))
        for frame in children(element, "frame"):
            self._blocks(frame, depth + 1)

    def _list(self, element: etree._Element, depth: int, level: int = 0) -> None:
        if depth > _DEEPEST:
            raise UnreadableDocument("the document is nested too deeply")
        for item in (*children(element, "list-header"), *children(element, "list-item")):
            for child in item:
                if local(child) == "list":
                    self._list(child, depth + 1, level + 1)
                elif local(child) in {"p", "h"}:
                    text = " ".join(_text(child).split())
                    self.outline.line("  " * level + "- " + text if text else "")

    def _slide(self, element: etree._Element, depth: int) -> None:
        self._page += 1
        self.outline.turn(self._page)
        frames = list(children(element, "frame"))
        title = next((frame for frame in frames if attribute(frame, "class") == "title"), None)
        words = _text(title) if title is not None else ""
        self.outline.heading(1, words or attribute(element, "name"))
        for child in element:
            if child is not title:
                holder = etree.Element("holder")
                self._blocks(_held(holder, child), depth + 1)

    def _notes(self, element: etree._Element, depth: int) -> None:
        if _text(element).strip():
            self.outline.heading(2, "Notes")
            for frame in children(element, "frame"):
                self._blocks(frame, depth + 1)


def _held(holder: etree._Element, child: etree._Element) -> etree._Element:
    holder.append(child)
    return holder


def _text(element: etree._Element, depth: int = 0) -> str:
    if depth > _DEEPEST:
        return ""
    parts = [element.text or ""]
    for child in element:
        match local(child):
            case "s":
                parts.append(" ")
            case "tab":
                parts.append("\t")
            case "line-break":
                parts.append("\n")
            case name if name and name not in _SILENT and name != "frame":
                parts.append(_text(child, depth + 1))
                parts.append(" " if name in {"p", "text-box"} else "")
        parts.append(child.tail or "")
    return "".join(parts)


def _rows(table: etree._Element) -> Iterator[list[str]]:
    for element in table.iter("{*}table-row"):
        if next(element.iterancestors("{*}table"), None) is not table:
            continue
        cells: list[str] = []
        for cell in element:
            if local(cell) not in {"table-cell", "covered-table-cell"}:
                continue
            repeat = attribute(cell, "number-columns-repeated")
            times = min(_WIDEST_SPAN, int(repeat)) if repeat.isdecimal() else 1
            text = " ".join(_text(cell).split())
            cells.extend([text] * (times if text or times < _WIDEST_SPAN else 1))
        yield cells
