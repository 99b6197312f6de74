"""HTML: what a person reads on the page, without menus, scripts and boilerplate."""

import re
from collections.abc import Iterator

from lxml import etree, html

from core.documents import Section
from core.formats.archive import local
from core.formats.encoding import decode
from core.formats.htmltable import inline_text, is_layout, rows_of
from core.formats.outline import Outline
from core.formats.tables import table_text

_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([\w.:-]{2,40})""", re.IGNORECASE)
_XML_CHARSET = re.compile(rb"""^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]{2,40})""")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_NEVER = frozenset(
    {
        *("script", "style", "noscript", "template", "svg", "math", "iframe", "object", "embed"),
        *("head", "button", "select", "textarea", "option", "datalist", "dialog", "canvas"),
        *("audio", "video"),
    }
)
_BOILERPLATE = frozenset({"nav", "header", "footer", "aside"})
_BOILERPLATE_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "complementary"})
_BLOCKS = frozenset(
    {
        *("address", "article", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt"),
        *("fieldset", "figcaption", "figure", "form", "html", "legend", "main", "ol", "p"),
        *("section", "summary", "td", "th", "tr", "table", "tbody", "thead", "tfoot", "caption"),
        *("ul", "hr", "aside", "header", "footer", "nav"),
    }
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_BREAK = "\v"
_BLANKS = re.compile(r"[ \t\r\n]+")


def read(data: bytes) -> Iterator[Section]:
    """The sections under the page's headings; its title stands in where it has no h1."""
    yield from from_text(decode(data, _declared(data)))


def from_text(text: str) -> Iterator[Section]:
    """The same for HTML that is already decoded."""
    root = _parse(text)
    if root is None:
        return
    for is_strict in (True, False):
        sections = _Walk(root, skips_boilerplate=is_strict).sections()
        if sections:
            yield from sections
            return


def _declared(data: bytes) -> str | None:
    found = _META_CHARSET.search(data[:4096]) or _XML_CHARSET.search(data[:4096])
    return found.group(1).decode("ascii", "replace") if found else None


def _parse(text: str) -> etree._Element | None:
    text = _XML_DECLARATION.sub("", text.replace("\0", "").replace(_BREAK, " "))
    parser = html.HTMLParser(huge_tree=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root: etree._Element = html.document_fromstring(text, parser=parser)
    except etree.ParserError:
        return None
    return root


class _Walk:
    """One pass over the page, without recursion, so that no depth can exhaust the stack."""

    def __init__(self, root: etree._Element, *, skips_boilerplate: bool) -> None:
        self._outline = Outline()
        self._skips_boilerplate = skips_boilerplate
        self._inline: list[str] = []
        self._lists: list[int | None] = []
        self._marker = ""
        title = root.find(".//head/title")
        if title is not None and root.find(".//h1") is None:
            self._outline.heading(0, title.text or "")
        walk = etree.iterwalk(root, events=("start", "end"))
        closed: etree._Element | None = None
        for event, element in walk:
            if event == "start":
                if self._opens(element):
                    self._inline.append(element.text or "")
                else:
                    walk.skip_subtree()
                    closed = element
                continue
            if element is not closed:
                self._closes(element)
            self._inline.append(element.tail or "" if element is not root else "")
        self._flush()

    def sections(self) -> list[Section]:
        """What was found."""
        return self._outline.sections()

    def _opens(self, element: etree._Element) -> bool:
        tag = local(element)
        if not tag or self._is_skipped(element, tag):
            return False
        if tag in _HEADINGS:
            self._flush()
            self._outline.heading(_HEADINGS[tag], inline_text(element))
            return False
        if tag == "pre":
            self._flush()
            self._outline.block("".join(str(part) for part in element.itertext()).strip("\n"))
            return False
        if tag == "table" and not is_layout(element):
            self._flush()
            rows, has_header = rows_of(element)
            self._outline.block(table_text(rows, has_header=has_header))
            return False
        if tag == "br":
            self._inline.append(_BREAK)
        elif tag in {"ul", "ol"}:
            self._flush()
            self._lists.append(1 if tag == "ol" else None)
        elif tag == "li":
            self._flush()
            self._marker = self._next_marker()
        elif tag in _BLOCKS:
            self._flush()
        return True

    def _closes(self, element: etree._Element) -> None:
        tag = local(element)
        if tag in _BLOCKS or tag == "li":
            self._flush()
        if tag in {"ul", "ol"} and self._lists:
            self._lists.pop()

    def _is_skipped(self, element: etree._Element, tag: str) -> bool:
        if tag in _NEVER or "hidden" in element.attrib:
            return True
        if _HIDDEN.search(str(element.get("style", ""))):
            return True
        if not self._skips_boilerplate:
            return False
        if str(element.get("role", "")) in _BOILERPLATE_ROLES:
            return True
        if tag not in _BOILERPLATE:
            return False
        within = next(element.iterancestors("article", "main", "section"), None)
        return tag != "header" or within is None

    def _next_marker(self) -> str:
        depth = max(0, len(self._lists) - 1)
        number = self._lists[-1] if self._lists else None
        if number is None:
            return "  " * depth + "- "
        self._lists[-1] = number + 1
        return "  " * depth + f"{number}. "

    def _flush(self) -> None:
        lines = [_BLANKS.sub(" ", part).strip() for part in "".join(self._inline).split(_BREAK)]
        self._inline = []
        text = "\n".join(lines).strip("\n")
        if not text:
            return
        if self._marker or self._lists:
            indent = "" if self._marker else "  " * len(self._lists)
            self._outline.line(self._marker + indent + text)
            self._marker = ""
        else:
            self._outline.block(text)
