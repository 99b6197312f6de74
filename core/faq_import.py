"""A spreadsheet's rows into the FAQ book: good ones taken, each bad one refused by its number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.errors import Refused
from core.faq import Faq
from core.faq_book import FaqBook, Taken
from core.faq_csv import read_sheet
from core.tenants import TenantId

RowStatus = Literal["added", "replaced", "unchanged", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFate:
    """What became of a row: the entry, or the reason why there is none. `number` is the spreadsheet's.

    `changed` names what of a replaced entry is another now, by the fields of `FaqDraft`.
    """

    number: int
    status: RowStatus
    faq: Faq | None = None
    reason: str = ""
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of each row, in their order; `ignored` are headers that say nothing to the desk."""

    rows: tuple[RowFate, ...]
    ignored: tuple[str, ...]


async def import_sheet(book: FaqBook, tenant: TenantId, data: bytes, *, dry_run: bool = False) -> Imported:
    """Take a CSV file (`core.faq_csv.read_sheet`) into the tenant's book.

    A row that can't be an entry is refused, the others are kept all together. An entry that
    asks the same is replaced, and what the file has no column for is left as it is. A
    `dry_run` tells what would become of each row and keeps nothing.

    Raises:
        UnreadableDocument: the file is no table with questions and answers; nothing is taken.
        Overtaken: another process changed the same entries; nothing is taken, import again.
    """
    sheet = read_sheet(data)
    drafts = [row.draft for row in sheet.rows if row.draft is not None]
    fates = iter(await book.take(tenant, drafts, given=sheet.given, dry_run=dry_run))
    rows = tuple(
        RowFate(number=row.number, status="refused", reason=row.reason)
        if row.draft is None
        else _fate(row.number, next(fates))
        for row in sheet.rows
    )
    return Imported(rows=rows, ignored=sheet.ignored)


def _fate(number: int, fate: Taken | Refused) -> RowFate:
    if isinstance(fate, Refused):
        return RowFate(number=number, status="refused", reason=str(fate))
    return RowFate(number=number, status=fate.fate, faq=fate.faq, changed=fate.changed)
