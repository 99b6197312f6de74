"""The records on a real PostgreSQL: how it is reached, and what happens when it goes and comes back."""

import asyncio
import logging
import sys
import traceback
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from sqlalchemy import func, select, text

import core.postgres
from core.claims import Claims
from core.conversation import Conversation
from core.conversations import Conversations
from core.errors import Misconfigured, Overtaken, RecordsUnavailable
from core.messages import Address, Answer, AnswerId, Message, MessageId, Outcome
from core.migrations import HEAD
from core.outbox import Outbox
from core.postgres import postgres_engine
from core.records import Records
from core.schema import answers, messages, outbox
from core.tenants import TenantId
from tests.services.postgres import PASSWORD, PostgresServer, postgres_server

pytestmark = [pytest.mark.anyio, pytest.mark.service]

ACME = TenantId("acme")


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server(durable=True) as running:
        yield running


@pytest.fixture(autouse=True)
def secret_stays_secret(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No test here may bring the password into a log."""
    caplog.set_level(logging.DEBUG)
    yield
    for form in (PASSWORD, quote(PASSWORD, safe=""), "wrong-one"):
        assert form not in caplog.text


async def works(records: Records) -> bool:
    async with records.transaction() as connection:
        return bool(await connection.scalar(text("SELECT true")))


def message(conversation: Conversation, id: str) -> Message:
    return Message(
        id=MessageId(id),
        tenant=ACME,
        conversation_id=conversation.id,
        text="Where is my parcel?",
        address=conversation.address,
    )


def answer(conversation: Conversation, id: str) -> Answer:
    return Answer(
        id=AnswerId(id),
        conversation_id=conversation.id,
        text="On its way.",
        outcome=Outcome.ANSWERED,
        confidence=0.5,
        route="small",
        model="extractive",
    )


# The way in


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg"])
async def test_every_way_to_write_the_scheme_is_taken(server: PostgresServer, scheme: str) -> None:
    async with server.database() as url:
        records = await Records.open(f"{scheme}://{url.partition('://')[2]}?sslmode=prefer")
        assert "PostgreSQL" in await records.check()
        await records.close()


async def test_what_the_address_asks_of_the_session_holds(server: PostgresServer) -> None:
    async with server.database() as url:
        records = await Records.open(f"{url}?statement_timeout=1234ms&application_name=mine")
        async with records.transaction() as connection:
            assert await connection.scalar(text("SHOW statement_timeout")) == "1234ms"
            assert await connection.scalar(text("SHOW application_name")) == "mine"
            assert await connection.scalar(text("SHOW jit")) == "off"
        await records.close()


async def test_an_address_that_leads_nowhere_is_told_at_once_and_without_its_secret(
    server: PostgresServer,
) -> None:
    wrong = {
        server.url("postgres", password="wrong-one"): "password authentication failed",  # noqa: S106
        server.url("postgres", user="nobody"): "authentication failed",
        server.url("nowhere"): 'database "nowhere" does not exist',
        server.url("postgres") + "?sslmode=perhaps": "can't be read",
        f"postgresql://postgres:{PASSWORD}@127.0.0.1:{server.port}/postgres": "can't be read",
        f"postgresql://postgres:[wrong-one@127.0.0.1:{server.port}/postgres": "can't be read",
        "postgresql://postgres:wrong-one@127.0.0.1:port/postgres": "can't be read",
        "mysql://postgres:wrong-one@127.0.0.1/postgres": "begins with 'mysql'",
        "wrong-one": "takes postgresql://",
    }
    for url, says in wrong.items():
        with pytest.raises(Misconfigured, match=says) as raised:
            await Records.open(url)
        whole = "".join(traceback.format_exception(raised.value))
        assert PASSWORD not in whole
        assert quote(PASSWORD, safe="") not in whole
        assert "wrong-one" not in whole or url == "wrong-one"


async def test_a_missing_driver_is_told_with_the_way_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(Misconfigured, match=r"pip install 'frontdesk\[postgres\]'"):
        await Records.open("postgresql://desk@127.0.0.1/desk")


async def test_a_database_that_lacks_most_letters_is_refused(server: PostgresServer) -> None:
    latin = "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    async with server.database(options=latin) as url:
        with pytest.raises(Misconfigured, match="LATIN1"):
            await Records.open(url)


async def test_a_user_who_may_make_no_tables_is_told_what_to_grant(server: PostgresServer) -> None:
    async with server.database() as url:
        database = url.rpartition("/")[2]
        await server.do("CREATE ROLE reader LOGIN PASSWORD 'weak'")
        try:
            with pytest.raises(Misconfigured, match="GRANT CREATE"):
                await Records.open(server.url(database, user="reader", password="weak"))  # noqa: S106
        finally:
            await server.do("DROP ROLE reader")


# In each other's way


async def test_two_that_wait_for_each_other_are_parted(server: PostgresServer) -> None:
    async with server.database() as url:
        records = await Records.open(url)
        conversations = Conversations(records, Outbox(records))
        both = [await conversations.start(ACME, Address(channel=name)) for name in ("one", "two")]
        lock = text("SELECT 1 FROM conversations WHERE id = :id FOR UPDATE")
        met = asyncio.Barrier(2)

        async def take(first: Conversation, second: Conversation) -> None:
            async with records.transaction() as connection:
                await connection.execute(lock, {"id": first.id})
                await met.wait()
                await connection.execute(lock, {"id": second.id})

        done = await asyncio.gather(take(*both), take(*reversed(both)), return_exceptions=True)
        assert sorted(type(one) for one in done if one) == [Overtaken]
        await records.close()


async def test_a_wait_for_a_connection_ends(server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core.postgres, "POOL_S", 0.2)
    async with server.database() as url:
        records = await Records.open(url, connections=1)
        async with records.transaction():
            with pytest.raises(RecordsUnavailable, match="FRONTDESK_RECORDS__CONNECTIONS"):
                await works(records)
        assert await works(records)
        await records.close()


async def test_a_process_opens_no_more_connections_than_it_may(server: PostgresServer) -> None:
    async with server.database() as url:
        records = await Records.open(url, connections=3)

        async def busy() -> None:
            async with records.transaction() as connection:
                await connection.execute(text("SELECT pg_sleep(0.02)"))

        count = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        turns = [asyncio.create_task(busy()) for _ in range(30)]
        await asyncio.sleep(0.05)
        async with records.transaction() as connection:
            assert await connection.scalar(count) == 3
        await asyncio.gather(*turns)
        await records.close()


async def test_a_statement_that_takes_too_long_is_ended(server: PostgresServer) -> None:
    async with server.database() as url:
        records = Records(postgres_engine(url, connections=1, statement_s=0.2))
        with pytest.raises(RecordsUnavailable, match="statement timeout"):
            async with records.transaction() as connection:
                await connection.execute(text("SELECT pg_sleep(30)"))
        assert await works(records)
        await records.close()


# Outages


async def test_a_database_that_is_away_at_the_start_is_found_when_it_comes() -> None:
    with postgres_server() as server:
        server.stop()
        records = await Records.open(server.url("postgres"))
        for _ in range(2):
            with pytest.raises(RecordsUnavailable, match="can't be reached: Connection refused"):
                await works(records)
        with pytest.raises(RecordsUnavailable, match="FRONTDESK_RECORDS__URL names it"):
            await records.check()
        with pytest.raises(RecordsUnavailable):
            await Records.open(server.url("postgres"), upgrade=True)
        server.start()
        assert await Claims(records, Outbox(records)).owners() == set()
        assert f"schema {HEAD}" in await records.check()
        await records.close()


async def test_one_of_another_version_found_later_is_told(server: PostgresServer) -> None:
    async with server.database() as url:
        server.stop()
        records = await Records.open(url)
        server.start()
        newer = await Records.open(url)
        async with newer.transaction() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = '0099'"))
        await newer.close()
        with pytest.raises(RecordsUnavailable, match="newer than this program"):
            await works(records)
        await records.close()


@pytest.mark.parametrize("idle_s", [0.0, 60.0])
async def test_a_restart_between_two_questions_is_not_noticed(
    server: PostgresServer, monkeypatch: pytest.MonkeyPatch, idle_s: float
) -> None:
    monkeypatch.setattr(core.postgres, "IDLE_S", idle_s)
    async with server.database() as url:
        records = await Records.open(url)
        await asyncio.gather(*[works(records) for _ in range(5)])
        server.stop()
        server.start()
        assert all(await asyncio.gather(*[works(records) for _ in range(5)]))
        await records.close()


async def test_a_server_that_stands_still_is_an_outage_that_ends(
    server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core.postgres, "LINK_S", 0.3)
    monkeypatch.setattr(core.postgres, "CONNECT_S", 0.5)
    async with server.database() as url:
        records = Records(postgres_engine(url, connections=2, statement_s=0.3))
        assert await works(records)
        server.pause()
        try:
            for _ in range(2):
                async with asyncio.timeout(20):
                    with pytest.raises(RecordsUnavailable):
                        await works(records)
        finally:
            server.resume()
        assert await works(records)
        await records.close()


async def test_conversations_go_on_through_kills_and_no_turn_is_half_there(server: PostgresServer) -> None:
    async with server.database() as url:
        records = await Records.open(url, connections=5)
        conversations = Conversations(records, Outbox(records, streams=["redis"]))
        confirmed: set[str] = set()
        refused = 0
        is_over, grown = asyncio.Event(), asyncio.Event()

        async def talk(number: int) -> None:
            nonlocal refused
            conversation = None
            turn = 0
            while not is_over.is_set():
                id = f"{number}-{turn}"
                try:
                    conversation = conversation or await conversations.start(ACME, Address(channel="web"))
                    said = message(conversation, id)
                    await conversations.remember(said)
                    kept = await conversations.record(said, answer(conversation, id))
                except RecordsUnavailable:
                    refused += 1
                    await asyncio.sleep(0.02)
                    continue
                assert kept.id == id
                confirmed.add(id)
                grown.set()
                turn += 1

        async def until(count: int) -> None:
            async with asyncio.timeout(60):
                while len(confirmed) < count:
                    grown.clear()
                    await grown.wait()

        async with asyncio.TaskGroup() as tasks:
            for number in range(6):
                tasks.create_task(talk(number))
            for end in (server.kill, server.stop):
                await until(len(confirmed) + 30)
                await asyncio.to_thread(end)
                await asyncio.sleep(0.2)
                await asyncio.to_thread(server.start)
            await until(len(confirmed) + 60)
            is_over.set()

        assert refused
        async with records.transaction() as connection:
            answered = set(await connection.scalars(select(answers.c.message_id)))
            asked = set(await connection.scalars(select(messages.c.id)))
            told = list(await connection.scalars(select(outbox.c.body)))
            assert await connection.scalar(select(func.count()).select_from(answers)) == len(answered)
        assert confirmed <= answered <= asked
        assert {one["data"]["message_id"] for one in told if one["type"].endswith("question")} == asked
        assert {one["data"]["message_id"] for one in told if one["type"].endswith("answer")} == answered
        assert len(told) == len(asked) + len(answered)
        await records.close()
