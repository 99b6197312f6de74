"""A call's socket in the protocol of ConversationRelay."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from channels.phone.call_socket import CallSocket
from channels.phone.relay_messages import SetUp, read_message
from channels.phone.relay_mouth import RelayPace
from channels.phone.relay_telephone import RelayTelephone
from channels.phone.switchboard import SocketStart
from channels.voice.telephone import Call
from core.errors import Refused

BEGINS_WITHIN_S = 10.0
_MOST_BEFORE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaySession:
    """First `begin`, then `telephone`. `locales` has Twilio's name for each language."""

    socket: CallSocket
    locales: Mapping[str, str]
    pace: RelayPace | None = None

    async def begin(self) -> SocketStart:
        """Wait for the session's `setup`; what it says.

        Raises:
            Refused: it did not come in time, or other things came.
        """
        try:
            async with asyncio.timeout(BEGINS_WITHIN_S):
                return await self._set_up()
        except TimeoutError:
            raise Refused(f"no setup came within {BEGINS_WITHIN_S:g} s") from None

    def telephone(self, call: Call) -> RelayTelephone:
        """The line to the caller."""
        return RelayTelephone(call, self.socket, locales=self.locales, pace=self.pace)

    async def _set_up(self) -> SocketStart:
        for _ in range(_MOST_BEFORE):
            text = await self.socket.next_text()
            if text is None:
                break
            if isinstance(message := read_message(text), SetUp):
                return SocketStart(call=message.call, account=message.account, parameters=message.parameters)
        raise Refused("the socket sent no setup: point a <ConversationRelay> at it")
