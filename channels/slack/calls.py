"""Calls to Slack's Web API, with its errors as ours."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from channels.channel import NobodyListens, SendRefused
from core.errors import DeliveryUnavailable, RateLimited

_LATER = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
)
_READS = re.compile(
    r"(auth|users|files|team|bots)\.\w+|oauth\.v2\.access|conversations\.(replies|history|info|list|members)"
)
"""Methods that read nothing but forms."""
TIMEOUT_S = 15
DOWNLOAD_S = 120


class SlackRefused(SendRefused):
    """Slack refused a call for good; `code` is its own word for why."""

    def __init__(self, method: str, code: str) -> None:
        super().__init__(f"Slack refused {method}: {code}")
        self.code = code


class SlackCalls:
    """The Web API as one workspace's bot calls it. One HTTP session serves every workspace.

    `is_simulated` says that nobody being there is nothing to warn of.
    """

    def __init__(self, session: aiohttp.ClientSession, api_url: str, *, is_simulated: bool = False) -> None:
        self._session = session
        self.api_url = api_url
        self._is_simulated = is_simulated

    def client(self, token: str | None) -> AsyncWebClient:
        """The SDK's own client, for what takes one; without a token where it is told that later."""
        return AsyncWebClient(
            token=token, base_url=self.api_url, session=self._session, timeout=TIMEOUT_S, retry_handlers=[]
        )

    async def call(self, token: str, method: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """What Slack answers.

        Raises:
            RateLimited: it has had enough for now. DeliveryUnavailable: it did not answer, and
                may have done what was asked. SlackRefused: it will not.
        """
        given = {name: value for name, value in arguments.items() if value is not None}
        sent: dict[str, Any] = {"data" if _READS.fullmatch(method) else "json": given}
        try:
            answer = await self.client(token).api_call(method, **sent)
        except SlackApiError as error:
            raise self._refused(method, error) from error
        except aiohttp.ClientConnectorError as error:
            if self._is_simulated:
                raise NobodyListens("the Slack simulator is not running") from error
            raise DeliveryUnavailable(f"Slack was not reached: {type(error).__name__}") from error
        except (TimeoutError, aiohttp.ClientError, SlackClientError, OSError) as error:
            raise DeliveryUnavailable(f"Slack was not reached: {type(error).__name__}") from error
        return dict(answer.data) if isinstance(answer.data, dict) else {}

    async def respond(self, url: str, **body: Any) -> None:  # noqa: ANN401 - JSON
        """Answer a click or a command at the address that came with it.

        Raises:
            RateLimited, DeliveryUnavailable: not now. SlackRefused: the address is none of
                Slack's, was used up or is too old.
        """
        if not self.is_slacks(url):
            raise SlackRefused("response_url", "not_slack")
        try:
            async with self._session.post(
                url, json=body, timeout=aiohttp.ClientTimeout(total=TIMEOUT_S), allow_redirects=False
            ) as response:
                status, wait_s = response.status, response.headers.get("Retry-After", "1")
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise DeliveryUnavailable(f"Slack was not reached: {type(error).__name__}") from error
        if status == 429:
            raise RateLimited("Slack wants fewer answers", retry_after_s=float(wait_s))
        if status >= 500:
            raise DeliveryUnavailable(f"Slack answered an answer with {status}")
        if status >= 300:
            raise SlackRefused("response_url", f"status {status}")

    def is_slacks(self, url: str) -> bool:
        """Whether an address is one that Slack serves: its API's own host, or one of slack.com."""
        asked, own = urlsplit(url), urlsplit(self.api_url)
        if (asked.scheme, asked.netloc) == (own.scheme, own.netloc):
            return True
        is_slack = own.hostname == "slack.com" and (asked.hostname or "").endswith(".slack.com")
        return is_slack and asked.scheme == "https" and asked.username is None and asked.port in (None, 443)

    async def download(self, token: str, url: str, most_bytes: int) -> bytes:
        """A file of Slack's; of one over the limit, enough to tell that it is.

        Raises:
            DeliveryUnavailable: not now. SlackRefused: it is not Slack's, or not for this bot.
        """
        if not self.is_slacks(url):
            raise SlackRefused("the file", "not_slack")
        taken = bytearray()
        try:
            async with self._session.get(
                url,
                headers={"Authorization": f"Bearer {token}"},
                timeout=aiohttp.ClientTimeout(total=DOWNLOAD_S),
                allow_redirects=False,
            ) as response:
                if response.status >= 500 or response.status == 429:
                    raise DeliveryUnavailable(f"Slack answered a file with {response.status}")
                if response.status != 200:
                    raise SlackRefused("the file", f"status {response.status}")
                async for chunk in response.content.iter_chunked(65536):
                    taken += chunk
                    if len(taken) > most_bytes:
                        break
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise DeliveryUnavailable(f"Slack was not reached: {type(error).__name__}") from error
        return bytes(taken)

    def _refused(self, method: str, error: SlackApiError) -> Exception:
        response: Any = error.response
        status = getattr(response, "status_code", 200)
        said = getattr(response, "data", response)
        code = str(said.get("error", "")) if isinstance(said, dict) else ""
        if status == 429 or code == "ratelimited":
            wait_s = float(response.headers.get("Retry-After", 1)) if hasattr(response, "headers") else 1.0
            return RateLimited(f"Slack wants {method} called less often", retry_after_s=wait_s)
        if status >= 500 or code in _LATER:
            return DeliveryUnavailable(f"Slack answered {method} with {code or status}")
        return SlackRefused(method, code or f"status {status}")
