"""The staff's page in a browser: a link, the first tab, a reply, and the name that the customer reads."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.e2e.test_pages import (
    ROOT,
    Browser,
    Running,
    ask,
    expect,
    has_sideways_scroll,
    running,
    visit,
)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("staff") / "data"


@pytest.fixture(scope="module")
def desk(data: Path) -> Iterator[Running]:
    texts = {"delivery.md": "# Delivery\n\nDelivery to the islands takes nine working days.\n"}
    with running(data, texts, FRONTDESK_SAFETY__REVIEW_SHARE="1") as started:
        yield started


def link_of(desk: Running, data: Path, *words: str) -> str:
    """What `frontdesk sign-in` prints, on the port that this desk has."""
    command = [sys.executable, str(ROOT / "frontdesk.py"), "sign-in", *words, "--data", str(data), "--json"]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout
    link = urlsplit(json.loads(said)["url"])
    return f"{desk.url}{link.path}?{link.query}"


def test_a_colleague_signs_in_by_a_link_takes_a_ticket_and_the_customer_reads_their_name(
    browser: Browser, desk: Running, data: Path
) -> None:
    link = link_of(desk, data, "--role", "staff", "--name", "Ana")
    with visit(browser, desk.url) as customer, visit(browser, link) as staff:
        ask(customer, "How long does delivery to the islands take?")
        staff.get_by_role("button", name="Sign in").click()
        expect(staff).to_have_url(f"{desk.url}/staff/")
        expect(staff.locator(".fd-brand")).to_contain_text("Juniper & Lamp · Team")
        expect(staff.locator(".fd-who")).to_have_text("Ana")
        expect(staff.get_by_role("tab")).to_have_count(3)
        expect(staff.get_by_role("tab", name="Tickets", exact=True)).to_have_attribute(
            "aria-selected", "true"
        )
        expect(staff.locator("#fd-queue .fd-empty")).to_contain_text("Nobody waits")

        customer.get_by_role("button", name="Talk to a person").first.click()
        expect(staff.get_by_role("tab", name="Tickets (1)")).to_be_visible()
        staff.locator("#fd-queue .fd-entry").click()
        staff.get_by_role("button", name="Take", exact=True).click()
        expect(staff.get_by_role("tab", name="Tickets", exact=True)).to_be_visible()
        expect(customer.locator("main, body").last).to_contain_text("You are talking to Ana")
        staff.locator("#fd-reply textarea").fill("Hello, I look it up for you.")
        staff.get_by_role("button", name="Send").click()
        expect(customer.locator(".fd-person").last).to_contain_text("Hello, I look it up for you.")
        expect(customer.locator(".fd-person .fd-eyebrow").last).to_contain_text("Ana")
        assert "link:Ana" not in customer.content()

        staff.get_by_role("tab", name="Review").click()
        expect(staff.locator("#fd-review-card")).to_contain_text("islands")
        expect(staff.locator("#fd-right")).to_be_visible()
        expect(staff.locator("#fd-make-entry")).to_be_hidden()
        expect(staff.locator(".fd-keys")).not_to_contain_text("entry")
        staff.locator("#fd-right").click()
        expect(staff.locator("#fd-review-notice")).to_be_visible()
        staff.set_viewport_size({"width": 390, "height": 844})
        assert not has_sideways_scroll(staff)

        # The admin's page leads here, and the way out leads to the customers' page.
        staff.goto(f"{desk.url}/admin")
        expect(staff.locator("h1")).to_have_text("This page is for admins")
        staff.get_by_role("link", name="Go to your page").click()
        staff.get_by_role("button", name="Sign out").click()
        expect(staff).to_have_url(f"{desk.url}/")
        staff.goto(f"{desk.url}/staff")
        expect(staff).to_have_url(f"{desk.url}/sign-in")
