"""Liked answers as an evaluation: they are found and given again, and the report says when they are not."""

import uuid
from typing import Any

import pytest
from sqlalchemy import func, select

from core.assembly import Desk
from core.errors import SearchUnavailable
from core.feedback import Feedback, Verdict
from core.golden_set import GoldenSet
from core.jobs import Job
from core.messages import Address, Answer, ConversationId, Message, MessageId, Outcome
from core.reports import Reports
from core.schema import answers, conversations, messages, tickets
from core.tenants import DEFAULT_TENANT, PUBLIC, STAFF, TenantId
from core.uploads import Upload
from workers.attempts import carry_out

pytestmark = pytest.mark.anyio

RETURNS = b"Unused lamps can be returned within thirty days of delivery."
REFUNDS = b"Card payments are refunded within five working days."
ALARM = b"The alarm code of the shop is 4417."
HOW_LONG = "How long can unused lamps be returned?"
"""A question that the documents answer."""


@pytest.fixture
async def stocked(desk: Desk) -> Desk:
    await desk.ingester.accept(
        [
            Upload(data=RETURNS, name="returns.txt"),
            Upload(data=REFUNDS, name="refunds.txt"),
            Upload(data=ALARM, name="alarm.txt", audience=STAFF),
        ]
    )
    async for _ in desk.ingester.run():
        pass
    return desk


async def ask(
    desk: Desk, text: str, conversation: ConversationId | None = None, *, audiences: frozenset[str]
) -> Answer:
    there = conversation or (await desk.answerer.conversations.start(DEFAULT_TENANT, ADDRESS)).id
    message = Message(
        id=MessageId(uuid.uuid4().hex),
        tenant=DEFAULT_TENANT,
        conversation_id=there,
        text=text,
        address=ADDRESS,
        audiences=audiences,
    )
    events = [event async for event in desk.answerer.answer(message)]
    assert isinstance(events[-1], Answer)
    return events[-1]


ADDRESS = Address(channel="test")
CUSTOMER = frozenset({PUBLIC})


async def judge(desk: Desk, answer: Answer, verdict: Verdict, person: str = "p") -> None:
    await desk.feedback.record(
        Feedback(tenant=DEFAULT_TENANT, answer_id=answer.id, person=person, verdict=verdict)
    )


async def liked(desk: Desk, text: str = HOW_LONG, audiences: frozenset[str] = CUSTOMER) -> Answer:
    answer = await ask(desk, text, audiences=audiences)
    assert answer.outcome is Outcome.ANSWERED
    await judge(desk, answer, "up")
    return answer


def golden_set(desk: Desk) -> GoldenSet:
    return GoldenSet(records=desk.stores.records, answerer=desk.answerer)


async def rows(desk: Desk) -> list[int]:
    async with desk.stores.records.transaction() as connection:
        return [
            int(await connection.scalar(select(func.count()).select_from(table)) or 0)
            for table in (conversations, messages, answers, tickets)
        ]


async def test_liked_questions_are_asked_again_and_leave_no_trace(stocked: Desk) -> None:
    await liked(stocked)
    before, waiting = await rows(stocked), await stocked.stores.outbox.waiting()
    report = await golden_set(stocked).evaluate(DEFAULT_TENANT)
    assert report is not None
    assert report.body == {
        "questions": 1,
        "hit@1": 1.0,
        "recall@10": 1.0,
        "answered_rate": 1.0,
        "change": None,
        "failing": [],
        "oldest": None,
    }
    assert await rows(stocked) == before
    assert await stocked.stores.outbox.waiting() == waiting


async def test_an_answer_that_is_not_given_any_more_is_named(stocked: Desk) -> None:
    answer = await liked(stocked)
    await liked(stocked, "When are card payments refunded?")
    await golden_set(stocked).evaluate(DEFAULT_TENANT)
    await stocked.ingester.accept([Upload(data=b"We like lamps.", name="returns.txt")])
    async for _ in stocked.ingester.run():
        pass
    await carry_out(stocked, Job(name="evaluate", tenant=DEFAULT_TENANT), job_seconds=60)
    last = await Reports(stocked.stores.records).latest(DEFAULT_TENANT, "evaluation")
    assert last is not None
    assert last.body["failing"] == [{"question": HOW_LONG, "answer": answer.id}]
    assert last.body["answered_rate"] == 0.5
    assert last.body["change"]["answered_rate"] == -0.5
    assert last.body["oldest"] is not None


async def test_staff_questions_are_asked_with_what_staff_may_see(stocked: Desk) -> None:
    await liked(stocked, "What is the alarm code of the shop?", frozenset({PUBLIC, STAFF}))
    report = await golden_set(stocked).evaluate(DEFAULT_TENANT)
    assert report is not None
    assert (report.body["hit@1"], report.body["answered_rate"]) == (1.0, 1.0)


async def test_what_was_disliked_depends_on_others_or_lost_its_documents_is_left_out(stocked: Desk) -> None:
    await judge(stocked, await liked(stocked), "down", "q")
    refunds = await liked(stocked, "When are card payments refunded?")
    after = await ask(stocked, HOW_LONG, refunds.conversation_id, audiences=CUSTOMER)
    await judge(stocked, after, "up")
    assert [one.question for one in await golden_set(stocked).questions(DEFAULT_TENANT)] == [
        "When are card payments refunded?"
    ]
    cited = refunds.citations[0].document_id
    await stocked.ingester.delete(DEFAULT_TENANT, cited)
    assert await golden_set(stocked).questions(DEFAULT_TENANT) == []
    assert await golden_set(stocked).evaluate(DEFAULT_TENANT) is None


async def test_a_question_asked_often_counts_once(stocked: Desk) -> None:
    for text in (HOW_LONG, HOW_LONG.upper(), f"  {HOW_LONG} "):
        answer = await ask(stocked, text, audiences=CUSTOMER)
        await judge(stocked, answer, "up")
    assert len(await golden_set(stocked).questions(DEFAULT_TENANT)) == 1
    assert await golden_set(stocked).questions(TenantId("acme")) == []


async def test_an_outage_is_no_figure_and_opens_no_ticket(
    stocked: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await liked(stocked)
    index = stocked.stores.index
    calls = 0
    candidates = index.candidates

    async def breaks(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise SearchUnavailable("down")
        return await candidates(*given, **named)

    monkeypatch.setattr(index, "candidates", breaks)
    with pytest.raises(SearchUnavailable):
        await golden_set(stocked).evaluate(DEFAULT_TENANT)
    assert (await rows(stocked))[-1] == 0
    assert await Reports(stocked.stores.records).latest(DEFAULT_TENANT, "evaluation") is None
