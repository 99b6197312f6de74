"""What the desk beside the simulator kept of a call: the words heard and said, where both share the data."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

from channels.call_commands import timeline
from channels.simulators.call_live import LiveCall
from config.settings import Settings
from core.calls import Calls
from core.conversation import Exchange
from core.conversations import Conversations
from core.errors import FrontdeskError
from core.kept_calls import CallLine
from core.tenants import TenantId, tenant_id

_TRIES, _PAUSE_S = 12, 0.5


class KeptWords:
    """Reads the records of the desk whose settings these are.

    Of a call that such a desk did not take, or whose records are out of reach, it knows nothing.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = AsyncExitStack()
        self._open: tuple[Calls, Conversations] | None = None

    async def exchanges(self, call: LiveCall) -> Sequence[Exchange]:
        """What was asked and answered so far, while the call goes on."""
        try:
            if (stores := await self._stores()) is None:
                return ()
            calls, conversations = stores
            kept = await calls.get(self._tenant(call), call.sid)
            if kept.conversation_id is None:
                return ()
            return (await conversations.get(self._tenant(call), kept.conversation_id)).exchanges
        except FrontdeskError:
            return ()

    async def lines(self, call: LiveCall) -> Sequence[CallLine]:
        """The transcript of a call that is over, once the desk has kept it."""
        try:
            if (stores := await self._stores()) is None:
                return ()
            calls, tenant = stores[0], self._tenant(call)
            await calls.get(tenant, call.sid)
            for _ in range(_TRIES):
                if lines := await calls.lines(tenant, call.sid):
                    return lines
                await asyncio.sleep(_PAUSE_S)
        except FrontdeskError:
            return ()
        return ()

    async def aclose(self) -> None:
        """Let go of the records."""
        await self._stack.aclose()

    def _tenant(self, call: LiveCall) -> TenantId:
        return tenant_id(self._settings.phone.numbers.get(call.ends.to) or self._settings.tenant)

    async def _stores(self) -> tuple[Calls, Conversations] | None:
        settings = self._settings
        has_records = settings.records.url.get_secret_value() or (settings.data / "desk.sqlite").is_file()
        if self._open is None and has_records:
            from core.assembly.stores import open_records  # noqa: PLC0415 - brings every store with it
            from core.outbox import Outbox  # noqa: PLC0415 - likewise

            records = await open_records(settings, self._stack)
            outbox = Outbox(records)
            self._open = (Calls(records, outbox), Conversations(records, outbox))
        return self._open


def told(call: LiveCall, lines: Sequence[CallLine]) -> list[str]:
    """The transcript of a call, to be printed; nothing where there is none."""
    if not lines:
        return []
    shown = ["", "What the desk heard and said, in its own words (seconds from when it answered):"]
    for before, line in zip((None, *lines), lines, strict=False):
        if before and line.at_s < before.at_s:
            shown.append("         (connected again)")
        shown.append(timeline(line))
    return [*shown, f"`frontdesk calls show {call.sid}` has this, and how long each answer took."]
