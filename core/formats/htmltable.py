"""Tables in HTML as rows of cells; whether a table holds data or only lays out a page."""

from lxml import etree

from core.formats.archive import local

_APART = frozenset({"br", "p", "div", "li", "ul", "ol", "td", "th", "tr", "dd", "dt", "option"})
_WIDEST_SPAN = 100
_LONGEST_CELL = 2_000


def rows_of(table: etree._Element) -> tuple[list[list[str]], bool | None]:
    """The rows, cells that span rows repeated; and whether the first names the columns, if that is marked."""
    rows: list[list[str]] = []
    pending: dict[int, tuple[int, str]] = {}
    marked: bool | None = None
    for element in table.iter("tr"):
        if next(element.iterancestors("table"), None) is not table:
            continue
        cells = [cell for cell in element if local(cell) in {"td", "th"}]
        if not rows and cells and (local(element.getparent()) == "thead" or _all_named(cells)):
            marked = True
        rows.append(_row(cells, pending, repeats=not rows))
    return rows, marked


def is_layout(table: etree._Element) -> bool:
    """Whether the table arranges a page: one column, or headings, tables or long prose within."""
    for inner in ("table", "h1", "h2", "h3", "h4", "h5", "h6"):
        if table.find(f".//{inner}") is not None:
            return True
    widest = 0
    for element in table.iter("tr"):
        cells = [cell for cell in element if local(cell) in {"td", "th"}]
        widest = max(widest, len(cells))
        if any(len("".join(map(str, cell.itertext()))) > _LONGEST_CELL for cell in cells):
            return True
    return widest < 2


def inline_text(element: etree._Element) -> str:
    """The element's words on one line; what stands in blocks of its own is kept apart."""
    parts = [element.text or ""]
    for inner in element.iterdescendants():
        apart = " " if local(inner) in _APART else ""
        if local(inner) not in {"script", "style"}:
            parts.append(apart + (inner.text or ""))
        parts.append(apart + (inner.tail or ""))
    return " ".join("".join(parts).split())


def _all_named(cells: list[etree._Element]) -> bool:
    return len(cells) > 1 and all(local(cell) == "th" for cell in cells)


def _row(cells: list[etree._Element], pending: dict[int, tuple[int, str]], *, repeats: bool) -> list[str]:
    row: list[str] = []
    for cell in cells:
        _fill(row, pending)
        text = inline_text(cell)
        down = _span(cell, "rowspan")
        for number in range(_span(cell, "colspan")):
            shown = text if repeats or number == 0 else ""
            if down > 1:
                pending[len(row)] = (down - 1, shown)
            row.append(shown)
    _fill(row, pending)
    return row


def _fill(row: list[str], pending: dict[int, tuple[int, str]]) -> None:
    while len(row) in pending:
        left, text = pending.pop(len(row))
        if left > 1:
            pending[len(row)] = (left - 1, text)
        row.append(text)


def _span(cell: etree._Element, name: str) -> int:
    value = str(cell.get(name, "1")).strip()
    return min(_WIDEST_SPAN, max(1, int(value))) if value.isdecimal() else 1
