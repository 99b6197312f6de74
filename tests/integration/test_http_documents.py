"""Documents, search and source pages over a real socket: who may bring, see, change and forget what."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from channels import sources
from config.settings import Settings
from core.access import Role
from tests.fakes.running_desk import RunningDesk, ask, running_desk

MOST_BYTES = 200_000
RETURNS = "Unused lamps can be returned within thirty days. The refund takes five working days."
INVOICE = "Invoice 4711 for Mrs Ada Lovelace lists one brass lantern at ninety euros."
HANDBOOK = "The alarm code of the back door is changed by the shop manager every Monday morning."
ENTRY = {
    "document_id", "name", "status", "reason", "media_type", "size_bytes", "version", "audience", "labels",
    "passages", "stage", "progress", "created_at", "updated_at",
}  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    settings = Settings(
        data=tmp_path_factory.mktemp("desk"), _env_file=None, documents={"max_bytes": MOST_BYTES}
    )
    with running_desk(settings) as running:
        running.publish(RETURNS, "returns.txt")
        running.publish(HANDBOOK, "handbook.txt", "staff")
        yield running


def send(client: httpx.Client, *files: tuple[str, str | bytes], **form: str) -> httpx.Response:
    return client.post("/v1/documents", files=[("files", file) for file in files], data=form)


def test_an_upload_is_taken_at_once_and_read_soon(served: RunningDesk) -> None:
    with served.client(served.key(Role.ADMIN)) as admin:
        response = send(
            admin, ("a.md", "# Opening hours\n\nWe open at nine."), ("b.txt", "Closed on Mondays.")
        )
        assert response.status_code == 202
        assert [entry["name"] for entry in response.json()] == ["a.md", "b.txt"]
        for entry in response.json():
            assert set(entry) == ENTRY
            assert entry["audience"] == "public"
            document = served.ready(admin, entry["document_id"])
            assert document["status"] == "ready"
            assert document["passages"] == 1


def test_labels_come_with_the_upload(served: RunningDesk) -> None:
    with served.client(served.key(Role.ADMIN)) as admin:
        entry = send(admin, ("labelled.txt", "The catalogue comes out in May."), labels="shop, paper").json()[
            0
        ]
    assert entry["labels"] == ["paper", "shop"]


def test_a_document_nobody_can_read_is_refused_with_its_reason(served: RunningDesk) -> None:
    with served.client(served.key(Role.ADMIN)) as admin:
        entry = send(admin, ("broken.pdf", b"%PDF-1.7 and then nothing")).json()[0]
        document = served.ready(admin, entry["document_id"])
    assert document["status"] == "refused"
    assert "broken.pdf" in document["reason"]


def test_what_a_customer_brings_is_seen_in_their_conversation_alone(served: RunningDesk) -> None:
    (one, her), (two, him) = served.begin(), served.begin()
    question = "How much is the brass lantern on invoice 4711?"
    with her, him, served.client(served.key(Role.STAFF)) as ann:
        entry = send(her, ("invoice.txt", INVOICE), audience="public").json()[0]
        assert entry["audience"] == f"conversation:{one}"
        assert served.ready(her, entry["document_id"])["status"] == "ready"
        hers = ask(her, one, question)[-1][1]
        assert hers["outcome"] == "answered"
        assert hers["citations"][0]["document_id"] == entry["document_id"]
        his = ask(him, two, question, documents=[entry["document_id"]])[-1][1]
        assert "Lovelace" not in str(his)
        assert his["citations"] == []
        assert entry["document_id"] not in {each["document_id"] for each in him.get("/v1/documents").json()}
        for other in (him, ann):
            assert other.get(f"/v1/documents/{entry['document_id']}").status_code == 404
            assert other.delete(f"/v1/documents/{entry['document_id']}").status_code == 404
            found = other.post("/v1/search", json={"query": question, "documents": [entry["document_id"]]})
            assert found.json()["passages"] == []


def test_a_customers_file_never_replaces_one_of_the_same_name(served: RunningDesk) -> None:
    with served.client(served.key(Role.ADMIN)) as admin:
        before = {each["document_id"]: each for each in admin.get("/v1/documents").json()}
    (_, her), (_, him) = served.begin(), served.begin()
    with her, him:
        entries = [
            send(client, ("returns.txt", "Nothing can be returned.")).json()[0] for client in (her, him)
        ]
    ids = {entry["document_id"] for entry in entries}
    assert len(ids) == 2
    assert not ids & set(before)


def test_the_same_content_of_two_customers_is_two_documents(served: RunningDesk) -> None:
    (_, her), (_, him) = served.begin(), served.begin()
    with her, him:
        one = send(her, ("same.txt", INVOICE)).json()[0]
        other = send(him, ("same.txt", INVOICE)).json()[0]
        served.ready(him, other["document_id"])
        assert one["document_id"] != other["document_id"]
        assert her.delete(f"/v1/documents/{one['document_id']}").status_code == 204
        assert him.get(f"/v1/documents/{other['document_id']}").json()["status"] == "ready"


def test_a_customer_may_bring_five_files_of_the_largest_size_at_once(served: RunningDesk) -> None:
    _, client = served.begin()
    with client:
        many = send(client, *((f"{place}.txt", f"File {place}.") for place in range(6)))
        assert many.status_code == 413
        assert many.json()["error"]["message"] == "6 files were sent; the limit is 5"
        large = send(client, ("large.txt", b"x" * (MOST_BYTES + 1)))
        assert large.status_code == 413
        both = send(client, ("large.txt", b"x" * (MOST_BYTES + 1)), ("fine.txt", b"Fine."))
        assert both.status_code == 202
        assert [entry["status"] for entry in both.json()] == ["refused", "queued"]
        assert both.json()[0]["document_id"] is None
        huge = send(client, *((f"{place}.txt", b"x" * MOST_BYTES * 2) for place in range(5)))
        assert huge.status_code == 413


def test_nobody_uploads_without_a_token_or_a_file(served: RunningDesk) -> None:
    _, client = served.begin()
    with client, served.client() as anyone, served.client(served.key(Role.CUSTOMER)) as shop:
        assert send(anyone, ("a.txt", "a")).status_code == 401
        assert send(shop, ("a.txt", "a")).status_code == 403
        assert client.post("/v1/documents", data={"files": "not a file"}).status_code == 422
        assert client.post("/v1/documents", json={"files": []}).status_code == 422
        broken = client.post(
            "/v1/documents",
            content=b"--x\r\nrubbish",
            headers={"Content-Type": "multipart/form-data; boundary=x"},
        )
        assert broken.status_code in {400, 422}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\Users\\ada\\bill.txt", "bill.txt"),
        ("/", "upload"),
        ("..", "upload"),
        ("a" * 400 + ".txt", "a" * 196 + ".txt"),
        ("invoice\u202etxt.exe", "invoicetxt.exe"),
        ("<script>.txt", "<script>.txt"),
    ],
)
def test_a_file_name_is_a_name_and_no_path(served: RunningDesk, given: str, kept: str) -> None:
    _, client = served.begin()
    with client:
        assert send(client, (given, f"Words of {len(given)}.")).json()[0]["name"] == kept


def test_only_an_admin_publishes(served: RunningDesk) -> None:
    with served.client(served.key(Role.STAFF)) as ann:
        entry = send(ann, ("note.txt", "The kettle in the shop is descaled on Fridays.")).json()[0]
        assert entry["audience"] == "staff"
        refused = send(ann, ("note2.txt", "Everything is free today."), audience="public")
        assert refused.status_code == 403
        assert send(ann, ("note3.txt", "x"), audience="conversation:1").status_code == 422
        public = next(each for each in ann.get("/v1/documents").json() if each["name"] == "returns.txt")
        assert ann.delete(f"/v1/documents/{public['document_id']}").status_code == 403
        changed = ann.put(
            f"/v1/documents/{entry['document_id']}", files={"file": ("note.txt", "On Mondays.")}
        )
        assert changed.status_code == 202


def test_a_customer_never_sees_what_is_for_staff(served: RunningDesk) -> None:
    conversation_id, client = served.begin()
    question = "Who changes the alarm code of the back door?"
    with client, served.client(served.key(Role.STAFF)) as ann:
        answer = ask(client, conversation_id, question)[-1][1]
        assert "manager" not in str(answer)
        assert "handbook.txt" not in {each["name"] for each in client.get("/v1/documents").json()}
        own = ann.post("/v1/conversations").json()["conversation_id"]
        told = ask(ann, own, question)[-1][1]
        assert told["citations"][0]["title"] == "handbook.txt"
        url = told["citations"][0]["url"]
        assert client.get(url).status_code == 404
        assert ann.get(url).status_code == 200


def test_new_content_is_a_new_version_of_the_same_document(served: RunningDesk) -> None:
    with served.client(served.key(Role.ADMIN)) as admin, served.client() as anyone:
        first = served.publish("Gift cards are valid for three years.", "cards.txt")
        path = f"/v1/documents/{first['document_id']}"
        old = f"/sources/{first['document_id']}?version=1&start=0&end=10"
        assert '<mark id="quote">Gift cards</mark>' in anyone.get(old).text
        response = admin.put(path, files={"file": ("cards-2027.txt", "Gift cards are valid for five years.")})
        assert response.status_code == 202
        document = served.ready(admin, first["document_id"])
        assert (document["version"], document["name"], document["audience"]) == (
            2,
            "cards-2027.txt",
            "public",
        )
        gone = anyone.get(old)
        assert gone.status_code == 410
        assert f'href="/sources/{first["document_id"]}"' in gone.text
        assert "five years" in anyone.get(f"/sources/{first['document_id']}").text
        found = admin.post("/v1/search", json={"query": "how long are gift cards valid", "k": 1}).json()
        assert "five years" in found["passages"][0]["text"]
        large = admin.put(path, files={"file": ("cards.txt", b"x" * (MOST_BYTES + 1))})
        assert large.status_code == 413
        assert admin.put(path, data={"file": "words"}).status_code == 422


def test_what_is_deleted_is_gone_at_once(served: RunningDesk) -> None:
    document = served.publish("The zebra crossing opens in August.", "zebra.txt")
    with served.client(served.key(Role.ADMIN)) as admin, served.client() as anyone:
        path = f"/v1/documents/{document['document_id']}"
        assert admin.delete(path).status_code == 204
        assert admin.get(path).status_code == 404
        assert admin.delete(path).status_code == 404
        found = admin.post("/v1/search", json={"query": "zebra crossing"}).json()["passages"]
        assert "zebra" not in str(found)
        assert anyone.get(f"/sources/{document['document_id']}").status_code == 404


def test_search_gives_passages_with_a_score_for_each_stage(served: RunningDesk) -> None:
    _, client = served.begin()
    with client:
        body: dict[str, Any] = client.post("/v1/search", json={"query": "refund of lamps", "k": 3}).json()
        assert set(body) == {"query", "passages"}
        best = body["passages"][0]
        assert set(best) == {
            "passage_id", "document_id", "title", "page", "heading", "text", "score", "stages",
        }  # fmt: skip
        assert best["title"] == "returns.txt"
        assert {"bm25", "dense", "hybrid"} <= set(best["stages"])
        dense = client.post("/v1/search", json={"query": "money back", "stages": ["dense"], "k": 1}).json()
        assert dense["passages"][0]["score"] == dense["passages"][0]["stages"]["dense"]
        for wrong in (
            {"query": ""},
            {"query": "x", "k": 0},
            {"query": "x", "stages": ["magic"]},
            {"query": "  "},
        ):
            assert client.post("/v1/search", json=wrong).status_code == 422
    with served.client() as anyone:
        assert anyone.post("/v1/search", json={"query": "refund"}).status_code == 401


def test_markup_in_a_document_is_shown_and_never_runs(served: RunningDesk) -> None:
    text = "Say <script>alert('hi')</script> & <img src=x onerror=alert(1)> to the parrot."
    document = served.publish(text, '"><script>x.txt')
    with served.client() as anyone:
        page = anyone.get(f"/sources/{document['document_id']}?start=4&end=12")
    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert "<script" not in page.text
    assert "<img" not in page.text
    assert '<mark id="quote">&lt;script&gt;</mark>' in page.text


@pytest.mark.parametrize(
    ("query", "status"), [("start=-1", 422), ("start=9999999&end=99999999", 200), ("start=9&end=3", 200)]
)
def test_a_place_outside_the_text_marks_nothing(served: RunningDesk, query: str, status: int) -> None:
    document = served.publish("A short text about umbrellas.", "umbrellas.txt")
    with served.client() as anyone:
        page = anyone.get(f"/sources/{document['document_id']}?{query}")
    assert page.status_code == status
    assert "<mark" not in page.text


def test_a_long_document_shows_what_stands_around_the_quote(
    served: RunningDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "WHOLE_CHARACTERS", 1000)
    monkeypatch.setattr(sources, "AROUND_CHARACTERS", 100)
    text = "\n".join(f"Line {number} of the long list." for number in range(400))
    document = served.publish(text, "long.txt")
    start = text.index("Line 200 ")
    with served.client() as anyone:
        page = anyone.get(f"/sources/{document['document_id']}?start={start}&end={start + 8}").text
    assert '<mark id="quote">Line 200</mark>' in page
    assert "Line 198 " in page
    assert "Line 100 " not in page
    assert "only what stands around the quoted words is shown" in page


def test_a_customers_own_document_opens_with_their_token_alone(served: RunningDesk) -> None:
    _, her = served.begin()
    _, him = served.begin()
    with her, him, served.client() as anyone:
        document_id = send(her, ("secret.txt", "My account number is twelve.")).json()[0]["document_id"]
        served.ready(her, document_id)
        path = f"/sources/{document_id}"
        token = her.headers["Authorization"].removeprefix("Bearer ")
        assert her.get(path).status_code == 200
        assert anyone.get(path, params={"token": token}).status_code == 200
        missing = anyone.get("/sources/nothing")
        for response in (anyone.get(path), him.get(path), anyone.get(path, params={"token": "x.y.z"})):
            assert response.status_code == 404
            assert response.text == missing.text
