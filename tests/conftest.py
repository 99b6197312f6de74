"""What every test shares: one event loop flavour, an empty environment, and no way out of this machine."""

import logging
import os
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from config.settings import Settings
from core.assembly import Desk, assemble
from core.minilm import OnnxEmbedder
from tests.services.elasticsearch import elasticsearch_url  # noqa: F401 - one server for all that share it
from tests.services.postgres import postgres  # noqa: F401 - likewise
from tests.services.vllm import vllm, vllm_model  # noqa: F401 - likewise

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

LOOPBACK = ("127.0.0.1", "::1", "localhost")
collect_ignore_glob = ["services/*.py"]
"""Programs that tests start; some import what only their own environment has."""


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Tests of coroutines run on asyncio."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
async def one_event_loop(anyio_backend: str) -> None:
    """All of them in one event loop: each that is closed keeps the desk of its last test in memory."""


@pytest.fixture(autouse=True)
def no_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for another machine fails at once."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in LOOPBACK:
            pytest.fail(f"a test tried to reach {address!r}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the person running the tests leaks into them."""
    for name in list(os.environ):
        if name.startswith("FRONTDESK_"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """A command line that runs inside a test sets levels for its whole process; the next test has its own."""
    loggers = [logging.getLogger(name) for name in ("", "channels", "core", "ui", "workers")]
    levels = [logger.level for logger in loggers]
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@pytest.fixture(scope="session")
def embedder() -> OnnxEmbedder:
    """The shipped model, loaded once."""
    return OnnxEmbedder()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The default settings, with the data in a folder of the test's own."""
    return Settings(data=tmp_path / "data", _env_file=None)


@pytest.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    """A whole embedded desk."""
    async with assemble(settings) as assembled:
        yield assembled
