"""What the tests of a person's path share."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.services.chromium import FLAGS, chromium

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
