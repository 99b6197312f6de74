"""From the lines of a PDF to headings, paragraphs, lists and tables."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.formats.cleaning import is_list_item, join_lines
from core.formats.outline import Outline
from core.formats.pdflines import HYPHEN, Line
from core.formats.pdftables import table_at
from core.formats.tables import table_text

_HEADING_RATIO = 1.15
_MOST_LEVELS = 4
_LONGEST_HEADING = 160
_LONGEST_BOLD_HEADING = 90
_HEADING_SHARE = 0.35
_SMALLEST_STEP = 0.8
_NEAR_LINES = 12
_EDGE_LINES = 3
_FURNITURE_PAGES = 3
_FURNITURE_SHARE = 0.6
_DIGITS = re.compile(r"\d+")
_SENTENCE_END = re.compile(r"[.!?:;…][\"'”’)\]]*$")
_BULLET = re.compile(r"^[•▪◦‣●○■□➢✓\uf0b7·]\s*")


@dataclass(frozen=True, slots=True)
class Style:
    """How a document sets its text: the body's size, and the sizes of headings, largest first."""

    body: float
    headings: tuple[float, ...]
    bold_heads: bool


def style_of(pages: Sequence[Sequence[Line]]) -> Style:
    """The document's style, told from how much text stands in each size."""
    weights: Counter[float] = Counter()
    bold = total = 0
    for line in (line for lines in pages for line in lines):
        weights[_rounded(line.size)] += len(line.text)
        bold += len(line.text) * line.is_bold
        total += len(line.text)
    if not weights:
        return Style(1.0, (), bold_heads=False)
    body = weights.most_common(1)[0][0]
    larger = sorted((size for size in weights if size >= body * _HEADING_RATIO), reverse=True)
    if sum(weights[size] for size in larger) > _HEADING_SHARE * total:
        larger = []
    return Style(body, tuple(larger), bold_heads=bold < _HEADING_SHARE * total)


def without_furniture(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The pages without the lines that head or foot most of them, numbers aside."""
    filled = sum(1 for lines in pages if lines)
    if filled < _FURNITURE_PAGES:
        return [list(lines) for lines in pages]
    seen: Counter[tuple[str, int]] = Counter()
    for lines in pages:
        seen.update({_mark(line) for line in _edges(lines)})
    needed = max(_FURNITURE_PAGES, _FURNITURE_SHARE * filled)
    repeated = {mark for mark, times in seen.items() if times >= needed}
    kept: list[list[Line]] = []
    for lines in pages:
        edges = {id(line) for line in _edges(lines) if _mark(line) in repeated}
        rest = [line for line in lines if id(line) not in edges]
        kept.append(rest if _weight(rest) > 0.5 * _weight(lines) else list(lines))
    return kept


def place(outline: Outline, lines: Sequence[Line], style: Style) -> None:
    """Adds a page's lines to the outline as headings, paragraphs, list items and tables."""
    at = 0
    while at < len(lines):
        rows, length = table_at(lines, at)
        if rows:
            outline.block(table_text(rows))
            at += length
            continue
        level = _level(lines, at, style)
        end = at + 1
        if lines[at].is_code and not level:
            outline.line(lines[at].text)
        elif level:
            while end < len(lines) and end - at < 4 and _same_heading(lines[end - 1], lines[end]):
                end += 1
            outline.heading(level, _joined(lines[at:end]))
        else:
            while end < len(lines) and not _starts_anew(lines, end, style):
                end += 1
            _paragraph(outline, _joined(lines[at:end]))
        at = end


def _paragraph(outline: Outline, text: str) -> None:
    if _BULLET.match(text):
        outline.line("- " + _BULLET.sub("", text))
    elif is_list_item(text):
        outline.line(text)
    else:
        outline.block(text)


def _joined(lines: Sequence[Line]) -> str:
    text = lines[0].text
    for line in lines[1:]:
        text = text[:-1] + line.text if text.endswith(HYPHEN) else join_lines(text, line.text)
    return text.replace(HYPHEN, "-") if text.endswith(HYPHEN) else text


def _level(lines: Sequence[Line], at: int, style: Style) -> int:
    line = lines[at]
    text = line.text
    if len(text) > _LONGEST_HEADING or sum(char.isalpha() for char in text) < 2:
        return 0
    size = _rounded(line.size)
    if size in style.headings:
        return min(_MOST_LEVELS, style.headings.index(size) + 1)
    is_short = len(text) <= _LONGEST_BOLD_HEADING and not text.endswith((".", ",", ";", ":"))
    if not (style.bold_heads and line.is_bold and is_short and len(line.cells) == 1):
        return 0
    if size < style.body or (is_list_item(text) and not text[0].isdigit()):
        return 0
    after = lines[at + 1] if at + 1 < len(lines) else None
    before = lines[at - 1] if at else None
    stands_alone = after is not None and not after.is_bold and len(after.cells) == 1
    is_below = before is None or not _is_same_flow(before, line) or before.bottom - line.bottom > 1.3 * size
    return min(_MOST_LEVELS, len(style.headings) + 1) if stands_alone and is_below else 0


def _same_heading(before: Line, line: Line) -> bool:
    gap = before.bottom - line.bottom
    is_alike = _rounded(before.size) == _rounded(line.size) and before.is_bold == line.is_bold
    return is_alike and 0 < gap < 1.7 * line.size and len(line.text) <= _LONGEST_HEADING


def _starts_anew(lines: Sequence[Line], at: int, style: Style) -> bool:
    before, line = lines[at - 1], lines[at]
    if is_list_item(line.text) or _BULLET.match(line.text) or _level(lines, at, style):
        return True
    if line.is_code or before.is_code or table_at(lines, at)[0]:
        return True
    if before.text.endswith(HYPHEN):
        return False
    if not _SMALLEST_STEP < line.size / before.size < 1 / _SMALLEST_STEP:
        return True
    return not line.text[:1].islower() and _is_parted(lines, at)


def _is_parted(lines: Sequence[Line], at: int) -> bool:
    before, line = lines[at - 1], lines[at]
    ends = _SENTENCE_END.search(before.text) is not None
    if not _is_same_flow(before, line):
        return ends or not _is_next_column(before, line)
    is_far = before.bottom - line.bottom > _pitch(lines, at) * 1.3
    is_indented = line.left > before.left + line.size and ends
    return is_far or is_indented or _broke_early(lines, at)


def _is_same_flow(before: Line, line: Line) -> bool:
    return line.left < before.right and before.left < line.right and line.bottom < before.bottom + 1


def _is_next_column(before: Line, line: Line) -> bool:
    widths = sorted((before.right - before.left, line.right - line.left))
    return line.bottom > before.bottom and line.left > before.left and widths[0] > 0.85 * widths[1]


def _pitch(lines: Sequence[Line], at: int) -> float:
    size = lines[at].size
    near = lines[max(0, at - _NEAR_LINES) : at + _NEAR_LINES]
    steps = sorted(
        one.bottom - two.bottom
        for one, two in pairwise(near)
        if abs(two.size - size) < 0.6 and 0.8 * size < one.bottom - two.bottom < 3 * size
    )
    return steps[len(steps) // 3] if steps else 1.5 * size


def _broke_early(lines: Sequence[Line], at: int) -> bool:
    before, line = lines[at - 1], lines[at]
    near = lines[max(0, at - 8) : at + 8]
    edge = max(
        (other.right for other in near if abs(other.left - before.left) < 4 * line.size),
        default=before.right,
    )
    word = line.text.split(" ", 1)[0]
    width = (line.right - line.left) / max(1, len(line.text)) * (len(word) + 1)
    return before.right + width < edge - 0.5 * line.size


def _edges(lines: Sequence[Line]) -> list[Line]:
    ranked = sorted(lines, key=lambda line: line.bottom)
    edges = [*ranked[:_EDGE_LINES], *ranked[_EDGE_LINES:][-_EDGE_LINES:]]
    return [line for line in edges if len(line.text) <= _LONGEST_BOLD_HEADING]


def _weight(lines: Sequence[Line]) -> int:
    return sum(len(line.text) for line in lines)


def _mark(line: Line) -> tuple[str, int]:
    return _DIGITS.sub("#", line.text), round(line.bottom / 20)


def _rounded(size: float) -> float:
    return round(size * 2) / 2
