"""RTF: its text, headings by outline level, tables row by row."""

import re
from collections.abc import Callable, Iterator
from typing import cast

from striprtf.striprtf import rtf_to_text

from core.documents import Section
from core.formats.cleaning import clean, is_list_item
from core.formats.outline import Outline
from core.formats.tables import table_text

_OUTLINE_LEVEL = re.compile(rb"\\outlinelevel([0-8])(?![0-9])")
_MARK = re.compile(r"@@fd-heading-(\d)@@")
_plain = cast(Callable[..., str], rtf_to_text)
_CODE_PAGE = re.compile(rb"\\ansicpg(\d{3,5})")


def read(data: bytes) -> Iterator[Section]:
    """The sections under the paragraphs that carry an outline level."""
    page = _CODE_PAGE.search(data[:2000])
    encoding = f"cp{page.group(1).decode('ascii')}" if page else "cp1252"
    marked = _OUTLINE_LEVEL.sub(rb"\\outlinelevel\1 @@fd-heading-\1@@", data)
    text = clean(_plain(marked.decode("latin-1"), encoding=encoding, errors="ignore"))
    outline = Outline()
    rows: list[list[str]] = []
    for line in text.split("\n"):
        if line.rstrip().endswith("|"):
            rows.append(line.rstrip().removesuffix("|").split("|"))
            continue
        if rows:
            outline.block(table_text(rows))
        rows = []
        mark = _MARK.search(line)
        words = _MARK.sub("", line).strip()
        if mark:
            outline.heading(int(mark.group(1)) + 1, words)
        elif is_list_item(words):
            outline.line(words)
        elif words:
            outline.block(words)
    outline.block(table_text(rows))
    yield from outline.sections()
