"""What others publish for programs to read: fetched once, with a limit on time and on size."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import anyio

from core.errors import IdentityUnavailable, Misconfigured

MOST_BYTES = 512 * 1024
_OWN_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


def safe_url(url: str, what: str) -> str:
    """The URL, if nobody on the way can change what comes from it: HTTPS, or this very machine.

    Raises:
        Misconfigured: it is neither; the message calls it `what`.

        >>> safe_url("https://id.example/keys", "the address of the keys")
        'https://id.example/keys'
    """
    parts = urlsplit(url)
    is_own = parts.scheme == "http" and parts.hostname in _OWN_MACHINE
    if not parts.hostname or not (parts.scheme == "https" or is_own):
        raise Misconfigured(f"{what} is {url!r}: it must begin with https://, or be on this machine")
    return url


async def fetch_json(url: str, *, timeout_s: float) -> dict[str, Any]:
    """The JSON object at a URL. Redirects are not followed.

    Raises:
        IdentityUnavailable: it did not come in `timeout_s` seconds, has more than 512 kB, or is no object.
    """
    import httpx2  # noqa: PLC0415 - a tenth of a second at import, and only desks with sign-in need it

    host = urlsplit(url).hostname
    try:
        with anyio.fail_after(timeout_s):
            async with (
                httpx2.AsyncClient(timeout=timeout_s, follow_redirects=False) as client,
                client.stream("GET", url, headers={"Accept": "application/json"}) as response,
            ):
                response.raise_for_status()
                body = bytearray()
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > MOST_BYTES:
                        raise IdentityUnavailable(
                            f"{host} sent more than {MOST_BYTES:,} bytes: see what is there"
                        )
        value = json.loads(body)
    except httpx2.HTTPStatusError as error:
        raise IdentityUnavailable(f"{host} answered with status {error.response.status_code}") from None
    except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, ValueError, RecursionError) as error:
        raise IdentityUnavailable(f"{host} did not answer ({type(error).__name__}): try again soon") from None
    if not isinstance(value, dict):
        raise IdentityUnavailable(f"{host} sent JSON that is no object: see what is there")
    return value
