"""The Twilio account that a desk texts by, or the simulated one, and what proves that a request is theirs."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from starlette.datastructures import FormData
from starlette.requests import Request

from channels.simulators.credentials import TwilioCredentials, twilio_credentials
from config.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsAccount:
    """An account, and where its API is, without a slash at the end."""

    sid: str
    auth_token: str = field(repr=False)
    api_url: str
    is_simulated: bool = False


def sms_account(settings: Settings) -> SmsAccount:
    """The account that is set up, or the one that the simulator on this machine knows.

    Raises:
        Misconfigured: the secret that both are made from can't be read.
    """
    chosen = settings.sms
    if chosen.is_real:
        return SmsAccount(
            sid=chosen.account_sid,
            auth_token=chosen.auth_token.get_secret_value(),
            api_url=chosen.api_url.rstrip("/"),
        )
    credentials = _simulated(settings.data.absolute())
    return SmsAccount(
        sid=credentials.account_sid,
        auth_token=credentials.auth_token,
        api_url=f"http://127.0.0.1:{chosen.simulator_port}",
        is_simulated=True,
    )


@lru_cache(maxsize=16)
def _simulated(data: Path) -> TwilioCredentials:
    return twilio_credentials(data)


def signed_url(request: Request, public_url: str) -> str:
    """The URL that the provider posted to: the public one, else the one that a proxy in front names.

    Who forges what a proxy says still lacks the token that the URL is signed with.
    """
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if public_url:
        return public_url.rstrip("/") + path
    proto = _first(request.headers.get("x-forwarded-proto", "")) or request.url.scheme
    host = _first(request.headers.get("x-forwarded-host", "")) or request.url.netloc
    return f"{proto}://{host}{path}"


def is_signed(request: Request, form: FormData, account: SmsAccount, public_url: str) -> bool:
    """Whether the request is the account's: its signature covers the URL and every field."""
    from twilio.request_validator import (  # noqa: PLC0415 - only desks that are texted need it
        SIGNATURE_HEADER,
        SIGNATURE_SETTINGS_HEADER,
        RequestValidator,
        get_signature_algorithm,
    )

    signature = request.headers.get(SIGNATURE_HEADER, "")
    if not account.auth_token or not signature or form.get("AccountSid") != account.sid:
        return False
    algorithm = get_signature_algorithm(request.headers.get(SIGNATURE_SETTINGS_HEADER, ""))
    url = signed_url(request, public_url)
    return bool(RequestValidator(account.auth_token).validate(url, form, signature, algorithm))


def _first(values: str) -> str:
    return values.partition(",")[0].strip()
