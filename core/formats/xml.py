"""XML of any kind: its text, each piece led by the name of its element."""

from collections.abc import Iterator

from lxml import etree

from core.documents import Section
from core.errors import UnreadableDocument
from core.formats import html
from core.formats.archive import local, parse_xml
from core.formats.cleaning import one_line
from core.formats.encoding import decode, unmistakable_encoding
from core.formats.outline import Outline

_XHTML = "http://www.w3.org/1999/xhtml"
_ENTITIES = "the XML declares entities of its own, which are never expanded here"
_TITLES = frozenset({"title", "heading", "head"})


def read(data: bytes) -> Iterator[Section]:
    """The text of every element; a record of plain elements becomes one line of `name: value`."""
    if unmistakable_encoding(data):
        data = _redeclared(decode(data))
    try:
        root = parse_xml(data)
    except etree.XMLSyntaxError as error:
        if "amplification" in str(error.msg) or "entity reference loop" in str(error.msg):
            raise UnreadableDocument(_ENTITIES) from error
        raise UnreadableDocument(f"the XML is damaged or cut short ({error.msg})") from error
    table = root.getroottree().docinfo.internalDTD
    if table is not None and any(True for _ in table.iterentities()):
        raise UnreadableDocument(_ENTITIES)
    if etree.QName(root).namespace == _XHTML:
        yield from html.read(data)
        return
    outline = Outline()
    _walk(root, outline)
    yield from outline.sections()


def _redeclared(text: str) -> bytes:
    if text.lstrip().startswith("<?xml"):
        text = text[text.index("?>") + 2 :]
    return text.encode("utf-8")


def _walk(root: etree._Element, outline: Outline) -> None:
    depth = 0
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        if event == "end":
            depth -= 1
            if element is not root and (element.tail or "").strip():
                outline.block(one_line(element.tail or ""))
            continue
        depth += 1
        inner = [child for child in element if local(child)]
        if local(element) in _TITLES and not inner:
            outline.heading(depth, element.text or "")
        elif inner and not any(len(child) for child in inner) and not _is_prose(element, inner):
            outline.line(_record(element, inner))
            walk.skip_subtree()
        elif inner and _is_prose(element, inner):
            outline.block(one_line("".join(str(part) for part in element.itertext())))
            walk.skip_subtree()
        elif (element.text or "").strip():
            outline.block(_line(element))


def _is_prose(element: etree._Element, inner: list[etree._Element]) -> bool:
    return bool((element.text or "").strip()) or any((child.tail or "").strip() for child in inner)


def _record(element: etree._Element, inner: list[etree._Element]) -> str:
    return "; ".join(filter(None, (*_attributes(element), *map(_line, inner))))


def _line(element: etree._Element) -> str:
    parts = list(_attributes(element))
    text = one_line(element.text or "")
    if text:
        parts.insert(0, f"{local(element)}: {text}")
    return "; ".join(parts)


def _attributes(element: etree._Element) -> Iterator[str]:
    for key, value in element.attrib.items():
        name, words = str(key).rpartition("}")[2], one_line(str(value))
        if words and not words.startswith(("http://", "https://", "#")):
            yield f"{name}: {words}"
