"""The sample of answers for review: by id alone, newest first, over pages, a tenant's own."""

import uuid

import pytest

from core import review_sample
from core.assembly import Desk
from core.messages import Address, Answer, AnswerId, Message, MessageId, Outcome
from core.review_sample import is_sampled, sample
from core.tenants import TenantId

pytestmark = pytest.mark.anyio

HERE = Address(channel="test")
OURS, THEIRS = TenantId("ours"), TenantId("theirs")


async def answer(desk: Desk, tenant: TenantId, text: str) -> AnswerId:
    conversations = desk.answerer.conversations
    conversation = await conversations.start(tenant, HERE)
    message = Message(
        id=MessageId(uuid.uuid4().hex),
        tenant=tenant,
        conversation_id=conversation.id,
        text=text,
        address=HERE,
    )
    await conversations.remember(message)
    given = Answer(
        id=AnswerId(uuid.uuid4().hex), conversation_id=conversation.id, text=text.upper(),
        outcome=Outcome.ANSWERED, confidence=1.0, route="documents", model="m",
    )  # fmt: skip
    return (await conversations.record(message, given)).id


async def test_the_sample_is_what_the_ids_say_newest_first(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review_sample, "PAGE", 7)
    ids = [await answer(desk, OURS, f"question {n}") for n in range(30)]
    await answer(desk, THEIRS, "not ours")
    wanted = [each for each in reversed(ids) if is_sampled(each, 0.5)]
    chosen = await sample(desk.stores.records, OURS, 0.5, limit=100)
    assert [each.answer.id for each in chosen] == wanted
    assert all(each.answer.text == each.question.upper() for each in chosen)
    assert [each.answer.id for each in await sample(desk.stores.records, OURS, 0.5, limit=3)] == wanted[:3]


async def test_a_share_of_nothing_is_nothing_and_of_all_is_all(desk: Desk) -> None:
    given = await answer(desk, OURS, "question")
    assert await sample(desk.stores.records, OURS, 0.0) == []
    assert [each.answer.id for each in await sample(desk.stores.records, OURS, 1.0)] == [given]
