"""The account that a desk and its simulated carrier agree on without being told."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from pathlib import Path

from core.encryption import secret_file

_HEX_DIGITS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsCredentials:
    """An account's name and what proves it, in the form that Twilio gives them."""

    account_sid: str
    auth_token: str = field(repr=False)


def sms_credentials(data_folder: Path) -> SmsCredentials:
    """The simulated account of the desk whose data lie in `data_folder`: the same at every call.

    Raises:
        Misconfigured: the folder's secret can't be made or read.
    """
    secret = secret_file(data_folder / "secret.key")

    def derived(label: str) -> str:
        return hmac.new(secret, label.encode(), hashlib.sha256).hexdigest()[:_HEX_DIGITS]

    return SmsCredentials(
        account_sid="AC" + derived("frontdesk simulated sms account"),
        auth_token=derived("frontdesk simulated sms token"),
    )
