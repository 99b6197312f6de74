"""Who sees and hears which calls: the tab's own desk, and the sounds that a page asks for with its cookie."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from channels.callers import COOKIE
from channels.phone_desk import PhoneDesk
from channels.ticket_desk import TicketDesk
from config.settings import Settings
from core.access import Role
from core.call_history import CallChoice
from core.errors import NotFound
from core.tenants import DEFAULT_TENANT, TenantId
from tests.fakes.kept_calls import CallsKept, asked, beep, greeted, latency, later, spoken
from tests.fakes.running_desk import RunningDesk, running_desk

OTHER = TenantId("other")
RETURNS = "# Returns\n\nYou can return any unused lamp within 41 days of the day it arrived.\n"
QUESTION = "How long may I return a lamp?"
MINE, THEIRS = "CA1", "CA2"
SOUND = "RE" + "0a" * 16


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    settings = Settings(data=tmp_path_factory.mktemp("desk"), _env_file=None)
    with running_desk(settings, pages=True) as desk:
        desk.publish(RETURNS, "returns.md")
        for tenant, id in ((DEFAULT_TENANT, MINE), (OTHER, THEIRS)):
            desk.call(call_kept, desk, tenant, id)
        yield desk


async def call_kept(served: RunningDesk, tenant: TenantId, id: str) -> None:
    """A call of two talks, with a ticket and a voicemail."""
    kept = CallsKept(served.desk, tenant)
    conversation = await kept.conversation(id)
    answer = await kept.asked(conversation, f"q-{id}", QUESTION)
    lines = (greeted(), asked(2, QUESTION), spoken(3, answer.text), asked(4, "0", is_keys=True))
    await kept.talk(conversation, lines, (latency(2, f"q-{id}"),), reason="person")
    await kept.talk(conversation, (greeted(),), reason="voicemail", began_at=later(1))
    await kept.sound(id, f"{SOUND}-{id}", "voicemail", "Call me back.")
    await served.desk.tickets.open(conversation, "asked for a person")


def phone_desk(served: RunningDesk) -> PhoneDesk:
    return PhoneDesk(served.app.state.door)


def test_a_call_is_told_with_its_talks_sources_sounds_and_ticket(served: RunningDesk) -> None:
    view = served.call(phone_desk(served).call, MINE)
    assert [(talk.begins_s, talk.reason) for talk in view.talks] == [(0, "person"), (60, "voicemail")]
    cited = [one for one in view.talks[0].lines if one.citations]
    assert [(one.line.kind, one.citations[0].title) for one in cited] == [("answer", "returns.md")]
    assert [one.text for one in view.sounds] == ["Call me back."]
    (ticket,) = view.tickets
    assert view.call.disclosure == greeted().text
    told = served.call(TicketDesk(served.app.state.door).ticket, ticket.id)
    assert [one.id for one in told.calls] == [MINE]
    day = served.call(phone_desk(served).spreads, 24.0)
    assert (day["until_sound"].p50_ms, day["until_sound"].turns) == (1050, 1)


@pytest.mark.parametrize("choice", ["all", "person", "voicemail"])
def test_another_tenants_calls_are_not_in_the_tab(served: RunningDesk, choice: CallChoice) -> None:
    found = served.call(phone_desk(served).calls, choice, 0)
    assert [one.call.id for one in found.calls] == [MINE]
    for id in (THEIRS, "gone", ""):
        with pytest.raises(NotFound):
            served.call(phone_desk(served).call, id)


def sound_of(
    served: RunningDesk, proof: str, id: str = MINE, headers: dict[str, str] | None = None
) -> httpx.Response:
    """What a page gets that asks for the voicemail of a call, as the browser does: by its cookie."""
    with served.client(cookies={COOKIE: proof} if proof else {}) as browser:
        return browser.get(f"/v1/calls/{id}/sounds/{SOUND}-{id}", headers=headers or {})


@pytest.mark.parametrize("role", [Role.STAFF, Role.ADMIN])
def test_whoever_may_open_the_page_hears_its_sounds(served: RunningDesk, role: Role) -> None:
    heard = sound_of(served, served.key(role))
    assert (heard.status_code, heard.headers["content-type"], heard.content) == (200, "audio/wav", beep())
    assert heard.headers["cache-control"] == "private, no-store"
    assert sound_of(served, served.key(role), THEIRS).status_code == 404
    elsewhere = served.key(role, "test", OTHER)
    assert sound_of(served, elsewhere, MINE).status_code == 404
    assert sound_of(served, elsewhere, THEIRS).status_code == 200


def test_a_player_gets_the_part_of_a_sound_that_it_asks_for(served: RunningDesk) -> None:
    key, whole = served.key(Role.STAFF), beep()
    part = sound_of(served, key, headers={"Range": "bytes=4-11"})
    assert (part.status_code, part.content) == (206, whole[4:12])
    assert part.headers["content-range"] == f"bytes 4-11/{len(whole)}"
    behind = sound_of(served, key, headers={"Range": f"bytes={len(whole)}-"})
    assert (behind.status_code, behind.headers["content-range"]) == (416, f"bytes */{len(whole)}")
    several = sound_of(served, key, headers={"Range": "bytes=0-1,4-5"})
    assert (several.status_code, several.content) == (200, whole)


def test_nobody_else_hears_them(served: RunningDesk) -> None:
    with served.client() as anyone:
        customer = str(anyone.post("/v1/conversations").raise_for_status().json()["token"])
    with served.client(served.key(Role.STAFF)) as ben:
        link = str(ben.post("/v1/conversations").raise_for_status().json()["token"])
    for proof in ("", "x.y.z", customer, link):
        assert sound_of(served, proof).status_code in {401, 403}, proof
