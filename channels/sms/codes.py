"""One-time codes by text message."""

from __future__ import annotations

import uuid

from core.door_phrases import door_phrase
from core.messages import Address
from core.outbound import Outbound, OutboundMessage
from core.tenants import TenantId

CODE = "code"
"""The kind of an outbound message with a code. Quiet hours do not hold it back."""


class SmsCodes:
    """A `CodeSender` that puts the code among the outbound messages, from the number that begins talks."""

    def __init__(self, outbound: Outbound, tenant: TenantId, company: str, language: str) -> None:
        self._outbound = outbound
        self._tenant = tenant
        self._company = company
        self._language = language

    async def send(self, number: str, code: str) -> None:
        """The code is on its way to the number, in E.164.

        Raises:
            RecordsUnavailable: it is not; it may be tried again.
        """
        words = door_phrase("code", self._language, company=self._company, code=code)
        message = OutboundMessage(
            id=f"{CODE}:{uuid.uuid4().hex}",
            tenant=self._tenant,
            address=Address(channel="sms", person=number),
            kind=CODE,
            body={"text": words},
        )
        await self._outbound.add(message)
