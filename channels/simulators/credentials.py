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


def slack_credentials(data_folder: Path) -> SlackCredentials:
    """The credentials of the simulated workspace for the desk whose data is in `data_folder`.

    Raises:
        Misconfigured: the desk's secret can't be read or made.
    """
    secret = secret_file(data_folder / "secret.key")

    def made(label: str) -> str:
        return hmac.new(secret, f"frontdesk simulated slack {label}".encode(), hashlib.sha256).hexdigest()

    return SlackCredentials(
        signing_secret=made("signing secret")[:32],
        bot_token=f"xoxb-{made('bot token')[:40]}",
        app_token=f"xapp-{made('app token')[:40]}",
    )
