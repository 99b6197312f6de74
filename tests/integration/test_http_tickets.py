"""Tickets over a real socket: who may see, take, answer, return and close them."""

from collections.abc import Iterator

import httpx
import pytest

from config.settings import Settings
from core.access import Role
from core.tenants import TenantId
from tests.fakes.running_desk import RunningDesk, running_desk


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    settings = Settings(
        data=tmp_path_factory.mktemp("desk"), _env_file=None, hand_off={"hours": "mon-sun 00:00-24:00"}
    )
    with running_desk(settings) as running:
        yield running


def escalated(served: RunningDesk) -> tuple[str, str, httpx.Client]:
    """A ticket, its conversation, and the customer's client."""
    conversation_id, client = served.begin()
    with client:
        made = client.post(f"/v1/conversations/{conversation_id}/escalate", json={"reason": "my order"})
    assert made.status_code == 201
    body = made.json()
    assert body["ticket_id"] in body["message"]
    assert body["due_at"]
    token = client.headers["authorization"].removeprefix("Bearer ")
    return body["ticket_id"], conversation_id, served.client(token)


def test_a_ticket_goes_through_all_its_states(served: RunningDesk) -> None:
    ticket, conversation, customer = escalated(served)
    with customer, served.client(served.key(Role.STAFF, "Ann")) as ann:
        (listed,) = [
            one
            for one in ann.get("/v1/tickets", params={"status": "waiting"}).json()
            if one["ticket_id"] == ticket
        ]
        assert (listed["status"], listed["reason"], listed["trigger"]) == ("waiting", "my order", "asked")
        again = customer.post(f"/v1/conversations/{conversation}/escalate")
        assert (again.status_code, again.json()["ticket_id"]) == (200, ticket)
        taken = ann.post(f"/v1/tickets/{ticket}/take").raise_for_status().json()
        assert (taken["status"], taken["taken_by"]) == ("taken", "key:Ann")
        assert customer.get(f"/v1/conversations/{conversation}").json()["state"] == "person"
        for _ in range(2):
            said = ann.post(f"/v1/tickets/{ticket}/reply", json={"text": "Hello!", "message_id": "1"})
            assert said.status_code == 201
        history = customer.get(f"/v1/conversations/{conversation}").json()
        (message,) = history["staff_messages"]
        assert (message["who"], message["name"], message["text"]) == ("person", "Ann", "Hello!")
        assert message["after"] == 0
        back = ann.post(f"/v1/tickets/{ticket}/return", json={"note": "done"}).raise_for_status().json()
        assert (back["status"], back["note"]) == ("returned", "done")
        assert customer.get(f"/v1/conversations/{conversation}").json()["state"] == "bot"
        whole = ann.get(f"/v1/tickets/{ticket}").raise_for_status().json()
        assert whole["conversation"]["staff_messages"][0]["text"] == "Hello!"
        assert whole["undelivered"] == []
        assert ann.post(f"/v1/tickets/{ticket}/close").json()["status"] == "closed"


def test_a_step_that_comes_too_late_is_told_in_one_sentence(served: RunningDesk) -> None:
    ticket, _, customer = escalated(served)
    staff = (served.client(served.key(Role.STAFF, name)) for name in ("Ann", "Bea"))
    with customer, next(staff) as ann, next(staff) as bea:
        ann.post(f"/v1/tickets/{ticket}/take").raise_for_status()
        late = bea.post(f"/v1/tickets/{ticket}/take")
        assert late.status_code == 409
        assert late.json()["error"]["type"] == "not_now"
        assert "'key:Ann' has it" in late.json()["error"]["message"]


def test_tickets_are_for_the_staff_of_their_own_tenant(served: RunningDesk) -> None:
    ticket, _, customer = escalated(served)
    stranger = served.key(Role.ADMIN, "Eve", TenantId("other"))
    steps = [("GET", "")] + [("POST", f"/{step}") for step in ("take", "return", "close")]
    with customer, served.client(stranger) as eve, served.client() as nobody:
        assert eve.get("/v1/tickets").json() == []
        for verb, step in steps:
            path = f"/v1/tickets/{ticket}{step}"
            assert eve.request(verb, path).status_code == 404
            assert customer.request(verb, path).status_code == 403
            assert nobody.request(verb, path).status_code == 401
        for client, status in ((eve, 404), (customer, 403), (nobody, 401)):
            assert client.post(f"/v1/tickets/{ticket}/reply", json={"text": "Hi"}).status_code == status
        assert customer.get("/v1/tickets").status_code == 403


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "x" * 4001}, {"text": "a", "message_id": ""}])
def test_a_reply_without_words_or_with_too_many_is_refused(served: RunningDesk, body: dict[str, str]) -> None:
    ticket, _, customer = escalated(served)
    with customer, served.client(served.key(Role.STAFF, "Ann")) as ann:
        ann.post(f"/v1/tickets/{ticket}/take").raise_for_status()
        assert ann.post(f"/v1/tickets/{ticket}/reply", json=body).status_code == 422
    with served.client(served.key(Role.STAFF, "Ann")) as ann:
        assert ann.get("/v1/tickets", params={"status": "gone"}).status_code == 422
