"""Takes the pictures in this folder anew: `python docs/screenshots/take.py URL SIGN_IN_LINK`.

The desk at URL should be fresh from `frontdesk up`, with its sample documents, and called once:
`frontdesk simulate call --say "How long do I have to return a lamp?"`. Needs playwright and pillow.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"]
DESKTOP, PHONE = (1280, 800), (390, 844)


def keep(page: Page, name: str) -> None:
    """The page as it looks now, in few enough colours to be small."""
    page.wait_for_timeout(700)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
        HERE / f"{name}.png", optimize=True
    )


def open_page(browser: Browser, address: str, size: tuple[int, int], scheme: str) -> Page:
    """A fresh visitor's page."""
    is_phone = size == PHONE
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        locale="en-GB",
        is_mobile=is_phone,
        has_touch=is_phone,
        device_scale_factor=1,
    )
    page = context.new_page()
    page.goto(address, wait_until="domcontentloaded")
    return page


def ask(page: Page, question: str) -> None:
    """Ask, and wait for the whole answer."""
    before = page.locator(".fd-answer[data-id]").count()
    page.locator("#fd-question textarea").fill(question)
    page.locator("#fd-question textarea").press("Enter")
    page.locator(".fd-answer[data-id]").nth(before).wait_for()


def customer(browser: Browser, url: str, size: tuple[int, int], scheme: str) -> None:
    """The customer page: welcome, an answer, its source, and not knowing."""
    kind = f"{'phone' if size == PHONE else 'desktop'}-{scheme}"
    page = open_page(browser, url, size, scheme)
    page.locator(".fd-example").first.wait_for()
    keep(page, f"welcome-{kind}")
    ask(page, "How long do I have to return something?")
    page.locator("[data-verdict=up]").first.click()
    page.locator("[data-verdict=up][aria-pressed=true]").wait_for()
    page.mouse.move(5, 400)
    page.evaluate("scrollTo(0, 0)")
    keep(page, f"answer-{kind}")
    page.locator(".fd-chip").first.click()
    page.locator(".fd-panel mark").wait_for()
    keep(page, f"source-{kind}")
    page.keyboard.press("Escape")
    ask(page, "Who won the football world cup in 1998?")
    page.locator(".fd-unsure [data-do=person]").click()
    page.locator(".fd-ticket").wait_for()
    page.mouse.move(5, 400)
    keep(page, f"unsure-{kind}")
    page.context.close()


def calls(page: Page) -> None:
    """The newest call, opened."""
    page.get_by_role("tab", name="Calls").click()
    page.locator("#fd-calls .fd-entry").first.click()
    page.locator(".fd-call .fd-spoken").first.wait_for()


def admin(browser: Browser, link: str) -> None:
    """The admin page: documents, a search, what failed, and who waits for a person."""
    page = open_page(browser, link, DESKTOP, "light")
    page.get_by_role("button", name="Sign in").click()
    page.locator(".fd-table").wait_for()
    files = [
        {
            "name": "lamp-care.md",
            "mimeType": "text/markdown",
            "buffer": b"# Lamp care\n\nDust with a dry cloth.\n",
        },
        {"name": "old-scan.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 cut short"},
    ]
    page.locator("#fd-drop input[type=file]").set_input_files(files)  # type: ignore[arg-type]
    page.get_by_label("Labels").fill("care")
    page.get_by_role("button", name="Add to the desk").click()
    page.locator('tr[data-name="lamp-care.md"] .fd-ready').wait_for()
    page.locator('tr[data-name="old-scan.pdf"] .fd-refused').wait_for()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.get_by_role("tab", name="Documents").click()
        keep(page, f"admin-documents-desktop-{scheme}")
        page.get_by_role("tab", name="Try it").click()
        page.locator("#fd-query textarea, #fd-query input").fill("how long does a refund take?")
        page.get_by_role("button", name="Search").click()
        page.locator(".fd-found li").first.wait_for()
        keep(page, f"admin-try-it-desktop-{scheme}")
        page.get_by_role("tab", name="Insights").click()
        page.locator(".fd-review").wait_for()
        keep(page, f"admin-insights-desktop-{scheme}")
        page.get_by_role("tab", name="Tickets").click()
        page.locator(".fd-entry").first.click()
        page.locator(".fd-case .fd-said-all").wait_for()
        keep(page, f"admin-tickets-desktop-{scheme}")
        calls(page)
        keep(page, f"admin-calls-desktop-{scheme}")
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    page.get_by_role("tab", name="Documents").click()
    keep(page, "admin-documents-phone-dark")
    page.context.close()


def main(url: str, link: str) -> None:
    """Take them all."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for size in (DESKTOP, PHONE):
            for scheme in ("light", "dark"):
                customer(browser, url, size, scheme)
        admin(browser, link)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
