"""Markdown: its text under its headings, code as it stands, tables row by row."""

import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from core.documents import Section
from core.formats.encoding import decode
from core.formats.outline import Outline
from core.formats.tables import table_text

_FRONT_MATTER = re.compile(r"\A\s*(---|\+\+\+)[ \t]*\n.*?\n\1[ \t]*(?:\n|\Z)", re.DOTALL)
_FRONT_MATTER_LINE = re.compile(r"^[\w-]+[ \t]*[:=]", re.MULTILINE)


def read(data: bytes) -> Iterator[Section]:
    """The sections under the headings; front matter is left out."""
    text = decode(data).replace("\r\n", "\n").replace("\r", "\n")
    front = _FRONT_MATTER.match(text)
    if front and _FRONT_MATTER_LINE.search(front.group()):
        text = text[front.end() :]
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    yield from _Walk(parser.parse(text)).outline.sections()


class _Walk:
    """One pass over the tokens."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.outline = Outline()
        self._lists: list[int | None] = []
        self._marker = ""
        self._level = 0
        self._rows: list[list[str]] = []
        self._is_in_table = False
        for token in tokens:
            self._take(token)

    def _take(self, token: Token) -> None:
        match token.type:
            case "heading_open":
                self._level = int(token.tag[1:])
            case "heading_close":
                self._level = 0
            case "inline":
                self._place(_inline(token.children or ()))
            case "fence" | "code_block":
                self.outline.block(token.content.rstrip("\n"))
            case "html_block":
                self._html(token.content)
            case "bullet_list_open":
                self._lists.append(None)
            case "ordered_list_open":
                self._lists.append(int(token.attrs.get("start", 1)))
            case "bullet_list_close" | "ordered_list_close":
                self._lists.pop()
            case "list_item_open":
                self._marker = self._next_marker()
            case _:
                self._take_table(token)

    def _take_table(self, token: Token) -> None:
        match token.type:
            case "table_open":
                self._rows, self._is_in_table = [], True
            case "tr_open":
                self._rows.append([])
            case "table_close":
                self._is_in_table = False
                self.outline.block(table_text(self._rows, has_header=True))

    def _place(self, text: str) -> None:
        if self._level:
            self.outline.heading(self._level, text)
        elif self._is_in_table:
            self._rows[-1].append(text)
        elif self._lists:
            indent = "" if self._marker else "  " * len(self._lists)
            self.outline.line(self._marker + indent + " ".join(text.split()))
            self._marker = ""
        else:
            self.outline.block(text)

    def _next_marker(self) -> str:
        indent, number = "  " * (len(self._lists) - 1), self._lists[-1]
        if number is None:
            return indent + "- "
        self._lists[-1] = number + 1
        return f"{indent}{number}. "

    def _html(self, content: str) -> None:
        from core.formats.html import from_text  # noqa: PLC0415

        for section in from_text(f"<div>{content}</div>"):
            if section.heading and section.text != section.heading[-1]:
                self.outline.block("\n\n".join((section.heading[-1], section.text)))
            else:
                self.outline.block(section.text)


def _inline(tokens: Sequence[Token]) -> str:
    parts: list[str] = []
    for token in tokens:
        match token.type:
            case "text" | "code_inline":
                parts.append(token.content)
            case "softbreak":
                parts.append(" ")
            case "hardbreak":
                parts.append("\n")
            case "html_inline" if token.content.lower().startswith("<br"):
                parts.append("\n")
            case "image":
                parts.append(token.content)
    return "".join(parts)
