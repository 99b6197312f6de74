"""The simulated telephone in a browser: a microphone, typed words, keys, faults, and a download."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from channels.simulators.call_recording import wav_of
from channels.voice.sound import RATE, from_mulaw, to_mulaw, tone
from tests.e2e.test_pages import (
    PATIENCE_MS,
    ROOT,
    Browser,
    Page,
    Watch,
    expect,
    has_sideways_scroll,
)
from tests.fakes.line_desk import RELAY, STREAM, LineDesk, line_desk_beside
from tests.services.chromium import FLAGS, chromium

pytestmark = pytest.mark.browser

SID, TOKEN = "AC" + "8" * 32, "a token"
MICROPHONE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


@pytest.fixture(scope="module")
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the browser's microphone hears: words by espeak-ng, or a tone where it is not installed."""
    path = tmp_path_factory.mktemp("microphone") / "said.wav"
    if program := shutil.which("espeak-ng"):
        subprocess.run([program, "-w", str(path), "Where is my order? " * 3], check=True, timeout=60)
    else:
        path.write_bytes(wav_of(to_mulaw(tone(3, 300))))
    return path


@pytest.fixture(scope="module")
def speaking_browser(browser: Browser, microphone: Path) -> Iterator[Browser]:
    """A browser whose microphone is that file, over and over."""
    flags = [*FLAGS, *MICROPHONE, f"--use-file-for-fake-audio-capture={microphone}"]
    started = browser.browser_type.launch(executable_path=chromium(), headless=True, args=flags)
    yield started
    started.close()


def _free_ports() -> tuple[int, int]:
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]


@contextmanager
def telephone(folder: Path, twiml: str = STREAM) -> Iterator[tuple[str, LineDesk]]:
    """The page's address, served by the verb itself, and the desk that it calls."""
    port, texts_port = _free_ports()
    desk = LineDesk(twiml, account=(SID, TOKEN), texts=f"http://127.0.0.1:{texts_port}")
    with line_desk_beside(desk), (folder / "log").open("w") as log:
        command = [sys.executable, str(ROOT / "frontdesk.py"), "simulate", "call", "--desk", desk.url]
        command += ["--port", str(port), "--texts-port", str(texts_port), "--data", str(folder / "data")]
        command += ["--account-sid", SID, "--auth-token", TOKEN]
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True, env=os.environ
        )
        try:
            assert process.stdout is not None
            assert "ready" in process.stdout.readline(), (folder / "log").read_text()
            yield f"http://127.0.0.1:{port}", desk
        finally:
            process.terminate()
            process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Traceback" not in (folder / "log").read_text()


@contextmanager
def opened(browser: Browser, url: str) -> Iterator[Page]:
    """The page, which asks nobody else and makes no error."""
    watch = Watch()
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    watch.over(page)
    page.goto(url)
    yield page
    page.close()
    assert watch.errors == []
    assert watch.hosts == {"127.0.0.1"}


def test_somebody_calls_with_a_microphone_and_downloads_both_sides(
    speaking_browser: Browser, tmp_path: Path
) -> None:
    with telephone(tmp_path) as (url, desk), opened(speaking_browser, url) as page:
        expect(page.locator("#empty")).to_be_visible()
        page.get_by_role("button", name="Call").click()
        expect(page.locator("#state")).to_contain_text("In a call by sound", timeout=PATIENCE_MS)
        expect(page.locator("#heard-from")).to_have_text("The microphone is on.", timeout=PATIENCE_MS)
        body = page.locator("body")
        expect(body).to_have_attribute("data-heard", re.compile(r"^\d{4,}$"), timeout=PATIENCE_MS)
        expect(body).to_have_attribute("data-spoken", re.compile(r"^\d{5,}$"), timeout=PATIENCE_MS)

        if page.locator("#keypad").is_hidden():
            page.locator("#keys").click()
        page.locator("#keypad").get_by_role("button", name="1", exact=True).click()
        page.locator("#thread").focus()
        page.keyboard.press("2")
        expect(page.locator("#log [data-kind=clear]")).to_have_count(1, timeout=PATIENCE_MS)
        page.keyboard.press("3")
        expect(page.locator(".text a")).to_have_attribute("href", "https://desk.example.com/s/1")

        page.get_by_role("button", name="Mute").click()
        expect(page.locator("#heard-from")).to_have_text("You are muted.")
        page.get_by_label("Say", exact=True).fill("Where is my order?")
        page.keyboard.press("Enter")
        expect(page.locator(".mine .bubble")).to_have_text("Where is my order?", timeout=PATIENCE_MS)
        page.locator("#fault").select_option("unknown_event")
        page.get_by_role("button", name="Let it happen").click()
        expect(page.locator("#log .trouble")).to_contain_text("fault unknown_event")

        page.get_by_role("button", name="Hang up").click()
        expect(page.locator("#state")).to_have_text("Not in a call", timeout=PATIENCE_MS)
        with page.expect_download() as coming:
            page.get_by_role("link", name="Both sides as wav").click()
        both = tmp_path / "both.wav"
        coming.value.save_as(both)
    with wave.open(str(both)) as file:
        assert (file.getnchannels(), file.getframerate()) == (2, RATE)
        sides = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    assert [int(np.abs(sides[:, side].astype(int)).max()) > 1000 for side in (0, 1)] == [True, True]
    assert len(desk.heard) > 4000
    assert [each["dtmf"]["digit"] for each in desk.events if each["event"] == "dtmf"] == ["1", "2", "3"]


def test_without_a_microphone_the_page_says_so_and_typing_still_works(
    browser: Browser, tmp_path: Path
) -> None:
    with telephone(tmp_path, RELAY) as (url, desk), opened(browser, url) as page:
        page.set_viewport_size({"width": 390, "height": 844})
        assert not has_sideways_scroll(page)
        page.get_by_role("button", name="Call").press("Enter")
        expect(page.locator("#state")).to_contain_text("type what you say", timeout=PATIENCE_MS)
        expect(page.locator("#heard-from")).to_contain_text("type what you say")
        page.get_by_label("Say", exact=True).fill("How long?")
        page.get_by_role("button", name="Say").click()
        expect(page.locator(".theirs .bubble")).to_have_text("Thirty days.", timeout=PATIENCE_MS)
        page.get_by_role("button", name="Faults and timeline").click()
        expect(page.locator("#log")).to_contain_text("relay connected")
        page.emulate_media(color_scheme="dark")
        assert not has_sideways_scroll(page)
        page.get_by_role("button", name="Back to the call").click()
        page.locator("#thread").focus()
        page.keyboard.press("Escape")
        expect(page.locator("#state")).to_have_text("Not in a call", timeout=PATIENCE_MS)
    assert desk.words == ["How long?"]


def test_a_desk_that_is_away_is_said_so(browser: Browser, tmp_path: Path) -> None:
    with telephone(tmp_path) as (url, desk), opened(browser, url) as page:
        desk.twiml = "<Pause/>"
        page.get_by_role("button", name="Call").click()
        expect(page.get_by_role("alert")).to_contain_text("frontdesk doctor", timeout=PATIENCE_MS)


def test_the_browsers_sound_is_the_telephones_and_nothing_folds_back(browser: Browser) -> None:
    worklet = (ROOT / "channels" / "simulators" / "call_sound.js").read_text(encoding="utf-8")
    measured = """(worklet) => {
      const made = new Function("AudioWorkletProcessor", "registerProcessor", "sampleRate",
        `${worklet}; return { Resampler, encoded, decoded };`)(class {}, () => {}, 48000);
      const loudness = (from, to, hertz) => {
        const filter = new made.Resampler(from, to);
        const out = [];
        for (let at = 0; at < from; at += 128) {
          const wave = (_, place) => Math.sin(2 * Math.PI * hertz * (at + place) / from);
          filter.add(Float32Array.from({ length: 128 }, wave));
          out.push(...filter.take(Infinity));
        }
        const steady = out.slice(out.length / 4, out.length / 2);
        const power = steady.reduce((sum, each) => sum + each * each, 0) / steady.length;
        return [out.length, Math.sqrt(2 * power)];
      };
      return { codes: Array.from({ length: 256 }, (_, code) => made.encoded(made.decoded(code))),
        samples: Array.from({ length: 256 }, (_, code) => Math.round(made.decoded(code) * 32768)),
        voice: loudness(48000, 8000, 1000), odd: loudness(44100, 8000, 1000),
        folds: loudness(48000, 8000, 5000), back: loudness(8000, 48000, 1000) };
    }"""
    page = browser.new_page()
    told = page.evaluate(measured, worklet)
    page.close()
    assert told["samples"] == from_mulaw(bytes(range(256))).tolist()
    assert [code for code in range(256) if told["codes"][code] != code] == [0x7F]
    for name, length in (("voice", 8000), ("odd", 8000), ("back", 48000)):
        assert told[name][0] == pytest.approx(length, rel=0.02)
        assert told[name][1] == pytest.approx(1, abs=0.03)
    assert told["folds"][1] < 0.01
