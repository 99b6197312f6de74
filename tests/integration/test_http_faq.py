"""FAQ entries over a real socket: who may lay down what, and what a citation's link shows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from config.settings import Settings
from core.access import Role
from core.faq import FaqDraft
from core.tenants import DEFAULT_TENANT, TenantId
from tests.fakes.running_desk import RunningDesk, running_desk

ENTRY = {
    "question": "How long can I return a <lamp>?",
    "answer": "Thirty days.\n\nUnused & complete.",
    "variants": ["Until when?"],
    "owner": "Ann",
    "audience": "public",
    "language": "en",
    "link": "https://acme.example/returns?a=1&b=2",
    "category": "Returns",
    "valid_from": "2026-01-01",
    "valid_until": "2026-12-31",
}
OTHER = TenantId("other")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    with running_desk(Settings(data=tmp_path_factory.mktemp("desk"), _env_file=None)) as running:
        yield running


@pytest.fixture(autouse=True)
def empty(served: RunningDesk) -> None:
    for faq in served.call(served.desk.faq.list, DEFAULT_TENANT):
        served.call(served.desk.faq.remove, DEFAULT_TENANT, faq.id)


def test_an_admin_lays_down_changes_and_removes_an_entry(served: RunningDesk) -> None:
    with served.client(served.key(Role.ADMIN)) as admin:
        made = admin.post("/v1/faq", json=ENTRY)
        assert made.status_code == 201
        entry = made.json()
        assert ENTRY.items() <= entry.items()
        assert entry["version"] == 1
        path = f"/v1/faq/{entry['faq_id']}"
        assert admin.get("/v1/faq").json() == [entry]
        assert admin.get(path).json() == entry
        newer = admin.put(path, json={"question": "Until when?", "answer": "Sixty days."}).json()
        assert (newer["version"], newer["answer"], newer["variants"]) == (2, "Sixty days.", [])
        assert admin.delete(path).status_code == 204
        assert admin.get(path).status_code == 404
        assert admin.delete(path).status_code == 404
        assert admin.get("/v1/faq").json() == []


def test_what_can_not_be_an_entry_is_refused_with_its_reason(served: RunningDesk) -> None:
    with served.client(served.key(Role.ADMIN)) as admin:
        admin.post("/v1/faq", json=ENTRY).raise_for_status()
        again = admin.post("/v1/faq", json=ENTRY)
        assert 400 <= again.status_code < 500
        assert "asks the same" in again.json()["error"]["message"]
        for fault in (
            {"answer": " "},
            {"link": "javascript:alert(1)"},
            {"audience": "vip"},
            {"valid_from": "soon"},
        ):
            refused = admin.post("/v1/faq", json={**ENTRY, "question": "Another one?", **fault})
            assert 400 <= refused.status_code < 500, fault


def test_only_an_admin_of_the_tenant_reaches_the_book(served: RunningDesk) -> None:
    faq = served.call(served.desk.faq.add, DEFAULT_TENANT, FaqDraft(question="Secret?", answer="4417."))
    _, visitor = served.begin()
    others = served.client(served.key(Role.ADMIN, tenant=OTHER))
    callers = [
        (served.client(), 401),
        (visitor, 403),
        (served.client(served.key(Role.CUSTOMER)), 403),
        (served.client(served.key(Role.STAFF)), 403),
        (others, 404),
    ]
    path, body = f"/v1/faq/{faq.id}", {"question": "Secret?", "answer": "None."}
    for client, status in callers:
        with client:
            replies = [client.get(path), client.put(path, json=body), client.delete(path)]
            assert [reply.status_code for reply in replies] == [status] * 3
            listed = client.get("/v1/faq")
            assert listed.status_code == status or listed.json() == []
            assert not any("4417" in reply.text for reply in (*replies, listed))
    assert served.call(served.desk.faq.get, DEFAULT_TENANT, faq.id) == faq


def test_a_citations_link_shows_the_approved_words(served: RunningDesk) -> None:
    draft = FaqDraft(question=str(ENTRY["question"]), answer=str(ENTRY["answer"]), url=str(ENTRY["link"]))
    faq = served.call(served.desk.faq.add, DEFAULT_TENANT, draft)
    with served.client() as anyone:
        shown = anyone.get(faq.cited().url)
        assert shown.status_code == 200
        assert '<mark id="quote">Thirty days.\n\nUnused &amp; complete.</mark>' in shown.text
        assert "a &lt;lamp&gt;?" in shown.text
        assert 'href="https://acme.example/returns?a=1&amp;b=2"' in shown.text
        served.call(served.desk.faq.replace, DEFAULT_TENANT, faq.id, draft)
        changed = anyone.get(faq.cited().url)
        assert changed.status_code == 410
        assert f'href="/sources/faq:{faq.id}"' in changed.text
        served.call(served.desk.faq.remove, DEFAULT_TENANT, faq.id)
        assert anyone.get(f"/sources/{faq.source}").status_code == 404


def test_the_page_of_a_staff_entry_is_staffs(served: RunningDesk) -> None:
    draft = FaqDraft(question="What is the alarm code?", answer="4417.", audience="staff")
    faq = served.call(served.desk.faq.add, DEFAULT_TENANT, draft)
    _, visitor = served.begin()
    for client, status in (
        (served.client(), 404),
        (visitor, 404),
        (served.client(served.key(Role.STAFF, tenant=OTHER)), 404),
        (served.client(served.key(Role.STAFF)), 200),
    ):
        with client:
            shown = client.get(f"/sources/{faq.source}")
            assert shown.status_code == status
            assert ("4417" in shown.text) == (status == 200)
