"""The FAQ and Review tabs in a real browser: what an admin lays down is what the customer's page says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.test_pages import Browser, Page, ask, expect, has_sideways_scroll, running, visit

pytestmark = pytest.mark.browser

ANSWER = "Yes, free of charge.\n\nTick “gift” when you order."
SHEET = """question,answer,owner,valid_until
Do you repair lamps?,"Yes, in two weeks.",Bo,
Do you rent lamps?,No.,Bo,3/4/2026
"""


@pytest.fixture
def pages(browser: Browser, tmp_path: Path) -> Iterator[tuple[Page, Page]]:
    """The admin's page at the FAQ tab, and a customer's."""
    with (
        running(tmp_path / "data", {}, FRONTDESK_SAFETY__REVIEW_SHARE="1") as desk,
        visit(browser, desk.sign_in) as admin,
        visit(browser, desk.url) as customer,
    ):
        admin.get_by_role("button", name="Sign in").click()
        admin.get_by_role("tab", name="FAQ", exact=True).click()
        expect(admin.locator("#fd-faq-table .fd-empty")).to_be_visible()
        yield admin, customer


def typed(page: Page, name: str, text: str) -> None:
    page.locator(f"#fd-faq-{name}").locator("input, textarea").fill(text)


def test_an_entry_is_written_changed_deleted_and_taken_back(pages: tuple[Page, Page]) -> None:
    admin, customer = pages
    admin.locator("#fd-faq-new").click()
    typed(admin, "question", "Do you wrap gifts?")
    typed(admin, "variants", "Is gift wrapping possible?")
    typed(admin, "answer", ANSWER)
    expect(admin.locator("#fd-faq-preview .fd-answer")).to_contain_text("Tick “gift” when you order.")
    typed(admin, "valid_until", "3/4/2026")
    admin.locator("#fd-faq-save").click()
    expect(admin.locator("#fd-faq-told")).to_contain_text("3/4/2026")
    expect(admin.locator("#fd-faq-answer textarea")).to_have_value(ANSWER)
    typed(admin, "valid_until", "")
    admin.locator("#fd-faq-save").click()
    row = admin.locator("#fd-faq-table tr[data-faq]")
    expect(row).to_contain_text("Valid now")
    said = ask(customer, "Is gift wrapping possible, please?").locator(".fd-text")
    assert re.sub(r"\d$", "", said.inner_text().strip()) == ANSWER

    row.locator("[data-do=edit]").click()
    expect(admin.locator("#fd-faq-question").locator("input, textarea")).to_have_value("Do you wrap gifts?")
    typed(admin, "answer", "No longer.")
    admin.locator("#fd-faq-save").click()
    expect(row).to_contain_text("No longer.")
    expect(ask(customer, "Do you wrap gifts?")).to_contain_text("No longer.")

    row.locator("[data-do=delete]").click()
    expect(row).to_have_count(0)
    admin.locator("#fd-faq-notice [data-do=undo]").click()
    expect(row).to_contain_text("No longer.")
    expect(ask(customer, "Is gift wrapping possible?")).to_contain_text("No longer.")


def test_an_import_is_shown_before_it_is_kept_and_a_review_becomes_an_entry(
    pages: tuple[Page, Page], tmp_path: Path
) -> None:
    admin, customer = pages
    sheet = tmp_path / "faq.csv"
    sheet.write_text(SHEET)
    admin.locator(".fd-toolbar input[type=file]").set_input_files(sheet)
    report = admin.locator("#fd-faq-report")
    expect(report.locator("tbody tr").first).to_contain_text("3/4/2026")
    expect(admin.locator("#fd-faq-table .fd-empty")).to_be_visible()
    expect(admin.locator("#fd-faq-keep")).to_contain_text("Keep 1 of 2 lines")
    admin.locator("#fd-faq-keep").click()
    expect(admin.locator("#fd-faq-notice")).to_contain_text("1 new")
    expect(admin.locator("#fd-faq-table tr[data-faq]")).to_contain_text("Do you repair lamps?")

    ask(customer, "Can I pay by invoice?")
    ask(customer, "Do you repair lamps?")
    admin.get_by_role("tab", name="Review").click()
    expect(admin.locator("#fd-review-progress")).to_contain_text("0 of 2 reviewed")
    expect(admin.locator(".fd-judging blockquote")).to_contain_text("Yes, in two weeks.")
    admin.locator(".fd-judging").click()
    admin.keyboard.press("1")
    expect(admin.locator("#fd-review-progress")).to_contain_text("1 of 2 reviewed")
    expect(admin.locator(".fd-judging h3")).to_contain_text("invoice")
    admin.locator("#fd-make-entry").click()
    expect(admin.locator("#fd-faq-question").locator("input, textarea")).to_have_value(
        "Can I pay by invoice?"
    )
    expect(admin.locator("#fd-faq-answer textarea")).to_have_value("")
    admin.get_by_role("tab", name="Review").click()
    admin.locator("#fd-review-note textarea").fill("Yes, within 14 days.")
    admin.locator("#fd-make-entry").click()
    expect(admin.locator("#fd-faq-question").locator("input, textarea")).to_have_value(
        "Can I pay by invoice?"
    )
    expect(admin.locator("#fd-faq-answer textarea")).to_have_value("Yes, within 14 days.")
    admin.locator("#fd-faq-save").click()
    expect(admin.locator("#fd-faq-table")).to_contain_text("Can I pay by invoice?")
    expect(ask(customer, "Can I pay by invoice?")).to_contain_text("Yes, within 14 days.")

    admin.set_viewport_size({"width": 390, "height": 844})
    assert not has_sideways_scroll(admin)
