"""The review of answers and the FAQ's file over a real socket: who may judge what, and what is exported."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from channels.admin_desk import AdminDesk
from config.settings import Settings
from core.access import Role
from core.errors import NotFound, NotNow, Refused
from core.faq import FaqDraft
from core.faq_import import import_sheet
from core.tenants import DEFAULT_TENANT, TenantId
from tests.fakes.running_desk import RunningDesk, ask, running_desk
from ui.calls import Limits

OTHER = TenantId("other")
WRAP = FaqDraft(question="Do you wrap gifts?", answer="Yes, free of charge.", variants=("Gift wrapping?",))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    settings = Settings(data=tmp_path_factory.mktemp("desk"), safety={"review_share": 1.0}, _env_file=None)
    with running_desk(settings) as running:
        yield running


@pytest.fixture(scope="module")
def answered(served: RunningDesk) -> str:
    """The id of an answer that an FAQ entry gave, which its customer found unhelpful."""
    served.call(served.desk.faq.add, DEFAULT_TENANT, WRAP)
    conversation, customer = served.begin()
    with customer:
        said = ask(customer, conversation, "Do you wrap gifts, please?")[-1][1]
        verdict = {"verdict": "down", "comment": "How much?"}
        customer.post(f"/v1/answers/{said['id']}/feedback", json=verdict).raise_for_status()
    assert said["text"] == WRAP.answer
    return str(said["id"])


def admin_desk(served: RunningDesk) -> AdminDesk:
    return AdminDesk(served.app.state.door, Limits(files=5, file_bytes=1_000_000))


def test_staff_judge_and_the_last_word_counts(served: RunningDesk, answered: str) -> None:
    with served.client(served.key(Role.STAFF, "ann")) as staff:
        one = staff.get("/v1/reviews").raise_for_status().json()[0]
        assert (one["answer"]["id"], one["is_disliked"], one["is_sampled"]) == (answered, True, True)
        assert (one["comments"], one["judgement"]) == (["How much?"], None)
        path = f"/v1/reviews/{answered}"
        staff.put(path, json={"verdict": "right"}).raise_for_status()
        kept = staff.put(path, json={"verdict": "wrong", "note": " It costs €2. "}).json()
        assert (kept["verdict"], kept["note"], kept["reviewer"]) == ("wrong", "It costs €2.", "key:ann")
        assert staff.get("/v1/reviews").json()[0]["judgement"] == kept
        lines = staff.get("/v1/reviews/export").text.splitlines()
        assert len(lines) == 1
        line = json.loads(lines[0])
        assert (line["question"], line["answer"]) == ("Do you wrap gifts, please?", WRAP.answer)
        assert (line["verdict"], line["note"], line["route"]) == ("wrong", "It costs €2.", "faq")
        assert line["sources"][0]["quote"] == WRAP.answer
        assert staff.put(path, json={"verdict": "perhaps"}).status_code == 422
        assert staff.put(path, json={"verdict": "right", "note": "x" * 2001}).status_code == 413
        assert staff.get("/v1/reviews").json()[0]["judgement"] == kept
        assert staff.delete(path).status_code == 204
        assert staff.get("/v1/reviews").json()[0]["judgement"] is None


def test_nobody_else_reviews(served: RunningDesk, answered: str) -> None:
    _, visitor = served.begin()
    callers = [
        (served.client(), 401),
        (visitor, 403),
        (served.client(served.key(Role.CUSTOMER)), 403),
        (served.client(served.key(Role.STAFF, tenant=OTHER)), 404),
        (served.client(served.key(Role.ADMIN, tenant=OTHER)), 404),
    ]
    for client, status in callers:
        with client:
            path = f"/v1/reviews/{answered}"
            replies = [client.put(path, json={"verdict": "right"}), client.delete(path)]
            assert [reply.status_code for reply in replies] == [status, status]
            listed = [client.get("/v1/reviews"), client.get("/v1/reviews/export")]
            assert all(reply.status_code == status or reply.text in {"[]", ""} for reply in listed)
            assert not any("gifts" in reply.text for reply in (*replies, *listed))


def test_the_book_as_a_file_is_an_admins_and_can_be_taken_in_again(
    served: RunningDesk, answered: str
) -> None:
    with served.client(served.key(Role.STAFF)) as staff:
        assert staff.get("/v1/faq/export").status_code == 403
    with served.client(served.key(Role.ADMIN)) as admin:
        sheet = admin.get("/v1/faq/export")
        assert sheet.headers["content-type"].startswith("text/csv")
        assert "attachment" in sheet.headers["content-disposition"]
    imported = served.call(import_sheet, served.desk.faq, DEFAULT_TENANT, sheet.content)
    assert [row.status for row in imported.rows] == ["unchanged"]


def test_a_dry_run_tells_what_an_import_would_do_and_keeps_nothing(
    served: RunningDesk, answered: str
) -> None:
    desk = admin_desk(served).faq
    before = served.call(desk.entries)
    data = b"question,answer\nDo you wrap gifts?,Not any more.\nDo you rent lamps?,No.\nDo you buy?,\n"

    async def rehearse() -> object:
        return await desk.take(data, dry_run=True)

    rows = served.call(rehearse).rows  # type: ignore[attr-defined]
    assert [row.status for row in rows] == ["replaced", "added", "refused"]
    assert rows[0].changed == ("answer",)
    assert served.call(desk.entries) == before


def test_an_entry_is_changed_in_the_version_that_was_read_and_deleted_with_a_way_back(
    served: RunningDesk, answered: str
) -> None:
    desk = admin_desk(served).faq
    made = served.call(desk.save, FaqDraft(question="Do you repair lamps?", answer="Yes."), "", 0)
    newer = served.call(desk.save, FaqDraft(question=made.question, answer="In a week."), made.id, 1)
    with pytest.raises(NotNow, match="meantime"):
        served.call(desk.save, FaqDraft(question=made.question, answer="Never."), made.id, 1)
    removed = served.call(desk.remove, made.id)
    with pytest.raises(NotFound):
        served.call(desk.entry, made.id)
    back = served.call(desk.restore, removed)
    assert (back.id, back.answer, back.version) == (made.id, "In a week.", newer.version + 1)
    with pytest.raises(Refused):
        served.call(desk.restore, removed)
    with pytest.raises(NotFound):
        served.call(served.desk.faq.restore, OTHER, removed)
    served.call(desk.remove, made.id)


def test_near_entries_and_uses_are_told_and_a_tried_question_is_judged_as_in_a_turn(
    served: RunningDesk, answered: str
) -> None:
    desk = admin_desk(served).faq
    first = served.call(desk.entries)[0]
    near = served.call(desk.near_to, FaqDraft(question="Do you wrap the gifts?", answer="No."), "")
    assert [pair.other.id for pair in near] == [first.id]
    assert (
        served.call(desk.near_to, FaqDraft(question="Do you wrap the gifts?", answer="No."), first.id) == []
    )
    assert served.call(desk.near) == []
    other = served.call(
        desk.save, FaqDraft(question="Do you wrap gifts today?", answer="It costs two euros."), "", 0
    )
    assert {pair.likeness >= 0.8 for pair in served.call(desk.near)} == {True}
    served.call(desk.remove, other.id)
    assert served.call(desk.uses) == {first.id: 1}

    async def judged(question: str) -> str:
        return (await desk.tried(question, as_staff=False)).judged.why

    assert served.call(judged, "do you wrap gifts") == "same_form"
    assert served.call(judged, "What is the capital of France?") == "unlike"
    assert desk.preview(WRAP).text == WRAP.answer
