"""What the customer page's clicks do in a whole desk: who signs in where, and what looking for news costs."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jwt
import pytest
from sqlalchemy import event

from channels.customer_desk import CustomerDesk
from channels.door import Door
from config.settings import Settings
from core.access import Role
from core.conversation import Conversation
from core.errors import Refused, Unauthorized
from core.tickets import stamp_of
from tests.fakes.running_desk import RunningDesk, running_desk
from ui.calls import Limits

SECRET = "the-secret-of-the-site-of-juniper-and-lamp"  # noqa: S105 - of a site that does not exist


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    settings = Settings(
        data=tmp_path_factory.mktemp("desk"),
        _env_file=None,
        customers={"secrets": {"default": SECRET}, "single_use": True},
    )
    with running_desk(settings) as running:
        yield running


@pytest.fixture
def page(served: RunningDesk) -> CustomerDesk:
    door: Door = served.app.state.door
    return CustomerDesk(door, Limits(files=2, file_bytes=2**20))


def signed(**more: Any) -> str:
    claims = {"sub": "c-17", "aud": "default", "exp": int(time.time()) + 600, "name": "Ada"}
    return jwt.encode(claims | {"jti": str(time.monotonic_ns())} | more, SECRET, "HS256")


def conversation(served: RunningDesk, page: CustomerDesk, token: str) -> Conversation:
    return served.call(page.conversation, token)


def test_a_customer_goes_on_with_their_conversation_and_nobody_elses(
    served: RunningDesk, page: CustomerDesk
) -> None:
    proof = signed(facts={"plan": "gold"})
    mine = served.call(page.sign_in, proof, "")
    assert served.call(page.customer, mine) == "Ada"
    assert served.call(page.sign_in, proof, mine) == mine
    assert served.call(page.sign_in, signed(name="Ada L."), mine) == mine
    assert served.call(page.customer, mine) == "Ada L."
    with pytest.raises(Unauthorized, match="used before"):
        served.call(page.sign_in, proof, "")
    other = served.call(page.sign_in, signed(sub="c-18", name="Bob"), mine)
    assert conversation(served, page, other).id != conversation(served, page, mine).id
    assert served.call(page.customer, other) == "Bob"
    with pytest.raises(Unauthorized, match="used before"):
        served.call(page.sign_in, proof, other)


def test_a_new_conversation_stays_the_customers_and_an_anonymous_one_nobodys(
    served: RunningDesk, page: CustomerDesk
) -> None:
    mine = served.call(page.sign_in, signed(), "")
    again = served.call(page.start, mine)
    first, second = conversation(served, page, mine), conversation(served, page, again)
    assert first.id != second.id
    assert first.customer_id == second.customer_id is not None
    assert first.address == second.address
    nobodys = served.call(page.start)
    assert conversation(served, page, nobodys).customer_id is None
    assert served.call(page.customer, nobodys) == ""
    assert conversation(served, page, served.call(page.start, nobodys)).customer_id is None


@pytest.mark.parametrize("proof", ["", "nobody", "a.b.c", "x" * 9000, signed(aud="other"), signed(exp=1)])
def test_a_proof_that_is_not_good_signs_nobody_in(
    served: RunningDesk, page: CustomerDesk, proof: str
) -> None:
    with pytest.raises(Refused):
        served.call(page.sign_in, proof, "")


@contextmanager
def statements(served: RunningDesk) -> Iterator[list[str]]:
    """What is asked of the records about conversations and tickets meanwhile."""
    asked: list[str] = []
    engine = served.desk.stores.records._engine.sync_engine

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if any(name in statement for name in ("tickets", "conversations", "messages", "answers")):
            asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_looking_for_news_is_one_short_statement_and_sees_every_step(
    served: RunningDesk, page: CustomerDesk
) -> None:
    token = served.call(page.start)
    seen = [served.call(page.news, token)]
    served.call(page.person, token)
    seen.append(served.call(page.news, token))
    (ticket,) = served.call(page.tickets, token)
    with served.client(served.key(Role.STAFF, "Ana")) as ana:
        for step, body in (
            ("take", None),
            ("reply", {"text": "Hello"}),
            ("reply", {"text": "?"}),
            ("return", None),
        ):
            ana.post(f"/v1/tickets/{ticket.id}/{step}", json=body).raise_for_status()
            seen.append(served.call(page.news, token))
    assert len(set(seen)) == len(seen)
    with statements(served) as asked:
        now = served.call(page.news, token)
    assert len(asked) == 1
    assert "body" not in asked[0]
    assert now == seen[-1] == stamp_of(served.call(page.tickets, token))
    with pytest.raises(Unauthorized):
        served.call(page.news, "forged")
