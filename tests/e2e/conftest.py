"""What the tests of a person's path share."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """A real browser, which the tests of a file share."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    from tests.e2e.test_pages import CHROMIUM  # noqa: PLC0415 - likewise

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        yield chromium
        chromium.close()
