"""The customer's page beside others: a colleague who writes, and the company's own site with its tokens."""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

import httpx
import jwt
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from config.settings import Settings
from core.access import Role
from tests.e2e.test_pages import DELIVERY, RETURNS, ask, has_sideways_scroll, visit
from tests.fakes.running_desk import RunningDesk, running_desk

pytestmark = [
    pytest.mark.browser,
    # Gradio, which is in this process here, sets an option of pandas that is going away.
    pytest.mark.filterwarnings("ignore:.*no_silent_downcasting"),
]

SECRET = "the-secret-of-the-site-of-juniper-and-lamp"  # noqa: S105 - of a site that does not exist


@dataclass
class Site:
    """The company's own site: it embeds the page, links to it, and says who is signed in."""

    url: str
    token: str = ""


@contextmanager
def company_site(desk_url: list[str]) -> Iterator[Site]:
    """A site on a port of its own, which is another origin to a browser."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, body = "text/html; charset=utf-8", ""
            if self.path == "/token":
                kind, body = "text/plain", site.token
            elif self.path == "/link":
                address = f"{desk_url[0]}/#customer_token={quote(site.token)}"
                body = f'<!doctype html><link rel="icon" href="data:,"><a href="{address}">Help</a>'
            elif self.path.startswith("/frame"):
                body = f'<!doctype html><link rel="icon" href="data:,"><iframe src="{desk_url[0]}/"></iframe>'
            else:
                attribute = ' data-token-url="/token"' if self.path == "/account" else ""
                body = (
                    '<!doctype html><html lang="en"><link rel="icon" href="data:,">'
                    '<meta name="viewport" content="width=device-width, initial-scale=1"><h1>Lamps</h1>'
                    f'<script src="{desk_url[0]}/widget.js"{attribute} async></script></html>'
                )
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    site = Site(url=f"http://127.0.0.1:{server.server_port}")
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield site
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


@dataclass
class Both:
    """The desk, the company's site beside it, and a colleague's key."""

    desk: RunningDesk
    site: Site
    key: str

    def colleague(self) -> httpx.Client:
        return self.desk.client(self.key)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    address: list[str] = []
    with company_site(address) as site:
        settings = Settings(
            data=tmp_path_factory.mktemp("customer"),
            _env_file=None,
            web={"embed_origins": f"{site.url}, https://www.juniper.example"},
            customers={"secrets": {"default": SECRET}, "single_use": True},
        )
        with running_desk(settings, pages=True) as desk:
            address.append(desk.url)
            desk.publish(RETURNS, "returns.md")
            desk.publish(DELIVERY, "delivery.md")
            yield Both(desk=desk, site=site, key=desk.key(Role.STAFF, "Ana"))


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """All that is logged, also what nobody should turn on."""
    caplog.set_level(logging.DEBUG)
    return caplog


def signed(secret: str = SECRET, **more: Any) -> str:
    claims = {"sub": "c-17", "aud": "default", "exp": int(time.time()) + 600, "name": "Ada Lovelace"}
    return jwt.encode(claims | {"jti": str(time.monotonic_ns())} | more, secret, "HS256")


def told_by(logged: pytest.LogCaptureFixture) -> str:
    """Every line of this desk's and its libraries, with what each was given."""
    assert logged.records
    return "\n".join(f"{one.getMessage()} {vars(one)}" for one in logged.records)


def say(page: Page, text: str) -> None:
    box = page.locator("#fd-question textarea")
    box.fill(text)
    box.press("Enter")


def waiting_ticket(colleague: httpx.Client) -> str:
    (ticket,) = colleague.get("/v1/tickets", params={"status": "waiting"}).raise_for_status().json()
    return str(ticket["ticket_id"])


def happened(page: Page) -> list[str]:
    """What was asked, what a person did and wrote, in the order it stands on the page."""
    parts = ".fd-question, .fd-ticket strong, .fd-mark, .fd-person .fd-text, .fd-delivered"
    lines = page.locator(".fd-thread").locator(parts).all_inner_texts()
    return [line.removeprefix("You:").strip() for line in lines]


def test_a_colleague_and_a_customer_write_to_each_other_on_the_open_page(
    browser: Browser, both: Both
) -> None:
    with visit(browser, both.desk.url) as page, both.colleague() as ana:
        person = page.get_by_role("button", name="Talk to a person")
        ask(page, "How long does delivery take?")
        person.first.click()
        expect(page.locator(".fd-ticket")).to_be_visible()
        expect(person).to_have_count(0)
        ticket = waiting_ticket(ana)
        ana.post(f"/v1/tickets/{ticket}/take").raise_for_status()
        expect(page.locator(".fd-mark")).to_have_text("You are talking to Ana")
        box = page.locator("#fd-question textarea")
        expect(box).to_have_attribute("placeholder", "Write to Ana…")
        box.fill("Half a sen")
        ana.post(f"/v1/tickets/{ticket}/reply", json={"text": "Hello, <b>Ana</b> here."}).raise_for_status()
        bubble = page.locator(".fd-person")
        expect(bubble).to_contain_text("Hello, <b>Ana</b> here.")
        expect(bubble.locator(".fd-eyebrow")).to_have_text("Ana")
        expect(box).to_have_value("Half a sen")
        say(page, "Where is my mail boat parcel?")
        expect(page.locator(".fd-delivered")).to_have_text("Delivered to Ana")
        expect(page.locator(".fd-failure, .fd-status")).to_have_count(0)
        heard = ana.get(f"/v1/tickets/{ticket}").json()["conversation"]["exchanges"]
        assert heard[-1]["text"] == "Where is my mail boat parcel?"
        page.reload(wait_until="domcontentloaded")
        expect(bubble).to_have_count(1)
        expect(person).to_have_count(0)
        for text in ("It left today.", "You will have it on Friday."):
            ana.post(f"/v1/tickets/{ticket}/reply", json={"text": text}).raise_for_status()
        expect(bubble).to_have_count(3)
        ana.post(f"/v1/tickets/{ticket}/return").raise_for_status()
        expect(page.locator(".fd-mark").last).to_have_text("The assistant is back")
        expect(person.first).to_be_visible()
        expect(ask(page, "How long do I have to return a lamp?")).to_contain_text("41 days")
        page.reload(wait_until="domcontentloaded")
        expect(bubble).to_have_count(3)
        assert happened(page) == [
            "How long does delivery take?",
            f"Passed to our team: ticket {ticket}",
            "You are talking to Ana",
            "Hello, <b>Ana</b> here.",
            "Where is my mail boat parcel?",
            "Delivered to Ana",
            "It left today.",
            "You will have it on Friday.",
            "The assistant is back",
            "How long do I have to return a lamp?",
        ]


def test_a_page_that_was_cut_off_shows_what_was_written_meanwhile(browser: Browser, both: Both) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(both.desk.url, wait_until="domcontentloaded")
    with both.colleague() as ana:
        page.get_by_role("button", name="Talk to a person").click()
        expect(page.locator(".fd-ticket")).to_be_visible()
        ticket = waiting_ticket(ana)
        ana.post(f"/v1/tickets/{ticket}/take").raise_for_status()
        expect(page.locator(".fd-mark")).to_be_visible()
        context.set_offline(True)
        ana.post(f"/v1/tickets/{ticket}/reply", json={"text": "Are you there?"}).raise_for_status()
        page.wait_for_timeout(3_000)
        expect(page.locator(".fd-person")).to_have_count(0)
        context.set_offline(False)
        expect(page.locator(".fd-person")).to_have_text(re.compile("Are you there?"))
        ana.post(f"/v1/tickets/{ticket}/close").raise_for_status()
    context.close()


def asked_of(page: Page) -> list[str]:
    """What the page has the desk do by itself in three seconds, once it has come to rest."""
    page.wait_for_timeout(2_000)
    asked: list[str] = []

    def note(request: Request) -> None:
        if any(part in request.url for part in ("/run/", "/queue/join", "/v1/")):
            asked.append(request.url)

    page.on("request", note)
    page.wait_for_timeout(3_000)
    page.remove_listener("request", note)
    return asked


def test_a_page_asks_for_nothing_while_no_person_is_called(browser: Browser, both: Both) -> None:
    with visit(browser, both.desk.url) as page, both.colleague() as ana:
        ask(page, "How long does delivery take?")
        assert asked_of(page) == []
        page.get_by_role("button", name="Talk to a person").first.click()
        expect(page.locator(".fd-ticket")).to_be_visible()
        assert asked_of(page) != []
        ana.post(f"/v1/tickets/{waiting_ticket(ana)}/close").raise_for_status()
        expect(page.locator(".fd-mark")).to_contain_text("was closed")
        assert asked_of(page) == []


def test_a_link_from_the_companys_site_greets_the_customer_by_name(
    browser: Browser, both: Both, logged: pytest.LogCaptureFixture
) -> None:
    both.site.token = signed()
    with visit(browser, f"{both.site.url}/link") as page:
        page.get_by_role("link", name="Help").click()
        expect(page.locator(".fd-hello")).to_have_text("Hello Ada Lovelace,")
        assert page.url == f"{both.desk.url}/"
        ask(page, "How long does delivery take?")
        page.reload(wait_until="domcontentloaded")
        expect(page.locator(".fd-question")).to_have_count(1)
        page.get_by_role("button", name="New conversation").click()
        expect(page.locator(".fd-hello")).to_have_text("Hello Ada Lovelace,")
        assert both.site.token not in page.content()
        assert both.site.token not in json.dumps(page.evaluate("({...localStorage, ...sessionStorage})"))
    asked = httpx.get(
        f"{both.desk.url}/v1/customers/me/conversations",
        headers={"Authorization": f"Bearer {both.site.token}"},
    )
    assert len(asked.json()) == 2
    assert both.site.token.rpartition(".")[2] not in told_by(logged)


@pytest.mark.parametrize("fault", ["forged", "expired", "used"])
def test_a_token_that_is_not_good_is_one_sentence_and_nobodys_conversation(
    browser: Browser, both: Both, fault: str, logged: pytest.LogCaptureFixture
) -> None:
    both.site.token = {
        "forged": signed("not-the-secret-of-the-site-at-all-00"),
        "expired": signed(exp=int(time.time()) - 600),
        "used": signed(),
    }[fault]
    if fault == "used":
        httpx.post(f"{both.desk.url}/v1/conversations", json={"customer_token": both.site.token})
    with visit(browser, f"{both.site.url}/link") as page:
        page.get_by_role("link", name="Help").click()
        expect(page.locator(".fd-failure")).to_contain_text("could not confirm who you are")
        expect(page.locator(".fd-hello")).to_have_count(0)
        assert "Ada" not in page.content()
        expect(ask(page, "How long does delivery take?")).to_contain_text("nine working days")
    assert both.site.token.rpartition(".")[2] not in told_by(logged)


def test_a_link_from_anywhere_else_signs_nobody_in(browser: Browser, both: Both) -> None:
    with visit(browser, f"{both.desk.url}/#customer_token={signed()}") as page:
        expect(page.locator(".fd-welcome")).to_be_visible()
        expect(page.locator(".fd-hello")).to_have_count(0)
        assert "customer_token" not in page.url


def test_the_widget_on_the_companys_site_opens_asks_and_is_answered_by_keyboard(
    browser: Browser, both: Both
) -> None:
    both.site.token = signed(sub="c-18", name="Grace")
    with visit(browser, f"{both.site.url}/account") as page:
        opener = page.get_by_role("button", name="Chat with us")
        expect(opener).to_be_visible()
        page.keyboard.press("Tab")
        expect(opener).to_be_focused()
        page.keyboard.press("Enter")
        closer = page.get_by_role("button", name="Close")
        expect(closer).to_be_focused()
        desk = page.frame_locator("iframe")
        expect(desk.locator(".fd-hello")).to_have_text("Hello Grace,")
        box = desk.locator("#fd-question textarea")
        box.fill("How long do I have to return a lamp?")
        box.press("Enter")
        expect(desk.locator(".fd-answer[data-id]")).to_contain_text("41 days")
        box.press("Escape")
        expect(opener).to_be_focused()
        both.site.token = signed(sub="c-18", name="Grace")
        page.reload(wait_until="domcontentloaded")
        opener.click()
        expect(desk.locator(".fd-answer[data-id]")).to_contain_text("41 days")
        both.site.token = ""
        page.reload(wait_until="domcontentloaded")
        opener.click()
        expect(desk.locator(".fd-welcome")).to_be_visible()
        expect(desk.locator(".fd-hello, .fd-answer")).to_have_count(0)


def test_the_widget_fills_a_phone(browser: Browser, both: Both) -> None:
    with visit(browser, both.site.url, width=390) as page:
        page.get_by_role("button", name="Chat with us").click()
        desk = page.frame_locator("iframe")
        expect(desk.locator(".fd-welcome")).to_be_visible()
        panel = page.get_by_role("dialog", name="Chat with us").bounding_box()
        assert panel is not None
        assert (panel["x"], panel["y"], panel["width"]) == (0, 0, 390)
        assert not has_sideways_scroll(page)
        page.get_by_role("button", name="Close").click()
        expect(page.get_by_role("dialog")).to_have_count(0)


def blocked(context: BrowserContext, address: str) -> bool:
    page = context.new_page()
    with page.expect_event("console", lambda line: "frame-ancestors" in line.text, timeout=15_000):
        page.goto(address)
    shown = page.frame_locator("iframe").locator("#fd-chat").count()
    page.close()
    return shown == 0


def test_a_site_that_is_not_named_can_not_show_the_page(browser: Browser, both: Both) -> None:
    context = browser.new_context()
    with company_site([both.desk.url]) as stranger:
        assert blocked(context, f"{stranger.url}/frame")
    context.close()
