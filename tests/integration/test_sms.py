"""Text messages through a whole desk: a simulated carrier posts to real sockets, and hears back by REST."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from channels.simulators.sms_credentials import sms_credentials
from channels.simulators.sms_simulator import FIRST_NUMBER, SmsSimulator
from channels.simulators.sms_texts import Text
from channels.simulators.sms_webhooks import Timing
from config.settings import Settings
from tests.fakes.running_desk import RunningDesk, running_desk

pytestmark = pytest.mark.anyio

PHONE = "+15005550177"
RETURNS = """# Returns

Lamps can be returned within 30 days of purchase.

# Delivery

Parcels arrive within five working days after the order. Delivery to an island takes nine working days.
"""


@dataclass
class Talk:
    """A phone, the carrier it is with, and the desk that it texts."""

    carrier: SmsSimulator
    running: RunningDesk
    phone: str = PHONE
    seen: int = field(default=0)

    async def text(self, words: str, **more: Any) -> str:
        return await self.carrier.text(self.phone, words, **more)

    async def replies(self, count: int = 1, timeout: float = 30) -> list[Text]:
        """The next texts that reach the phone."""
        wanted = self.seen + count
        await self.carrier.wait_until(lambda: len(self.carrier.inbox(self.phone)) >= wanted, timeout)
        found = self.carrier.inbox(self.phone)[self.seen : wanted]
        self.seen = wanted
        return found

    async def ask(self, words: str, **more: Any) -> str:
        await self.text(words, **more)
        return (await self.replies())[0].body


@asynccontextmanager
async def talking(settings: Settings, **sms: Any) -> AsyncIterator[Talk]:
    settings.data.mkdir(parents=True, exist_ok=True)
    credentials = sms_credentials(settings.data)
    carrier = SmsSimulator(
        account_sid=credentials.account_sid, auth_token=credentials.auth_token, timing=Timing.quick()
    )
    async with carrier.serving() as api:
        chosen = settings.sms.model_copy(update={"simulator_port": int(api.rpartition(":")[2]), **sms})
        with running_desk(settings.model_copy(update={"sms": chosen}), doors=True) as running:
            carrier.sms_url = f"{running.url}/channels/sms"
            yield Talk(carrier=carrier, running=running)


@pytest.fixture
async def talk(settings: Settings) -> AsyncIterator[Talk]:
    async with talking(settings) as talk:
        talk.running.publish(RETURNS, "returns.md")
        yield talk


async def test_a_text_gets_one_answer_with_its_source(talk: Talk) -> None:
    said = await talk.ask("How long can lamps be returned?")
    assert "30 days" in said
    assert "[1]" in said
    assert "/s/" in said
