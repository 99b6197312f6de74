"""Questions in Slack: signed events over real sockets to answers in their threads, and back as feedback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.slack_desk import SlackDesk, slack_desk

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SlackDesk]:
    async with slack_desk(tmp_path_factory.mktemp("slack") / "data") as running:
        yield running


@pytest.fixture(autouse=True)
def healthy(both: SlackDesk) -> None:
    both.slack.faults.clear()


async def test_a_direct_message_is_answered_in_its_thread_with_sources(both: SlackDesk) -> None:
    ts = await both.slack.say("ana", "dm", "How long are returns free?")
    answer = await both.answer("dm", ts)
    assert "thirty days" in answer["text"]
    assert "[1]" in answer["text"]
