"""The page of the simulated Slack in a browser, with a small desk of Bolt's behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from channels.simulators.slack_simulator import SlackSimulator
from tests.e2e.test_pages import (
    Browser,
    Page,
    expect,
    has_sideways_scroll,
    visit,
)
from tests.integration.test_slack_simulator import FEEDBACK, MODAL, SECRET, TOKEN, at_free_port

pytestmark = pytest.mark.browser

ACTIONS = {
    "type": "actions",
    "elements": [
        {"type": "button", "action_id": "person", "text": {"type": "plain_text", "text": "Ask a person"}}
    ],
}


def small_desk(client: AsyncWebClient) -> AsyncApp:
    app = AsyncApp(client=client, signing_secret=SECRET)

    async def answer(event: dict[str, Any], client: AsyncWebClient) -> None:
        if event.get("channel_type") != "im" and event["type"] == "message":
            return
        stream = await client.chat_stream(
            channel=event["channel"],
            thread_ts=event.get("thread_ts", event["ts"]),
            recipient_team_id="T",
            recipient_user_id=event["user"],
        )
        await stream.append(markdown_text="You said **this**: <script>alert(1)</script> ")
        await stream.stop(markdown_text="[terms](https://example.com/terms)", blocks=[FEEDBACK, ACTIONS])

    async def thank(ack: Any, respond: Any) -> None:
        await ack()
        await respond("Thank you", replace_original=False)

    async def ask_person(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    async def reply(ack: Any, view: dict[str, Any]) -> None:
        words = view["state"]["values"]["words"]["typed"]["value"]
        await (ack() if len(words) > 3 else ack(response_action="errors", errors={"words": "Say more"}))

    async def ask(ack: Any, body: dict[str, Any]) -> None:
        await ack(f"You asked {body['text']}")

    async def opened(event: dict[str, Any], client: AsyncWebClient) -> None:
        prompts = [{"title": "Returns", "message": "How do I return a lamp?"}]
        await client.assistant_threads_setSuggestedPrompts(channel_id=event["channel"], prompts=prompts)

    app.event("message")(answer)
    app.event("app_mention")(answer)
    app.event("app_home_opened")(opened)
    app.action("feedback")(thank)
    app.action("person")(ask_person)
    app.view("reply")(reply)
    app.command("/ask")(ask)
    return app


@asynccontextmanager
async def simulated() -> AsyncIterator[str]:
    slack = SlackSimulator(signing_secret=SECRET, bot_token=TOKEN)
    async with slack.serving() as url:
        app = small_desk(AsyncWebClient(TOKEN, base_url=slack.api_url))

        async def receive(request: Request) -> Response:
            return await AsyncSlackRequestHandler(app).handle(request)

        async with at_free_port(Starlette(routes=[Route("/slack", receive, methods=["POST"])])) as desk:
            slack.deliveries.events_url = f"{desk}/slack"
            yield url


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with start_blocking_portal("asyncio") as portal, portal.wrap_async_context_manager(simulated()) as url:
        yield url


def write(page: Page, text: str) -> None:
    page.locator("#words").fill(text)
    page.keyboard.press("Enter")


def test_a_person_writes_reads_a_streamed_answer_clicks_and_fills_in_a_form(
    browser: Browser, address: str
) -> None:
    with visit(browser, address) as page:
        page.get_by_role("button", name="Returns").click()
        answer = page.locator(".message", has_text="You said this").last
        expect(answer).to_contain_text("<script>alert(1)</script>")
        expect(answer.get_by_role("link", name="terms")).to_have_attribute(
            "href", "https://example.com/terms"
        )
        answer.get_by_role("button", name="Good").click()
        expect(page.locator(".message.only")).to_contain_text("Thank you")
        answer.get_by_role("button", name="Ask a person").click()
        form = page.get_by_role("dialog")
        form.get_by_label("Words").fill("no")
        form.get_by_role("button", name="Send").click()
        expect(form).to_contain_text("Say more")
        form.get_by_label("Words").fill("please call me")
        form.get_by_role("button", name="Send").click()
        expect(form).to_be_hidden()


def test_a_mention_opens_its_thread_and_a_command_is_answered_to_one_person(
    browser: Browser, address: str
) -> None:
    with visit(browser, address) as page:
        page.get_by_role("button", name="# support").click()
        write(page, "@frontdesk where is my parcel?")
        expect(page.locator("#thread")).to_contain_text("You said this")
        write(page, "/ask about it")
        expect(page.locator("#list .message.only")).to_contain_text("You asked about it")
        page.get_by_label("You are").select_option("ben")
        page.get_by_role("button", name="# support").click()
        expect(page.locator("#list")).to_contain_text("where is my parcel?")
        expect(page.locator("#list")).not_to_contain_text("You asked about it")


def test_faults_are_armed_and_cleared(browser: Browser, address: str) -> None:
    with visit(browser, address) as page:
        page.get_by_role("button", name="Faults").click()
        page.get_by_role("button", name="Arm").first.click()
        expect(page.locator("#panel")).to_contain_text("rate_limit · * · 1×")
        page.get_by_role("button", name="Clear all").click()
        expect(page.locator("#panel")).to_contain_text("Slack is in good health")


def test_a_small_screen_has_its_channels_in_a_drawer(browser: Browser, address: str) -> None:
    with visit(browser, address, width=390) as page:
        expect(page.locator("#words")).to_be_visible()
        page.get_by_role("button", name="Channels").click()
        page.get_by_role("button", name="# random").click()
        expect(page.locator("#list")).to_contain_text("The app is not in this channel")
        assert not has_sideways_scroll(page)
