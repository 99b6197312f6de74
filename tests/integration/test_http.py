"""Conversations over a real socket: asked, streamed, read back, escalated and judged."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import jwt
import pytest

from config.settings import Settings
from core.access import Principal, Role
from core.tenants import DEFAULT_TENANT, TenantId
from tests.fakes.running_desk import RunningDesk, ask, running_desk

ANSWER = {
    "id", "conversation_id", "text", "outcome", "citations", "confidence", "route", "model", "timings_ms",
    "language",
}  # fmt: skip
CITATION = {
    "n", "document_id", "passage_id", "title", "url", "page", "heading", "quote", "start", "end",
    "source_start", "source_end",
}  # fmt: skip
RETURNS = (
    "# Returns\n\nUnused lamps can be returned within thirty days of delivery. "
    "The refund for a returned lamp takes five working days."
)
QUESTION = "How long does the refund for a returned lamp take?"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    settings = Settings(data=tmp_path_factory.mktemp("desk"), _env_file=None)
    with running_desk(settings) as running:
        running.publish(RETURNS, "returns.md")
        yield running


def error_of(response: httpx.Response) -> dict[str, object]:
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"type", "message", "retryable"}
    assert "Traceback" not in response.text
    return dict(body["error"])


def test_anybody_may_begin_a_conversation(served: RunningDesk) -> None:
    with served.client() as anyone:
        response = anyone.post("/v1/conversations")
        assert response.status_code == 201
        assert set(response.json()) == {"conversation_id", "token", "expires_at"}
        assert anyone.post("/v1/conversations", json={"tenant": "default"}).status_code == 201


def test_a_tenant_nobody_configured_is_not_found(served: RunningDesk) -> None:
    with served.client() as anyone:
        response = anyone.post("/v1/conversations", json={"tenant": "elsewhere"})
    assert response.status_code == 404
    assert error_of(response)["type"] == "unknown_tenant"


def test_a_turn_streams_its_steps_its_words_and_one_answer(served: RunningDesk) -> None:
    conversation_id, client = served.begin()
    with client:
        events = ask(client, conversation_id, QUESTION)
    names = [name for name, _ in events]
    assert names[0] == "status"
    assert names[-1] == "answer"
    assert names.count("answer") == 1
    assert "error" not in names
    stages = [data["stage"] for name, data in events if name == "status"]
    assert stages == ["remember", "understand", "retrieve", "rerank", "generate"]
    answer = events[-1][1]
    assert "".join(data["text"] for name, data in events if name == "token") == answer["text"]
    assert set(answer) == ANSWER
    assert answer["outcome"] == "answered"
    assert answer["conversation_id"] == conversation_id
    assert answer["citations"]
    for citation in answer["citations"]:
        assert set(citation) == CITATION
        assert citation["quote"] in RETURNS
        assert 0 <= citation["start"] < citation["end"] <= len(answer["text"])


def test_a_citation_opens_the_document_at_the_quoted_words(served: RunningDesk) -> None:
    conversation_id, client = served.begin()
    with client:
        citation = ask(client, conversation_id, QUESTION)[-1][1]["citations"][0]
        page = client.get(citation["url"])
    assert page.status_code == 200
    assert f'<mark id="quote">{citation["quote"]}</mark>' in page.text


def test_reloading_shows_the_same_answer_with_the_same_citations(served: RunningDesk) -> None:
    conversation_id, client = served.begin()
    with client:
        told = ask(client, conversation_id, QUESTION, message_id="one")[-1][1]
        history = client.get(f"/v1/conversations/{conversation_id}").json()
    assert set(history) == {"conversation_id", "created_at", "exchanges", "staff_messages", "state"}
    assert [each["message_id"] for each in history["exchanges"]] == ["one"]
    assert history["exchanges"][0]["text"] == QUESTION
    assert history["exchanges"][0]["answer"] == told


@pytest.mark.parametrize("by_header", [False, True])
def test_the_same_message_twice_is_one_message(served: RunningDesk, by_header: bool) -> None:
    conversation_id, client = served.begin()
    body = {} if by_header else {"message_id": "again"}
    client.headers.update({"Idempotency-Key": "again"} if by_header else {})
    with client:
        first, second = (ask(client, conversation_id, QUESTION, **body)[-1][1] for _ in range(2))
        history = client.get(f"/v1/conversations/{conversation_id}").json()
    assert first == second
    assert len(history["exchanges"]) == 1


def test_the_same_message_id_of_somebody_else_is_another_message(served: RunningDesk) -> None:
    (one, her), (two, him) = served.begin(), served.begin()
    with her, him:
        hers = ask(her, one, QUESTION, message_id="1")[-1][1]
        his = ask(him, two, QUESTION, message_id="1")[-1][1]
    assert hers["id"] != his["id"]
    assert his["conversation_id"] == two


def test_what_the_documents_do_not_say_is_not_said(served: RunningDesk) -> None:
    conversation_id, client = served.begin()
    with client:
        answer = ask(client, conversation_id, QUESTION, documents=["none of them"])[-1][1]
    assert answer["outcome"] == "unsure"
    assert answer["citations"] == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": "   "}, 422),
        ({}, 422),
        ({"text": 5}, 422),
        ({"text": "x" * 2001}, 413),
        ({"text": "x" * 70_000}, 413),
        ({"text": QUESTION, "message_id": "x" * 200}, 422),
    ],
    ids=["blank", "nothing", "a number", "a long question", "a huge body", "a long id"],
)
def test_a_bad_question_is_refused_before_the_stream(
    served: RunningDesk, body: dict[str, object], status: int
) -> None:
    conversation_id, client = served.begin()
    with client:
        response = client.post(f"/v1/conversations/{conversation_id}/messages", json=body)
    assert response.status_code == status
    assert error_of(response)["retryable"] is False


def test_what_is_not_json_is_refused(served: RunningDesk) -> None:
    conversation_id, client = served.begin()
    with client:
        response = client.post(
            f"/v1/conversations/{conversation_id}/messages",
            content=b'{"text": "half',
            headers={"Content-Type": "application/json"},
        )
    assert response.status_code == 422
    assert "half" not in response.text


def test_a_body_without_a_length_is_cut_off_at_the_limit(served: RunningDesk) -> None:
    conversation_id, client = served.begin()
    with client:
        response = client.post(
            f"/v1/conversations/{conversation_id}/messages",
            content=(b" " * 10_000 for _ in range(100)),
            headers={"Content-Type": "application/json"},
        )
    assert response.status_code == 413
    assert error_of(response)["type"] == "too_large"


def test_somebody_elses_conversation_is_as_if_it_were_not_there(served: RunningDesk) -> None:
    theirs, _ = served.begin()
    _, client = served.begin()
    with client:
        for path in (theirs, "0" * 32):
            response = client.get(f"/v1/conversations/{path}")
            assert response.status_code == 404
            assert error_of(response)["message"] == f"there is no conversation '{path}'"
            asked = client.post(f"/v1/conversations/{path}/messages", json={"text": QUESTION})
            assert asked.status_code == 404
            assert client.post(f"/v1/conversations/{path}/escalate").status_code == 404


def test_another_tenants_admin_finds_nothing_here(served: RunningDesk) -> None:
    conversation_id, client = served.begin()
    with client:
        answer = ask(client, conversation_id, QUESTION)[-1][1]
    with served.client(served.key(Role.ADMIN, "rival", TenantId("rival"))) as rival:
        assert rival.get(f"/v1/conversations/{conversation_id}").status_code == 404
        assert rival.post(f"/v1/answers/{answer['id']}/feedback", json={"verdict": "up"}).status_code == 404
        document_id = answer["citations"][0]["document_id"]
        assert rival.get(f"/v1/documents/{document_id}").status_code == 404
        assert rival.get("/v1/documents").json() == []
        assert rival.post("/v1/search", json={"query": QUESTION}).json()["passages"] == []


def test_no_token_a_forged_one_and_an_old_one_are_turned_away(served: RunningDesk) -> None:
    conversation_id, client = served.begin()
    client.close()
    principal = Principal(tenant=DEFAULT_TENANT, role=Role.ADMIN, person="mallory", conversation_id=None)
    old = served.desk.access.token_for(principal, timedelta(seconds=-5))
    claims = jwt.decode(old, options={"verify_signature": False}) | {"exp": time.time() + 600}
    forged = jwt.encode(claims, "guessed" * 6), jwt.encode(claims, None, "none")
    for proof in ("", "fd_nothing", "x.y.z", old, *forged):
        with served.client(proof) as mallory:
            response = mallory.get(f"/v1/conversations/{conversation_id}")
        assert response.status_code == 401, proof
        assert response.headers["WWW-Authenticate"] == "Bearer"
        assert error_of(response)["type"] == "unauthorized"


def test_staff_read_a_customers_conversation_but_ask_in_their_own(served: RunningDesk) -> None:
    conversation_id, client = served.begin()
    with client, served.client(served.key(Role.STAFF, "ann")) as ann:
        ask(client, conversation_id, QUESTION)
        assert len(ann.get(f"/v1/conversations/{conversation_id}").json()["exchanges"]) == 1
        refused = ann.post(f"/v1/conversations/{conversation_id}/messages", json={"text": QUESTION})
        assert refused.status_code == 403
        own = ann.post("/v1/conversations").json()["conversation_id"]
        assert ask(ann, own, QUESTION)[-1][0] == "answer"


def test_a_conversation_gets_one_ticket_that_holds_all_of_it(served: RunningDesk) -> None:
    conversation_id, client = served.begin()
    with client:
        answer = ask(client, conversation_id, QUESTION)[-1][1]
        path = f"/v1/conversations/{conversation_id}/escalate"
        first = client.post(path, json={"reason": "I want a person"})
        second = client.post(path)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    ticket = first.json()
    assert ticket["reason"] == "I want a person"
    assert [each["question"] for each in ticket["exchanges"]] == [QUESTION]
    assert ticket["exchanges"][0]["answer"]["id"] == answer["id"]


def test_a_verdict_counts_once_a_person(served: RunningDesk) -> None:
    conversation_id, client = served.begin()
    before = served.call(served.desk.feedback.counts, DEFAULT_TENANT)
    with client:
        path = f"/v1/answers/{ask(client, conversation_id, QUESTION)[-1][1]['id']}/feedback"
        assert client.post(path, json={"verdict": "down"}).status_code == 204
        assert client.post(path, json={"verdict": "up", "comment": "on reflection"}).status_code == 204
        assert client.post(path, json={"verdict": "sideways"}).status_code == 422
        assert client.post(path, json={"verdict": "up", "comment": "x" * 2001}).status_code == 413
    after = served.call(served.desk.feedback.counts, DEFAULT_TENANT)
    assert after.get("up", 0) == before.get("up", 0) + 1
    assert after.get("down", 0) == before.get("down", 0)


def test_only_those_in_a_conversation_judge_its_answers(served: RunningDesk) -> None:
    conversation_id, her = served.begin()
    _, him = served.begin()
    with her, him, served.client(served.key(Role.STAFF, "ben")) as ben:
        path = f"/v1/answers/{ask(her, conversation_id, QUESTION)[-1][1]['id']}/feedback"
        foreign = him.post(path, json={"verdict": "up"})
        missing = him.post("/v1/answers/nothing/feedback", json={"verdict": "up"})
        assert foreign.status_code == missing.status_code == 404
        assert ben.post(path, json={"verdict": "up"}).status_code == 204


def test_many_people_are_answered_at_once(served: RunningDesk) -> None:
    def one(_: int) -> str:
        conversation_id, client = served.begin()
        with client:
            answer = ask(client, conversation_id, QUESTION)[-1][1]
            assert answer["conversation_id"] == conversation_id
            return str(answer["id"])

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(one, range(16)))) == 16
