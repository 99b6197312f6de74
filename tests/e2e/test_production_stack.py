"""A desk that has outgrown one machine: moved up to real servers, and robbed of each of them in turn."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.fakes.commands import ROOT, frontdesk, ran
from tests.fakes.running_desk import events_in
from tests.services.stack import Stack, production_stack

pytestmark = pytest.mark.service

SAMPLES = ROOT / "config" / "samples" / "public"
QUESTION = "How long do I have to return an item?"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The servers, and an embedded desk with documents and a conversation in its data folder."""
    folder = tmp_path_factory.mktemp("stack")
    with production_stack(folder) as running:
        ran("ingest", str(SAMPLES), "--data", str(running.folder))
        ran("ask", QUESTION, "--data", str(running.folder))
        yield running


@pytest.fixture(scope="module")
def moved(stack: Stack) -> Stack:
    """The same, moved up."""
    stack.run("migrate")
    return stack


def until(claim: Callable[[], bool], seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.2)


def asked(client: httpx.Client, question: str = QUESTION) -> list[tuple[str, Any]]:
    """The events of a question in a conversation of its own."""
    begun = client.post("/v1/conversations").raise_for_status().json()
    response = client.post(
        f"/v1/conversations/{begun['conversation_id']}/messages",
        json={"text": question},
        headers={"Authorization": f"Bearer {begun['token']}"},
    )
    if response.status_code != 200:
        return [("error", response.json()["error"])]
    return events_in(response.text)


def answer_to(client: httpx.Client, question: str = QUESTION) -> dict[str, Any]:
    name, answer = asked(client, question)[-1]
    assert name == "answer", answer
    return answer


def upload(client: httpx.Client, *texts: str, name: str = "note") -> list[str]:
    files = [("files", (f"{name}-{place}.md", text)) for place, text in enumerate(texts)]
    response = client.post("/v1/documents", files=files).raise_for_status()
    return [entry["document_id"] for entry in response.json()]


def are_ready(client: httpx.Client, ids: list[str]) -> Callable[[], bool]:
    def look() -> bool:
        listed = client.get("/v1/documents")
        if listed.status_code != 200:
            return False
        ready = {each["document_id"] for each in listed.json() if each["status"] == "ready"}
        return set(ids) <= ready

    return look


def test_migrate_moves_an_embedded_desk_up_and_a_second_time_changes_nothing(stack: Stack) -> None:
    before = ran("documents", "--data", str(stack.folder))
    moved = stack.run("migrate")
    assert moved["records"]["documents"]["written"] == len(before)
    assert moved["records"]["conversations"]["written"] == 1
    assert moved["files"]["copied"] == len(before)
    assert moved["passages"]["default"] == sum(each["passages"] for each in before)
    again = stack.run("migrate")
    assert again == {"files_sealed": {"copied": 0, "already": len(before), "damaged": 0}, "passages": {}}
    once_more = stack.run("migrate", "--again")
    assert {table["written"] for table in once_more["records"].values()} == {0}
    assert stack.run("documents") == before


def test_the_moved_desk_answers_as_the_embedded_one_did(moved: Stack) -> None:
    embedded = ran("ask", QUESTION, "--data", str(moved.folder))
    moved = moved.run("ask", QUESTION)
    assert moved["text"] == embedded["text"]
    cited = [(each["document_id"], each["quote"], each["source_start"]) for each in moved["citations"]]
    assert cited == [
        (each["document_id"], each["quote"], each["source_start"]) for each in embedded["citations"]
    ]


def test_the_doctor_finds_every_part_well_once_a_worker_runs(moved: Stack) -> None:
    with frontdesk("doctor", "--data", str(moved.folder), "--json", **moved.settings) as process:
        said, _ = process.communicate(timeout=60)
        alone = {each["part"]: each for each in json.loads(said)}
        assert process.returncode == 1
        assert "frontdesk worker" in alone["workers"]["fix"]
    with moved.worker():
        found = {each["part"]: each for each in moved.run("doctor")}
    assert {each["state"] for each in found.values()} <= {"ok", "note"}
    assert "PostgreSQL" in found["records"]["says"]
    assert "Elasticsearch" in found["passage index"]["says"]


def test_an_upload_is_read_by_a_worker_answered_from_and_gone_once_deleted(moved: Stack) -> None:
    with moved.worker(), moved.web() as url, moved.client(url) as admin:
        ids = upload(admin, "# Gift cards\n\nGift cards of Juniper stay valid for seven years.", name="gift")
        until(are_ready(admin, ids))
        answer = answer_to(admin, "How long do gift cards of Juniper stay valid?")
        assert "seven years" in answer["text"]
        assert answer["citations"][0]["document_id"] == ids[0]
        assert answer_to(admin, "How long do gift cards of Juniper stay valid?")["route"] == "cache"
        admin.delete(f"/v1/documents/{ids[0]}").raise_for_status()
        assert "seven years" not in answer_to(admin, "How long do gift cards of Juniper stay valid?")["text"]


def test_a_worker_killed_in_the_middle_loses_no_document(moved: Stack) -> None:
    texts = [f"# Shelf {n}\n\n" + f"Shelf {n} holds lamps of the kind {n}. " * 60 for n in range(60)]
    with moved.web() as url, moved.client(url) as admin:
        with moved.worker() as process:
            ids = upload(admin, *texts, name="shelf")
            until(lambda: any(one["status"] == "reading" for one in admin.get("/v1/documents").json()))
            process.kill()
        with moved.worker():
            until(are_ready(admin, ids))
            found = admin.post("/v1/search", json={"query": "lamps of the kind 41", "k": 3}).json()
            assert any("Shelf 41" in one["text"] for one in found["passages"])
        for document_id in ids:
            admin.delete(f"/v1/documents/{document_id}").raise_for_status()


def test_redis_restarts_and_jobs_and_questions_go_on(moved: Stack) -> None:
    with moved.worker(), moved.web() as url, moved.client(url) as admin:
        moved.redis.kill()
        ids = upload(admin, "# Summer\n\nIn summer the shop opens at ten.", name="summer")
        assert answer_to(admin)["outcome"] == "answered"
        moved.redis.start()
        until(are_ready(admin, ids))
        assert answer_to(admin)["outcome"] == "answered"


def test_while_elasticsearch_is_away_the_customer_is_told_and_a_person_has_the_question(moved: Stack) -> None:
    with moved.worker(), moved.web() as url, moved.client(url) as admin:
        moved.elasticsearch.stop()
        answer = answer_to(admin, "Which bulbs fit the Aurora lamp?")
        assert (answer["outcome"], answer["citations"]) == ("handed_off", [])
        assert "sorry" in answer["text"]
        history = admin.get(f"/v1/conversations/{answer['conversation_id']}").json()
        assert history["exchanges"][0]["answer"]["id"] == answer["id"]
        ids = upload(admin, "# Winter\n\nIn winter the shop opens at eleven.", name="winter")
        assert admin.get("/ready").json()["parts"]["index"] == "down"
        moved.elasticsearch.start()
        until(are_ready(admin, ids))
        assert "eleven" in answer_to(admin, "When does the shop open in winter?")["text"]


def test_postgresql_restarts_and_nothing_that_was_taken_is_lost(moved: Stack) -> None:
    with moved.worker(), moved.web() as url, moved.client(url) as admin:
        kept = answer_to(admin)
        moved.postgres.kill()
        name, refusal = asked_while_away(admin)
        assert name == "error"
        assert "password" not in json.dumps(refusal)
        moved.postgres.start()
        until(lambda: admin.get("/ready").status_code == 200)
        history = admin.get(f"/v1/conversations/{kept['conversation_id']}").json()
        assert history["exchanges"][0]["answer"]["text"] == kept["text"]
        assert answer_to(admin)["outcome"] == "answered"


def asked_while_away(client: httpx.Client) -> tuple[str, Any]:
    response = client.post("/v1/conversations")
    assert response.status_code == 503
    return "error", response.json()["error"]


def test_many_visitors_at_once_lose_and_cross_nothing(moved: Stack) -> None:
    with moved.worker(), moved.web() as url, moved.client(url) as admin:
        key = admin.headers["Authorization"].partition(" ")[2]
        figures = ran("load", url, "--visitors", "30", "--rate", "10", "--seconds", "5", "--key", key)
    assert figures["faults"] == {}
    assert figures["answered"] == figures["questions"] == 50
