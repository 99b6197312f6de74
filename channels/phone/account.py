"""The Twilio account whose calls the desk takes: its own, that of text messages, or the simulated one."""

from __future__ import annotations

from channels.sms.account import sms_account
from channels.twilio_account import TwilioAccount, simulated_account
from config.settings import Settings


def phone_account(settings: Settings) -> TwilioAccount:
    """The account that is set up, or the one that the simulator on this machine knows.

    Raises:
        Misconfigured: the secret that the simulated one is made from can't be read.
    """
    chosen = settings.phone
    if chosen.is_real:
        return TwilioAccount(
            sid=chosen.account_sid,
            auth_token=chosen.auth_token.get_secret_value(),
            api_url=chosen.api_url.rstrip("/"),
        )
    if settings.sms.is_real:
        return sms_account(settings)
    return simulated_account(settings.data, chosen.simulator_port)
