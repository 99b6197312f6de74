"""The browser of the tests."""

import os
import shutil

from tests.services.process import missing

FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"]


def chromium() -> str:
    """Its program; the test skips where there is none, and fails where CI is set."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    return program or missing("Chromium", "install it, or name it in CHROMIUM")
