"""What operators rely on over HTTP: health, readiness, metrics, the API's page, and behaviour in trouble."""

import json
import socket
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import anyio
import pytest

from channels import events
from config.settings import Settings
from core.assembly import Desk
from core.errors import GenerationUnavailable, RateLimited, SearchUnavailable
from core.generate import Draft, Task
from core.phrases import phrase
from core.search import Found, Scope
from core.tenants import DEFAULT_TENANT
from tests.fakes.running_desk import RunningDesk, ask, events_in, running_desk

RETURNS = "Unused lamps can be returned within thirty days. The refund takes five working days."
QUESTION = "How many days does the refund take?"


@pytest.fixture
def settings(tmp_path: object) -> Settings:
    return Settings(data=tmp_path, _env_file=None)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    with running_desk(Settings(data=tmp_path_factory.mktemp("desk"), _env_file=None)) as running:
        running.publish(RETURNS, "returns.txt")
        yield running


def test_a_desk_that_works_is_alive_and_ready(served: RunningDesk) -> None:
    with served.client() as probe:
        assert probe.get("/health").json() == {"status": "ok"}
        assert probe.head("/health").status_code == 200
        assert probe.head("/ready").status_code == 200
        ready = probe.get("/ready")
        assert ready.status_code == 200
        parts = {"records": "ok", "index": "ok", "embedder": "ok", "generator": "ok"}
        assert ready.json() == {"status": "ready", "parts": parts}


def test_metrics_count_answers_steps_documents_and_requests(served: RunningDesk) -> None:
    conversation_id, client = served.begin()
    with client:
        ask(client, conversation_id, QUESTION, message_id="m")
        before = client.get("/metrics").text
        ask(client, conversation_id, QUESTION, message_id="m")
        after = client.get("/metrics").text
    line = next(each for each in before.splitlines() if each.startswith("frontdesk_answers_total{"))
    assert 'channel="api"' in line
    assert line in after, "a replayed answer is no new one"
    assert 'frontdesk_answer_seconds_bucket{le="0.001",step="retrieve"}' in before
    assert 'frontdesk_documents{status="ready"} 1.0' in before
    route = 'route="/v1/conversations/{conversation_id}/messages",status="200"'
    assert f'frontdesk_http_requests_total{{method="POST",{route}}}' in before
    assert conversation_id not in after


def test_the_api_is_described_with_its_answers(served: RunningDesk) -> None:
    with served.client() as anyone:
        assert anyone.get("/docs").status_code == 200
        described = anyone.get("/openapi.json").json()
    operations = {
        (path, method): operation
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    }
    for path, method in (
        ("/v1/conversations", "post"), ("/v1/conversations/{conversation_id}", "get"),
        ("/v1/conversations/{conversation_id}/messages", "post"),
        ("/v1/conversations/{conversation_id}/escalate", "post"),
        ("/v1/answers/{answer_id}/feedback", "post"), ("/v1/documents", "post"), ("/v1/documents", "get"),
        ("/v1/documents/{document_id}", "get"), ("/v1/documents/{document_id}", "put"),
        ("/v1/documents/{document_id}", "delete"), ("/v1/search", "post"),
        ("/v1/chat/completions", "post"), ("/v1/models", "get"),
        ("/health", "get"), ("/ready", "get"), ("/metrics", "get"),
    ):  # fmt: skip
        good = next(code for code in operations[path, method]["responses"] if code.startswith("2"))
        response = operations[path, method]["responses"][good]
        assert good == "204" or path == "/metrics" or "schema" in next(iter(response["content"].values()))
        if path.startswith("/v1/"):
            failed = operations[path, method]["responses"]["404"]["content"]["application/json"]["schema"]
            assert failed == {"$ref": "#/components/schemas/FailureBody"}


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nowhere", 404), ("PATCH", "/v1/documents", 405)]
)
def test_a_route_that_is_not_there_is_one_sentence(
    served: RunningDesk, method: str, path: str, status: int
) -> None:
    with served.client() as anyone:
        response = anyone.request(method, path)
    assert response.status_code == status
    assert set(response.json()["error"]) == {"type", "message", "retryable"}


def test_other_sites_are_not_let_in(served: RunningDesk) -> None:
    with served.client() as anyone:
        response = anyone.post("/v1/conversations", headers={"Origin": "https://elsewhere.example"})
    assert "access-control-allow-origin" not in response.headers


class BrokenSearcher:
    """Fails as told, in place of a `Searcher`."""

    def __init__(self, error: Exception, desk: Desk) -> None:
        self._error = error
        self.index = self
        self.embedder = desk.searcher.embedder

    async def search(self, query: str, scope: Scope, vector: object = None) -> list[Found]:
        raise self._error

    async def count(self, tenant: str) -> int:
        raise self._error


def broken_by(desk: Desk, error: Exception) -> Desk:
    searcher = BrokenSearcher(error, desk)
    return replace(desk, searcher=searcher, answerer=replace(desk.answerer, searcher=searcher))


def test_an_index_that_is_down_is_an_apology_and_not_an_answer(settings: Settings) -> None:
    outage = SearchUnavailable("the passage index did not answer")
    with running_desk(settings, lambda desk: broken_by(desk, outage)) as running:
        conversation_id, client = running.begin()
        with client:
            said = ask(client, conversation_id, QUESTION)
            name, answer = said[-1]
            assert (name, answer["outcome"], answer["text"]) == (
                "answer",
                "handed_off",
                phrase("apology", "en"),
            )
            ticket = client.post(f"/v1/conversations/{conversation_id}/escalate")
            assert ticket.status_code == 200, "the ticket was already open"
            search = client.post("/v1/search", json={"query": QUESTION})
            assert search.status_code == 503
            assert search.json()["error"]["retryable"] is True
            ready = client.get("/ready")
            assert ready.status_code == 503
            assert ready.json()["parts"]["index"] == "down"
            body = {"messages": [{"role": "user", "content": QUESTION}]}
            completed = client.post("/v1/chat/completions", json=body).json()
            assert completed["choices"][0]["message"]["content"] == phrase("apology", "en")


def test_too_many_requests_say_when_to_come_back(settings: Settings) -> None:
    limit = RateLimited("too many searches", retry_after_s=2.5)
    with running_desk(settings, lambda desk: broken_by(desk, limit)) as running:
        _, client = running.begin()
        with client:
            response = client.post("/v1/search", json={"query": QUESTION})
    assert response.status_code == 429
    assert response.headers["retry-after"] == "3"


def test_a_fault_of_ours_is_one_sentence_without_its_words(settings: Settings) -> None:
    with running_desk(settings, lambda desk: broken_by(desk, RuntimeError("secret words"))) as running:
        conversation_id, client = running.begin()
        with client:
            said = ask(client, conversation_id, QUESTION)
            response = client.post("/v1/search", json={"query": QUESTION})
    assert said[-1][0] == "error"
    assert response.status_code == 500
    assert "secret words" not in response.text + str(said)
    assert response.json()["error"]["type"] == "internal"


class SlowGenerator:
    """Never says a word, and notes when it was told to stop."""

    name = "slow"

    def __init__(self) -> None:
        self.began = self.stopped = False

    async def draft(self, task: Task) -> AsyncIterator[Draft]:
        self.began = True
        try:
            await anyio.sleep(60)
        finally:
            self.stopped = True
        yield Draft(text="", cited=())


@pytest.fixture
def slow(settings: Settings) -> Iterator[tuple[RunningDesk, SlowGenerator]]:
    generator = SlowGenerator()
    with running_desk(
        settings, lambda desk: replace(desk, answerer=replace(desk.answerer, generator=generator))
    ) as running:
        running.publish(RETURNS, "returns.txt")
        yield running, generator


def holds(claim: object, seconds: float = 5) -> bool:
    assert callable(claim)
    until = time.monotonic() + seconds
    while not claim() and time.monotonic() < until:
        time.sleep(0.02)
    return bool(claim())


def test_a_client_that_leaves_stops_the_work(slow: tuple[RunningDesk, SlowGenerator]) -> None:
    running, generator = slow
    conversation_id, client = running.begin()
    host = urlsplit(running.url)
    body = json.dumps({"text": QUESTION}).encode()
    head = (
        f"POST /v1/conversations/{conversation_id}/messages HTTP/1.1\r\nHost: {host.netloc}\r\n"
        f"Authorization: {client.headers['Authorization']}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    client.close()
    with socket.create_connection((host.hostname or "", host.port or 0)) as connection:
        connection.sendall(head.encode() + body)
        assert holds(lambda: generator.began)
    assert holds(lambda: generator.stopped)


def test_a_long_silence_is_broken_by_a_comment(
    slow: tuple[RunningDesk, SlowGenerator], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events.EventStream.__init__, "__kwdefaults__", {"silence_s": 0.1})
    running, _ = slow
    running.call(running.desk.answerer.understanding.prepare, DEFAULT_TENANT)
    conversation_id, client = running.begin()
    path = f"/v1/conversations/{conversation_id}/messages"
    with client, client.stream("POST", path, json={"text": QUESTION}) as response:
        heard = ""
        for chunk in response.iter_text():
            heard += chunk
            if heard.count(": still at it") > 1:
                break
    assert [name for name, _ in events_in(heard)] == ["status"] * 5


def test_a_model_that_is_down_degrades_the_desk_and_no_more(settings: Settings) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/v1"
        chosen = settings.model_copy(update={"generator": settings.generator.model_copy(update={"url": url})})
        with running_desk(chosen) as running, running.client() as probe:
            ready = probe.get("/ready")
    assert ready.status_code == 200
    assert ready.json()["parts"]["generator"] == "degraded"


def test_a_model_that_breaks_off_leaves_an_answer(settings: Settings) -> None:
    class Breaking:
        name = "breaking"

        async def draft(self, task: Task) -> AsyncIterator[Draft]:
            raise GenerationUnavailable("the model broke off")
            yield Draft(text="", cited=())

    with running_desk(
        settings, lambda desk: replace(desk, answerer=replace(desk.answerer, generator=Breaking()))
    ) as running:
        running.publish(RETURNS, "returns.txt")
        conversation_id, client = running.begin()
        with client:
            assert ask(client, conversation_id, QUESTION)[-1][1]["outcome"] == "answered"


def test_a_huge_body_is_refused_by_its_announced_length(served: RunningDesk) -> None:
    with served.client() as anyone:
        response = anyone.post("/v1/conversations", content=b" " * 100_000)
    assert response.status_code == 413
