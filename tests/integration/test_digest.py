"""The digest: questions that mean the same are one line, with how often and when they were asked."""

import uuid

import numpy as np
import pytest

from core.assembly import Desk
from core.digest import Digester, grouped
from core.feedback import Feedback
from core.jobs import Job
from core.messages import Address, Answer, Message, MessageId, Outcome
from core.reports import Report, Reports
from core.search import Vector
from core.tenants import DEFAULT_TENANT, TenantId
from core.uploads import Upload
from workers.attempts import carry_out

pytestmark = pytest.mark.anyio

ACME = TenantId("acme")


async def ask(desk: Desk, text: str, tenant: TenantId = DEFAULT_TENANT) -> Answer:
    conversation = await desk.answerer.conversations.start(tenant, Address(channel="test"))
    message = Message(
        id=MessageId(uuid.uuid4().hex),
        tenant=tenant,
        conversation_id=conversation.id,
        text=text,
        address=conversation.address,
    )
    events = [event async for event in desk.answerer.answer(message)]
    assert isinstance(events[-1], Answer)
    return events[-1]


def digester(desk: Desk) -> Digester:
    return Digester(records=desk.stores.records, feedback=desk.feedback, embedder=desk.searcher.embedder)


async def latest(desk: Desk, tenant: TenantId = DEFAULT_TENANT) -> Report | None:
    return await Reports(desk.stores.records).latest(tenant, "digest")


async def test_the_same_question_in_other_words_is_counted_as_one(desk: Desk) -> None:
    asked = [
        await ask(desk, "What are your opening hours on Sunday?"),
        await ask(desk, "Do you sell gift cards?"),
        await ask(desk, "What are the opening hours on Sundays?"),
        await ask(desk, "What are your opening hours on Sundays?"),
    ]
    assert {answer.outcome for answer in asked} == {Outcome.UNSURE}
    report = await digester(desk).digest(DEFAULT_TENANT)
    assert report is not None
    hours, cards = report.body["groups"]
    assert (report.body["questions"], hours["count"], cards["count"]) == (4, 3, 1)
    assert "opening hours on Sunday" in hours["question"]
    assert set(hours["answers"]) == {asked[0].id, asked[2].id, asked[3].id}
    assert hours["first_asked"] < cards["last_asked"] < hours["last_asked"]
    assert report.body["oldest"] == hours["first_asked"]


async def test_a_thumb_down_is_counted(desk: Desk) -> None:
    await desk.ingester.accept([Upload(data=b"Lamps can be returned within thirty days.", name="r.txt")])
    async for _ in desk.ingester.run():
        pass
    answer = await ask(desk, "Within how many days can lamps be returned?")
    assert answer.outcome is Outcome.ANSWERED
    assert await digester(desk).digest(DEFAULT_TENANT) is None
    await desk.feedback.record(
        Feedback(tenant=DEFAULT_TENANT, answer_id=answer.id, person="p", verdict="down")
    )
    report = await digester(desk).digest(DEFAULT_TENANT)
    assert report is not None
    assert [(group["count"], group["down"]) for group in report.body["groups"]] == [(1, 1)]


async def test_a_digest_that_would_say_the_same_is_not_kept_twice(desk: Desk) -> None:
    await ask(desk, "Do you sell gift cards?")
    assert await digester(desk).digest(DEFAULT_TENANT)
    assert await digester(desk).digest(DEFAULT_TENANT) is None
    await ask(desk, "Do you sell gift cards?")
    assert await digester(desk).digest(DEFAULT_TENANT)
    assert len(await Reports(desk.stores.records).list(DEFAULT_TENANT, "digest")) == 2


async def test_a_tenants_digest_holds_nobody_elses_questions(desk: Desk) -> None:
    await ask(desk, "Do you sell gift cards?", ACME)
    await ask(desk, "Is there a garage?")
    await carry_out(desk, Job(name="digest_feedback", tenant=DEFAULT_TENANT), job_seconds=30)
    report = await latest(desk)
    assert report is not None
    assert [group["question"] for group in report.body["groups"]] == ["Is there a garage?"]
    assert await latest(desk, ACME) is None


async def test_nothing_asked_is_nothing_reported(desk: Desk) -> None:
    assert await digester(desk).digest(DEFAULT_TENANT) is None


def test_groups_are_of_what_lies_near_the_middle() -> None:
    def towards(degrees: float) -> Vector:
        return np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], np.float32)

    # Each lies near the next, the ends lie far apart.
    places = np.stack([towards(degrees) for degrees in (0, 30, 60, 90)])
    assert grouped(places) == [[0, 1], [2, 3]]
    assert grouped(np.zeros((0, 2), np.float32)) == []
    assert grouped(places, likeness=0.1) == [[0, 1, 2, 3]]
