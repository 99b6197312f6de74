"""Tickets to another program over HTTP: Zendesk-shaped JSON, signed, with a key that tells repeats."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from core.errors import DeliveryUnavailable
from core.records import now
from core.stored_values import as_json
from core.ticket_letter import zendesk
from core.tickets import Ticket

if TYPE_CHECKING:
    from httpx import AsyncClient


class TicketWebhook:
    """Posts what happens to tickets to one address, which answers 2xx once it has it."""

    def __init__(
        self, url: str, secret: str, *, timeout_s: float = 10.0, clock: Callable[[], datetime] = now
    ) -> None:
        self._url = url
        self._secret = secret.encode()
        self._timeout_s = timeout_s
        self._now = clock
        self._client: AsyncClient | None = None

    async def carry(self, id: str, ticket: Ticket, body: Mapping[str, Any]) -> None:
        """Returns once the other program has it.

        Raises:
            DeliveryUnavailable: it was not reached, did not answer in time, or did not say 2xx.
        """
        import httpx  # noqa: PLC0415 - only a desk that has a webhook sends

        if self._client is None:
            # A redirect would send what customers said to an address that nobody set.
            self._client = httpx.AsyncClient(timeout=self._timeout_s, follow_redirects=False, trust_env=False)
        raw = json.dumps(json.loads(as_json(zendesk(ticket, body))), separators=(",", ":")).encode()
        key = hashlib.sha256(id.encode()).hexdigest()[:32]
        try:
            async with self._client.stream(
                "POST", self._url, content=raw, headers=self._headers(key, raw)
            ) as answer:
                status = answer.status_code
        except httpx.InvalidURL as error:
            raise DeliveryUnavailable(
                "the webhook's URL is none: set FRONTDESK_HAND_OFF__WEBHOOK_URL"
            ) from error
        except httpx.HTTPError as error:
            raise DeliveryUnavailable(f"the webhook was not reached: {type(error).__name__}") from error
        if not 200 <= status < 300:
            raise DeliveryUnavailable(f"the webhook answered {status}")

    async def close(self) -> None:
        """Give back the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _headers(self, key: str, raw: bytes) -> dict[str, str]:
        timestamp = str(int(self._now().timestamp()))
        return {
            "Content-Type": "application/json",
            "Idempotency-Key": key,
            "webhook-id": key,
            "webhook-timestamp": timestamp,
            "webhook-signature": signature(self._secret, key, timestamp, raw),
        }


def signature(secret: bytes, id: str, timestamp: str, raw: bytes) -> str:
    """The signature of a request: HMAC-SHA256 over id, timestamp and the body's bytes, dots between.

    This is the scheme of Standard Webhooks 1.0 (https://www.standardwebhooks.com), so receivers
    may check it with its libraries; the secret is taken as the bytes of its text.

    >>> signature(b"secret", "1", "1700000000", b"{}")
    'v1,PgYwgCReYGi/nHIJstsSuGGjDNi/hpmSB4ghtTP1cA4='
    """
    signed = b".".join((id.encode(), timestamp.encode(), raw))
    return "v1," + b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
