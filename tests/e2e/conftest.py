"""What the tests of a person's path share."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from anyio.from_thread import start_blocking_portal

from channels.voice.child import Child
from channels.voice.child_speaker import Breath, ChildSpeaker
from channels.voice.sound import Samples, from_mulaw
from channels.voice.speakers import ESPEAK_VOICES, voice_state
from tests.fakes.called_desk import stock
from tests.services.chromium import FLAGS, chromium
from tests.services.process import missing

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """A real browser, which the tests of a file share."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), headless=True, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def samples_read(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a desk that has read the sample documents."""
    folder = tmp_path_factory.mktemp("samples") / "data"
    asyncio.run(stock(folder))
    return folder


@pytest.fixture
def folder(samples_read: Path, tmp_path: Path) -> Path:
    """A copy of it, of the test's own."""
    return Path(shutil.copytree(samples_read, tmp_path / "data"))


@pytest.fixture(scope="session")
def spoken() -> Iterator[Callable[[str], Samples]]:
    """The caller's voice: the sound of English words, by an espeak-ng of its own."""
    if not voice_state("espeak").is_ready:
        missing("speech", "espeak-ng is not installed")
    child = Child("channels.voice.espeak_work", {"voices": ESPEAK_VOICES, "program": ""}, name="caller")
    speaker = ChildSpeaker(child, breath=Breath(first=400, least=400, most=400))
    said: dict[str, Samples] = {}

    async def speak(text: str) -> bytes:
        return b"".join([piece async for piece in speaker.speak(text, language="en")])

    with start_blocking_portal("asyncio") as portal:

        def sound(text: str) -> Samples:
            if text not in said:
                said[text] = from_mulaw(portal.call(speak, text))
            return said[text]

        yield sound
        portal.call(speaker.close)
