"""Rows and columns among the lines of a PDF, told from wide gaps that stand above each other."""

from collections import Counter
from collections.abc import Sequence

from core.formats.pdflines import Cell, Line

_FEWEST_ROWS = 3
_FEWEST_CELLS = 2
_LONGEST_CELL = 90
_WIDEST_STEP_EMS = 4.0


def table_at(lines: Sequence[Line], at: int) -> tuple[list[list[str]], int]:
    """The rows of the table that begins at this line, and how many lines it takes; or none."""
    if len(lines[at].cells) < _FEWEST_CELLS:
        return [], 0
    end = at + 1
    while end < len(lines) and _goes_on(lines, at, end):
        end += 1
    while end > at and len(lines[end - 1].cells) < _FEWEST_CELLS:
        end -= 1
    run = lines[at:end]
    wide = [line for line in run if len(line.cells) >= _FEWEST_CELLS]
    if len(wide) < _FEWEST_ROWS or _is_prose(wide):
        return [], 0
    columns = _columns(wide)
    if len(columns) < _FEWEST_CELLS:
        return [], 0
    return _rows(run, columns), end - at


def _goes_on(lines: Sequence[Line], at: int, end: int) -> bool:
    before, line = lines[end - 1], lines[end]
    step = before.bottom - line.bottom
    if not 0 < step < _WIDEST_STEP_EMS * max(line.size, before.size):
        return False
    if len(line.cells) >= _FEWEST_CELLS:
        return True
    is_within = any(len(later.cells) >= _FEWEST_CELLS for later in lines[end + 1 : end + 3])
    is_narrow = (line.right - line.left) < 0.5 * (lines[at].right - lines[at].left)
    return is_within and is_narrow and step < 1.6 * line.size


def _is_prose(lines: Sequence[Line]) -> bool:
    cells = [cell for line in lines for cell in line.cells]
    long = sum(1 for cell in cells if len(cell.text) > _LONGEST_CELL)
    return long > 0.2 * len(cells)


def _columns(lines: Sequence[Line]) -> list[tuple[float, float]]:
    usual = Counter(len(line.cells) for line in lines)
    width = max(usual, key=lambda count: (usual[count], count))
    full = [line for line in lines if len(line.cells) >= width]
    spans = sorted((cell.left, cell.right) for line in full for cell in line.cells)
    merged: list[tuple[float, float]] = []
    for left, right in spans:
        if merged and left < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], right))
        else:
            merged.append((left, right))
    return merged if len(merged) >= width - 1 else []


def _rows(lines: Sequence[Line], columns: Sequence[tuple[float, float]]) -> list[list[str]]:
    rows: list[list[str]] = []
    for line in lines:
        row = [""] * len(columns)
        for cell in line.cells:
            number = _column(cell, columns)
            row[number] = f"{row[number]} {cell.text}".strip()
        if len(line.cells) == 1 and rows:
            rows[-1] = [f"{above} {below}".strip() for above, below in zip(rows[-1], row, strict=True)]
        else:
            rows.append(row)
    return rows


def _column(cell: Cell, columns: Sequence[tuple[float, float]]) -> int:
    def shared(number: int) -> float:
        left, right = columns[number]
        overlap = min(right, cell.right) - max(left, cell.left)
        return overlap if overlap > 0 else overlap - 1000

    return max(range(len(columns)), key=shared)
