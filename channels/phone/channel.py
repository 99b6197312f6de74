"""The telephone as a door that is told of recordings that are ready. What is said goes by the call."""

from __future__ import annotations

from dataclasses import dataclass

from channels.channel import SendRefused
from channels.phone.voicemail import Sounds
from core.inbox import Inbound
from core.outbound import OutboundMessage

NAME = "phone"


@dataclass(slots=True, kw_only=True)
class PhoneChannel:
    """`handle` takes in recordings and voicemails. Nothing is ever sent to a telephone by itself."""

    sounds: Sounds
    name: str = NAME

    async def handle(self, inbound: Inbound) -> None:
        """Take in a sound; see `Sounds.take`.

        Raises:
            Refused: it is none that the desk keeps. Unavailable: not now.
        """
        await self.sounds.take(inbound)

    async def send(self, message: OutboundMessage) -> str:
        """Nothing.

        Raises:
            SendRefused: always; who called is reached by text message, or by calling them.
        """
        raise SendRefused("a telephone call takes no messages: text the caller, or call them back")
