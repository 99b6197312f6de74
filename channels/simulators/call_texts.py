"""The texts that a desk sends during a call: a carrier for them beside the one for calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from channels.simulators.call_simulator import CallSimulator
from channels.simulators.sms_simulator import SmsSimulator
from channels.simulators.sms_texts import bare
from core.errors import Misconfigured

_ARRIVAL_S = 6.0
_MOMENT_S = 1.0


class Texts:
    """Brings the desk's texts to the phones that call, and tells of them in the calls."""

    def __init__(self, calls: CallSimulator, carrier: SmsSimulator) -> None:
        self.url = ""
        """Where the API for texts and a page with the phones are; empty where the port is taken."""
        self._calls = calls
        self._simulator = carrier

    @asynccontextmanager
    async def serving(self, *, host: str, port: int) -> AsyncIterator[None]:
        """Serve the API for texts until the block ends, unless something else, as `simulate sms`, does."""
        async with AsyncExitStack() as stack:
            try:
                serving = self._simulator.serving(host=host, port=port)
                self.url = await stack.enter_async_context(serving)
            except Misconfigured:
                await self._simulator.aclose()
                yield
                return
            following = asyncio.create_task(self._follow())
            try:
                yield
            finally:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)

    async def arrived(self) -> None:
        """Wait a moment for texts, and some seconds for those that are on their way."""
        if not self.url:
            return
        carrier = self._simulator.carrier
        await asyncio.sleep(_MOMENT_S)
        try:
            async with asyncio.timeout(_ARRIVAL_S):
                while carrier.unfinished:
                    await carrier.change()
        except TimeoutError:
            return

    async def _follow(self) -> None:
        carrier, shown = self._simulator.carrier, 0
        while True:
            for each in [each for each in carrier.happenings if each.number > shown]:
                shown = each.number
                text = each.text
                if each.kind != "text" or text is None or text.is_inbound:
                    continue
                if each.words == "delivered":
                    told = f"texts {text.phone}: {' '.join(text.body.split())}"
                    self._calls.texted(bare(text.phone), told, text.body)
                elif each.is_trouble:
                    told = f"texts {text.phone}, {each.words}: error {text.error_code}"
                    self._calls.texted(bare(text.phone), told, "")
            await carrier.change()
