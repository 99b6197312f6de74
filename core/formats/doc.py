"""Word 97-2003 (DOC): the text of the piece table, headings by style, tables by cell marks."""

import io
from collections.abc import Iterator

import olefile

from core.documents import Section
from core.errors import UnreadableDocument
from core.formats.outline import Outline
from core.formats.tables import table_text
from core.formats.wordbinary import Paragraph, paragraphs


def read(data: bytes) -> Iterator[Section]:
    """The sections under the paragraphs in the built-in heading styles."""
    with olefile.OleFileIO(io.BytesIO(data)) as ole:
        main = ole.openstream("WordDocument").read()
        if len(main) < 0x200 or main[:2] != b"\xec\xa5":
            raise UnreadableDocument("it was written by a Word older than 97; save it as DOCX")
        flags = int.from_bytes(main[0x0A:0x0C], "little")
        if flags & 0x0100:
            raise UnreadableDocument("the document is encrypted; upload it without a password")
        table = ole.openstream("1Table" if flags & 0x0200 else "0Table").read()
    outline = Outline()
    rows: list[list[str]] = []
    cells: list[str] = []
    for paragraph in paragraphs(main, table):
        if paragraph.ends_row:
            rows.append(cells)
            cells = []
        elif paragraph.is_in_table:
            cells = _add(cells, paragraph)
        else:
            if rows:
                outline.block(table_text(rows))
            rows, cells = [], []
            _place(outline, paragraph)
    outline.block(table_text(rows))
    yield from outline.sections()


def _add(cells: list[str], paragraph: Paragraph) -> list[str]:
    if cells and cells[-1].endswith("\n"):
        cells = [*cells[:-1], cells[-1] + paragraph.text]
    else:
        cells = [*cells, paragraph.text]
    if not paragraph.ends_cell:
        cells[-1] += "\n"
    return cells


def _place(outline: Outline, paragraph: Paragraph) -> None:
    text = paragraph.text.strip()
    if paragraph.heading is not None:
        outline.heading(paragraph.heading, text)
    elif paragraph.is_item:
        outline.line(f"- {text}" if text else "")
    else:
        outline.block(text)
