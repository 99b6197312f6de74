"""What a simulator and the desk beside it both know, made from the secret in the desk's data folder."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from pathlib import Path

from core.encryption import secret_file


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackCredentials:
    """What Slack gives an app: the secret that signs its events, and its two tokens."""

    signing_secret: str = field(repr=False)
    bot_token: str = field(repr=False)
    app_token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioCredentials:
    """An account's name and what proves it, in the form that Twilio gives them."""

    account_sid: str
    auth_token: str = field(repr=False)


def slack_credentials(data_folder: Path) -> SlackCredentials:
    """The simulated workspace's, for the desk whose data is in `data_folder`: the same at every call.

    Raises:
        Misconfigured: the desk's secret can't be read or made.
    """
    return SlackCredentials(
        signing_secret=_derived(data_folder, "slack signing secret")[:32],
        bot_token=f"xoxb-{_derived(data_folder, 'slack bot token')[:40]}",
        app_token=f"xapp-{_derived(data_folder, 'slack app token')[:40]}",
    )


def twilio_credentials(data_folder: Path) -> TwilioCredentials:
    """The simulated carrier's, for the desk whose data is in `data_folder`: the same at every call.

    Raises:
        Misconfigured: the desk's secret can't be read or made.
    """
    return TwilioCredentials(
        account_sid="AC" + _derived(data_folder, "sms account")[:32],
        auth_token=_derived(data_folder, "sms token")[:32],
    )


def _derived(data_folder: Path, label: str) -> str:
    secret = secret_file(data_folder / "secret.key")
    return hmac.new(secret, f"frontdesk simulated {label}".encode(), hashlib.sha256).hexdigest()
