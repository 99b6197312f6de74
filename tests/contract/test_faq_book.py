"""What the book of frequent questions promises, whichever database is behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import anyio
import pytest
from fakeredis import FakeAsyncRedis

from core.answer_cache import AnswerCache
from core.documents import DocumentId
from core.errors import NotFound, Refused, Unavailable
from core.faq import FaqDraft, FaqId
from core.faq_book import FaqBook, Taken
from core.faq_import import import_sheet
from core.outbox import Outbox
from core.records import Records
from core.tenants import TenantId

pytestmark = pytest.mark.anyio

ACME, OTHER = TenantId("acme"), TenantId("other")
STREAM = "redis"
RETURNS = FaqDraft(
    question="How long can I return a lamp?",
    answer="Thirty days ☀️\n\nUnused.",
    variants=("When is it too late to send it back?",),
    owner="Ann",
    category="Returns",
    language="en",
    url="https://acme.example/returns",
    valid_from=date(2026, 1, 1),
    valid_until=date(2026, 12, 31),
)
ALARM = FaqDraft(question="What is the alarm code?", answer="4417.", audience="staff")


class Dropped(AnswerCache):
    """A cache that notes what it was told to drop."""

    def __init__(self, redis: Any) -> None:
        super().__init__(redis, hours=1, likeness=0.75)
        self.told: list[tuple[str, str]] = []

    async def drop(
        self, tenant: TenantId, document_id: DocumentId, vectors: Any = None, *, audience: str | None = None
    ) -> int:
        self.told.append((tenant, document_id))
        return await super().drop(tenant, document_id, vectors, audience=audience)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A book over a database, the cache it tells, and the outbox it writes to."""

    book: FaqBook
    cache: Dropped
    outbox: Outbox

    async def told(self) -> list[str]:
        parcels = await self.outbox.oldest(STREAM, limit=100)
        return [str(parcel.body["data"]["status"]) for parcel in parcels]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
async def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shelf]:
    async def over(url: str) -> AsyncIterator[Shelf]:
        records = await Records.open(url)
        redis = FakeAsyncRedis()
        outbox, cache = Outbox(records, streams=[STREAM]), Dropped(redis)
        yield Shelf(book=FaqBook(records, outbox, cache), cache=cache, outbox=outbox)
        await redis.aclose()
        await records.close()

    if request.param == "sqlite":
        async for each in over(f"sqlite+aiosqlite:///{tmp_path / 'desk.sqlite'}"):
            yield each
    else:
        async with request.getfixturevalue("postgres").schema() as url:
            async for each in over(url):
                yield each


async def test_an_entry_comes_back_as_it_was_laid_down(shelf: Shelf) -> None:
    made = await shelf.book.add(ACME, RETURNS)
    assert await shelf.book.get(ACME, made.id) == made
    assert await shelf.book.list(ACME) == [made]
    assert {name: getattr(made, name) for name in FaqDraft.__dataclass_fields__} == {
        name: getattr(RETURNS, name) for name in FaqDraft.__dataclass_fields__
    }
    assert made.version == 1
    assert await shelf.told() == ["added"]


async def test_no_two_entries_of_a_tenant_ask_the_same(shelf: Shelf) -> None:
    await shelf.book.add(ACME, RETURNS)
    alarm = await shelf.book.add(ACME, ALARM)
    again = replace(RETURNS, question="how long can i return the lamp, please")
    with pytest.raises(Refused, match="asks the same"):
        await shelf.book.add(ACME, again)
    with pytest.raises(Refused, match="asks the same"):
        await shelf.book.replace(ACME, alarm.id, again)
    assert (await shelf.book.get(ACME, alarm.id)).answer == "4417."
    assert (await shelf.book.add(OTHER, RETURNS)).tenant == OTHER


async def test_new_wording_is_a_new_version_and_undoes_answers_of_the_old(shelf: Shelf) -> None:
    made = await shelf.book.add(ACME, RETURNS)
    newer = await shelf.book.replace(ACME, made.id, replace(RETURNS, answer="Sixty days.", variants=()))
    assert (newer.version, newer.answer, newer.variants) == (2, "Sixty days.", ())
    assert newer.created_at == made.created_at
    assert newer.updated_at >= made.updated_at
    await shelf.book.remove(ACME, made.id)
    assert await shelf.book.list(ACME) == []
    assert shelf.cache.told == [(ACME, made.source)] * 2
    assert await shelf.told() == ["added", "replaced", "removed"]


async def test_another_tenants_entries_are_out_of_reach(shelf: Shelf) -> None:
    made = await shelf.book.add(ACME, RETURNS)
    before = await shelf.book.state(ACME)
    for attempt in (
        shelf.book.get(OTHER, made.id),
        shelf.book.replace(OTHER, made.id, ALARM),
        shelf.book.remove(OTHER, made.id),
        shelf.book.get(ACME, FaqId("none")),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert await shelf.book.list(OTHER) == []
    taken = await shelf.book.take(OTHER, [replace(RETURNS, answer="Never.")])
    assert [each.fate for each in taken if isinstance(each, Taken)] == ["added"]
    assert await shelf.book.list(ACME) == [made]
    assert await shelf.book.state(ACME) == before
    assert {tenant for tenant, _ in shelf.cache.told} <= {OTHER}


async def test_an_audience_sees_its_own_entries(shelf: Shelf) -> None:
    made = await shelf.book.add(ACME, RETURNS)
    alarm = await shelf.book.add(ACME, ALARM)
    assert await shelf.book.list(ACME, {"public"}) == [made]
    assert await shelf.book.list(ACME, {"public", "staff"}) == [made, alarm]
    with pytest.raises(NotFound):
        await shelf.book.get(ACME, alarm.id, {"public"})


async def test_any_change_shows_in_the_state(shelf: Shelf) -> None:
    seen = [await shelf.book.state(ACME)]
    made = await shelf.book.add(ACME, RETURNS)
    seen.append(await shelf.book.state(ACME))
    await shelf.book.replace(ACME, made.id, replace(RETURNS, answer="Sixty days."))
    seen.append(await shelf.book.state(ACME))
    other = await shelf.book.add(ACME, ALARM)
    seen.append(await shelf.book.state(ACME))
    await shelf.book.remove(ACME, made.id)
    seen.append(await shelf.book.state(ACME))
    await shelf.book.remove(ACME, other.id)
    assert len(set(seen)) == len(seen)
    assert await shelf.book.state(ACME) == seen[0]


SHEET = """question,answer,variants
How long can I return a lamp?,Thirty days.,Until when?|Too late?
,An answer to nothing,
Do you wrap gifts?,Yes.,
do you wrap gifts,No.,
"""


async def test_a_sheet_is_taken_row_by_row_and_bad_rows_are_refused_by_number(shelf: Shelf) -> None:
    first = await import_sheet(shelf.book, ACME, SHEET.encode())
    assert [(row.number, row.status) for row in first.rows] == [
        (2, "added"),
        (3, "refused"),
        (4, "added"),
        (5, "refused"),
    ]
    assert "missing" in first.rows[1].reason
    assert "before it" in first.rows[3].reason
    again = await import_sheet(shelf.book, ACME, SHEET.replace("Yes.", "Of course.").encode())
    assert [row.status for row in again.rows] == ["unchanged", "refused", "replaced", "refused"]
    assert [(faq.answer, faq.version) for faq in await shelf.book.list(ACME)] == [
        ("Thirty days.", 1),
        ("Of course.", 2),
    ]


async def test_what_a_sheet_has_no_column_for_stays_as_it_was(shelf: Shelf) -> None:
    made = await shelf.book.add(ACME, RETURNS)
    await import_sheet(shelf.book, ACME, b"question,answer\nHow long can I return a lamp?,Sixty days.\n")
    (now,) = await shelf.book.list(ACME)
    assert (now.id, now.answer, now.variants, now.owner) == (made.id, "Sixty days.", made.variants, "Ann")
    clash = b"question,answer,valid_from\nHow long can I return a lamp?,Ever.,2027-01-01\n"
    (row,) = (await import_sheet(shelf.book, ACME, clash)).rows
    assert "never" in row.reason


async def test_two_imports_at_once_leave_one_whole_book(shelf: Shelf) -> None:
    ended: list[str] = []

    async def take(answer: str) -> None:
        drafts = [FaqDraft(question=f"What is rule {n}?", answer=f"{answer} {n}") for n in range(20)]
        with suppress(Unavailable):
            await shelf.book.take(ACME, drafts)
            ended.append(answer)

    async with anyio.create_task_group() as tasks:
        for answer in ("one", "two"):
            tasks.start_soon(take, answer)
    entries = await shelf.book.list(ACME)
    assert len(entries) == 20
    assert {faq.answer.split()[0] for faq in entries} <= set(ended)
    assert len({faq.answer.split()[0] for faq in entries}) == 1
