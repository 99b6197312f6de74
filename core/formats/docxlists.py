"""Which paragraphs of a DOCX are list items, and the bullet or number each one shows."""

from collections import Counter

from docx.document import Document as WordDocument
from docx.text.paragraph import Paragraph
from lxml import etree

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DEEPEST_STYLE = 10


class Numbering:
    """The lists of one document, counted along as its paragraphs are read in order."""

    def __init__(self, document: WordDocument) -> None:
        self._formats: dict[tuple[str, int], str] = {}
        self._counts: Counter[tuple[str, int]] = Counter()
        part = next(
            (
                relation.target_part
                for relation in document.part.rels.values()
                if relation.reltype.endswith("/numbering") and not relation.is_external
            ),
            None,
        )
        root = getattr(part, "element", None)
        if root is not None:
            self._load(root)

    def marker(self, paragraph: Paragraph) -> str | None:
        """What stands before the item's words, such as `- ` or `2. `; None outside lists."""
        place = _place(paragraph)
        if place is None:
            return None
        number, level = place
        indent = "  " * level
        if self._formats.get((number, level), "bullet") in {"bullet", "none"}:
            return indent + "- "
        self._counts[(number, level)] += 1
        for deeper in range(level + 1, 9):
            self._counts[(number, deeper)] = 0
        return f"{indent}{self._counts[(number, level)]}. "

    def _load(self, root: etree._Element) -> None:
        abstract: dict[str, dict[int, str]] = {}
        for definition in root.findall(f"{_W}abstractNum"):
            levels: dict[int, str] = {}
            for level in definition.findall(f"{_W}lvl"):
                kind = level.find(f"{_W}numFmt")
                depth = level.get(f"{_W}ilvl", "0")
                if kind is not None and depth.isdecimal():
                    levels[int(depth)] = kind.get(f"{_W}val", "bullet")
            abstract[definition.get(f"{_W}abstractNumId", "")] = levels
        for number in root.findall(f"{_W}num"):
            target = number.find(f"{_W}abstractNumId")
            key = target.get(f"{_W}val", "") if target is not None else ""
            for depth, name in abstract.get(key, {}).items():
                self._formats[(number.get(f"{_W}numId", ""), depth)] = name


def _place(paragraph: Paragraph) -> tuple[str, int] | None:
    found = _numbered(paragraph._p.pPr)
    style = paragraph.style
    for _ in range(_DEEPEST_STYLE):
        if found is not None or style is None:
            break
        found = _numbered(style.element.find(f"{_W}pPr"))
        if found is None and (style.name or "").lower().startswith("list "):
            found = ("style " + (style.name or ""), 0)
        style = getattr(style, "base_style", None)
    return None if found is None or found[0] == "0" else found


def _numbered(properties: etree._Element | None) -> tuple[str, int] | None:
    numbering = properties.find(f"{_W}numPr") if properties is not None else None
    if numbering is None:
        return None
    number = numbering.find(f"{_W}numId")
    level = numbering.find(f"{_W}ilvl")
    depth = level.get(f"{_W}val", "0") if level is not None else "0"
    if number is None:
        return None
    return number.get(f"{_W}val", "0"), min(8, int(depth)) if depth.isdecimal() else 0
