"""The binary layout of Word 97-2003 (MS-DOC): pieces of text and the properties of paragraphs."""

import re
import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from core.errors import UnreadableDocument

_MAIN_LENGTH_AT = 0x4C
_STYLES_AT = 0xA2
_PARAGRAPHS_AT = 0x102
_PIECES_AT = 0x1A2
_PAGE_BYTES = 512
_IN_TABLE = 0x2416
_ROW_END = 0x2417
_LIST_NUMBER = 0x460B
_TITLE_STYLE = 62
_LIST_STYLES = frozenset(range(48, 57))
_FIELD_CODE = re.compile("\x13[^\x13\x14\x15]*(?:\x14|(?=\x15))|\x15")
_SPECIAL = {0x01: None, 0x02: None, 0x08: None, 0x0B: "\n", 0x1E: "-", 0x1F: None, 0x05: None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A paragraph or table cell and what its properties say of it."""

    text: str
    heading: int | None = None
    is_item: bool = False
    is_in_table: bool = False
    ends_cell: bool = False
    ends_row: bool = False


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    offset: int
    is_narrow: bool


def paragraphs(main: bytes, table: bytes) -> Iterator[Paragraph]:
    """The document's own paragraphs in order, without footnotes, headers and comments.

    Raises:
        UnreadableDocument: The piece table is missing or damaged.
    """
    length = _int(main, _MAIN_LENGTH_AT)
    pieces = _pieces(main, table)
    properties = _Properties(main, table)
    pending = ""
    for piece in pieces:
        width = 1 if piece.is_narrow else 2
        raw = main[piece.offset : piece.offset + (min(piece.end, length) - piece.start) * width]
        text = raw.decode("cp1252" if piece.is_narrow else "utf-16-le", "replace")
        begin = 0
        for mark in re.finditer("[\r\x07\x0c]", text):
            at = piece.offset + mark.start() * width
            yield properties.paragraph(pending + text[begin : mark.start()], mark.group(), at)
            pending, begin = "", mark.end()
        pending += text[begin:]
    if pending.strip():
        yield Paragraph(text=_plain(pending))


def _pieces(main: bytes, table: bytes) -> list[_Piece]:
    start, size = _int(main, _PIECES_AT), _int(main, _PIECES_AT + 4)
    block = table[start : start + size]
    place = 0
    while place < len(block) and block[place] == 1:
        place += 3 + struct.unpack_from("<H", block, place + 1)[0]
    if place + 5 > len(block) or block[place] != 2:
        raise UnreadableDocument("the document is damaged: its table of pieces is missing")
    count = (_int(block, place + 1) - 4) // 12
    place += 5
    positions = struct.unpack_from(f"<{count + 1}I", block, place)
    found: list[_Piece] = []
    for number in range(count):
        offset = _int(block, place + 4 * (count + 1) + 8 * number + 2)
        is_narrow = bool(offset & 0x40000000)
        offset = (offset & 0x3FFFFFFF) // (2 if is_narrow else 1)
        if positions[number] < positions[number + 1]:
            found.append(_Piece(positions[number], positions[number + 1], offset, is_narrow))
    return found


class _Properties:
    """Paragraph properties, found by where in the stream a paragraph ends."""

    def __init__(self, main: bytes, table: bytes) -> None:
        self._ends: list[int] = []
        self._values: list[tuple[int, bytes]] = []
        self._kinds = _style_kinds(main, table)
        start, size = _int(main, _PARAGRAPHS_AT), _int(main, _PARAGRAPHS_AT + 4)
        count = (size - 4) // 8
        for number in range(max(0, count)):
            at = start + 4 * (count + 1) + 4 * number
            page = (_int(table, at) & 0x3FFFFF) * _PAGE_BYTES
            if page + _PAGE_BYTES <= len(main):
                self._load(main[page : page + _PAGE_BYTES])

    def paragraph(self, text: str, mark: str, at: int) -> Paragraph:
        """The paragraph that ends with this mark at this place in the stream."""
        style, changes = self._at(at)
        kind = self._kinds.get(style, style)
        operations = dict(_operations(changes))
        is_in_table = bool(operations.get(_IN_TABLE)) or mark == "\x07"
        heading = kind if 1 <= kind <= 9 else 0 if kind == _TITLE_STYLE else None
        return Paragraph(
            text=_plain(text),
            heading=heading,
            is_item=bool(operations.get(_LIST_NUMBER)) or kind in _LIST_STYLES,
            is_in_table=is_in_table,
            ends_cell=mark == "\x07",
            ends_row=bool(operations.get(_ROW_END)),
        )

    def _load(self, page: bytes) -> None:
        count = page[_PAGE_BYTES - 1]
        for number in range(count):
            slot = 4 * (count + 1) + 13 * number
            if slot >= _PAGE_BYTES:
                return
            self._ends.append(_int(page, 4 * (number + 1)))
            offset = page[slot] * 2
            size, offset = 2 * page[offset] - 1, offset + 1
            if size < 0:
                size, offset = 2 * page[offset], offset + 1
            value = page[offset : offset + size]
            style = struct.unpack_from("<H", value)[0] if len(value) >= 2 else 0
            self._values.append((style, value[2:]))

    def _at(self, at: int) -> tuple[int, bytes]:
        place = bisect_right(self._ends, at)
        return self._values[place] if place < len(self._values) else (0, b"")


def _style_kinds(main: bytes, table: bytes) -> dict[int, int]:
    start, size = _int(main, _STYLES_AT), _int(main, _STYLES_AT + 4)
    sheet = table[start : start + size]
    if len(sheet) < 4:
        return {}
    header, count = struct.unpack_from("<HH", sheet)
    place, kinds = 2 + header, {}
    for number in range(count):
        if place + 4 > len(sheet):
            break
        length = struct.unpack_from("<H", sheet, place)[0]
        if length >= 2:
            kinds[number] = struct.unpack_from("<H", sheet, place + 2)[0] & 0x0FFF
        place += 2 + length + length % 2
    return kinds


def _operations(changes: bytes) -> Iterator[tuple[int, int]]:
    widths = {0: 1, 1: 1, 2: 2, 3: 4, 4: 2, 5: 2, 7: 3}
    place = 0
    while place + 3 <= len(changes):
        code = struct.unpack_from("<H", changes, place)[0]
        place += 2
        kind = code >> 13
        if kind == 6:
            width = changes[place] + 1
            if code in {0xD606, 0xD608} and place + 2 <= len(changes):
                width = struct.unpack_from("<H", changes, place)[0] + 1
        else:
            width = widths[kind]
        yield code, int.from_bytes(changes[place : place + width], "little")
        place += width


def _plain(text: str) -> str:
    for _ in range(5):
        text, times = _FIELD_CODE.subn("", text)
        if not times:
            break
    return text.translate(_SPECIAL)


def _int(data: bytes, place: int) -> int:
    return int.from_bytes(data[place : place + 4], "little")
