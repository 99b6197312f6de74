"""FAQ entries as spreadsheets hold them: CSV to drafts, row by row, and back."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from core.errors import Refused, UnreadableDocument
from core.faq import FIELDS, FaqDraft
from core.formats.encoding import decode
from core.tenants import PUBLIC

COLUMNS = "question answer variants owner audience language link category valid_from valid_until".split()
"""The header of an export, and the names an import knows each column by first."""
BETWEEN_VARIANTS = "|"
_SYNONYMS = {
    "question": "questions|q|frage|pregunta|faq",
    "answer": "answers|a|approved answer|response|reply|antwort|respuesta|réponse",
    "variants": "variant|question variants|alternatives|alternative questions|similar questions|paraphrases",
    "owner": "responsible|contact|author",
    "audience": "visibility|who may see it",
    "language": "lang|locale",
    "link": "url|links|source url|web page",
    "category": "topic|section|group|kategorie",
    "valid_from": "from|start|starts|valid since|start date",
    "valid_until": "until|end|ends|expires|expiry|valid to|end date|valid till",
}
_FIELD_OF = {
    synonym: column
    for column, synonyms in _SYNONYMS.items()
    for synonym in (column.replace("_", " "), *synonyms.split("|"))
}
_DELIMITERS = ",;\t"
_GAPS = re.compile(r"[\s_-]+")
_GERMAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqRow:
    """One row of a sheet: its number as a spreadsheet shows it, and the draft or why there is none."""

    number: int
    draft: FaqDraft | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqSheet:
    """A CSV file as read. `given` are the fields it has columns for, `ignored` its other headers."""

    rows: tuple[FaqRow, ...]
    given: frozenset[str]
    ignored: tuple[str, ...]


def read_sheet(data: bytes) -> FaqSheet:
    r"""The rows of a CSV file, each as a draft or with the reason why it is none.

    Values are parted by comma, semicolon or tab, as the header shows; UTF-8 with a byte order
    mark, UTF-16 and Excel's `sep=;` line are understood. Columns are found by name, in any
    order and in plain synonyms; unknown ones are left out. Rows that are empty say nothing.

    Raises:
        UnreadableDocument: it has no header with a question and an answer, or a quote
            that is never closed.

        >>> read_sheet(b"Frage;Antwort\nOffen?;Ja.\n").rows[0].draft.answer
        'Ja.'
    """
    text = decode(data).replace("\0", "")
    if not text.strip():
        raise UnreadableDocument("the file is empty: its first line has to name a question and an answer")
    begins = re.match(r"sep=(.)[ \t]*(?:\r\n|\r|\n)", text, re.IGNORECASE)
    if begins:
        text = text[begins.end() :]
    records = _records(text, begins[1] if begins else _delimiter(text))
    header = next(records, (1, []))[1]
    fields = _fields(header)
    places = {field: place for place, field in fields.items()}
    if not {"question", "answer"} <= places.keys():
        shown = ", ".join(repr(name[:40]) for name in header[:12])
        raise UnreadableDocument(
            f"no column is named 'question' and none 'answer' beside it (there are {shown}): "
            "name both in the first line"
        )
    before = 1 if begins else 0
    rows = tuple(
        _row(number + before, record, len(header), places)
        for number, record in records
        if any(value.strip() for value in record)
    )
    given = frozenset("url" if column == "link" else column for column in places)
    ignored = tuple(name for place, name in enumerate(header) if name.strip() and place not in fields)
    return FaqSheet(rows=rows, given=given, ignored=ignored)


def write_sheet(drafts: Iterable[FaqDraft]) -> str:
    r"""A CSV file that `read_sheet` reads back, with a header and CRLF line ends.

    >>> write_sheet([FaqDraft(question="Open?", answer="Yes.")]).splitlines()[1]
    'Open?,Yes.,,,public,,,,,'
    """
    lines = io.StringIO(newline="")
    writer = csv.writer(lines)
    writer.writerow(COLUMNS)
    for draft in drafts:
        values = {field: getattr(draft, field) for field in FIELDS}
        values |= {"link": draft.url, "variants": BETWEEN_VARIANTS.join(draft.variants)}
        writer.writerow("" if values[column] is None else values[column] for column in COLUMNS)
    return lines.getvalue()


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with its number, from 1."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UnreadableDocument(
                f"row {number} can't be read ({error}): look for a quote that is opened and not closed, "
                "and write quotes inside a value twice"
            ) from error


def _delimiter(text: str) -> str:
    """The one that parts the header into the most columns that are known."""
    line = text.lstrip("\r\n").splitlines()[0]

    def known(delimiter: str) -> int:
        return len(_fields(next(csv.reader([line], delimiter=delimiter), [])))

    return max(_DELIMITERS, key=known)


def _fields(header: Sequence[str]) -> dict[int, str]:
    """The column that each place of the header stands for; of two that say the same, the first."""
    fields: dict[int, str] = {}
    for place, name in enumerate(header):
        column = _FIELD_OF.get(_GAPS.sub(" ", name).strip().casefold())
        if column and column not in fields.values():
            fields[place] = column
    return fields


def _row(number: int, record: Sequence[str], width: int, places: Mapping[str, int]) -> FaqRow:
    if any(value.strip() for value in record[width:]):
        return FaqRow(
            number=number,
            draft=None,
            reason=f"it has {len(record)} values for {width} columns: put a value with commas in quotes",
        )
    values = {column: record[place] for column, place in places.items() if place < len(record)}
    try:
        return FaqRow(number=number, draft=_draft(values))
    except Refused as error:
        return FaqRow(number=number, draft=None, reason=str(error))


def _draft(values: Mapping[str, str]) -> FaqDraft:
    return FaqDraft(
        question=values.get("question", ""),
        answer=values.get("answer", ""),
        variants=tuple(values.get("variants", "").split(BETWEEN_VARIANTS)),
        owner=values.get("owner"),
        audience=values.get("audience", "").strip().casefold() or PUBLIC,
        language=values.get("language"),
        url=values.get("link"),
        category=values.get("category"),
        valid_from=read_day(values.get("valid_from", "")),
        valid_until=read_day(values.get("valid_until", "")),
    )


def read_day(text: str) -> date | None:
    """A day written as 2026-12-31, with or without a time, or as 31.12.2026; none of no words.

    Raises:
        Refused: it is none of these; 3/4/2026 may be two days.
    """
    written = text.strip()
    if not written:
        return None
    german = _GERMAN_DATE.fullmatch(written)
    try:
        if german:
            return date(int(german[3]), int(german[2]), int(german[1]))
        return datetime.fromisoformat(written).date()
    except ValueError as error:
        raise Refused(f"the date {written[:40]!r} can't be told: write it as 2026-12-31") from error
