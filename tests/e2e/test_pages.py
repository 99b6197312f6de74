"""What people see and do on the pages: a real desk in a process of its own, and a real browser."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.fakes.chat_server import FOREVER, ChatServer, Say, words

ROOT = Path(__file__).parents[2]
PATIENCE_MS = 30_000
pytestmark = pytest.mark.browser

RETURNS = """# Returns

## How long do I have to return a lamp?

You can return any unused lamp within 41 days of the day it arrived.

<b onclick="alert(1)">Ask</b> for a label.

## Who pays for the return postage?

Return postage inside the country is free of charge for every lamp.
"""
DELIVERY = """# Delivery

## How long does delivery take?

Delivery to the islands takes nine working days with the mail boat.
"""
HERON = """# Heron care

The brass foot of the Heron lamp is wiped with a dry cotton cloth once a month.
"""
STAFF_ONLY = """# Opening

The spare key of the shop hangs behind the blue door.
"""


@dataclass(frozen=True)
class Running:
    """A desk that answers at `url`, and the link that signs its admin in once."""

    url: str
    sign_in: str


@dataclass
class Watch:
    """What a page did behind its visitor's back."""

    errors: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def over(self, page: Page) -> None:
        page.on("console", lambda line: self.errors.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname or ""))


@contextmanager
def running(
    data: Path, documents: dict[str, str], audience: str = "public", **settings: str
) -> Iterator[Running]:
    """A desk that knows these documents and no samples."""
    data.mkdir(parents=True, exist_ok=True)
    (data / "started").touch()
    launcher = [sys.executable, str(ROOT / "frontdesk.py")]
    if documents:
        folder = data.with_name(f"{data.name}-documents")
        folder.mkdir()
        for name, text in documents.items():
            (folder / name).write_text(text, encoding="utf-8")
        taken = [*launcher, "ingest", str(folder), "--audience", audience, "--data", str(data)]
        subprocess.run(taken, check=True, capture_output=True, timeout=120)
    environment = os.environ | {"FRONTDESK_TENANT_NAME": "Juniper & Lamp", **settings}
    with (data / "log").open("w") as log:
        desk = subprocess.Popen(
            [*launcher, "up", "--port", "0", "--data", str(data), "--json"],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=environment,
        )
        try:
            assert desk.stdout is not None
            line = desk.stdout.readline()
            assert line, (data / "log").read_text()
            said = json.loads(line)
            yield Running(url=said["url"], sign_in=said["sign_in"])
        finally:
            desk.terminate()
            desk.communicate(timeout=30)
    assert "Traceback" not in (data / "log").read_text()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("pages")
    with running(folder / "data", {"returns.md": RETURNS, "delivery.md": DELIVERY}) as started:
        yield started


@contextmanager
def visit(browser: Browser, address: str, *, width: int = 1280, locale: str = "en-US") -> Iterator[Page]:
    """A visitor's own browser on a page; it asks only this machine, and logs no error."""
    watch = Watch()
    context = browser.new_context(
        viewport={"width": width, "height": 844 if width < 600 else 800},
        locale=locale,
        has_touch=width < 600,
        is_mobile=width < 600,
    )
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    page = context.new_page()
    watch.over(page)
    page.goto(address, wait_until="domcontentloaded")
    try:
        yield page
    finally:
        context.close()
    assert watch.hosts <= {"127.0.0.1"}
    assert watch.errors == []


def ask(page: Page, question: str) -> Locator:
    """The answer to a question, once it is whole."""
    before = page.locator(".fd-answer[data-id]").count()
    box = page.locator("#fd-question textarea")
    box.fill(question)
    box.press("Enter")
    answer = page.locator(".fd-answer[data-id]").nth(before)
    expect(answer).to_be_visible()
    return answer


def has_sideways_scroll(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def test_the_first_page_explains_itself_with_questions_from_the_documents(
    browser: Browser, desk: Running
) -> None:
    with visit(browser, desk.url) as page:
        expect(page.locator(".fd-brand")).to_have_text("Juniper & Lamp")
        expect(page.locator(".fd-example")).to_have_count(3)
        page.get_by_role("button", name="How long does delivery take?").click()
        expect(page.locator(".fd-answer[data-id]")).to_contain_text("nine working days")


def test_an_answer_is_seen_growing_and_ends_with_its_sources(browser: Browser, desk: Running) -> None:
    with visit(browser, desk.url) as page:
        expect(page.locator(".fd-welcome")).to_be_visible()
        page.evaluate(
            """() => { window.seen = []; const live = document.querySelector('#fd-live');
            new MutationObserver(() => { const now = live.innerText.trim();
              if (now && window.seen.at(-1) !== now) window.seen.push(now); })
            .observe(live, {subtree: true, childList: true, characterData: true}); }"""
        )
        answer = ask(page, "How long do I have to return a lamp?")
        expect(answer).to_contain_text("within 41 days")
        assert len(page.evaluate("window.seen")) >= 2
        expect(answer.locator(".fd-chip").first).to_be_visible()
        expect(answer.locator(".fd-card").first).to_contain_text("Returns")
        expect(page.locator("#fd-question textarea")).to_be_focused()


def test_a_citation_opens_its_source_at_the_quoted_words_by_keyboard_alone(
    browser: Browser, desk: Running
) -> None:
    with visit(browser, desk.url) as page:
        answer = ask(page, "How long do I have to return a lamp?")
        quote = answer.locator(".fd-card .fd-quote").first.inner_text().strip("“”")
        chip = answer.locator(".fd-chip").first
        chip.focus()
        page.keyboard.press("Enter")
        mark = page.locator(".fd-panel mark")
        expect(mark).to_be_visible()
        assert " ".join(mark.inner_text().split()) == quote
        expect(mark).to_be_in_viewport()
        passage = page.locator(".fd-passage")
        expect(passage).to_contain_text("Return postage inside the country")
        assert passage.locator("b").count() == 0
        address = page.get_by_role("link", name="Open document").get_attribute("href")
        assert address is not None
        shown = httpx.get(desk.url + address)
        assert shown.status_code == 200
        assert quote in shown.text
        page.keyboard.press("Escape")
        expect(page.locator(".fd-panel")).to_have_count(0)
        expect(chip).to_be_focused()


def test_only_the_picked_document_is_asked(browser: Browser, desk: Running) -> None:
    with visit(browser, desk.url) as page:
        picker = page.locator("#fd-documents input")
        picker.click()
        page.get_by_role("option", name="Delivery").click()
        page.keyboard.press("Escape")
        answer = ask(page, "How long do I have to return a lamp?")
        assert "41 days" not in answer.inner_text()
        assert "Returns" not in answer.inner_text()
        answer = ask(page, "How long does delivery to the islands take?")
        expect(answer).to_contain_text("nine working days")


def test_a_thumb_is_thanked_for_and_can_be_changed(browser: Browser, desk: Running) -> None:
    with visit(browser, desk.url) as page:
        answer = ask(page, "How long does delivery take?")
        up, down = answer.locator("[data-verdict=up]"), answer.locator("[data-verdict=down]")
        up.click()
        expect(up).to_have_attribute("aria-pressed", "true")
        expect(answer.locator(".fd-said")).to_contain_text("Thank you")
        down.click()
        expect(down).to_have_attribute("aria-pressed", "true")
        expect(up).to_have_attribute("aria-pressed", "false")


def test_a_reload_keeps_the_conversation_and_a_new_one_forgets_it(browser: Browser, desk: Running) -> None:
    with visit(browser, desk.url) as page:
        said = ask(page, "How long do I have to return a lamp?").locator(".fd-text").inner_text()
        page.locator(".fd-answer [data-verdict=up]").click()
        expect(page.locator("[data-verdict=up]")).to_have_attribute("aria-pressed", "true")
        page.reload(wait_until="domcontentloaded")
        answer = page.locator(".fd-answer[data-id]")
        expect(answer.locator(".fd-text")).to_have_text(said)
        expect(answer.locator("[data-verdict=up]")).to_have_attribute("aria-pressed", "true")
        answer.locator(".fd-chip").first.click()
        expect(page.locator(".fd-panel mark")).to_be_visible()
        page.keyboard.press("Escape")
        page.get_by_role("button", name="New conversation").click()
        expect(page.locator(".fd-welcome")).to_be_visible()
        expect(page.locator(".fd-answer")).to_have_count(0)


def test_two_visitors_see_nothing_of_each_other(browser: Browser, desk: Running) -> None:
    with visit(browser, desk.url) as one, visit(browser, desk.url) as other:
        ask(one, "How long do I have to return a lamp?")
        expect(other.locator(".fd-welcome")).to_be_visible()
        ask(other, "How long does delivery take?")
        other.reload(wait_until="domcontentloaded")
        expect(other.locator(".fd-question")).to_have_count(1)
        expect(other.locator(".fd-question")).to_contain_text("delivery")


def test_a_person_is_called_and_the_ticket_number_told(browser: Browser, desk: Running) -> None:
    with visit(browser, desk.url) as page:
        ask(page, "How long does delivery take?")
        page.get_by_role("button", name="Talk to a person").first.click()
        ticket = page.locator(".fd-ticket")
        expect(ticket).to_contain_text(re.compile(r"ticket [0-9a-f]{12}"))
        number = ticket.locator("strong").inner_text()
        expect(page.get_by_role("button", name="Talk to a person")).to_have_count(0)
        page.reload(wait_until="domcontentloaded")
        expect(ticket.locator("strong")).to_have_text(number)


def test_an_own_file_is_read_and_answers_in_its_conversation_alone(
    browser: Browser, desk: Running, tmp_path: Path
) -> None:
    receipt = tmp_path / "receipt.txt"
    receipt.write_text("The order JL-77 holds three Kestrel lamps and was paid by gift card.\n")
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.4 nothing in here")
    with visit(browser, desk.url) as page, visit(browser, desk.url) as stranger:
        # The examples come with the page's own start, which an upload before it would race.
        expect(page.locator(".fd-example").first).to_be_visible()
        page.locator("#fd-chat input[type=file]").set_input_files([receipt, broken])
        expect(page.locator(".fd-file.fd-ready")).to_contain_text("receipt.txt")
        expect(page.locator(".fd-file.fd-refused")).to_contain_text("broken.pdf")
        assert "Kestrel" in ask(page, "What does the order JL-77 hold?").inner_text()
        page.locator(".fd-chip").first.click()
        href = page.get_by_role("link", name="Open document").get_attribute("href")
        assert href is not None
        assert httpx.get(desk.url + href).status_code == 200
        assert httpx.get(desk.url + re.sub(r"[?&]token=[^#]*", "", href)).status_code == 404
        assert "Kestrel" not in ask(stranger, "What does the order JL-77 hold?").inner_text()


def test_the_phone_shows_everything_without_sideways_scroll(browser: Browser, desk: Running) -> None:
    with visit(browser, desk.url, width=390) as page:
        expect(page.locator(".fd-welcome")).to_be_visible()
        assert not has_sideways_scroll(page)
        ask(page, "How long do I have to return a lamp?").locator(".fd-chip").first.click()
        expect(page.locator(".fd-panel")).to_be_visible()
        assert not has_sideways_scroll(page)
        page.locator(".fd-panel [data-do=close]").click()
        expect(page.locator(".fd-panel")).to_have_count(0)


@pytest.mark.parametrize(
    ("locale", "greeting"),
    [
        ("de-DE", "Wie können wir helfen?"),
        ("es-MX", "¿En qué podemos"),
        ("fr-CA", "Comment"),
        ("fi", "How can"),
    ],
)
def test_the_page_speaks_the_visitors_language(
    browser: Browser, desk: Running, locale: str, greeting: str
) -> None:
    with visit(browser, desk.url, locale=locale) as page:
        expect(page.locator(".fd-welcome h1")).to_contain_text(greeting)


def test_words_stream_until_they_are_stopped_and_the_question_can_be_asked_again(
    browser: Browser, tmp_path: Path
) -> None:
    said = "You can return any unused lamp within 41 days of the day it arrived [1]."
    with (
        ChatServer() as model,
        running(
            tmp_path / "data",
            {"returns.md": RETURNS},
            FRONTDESK_GENERATOR__URL=model.url,
            FRONTDESK_GENERATOR__MODEL="small-model",
        ) as desk,
        visit(browser, desk.url) as page,
    ):
        model.enqueue(Say(said), Say(" Return postage inside the country is "), FOREVER)
        box = page.locator("#fd-question textarea")
        box.fill("How long do I have to return a lamp?")
        box.press("Enter")
        expect(page.locator(".fd-growing")).to_contain_text("within 41 days")
        expect(page.locator(".fd-answer[data-id]")).to_have_count(0)
        page.get_by_role("button", name="Stop").click()
        expect(page.locator(".fd-growing")).to_have_count(0)
        expect(page.locator(".fd-failure")).to_contain_text("no answer yet")
        assert model.requests[0].disconnected.wait(10)
        model.enqueue(*words(said))
        page.get_by_role("button", name="Try again").click()
        expect(page.locator(".fd-answer[data-id]")).to_contain_text("within 41 days")
        expect(page.locator(".fd-question")).to_have_count(1)
        expect(page.locator(".fd-failure")).to_have_count(0)


def test_nobody_without_a_session_gets_anything_from_the_admin_page(desk: Running) -> None:
    with httpx.Client(base_url=desk.url) as anybody:
        for path in ("/admin", "/admin/"):
            sent = anybody.get(path)
            assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in")
        for path in ("/admin/config", "/admin/gradio_api/info", "/admin/theme.css", "/admin/login"):
            assert anybody.get(path).status_code == 401
        data = {"data": [], "fn_index": 0, "session_hash": "x"}
        assert anybody.post("/admin/gradio_api/queue/join", json=data).status_code == 401
        assert anybody.post("/admin/gradio_api/upload", files={"files": b"x"}).status_code == 401


def test_the_pages_functions_are_no_api_and_no_file_is_given_away(desk: Running) -> None:
    with httpx.Client(base_url=desk.url) as anybody:
        info = anybody.get("/gradio_api/info").json()
        assert info["named_endpoints"] == {}
        assert info["unnamed_endpoints"] == {}
        assert anybody.post("/gradio_api/call/ask", json={"data": []}).status_code >= 400
        for path in ("/etc/passwd", str(ROOT / "pyproject.toml"), "frontdesk.py"):
            assert anybody.get(f"/gradio_api/file={path}").status_code in {403, 404}
        assert anybody.post("/gradio_api/run/ask", json={"data": []}).status_code >= 400
        assert anybody.get("/monitoring").status_code >= 400


def test_an_admin_adds_a_document_sees_it_answer_and_deletes_it(browser: Browser, tmp_path: Path) -> None:
    heron = tmp_path / "heron-care.md"
    heron.write_text(HERON)
    newer = tmp_path / "heron-care-2.md"
    newer.write_text(HERON.replace("once a month", "twice a year"))
    with (
        running(tmp_path / "data", {"opening.md": STAFF_ONLY}, audience="staff") as desk,
        visit(browser, desk.sign_in) as admin,
        visit(browser, desk.url) as customer,
    ):
        expect(customer.locator(".fd-welcome")).to_be_visible()
        expect(customer.locator(".fd-example")).to_have_count(0)
        expect(ask(customer, "Where does the spare key hang?")).to_contain_text(
            "No relevant information found"
        )
        admin.get_by_role("button", name="Sign in").click()
        admin.locator("#fd-drop input[type=file]").set_input_files(heron)
        admin.get_by_label("Labels").fill("care, brass")
        admin.get_by_role("button", name="Add to the desk").click()
        row = admin.locator('tr[data-name="heron-care.md"]')
        expect(row.locator(".fd-ready")).to_be_visible()
        expect(row).to_contain_text("brass")

        question = "How is the brass foot of the Heron lamp cleaned?"
        answer = ask(customer, question)
        expect(answer).to_contain_text("dry cotton cloth once a month")
        expect(answer.locator(".fd-card")).to_contain_text("Heron care")

        row.locator("[data-do=replace]").click()
        admin.locator("#fd-replacing input[type=file], input[type=file]#fd-new-file").set_input_files(newer)
        row = admin.locator('tr[data-name="heron-care-2.md"]')
        expect(row.locator(".fd-ready")).to_be_visible()
        expect(ask(customer, question)).to_contain_text("twice a year")

        admin.get_by_role("tab", name="Try it").click()
        admin.locator("#fd-query input, #fd-query textarea").fill("brass foot")
        admin.get_by_role("button", name="Search").click()
        expect(admin.locator(".fd-found li").first).to_contain_text("Heron")
        expect(admin.locator(".fd-found li").first.locator(".fd-bar")).to_have_count(4)
        admin.get_by_role("tab", name="Insights").click()
        expect(admin.locator(".fd-counter").first).to_contain_text("2")
        expect(admin.locator(".fd-review")).to_contain_text("spare key")
        admin.get_by_role("tab", name="Documents").click()

        row.locator("[data-do=sure]").click()
        expect(row.locator(".fd-confirm")).to_contain_text("its passage")
        row.locator("[data-do=delete]").click()
        expect(row).to_have_count(0)
        expect(ask(customer, question)).to_contain_text("No relevant information found")
        customer.locator(".fd-answer").nth(1).locator(".fd-chip").first.click()
        expect(customer.locator(".fd-note")).to_contain_text("changed or removed")

        admin.get_by_role("button", name="Sign out").click()
        expect(admin.locator(".fd-welcome")).to_be_visible()
        admin.goto(f"{desk.url}/admin")
        assert urlsplit(admin.url).path == "/sign-in"


def test_an_admin_says_how_the_desk_speaks_hears_it_and_takes_it_back(
    browser: Browser, tmp_path: Path
) -> None:
    with (
        running(tmp_path / "data", {"returns.md": RETURNS}) as desk,
        visit(browser, desk.sign_in) as admin,
        visit(browser, desk.url) as customer,
    ):
        admin.get_by_role("button", name="Sign in").click()
        admin.get_by_role("tab", name="Persona").click()
        preview, notice = admin.locator("#fd-persona-preview"), admin.locator("#fd-persona-notice")
        expect(preview).to_contain_text("I don't know")
        admin.locator("#fd-persona-name input, #fd-persona-name textarea").fill("Juno <b>")
        admin.locator("#fd-greeting-en textarea, #fd-greeting-en input").fill("Ahoy, how can I help?")
        admin.locator("#fd-dont_know-en textarea, #fd-dont_know-en input").fill("That beats me.")
        expect(preview).to_contain_text("Ahoy, how can I help?")
        expect(preview).to_contain_text("My name is Juno <b>.")
        expect(preview).to_contain_text("That beats me. Would you like me to bring in a person?")
        admin.locator("#fd-persona-save").click()
        expect(notice).to_contain_text("Saved.")
        expect(notice).to_contain_text("Version 1")

        customer.reload(wait_until="domcontentloaded")
        expect(customer.locator(".fd-welcome h1")).to_have_text("Ahoy, how can I help?")
        expect(customer.locator(".fd-brand")).to_have_text("Juno <b>")
        assert "My name is Juno <b>." in ask(customer, "who are you?").inner_text()

        admin.locator("#fd-persona-undo").click()
        expect(notice).to_contain_text("The persona before is back.")
        expect(preview).not_to_contain_text("Ahoy")
        customer.get_by_role("button", name="New conversation").click()
        expect(customer.locator(".fd-welcome h1")).not_to_have_text("Ahoy, how can I help?")
