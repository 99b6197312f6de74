"""From the web page into Slack and back: a customer in a browser, a colleague in a Slack thread."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.test_pages import ask, visit
from tests.fakes.slack_staff import SlackDesk, slack_desk

pytestmark = [
    pytest.mark.browser,
    # Gradio, which is in this process here, sets an option of pandas that is going away.
    pytest.mark.filterwarnings("ignore:.*no_silent_downcasting"),
]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[SlackDesk]:
    with slack_desk(tmp_path, pages=True) as running:
        running.served.publish("Delivery takes nine working days.", "delivery.md")
        yield running


def test_what_a_colleague_writes_in_slack_stands_on_the_customers_open_page(
    browser: Browser, desk: SlackDesk
) -> None:
    with visit(browser, desk.served.url) as page:
        ask(page, "How long does delivery take?")
        page.get_by_role("button", name="Talk to a person").first.click()
        expect(page.locator(".fd-ticket")).to_be_visible()
        desk.waits_for("How long does delivery take?")
        desk.reply("ana", "Hello, <b>Ana</b> in Slack here.")
        expect(page.locator(".fd-mark")).to_have_text("You are talking to ana")
        expect(page.locator(".fd-person")).to_contain_text("Hello, <b>Ana</b> in Slack here.")
        box = page.locator("#fd-question textarea")
        box.fill("Where is my mail boat parcel?")
        box.press("Enter")
        expect(page.locator(".fd-delivered")).to_have_text("Delivered to ana")
        desk.waits_for("Where is my mail boat parcel?")
        desk.click("ana", "desk_return")
        expect(page.locator(".fd-mark").last).to_have_text("The assistant is back")
        expect(ask(page, "How long does delivery take?")).to_contain_text("nine working days")
