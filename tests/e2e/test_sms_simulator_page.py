"""The simulated phone in a browser: a text goes out with its segments, a reply arrives, a fault is armed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs

import httpx
import pytest

from tests.e2e.test_pages import (
    ROOT,
    Browser,
    Page,
    Watch,
    expect,
    has_sideways_scroll,
)

pytestmark = pytest.mark.browser

SID, TOKEN = "AC" + "6" * 32, "a token"


class Desk(BaseHTTPRequestHandler):
    """Answers every text with TwiML that says it back."""

    texts: ClassVar[list[dict[str, list[str]]]] = []

    def do_POST(self) -> None:
        said = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode(), keep_blank_values=True)
        self.texts.append(said)
        is_quiet = said["Body"][0] in {"STOP", "START", "HELP"}
        words = "" if is_quiet else "<Message>We look: https://desk.example.com/s/1</Message>"
        body = f"<Response>{words}</Response>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        del args


@pytest.fixture
def desk() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Desk) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def phone(desk: str, tmp_path: Path) -> Iterator[str]:
    """The page's address, served by the verb itself."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(ROOT / "frontdesk.py"), "simulate", "sms", "--port", str(port)]
    command += ["--desk", desk, "--account-sid", SID, "--auth-token", TOKEN]
    command += ["--number", "+15005550100", "--number", "+15005550101"]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True, env=os.environ
        )
        assert process.stdout is not None
        assert "ready" in process.stdout.readline(), (tmp_path / "log").read_text()
        yield f"http://127.0.0.1:{port}"
        process.terminate()
        process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Traceback" not in (tmp_path / "log").read_text()


@pytest.fixture
def page(browser: Browser, phone: str) -> Iterator[Page]:
    """The page of the phone, which asks nobody else and makes no error."""
    watch = Watch()
    opened = browser.new_page()
    watch.over(opened)
    opened.goto(phone)
    yield opened
    opened.close()
    assert watch.errors == []
    assert watch.hosts == {"127.0.0.1"}


def test_somebody_texts_the_desk_and_reads_its_reply(page: Page) -> None:
    expect(page.locator("#empty")).to_be_visible()
    body = page.get_by_label("Text message")
    body.fill("Where is my order?")
    expect(page.locator("#count")).to_have_text("18 septets · GSM-7 · 1 part")
    body.fill("Wo ist sie? 🙂")
    expect(page.locator("#count")).to_have_text("14 units · UCS-2 · 1 part")
    body.press("Enter")
    expect(page.locator(".mine .bubble")).to_have_text("Wo ist sie? 🙂")
    expect(page.locator(".theirs .bubble")).to_contain_text("We look")
    expect(page.locator(".theirs a")).to_have_attribute("href", "https://desk.example.com/s/1")
    expect(page.locator(".theirs .meta")).to_contain_text("✓✓ Delivered")
    expect(page.locator("#empty")).to_be_hidden()

    page.get_by_role("button", name="STOP").click()
    expect(page.locator(".theirs .bubble").last).to_contain_text("unsubscribed")

    page.get_by_role("radio", name="WhatsApp").check()
    expect(page.locator("#empty")).to_be_visible()
    page.locator("#file").set_input_files(
        {"name": "bill.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
    )
    expect(page.locator("#files")).to_contain_text("bill.pdf")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".mine .bubble")).to_contain_text("application/pdf")
    expect(page.locator(".theirs .meta")).to_contain_text("✓✓ Read")
    assert Desk.texts[-1]["From"] == ["whatsapp:+15005550177"]


def test_a_fault_happens_once_and_every_number_and_phone_has_its_own_thread(page: Page) -> None:
    body = page.get_by_label("Text message")
    fault = page.get_by_label("comes twice, with the same MessageSid")
    fault.check()
    page.get_by_role("button", name="New phone").click()
    body.fill("<b>Again</b>")
    before = len(Desk.texts)
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".mine .bubble")).to_have_text("<b>Again</b>")
    expect(page.locator(".theirs .bubble")).to_have_count(1)
    expect(fault).not_to_be_checked()
    assert len(Desk.texts) == before + 2
    assert Desk.texts[-1] == Desk.texts[-2]

    page.locator("#number").select_option("+15005550101")
    expect(page.locator("#empty")).to_be_visible()
    body.fill("To the other number")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".theirs .bubble")).to_have_count(1)
    assert Desk.texts[-1]["To"] == ["+15005550101"]


def test_the_page_fits_a_phone_in_the_dark(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    assert not has_sideways_scroll(page)
    expect(page.locator("#side")).to_be_hidden()
    page.get_by_role("button", name="Faults and log").click()
    expect(page.locator("#side")).to_be_visible()
    page.emulate_media(color_scheme="dark")
    assert not has_sideways_scroll(page)


def test_the_api_answers_where_the_verb_serves_it(phone: str) -> None:
    url = f"{phone}/2010-04-01/Accounts/{SID}/Messages.json"
    said = {"From": "+15005550100", "To": "+15005550177", "Body": "Hello"}
    sent = httpx.post(url, data=said, auth=(SID, TOKEN))
    assert sent.status_code == 201
    assert json.loads(sent.text)["status"] == "queued"
