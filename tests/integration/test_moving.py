"""A desk's records brought to another database: whole, once, and again after every way to be cut off."""

import asyncio
import itertools
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update

from core import moving
from core.catalogue import Catalogue
from core.claims import Claims
from core.conversations import Conversations
from core.documents import Document, DocumentId
from core.errors import RecordsUnavailable
from core.feedback import Feedback, FeedbackBook
from core.jobs import Job
from core.messages import Address, Answer, AnswerId, Message, MessageId, Outcome
from core.moving import TABLES, Copied, copy_records
from core.outbox import JOBS, Outbox
from core.records import Records, now
from core.schema import (
    approvals,
    conversations,
    deliveries,
    documents,
    leases,
    metadata,
    outbox,
    staff_messages,
    texts,
    ticket_notes,
    tickets,
)
from core.tenants import TenantId
from core.tickets import Tickets
from tests.services.postgres import PostgresServer, postgres_server

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
FIRST_DESK = ROOT / "tests/data/records/desk-0001.sql"
ACME = TenantId("acme")
Rows = dict[str, list[tuple[Any, ...]]]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
async def target_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'target.sqlite'}"
    else:
        async with request.getfixturevalue("postgres").schema() as address:
            yield address


@pytest.fixture
async def target(target_url: str) -> AsyncIterator[Records]:
    records = await Records.open(target_url)
    yield records
    await records.close()


@pytest.fixture
def source_path(tmp_path: Path) -> Path:
    """A desk with rows in every table."""
    path = tmp_path / "desk.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(FIRST_DESK.read_text(encoding="utf-8"))
    return path


@pytest.fixture
async def source(source_path: Path) -> AsyncIterator[Records]:
    records = await Records.open_file(source_path)
    both = Outbox(records, streams=["redis", "kafka"])
    await talk(records, both, "first")
    await both.lease("relay:redis", "me", for_s=60)
    async with records.transaction() as connection:
        await connection.execute(
            metadata.tables["reports"]
            .insert()
            .values(id="r", tenant=ACME, kind="digest", body={"up": 3, "at": [1.5, None]}, created_at=now())
        )
        (ticket,) = await connection.execute(select(tickets).limit(1))
        own = {"tenant": ACME, "ticket_id": ticket.id, "created_at": now()}
        await connection.execute(
            staff_messages.insert().values(
                id="m", conversation_id=ticket.conversation_id, author="key:Ann", name="Ann", text="Hi", **own
            )
        )
        waits = dict.fromkeys(("id", "tool", "title", "shown", "key", "language", "state"), "a")
        own_wish = {"tenant": ACME, "ticket_id": ticket.id, "conversation_id": ticket.conversation_id}
        await connection.execute(
            approvals.insert().values(**waits, **own_wish, arguments={}, asked_at=now(), updated_at=now())
        )
        await connection.execute(ticket_notes.insert().values(id="n", author="key:Ann", text="Hi", **own))
        for name, row in _rows_of_people(ticket.conversation_id).items():
            await connection.execute(metadata.tables[name].insert().values(tenant=ACME, **row))
        thread = {"team": "T1", "channel": "C1", "thread": "1.2"}
        await connection.execute(metadata.tables["ticket_threads"].insert().values(**thread, **own))
        await connection.execute(
            deliveries.insert().values(id="d", way="webhook", body={"text": "Hi"}, next_at=now(), **own)
        )
    yield records
    await records.close()


def _rows_of_people(conversation_id: str) -> dict[str, dict[str, Any]]:
    """A row of each table about what customers are, what they are told, and what they want done."""
    moment = now()
    return {
        "customers": {
            "id": "c",
            "phone_verified": False,
            "facts": {},
            "created_at": moment,
            "updated_at": moment,
        },
        "faqs": {
            "id": "f",
            "question": "?",
            "asks": "?",
            "variants": ["??"],
            "answer": "!",
            "audience": "public",
            "version": 1,
            "created_at": moment,
            "updated_at": moment,
        },
        "dialogues": {
            "conversation_id": conversation_id,
            "body": {"frames": [], "facts": {"email": "ann@example.com"}},
            "updated_at": moment,
        },
        "judgements": {
            "answer_id": "answer first",
            "verdict": "right",
            "person": "key:Ann",
            "created_at": moment,
            "updated_at": moment,
        },
        "personas": {"version": 1, "body": {"name": "Juno"}, "saved_by": "key:Ann", "created_at": moment},
        "utterances": {"id": "u", "text": "yo", "says": "yo", "label": "greeting", "created_at": moment},
        **_rows_of_doors(conversation_id),
        **_rows_of_calls(conversation_id),
        "tool_calls": {
            "key": "k",
            "conversation_id": conversation_id,
            "tool": "order_status",
            "effect": "reads",
            "arguments": {"order": "#L1"},
            "state": "done",
            "began_at": moment,
        },
    }


def _rows_of_doors(conversation_id: str) -> dict[str, dict[str, Any]]:
    """A row of each table about what comes and goes through Slack and text messages."""
    moment = now()
    queued = {
        "channel": "sms",
        "line": "sms|a|b|",
        "state": "waiting",
        "created_at": moment,
        "next_at": moment,
    }
    body = {"kind": "message", "body": {"text": "Hi"}}
    return {
        "inbox": {"id": "sms:SM1", "body": body, **queued},
        "outbound": {
            "id": "answer:1",
            "conversation_id": conversation_id,
            "address": {"channel": "sms"},
            "body": body,
            "updated_at": moment,
            **queued,
        },
        "lines": {
            "line": "sms|a|b|",
            "conversation_id": conversation_id,
            "state": {"page": 2},
            "created_at": moment,
            "touched_at": moment,
        },
        "consents": {
            "id": "o",
            "channel": "sms",
            "account": "a",
            "person": "b",
            "is_given": True,
            "how": "message",
            "created_at": moment,
        },
        "slack_workspaces": {
            "team": "T1",
            "name": "Acme",
            "bot_token": "sealed",
            "bot_user": "U1",
            "installed_by": "U2",
            "scopes": "chat:write",
            "staff_channel": "",
            "created_at": moment,
            "updated_at": moment,
        },
        "slack_channels": {
            "team": "T1",
            "channel": "C1",
            "answers": "always",
            "audience": "public",
            "saved_by": "U2",
            "updated_at": moment,
        },
    }


def _rows_of_calls(conversation_id: str) -> dict[str, dict[str, Any]]:
    """A row of each table about telephone calls."""
    moment = now()
    said = {"call_id": "CA1", "talk": 1, "n": 1, "at_s": 0.5, "created_at": moment}
    return {
        "calls": {
            "id": "CA1",
            "conversation_id": conversation_id,
            "caller": "+15005550177",
            "called": "+15005550100",
            "language": "en",
            "state": "completed",
            "talks": [{"id": "1"}],
            "created_at": moment,
            "touched_at": moment,
        },
        "call_lines": {"who": "caller", "text": "Hi", "language": "en", "kind": "speech", **said},
        "call_turns": {
            "question_id": "q",
            "latencies": {"send": 1.5},
            "had_filler": False,
            "was_interrupted": True,
            **said,
        },
        "call_sounds": {
            "id": "RE1",
            "call_id": "CA1",
            "kind": "voicemail",
            "content_hash": "0" * 64,
            "media_type": "audio/wav",
            "size_bytes": 9,
            "seconds": 1.0,
            "created_at": moment,
        },
    }


def nothing(table: str, done: int, total: int) -> None:
    assert 0 <= done <= total, table


async def talk(records: Records, outbox: Outbox, id: str) -> None:
    conversations = Conversations(records, outbox)
    conversation = await conversations.start(ACME, Address(channel="web"))
    said = Message(
        id=MessageId(id), tenant=ACME, conversation_id=conversation.id, text="?", address=conversation.address
    )
    await conversations.remember(said)
    given = Answer(
        id=AnswerId(f"answer {id}"),
        conversation_id=conversation.id,
        text="!",
        outcome=Outcome.UNSURE,
        confidence=0.1,
        route="small",
        model="extractive",
    )
    await conversations.record(said, given)


async def rows_of(records: Records, *leaving_out: str) -> Rows:
    """Every row there is, parcels without their numbers."""
    async with records.transaction() as connection:
        rows: Rows = {}
        for table in metadata.sorted_tables:
            if table.name not in leaving_out:
                columns = [
                    column for column in table.columns if not (table is outbox and column.name == "id")
                ]
                found = await connection.execute(select(*columns))
                rows[table.name] = sorted((tuple(row) for row in found), key=str)
        return rows


async def test_every_row_arrives_and_leases_stay(source: Records, target: Records) -> None:
    told: list[tuple[str, int, int]] = []
    copied = await copy_records(source, target, lambda *done: told.append(done))
    assert await rows_of(target, "leases") == await rows_of(source, "leases")
    async with target.transaction() as connection:
        assert (await connection.execute(select(leases))).all() == []
    assert list(copied) == [table.name for table in (*TABLES, outbox)]
    assert copied["documents"] == Copied(found=4, written=4, already=0)
    assert copied["outbox"] == Copied(found=6, written=6, already=0)
    assert all(one.found == one.written > 0 for one in copied.values())
    assert [(table, done) for table, done, total in told if done == total] == [
        (name, one.found) for name, one in copied.items()
    ]


async def test_the_target_works_as_the_source_did(source: Records, target: Records) -> None:
    await copy_records(source, target, nothing)
    before, after = Outbox(source), Outbox(target)
    for records, its in ((source, before), (target, after)):
        await its.submit(Job(name="evaluate", tenant=ACME))
        assert [job.name for job in await its.oldest(JOBS, limit=9)] == ["ingest", "ingest", "evaluate"]
        talks = Conversations(records, its)
        assert await FeedbackBook(records, its, talks).counts(ACME) == {
            "unsure": 2,
            "answered": 1,
            "up": 1,
            "down": 1,
        }
        (ticket,) = await Tickets(records, its).list(ACME)
        assert (await talks.get(ACME, ticket.conversation_id)).exchanges[0].answer is not None
        (menu,) = await Claims(records, its).claim("me", limit=1)
        assert menu.id == "menu"


async def test_a_second_move_changes_nothing(source: Records, target: Records) -> None:
    await copy_records(source, target, nothing)
    before = await rows_of(target)
    copied = await copy_records(source, target, nothing)
    assert {
        name: (one.written, one.already - one.found, one.extra) for name, one in copied.items()
    } == dict.fromkeys(copied, (0, 0, 0))
    assert await rows_of(target) == before


async def test_what_has_changed_since_is_written_anew(source: Records, target: Records) -> None:
    await copy_records(source, target, nothing)
    its = Outbox(source, streams=["redis"])
    catalogue = Catalogue(source, its)
    returns = await catalogue.get(ACME, DocumentId("returns"))
    newer = replace(returns, version=2, name="new name", audience="staff", updated_at=now())
    await catalogue.save([newer])
    await catalogue.forget_text(newer.id)
    talks = Conversations(source, its)
    await FeedbackBook(source, its, talks).record(
        Feedback(tenant=ACME, answer_id=AnswerId("acme-answer-0"), person="ann", verdict="down")
    )
    await talk(source, its, "second")
    copied = await copy_records(source, target, nothing)
    assert (copied["documents"].written, copied["feedback"].written, copied["answers"].written) == (1, 1, 1)
    assert copied["texts"] == Copied(found=0, written=0, already=0)
    assert await rows_of(target, "leases", "outbox") == await rows_of(source, "leases", "outbox")


async def test_a_newer_document_of_the_target_stays_with_its_text(source: Records, target: Records) -> None:
    await copy_records(source, target, nothing)
    theirs = Catalogue(target, Outbox(target))
    newer = replace(await theirs.get(ACME, DocumentId("returns")), version=2, updated_at=now())
    await theirs.save([newer])
    await theirs.forget_text(newer.id)
    copied = await copy_records(source, target, nothing)
    assert (await theirs.get(ACME, DocumentId("returns"))).version == 2
    assert copied["texts"] == Copied(found=1, written=0, already=1)
    async with target.transaction() as connection:
        assert (await connection.execute(select(texts))).all() == []


async def test_what_the_target_has_besides_is_told_and_goes_only_when_asked(
    source: Records, target: Records
) -> None:
    await copy_records(source, target, nothing)
    await Catalogue(source, Outbox(source)).remove(ACME, DocumentId("returns"))
    await talk(target, Outbox(target), "theirs")
    copied = await copy_records(source, target, nothing)
    assert {name: one.extra for name, one in copied.items() if one.extra} == {
        "documents": 1,
        "texts": 1,
        "conversations": 1,
        "messages": 1,
        "answers": 1,
    }
    await copy_records(source, target, nothing, exactly=True)
    assert await rows_of(target, "leases", "outbox") == await rows_of(source, "leases", "outbox")


async def test_a_row_that_clashes_is_told_and_holds_up_no_other(source: Records, target: Records) -> None:
    theirs = Catalogue(target, Outbox(target))
    mine = await Catalogue(source, Outbox(source)).get(ACME, DocumentId("returns"))
    await theirs.save([replace(mine, id=DocumentId("theirs"))])
    copied = await copy_records(source, target, nothing)
    assert copied["documents"] == Copied(found=4, written=3, already=0, clashing=1, extra=1)
    assert copied["texts"] == Copied(found=1, written=0, already=0, clashing=1)
    assert copied["answers"].written == copied["answers"].found


async def test_parcels_of_the_target_keep_their_place(source: Records, target: Records) -> None:
    theirs = Outbox(target)
    await theirs.submit(Job(name="evaluate", tenant=ACME))
    for _ in range(2):
        await copy_records(source, target, nothing)
    assert [job.name for job in await theirs.oldest(JOBS, limit=9)] == ["evaluate", "ingest", "ingest"]
    assert await theirs.waiting() == {JOBS: 3, "redis": 2, "kafka": 2}
    questions = [one.name for one in await theirs.oldest("redis", limit=9)]
    assert questions == ["question", "answer"]


async def test_a_desk_that_works_meanwhile_is_copied_as_it_was_at_one_moment(
    source: Records, target: Records
) -> None:
    is_over, is_busy = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        turns = itertools.count()
        while not is_over.is_set():
            await talk(source, Outbox(source, streams=["redis"]), f"meanwhile {next(turns)}")
            is_busy.set()

    working = asyncio.create_task(work())
    await is_busy.wait()
    moment: Rows = {}
    try:
        copied = await copy_records(source, target, nothing)
        moment = await rows_of(target, "leases")
    finally:
        is_over.set()
        await working
    assert copied["messages"].found == len(moment["messages"])
    asked, given = (sum("meanwhile" in str(row) for row in moment[name]) for name in ("messages", "answers"))
    told = [row for row in moment["outbox"] if "meanwhile" in str(row)]
    assert asked - given in (0, 1)
    assert len(told) == asked + given > 0
    await copy_records(source, target, nothing)
    assert await rows_of(target, "leases") == await rows_of(source, "leases")


async def test_many_rows_and_long_texts_come_in_pages(
    source: Records, target: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "PAGE_ROWS", 16)
    monkeypatch.setattr(moving, "PAGE_CHARACTERS", 3000)
    moment = now()
    many = [
        Document(
            id=DocumentId(f"é{number}"),
            tenant=ACME,
            name="n",
            source=f"s{number}",
            media_type="text/plain",
            content_hash="h",
            size_bytes=1,
            created_at=moment,
            updated_at=moment,
        )
        for number in range(100)
    ]
    catalogue = Catalogue(source, Outbox(source))
    await catalogue.save(many)
    await catalogue.finish([(document, "long " * 200) for document in many])
    steps: list[int] = []

    def progress(table: str, done: int, total: int) -> None:
        if table == "texts":
            steps.append(done)

    await copy_records(source, target, progress)
    assert len(steps) > 100 / 16
    assert steps == sorted(steps)
    assert await rows_of(target, "leases") == await rows_of(source, "leases")
    async with source.transaction() as connection:
        await connection.execute(delete(documents).where(documents.c.source.like("s%")))
        await connection.execute(update(documents).values(created_at=moment - timedelta(days=1)))
    copied = await copy_records(source, target, nothing, exactly=True)
    assert copied["documents"] == Copied(found=4, written=4, already=0, extra=100)
    assert await rows_of(target, "leases", "outbox") == await rows_of(source, "leases", "outbox")


async def test_characters_that_an_old_desk_kept_arrive_as_one_that_says_so(
    source: Records, source_path: Path, target: Records
) -> None:
    with closing(sqlite3.connect(source_path)) as database, database:
        database.execute("UPDATE messages SET text = 'a' || char(0) || 'b' WHERE tenant = 'bistro'")
        database.execute("""UPDATE answers SET body = json_set(body, '$.text', 'a' || char(0) || 'b')""")
    for _ in range(2):
        copied = await copy_records(source, target, nothing)
    assert copied["messages"].written == copied["answers"].written == 0
    async with target.transaction() as connection:
        found = await connection.scalars(text("SELECT text FROM messages WHERE tenant = 'bistro'"))
        assert list(found) == ["a\ufffdb"]


KILLED = """
import asyncio, os, signal, sys
from core import moving
from core.records import Records

moving.PAGE_ROWS = 4
left = int(sys.argv[3])

def progress(table, done, total):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    source, target = await Records.open(sys.argv[1]), await Records.open(sys.argv[2])
    await moving.copy_records(source, target, progress)
    await source.close()
    await target.close()

asyncio.run(main())
"""


async def test_a_move_killed_anywhere_and_begun_again_is_whole(
    source: Records, source_path: Path, target: Records, target_url: str
) -> None:
    for number in range(12):
        await talk(source, Outbox(source, streams=["redis"]), f"turn {number}")
    expected = await rows_of(source, "leases")
    for steps in (3, 14, 19, 24):
        command = [sys.executable, "-c", KILLED, f"sqlite+aiosqlite:///{source_path}", target_url, str(steps)]
        ended = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, check=False, timeout=60)
        assert ended.returncode == -signal.SIGKILL
        assert await rows_of(target, "leases") != expected
    copied = await copy_records(source, target, nothing)
    assert copied["conversations"].already > 0
    assert await rows_of(target, "leases") == expected
    assert await rows_of(source, "leases") == expected


@pytest.mark.service
async def test_a_target_that_dies_half_way_is_told_and_the_move_begun_again(source: Records) -> None:
    with postgres_server(durable=True) as server:
        async with server.database() as url, AsyncExitStack() as stack:
            target = await Records.open(url)
            stack.push_async_callback(target.close)

            def cut(table: str, done: int, total: int) -> None:
                if table == tickets.name and done == 0:
                    server.kill()

            with pytest.raises(RecordsUnavailable):
                await copy_records(source, target, cut)
            server.start()
            copied = await copy_records(source, target, nothing)
            assert copied[conversations.name].already == copied[conversations.name].found
            assert copied["tickets"].written == copied["tickets"].found
            assert await rows_of(target, "leases") == await rows_of(source, "leases")


@pytest.mark.service
async def test_the_way_back_works_too(source: Records, postgres: PostgresServer, tmp_path: Path) -> None:
    async with postgres.schema() as url, AsyncExitStack() as stack:
        away = await Records.open(url)
        back = await Records.open_file(tmp_path / "back.sqlite")
        for records in (away, back):
            stack.push_async_callback(records.close)
        await copy_records(source, away, nothing)
        await copy_records(away, back, nothing)
        assert await rows_of(back, "leases") == await rows_of(source, "leases")
