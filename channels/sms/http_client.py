"""Twilio's requests by httpx, over connections that are kept. Imported on first use."""

from __future__ import annotations

from typing import Any

import httpx
from twilio.http.response import Response


class TwilioHttp:
    """What Twilio's client sends by, in place of its own, which is for an older aiohttp."""

    is_async = True

    def __init__(self, timeout_s: float) -> None:
        self._client = httpx.AsyncClient(timeout=timeout_s, trust_env=False, follow_redirects=False)

    async def request(self, method: str, url: str, **said: Any) -> Response:  # noqa: ANN401 - Twilio's own
        """The answer to one request, which Twilio's client made."""
        params, data = (
            {name: value for name, value in (said.get(part) or {}).items() if value is not None}
            for part in ("params", "data")
        )
        answer = await self._client.request(
            method, url, params=params, data=data, headers=said.get("headers"), auth=said.get("auth")
        )
        return Response(answer.status_code, answer.text, answer.headers)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()
