"""Sends text messages by Twilio's REST API, and says in this house's words what it answers."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread

from channels.channel import NobodyListens, SendRefused
from channels.twilio_account import TwilioAccount
from core.errors import DeliveryUnavailable, RateLimited

if TYPE_CHECKING:
    from twilio.base.exceptions import TwilioRestException
    from twilio.rest import Client

    from channels.sms.http_client import TwilioHttp

logger = logging.getLogger(__name__)

TIMEOUT_S = 20.0
CLOCKS_DIFFER = timedelta(minutes=2)
"""How far the provider's clock may be from ours."""
MOST_LOOKED_AT = 50
_TOO_MANY_S = 5.0
_TOO_MANY, _NOT_ALLOWED, _OWN_FAULT = 429, (401, 403), 500
_TOO_MANY_CODE = 20429
OPTED_OUT_CODE = 21610


class OptedOut(SendRefused):
    """The carrier knows that the person wants no messages from this number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMessage:
    """What is sent: from a number, or by a messaging service where `sender` is empty."""

    to: str
    sender: str
    service: str = ""
    text: str
    status_url: str


class TwilioMessages:
    """The account's messages. The client is made on first use, and closed by `close`."""

    def __init__(self, account: TwilioAccount) -> None:
        self._account = account
        self._client: Client | None = None
        self._http: TwilioHttp | None = None

    async def send(self, message: TextMessage) -> str:
        """The sid of the message, once Twilio has taken it.

        Raises:
            OptedOut: they told the carrier that they want none.
            SendRefused: Twilio will never take it.
            DeliveryUnavailable: it did not answer, or not well.
        """
        options = {"to": message.to, "body": message.text, "status_callback": message.status_url}
        sender = {"from_": message.sender} if message.sender else {"messaging_service_sid": message.service}
        with self._translated():
            client = await self._opened()
            with anyio.fail_after(TIMEOUT_S):
                sent = await client.messages.create_async(**options, **sender)
        return str(sent.sid)

    async def sent_before(self, message: TextMessage, since: datetime) -> list[str]:
        """The sids of messages with the same words to the same person since then, newest first.

        Raises:
            SendRefused, DeliveryUnavailable: as `send` does.
        """
        sender = {"from_": message.sender} if message.sender else {}
        with self._translated():
            client = await self._opened()
            with anyio.fail_after(TIMEOUT_S):
                found = await client.messages.list_async(to=message.to, limit=MOST_LOOKED_AT, **sender)
        begin = since - CLOCKS_DIFFER
        return [
            str(one.sid)
            for one in found
            if (one.body or "").strip() == message.text.strip()
            and str(one.direction).startswith("outbound")
            and (one.date_created is None or one.date_created >= begin)
        ]

    async def close(self) -> None:
        """Let go of the connections."""
        if self._http is not None:
            await self._http.close()
        self._http = self._client = None

    async def load(self) -> None:
        """Have the library ready before the first message, for it is slow to load."""
        await self._opened()

    async def _opened(self) -> Client:
        if self._client is None:
            # Most of a second, which other turns should not wait for.
            for name in ("channels.sms.http_client", "twilio.rest", "twilio.rest.api"):
                await anyio.to_thread.run_sync(import_module, name)
            from twilio.rest import Client  # noqa: PLC0415 - loaded on first use

            from channels.sms.http_client import TwilioHttp  # noqa: PLC0415 - likewise

            if self._client is None:
                self._http = TwilioHttp(TIMEOUT_S)
                self._client = Client(self._account.sid, self._account.auth_token, http_client=self._http)
                self._client.api.base_url = self._account.api_url
        return self._client

    @contextmanager
    def _translated(self) -> Iterator[None]:
        import httpx  # noqa: PLC0415 - only desks that send texts need it
        from twilio.base.exceptions import TwilioException, TwilioRestException  # noqa: PLC0415 - likewise

        try:
            yield
        except TwilioRestException as error:
            raise _refusal(error) from None
        except httpx.ConnectError:
            if self._account.is_simulated:
                raise NobodyListens("`frontdesk simulate sms` is not running") from None
            raise DeliveryUnavailable("Twilio could not be reached") from None
        except (httpx.HTTPError, TimeoutError, TwilioException) as error:
            raise DeliveryUnavailable(f"Twilio did not answer ({type(error).__name__})") from None


def _refusal(error: TwilioRestException) -> Exception:
    """The error of this house that Twilio's comes to; its text may hold the number, so it is left out."""
    code: Any = error.code or 0
    if error.status == _TOO_MANY or code == _TOO_MANY_CODE:
        return RateLimited("Twilio takes no more for the moment", retry_after_s=_TOO_MANY_S)
    if error.status >= _OWN_FAULT:
        return DeliveryUnavailable(f"Twilio failed with status {error.status}")
    if error.status in _NOT_ALLOWED:
        return DeliveryUnavailable(f"Twilio does not let the account in (error {code}): see its token")
    if code == OPTED_OUT_CODE:
        return OptedOut(f"they opted out at the carrier (Twilio error {code})")
    return SendRefused(f"Twilio refused it (error {code or error.status})")
