"""The tables of the database: made, brought from one version to the next, and found again."""

import asyncio
import logging
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, TextClause, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from core import migrations
from core.catalogue import Catalogue
from core.claims import Claims
from core.conversations import Conversations
from core.documents import DocumentId, DocumentStatus
from core.errors import Misconfigured, RecordsUnavailable
from core.feedback import FeedbackBook
from core.migrations import HEAD, VERSIONS
from core.outbox import JOBS, Outbox
from core.postgres import postgres_engine
from core.records import Records
from core.schema import metadata
from core.tenants import TenantId
from core.tickets import Tickets
from tests.services.postgres import PostgresServer

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
FIRST_DESK = ROOT / "tests/data/records/desk-0001.sql"
ACME = TenantId("acme")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The address of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'desk.sqlite'}"
    else:
        async with request.getfixturevalue("postgres").schema() as address:
            yield address


@pytest.fixture
def old_desk(tmp_path: Path) -> Path:
    """A desk of the first version, with rows in every table."""
    path = tmp_path / "desk.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(FIRST_DESK.read_text(encoding="utf-8"))
        database.execute("PRAGMA journal_mode = WAL")
    path.chmod(0o600)
    return path


def engine_for(url: str) -> AsyncEngine:
    is_sqlite = url.startswith("sqlite")
    return create_async_engine(url) if is_sqlite else postgres_engine(url, connections=1)


async def done(url: str, *steps: Callable[[Connection], Any]) -> list[Any]:
    """What each step gives over one connection."""
    engine = engine_for(url)
    try:
        async with engine.begin() as connection:
            return [await connection.run_sync(step) for step in steps]
    finally:
        await engine.dispose()


def shape(connection: Connection) -> dict[str, Any]:
    """All that a database tells of its tables."""
    told = inspect(connection)

    def plain(value: Any) -> Any:
        """A condition as its words; it has no equal as an object."""
        if isinstance(value, dict):
            return sorted((name, plain(one)) for name, one in value.items())
        return str(value) if isinstance(value, TextClause) else value

    def named(found: Any) -> list[str]:
        return sorted(repr(plain(dict(one))) for one in found)

    return {
        table: {
            "columns": [repr(sorted(dict(one).items(), key=str)) for one in told.get_columns(table)],
            "primary key": named([told.get_pk_constraint(table)]),
            "unique": named(told.get_unique_constraints(table)),
            "foreign keys": named(told.get_foreign_keys(table)),
            "indexes": named(told.get_indexes(table)),
        }
        for table in sorted(told.get_table_names())
    }


def drift(connection: Connection) -> list[Any]:
    """What Alembic would change to make the tables those of the program."""
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True}
    )
    return list(compare_metadata(context, metadata))


def rows_in(path: Path) -> dict[str, list[dict[str, Any]]]:
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        tables = [
            row[0]
            for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not row[0].startswith(("sqlite_", "alembic_"))
        ]
        return {
            table: sorted((dict(row) for row in database.execute(f"SELECT * FROM {table}")), key=str)
            for table in tables
        }


def in_a_process(code: str, *arguments: str, exits: int = 0) -> str:
    """What a program of its own prints."""
    prelude = "import asyncio, os, signal, sys\nfrom pathlib import Path\nfrom core.records import Records\n"
    shown = subprocess.run(
        [sys.executable, "-W", "error", "-c", prelude + code, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert shown.returncode == exits, shown.stderr
    return shown.stdout


OPEN = """
async def main():
    records = await Records.open(sys.argv[1])
    print((await records.check()).partition("schema ")[2][:4])
    await records.close()
asyncio.run(main())
"""


async def test_the_versions_are_those_that_lie_in_the_folder() -> None:
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert tuple(step.revision for step in reversed(list(script.walk_revisions()))) == VERSIONS


async def test_a_new_database_is_what_the_migrations_make(url: str) -> None:
    records = await Records.open(url)
    await records.close()
    made, version, differs = await done(url, shape, migrations.version_of, drift)
    assert version == HEAD
    assert differs == []
    engine = engine_for(url)
    async with engine.begin() as connection:
        for table in ("alembic_version", *made):
            cascade = "" if url.startswith("sqlite") else "CASCADE"
            await connection.execute(text(f"DROP TABLE IF EXISTS {table} {cascade}"))
    await engine.dispose()
    for to in VERSIONS:
        _, version = await done(
            url, lambda connection, to=to: migrations.upgrade(connection, to=to), migrations.version_of
        )
        assert version == to
    migrated, differs = await done(url, shape, drift)
    assert differs == []
    assert migrated == made


async def test_the_first_version_is_the_schema_of_the_first_desks(old_desk: Path, tmp_path: Path) -> None:
    first = f"sqlite+aiosqlite:///{tmp_path / 'migrated.sqlite'}"
    await done(first, lambda connection: migrations.upgrade(connection, to="0001"))
    (migrated,) = await done(first, shape)
    (made,) = await done(f"sqlite+aiosqlite:///{old_desk}", shape)
    del migrated["alembic_version"]
    assert migrated == made


async def test_a_desk_of_the_first_version_is_upgraded_without_loss(
    old_desk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = rows_in(old_desk)
    assert all(before.values())
    caplog.set_level(logging.INFO)
    records = await Records.open_file(old_desk)
    outbox = Outbox(records)
    conversations = Conversations(records, outbox)
    assert (await Catalogue(records, outbox).newest_text(DocumentId("returns")))[1].startswith("Refunds")
    assert await FeedbackBook(records, outbox, conversations).counts(ACME) == {
        "unsure": 1,
        "answered": 1,
        "up": 1,
        "down": 1,
    }
    (ticket,) = await Tickets(records, outbox).list(ACME)
    whole = await conversations.get(ACME, ticket.conversation_id)
    assert [bool(one.answer) for one in whole.exchanges] == [True, True, False]
    assert "records_upgraded" in caplog.messages
    # Readers used to look for queued documents by themselves; now a job brings them.
    jobs = await outbox.oldest(JOBS, limit=10)
    assert sorted((job.name, job.body["tenant"]) for job in jobs) == [
        ("ingest", "acme"),
        ("ingest", "bistro"),
    ]
    claims = Claims(records, outbox)
    assert await claims.owners() == {"gone:1:2.00"}
    (menu,) = await claims.claim("me", limit=5)
    assert (menu.id, menu.labels, menu.status) == ("menu", {"ü"}, DocumentStatus.READING)
    await claims.release("me", most_attempts=5, is_their_fault=False)
    await records.close()
    after = rows_in(old_desk)
    for table, rows in before.items():
        kept = [{name: row[name] for name in rows[0]} for row in after[table]]
        assert sorted(kept, key=str) == rows
    with closing(sqlite3.connect(old_desk)) as database:
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_an_upgraded_desk_has_the_tables_of_a_new_one(old_desk: Path, tmp_path: Path) -> None:
    for path in (old_desk, tmp_path / "new.sqlite"):
        records = await Records.open_file(path)
        await records.close()
    upgraded, differs = await done(f"sqlite+aiosqlite:///{old_desk}", shape, drift)
    (new,) = await done(f"sqlite+aiosqlite:///{tmp_path / 'new.sqlite'}", shape)
    assert differs == []
    assert upgraded == new


async def test_a_copy_from_before_the_upgrade_stays_beside_the_file(old_desk: Path) -> None:
    before = rows_in(old_desk)
    for _ in range(2):
        records = await Records.open_file(old_desk)
        await records.close()
    copy = old_desk.with_name(f"desk.sqlite.before-{HEAD}")
    assert rows_in(copy) == before
    assert copy.stat().st_mode & 0o777 == 0o600
    assert not list(old_desk.parent.glob("*.part"))


async def test_processes_that_open_an_old_desk_at_once_upgrade_it_once(old_desk: Path) -> None:
    before = rows_in(old_desk)
    url = f"sqlite+aiosqlite:///{old_desk}"
    shown = await asyncio.gather(*[asyncio.to_thread(in_a_process, OPEN, url) for _ in range(4)])
    assert shown == [f"{HEAD}\n"] * 4
    after = rows_in(old_desk)
    assert {table: len(rows) for table, rows in before.items()} == {
        table: len(after[table]) for table in before
    }
    assert len(after["outbox"]) == 2


async def test_processes_that_open_a_new_desk_at_once_make_it_once(url: str) -> None:
    shown = await asyncio.gather(*[asyncio.to_thread(in_a_process, OPEN, url) for _ in range(4)])
    assert shown == [f"{HEAD}\n"] * 4
    assert (await done(url, drift)) == [[]]


async def test_an_upgrade_that_is_killed_half_way_is_made_again(old_desk: Path) -> None:
    before = rows_in(old_desk)
    killed = """
import core.records
def cut_off(connection, change=core.records.upgrade):
    change(connection)
    os.kill(os.getpid(), signal.SIGKILL)
core.records.upgrade = cut_off
asyncio.run(Records.open(sys.argv[1]))
"""
    url = f"sqlite+aiosqlite:///{old_desk}"
    in_a_process(killed, url, exits=-signal.SIGKILL)
    assert rows_in(old_desk) == before
    assert in_a_process(OPEN, url) == f"{HEAD}\n"
    assert len(rows_in(old_desk)["answers"]) == len(before["answers"])


async def test_a_disk_that_has_no_room_for_the_copy_leaves_the_desk_as_it_was(
    old_desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows_in(old_desk)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copymode", full)
    with pytest.raises(RecordsUnavailable, match="No space left"):
        await Records.open_file(old_desk)
    assert rows_in(old_desk) == before


async def test_a_desk_of_a_newer_program_is_refused(url: str) -> None:
    records = await Records.open(url)
    async with records.transaction() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '0099'"))
    with pytest.raises(RecordsUnavailable, match="newer"):
        await records.check()
    await records.close()
    for upgrade in (False, True):
        with pytest.raises(Misconfigured, match="0099, which is newer than this program's"):
            await Records.open(url, upgrade=upgrade)


@pytest.mark.service
async def test_an_older_postgresql_is_upgraded_where_that_is_asked_for(postgres: PostgresServer) -> None:
    async with postgres.schema() as url:
        await done(url, lambda connection: migrations.upgrade(connection, to="0001"))
        engine = engine_for(url)
        async with engine.begin() as connection:
            await connection.execute(
                text("INSERT INTO conversations VALUES ('c', 'acme', :address, now())"),
                {"address": '{"channel": "web"}'},
            )
        await engine.dispose()
        with pytest.raises(Misconfigured, match="run `frontdesk migrate`"):
            await Records.open(url)
        opened = await asyncio.gather(*[Records.open(url, upgrade=True) for _ in range(3)])
        conversation = await Conversations(opened[0], Outbox(opened[0])).get(ACME, "c")
        assert conversation.address.channel == "web"
        async with AsyncExitStack() as stack:
            for records in opened:
                stack.push_async_callback(records.close)
        assert (await done(url, drift)) == [[]]


async def test_another_programs_tables_are_left_alone(url: str) -> None:
    engine = engine_for(url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE documents (id INTEGER)"))
    for upgrade in (False, True):
        with pytest.raises(Misconfigured, match="another program's"):
            await Records.open(url, upgrade=upgrade)
    async with engine.begin() as connection:
        assert await connection.run_sync(lambda found: inspect(found).get_table_names()) == ["documents"]
    await engine.dispose()


async def test_tables_beside_the_desks_own_are_left_alone(url: str) -> None:
    engine = engine_for(url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE invoices (id INTEGER)"))
    await engine.dispose()
    records = await Records.open(url)
    assert f"schema {HEAD}" in await records.check()
    await records.close()


async def test_opening_a_desk_that_is_up_to_date_loads_no_alembic(tmp_path: Path) -> None:
    code = OPEN + "print([name for name in sys.modules if name.split('.')[0] in ('alembic', 'asyncpg')])\n"
    url = f"sqlite+aiosqlite:///{tmp_path / 'desk.sqlite'}"
    for _ in ("made", "found"):
        assert in_a_process(code, url) == f"{HEAD}\n[]\n"


async def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "desk.sqlite"
    path.write_bytes(b"not a database " * 1000)
    with pytest.raises(RecordsUnavailable, match="not a database"):
        await Records.open_file(path)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    tmp_path.chmod(0o500)
    with pytest.raises(RecordsUnavailable, match="unable to open"):
        asyncio.run(Records.open_file(tmp_path / "desk.sqlite"))
    tmp_path.chmod(0o700)


async def test_a_check_tells_what_database_it_is(tmp_path: Path) -> None:
    records = await Records.open_file(tmp_path / "desk.sqlite")
    assert (await records.check()).startswith(f"SQLite {sqlite3.sqlite_version}, schema {HEAD}, a round trip")
    async with records.transaction() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(RecordsUnavailable, match="frontdesk migrate"):
        await records.check()
    await records.close()
