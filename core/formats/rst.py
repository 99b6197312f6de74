"""reStructuredText: headings, paragraphs, lists and code; directives only where they hold text."""

import re
from collections.abc import Iterator
from textwrap import dedent

from core.documents import Section
from core.formats.cleaning import clean, unwrap
from core.formats.encoding import decode
from core.formats.outline import Outline

_RULE = re.compile(r"^([!-/:-@\[-`{-~])\1{2,}\s*$")
_SILENT = re.compile(r"^\.\. +(?:_[^:]+:|\|[^|]+\| |(?:image|include|contents|toctree|raw|meta|highlight)::)")
_TITLED = re.compile(r"^\.\. +([\w-]+)::\s*(.*)$")
_COMMENT = re.compile(r"^\.\.(?:\s|$)")
_OPTION = re.compile(r"^\s+:[\w-]+:")
_LINK = re.compile(r"`([^`<>]+?)\s*<[^`<>]+>`__?")
_ROLE = re.compile(r":[\w:+-]+:`~?([^`<]+?)(?:\s*<[^`>]*>)?`")
_LITERAL = re.compile(r"``(.+?)``")
_REFERENCE = re.compile(r"`([^`]+)`__?")
_WORD_REFERENCE = re.compile(r"\b([\w-]*[^\W_])__?(?=[\s.,;:!?)]|$)")
_EMPHASIS = re.compile(r"(?<![\w*])(\*{1,2})(?=\S)(.+?)(?<=\S)\1(?![\w*])")


def read(data: bytes) -> Iterator[Section]:
    """The sections under the headings, whose levels follow the order their marks first appear in."""
    lines = clean(decode(data)).expandtabs(4).split("\n")
    outline = Outline()
    levels: list[str] = []
    block: list[str] = []
    place = 0
    while place < len(lines):
        title, style, length = _heading(lines, place)
        if title:
            _add(outline, block)
            if style not in levels:
                levels.append(style)
            outline.heading(levels.index(style) + 1, _plain(title))
            block, place = [], place + length
            continue
        if _COMMENT.match(lines[place]):
            _add(outline, block)
            block, place = [], _directive(outline, lines, place)
            continue
        block.append(lines[place])
        place += 1
    _add(outline, block)
    yield from outline.sections()


def _heading(lines: list[str], place: int) -> tuple[str, str, int]:
    line = lines[place]
    after = lines[place + 1] if place + 1 < len(lines) else ""
    last = lines[place + 2] if place + 2 < len(lines) else ""
    if _RULE.match(line) and after.strip() and last.strip() == line.strip():
        return after.strip(), "over" + line[0], 3
    is_title = line.strip() and not line.startswith(" ") and not _RULE.match(line)
    if is_title and _RULE.match(after) and len(after.strip()) >= len(line.strip()) - 1:
        return line.strip(), after[0], 2
    return "", "", 0


def _directive(outline: Outline, lines: list[str], place: int) -> int:
    end = place + 1
    while end < len(lines) and (not lines[end].strip() or lines[end].startswith(" ")):
        end += 1
    first = lines[place]
    titled = _TITLED.match(first)
    if _SILENT.match(first) or not titled:
        return end
    body = [line for line in lines[place + 1 : end] if not _OPTION.match(line)]
    if titled.group(1) in {"code", "code-block", "sourcecode", "parsed-literal"}:
        outline.block(dedent("\n".join(body)).strip("\n"))
        return end
    _add(outline, [titled.group(2), "", *(line.strip() for line in body)])
    return end


def _add(outline: Outline, lines: list[str]) -> None:
    for part in re.split(r"\n\s*\n", "\n".join(lines)):
        kept = [line for line in part.split("\n") if line.strip() and not _RULE.match(line.strip())]
        if not kept:
            continue
        is_code = all(line.startswith(" ") for line in kept)
        text = "\n".join(kept)
        outline.block(dedent(text) if is_code else _plain(unwrap(text)).removesuffix("::").rstrip())


def _plain(text: str) -> str:
    text = _ROLE.sub(r"\1", _LINK.sub(r"\1", text))
    text = _REFERENCE.sub(r"\1", _LITERAL.sub(r"\1", text))
    return _EMPHASIS.sub(r"\2", _WORD_REFERENCE.sub(r"\1", text))
