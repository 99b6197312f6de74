"""The lines of a PDF page with where they stand, how large they are, and where wide gaps part them."""

import ctypes
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pypdfium2 as pdfium
from pypdfium2 import raw

from core.formats.cleaning import one_line

_LINE_ENDS = frozenset({0x0A, 0x0D})
_SPACES = frozenset({0x20, 0xA0, 0x09})
_SOFT_HYPHENS = frozenset({0x02, 0xFFFE, 0xAD})
_BOLD = re.compile(rb"bold|black|heavy|demi|medi|cmbx", re.IGNORECASE)
_CODE = re.compile(rb"courier|mono|consol|menlo|sourcecode|cmtt", re.IGNORECASE)
_FONT_NAME_BYTES = 128
_WIDE_GAP_EMS = 1.3
_WORD_GAP_EMS = 0.15
HYPHEN = "\u2010"


@dataclass(frozen=True, slots=True)
class Cell:
    """A run of a line between two wide gaps."""

    text: str
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text; the coordinates are points, upright as it is read, y growing upwards.

    A word cut at the line's end has `HYPHEN` for its last character.
    """

    cells: tuple[Cell, ...]
    bottom: float
    size: float
    is_bold: bool = False
    is_code: bool = False
    angle: float = 0.0

    @property
    def text(self) -> str:
        """The words, the gaps closed to one blank."""
        return " ".join(cell.text for cell in self.cells)

    @property
    def left(self) -> float:
        """Where the first word begins."""
        return self.cells[0].left

    @property
    def right(self) -> float:
        """Where the last word ends."""
        return self.cells[-1].right


def lines_of(page: pdfium.PdfPage) -> list[Line]:
    """The page's lines in reading order."""
    text_page = page.get_textpage()
    try:
        found = _Reader(text_page.raw, text_page.count_chars()).lines()
    finally:
        text_page.close()
    angles = Counter[float]()
    for line in found:
        angles[line.angle] += len(line.text)
    usual = angles.most_common(1)[0][0] if angles else 0.0
    return _whole([line for line in found if line.angle == usual])


def _whole(lines: Sequence[Line]) -> list[Line]:
    """The lines with pieces of one row put together, such as raised or lowered characters."""
    rows: list[Line] = []
    for line in lines:
        before = rows[-1] if rows else None
        if before is None or not _is_same_row(before, line):
            rows.append(line)
            continue
        larger = max(before, line, key=lambda piece: piece.size)
        cells = (*before.cells, *line.cells)
        if line.left - before.right < _WIDE_GAP_EMS * larger.size:
            gap = "" if line.left - before.right < _WORD_GAP_EMS * larger.size else " "
            first, second = before.cells[-1], line.cells[0]
            joined = Cell(first.text + gap + second.text, first.left, second.right)
            cells = (*before.cells[:-1], joined, *line.cells[1:])
        rows[-1] = replace(larger, cells=cells)
    return rows


def _is_same_row(before: Line, line: Line) -> bool:
    size = max(before.size, line.size)
    if before.text.endswith(HYPHEN) or line.left < before.right - 0.3 * size:
        return False
    return abs(before.bottom - line.bottom) < 0.55 * size


class _Reader:
    def __init__(self, handle: object, count: int) -> None:
        self._handle = handle
        self._codes = _codes(handle, count)
        self._box = raw.FS_RECTF()
        self._matrix = raw.FS_MATRIX()
        self._turn = (1.0, 0.0)

    def lines(self) -> list[Line]:
        """Every line that holds more than blanks."""
        found: list[Line] = []
        start = 0
        for place, code in enumerate([*self._codes, 0x0A]):
            if code in _LINE_ENDS:
                line = self._line(start, place)
                if line is not None:
                    found.append(line)
                start = place + 1
        return found

    def _line(self, start: int, end: int) -> Line | None:
        while start < end and self._codes[start] in _SPACES:
            start += 1
        while start < end and self._codes[end - 1] in _SPACES:
            end -= 1
        if start >= end:
            return None
        angle = float(raw.FPDFText_GetCharAngle(self._handle, start))
        self._turn = (math.cos(angle), math.sin(angle)) if angle > 0.01 else (1.0, 0.0)
        middle = self._inked((start + end) // 2, start, end)
        size = self._size(middle)
        cells = self._cells(start, end, size)
        if not cells:
            return None
        bottom = self._bounds(middle)[2]
        return Line(cells, bottom, round(size, 1), *self._font(middle), round(angle, 1) % 6.3)

    def _inked(self, place: int, start: int, end: int) -> int:
        for index in (*range(place, end), *range(place - 1, start - 1, -1)):
            if self._codes[index] not in _SPACES:
                return int(index)
        return start

    def _size(self, index: int) -> float:
        size = float(raw.FPDFText_GetFontSize(self._handle, index))
        if raw.FPDFText_GetMatrix(self._handle, index, ctypes.byref(self._matrix)):
            matrix = self._matrix
            size *= abs(matrix.a * matrix.d - matrix.b * matrix.c) ** 0.5
        return size or 1.0

    def _cells(self, start: int, end: int, size: float) -> tuple[Cell, ...]:
        parts: list[Cell] = []
        begin = start
        left = self._bounds(start)[0]
        place = start
        while place < end:
            if self._codes[place] in _SPACES:
                after = place
                while after < end and self._codes[after] in _SPACES:
                    after += 1
                here, there = self._bounds(place - 1)[1], self._bounds(after)[0]
                if there - here > _WIDE_GAP_EMS * size or here - there > 4 * size:
                    parts.append(Cell(_text(self._codes[begin:place]), left, here))
                    begin, left = after, there
                place = after
            else:
                place += 1
        parts.append(Cell(_text(self._codes[begin:end]), left, self._bounds(end - 1)[1]))
        return tuple(part for part in parts if part.text)

    def _bounds(self, index: int) -> tuple[float, float, float]:
        box = self._box
        if not raw.FPDFText_GetLooseCharBox(self._handle, index, ctypes.byref(box)):
            return 0.0, 0.0, 0.0
        cos, sin = self._turn
        if sin == 0.0 and cos == 1.0:
            return box.left, box.right, box.bottom
        corners = [(x, y) for x in (box.left, box.right) for y in (box.bottom, box.top)]
        across = [x * cos + y * sin for x, y in corners]
        return min(across), max(across), min(y * cos - x * sin for x, y in corners)

    def _font(self, index: int) -> tuple[bool, bool]:
        """Whether the character is bold, and whether it is set as code is."""
        name = ctypes.create_string_buffer(_FONT_NAME_BYTES)
        flags = ctypes.c_int()
        raw.FPDFText_GetFontInfo(self._handle, index, name, _FONT_NAME_BYTES, ctypes.byref(flags))
        return _BOLD.search(name.value) is not None, _CODE.search(name.value) is not None


def _codes(handle: object, count: int) -> Sequence[int]:
    if count <= 0:
        return []
    units = (ctypes.c_ushort * (count + 1))()
    written = raw.FPDFText_GetText(handle, 0, count, units)
    if written == count + 1:
        return list(units[:count])
    return [int(raw.FPDFText_GetUnicode(handle, index)) for index in range(count)]


def _text(codes: Sequence[int]) -> str:
    last = codes[-1] if codes else 0
    kept = [code for code in codes if code not in _SOFT_HYPHENS]
    units = b"".join(
        code.to_bytes(2, "little") if code < 0x10000 else chr(code).encode("utf-16-le")
        for code in kept
        if code < 0x110000
    )
    text = one_line(units.decode("utf-16-le", "replace").replace("\ufffd", ""))
    return text + HYPHEN if last in _SOFT_HYPHENS and text else text
