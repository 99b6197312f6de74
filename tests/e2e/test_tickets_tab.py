"""The tickets tab in a browser: what a customer wants is approved there, and told on the customer's page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.test_pages import (
    Browser,
    Page,
    Running,
    ask,
    expect,
    has_sideways_scroll,
    running,
    visit,
)

pytestmark = pytest.mark.browser

WISH = (
    "I want to return something",
    "jonas.weber@example.com",
    "#L20377",
    "the floor lamp",
    "the way I paid",
)
SHOWN = "I will send back Atlas floor lamp, oak from order #L20377 and refund £649.00"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("tickets")
    texts = {"delivery.md": "# Delivery\n\nDelivery to the islands takes nine working days.\n"}
    with running(folder / "data", texts, FRONTDESK_TOOLS__SAMPLES="shop") as started:
        yield started


def wish(customer: Page) -> None:
    """Ask for a return above the limit, up to the word that a colleague was asked."""
    for words in WISH:
        answer = ask(customer, words)
    expect(answer).to_contain_text("Shall I go ahead?")
    expect(ask(customer, "yes")).to_contain_text("asked a colleague to approve")


def told(customer: Page, words: str) -> None:
    """The customer reads these words from a person."""
    customer.reload(wait_until="domcontentloaded")
    expect(customer.locator(".fd-person").last).to_contain_text(words)


def test_a_wish_above_the_limit_is_approved_in_the_tab_and_told_to_the_customer(
    browser: Browser, desk: Running
) -> None:
    with visit(browser, desk.url) as customer, visit(browser, desk.sign_in) as admin:
        admin.get_by_role("button", name="Sign in").click()
        admin.get_by_role("tab", name="Tickets").click()
        expect(admin.locator("#fd-queue .fd-empty")).to_contain_text("Nobody waits")
        ask(customer, "How long does delivery to the islands take?")
        wish(customer)

        # The queue fills by itself, and is worked by keyboard.
        entry = admin.locator("#fd-queue .fd-entry")
        expect(entry).to_contain_text("Needs approval")
        entry.focus()
        admin.keyboard.press("Enter")
        expect(admin.locator(".fd-will-do")).to_contain_text(SHOWN)
        case = admin.locator("#fd-case")
        expect(case).to_contain_text("nine working days")
        expect(case.locator(".fd-from")).to_contain_text("Delivery")
        admin.locator("#fd-note textarea").fill("He is a regular customer.")
        admin.get_by_role("button", name="Add note").click()
        expect(case.locator(".fd-notes")).to_contain_text("He is a regular customer.")
        expect(admin.locator("#fd-note textarea")).to_have_value("")
        admin.get_by_role("button", name="Approve").click()
        expect(admin.locator("#fd-tickets-notice")).to_contain_text("Approved and done")
        expect(admin.locator("#fd-approve")).to_be_hidden()
        expect(admin.locator("#fd-queue .fd-empty")).to_be_visible()
        told(customer, "The return for order #L20377 is registered")
        assert "regular customer" not in customer.content()

        # Somebody who asks for a person is taken over, answered and given back.
        customer.get_by_role("button", name="Talk to a person").first.click()
        entry.click()
        admin.get_by_role("button", name="Take", exact=True).click()
        expect(entry).to_contain_text("You have it")
        reply = admin.locator("#fd-reply textarea")
        reply.fill("Hello, this is Ann.")
        admin.get_by_role("button", name="Send").click()
        expect(case).to_contain_text("Hello, this is Ann.")
        expect(reply).to_have_value("")
        told(customer, "Hello, this is Ann.")
        admin.set_viewport_size({"width": 390, "height": 844})
        expect(case).to_be_visible()
        assert not has_sideways_scroll(admin)
        admin.get_by_role("button", name="Return to bot").click()
        expect(admin.locator("#fd-queue .fd-empty")).to_be_visible()
        expect(case).to_contain_text("Given back")
