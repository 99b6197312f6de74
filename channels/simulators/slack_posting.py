"""One signed request from Slack to the app, and how it came out."""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass, field

import httpx

from channels.simulators.slack_faults import STALE_S, EventFault
from channels.simulators.slack_world import Clock

ANSWER_S = 3.0
AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """The answer to a request; `status` 0 is none, and `reason` is Slack's word for why."""

    status: int = 0
    reason: str = ""
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


def signed(secret: str, body: bytes, at: float) -> dict[str, str]:
    """The two headers by which Slack signs a request: `v0` and HMAC-SHA256 over version, time and body.

    >>> signed("s", b"{}", 1700000000.9)["X-Slack-Request-Timestamp"]
    '1700000000'
    """
    stamp = str(int(at))
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


class Poster:
    """Posts to the app with the app's signing secret, and waits `answer_s` seconds for the answer."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self.answer_s = ANSWER_S
        self._secret = secret
        self._clock = clock
        self._client: httpx.AsyncClient | None = None

    async def post(
        self, url: str, body: bytes, headers: dict[str, str], fault: EventFault | None = None
    ) -> Posted:
        """Post a body; with the fault `forged` or `stale` the signature is no good."""
        if self._client is None:
            # Slack waits for no place in a queue of its own.
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
            headers_of_all = {"User-Agent": AGENT, "Accept": "*/*"}
            self._client = httpx.AsyncClient(headers=headers_of_all, limits=limits, trust_env=False)
        at = self._clock() - (STALE_S if fault == "stale" else 0)
        signature = signed("somebody else's" if fault == "forged" else self._secret, body, at)
        begun = time.monotonic()
        try:
            response = await self._client.post(
                url, content=body, headers={**headers, **signature}, timeout=self.answer_s
            )
        except httpx.TimeoutException:
            return Posted(reason="http_timeout", seconds=time.monotonic() - begun)
        except httpx.HTTPError:
            return Posted(reason="connection_failed", seconds=time.monotonic() - begun)
        return Posted(
            status=response.status_code,
            reason="" if response.is_success else "http_error",
            text=response.text,
            headers=dict(response.headers),
            seconds=time.monotonic() - begun,
        )

    async def close(self) -> None:
        """Close what is open to the app."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None
