"""The simulated Slack against Slack's own client libraries, a real Bolt app as the desk, on real sockets."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import httpx
import pytest
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from channels.http_server import listening, served
from channels.simulators.slack_simulator import SlackSimulator

pytestmark = pytest.mark.anyio

SECRET = "a signing secret"  # noqa: S105 - it opens nothing
TOKEN = "xoxb-valid"  # noqa: S105 - likewise
FEEDBACK = {
    "type": "context_actions",
    "elements": [
        {
            "type": "feedback_buttons",
            "action_id": "feedback",
            "positive_button": {"text": {"type": "plain_text", "text": "Good"}, "value": "up"},
            "negative_button": {"text": {"type": "plain_text", "text": "Bad"}, "value": "down"},
        }
    ],
}
KINDS = (
    "message",
    "app_mention",
    "app_home_opened",
    "app_context_changed",
    "assistant_thread_started",
    "assistant_thread_context_changed",
)
MODAL = {
    "type": "modal",
    "callback_id": "reply",
    "title": {"type": "plain_text", "text": "Reply"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "words",
            "label": {"type": "plain_text", "text": "Words"},
            "element": {"type": "plain_text_input", "action_id": "typed", "multiline": True},
        }
    ],
}


@asynccontextmanager
async def at_free_port(app: Any) -> AsyncIterator[str]:
    with listening() as listener:
        async with served(app, listener):
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@dataclass
class Clock:
    """The time of day, which a test can move."""

    ahead: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@dataclass
class Bolt:
    """A desk made of Bolt; `seen` are the events, `headers` those of every request."""

    app: AsyncApp
    slack: SlackSimulator
    seen: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    fails: int = 0
    """So many of the next requests are answered with 500."""
    no_retry: bool = False

    async def receive(self, request: Request) -> Response:
        self.headers.append(dict(request.headers))
        if self.fails:
            self.fails -= 1
            self.statuses.append(500)
            return Response(status_code=500, headers={"X-Slack-No-Retry": "1"} if self.no_retry else {})
        response = await AsyncSlackRequestHandler(self.app).handle(request)
        self.statuses.append(response.status_code)
        return response

    def kinds(self) -> list[str]:
        return [event["type"] for event in self.seen]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[SlackSimulator]:
    simulator = SlackSimulator(
        signing_secret=SECRET, bot_token=TOKEN, clock=clock, retry_delays=(0, 0.02, 0.02)
    )
    async with simulator.serving():
        yield simulator


@pytest.fixture
def client(slack: SlackSimulator) -> AsyncWebClient:
    return AsyncWebClient(TOKEN, base_url=slack.api_url)


@pytest.fixture
async def bolt(slack: SlackSimulator, client: AsyncWebClient) -> AsyncIterator[Bolt]:
    app = AsyncApp(client=client, signing_secret=SECRET, ignoring_self_events_enabled=False)
    desk = Bolt(app=app, slack=slack)

    async def keep(event: dict[str, Any]) -> None:
        desk.seen.append(event)

    for kind in KINDS:
        app.event(kind)(keep)
    async with at_free_port(Starlette(routes=[Route("/slack", desk.receive, methods=["POST"])])) as url:
        slack.deliveries.events_url = f"{url}/slack"
        yield desk
        slack.deliveries.events_url = ""


async def test_a_mention_in_a_channel_of_the_bot_comes_as_two_events(bolt: Bolt) -> None:
    ts = await bolt.slack.say("ana", "#support", "@frontdesk where is my <parcel>?")
    await bolt.slack.wait_until(lambda: len(bolt.seen) == 2)
    assert sorted(bolt.kinds()) == ["app_mention", "message"]
    assert {event["ts"] for event in bolt.seen} == {ts}
    assert bolt.seen[0]["text"] == f"<@{bolt.slack.workspace.bot}> where is my &lt;parcel&gt;?"


async def test_a_direct_message_and_its_thread_say_what_they_are(bolt: Bolt) -> None:
    first = await bolt.slack.say("gus", "dm", "hello")
    await bolt.slack.say("gus", "dm", "and one more thing", thread_ts=first)
    await bolt.slack.wait_until(lambda: len(bolt.seen) == 2)
    assert [(event["channel_type"], event.get("thread_ts")) for event in bolt.seen] == [
        ("im", None),
        ("im", first),
    ]


async def test_a_channel_without_the_bot_sends_nothing(bolt: Bolt) -> None:
    await bolt.slack.say("ana", "#random", "@frontdesk hello?")
    await bolt.slack.settled()
    assert bolt.seen == []


async def test_the_bot_hears_its_own_messages(bolt: Bolt, client: AsyncWebClient) -> None:
    await client.chat_postMessage(channel=bolt.slack.workspace.channel("#support").id, text="hello")
    await bolt.slack.wait_until(lambda: bolt.seen)
    assert bolt.seen[0]["bot_id"] == bolt.slack.workspace.bot_id


async def test_the_address_is_verified_by_a_challenge(bolt: Bolt) -> None:
    assert await bolt.slack.verify()


async def test_a_failed_delivery_comes_again_up_to_three_times_and_says_why(bolt: Bolt) -> None:
    bolt.fails = 2
    await bolt.slack.say("ana", "dm", "hello")
    await bolt.slack.settled()
    told = [(one.get("x-slack-retry-num"), one.get("x-slack-retry-reason")) for one in bolt.headers]
    assert told == [(None, None), ("1", "http_error"), ("2", "http_error")]
    assert [one.retry for one in bolt.slack.deliveries.log] == [0, 1, 2]
    bolt.fails = 9
    await bolt.slack.say("ana", "dm", "hello")
    await bolt.slack.settled()
    assert bolt.fails == 5


async def test_a_desk_that_forbids_it_gets_no_second_delivery(bolt: Bolt) -> None:
    bolt.fails, bolt.no_retry = 1, True
    await bolt.slack.say("ana", "dm", "hello")
    await bolt.slack.settled()
    assert len(bolt.headers) == 1


async def test_a_slow_desk_is_asked_again_because_of_the_timeout(bolt: Bolt) -> None:
    bolt.slack.deliveries.poster.answer_s = 0.2

    async def dawdle(request: Request) -> Response:
        bolt.headers.append(dict(request.headers))
        if len(bolt.headers) == 1:
            await asyncio.sleep(0.5)
        return Response()

    async with at_free_port(Starlette(routes=[Route("/", dawdle, methods=["POST"])])) as url:
        bolt.slack.deliveries.events_url = url
        await bolt.slack.say("ana", "dm", "hello")
        await bolt.slack.settled()
    assert [one.get("x-slack-retry-reason") for one in bolt.headers] == [None, "http_timeout"]


@pytest.mark.parametrize("fault", ["forged", "stale"])
async def test_a_bad_signature_is_refused_by_bolt(bolt: Bolt, fault: Any) -> None:
    bolt.slack.faults.event(fault)
    await bolt.slack.say("ana", "dm", "hello")
    await bolt.slack.settled()
    assert bolt.statuses == [401]


async def test_an_event_can_come_twice_late_or_full_of_emoji(bolt: Bolt) -> None:
    bolt.slack.faults.event("duplicate")
    await bolt.slack.say("ana", "dm", "twice")
    await bolt.slack.settled()
    bolt.slack.faults.event("retry")
    await bolt.slack.say("ana", "dm", "again")
    await bolt.slack.settled()
    bolt.slack.faults.event("reorder")
    await bolt.slack.say("ana", "dm", "first")
    await bolt.slack.say("ana", "dm", "second")
    await bolt.slack.settled()
    bolt.slack.faults.event("emoji")
    await bolt.slack.say("ana", "dm", "party")
    await bolt.slack.settled()
    await bolt.slack.wait_until(lambda: len(bolt.seen) == 7)
    words = [event["text"] for event in bolt.seen]
    assert words[:6] == ["twice", "twice", "again", "again", "second", "first"]
    assert "🧦" in words[6]


async def test_an_edited_and_a_deleted_message_send_their_events(bolt: Bolt) -> None:
    ts = await bolt.slack.say("ana", "dm", "helo")
    await bolt.slack.edit("ana", "dm", ts, "hello")
    await bolt.slack.remove("ana", "dm", ts)
    await bolt.slack.wait_until(lambda: len(bolt.seen) == 3)
    assert [event.get("subtype") for event in bolt.seen] == [None, "message_changed", "message_deleted"]
    assert bolt.seen[1]["message"]["text"] == "hello"


async def test_opening_the_app_and_the_older_assistant_send_their_events(bolt: Bolt) -> None:
    await bolt.slack.open_home("ana")
    thread = await bolt.slack.open_assistant_thread("ana", "#support")
    await bolt.slack.look_at("ana", "#general")
    await bolt.slack.look_at("ana", "#general", thread)
    await bolt.slack.wait_until(lambda: len(bolt.seen) == 5)
    by_kind = {event["type"]: event for event in bolt.seen}
    assert by_kind["app_home_opened"]["tab"] == "messages"
    assert by_kind["assistant_thread_started"]["assistant_thread"]["thread_ts"] == thread
    assert by_kind["app_context_changed"]["context"]["entities"][0]["value"] == "C01GENERAL"
    assert (
        by_kind["assistant_thread_context_changed"]["assistant_thread"]["context"]["channel_id"]
        == "C01GENERAL"
    )


async def test_a_stream_grows_and_is_stopped_with_blocks(
    slack: SlackSimulator, client: AsyncWebClient
) -> None:
    ts = await slack.say("ana", "dm", "hello")
    channel = slack.workspace.direct("ana").id
    stream = await client.chat_stream(channel=channel, thread_ts=ts, buffer_size=4)
    await stream.append(markdown_text="Hello ")
    await stream.append(markdown_text="there")
    answer = slack.messages("dm", ts)[-1]
    assert (answer["text"], answer["streaming_state"]) == ("Hello there", "in_progress")
    await stream.append(chunks=[{"type": "task_update", "id": "1", "title": "Looking", "status": "complete"}])
    metadata = {"event_type": "answer", "event_payload": {"id": "1"}}
    await stream.stop(markdown_text="!", blocks=[FEEDBACK], metadata=metadata)
    assert answer["text"] == "Hello there!"
    kinds = [block["type"] for block in answer["blocks"]]
    assert kinds == ["markdown", "task_card", "markdown", "context_actions"]
    assert (answer["streaming_state"], answer["metadata"]) == ("completed", metadata)
    with pytest.raises(SlackApiError, match="message_not_in_streaming_state"):
        await client.chat_appendStream(channel=channel, ts=answer["ts"], markdown_text="more")


async def test_a_stream_expires_by_the_clock_by_its_appends_and_by_its_size(
    slack: SlackSimulator, client: AsyncWebClient, clock: Clock
) -> None:
    ts = await slack.say("ana", "dm", "hello")
    channel = slack.workspace.direct("ana").id

    async def begin() -> str:
        return str((await client.chat_startStream(channel=channel, thread_ts=ts, markdown_text="a"))["ts"])

    old = await begin()
    clock.ahead += 301
    with pytest.raises(SlackApiError, match="message_not_in_streaming_state"):
        await client.chat_stopStream(channel=channel, ts=old)
    assert (await client.chat_update(channel=channel, ts=old, text="mended"))["text"] == "mended"

    slack.faults.stream_appends = 1
    worn = await begin()
    await client.chat_appendStream(channel=channel, ts=worn, markdown_text="b")
    with pytest.raises(SlackApiError, match="message_not_in_streaming_state"):
        await client.chat_appendStream(channel=channel, ts=worn, markdown_text="c")

    slack.faults.stream_characters = 5
    full = await begin()
    with pytest.raises(SlackApiError, match="streaming_state_conflict"):
        await client.chat_update(channel=channel, ts=full, text="now")
    with pytest.raises(SlackApiError, match="msg_too_long"):
        await client.chat_appendStream(channel=channel, ts=full, markdown_text="12345")


async def test_a_stream_in_a_channel_names_who_it_is_for(
    slack: SlackSimulator, client: AsyncWebClient
) -> None:
    ts = await slack.say("ana", "#support", "hello")
    place: dict[str, Any] = {"channel": slack.workspace.channel("#support").id, "thread_ts": ts}
    with pytest.raises(SlackApiError, match="missing_recipient_team_id"):
        await client.chat_startStream(**place)
    with pytest.raises(SlackApiError, match="missing_recipient_user_id"):
        await client.chat_startStream(**place, recipient_team_id="T1")
    await client.chat_startStream(**place, recipient_team_id="T1", recipient_user_id="U1")


async def test_a_429_is_waited_out_by_slacks_own_client(
    slack: SlackSimulator, client: AsyncWebClient
) -> None:
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    slack.faults.rate_limit("chat.postMessage", retry_after=1)
    await client.chat_postMessage(channel=slack.workspace.direct("ana").id, text="hello")
    assert [call.error for call in slack.calls_of("chat.postMessage")] == ["rate_limit", ""]


async def test_rates_can_be_those_of_slack(
    slack: SlackSimulator, client: AsyncWebClient, clock: Clock
) -> None:
    slack.faults.limit_as_slack_does()
    for _ in range(20):
        await client.conversations_list()
    with pytest.raises(SlackApiError, match="ratelimited") as refused:
        await client.conversations_list()
    assert 50 <= int(refused.value.response.headers["Retry-After"]) <= 60
    clock.ahead += 61
    await client.conversations_list()


async def test_a_lost_answer_leaves_the_message_posted_and_a_drop_does_not(
    slack: SlackSimulator, client: AsyncWebClient
) -> None:
    client.retry_handlers.clear()
    channel = slack.workspace.direct("ana").id
    slack.faults.lose_answer("chat.postMessage")
    with pytest.raises(aiohttp.ClientPayloadError):
        await client.chat_postMessage(channel=channel, text="posted")
    slack.faults.drop("chat.postMessage")
    with pytest.raises(aiohttp.ClientPayloadError):
        await client.chat_postMessage(channel=channel, text="not posted")
    assert [message["text"] for message in slack.messages("dm")] == ["posted"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "x", "channel": "C0NONE"}, "channel_not_found"),
        ({"text": "x", "channel": "C01RANDOM"}, "not_in_channel"),
        ({"markdown_text": "x" * 12_001}, "msg_too_long"),
        ({"markdown_text": "x", "text": "x"}, "markdown_text_conflict"),
        ({"blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
        ({"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]}, "invalid_blocks"),
        ({"blocks": [{"type": "nonsense"}]}, "invalid_blocks"),
        ({"blocks": "[no json"}, "invalid_blocks_format"),
        ({"text": "x", "metadata": {"event_type": "x"}}, "invalid_metadata_schema"),
    ],
)
async def test_a_message_that_slack_would_not_take_is_refused(
    client: AsyncWebClient, arguments: dict[str, Any], error: str
) -> None:
    with pytest.raises(SlackApiError) as refused:
        await client.api_call("chat.postMessage", json={"channel": "C01SUPPORT", **arguments})
    assert refused.value.response["error"] == error


async def test_tokens_are_checked_as_slack_does(slack: SlackSimulator, client: AsyncWebClient) -> None:
    async def error(token: str | None, method: str = "auth.test") -> str:
        async with httpx.AsyncClient() as anyone:
            said = await anyone.post(slack.api_url + method, data={"token": token} if token else {})
        return str(said.json().get("error", ""))

    assert (await client.auth_test())["user_id"] == slack.workspace.bot
    assert [await error(token) for token in (None, "xoxb-other", TOKEN)] == ["not_authed", "invalid_auth", ""]
    assert await error(TOKEN, "no.such.method") == "unknown_method"
    await client.auth_revoke()
    assert await error(TOKEN) == "token_revoked"


async def test_a_long_text_is_cut_and_a_thread_is_counted(
    slack: SlackSimulator, client: AsyncWebClient
) -> None:
    channel = slack.workspace.channel("#support").id
    root = await client.chat_postMessage(channel=channel, text="x" * 40_001)
    await client.chat_postMessage(
        channel=channel,
        text="y",
        thread_ts=root["ts"],
        metadata={"event_type": "answer", "event_payload": {"id": "7"}},
    )
    history = (await client.conversations_history(channel=channel))["messages"]
    assert [(len(one["text"]), one["reply_count"]) for one in history] == [(40_000, 1)]
    plain = await client.conversations_replies(channel=channel, ts=root["ts"])
    full = await client.conversations_replies(channel=channel, ts=root["ts"], include_all_metadata=True)
    assert "metadata" not in plain["messages"][1]
    assert full["messages"][1]["metadata"]["event_payload"] == {"id": "7"}


async def test_people_and_channels_are_looked_up(slack: SlackSimulator, client: AsyncWebClient) -> None:
    gus = (await client.users_lookupByEmail(email="gus@example.com"))["user"]
    assert (gus["is_restricted"], gus["profile"]["email"]) == (True, "gus@example.com")
    opened = await client.conversations_open(users=gus["id"])
    assert opened["channel"]["id"] == slack.workspace.direct("gus").id
    first = await client.conversations_list(limit=2)
    rest = await client.conversations_list(limit=2, cursor=first["response_metadata"]["next_cursor"])
    assert [one["name"] for one in [*first["channels"], *rest["channels"]]] == [
        "general",
        "support",
        "random",
    ]
    joined = await client.conversations_join(channel="C01RANDOM")
    assert joined["channel"]["is_member"]


async def test_feedback_is_clicked_and_answered_only_to_that_person(
    bolt: Bolt, client: AsyncWebClient
) -> None:
    clicks: list[dict[str, Any]] = []

    @bolt.app.action("feedback")
    async def thank(ack: Any, body: dict[str, Any], respond: Any) -> None:
        await ack()
        clicks.append(body)
        await respond("Thanks", replace_original=False)

    posted = await client.chat_postMessage(channel="C01SUPPORT", text="An answer", blocks=[FEEDBACK])
    await bolt.slack.click("ana", posted["ts"], "feedback", "positive")
    await bolt.slack.wait_until(lambda: bolt.slack.ephemerals("#support", "ana"))
    assert clicks[0]["actions"][0]["value"] == "up"
    assert clicks[0]["message"]["ts"] == posted["ts"]
    assert bolt.slack.ephemerals("#support", "ana")[0]["text"] == "Thanks"
    assert bolt.slack.ephemerals("#support", "ben") == []


async def test_an_ephemeral_answer_is_replaced_and_deleted_by_its_response_url(
    bolt: Bolt, client: AsyncWebClient
) -> None:
    @bolt.app.action("show")
    async def show(ack: Any, respond: Any, body: dict[str, Any]) -> None:
        await ack()
        assert "message" not in body
        await respond(delete_original=True)
        await respond("for all", response_type="in_channel", replace_original=False)

    button = {"type": "button", "action_id": "show", "text": {"type": "plain_text", "text": "Show everyone"}}
    blocks = [{"type": "actions", "elements": [button]}]
    ana = bolt.slack.workspace.user("ana").id
    posted = await client.chat_postEphemeral(channel="C01SUPPORT", user=ana, text="for you", blocks=blocks)
    await bolt.slack.click("ana", posted["message_ts"], "show")
    await bolt.slack.wait_until(lambda: bolt.slack.messages("#support"))
    assert bolt.slack.messages("#support")[0]["text"] == "for all"
    assert bolt.slack.ephemerals("#support") == []


async def test_a_command_opens_a_modal_whose_words_come_back(bolt: Bolt) -> None:
    sent: list[str] = []

    @bolt.app.command("/ask")
    async def ask(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack(f"one moment, {body['text']}")
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)
        with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
            await client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    @bolt.app.view("reply")
    async def reply(ack: Any, view: dict[str, Any]) -> None:
        words = view["state"]["values"]["words"]["typed"]["value"]
        if words == "bad":
            await ack(response_action="errors", errors={"words": "Say it kindly"})
            return
        await ack()
        sent.append(words)

    answer = await bolt.slack.command("ana", "#support", "/ask", "please")
    assert answer["text"] == "one moment, please"
    await bolt.slack.wait_until(lambda: bolt.slack.view("ana"))
    await bolt.slack.submit("ana", {"typed": "bad"})
    assert (bolt.slack.view("ana") or {})["errors"] == {"words": "Say it kindly"}
    await bolt.slack.submit("ana", {"typed": "Dear customer"})
    assert bolt.slack.view("ana") is None
    assert sent == ["Dear customer"]


async def test_a_trigger_is_good_for_three_seconds(
    slack: SlackSimulator, client: AsyncWebClient, clock: Clock
) -> None:
    trigger = slack.world.trigger(slack.workspace, slack.workspace.user("ana").id)
    clock.ahead += 4
    with pytest.raises(SlackApiError, match="expired_trigger_id"):
        await client.views_open(trigger_id=trigger, view=MODAL)
    with pytest.raises(SlackApiError, match="invalid_trigger_id"):
        await client.views_open(trigger_id="made.up", view=MODAL)


async def test_a_command_that_nobody_takes_says_so(slack: SlackSimulator) -> None:
    slack.deliveries.events_url = f"{slack.url}/no-such-door"
    await slack.command("ana", "#support", "/ask", "hello")
    assert "dispatch_failed" in slack.ephemerals("#support")[0]["text"]


async def test_the_home_tab_status_prompts_and_reactions_are_kept(
    slack: SlackSimulator, client: AsyncWebClient
) -> None:
    ana, direct = slack.workspace.user("ana").id, slack.workspace.direct("ana").id
    view = {"type": "home", "blocks": [{"type": "header", "text": {"type": "plain_text", "text": "Yours"}}]}
    await client.views_publish(user_id=ana, view=view)
    assert slack.workspace.surfaces.homes[ana]["blocks"][0]["text"]["text"] == "Yours"
    ts = await slack.say("ana", "dm", "hello")
    await client.assistant_threads_setStatus(channel_id=direct, thread_ts=ts, status="is thinking…")
    await client.assistant_threads_setTitle(channel_id=direct, thread_ts=ts, title="Hello")
    await client.assistant_threads_setSuggestedPrompts(
        channel_id=direct, thread_ts=ts, prompts=[{"title": "Returns", "message": "How do I return it?"}]
    )
    assert slack.workspace.surfaces.statuses[direct, ts]["status"] == "is thinking…"
    await client.chat_postMessage(channel=direct, thread_ts=ts, text="hello")
    assert (direct, ts) not in slack.workspace.surfaces.statuses
    await client.reactions_add(channel=direct, timestamp=ts, name="eyes")
    with pytest.raises(SlackApiError, match="already_reacted"):
        await client.reactions_add(channel=direct, timestamp=ts, name="eyes")


async def test_a_file_is_read_with_the_token_and_is_a_page_without(
    slack: SlackSimulator, client: AsyncWebClient
) -> None:
    file_id = await slack.upload("ana", "dm", "terms.md", b"# Terms", "please read")
    file = (await client.files_info(file=file_id))["file"]
    async with httpx.AsyncClient(follow_redirects=True) as anyone:
        proof = {"Authorization": f"Bearer {TOKEN}"}
        assert (await anyone.get(file["url_private"], headers=proof)).content == b"# Terms"
        page = await anyone.get(file["url_private"])
    assert page.headers["content-type"].startswith("text/html")
    await client.files_upload_v2(channel=slack.workspace.direct("ana").id, filename="a.txt", content="words")
    shared = slack.messages("dm")[-1]["files"][0]
    assert slack.workspace.contents[shared["id"]] == b"words"


@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated")  # Slack's client still uses it
async def test_an_app_is_installed_by_oauth_in_a_second_workspace(slack: SlackSimulator) -> None:
    other = slack.world.add_workspace("Second & Co")
    known = slack.world.credentials
    back = "http://127.0.0.1:9/oauth_redirect"
    async with httpx.AsyncClient(base_url=slack.url) as browser:
        asked = {"client_id": known.client_id, "scope": "chat:write", "state": "s1", "redirect_uri": back}
        page = await browser.get("/oauth/v2/authorize", params=asked)
        assert "Second &amp; Co" in page.text
        allowed = await browser.get(
            "/oauth/v2/allow", params={**asked, "team": other.id, "decision": "allow"}
        )
        refused = await browser.get("/oauth/v2/allow", params={**asked, "decision": "cancel"})
    went = httpx.URL(allowed.headers["location"])
    assert (went.params["state"], went.path) == ("s1", "/oauth_redirect")
    assert httpx.URL(refused.headers["location"]).params["error"] == "access_denied"
    client = AsyncWebClient(base_url=slack.api_url)
    access = {"client_id": known.client_id, "code": went.params["code"], "redirect_uri": back}
    with pytest.raises(SlackApiError, match="bad_client_secret"):
        await client.oauth_v2_access(**access, client_secret="no")  # noqa: S106 - likewise
    given = await client.oauth_v2_access(**access, client_secret=known.client_secret)
    assert given["team"]["id"] == other.id
    who = await AsyncWebClient(given["access_token"], base_url=slack.api_url).auth_test()
    assert who["team_id"] == other.id
    with pytest.raises(SlackApiError, match="code_already_used"):
        await client.oauth_v2_access(**access, client_secret=known.client_secret)


async def test_socket_mode_carries_events_commands_and_their_answers(slack: SlackSimulator) -> None:
    seen: list[SocketModeRequest] = []
    web_client = AsyncWebClient(TOKEN, base_url=slack.api_url)
    client = SocketModeClient(slack.world.credentials.app_token, web_client=web_client, ping_interval=1)

    async def take(socket_client: Any, request: SocketModeRequest) -> None:
        seen.append(request)
        payload = {"text": "on the socket"} if request.type == "slash_commands" else None
        await socket_client.send_socket_mode_response(
            SocketModeResponse(envelope_id=request.envelope_id, payload=payload)
        )

    client.socket_mode_request_listeners.append(take)
    await client.connect()
    try:
        await slack.wait_until(lambda: slack.sockets.is_connected)
        await slack.say("ana", "dm", "hello")
        await slack.settled()
        answer = await slack.command("ana", "dm", "/ask", "me")
        assert answer["text"] == "on the socket"
        assert [one.type for one in seen] == ["events_api", "slash_commands"]
        assert seen[0].payload["event"]["text"] == "hello"
        assert all(one.is_taken for one in slack.deliveries.log)
        await slack.sockets.disconnect()
        await slack.wait_until(lambda: slack.sockets.is_connected)
    finally:
        await client.disconnect()
        await client.close()


async def test_null_and_form_arguments_mean_the_same(slack: SlackSimulator) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    blocks = json.dumps([{"type": "divider"}])
    async with httpx.AsyncClient(base_url=slack.api_url, headers=headers) as anyone:
        form = await anyone.post(
            "chat.postMessage", data={"channel": "C01SUPPORT", "text": "a", "blocks": blocks}
        )
        body = {"channel": "C01SUPPORT", "text": "a", "blocks": json.loads(blocks), "thread_ts": None}
        said = await anyone.post("chat.postMessage", json=body)
    assert form.json()["message"]["blocks"] == said.json()["message"]["blocks"]
