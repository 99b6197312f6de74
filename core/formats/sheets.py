"""Spreadsheets (XLSX, XLSB, XLS, ODS): each sheet a page, each row a line that names its columns."""

import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineWorkbook, PasswordError, WorksheetNotFound

from core.documents import Section
from core.errors import TooLarge, UnreadableDocument
from core.formats.archive import check_members, open_archive
from core.formats.tables import header_place, table_text

MAX_CELLS = 5_000_000

_Cell = int | float | str | bool | time | date | datetime | timedelta


def read(data: bytes) -> Iterator[Section]:
    """A section for each sheet; empty rows part the tables in it."""
    if data.startswith(b"PK"):
        with open_archive(data) as archive:
            check_members(archive)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
    except PasswordError as error:
        raise UnreadableDocument("the workbook is encrypted; upload it without a password") from error
    for number, name in enumerate(workbook.sheet_names, start=1):
        try:
            sheet = workbook.get_sheet_by_name(name)
        except WorksheetNotFound:
            continue
        if sheet.total_height * sheet.total_width > MAX_CELLS:
            raise TooLarge(f"sheet {name!r} spans more than {MAX_CELLS} cells")
        rows = [[_word(cell) for cell in row] for row in sheet.iter_rows()]
        text = "\n\n".join(table_text(table) for table in _tables(rows))
        yield Section(text=text, heading=(name,), page=number)


def _tables(rows: Sequence[list[str]]) -> Iterator[list[list[str]]]:
    """The runs between empty rows; one that holds only numbers is led by the row of words above it."""
    table: list[list[str]] = []
    above: list[str] = []
    for row in (*rows, []):
        if any(row):
            table.append(row)
            continue
        if table and above and header_place(table) is None and header_place([above, *table]) == 0:
            table.insert(0, above)
        if table:
            yield table
            above = table[-1]
        table = []


def _word(cell: _Cell) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else f"{cell:.12g}"
    if isinstance(cell, datetime):
        is_day = cell.time() == time()
        return cell.date().isoformat() if is_day else cell.isoformat(sep=" ", timespec="minutes")
    return str(cell).strip()
