"""Words found in a picture, put into lines and read column by column."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.formats.pdflines import Cell, Line

_FEWEST_IN_COLUMN = 8
_CROSSING_SHARE = 0.15
_WIDEST_SHARE_OF_PAGE = 0.22
_TRIED_PLACES = range(30, 71, 2)


@dataclass(frozen=True, slots=True)
class Box:
    """A run of words with its edges in pixels; y grows downwards."""

    text: str
    left: float
    right: float
    top: float
    bottom: float


def lines_from(boxes: Sequence[Box]) -> list[Line]:
    """The lines in reading order; a page of two columns is read down one, then the other."""
    gutter = _gutter(boxes)
    if gutter is None:
        return _rows(boxes)
    found: list[Line] = []
    left: list[Box] = []
    right: list[Box] = []
    for box in sorted(boxes, key=lambda box: box.top):
        if box.left < gutter < box.right:
            found += [*_rows(left), *_rows(right), *_rows([box])]
            left, right = [], []
        else:
            (left if box.right <= gutter else right).append(box)
    return [*found, *_rows(left), *_rows(right)]


def _gutter(boxes: Sequence[Box]) -> float | None:
    """Where a blank strip parts the page in two columns of prose, or None."""
    if len(boxes) < 2 * _FEWEST_IN_COLUMN:
        return None
    start, end = min(box.left for box in boxes), max(box.right for box in boxes)
    best: tuple[int, float] | None = None
    for percent in _TRIED_PLACES:
        place = start + (end - start) * percent / 100
        crossing = sum(1 for box in boxes if box.left < place < box.right)
        sides = ([b for b in boxes if b.right <= place], [b for b in boxes if b.left >= place])
        is_prose = all(_is_column(side, end - start) for side in sides)
        if is_prose and crossing <= _CROSSING_SHARE * len(boxes) and (best is None or crossing < best[0]):
            best = (crossing, place)
    return best[1] if best else None


def _is_column(boxes: Sequence[Box], page_width: float) -> bool:
    widths = sorted(box.right - box.left for box in boxes)
    return len(widths) >= _FEWEST_IN_COLUMN and widths[len(widths) // 2] > _WIDEST_SHARE_OF_PAGE * page_width


def _rows(boxes: Sequence[Box]) -> list[Line]:
    rows: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: box.top + box.bottom):
        first = rows[-1][0] if rows else None
        if first and abs(box.top + box.bottom - first.top - first.bottom) < first.bottom - first.top:
            rows[-1].append(box)
        else:
            rows.append([box])
    found: list[Line] = []
    for row in rows:
        height = sum(box.bottom - box.top for box in row) / len(row)
        cells = (Cell(box.text, box.left, box.right) for box in sorted(row, key=lambda box: box.left))
        found.append(Line(tuple(cells), -max(box.bottom for box in row), max(1.0, height)))
    return found
