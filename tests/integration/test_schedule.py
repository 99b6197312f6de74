"""The clock: what is due is enlisted once, and what lies about is mended."""

import platform
from datetime import datetime, timedelta

import anyio
import pytest
from sqlalchemy import insert, update

from core import schedule as schedule_module
from core.assembly import Desk
from core.jobs import Job, JobName
from core.messages import Address
from core.outbox import JOBS
from core.process import this_process
from core.reaper import Reaper
from core.records import now
from core.relay import job_from
from core.schedule import SCHEDULE, Recurrence, Schedule
from core.schema import leases
from core.succession import Succession
from core.tenants import DEFAULT_TENANT, TenantId
from core.uploads import Upload
from workers.app import Workers

pytestmark = pytest.mark.anyio

ACME, BIT = TenantId("acme"), TenantId("bit")
OFTEN: dict[JobName, Recurrence] = {"reap": Recurrence(every_s=60), "evaluate": Recurrence(from_hour=3)}


def clock(desk: Desk, table: dict[JobName, Recurrence] = OFTEN) -> Schedule:
    return Schedule(desk.stores.records, desk.stores.outbox, DEFAULT_TENANT, table)


async def enlisted(desk: Desk) -> list[tuple[str, str]]:
    return [
        (parcel.name, parcel.body["tenant"]) for parcel in await desk.stores.outbox.oldest(JOBS, limit=100)
    ]


async def lapse(desk: Desk) -> None:
    """The time of every lease is over."""
    async with desk.stores.records.transaction() as connection:
        await connection.execute(update(leases).values(until=now() - timedelta(seconds=1)))


async def test_what_is_due_is_enlisted_and_then_not_until_it_is_due_again(desk: Desk) -> None:
    one = clock(desk)
    assert await one.enlist_due() == ["reap", "evaluate"]
    assert await one.enlist_due() == []
    assert await enlisted(desk) == [("reap", "default"), ("evaluate", "default")]


async def test_many_clocks_enlist_no_more_than_one(desk: Desk) -> None:
    due: list[JobName] = []

    async def look() -> None:
        due.extend(await clock(desk).enlist_due())

    async with anyio.create_task_group() as tasks:
        for _ in range(8):
            tasks.start_soon(look)
    assert sorted(due) == ["evaluate", "reap"]


async def test_a_clock_that_starts_anew_knows_what_was_done(desk: Desk) -> None:
    await clock(desk).enlist_due()
    assert await clock(desk).enlist_due() == []
    await lapse(desk)
    assert await clock(desk).enlist_due() == ["reap", "evaluate"]


async def test_work_that_nobody_takes_is_not_heaped_up(desk: Desk) -> None:
    for _ in range(5):
        await clock(desk).enlist_due()
        await lapse(desk)
    assert await enlisted(desk) == [("reap", "default"), ("evaluate", "default")]


async def test_a_clock_that_dies_over_its_work_is_stood_in_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying = clock(desk)

    async def die(job: Job) -> None:
        raise RuntimeError("killed here")

    with monkeypatch.context() as patched:
        patched.setattr(dying._outbox, "submit", die)
        with pytest.raises(RuntimeError):
            await dying.enlist_due()
    assert await enlisted(desk) == []
    async with desk.stores.records.transaction() as connection:
        until = await connection.scalar(leases.select().with_only_columns(leases.c.until))
    assert until <= now() + timedelta(seconds=schedule_module.ENLISTING_S)
    await lapse(desk)
    assert await clock(desk).enlist_due() == ["reap", "evaluate"]


async def test_a_job_for_each_tenant_is_one_for_each_that_has_anything(desk: Desk) -> None:
    await desk.ingester.accept([Upload(data=b"A lamp.", name="lamp.txt", tenant=ACME)])
    await desk.answerer.conversations.start(BIT, Address(channel="test"))
    await desk.answerer.conversations.start(ACME, Address(channel="test"))
    await clock(desk, {"digest_feedback": Recurrence(every_s=60, for_each_tenant=True)}).enlist_due()
    assert [one for one in await enlisted(desk) if one[0] == "digest_feedback"] == [
        ("digest_feedback", "acme"),
        ("digest_feedback", "bit"),
    ]


@pytest.mark.parametrize(
    ("moment", "hours"), [((2026, 3, 1, 1), 2), ((2026, 3, 1, 3), 24), ((2026, 12, 31, 23), 4)]
)
def test_a_nightly_job_is_due_when_its_hour_strikes(moment: tuple[int, ...], hours: int) -> None:
    assert Recurrence(from_hour=3).seconds_to_next(datetime(*moment)) == hours * 3600


def test_everything_that_comes_again_comes_with_some_distance() -> None:
    for name, recurrence in SCHEDULE.items():
        assert recurrence.seconds_to_next(datetime(2026, 1, 1, 12)) >= 30, name


async def test_a_clock_in_a_process_of_its_own_does_nothing_but_enlist(desk: Desk) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Workers().beat, desk)
        with anyio.fail_after(10):
            while not await enlisted(desk):  # noqa: ASYNC110 - the clock tells nobody
                await anyio.sleep(0.02)
        tasks.cancel_scope.cancel()
    assert ("reap", "default") in await enlisted(desk)


async def hold(desk: Desk, name: str, owner: str) -> None:
    async with desk.stores.records.transaction() as connection:
        await connection.execute(
            insert(leases).values(name=name, owner=owner, until=now() + timedelta(hours=1))
        )


async def test_what_an_ended_relay_held_is_freed_and_nothing_else(desk: Desk) -> None:
    gone = f"{platform.node()}:1:0.00"
    await hold(desk, "relay:jobs", gone)
    await hold(desk, "relay:redis", this_process())
    await hold(desk, "relay:kafka", "another-machine:1:0.00")
    await hold(desk, "schedule:reap", "0123456789abcdef")
    await reaper(desk).reap()
    assert await desk.stores.outbox.lease("relay:jobs", "me", for_s=1)
    for name in ("relay:redis", "relay:kafka", "schedule:reap"):
        assert not await desk.stores.outbox.lease(name, "me", for_s=1), name


async def test_documents_without_a_job_get_one_and_not_one_each_time(desk: Desk) -> None:
    await desk.ingester.accept([Upload(data=b"A lamp.", name="lamp.txt", tenant=ACME)])
    outbox = desk.stores.outbox
    await outbox.taken(await outbox.oldest(JOBS, limit=10))
    await reaper(desk).reap()
    assert await enlisted(desk) == [("ingest", "acme")]
    await outbox.taken(await outbox.oldest(JOBS, limit=10))
    await reaper(desk).reap()
    assert await enlisted(desk) == []
    await lapse(desk)
    await reaper(desk).reap()
    assert await enlisted(desk) == [("ingest", "acme")]


def reaper(desk: Desk) -> Reaper:
    return Reaper(records=desk.stores.records, outbox=desk.stores.outbox, ingester=desk.ingester)


def succession(desk: Desk) -> Succession:
    return Succession(desk.stores.records, desk.stores.outbox)


async def successors(desk: Desk) -> list[Job]:
    return [job_from(parcel) for parcel in await desk.stores.outbox.oldest(JOBS, limit=100)]


async def test_of_a_tenants_many_jobs_one_goes_on(desk: Desk) -> None:
    many = [Job(name="ingest", tenant=ACME) for _ in range(5)]
    begun = [await succession(desk).begin(job, has_more=True) for job in many]
    assert begun == [True, False, False, False, False]
    (following,) = await successors(desk)
    assert (following.name, following.tenant) == ("ingest", ACME)
    assert await succession(desk).begin(Job(name="ingest", tenant=BIT), has_more=False)
    assert await succession(desk).begin(following, has_more=True)
    assert not await succession(desk).begin(following, has_more=True), "it has a successor of its own now"


async def test_the_last_of_a_succession_leaves_the_way_free(desk: Desk) -> None:
    await succession(desk).begin(Job(name="ingest", tenant=ACME), has_more=True)
    (following,) = await successors(desk)
    assert await succession(desk).begin(following, has_more=False)
    assert await succession(desk).begin(Job(name="ingest", tenant=ACME), has_more=False)


async def test_a_successor_that_was_lost_is_stood_in_for(desk: Desk) -> None:
    await succession(desk).begin(Job(name="ingest", tenant=ACME), has_more=True)
    (lost,) = await successors(desk)
    await lapse(desk)
    assert await succession(desk).begin(Job(name="ingest", tenant=ACME), has_more=True)
    assert not await succession(desk).begin(lost, has_more=True), "found again, it is one too many"
    assert len(await successors(desk)) == 2
