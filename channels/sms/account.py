"""The Twilio account that a desk texts by, or the simulated one."""

from __future__ import annotations

from channels.twilio_account import TwilioAccount, simulated_account
from config.settings import Settings


def sms_account(settings: Settings) -> TwilioAccount:
    """The account that is set up, or the one that the simulator on this machine knows.

    Raises:
        Misconfigured: the secret that both are made from can't be read.
    """
    chosen = settings.sms
    if not chosen.is_real:
        return simulated_account(settings.data, chosen.simulator_port)
    return TwilioAccount(
        sid=chosen.account_sid,
        auth_token=chosen.auth_token.get_secret_value(),
        api_url=chosen.api_url.rstrip("/"),
    )
