"""Text messages and WhatsApp: what a message asks for, and how what is to be said gets to the phone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from channels.addresses import url_of
from channels.channel import NobodyListens, SendRefused
from channels.door import Door
from channels.sms.account import sms_account
from channels.sms.consent import ConsentGate
from channels.sms.said import rest_of, said_in
from channels.sms.sending import OptedOut, TextMessage, TwilioMessages
from channels.sms.turn import SmsTurns
from config.settings import Settings
from core.inbox import Inbound
from core.outbound import OutboundMessage
from core.records import now

NAME = "sms"
CONSENT = "consent"
"""The kind of the one message that goes to who has opted out: that they have."""
NOBODY_LISTENS = timedelta(minutes=10)
"""How long a message waits for the simulator."""
TOO_OLD = timedelta(hours=24)
"""After this an answer is of no use any more."""
_ANSWERS = frozenset({"answer", "notice", "code"})


@dataclass(slots=True, kw_only=True)
class SmsChannel:
    """The door of text messages: `handle` puts replies among the outbound messages, `send` sends them."""

    door: Door
    url: str
    twilio: TwilioMessages
    gate: ConsentGate
    turns: SmsTurns
    name: str = NAME

    async def handle(self, inbound: Inbound) -> None:
        """Look for keywords first, then do what the message asks for.

        Raises:
            Refused: nothing is said to it, for the reason in its text. Unavailable: not now.
        """
        if not await self.gate.stops(inbound):
            await self.turns.take(inbound)

    async def send(self, message: OutboundMessage) -> str:
        """The sid of the message, once Twilio has it; of a repeat, the one it had before if it did.

        Raises:
            DeliveryUnavailable: not now. SendRefused: never.
        """
        await self._may_send(message)
        texts = said_in(message)
        if not texts:
            raise SendRefused("it has no words")
        sent = self._as_sent(message, texts[0])
        await self.door.desk.stores.outbound.add(*rest_of(message, texts))
        try:
            if message.is_repeat and (before := await self._sent_before(message, sent)):
                return before
            return await self.twilio.send(sent)
        except OptedOut:
            await self.door.desk.stores.consents.note(
                message.tenant, message.address, is_given=False, how="carrier"
            )
            raise
        except NobodyListens as error:
            if _age(message) > NOBODY_LISTENS:
                raise SendRefused(str(error)) from None
            raise

    async def _may_send(self, message: OutboundMessage) -> None:
        """Whether the message is still worth sending, and wanted.

        Raises:
            SendRefused: it is not.
        """
        if message.kind in _ANSWERS and _age(message) > TOO_OLD:
            raise SendRefused("it could not be sent for a day")
        consent = await self.door.desk.stores.consents.latest(message.tenant, message.address)
        if consent is not None and not consent.is_given and message.kind != CONSENT:
            raise SendRefused("they opted out of messages")

    def _as_sent(self, message: OutboundMessage, text: str) -> TextMessage:
        chosen = self.door.settings.sms
        account = message.address.account
        service = "" if account else chosen.messaging_service_sid
        sender = account or ("" if service else chosen.sender)
        if not sender and not service:
            raise SendRefused("no number to send from: set FRONTDESK_SMS__SENDER")
        named = urlencode({"tenant": message.tenant, "message": message.id})
        return TextMessage(
            to=message.address.person,
            sender=sender,
            service=service,
            text=text,
            status_url=f"{self.url}/channels/sms/status?{named}",
        )

    async def _sent_before(self, message: OutboundMessage, sent: TextMessage) -> str | None:
        """The sid under which Twilio has the message already, though nobody noted it."""
        since = message.created_at or now()
        sids = await self.twilio.sent_before(sent, since)
        known = await self.door.desk.stores.outbound.known(NAME, sids)
        return next((sid for sid in sids if sid not in known), None)


@asynccontextmanager
async def open_sms(door: Door, settings: Settings) -> AsyncIterator[SmsChannel]:
    """The door of text messages, as the settings say; its connections are closed when the block ends."""
    account, url = sms_account(settings), url_of(settings)
    channel = SmsChannel(
        door=door,
        url=url,
        twilio=TwilioMessages(account),
        gate=ConsentGate(door),
        turns=SmsTurns(door, account, url),
    )
    try:
        if settings.sms.is_real:
            await channel.twilio.load()
        yield channel
    finally:
        await channel.twilio.close()


def _age(message: OutboundMessage) -> timedelta:
    return now() - (message.created_at or now())
