"""Org mode: headings, paragraphs, lists and tables; drawers and settings are left out."""

import re
from collections.abc import Iterator
from textwrap import dedent

from core.documents import Section
from core.formats.cleaning import clean, unwrap
from core.formats.encoding import decode
from core.formats.outline import Outline
from core.formats.tables import table_text

_HEADING = re.compile(r"^(\*+)\s+(?:(?:TODO|DONE)\s+)?(?:\[#\w\]\s+)?(.*?)(?:\s+:[\w@:]+:)?\s*$")
_TITLE = re.compile(r"^#\+title:\s*(.+)$", re.IGNORECASE)
_FENCE = re.compile(r"^\s*#\+(begin|end)_(\w+)", re.IGNORECASE)
_SETTING = re.compile(r"^\s*(?:#\+\w+:|#(?:\s|$))", re.IGNORECASE)
_DRAWER = re.compile(r"^\s*:[\w-]+:(?:\s.*)?$")
_TABLE_RULE = re.compile(r"^\s*\|[-+]+\|?\s*$")
_LINK = re.compile(r"\[\[([^\]]+)\](?:\[([^\]]+)\])?\]")
_MARKUP = re.compile(r"(?<![\w*/=~_+])([*/=~+])(?=\S)(.+?)(?<=\S)\1(?![\w*/=~+])")


def read(data: bytes) -> Iterator[Section]:
    """The sections under the headings; a `#+TITLE` is the outermost."""
    outline = Outline()
    block: list[str] = []
    is_code = is_drawer = False
    for line in clean(decode(data)).split("\n"):
        fence = _FENCE.match(line)
        if fence:
            _add(outline, block, is_code=is_code)
            is_code = fence.group(1).lower() == "begin" and fence.group(2).lower() in {"src", "example"}
            block = []
            continue
        if is_code:
            block.append(line)
            continue
        heading, title = _HEADING.match(line), _TITLE.match(line)
        if heading or title:
            _add(outline, block, is_code=False)
            block, is_drawer = [], False
            level = len(heading.group(1)) if heading else 0
            found = heading.group(2) if heading else title.group(1) if title else ""
            outline.heading(level, _plain(found))
        elif _DRAWER.match(line):
            is_drawer = ":END:" not in line.upper() and line.strip().endswith(":")
        elif not is_drawer and not _SETTING.match(line):
            block.append(line)
    _add(outline, block, is_code=is_code)
    yield from outline.sections()


def _add(outline: Outline, lines: list[str], *, is_code: bool) -> None:
    if is_code:
        outline.block(dedent("\n".join(lines)))
        return
    for part in re.split(r"\n\s*\n", "\n".join(lines)):
        rows = [line for line in part.split("\n") if line.strip()]
        if rows and all(line.lstrip().startswith("|") for line in rows):
            cells = [
                [_plain(cell) for cell in line.strip().strip("|").split("|")]
                for line in rows
                if not _TABLE_RULE.match(line)
            ]
            is_ruled = len(rows) > 1 and _TABLE_RULE.match(rows[1]) is not None
            outline.block(table_text(cells, has_header=is_ruled or None))
        elif rows:
            outline.block(_plain(unwrap("\n".join(rows))))


def _plain(text: str) -> str:
    text = _LINK.sub(lambda link: link.group(2) or link.group(1), text)
    return _MARKUP.sub(r"\2", text)
