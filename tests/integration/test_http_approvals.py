"""Approvals over a real socket: a return above the sample shop's limit, from the wish to its end."""

from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from config.settings import Settings
from core.access import Role
from core.tenants import TenantId
from tests.fakes.running_desk import RunningDesk, ask, running_desk

WISH = (
    "I want to return something", "jonas.weber@example.com", "#L20377", "the floor lamp",
    "the way I paid", "yes",
)  # fmt: skip
SHOWN = "I will send back Atlas floor lamp, oak from order #L20377 and refund £649.00 to the way you paid."


@pytest.fixture
def served(tmp_path: object) -> Iterator[RunningDesk]:
    settings = Settings(data=tmp_path, _env_file=None, tools={"samples": "shop"})
    with running_desk(settings) as running:
        yield running


def wished(served: RunningDesk) -> tuple[str, httpx.Client]:
    """A conversation in which a return waits for a colleague."""
    conversation, customer = served.begin()
    for words in WISH:
        _, answer = ask(customer, conversation, words)[-1]
    assert "asked a colleague" in answer["text"]
    assert answer["outcome"] == "handed_off"
    return conversation, customer


def test_what_waits_is_approved_once_and_told_in_the_conversation(served: RunningDesk) -> None:
    conversation, customer = wished(served)
    with (
        closing(customer),
        served.client(served.key(Role.STAFF, "Ann")) as ann,
        served.client(served.key(Role.STAFF, "Bea")) as bea,
    ):
        (waits,) = ann.get("/v1/approvals", params={"state": "pending"}).raise_for_status().json()
        assert (waits["shown"], waits["conversation_id"]) == (SHOWN, conversation)
        path = f"/v1/approvals/{waits['approval_id']}"
        done = ann.post(f"{path}/approve").raise_for_status().json()
        assert (done["state"], done["decided_by"]) == ("done", "key:Ann")
        assert ann.post(f"{path}/approve").json() == done
        late = bea.post(f"{path}/approve")
        assert (late.status_code, late.json()["error"]["type"]) == (409, "not_now")
        assert bea.post(f"{path}/decline", json={"reason": "no"}).status_code == 409
        assert bea.get(path).json() == done
        history = customer.get(f"/v1/conversations/{conversation}").json()
        (message,) = history["staff_messages"]
        assert message["name"] == "Ann"
        assert "The return for order #L20377 is registered" in message["text"]
        assert history["state"] == "bot"
        _, answer = ask(customer, conversation, "never mind")[-1]
        assert "Nothing was changed" not in answer["text"]
        assert ann.get(f"/v1/tickets/{waits['ticket_id']}").json()["status"] == "closed"


def test_a_customer_who_cancels_withdraws_it_and_one_who_is_refused_hears_why(served: RunningDesk) -> None:
    conversation, customer = wished(served)
    with closing(customer), served.client(served.key(Role.STAFF, "Ann")) as ann:
        (waits,) = ann.get("/v1/approvals").json()
        _, answer = ask(customer, conversation, "never mind")[-1]
        assert "Nothing was changed" in answer["text"]
        path = f"/v1/approvals/{waits['approval_id']}"
        assert ann.get(path).json()["state"] == "withdrawn"
        assert ann.post(f"{path}/approve").status_code == 409
        for words in WISH:
            ask(customer, conversation, words)
        (again,) = ann.get("/v1/approvals", params={"state": "pending"}).json()
        declined = ann.post(
            f"/v1/approvals/{again['approval_id']}/decline", json={"reason": "The lamp has been used."}
        )
        assert declined.raise_for_status().json()["state"] == "declined"
        history = customer.get(f"/v1/conversations/{conversation}").json()
        assert history["staff_messages"][-1]["text"].endswith("nothing was changed. The lamp has been used.")


def test_approvals_and_notes_are_for_the_staff_of_their_own_tenant(served: RunningDesk) -> None:
    conversation, customer = wished(served)
    with served.client(served.key(Role.STAFF, "Ann")) as ann:
        (waits,) = ann.get("/v1/approvals").json()
        notes = f"/v1/tickets/{waits['ticket_id']}/notes"
        for _ in range(2):
            assert ann.post(notes, json={"text": "be generous", "note_id": "1"}).status_code == 201
        whole = ann.get(f"/v1/tickets/{waits['ticket_id']}").json()
        assert [one["text"] for one in whole["notes"]] == ["be generous"]
        assert ann.get("/v1/approvals", params={"state": "gone"}).status_code == 422
        assert (
            ann.post(f"/v1/approvals/{waits['approval_id']}/decline", json={"reason": "x" * 1001}).status_code
            == 422
        )
    stranger = served.key(Role.ADMIN, "Eve", TenantId("other"))
    path = f"/v1/approvals/{waits['approval_id']}"
    with closing(customer), served.client(stranger) as eve, served.client() as nobody:
        assert eve.get("/v1/approvals").json() == []
        assert "generous" not in customer.get(f"/v1/conversations/{conversation}").text
        for client, status in ((eve, 404), (customer, 403), (nobody, 401)):
            assert client.get(path).status_code == status
            assert client.post(f"{path}/approve").status_code == status
            assert client.post(f"{path}/decline").status_code == status
            assert client.post(notes, json={"text": "mine"}).status_code == status
        assert customer.get("/v1/approvals").status_code == 403
    with served.client(served.key(Role.STAFF, "Bea")) as bea:
        assert bea.get(path).json()["state"] == "pending"
