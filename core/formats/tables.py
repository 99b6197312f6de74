"""Tables as lines that can be understood, and quoted, one by one."""

import re
from collections.abc import Sequence

from core.formats.cleaning import one_line

_NUMBER = re.compile(r"^[\s(+\-−–]*[$€£¥₹]?\s*[\d.,'\s]*\d[\d.,'\s]*[%)]?\s*[$€£¥₹%a-zA-Z]{0,3}$")
_YEAR = re.compile(r"^(?:19|20)\d\d$")
_HEADER_SEARCH_ROWS = 10
_LONGEST_HEADER = 120


def table_text(rows: Sequence[Sequence[str]], *, has_header: bool | None = None) -> str:
    r"""One line a row, each cell led by its column's name: `Plan: Basic; Price: 5 €`.

    `has_header` says whether the first row names the columns; None finds out.

        >>> table_text([["Plan", "Price"], ["Basic", "5"], ["Pro", "9"]])
        'Plan: Basic; Price: 5\nPlan: Pro; Price: 9'
    """
    kept = [[one_line(cell) for cell in row] for row in rows]
    kept = [row for row in kept if any(row)]
    kept = _without_empty_columns(kept)
    if not kept:
        return ""
    place = header_place(kept) if has_header is None else 0 if has_header else None
    if place is None or place + 1 >= len(kept):
        return "\n".join(row_text([], row) for row in kept)
    header = kept[place]
    before = [row_text([], row) for row in kept[:place]]
    return "\n".join([*before, *(row_text(header, row) for row in kept[place + 1 :])])


def row_text(header: Sequence[str], row: Sequence[str]) -> str:
    """A row on one line; empty cells are left out, as is a column name with nothing to say."""
    parts: list[str] = []
    for number, cell in enumerate(row):
        if not cell or (parts and cell == row[number - 1] and not header):
            continue
        name = header[number].rstrip(": ") if number < len(header) else ""
        parts.append(f"{name}: {cell}" if name and name != cell else cell)
    return "; ".join(parts)


def header_place(rows: Sequence[Sequence[str]]) -> int | None:
    """Where the row stands that names the columns, or None when there is none.

    It is the first row that fills most columns, and it holds words rather than numbers;
    lines above it with one filled cell are titles.
    """
    width = max((sum(map(bool, row)) for row in rows), default=0)
    if width < 2:
        return None
    for place, row in enumerate(rows[:_HEADER_SEARCH_ROWS]):
        filled = [cell for cell in row if cell]
        if len(filled) < 2 or len(filled) < 0.5 * width:
            continue
        return place if _names_columns(filled) else None
    return None


def _names_columns(cells: Sequence[str]) -> bool:
    if any(len(cell) > _LONGEST_HEADER for cell in cells) or cells[0].endswith(":"):
        return False
    numbers = sum(1 for cell in cells if _NUMBER.match(cell) and not _YEAR.match(cell))
    words = sum(1 for cell in cells if not _NUMBER.match(cell))
    return words > 0 and numbers == 0


def _without_empty_columns(rows: list[list[str]]) -> list[list[str]]:
    width = max((len(row) for row in rows), default=0)
    even = [[*row, *[""] * (width - len(row))] for row in rows]
    filled = [number for number in range(width) if any(row[number] for row in even)]
    return [[row[number] for number in filled] for row in even]
