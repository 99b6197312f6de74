"""The calls tab in a browser: calls are listed, read as they were heard, listened to, and lead to tickets."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import anyio
import pytest

from config.settings import Settings
from core.assembly import assemble
from core.tenants import DEFAULT_TENANT
from tests.e2e.test_pages import (
    DELIVERY,
    Browser,
    Page,
    Running,
    expect,
    has_sideways_scroll,
    running,
    visit,
)
from tests.e2e.test_staff_page import link_of
from tests.fakes.kept_calls import (
    CALLER,
    GREETING,
    CallsKept,
    asked,
    greeted,
    latency,
    later,
    spoken,
)

pytestmark = pytest.mark.browser

OTHER_CALLER = "+15005550188"
RETURNS = "# Returns\n\nYou can return any unused lamp within 41 days of the day it arrived.\n"
QUESTION = "How long does delivery to the islands take?"
MARKUP = "<img src=x onerror=alert(1)> <b>bold</b> ${alert(2)} {{value}}"
VOICEMAIL = "Please call me back about my lamp."


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("calls") / "data"


@pytest.fixture(scope="module")
def desk(data: Path) -> Iterator[Running]:
    with running(data, {"returns.md": RETURNS, "delivery.md": DELIVERY}) as started:
        yield started


@pytest.fixture(scope="module")
def kept(desk: Running, data: Path) -> None:
    keep_calls(data)


def keep_calls(data: Path) -> None:
    """Three calls as the telephone keeps them: for a person, with a message, and broken off."""
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(anyio.run, partial(_keep, data)).result()


async def _keep(data: Path) -> None:
    async with assemble(Settings(data=data, _env_file=None)) as desk:
        kept = CallsKept(desk, DEFAULT_TENANT)
        withheld = await kept.conversation("CA1", caller="anonymous")
        await kept.talk(withheld, (greeted(), asked(4, MARKUP), spoken(5, "I do not know that.", "I do")))

        voicemail = await kept.conversation("CA2", caller=OTHER_CALLER)
        await kept.talk(voicemail, (greeted(), asked(3, "0", is_keys=True)), reason="voicemail")
        await desk.tickets.open(voicemail, "left a voicemail")
        await kept.sound("CA2", "RE" + "0a" * 16, "voicemail", VOICEMAIL)

        answered = await kept.conversation("CA3")
        answer = await kept.asked(answered, "q1", QUESTION)
        first = spoken(6.1, answer.text)
        lines = (greeted(), asked(5, QUESTION), first, asked(12, "Thank you, bye."))
        await kept.talk(answered, lines, (latency(4.9, "q1"),), reason="goodbye")
        more = (greeted(), asked(3, "And a refund?"), spoken(4.2, "Within 41 days of the day.", "Within 41"),
                asked(6, "Stop, a person please."), spoken(7, "I will put you through."))  # fmt: skip
        await kept.talk(
            answered, more, (latency(2.9, "q2", was_interrupted=True),), reason="person", began_at=later(2)
        )
        await kept.sound("CA3", "RE" + "0b" * 16, "recording")


def signed_in(page: Page) -> None:
    page.get_by_role("button", name="Sign in").click()


def test_calls_appear_by_themselves_and_are_read_and_heard(
    browser: Browser, desk: Running, request: pytest.FixtureRequest
) -> None:
    with visit(browser, desk.sign_in) as staff:
        signed_in(staff)
        staff.goto(f"{desk.url}/staff/", wait_until="domcontentloaded")
        staff.get_by_role("tab", name="Calls").click()
        expect(staff.locator("#fd-calls .fd-empty")).to_contain_text("frontdesk simulate call")
        expect(staff.locator("#fd-call-speed")).to_contain_text("No turn was measured")

        # The list fills by itself, newest first, and a call is opened by keyboard.
        request.getfixturevalue("kept")
        entries = staff.locator("#fd-calls .fd-entry")
        expect(entries).to_have_count(3)
        expect(entries.nth(0)).to_contain_text(CALLER)
        expect(entries.nth(0)).to_contain_text("Went to a person")
        expect(entries.nth(1)).to_contain_text("Voicemail")
        expect(entries.nth(2)).to_contain_text("Number withheld")
        expect(entries.nth(2)).to_contain_text("Broke off")
        entries.nth(0).focus()
        staff.keyboard.press("Enter")
        call = staff.locator("#fd-call")
        expect(call.locator("h2")).to_be_focused()
        expect(call.locator("blockquote").first).to_have_text(GREETING)
        expect(call.locator(".fd-spoke", has_text="nine working days")).to_contain_text("Sources")
        cut = call.locator(".fd-spoke", has_text="Within 41")
        expect(cut).to_contain_text("The caller cut in")
        expect(cut).to_contain_text("2:04")
        expect(cut.locator("s")).to_have_text("days of the day.")
        with staff.expect_popup() as opened:
            call.locator(".fd-from a").first.click()
        expect(opened.value.locator("mark")).to_contain_text("nine working days")
        opened.value.close()

        # The plot is there, its numbers too.
        expect(call.locator(".fd-stack")).to_have_count(2)
        expect(call.locator(".fd-stack").first).to_contain_text("1.05 s")
        call.get_by_text("The numbers, in milliseconds").click()
        expect(call.locator(".fd-numbers tbody tr").first).to_contain_text("700")
        assert not has_sideways_scroll(staff)
        staff.get_by_role("button", name="Refresh").click()
        speed = staff.locator("#fd-call-speed .fd-spreads").first
        expect(speed).to_contain_text("Until the first sound")

        # Its sound plays where it stands.
        with staff.expect_response(lambda one: "/sounds/" in one.url) as response:
            call.locator("audio").evaluate("one => one.play()")
        assert response.value.status in {200, 206}
        assert response.value.headers["content-type"] == "audio/wav"
        staff.wait_for_function("document.querySelector('#fd-call audio').duration > 0.9")


@pytest.mark.usefixtures("kept")
def test_calls_are_chosen_by_what_followed_and_lead_to_their_ticket_and_back(
    browser: Browser, desk: Running, data: Path
) -> None:
    with visit(browser, link_of(desk, data, "--role", "staff", "--name", "Ana"), width=390) as staff:
        signed_in(staff)
        staff.get_by_role("tab", name="Calls").click()
        entries = staff.locator("#fd-calls .fd-entry")
        expect(entries).to_have_count(3)
        staff.get_by_role("radio", name="Broke off").check()
        expect(entries).to_have_count(1)
        entries.click()
        call = staff.locator("#fd-call")

        # What a caller said is text, and what was not heard is struck out.
        expect(call.locator(".fd-caller")).to_contain_text(MARKUP)
        expect(call.locator(".fd-spoke img, .fd-spoke b")).to_have_count(0)
        expect(call.locator("s")).to_have_text("not know that.")
        assert not has_sideways_scroll(staff)

        staff.get_by_role("radio", name="Wanted a person").check()
        expect(entries).to_have_count(1)
        staff.get_by_role("radio", name="Voicemail").check()
        expect(entries).to_contain_text(OTHER_CALLER)
        entries.click()
        expect(call.locator(".fd-sound")).to_contain_text(VOICEMAIL)
        expect(call.locator("kbd")).to_have_text("0")
        assert not has_sideways_scroll(staff)
        with staff.expect_popup() as opened:
            call.get_by_role("link", name="Open ticket").click()
        ticket = opened.value
        expect(ticket.locator("#fd-case")).to_contain_text("The customer called.")
        expect(ticket.get_by_role("tab", name="Tickets")).to_have_attribute("aria-selected", "true")
        with ticket.expect_popup() as again:
            ticket.get_by_role("link", name="Open the call").click()
        expect(again.value.locator("#fd-call .fd-sound")).to_contain_text(VOICEMAIL)
        expect(again.value.get_by_role("tab", name="Calls")).to_have_attribute("aria-selected", "true")
        expect(again.value.locator("#fd-call-speed .fd-spreads").first).to_be_visible()
