"""What the tests of a person's path share."""

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.services.process import missing

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """A real browser, which the tests of a file share."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not program:
        missing("Chromium", "install it, or name it in CHROMIUM")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, headless=True, args=FLAGS)
        yield chromium
        chromium.close()
