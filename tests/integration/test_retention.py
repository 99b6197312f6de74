"""Retention: what is old goes whole, what is young stays whole, and bytes go with their documents."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Table, func, select, update

from core.catalogue import Catalogue
from core.conversation import Conversation
from core.conversations import Conversations
from core.documents import Document, DocumentId
from core.encryption import Keyring
from core.feedback import Feedback, FeedbackBook
from core.files import Files
from core.messages import Address, Answer, AnswerId, Message, MessageId, Outcome
from core.outbox import Outbox
from core.records import Records, now
from core.reports import Reports
from core.retention import AT_ONCE, Retention
from core.schema import answers, conversations, feedback, messages, reports, tickets
from core.tenants import TenantId
from core.tickets import Tickets
from tests.services.postgres import PostgresServer

pytestmark = pytest.mark.anyio

ACME, BIT = TenantId("acme"), TenantId("bit")
DAYS = 30
SAID = (conversations, messages, answers, feedback, tickets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Records, files, and the retention that looks after them."""

    records: Records
    files: Files
    retention: Retention
    folder: Path

    async def counts(self) -> list[int]:
        """How many rows each table of what was said has."""
        return [await self.count(table) for table in SAID]

    async def count(self, table: Table) -> int:
        async with self.records.transaction() as connection:
            return int(await connection.scalar(select(func.count()).select_from(table)) or 0)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
async def kept(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Kept]:
    async with AsyncExitStack() as stack:
        url = f"sqlite+aiosqlite:///{tmp_path / 'desk.sqlite'}"
        if request.param == "postgresql":
            server: PostgresServer = request.getfixturevalue("postgres")
            url = await stack.enter_async_context(server.schema())
        records = await Records.open(url)
        stack.push_async_callback(records.close)
        keys = Keyring.open("", tmp_path / "files.key")
        files = await Files.open("", folder=tmp_path / "files", keys=keys)
        stack.push_async_callback(files.close)
        retention = Retention(records=records, files=files, days=DAYS)
        yield Kept(records=records, files=files, retention=retention, folder=tmp_path / "files")


async def talk(kept: Kept, name: str, *, tenant: TenantId = ACME) -> Conversation:
    """A conversation with all that can be in one."""
    outbox = Outbox(kept.records)
    book = Conversations(kept.records, outbox)
    conversation = await book.start(tenant, Address(channel="test"))
    message = Message(
        id=MessageId(name),
        tenant=tenant,
        conversation_id=conversation.id,
        text="Where is my parcel?",
        address=Address(channel="test"),
    )
    await book.remember(message)
    answer = Answer(
        id=AnswerId(f"{tenant}-{name}"),
        conversation_id=conversation.id,
        text="On its way.",
        outcome=Outcome.ANSWERED,
        confidence=0.9,
        route="documents",
        model="none",
    )
    await book.record(message, answer)
    await FeedbackBook(kept.records, outbox, book).record(
        Feedback(tenant=tenant, answer_id=answer.id, person="p", verdict="up")
    )
    whole = await book.get(tenant, conversation.id)
    await Tickets(kept.records, outbox).open(whole, None)
    return whole


async def age(kept: Kept, *tables: Table, days: int = DAYS + 1) -> None:
    async with kept.records.transaction() as connection:
        for table in tables:
            await connection.execute(update(table).values(created_at=now() - timedelta(days=days)))


async def test_an_old_conversation_goes_with_everything_in_it(kept: Kept) -> None:
    await talk(kept, "old")
    await talk(kept, "old", tenant=BIT)
    await age(kept, *SAID)
    young = await talk(kept, "young")
    assert (await kept.retention.run()).conversations == 2
    assert await kept.counts() == [1, 1, 1, 1, 1]
    assert (await Conversations(kept.records, Outbox(kept.records)).get(ACME, young.id)) == young
    assert (await kept.retention.run()).conversations == 0


@pytest.mark.parametrize("said_lately", [messages, answers, tickets], ids=lambda table: table.name)
async def test_a_conversation_with_a_late_word_stays_whole(kept: Kept, said_lately: Table) -> None:
    await talk(kept, "old")
    await age(kept, *(table for table in SAID if table is not said_lately))
    assert (await kept.retention.run()).conversations == 0
    assert await kept.counts() == [1, 1, 1, 1, 1]


async def test_without_days_nothing_that_was_said_goes(kept: Kept) -> None:
    await talk(kept, "old")
    await age(kept, *SAID, days=9999)
    await Retention(records=kept.records, files=kept.files, days=0).run()
    assert await kept.counts() == [1, 1, 1, 1, 1]


async def test_more_than_fits_one_transaction_goes_too(kept: Kept) -> None:
    book = Conversations(kept.records, Outbox(kept.records))
    for _ in range(AT_ONCE + 5):
        await book.start(ACME, Address(channel="test"))
    await age(kept, conversations)
    assert (await kept.retention.run()).conversations == AT_ONCE + 5


async def test_reports_go_when_they_are_old_or_quote_what_is(kept: Kept) -> None:
    book = Reports(kept.records)
    long_ago = (now() - timedelta(days=DAYS + 1)).isoformat()
    await book.add(ACME, "digest", {"oldest": long_ago})
    await book.add(ACME, "digest", {"oldest": now().isoformat()})
    await book.add(ACME, "evaluation", {"oldest": None})
    assert (await kept.retention.run()).reports == 1
    await age(kept, reports, days=91)
    last = await book.add(ACME, "evaluation", {})
    assert (await kept.retention.run()).reports == 2
    assert await book.list(ACME, "evaluation") == [last]


async def test_bytes_that_no_document_holds_go_once_they_are_a_day_old(kept: Kept) -> None:
    held, orphan, fresh = [await kept.files.put(ACME, word) for word in (b"held", b"orphan", b"fresh")]
    other = await kept.files.put(BIT, b"held")
    catalogue = Catalogue(kept.records, Outbox(kept.records))
    await catalogue.save([document(held)])
    yesterday = (now() - timedelta(days=1, minutes=1)).timestamp()
    for path in kept.folder.rglob("*"):
        if path.name in {held, orphan, other}:
            os.utime(path, (yesterday, yesterday))
    assert (await kept.retention.run()).files == 2
    assert await kept.files.exists(ACME, held)
    assert await kept.files.exists(ACME, fresh)
    assert not await kept.files.exists(ACME, orphan)
    assert not await kept.files.exists(BIT, other), "another tenant's document holds nothing of theirs"


def document(content_hash: str) -> Document:
    return Document(
        id=DocumentId("d"),
        tenant=ACME,
        name="d.txt",
        source="upload:d",
        media_type="text/plain",
        content_hash=content_hash,
        size_bytes=4,
        created_at=now(),
        updated_at=now(),
    )
