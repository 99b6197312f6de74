"""Slack in bad health, and the ways in and out of a workspace: what is kept, what is said, what never is."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from sqlalchemy import func, select

from channels.callers import COOKIE
from channels.channel_work import ChannelWork
from channels.simulators.slack_world import Credentials
from channels.slack.rating import PERSON
from channels.slack_commands import listening
from core.access import Principal, Role
from core.channel_tables import inbox
from core.errors import SearchUnavailable
from tests.fakes.slack_desk import SECRET, SlackDesk, slack_desk

pytestmark = pytest.mark.anyio
QUESTION = "How long are returns free?"


@pytest.fixture(scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SlackDesk]:
    async with slack_desk(tmp_path_factory.mktemp("slack") / "data") as running:
        yield running


@pytest.fixture(autouse=True)
def healthy(both: SlackDesk) -> None:
    both.slack.faults.clear()


async def kept(both: SlackDesk) -> int:
    async with both.desk.stores.records.reading() as connection:
        return await connection.scalar(select(func.count()).select_from(inbox)) or 0


@pytest.mark.parametrize("fault", ["forged", "stale"])
async def test_what_is_not_signed_by_slack_just_now_is_refused_and_not_kept(
    both: SlackDesk, fault: Any
) -> None:
    await both.idle()
    before = await kept(both)
    both.slack.faults.event(fault)
    await both.slack.say("ana", "dm", QUESTION)
    await both.slack.settled()
    assert both.slack.deliveries.log[-1].status == 401
    assert await kept(both) == before


async def test_what_is_no_event_at_all_is_refused(both: SlackDesk) -> None:
    before = await kept(both)
    async with httpx.AsyncClient(base_url=both.url) as client:
        for body in ("", "{}", "[]", json.dumps({"type": "event_callback"})):
            posted = await client.post("/channels/slack/events", content=body)
            assert posted.status_code == 401
    assert await both.slack.verify()
    assert await kept(both) == before


@pytest.mark.parametrize("fault", ["duplicate", "retry"])
async def test_the_same_event_twice_is_one_question(both: SlackDesk, fault: Any) -> None:
    both.slack.faults.event(fault, 2)
    ts = await both.slack.say("ana", "#general", f"@frontdesk {QUESTION}")
    assert "thirty days" in (await both.answer("#general", ts))["text"]


async def test_words_in_another_order_than_they_were_said_are_each_answered_once(both: SlackDesk) -> None:
    both.slack.faults.event("reorder")
    first = await both.slack.say("ana", "dm", QUESTION)
    second = await both.slack.say("ana", "dm", "What can you send back?")
    assert "not worn" in (await both.answer("dm", second))["text"]
    assert "thirty days" in (await both.answer("dm", first))["text"]


async def test_emoji_do_no_harm_and_too_much_is_told_in_one_sentence(both: SlackDesk) -> None:
    both.slack.faults.event("emoji")
    ts = await both.slack.say("ana", "dm", QUESTION)
    assert "thirty days" in (await both.answer("dm", ts))["text"]
    long = await both.slack.say("ana", "dm", "why " * 800)
    assert "too long" in (await both.answer("dm", long))["text"]
    empty = await both.slack.say("ana", "#general", "@frontdesk")
    assert "could not read any words" in (await both.answer("#general", empty))["text"]


@pytest.mark.parametrize("method", ["users.info", "chat.stopStream", "chat.startStream"])
@pytest.mark.parametrize("fault", ["status", "drop", "lose_answer", "rate_limit"])
async def test_an_answer_survives_what_slack_loses(both: SlackDesk, method: str, fault: str) -> None:
    both.app.state.slack.parts.people._known.clear()
    arm = getattr(both.slack.faults, fault)
    arm(method, retry_after=1) if fault == "rate_limit" else arm(method)
    ts = await both.slack.say("ana", "#general", f"@frontdesk {QUESTION}")
    assert "thirty days" in (await both.answer("#general", ts))["text"]


async def test_far_too_much_at_once_is_refused_and_not_kept(both: SlackDesk) -> None:
    await both.idle()
    before = await kept(both)
    both.slack.faults.event("oversized")
    await both.slack.say("ana", "dm", QUESTION)
    await both.slack.settled()
    assert both.slack.deliveries.log[-1].status == 413
    assert await kept(both) == before


async def test_a_slack_without_status_or_streams_gets_the_answer_too(both: SlackDesk) -> None:
    for method in ("assistant.threads.setStatus", "chat.startStream"):
        both.slack.faults.error(method, "unknown_method", times=5)
    ts = await both.slack.say("ana", "#general", f"@frontdesk {QUESTION}")
    answer = await both.answer("#general", ts)
    assert "thirty days" in json.dumps(answer["blocks"])
    (question,) = [one for one in both.slack.messages("#general") if one["ts"] == ts]
    assert not question.get("reactions")
    assert [call.method for call in both.slack.calls][-5:].count("reactions.remove") == 1


async def test_a_notice_whose_sending_was_cut_off_is_there_once(both: SlackDesk) -> None:
    ts = await both.slack.say("ana", "dm", QUESTION)
    answer = await both.answer("dm", ts)
    both.slack.faults.lose_answer("chat.postMessage")
    await both.slack.click("ana", answer["ts"], PERSON)
    told = await both.answer("dm", ts, count=2)
    assert told["metadata"]["event_payload"]["message_id"].startswith("slack_notice:called:")


async def test_an_outage_is_one_polite_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with slack_desk(tmp_path / "data", limits={"questions_per_minute": 2}) as alone:

        async def away(*args: object, **more: object) -> Any:
            raise SearchUnavailable("the index is away")

        for _ in range(2):
            ts = await alone.slack.say("ana", "dm", QUESTION)
            await alone.answer("dm", ts)
        thread = await alone.slack.say("ana", "#general", f"@frontdesk {QUESTION}")
        await alone.answer("#general", thread)
        for count in (2, 3):
            await alone.slack.say("ana", "#general", QUESTION, thread_ts=thread)
            last = await alone.answer("#general", thread, count=count)
        assert "a lot at once" in last["text"]
        monkeypatch.setattr(type(alone.desk.searcher), "search", away)
        lost = await alone.slack.say("ana", "dm", "Do you mend lamps?")
        sorry = await alone.answer("dm", lost)
        assert "person" in sorry["text"]


async def test_a_workspace_is_added_by_an_admin_and_forgotten_when_it_removes_the_app(
    tmp_path: Path,
) -> None:
    known = Credentials(signing_secret=SECRET, bot_token="", app_token="")
    chosen = {"bot_token": "", "client_id": known.client_id, "client_secret": known.client_secret}
    async with slack_desk(tmp_path / "data", slack=chosen) as alone:
        admin = Principal(tenant=alone.desk.tenant.id, role=Role.ADMIN, person="admin")
        staff = Principal(tenant=alone.desk.tenant.id, role=Role.STAFF, person="staff")

        async def installs(principal: Principal, **changed: str) -> httpx.Response:
            token = alone.desk.access.token_for(principal, timedelta(hours=1))
            async with httpx.AsyncClient(cookies={COOKIE: token}) as browser:
                begun = await browser.get(f"{alone.url}/channels/slack/install")
                if begun.status_code != 303 or "authorize" not in begun.headers["location"]:
                    return begun
                asked = httpx.URL(begun.headers["location"]).params
                allow = await browser.get(
                    f"{alone.slack.url}/oauth/v2/allow",
                    params={
                        "state": asked["state"],
                        "scope": asked["scope"],
                        "redirect_uri": asked["redirect_uri"],
                        "decision": "allow",
                        **changed,
                    },
                )
                return await browser.get(allow.headers["location"])

        assert (await installs(staff)).headers["location"] == "/sign-in"
        assert (await installs(admin, state="forged")).status_code == 401
        assert (await installs(admin, decision="cancel")).status_code == 400
        assert await alone.desk.stores.slack.find("T01JUNIPER") is None
        done = await installs(admin)
        assert done.status_code == 200
        assert "Juniper" in done.text
        workspace = await alone.desk.stores.slack.find("T01JUNIPER")
        assert workspace is not None
        assert (workspace.installed_by, workspace.bot_user) == ("U01ANA", "U01BOT")
        ts = await alone.slack.say("ana", "dm", QUESTION)
        assert "thirty days" in (await alone.answer("dm", ts))["text"]
        alone.slack.world.announce(alone.slack.workspace, {"type": "app_uninstalled"})
        await alone.idle()
        assert await alone.desk.stores.slack.find("T01JUNIPER") is None


async def test_socket_mode_needs_no_address_and_connects_again(both: SlackDesk) -> None:
    token = both.slack.world.credentials.app_token
    async with listening(both.app.state.slack, token):
        with anyio.fail_after(10):
            while not both.slack.sockets.is_connected:  # noqa: ASYNC110 - it has no event for it
                await anyio.sleep(0.02)
        url, both.slack.deliveries.events_url = both.slack.deliveries.events_url, "http://127.0.0.1:1/"
        ts = await both.slack.say("ana", "dm", QUESTION)
        assert "thirty days" in (await both.answer("dm", ts))["text"]
        await both.slack.command("ana", "#general", "/ask", QUESTION)
        await both.idle()
        assert "thirty days" in json.dumps(both.slack.ephemerals("#general")[-1])
        both.slack.deliveries.events_url = url


@pytest.mark.parametrize("method", ["users.info", "chat.startStream", "chat.stopStream", "views.publish"])
async def test_work_that_breaks_off_anywhere_is_ended_once_by_somebody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    monkeypatch.setattr("core.lease_queue.HELD_S", 0.8)
    async with slack_desk(tmp_path / "data", works=False) as alone:
        channels = {"slack": alone.app.state.slack.channel}
        stores = alone.desk.stores
        alone.slack.faults.stall(method, seconds=0.3)
        if method == "views.publish":
            await alone.slack.open_home("ana", "home")
        ts = await alone.slack.say("ana", "#general", f"@frontdesk {QUESTION}")
        await alone.slack.settled()
        async with anyio.create_task_group() as first:
            first.start_soon(ChannelWork(stores.inbox, stores.outbound, channels).run)
            await alone.slack.wait_until(lambda: not alone.slack.faults.armed)
            first.cancel_scope.cancel()
        async with anyio.create_task_group() as second:
            second.start_soon(ChannelWork(stores.inbox, stores.outbound, channels).run)
            answer = await alone.answer("#general", ts)
            second.cancel_scope.cancel()
        assert "thirty days" in json.dumps(answer["blocks"])
        assert answer["metadata"]["event_payload"]["is_last"] is True
        if method == "views.publish":
            assert "U01ANA" in alone.slack.workspace.surfaces.homes
