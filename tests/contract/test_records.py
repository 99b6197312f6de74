"""What every store promises, whichever database is behind it."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text

from core.access import Access, Role
from core.catalogue import Catalogue
from core.claims import Claims
from core.conversation import Conversation
from core.conversations import Conversations
from core.documents import Document, DocumentId, DocumentStatus
from core.errors import NotFound, Overtaken, RecordsUnavailable, TooLarge, Unauthorized
from core.event_stream import DeskEvent
from core.feedback import Feedback, FeedbackBook
from core.jobs import Job
from core.messages import Address, Answer, AnswerId, Citation, Message, MessageId, Outcome
from core.migrations import HEAD
from core.outbox import JOBS, Outbox
from core.records import Records, now
from core.schema import answers, conversations, leases, messages, outbox, texts
from core.tenants import DEFAULT_TENANT, TenantId
from core.tickets import Tickets
from tests.services.postgres import PostgresServer

pytestmark = pytest.mark.anyio

ACME, OTHER = TenantId("acme"), TenantId("other")
STREAM = "redis"
HOSTILE = "a\x00b\ud83dc\udc00 'quoted' \\u0000 {} 🙂"
KEPT = "a\ufffdb\ufffdc\ufffd 'quoted' \\u0000 {} 🙂"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Every store over one database; another process has its own over the same."""

    records: Records
    outbox: Outbox
    catalogue: Catalogue
    claims: Claims
    conversations: Conversations
    feedback: FeedbackBook
    tickets: Tickets
    access: Access


def stores_over(records: Records) -> Stores:
    outbox = Outbox(records, streams=[STREAM])
    conversations = Conversations(records, outbox)
    return Stores(
        records=records,
        outbox=outbox,
        catalogue=Catalogue(records, outbox),
        claims=Claims(records, outbox),
        conversations=conversations,
        feedback=FeedbackBook(records, outbox, conversations),
        tickets=Tickets(records, outbox),
        access=Access(records, b"secret" * 8),
    )


Opener = Callable[[], Awaitable[Stores]]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
async def another(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Opener]:
    """The stores of one more process over the same database."""
    async with AsyncExitStack() as stack:
        url = f"sqlite+aiosqlite:///{tmp_path / 'desk.sqlite'}"
        if request.param == "postgresql":
            server: PostgresServer = request.getfixturevalue("postgres")
            url = await stack.enter_async_context(server.schema())

        async def opened() -> Stores:
            records = await Records.open(url)
            stack.push_async_callback(records.close)
            return stores_over(records)

        yield opened


@pytest.fixture
async def stores(another: Opener) -> Stores:
    return await another()


def document(name: str, **changes: object) -> Document:
    plain = Document(
        id=DocumentId(name),
        tenant=ACME,
        name=f"{name}.txt",
        source=f"upload:{name}",
        media_type="text/plain",
        content_hash=f"hash of {name}",
        size_bytes=1,
        created_at=now(),
        updated_at=now(),
    )
    return replace(plain, **changes)


def message(conversation: Conversation, id: str = "m", text: str = "Where is my parcel?") -> Message:
    return Message(
        id=MessageId(id),
        tenant=conversation.tenant,
        conversation_id=conversation.id,
        text=text,
        address=conversation.address,
    )


def answer(conversation: Conversation, id: str = "a", **changes: object) -> Answer:
    citation = Citation(
        n=1,
        document_id=DocumentId("d"),
        passage_id="p",
        title="Ünïcode",
        url="http://x",
        page=None,
        heading="Help",
        quote="On its way.",
        start=0,
        end=11,
        source_start=5,
        source_end=16,
    )
    plain = Answer(
        id=AnswerId(id),
        conversation_id=conversation.id,
        text="On its way. [1]",
        outcome=Outcome.ANSWERED,
        citations=(citation,),
        confidence=0.75,
        route="small",
        model="extractive",
        timings_ms={"verify": 1.5, "remember": 0.25},
    )
    return replace(plain, **changes)


async def talk(stores: Stores, tenant: TenantId = ACME) -> Conversation:
    return await stores.conversations.start(tenant, Address(channel="web", person="ann"))


async def answered(stores: Stores, id: str = "a", **changes: object) -> tuple[Conversation, Answer]:
    conversation = await talk(stores, TenantId(str(changes.pop("tenant", ACME))))
    asked = message(conversation, f"to {id}")
    await stores.conversations.remember(asked)
    return conversation, await stores.conversations.record(asked, answer(conversation, id, **changes))


async def count(stores: Stores, table: object) -> int:
    async with stores.records.transaction() as connection:
        return int(await connection.scalar(select(func.count()).select_from(table)) or 0)


async def put(stores: Stores, *of: Document) -> None:
    await stores.catalogue.save(of)


# The database


async def test_a_moment_comes_back_as_it_was_and_in_utc(stores: Stores) -> None:
    moment = datetime(2026, 3, 29, 2, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    await put(stores, document("a", created_at=moment))
    kept = (await stores.catalogue.get(ACME, DocumentId("a"))).created_at
    assert kept == moment
    assert kept.tzinfo == UTC


async def test_moments_compare_across_time_zones(stores: Stores) -> None:
    await put(stores, document("a"))
    await stores.claims.claim("one", limit=1)
    elsewhere = timezone(timedelta(hours=-11))
    assert await stores.claims.silent((now() + timedelta(seconds=5)).astimezone(elsewhere)) == {"one"}
    assert await stores.claims.silent((now() - timedelta(seconds=5)).astimezone(elsewhere)) == set()


async def test_half_a_transaction_leaves_nothing(stores: Stores) -> None:
    with pytest.raises(ZeroDivisionError):
        async with stores.records.transaction() as connection:
            await stores.outbox.add_job(connection, Job(name="ingest", tenant=ACME))
            raise ZeroDivisionError
    assert await stores.outbox.waiting() == {}


async def test_a_database_that_fails_is_an_outage_and_no_vendors_error(stores: Stores) -> None:
    with pytest.raises(RecordsUnavailable, match="nowhere"):
        async with stores.records.transaction() as connection:
            await connection.execute(text("SELECT * FROM nowhere"))
    assert f"schema {HEAD}" in await stores.records.check()


async def test_a_refused_value_is_told_without_the_value(stores: Stores) -> None:
    async with stores.records.transaction() as connection:
        if connection.dialect.name != "postgresql":
            pytest.skip("SQLite takes a number of any size")
    huge = document("secret words", size_bytes=12_345_678_901)
    with pytest.raises(RecordsUnavailable) as raised:
        await put(stores, huge)
    told = "".join(traceback.format_exception(raised.value))
    assert "secret words" not in told
    assert "12345678901" not in told


async def test_characters_that_no_database_keeps_become_one_that_says_so(stores: Stores) -> None:
    conversation = await stores.conversations.start(ACME, Address(channel="sms", person=HOSTILE))
    asked = message(conversation, HOSTILE, HOSTILE)
    await stores.conversations.remember(asked)
    given = answer(conversation, HOSTILE, text=HOSTILE, confidence=float("nan"))
    await stores.conversations.record(asked, given)
    kept = await stores.conversations.get(ACME, conversation.id)
    assert kept.address.person == KEPT
    assert (kept.exchanges[0].message_id, kept.exchanges[0].text) == (KEPT, KEPT)
    assert kept.exchanges[0].answer is not None
    assert kept.exchanges[0].answer.text == KEPT
    assert len(HOSTILE) == len(KEPT)
    assert (await stores.conversations.remember(asked)) == kept.exchanges[0].answer
    await stores.feedback.record(
        Feedback(tenant=ACME, answer_id=AnswerId(HOSTILE), person=HOSTILE, verdict="down", comment=HOSTILE)
    )
    assert (await stores.feedback.unsolved(ACME))[0].comments == (KEPT,)
    assert (await stores.tickets.open(kept, HOSTILE)).reason == HOSTILE
    assert (await stores.tickets.list(ACME))[0].reason == KEPT
    assert len(await stores.outbox.oldest(STREAM, limit=10)) == 4


@pytest.mark.parametrize("id", ["\x00", "\ud800", "'; DROP TABLE documents; --", "%", "x" * 100_000])
async def test_no_id_breaks_a_look_up(stores: Stores, id: str) -> None:
    for looking in (
        stores.catalogue.get(ACME, DocumentId(id)),
        stores.catalogue.get(TenantId(id), DocumentId("a")),
        stores.conversations.get(ACME, id),
        stores.conversations.answer(ACME, AnswerId(id)),
        stores.catalogue.text(DocumentId(id), 1),
    ):
        with pytest.raises(NotFound):
            await looking


# Documents


async def test_a_document_comes_back_as_it_was(stores: Stores) -> None:
    whole = document("a", labels=frozenset({"eu", "billing"}), audience="staff", reason="x", passages=3)
    await put(stores, whole)
    assert await stores.catalogue.get(ACME, whole.id) == whole
    assert await stores.catalogue.find(ACME, sources=[whole.source], hashes=[]) == [whole]
    assert await stores.catalogue.find(ACME, sources=[], hashes=[whole.content_hash]) == [whole]
    assert await stores.catalogue.list(ACME) == [whole]
    assert await stores.catalogue.list(ACME, frozenset({"public"})) == []
    with pytest.raises(NotFound):
        await stores.catalogue.get(ACME, whole.id, frozenset({"public"}))


async def test_another_tenants_document_is_not_seen(stores: Stores) -> None:
    await put(stores, document("a", tenant=OTHER))
    with pytest.raises(NotFound):
        await stores.catalogue.get(ACME, DocumentId("a"))
    assert await stores.catalogue.find(ACME, sources=["upload:a"], hashes=["hash of a"]) == []
    assert await stores.catalogue.counts(ACME) == {}
    await stores.catalogue.remove(ACME, DocumentId("a"))
    assert await stores.catalogue.counts(OTHER) == {"queued": 1}


async def test_the_newest_versions_are_told(stores: Stores) -> None:
    await put(stores, document("a"), document("b", version=1))
    await put(stores, document("b", version=2))
    wanted = [DocumentId("a"), DocumentId("b"), DocumentId("c")]
    assert await stores.catalogue.versions(wanted) == {"a": 1, "b": 2}


async def test_the_same_source_at_the_same_moment_is_one_document(stores: Stores, another: Opener) -> None:
    others = await another()
    done = await asyncio.gather(
        put(stores, document("a", source="s"), document("x")),
        put(others, document("b", source="s"), document("y")),
        return_exceptions=True,
    )
    assert sorted(type(one) for one in done if one) == [Overtaken]
    assert len(await stores.catalogue.list(ACME)) == 2
    assert len(await stores.outbox.oldest(JOBS, limit=10)) == 1


async def test_the_same_version_twice_is_made_once(stores: Stores, another: Opener) -> None:
    others = await another()
    await put(stores, document("a"))
    done = await asyncio.gather(
        put(stores, document("a", version=2, content_hash="one")),
        put(others, document("a", version=2, content_hash="two")),
        return_exceptions=True,
    )
    assert sorted(type(one) for one in done if one) == [Overtaken]
    kept = await stores.catalogue.get(ACME, DocumentId("a"))
    assert kept.content_hash == ("two" if done[0] else "one")


async def test_a_new_version_of_a_document_just_removed_is_overtaken(stores: Stores) -> None:
    with pytest.raises(Overtaken):
        await put(stores, document("a", version=2))
    assert await stores.outbox.waiting() == {}


async def test_an_upload_and_its_job_are_one_transaction(stores: Stores) -> None:
    await put(stores, document("a"), document("b", tenant=OTHER))
    jobs = await stores.outbox.oldest(JOBS, limit=10)
    assert sorted((job.name, job.body["tenant"]) for job in jobs) == [("ingest", ACME), ("ingest", OTHER)]
    with pytest.raises(Overtaken):
        await put(stores, document("c", tenant=TenantId("third")), document("d", source="upload:a"))
    assert len(await stores.outbox.oldest(JOBS, limit=10)) == 2
    assert await stores.catalogue.list(TenantId("third")) == []


async def test_claimers_at_once_never_get_the_same_document(stores: Stores, another: Opener) -> None:
    everyone = [stores, *[await another() for _ in range(3)]]
    await put(stores, *[document(f"d{number:02}") for number in range(40)])

    async def take(owner: int, mine: Stores) -> list[str]:
        taken: list[str] = []
        while claimed := await mine.claims.claim(f"owner {owner}", limit=3):
            assert {each.status for each in claimed} == {DocumentStatus.READING}
            taken += [each.id for each in claimed]
        return taken

    shares = await asyncio.gather(*[take(owner, mine) for owner, mine in enumerate(everyone)])
    assert sorted(id for share in shares for id in share) == [f"d{number:02}" for number in range(40)]
    assert await stores.claims.claim("late", limit=3) == []


async def test_a_claim_takes_no_more_than_it_may_and_the_oldest_first(stores: Stores) -> None:
    start = now()
    of = [document(f"d{number}", created_at=start - timedelta(hours=number)) for number in range(6)]
    await put(stores, *of)
    assert [each.id for each in await stores.claims.claim("one", limit=4)] == ["d5", "d4", "d3", "d2"]


async def test_a_claim_does_not_wait_for_another_that_is_not_over(stores: Stores, another: Opener) -> None:
    others = await another()
    await put(stores, document("a", created_at=now() - timedelta(hours=1)), document("b"))
    async with stores.records.transaction() as connection:
        if connection.dialect.name != "postgresql":
            pytest.skip("SQLite lets one write at a time")
        await connection.execute(text("SELECT id FROM documents WHERE id = 'a' FOR UPDATE"))
        async with asyncio.timeout(5):
            assert [each.id for each in await others.claims.claim("two", limit=5)] == ["b"]


async def test_a_claim_can_be_held_to_a_tenant(stores: Stores) -> None:
    await put(stores, document("a"), document("b", tenant=OTHER))
    assert await stores.claims.waiting() == {ACME: 1, OTHER: 1}
    assert [each.id for each in await stores.claims.claim("one", limit=5, tenant=OTHER)] == ["b"]
    assert await stores.claims.waiting() == {ACME: 1}


async def test_what_was_cut_off_is_taken_last_and_alone(stores: Stores) -> None:
    await put(stores, document("bad"), document("worse"))
    await stores.claims.claim("one", limit=2)
    await stores.claims.release("one", most_attempts=5)
    await put(stores, document("new"))
    assert [each.id for each in await stores.claims.claim("two", limit=5)] == ["new"]
    assert len(await stores.claims.claim("two", limit=5)) == 1
    assert len(await stores.claims.claim("two", limit=5)) == 1


async def test_what_is_released_is_queued_with_its_job_or_refused(stores: Stores) -> None:
    await put(stores, document("a"))
    for attempt in (1, 2):
        assert await stores.claims.claim("one", limit=1)
        assert await stores.claims.owners() == {"one"}
        await stores.outbox.taken(await stores.outbox.oldest(JOBS, limit=10))
        again = await stores.claims.release("one", most_attempts=2)
        assert [each.id for each in again] == (["a"] if attempt == 1 else [])
        assert len(await stores.outbox.oldest(JOBS, limit=10)) == (1 if attempt == 1 else 0)
    refused = await stores.catalogue.get(ACME, DocumentId("a"))
    assert refused.status is DocumentStatus.REFUSED
    assert "2 times" in (refused.reason or "")
    assert await stores.claims.owners() == set()


async def test_an_end_that_is_not_the_documents_fault_counts_for_nothing(stores: Stores) -> None:
    await put(stores, document("a"))
    for _ in range(5):
        assert await stores.claims.claim("one", limit=1)
        assert await stores.claims.release("one", most_attempts=2, is_their_fault=False)


async def test_a_reader_that_is_not_heard_of_is_silent(stores: Stores) -> None:
    await put(stores, document("a"))
    await stores.claims.claim("one", limit=1)
    before = now()
    assert await stores.claims.silent(before) == {"one"}
    await stores.claims.beat("one")
    assert await stores.claims.silent(before) == set()
    await stores.claims.advance([DocumentId("a")], "embedding", 0.5)
    kept = await stores.catalogue.get(ACME, DocumentId("a"))
    assert (kept.stage, kept.progress) == ("embedding", 0.5)


async def test_a_finished_document_is_ready_with_its_text(stores: Stores) -> None:
    await put(stores, document("a"))
    (claimed,) = await stores.claims.claim("one", limit=1)
    (ready,) = await stores.catalogue.finish([(replace(claimed, passages=7), "its text")])
    assert (ready.status, ready.passages, ready.stage) == (DocumentStatus.READY, 7, None)
    assert await stores.catalogue.text(ready.id, 1) == "its text"
    assert await stores.catalogue.newest_text(ready.id) == (1, "its text")
    await put(stores, replace(ready, version=2, status=DocumentStatus.QUEUED))
    (claimed,) = await stores.claims.claim("one", limit=1)
    await stores.catalogue.finish([(claimed, "new text")])
    assert await stores.catalogue.newest_text(ready.id) == (2, "new text")
    with pytest.raises(NotFound):
        await stores.catalogue.text(ready.id, 1)


async def test_finishing_leaves_a_newer_version_and_a_removed_document_alone(stores: Stores) -> None:
    await put(stores, document("a"), document("b"), document("c"))
    claimed = await stores.claims.claim("one", limit=3)
    await put(stores, document("a", version=2))
    await stores.catalogue.remove(ACME, DocumentId("b"))
    finished = await stores.catalogue.finish([(each, "text") for each in claimed])
    assert [each.id for each in finished] == ["c"]
    assert (await stores.catalogue.get(ACME, DocumentId("a"))).status is DocumentStatus.QUEUED
    assert await count(stores, texts) == 1


async def test_a_removed_document_takes_its_text_along(stores: Stores) -> None:
    await put(stores, document("a"))
    (claimed,) = await stores.claims.claim("one", limit=1)
    await stores.catalogue.finish([(claimed, "its text")])
    await stores.catalogue.remove(ACME, DocumentId("a"))
    assert await count(stores, texts) == 0
    with pytest.raises(NotFound):
        await stores.catalogue.get(ACME, DocumentId("a"))


async def test_a_refused_document_says_why(stores: Stores) -> None:
    await put(stores, document("a"))
    (claimed,) = await stores.claims.claim("one", limit=1)
    refused = await stores.catalogue.refuse(claimed, "it is encrypted")
    assert (refused.status, refused.reason) == (DocumentStatus.REFUSED, "it is encrypted")
    assert await stores.catalogue.counts(ACME) == {"refused": 1}


async def test_a_document_can_be_read_again(stores: Stores) -> None:
    await put(stores, document("a"))
    (claimed,) = await stores.claims.claim("one", limit=1)
    await stores.catalogue.finish([(claimed, "its text")])
    await stores.outbox.taken(await stores.outbox.oldest(JOBS, limit=10))
    await stores.claims.read_again(DocumentId("a"))
    assert len(await stores.outbox.oldest(JOBS, limit=10)) == 1
    assert [each.id for each in await stores.claims.claim("one", limit=1)] == ["a"]


# Conversations


async def test_a_conversation_comes_back_with_every_citation(stores: Stores) -> None:
    conversation = await talk(stores)
    for number in range(3):
        asked = message(conversation, f"m{number}", f"question {number}")
        assert await stores.conversations.remember(asked) is None
        await stores.conversations.record(asked, answer(conversation, f"a{number}"))
    kept = await stores.conversations.get(ACME, conversation.id)
    assert kept.address == conversation.address
    assert [(one.text, one.answer) for one in kept.exchanges] == [
        (f"question {number}", answer(conversation, f"a{number}")) for number in range(3)
    ]
    assert kept.exchanges[0].answer is not None
    assert list(kept.exchanges[0].answer.timings_ms) == ["verify", "remember"]
    assert await stores.conversations.answer(ACME, AnswerId("a1")) == answer(conversation, "a1")


async def test_another_tenants_conversation_is_not_seen(stores: Stores) -> None:
    conversation, given = await answered(stores)
    with pytest.raises(NotFound):
        await stores.conversations.get(OTHER, conversation.id)
    with pytest.raises(NotFound):
        await stores.conversations.answer(OTHER, given.id)
    with pytest.raises(NotFound):
        await stores.conversations.remember(message(replace(conversation, tenant=OTHER)))
    assert await count(stores, messages) == 1


async def test_a_delivery_that_comes_twenty_times_at_once_is_one_message(
    stores: Stores, another: Opener
) -> None:
    others = await another()
    conversation = await talk(stores)
    asked = message(conversation)
    each = [(stores, others)[number % 2].conversations for number in range(20)]
    assert set(await asyncio.gather(*[one.remember(asked) for one in each])) == {None}
    kept = await asyncio.gather(
        *[one.record(asked, answer(conversation, f"a{number}")) for number, one in enumerate(each)]
    )
    assert len({one.id for one in kept}) == 1
    assert await stores.conversations.remember(asked) == kept[0]
    assert (await count(stores, messages), await count(stores, answers)) == (1, 1)
    told = await stores.outbox.oldest(STREAM, limit=100)
    assert [one.name for one in told] == ["question", "answer"]
    assert told[1].body["data"]["answer"]["id"] == kept[0].id


async def test_an_answer_without_its_conversation_is_not_kept(stores: Stores) -> None:
    conversation = await talk(stores)
    nowhere = replace(conversation, id="nowhere")
    await stores.conversations.record(message(nowhere), answer(nowhere))
    assert await count(stores, answers) == 0
    assert await stores.outbox.waiting() == {}


# Feedback and tickets


async def test_of_one_persons_verdicts_the_last_holds(stores: Stores) -> None:
    _, given = await answered(stores)
    for verdict in ("up", "down", "up"):
        await stores.feedback.record(
            Feedback(tenant=ACME, answer_id=given.id, person="ann", verdict=verdict, comment=verdict)
        )
    await stores.feedback.record(Feedback(tenant=ACME, answer_id=given.id, person="bob", verdict="down"))
    assert await stores.feedback.counts(ACME) == {"answered": 1, "up": 1, "down": 1}


async def test_clicks_at_once_are_one_verdict(stores: Stores, another: Opener) -> None:
    others = await another()
    _, given = await answered(stores)
    click = Feedback(tenant=ACME, answer_id=given.id, person="ann", verdict="down", comment="no")
    await asyncio.gather(*[one.feedback.record(click) for one in (stores, others) * 10])
    assert await stores.feedback.counts(ACME) == {"answered": 1, "down": 1}
    (review,) = await stores.feedback.unsolved(ACME)
    assert (review.up, review.down, review.comments) == (0, 1, ("no",))


async def test_what_is_unsolved_is_told_newest_first(stores: Stores) -> None:
    await answered(stores, "fine")
    await answered(stores, "unsure", outcome=Outcome.UNSURE)
    _, wrong = await answered(stores, "wrong")
    await answered(stores, "theirs", outcome=Outcome.UNSURE, tenant=OTHER)
    await stores.feedback.record(Feedback(tenant=ACME, answer_id=wrong.id, person="ann", verdict="down"))
    assert [one.answer.id for one in await stores.feedback.unsolved(ACME)] == ["wrong", "unsure"]
    assert await stores.feedback.counts(ACME) == {"answered": 2, "unsure": 1, "down": 1}


async def test_feedback_on_another_tenants_answer_or_at_too_great_length_is_refused(stores: Stores) -> None:
    _, given = await answered(stores)
    mine = Feedback(tenant=ACME, answer_id=given.id, person="ann", verdict="up", comment="x" * 2001)
    with pytest.raises(TooLarge):
        await stores.feedback.record(mine)
    with pytest.raises(NotFound):
        await stores.feedback.record(replace(mine, tenant=OTHER, comment=None))
    assert await stores.feedback.counts(ACME) == {"answered": 1}


async def test_a_conversation_has_one_ticket_however_often_it_is_handed_over(
    stores: Stores, another: Opener
) -> None:
    others = await another()
    conversation, _ = await answered(stores)
    whole = await stores.conversations.get(ACME, conversation.id)
    opened = await asyncio.gather(
        *[one.tickets.open(whole, f"reason {number}") for number, one in enumerate((stores, others) * 5)]
    )
    (kept,) = await stores.tickets.list(ACME)
    assert {one.id for one in opened} == {kept.id}
    assert kept == await stores.tickets.find(conversation)
    assert kept.body["exchanges"][0]["answer"]["text"] == "On its way. [1]"
    assert await stores.tickets.list(OTHER) == []
    told = await stores.outbox.oldest(STREAM, limit=100)
    assert [one.name for one in told] == ["question", "answer", "ticket"]


# Access


async def test_a_link_signs_in_once_in_a_race_of_ten(stores: Stores, another: Opener) -> None:
    others = await another()
    token = await stores.access.issue_link()
    done = await asyncio.gather(
        *[one.access.redeem_link(token) for one in (stores, others) * 5], return_exceptions=True
    )
    assert sum(isinstance(one, Unauthorized) for one in done) == 9
    (admin,) = [one for one in done if not isinstance(one, BaseException)]
    assert (admin.role, admin.tenant) == (Role.ADMIN, DEFAULT_TENANT)


async def test_a_new_link_ends_the_one_before(stores: Stores) -> None:
    first, second = await stores.access.issue_link(), await stores.access.issue_link()
    with pytest.raises(Unauthorized):
        await stores.access.redeem_link(first)
    assert await stores.access.redeem_link(second)


async def test_a_key_tells_who_holds_it(stores: Stores) -> None:
    key = await stores.access.create_key(ACME, Role.STAFF, "shop")
    holder = await stores.access.identify(key)
    assert (holder.tenant, holder.role, holder.person) == (ACME, Role.STAFF, "key:shop")
    with pytest.raises(Unauthorized):
        await stores.access.identify(f"{key}x")


# The outbox


def happened(number: int = 0) -> DeskEvent:
    return DeskEvent(
        id=f"e{number}",
        type="document",
        tenant=ACME,
        occurred_at=now(),
        conversation_id=None,
        body={"number": number},
    )


async def test_a_parcel_is_there_once_its_transaction_is_over_and_never_before(
    stores: Stores, another: Opener
) -> None:
    others = await another()
    async with stores.records.transaction() as connection:
        await stores.outbox.add_event(connection, happened())
        assert await others.outbox.oldest(STREAM, limit=10) == []
    assert [one.body["id"] for one in await others.outbox.oldest(STREAM, limit=10)] == ["e0"]


async def test_each_stream_gets_its_own_row_in_order(stores: Stores) -> None:
    two = Outbox(stores.records, streams=["redis", "kafka"])
    for number in range(5):
        async with stores.records.transaction() as connection:
            await two.add_event(connection, happened(number))
    assert await two.waiting() == {"redis": 5, "kafka": 5}
    first = await two.oldest("kafka", limit=3)
    assert [one.body["data"]["number"] for one in first] == [0, 1, 2]
    await two.taken(first)
    assert [one.body["data"]["number"] for one in await two.oldest("kafka", limit=9)] == [3, 4]
    assert await two.waiting() == {"redis": 5, "kafka": 2}


async def test_a_desk_without_streams_writes_no_events(stores: Stores) -> None:
    silent = Outbox(stores.records)
    async with stores.records.transaction() as connection:
        await silent.add_event(connection, happened())
    assert await silent.waiting() == {}


async def test_a_job_waits_once_for_each_tenant_and_each_thing_to_do(stores: Stores) -> None:
    for _ in range(3):
        await stores.outbox.submit(Job(name="ingest", tenant=ACME))
        await stores.outbox.submit(Job(name="ingest", tenant=OTHER))
        await stores.outbox.submit(Job(name="evaluate", tenant=ACME, body={"set": "a"}))
        await stores.outbox.submit(Job(name="evaluate", tenant=ACME, body={"set": "b"}))
    assert await stores.outbox.waiting() == {JOBS: 4}


async def test_a_job_put_in_while_one_like_it_is_on_its_way_is_delivered_too(stores: Stores) -> None:
    await stores.outbox.submit(Job(name="ingest", tenant=ACME))
    on_its_way = await stores.outbox.oldest(JOBS, limit=10)
    await put(stores, document("a"))
    await stores.outbox.taken(on_its_way)
    assert len(await stores.outbox.oldest(JOBS, limit=10)) == 1


async def test_a_lease_has_one_winner_in_a_race(stores: Stores, another: Opener) -> None:
    others = await another()
    for name in ("new", "run out"):
        if name == "run out":
            async with stores.records.transaction() as connection:
                gone = now() - timedelta(seconds=1)
                await connection.execute(insert(leases).values(name=name, owner="gone", until=gone))
        won = await asyncio.gather(
            *[
                one.outbox.lease(name, f"owner {number}", for_s=60)
                for number, one in enumerate((stores, others) * 5)
            ]
        )
        assert sum(won) == 1
        assert await stores.outbox.lease(name, f"owner {won.index(True)}", for_s=60)
        await stores.outbox.give_back(name, "somebody else")
        assert not await stores.outbox.lease(name, "somebody else", for_s=60)
        await stores.outbox.give_back(name, f"owner {won.index(True)}")
        assert await stores.outbox.lease(name, "somebody else", for_s=60)


async def test_writers_at_once_lose_nothing(stores: Stores, another: Opener) -> None:
    others = await another()

    async def turn(mine: Stores, number: int) -> None:
        conversation = await talk(mine)
        asked = message(conversation, f"m{number}")
        await mine.conversations.remember(asked)
        await mine.conversations.record(asked, answer(conversation, f"a{number}"))

    await asyncio.gather(*[turn((stores, others)[number % 2], number) for number in range(60)])
    assert await count(stores, conversations) == 60
    assert await count(stores, answers) == 60
    assert await count(stores, outbox) == 120


async def test_a_customer_who_leaves_mid_way_leaves_nothing_half(stores: Stores) -> None:
    async def turn(number: int) -> None:
        async with stores.records.transaction() as connection:
            await stores.outbox.add_event(connection, happened(number))
            await asyncio.sleep(0.002 * number)
            await stores.outbox.add_event(connection, happened(number))

    turns = [asyncio.create_task(turn(number)) for number in range(8)]
    await asyncio.sleep(0.02)
    for one in turns:
        one.cancel()
    await asyncio.gather(*turns, return_exceptions=True)
    told = [one.body["id"] for one in await stores.outbox.oldest(STREAM, limit=100)]
    assert all(told.count(id) == 2 for id in told)
    await put(stores, document("a"))
