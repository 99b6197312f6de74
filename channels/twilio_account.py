"""A Twilio account, or the simulated one, and what proves that a request or a socket is theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from starlette.datastructures import FormData
from starlette.requests import HTTPConnection

from channels.simulators.credentials import TwilioCredentials, twilio_credentials


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioAccount:
    """An account, and where its API is, without a slash at the end."""

    sid: str
    auth_token: str = field(repr=False)
    api_url: str
    is_simulated: bool = False


def simulated_account(data: Path, port: int) -> TwilioAccount:
    """The account that the simulators on this machine know, with its API at a port of it.

    Raises:
        Misconfigured: the secret that both are made from can't be read.
    """
    credentials = _simulated(data.absolute())
    return TwilioAccount(
        sid=credentials.account_sid,
        auth_token=credentials.auth_token,
        api_url=f"http://127.0.0.1:{port}",
        is_simulated=True,
    )


@lru_cache(maxsize=16)
def _simulated(data: Path) -> TwilioCredentials:
    return twilio_credentials(data)


def signed_url(connection: HTTPConnection, public_url: str) -> str:
    """The URL that the provider asked for: the public one, else the one that a proxy in front names.

    Who forges what a proxy says still lacks the token that the URL is signed with.
    """
    url = connection.url
    path = url.path + (f"?{url.query}" if url.query else "")
    if public_url:
        return public_url.rstrip("/") + path
    proto = _first(connection.headers.get("x-forwarded-proto", "")) or url.scheme
    host = _first(connection.headers.get("x-forwarded-host", "")) or url.netloc
    return f"{proto}://{host}{path}"


def socket_url(url: str) -> str:
    """The same address for a WebSocket, which Twilio opens, and signs, by wss:// alone.

    >>> socket_url("http://127.0.0.1:7860/channels/voice/relay")
    'wss://127.0.0.1:7860/channels/voice/relay'
    """
    return "wss://" + url.partition("://")[2]


def is_signed(request: HTTPConnection, form: FormData, account: TwilioAccount, public_url: str) -> bool:
    """Whether the request is the account's: its signature covers the URL and every field."""
    if form.get("AccountSid") != account.sid:
        return False
    return _proves(request, signed_url(request, public_url), form, account)


def is_socket_signed(socket: HTTPConnection, account: TwilioAccount, public_url: str) -> bool:
    """Whether the WebSocket that is to be opened is the account's: its signature covers the URL."""
    url = socket_url(signed_url(socket, public_url))
    # Some of Twilio's products end the address of a socket with a slash before they sign it.
    return any(_proves(socket, each, {}, account) for each in (url, f"{url}/"))


def _proves(
    connection: HTTPConnection, url: str, fields: FormData | Mapping[str, str], account: TwilioAccount
) -> bool:
    from twilio.request_validator import (  # noqa: PLC0415 - only desks with a Twilio door need it
        SIGNATURE_HEADER,
        SIGNATURE_SETTINGS_HEADER,
        RequestValidator,
        get_signature_algorithm,
    )

    signature = connection.headers.get(SIGNATURE_HEADER, "")
    if not account.auth_token or not signature:
        return False
    algorithm = get_signature_algorithm(connection.headers.get(SIGNATURE_SETTINGS_HEADER, ""))
    return bool(RequestValidator(account.auth_token).validate(url, fields, signature, algorithm))


def _first(values: str) -> str:
    return values.partition(",")[0].strip()
