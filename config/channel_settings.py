"""Settings of the doors that a provider stands behind: Slack and text messages."""

from typing import Literal

from pydantic import Field, SecretStr

from config.group import Group


class SlackSettings(Group):
    """The desk in Slack: one workspace by its bot token, or any number of them by installing the app.

    Where none of these is set the desk talks to `frontdesk simulate slack`, if that runs.
    """

    signing_secret: SecretStr = Field(
        SecretStr(""), description="Signs what Slack posts: Basic Information → Signing Secret."
    )
    bot_token: SecretStr = Field(
        SecretStr(""), description="The bot's token (xoxb-…) in the one workspace that it serves."
    )
    app_token: SecretStr = Field(
        SecretStr(""), description="The app's token (xapp-…), for `frontdesk slack` (Socket Mode)."
    )
    client_id: str = Field("", description="The app's client ID, so that workspaces can install it.")
    client_secret: SecretStr = Field(SecretStr(""), description="The app's client secret.")
    api_url: str = Field("https://slack.com/api/", description="Slack's Web API, or a simulator's.")
    staff_channel: str = Field(
        "", description="The channel for tickets, by its ID (C…) or name; empty: set on the app's home."
    )
    answers: Literal["mention", "always", "questions"] = Field(
        "mention", description="When the desk answers in a channel that says nothing else about it."
    )
    simulator: Literal["auto", "never"] = Field(
        "auto", description="Whether a desk without tokens looks for the simulator on this machine."
    )
    simulator_port: int = Field(7871, ge=1, le=65535, description="Where the simulator listens.")

    @property
    def is_real(self) -> bool:
        """Whether a Slack app is set up."""
        return bool(self.signing_secret.get_secret_value() or self.app_token.get_secret_value())


class SmsSettings(Group):
    """Text messages and WhatsApp by Twilio.

    Where no account is set the desk talks to `frontdesk simulate sms`, if that runs.
    """

    account_sid: str = Field("", description="The Twilio account (AC…).")
    auth_token: SecretStr = Field(SecretStr(""), description="Its auth token, which signs webhooks too.")
    numbers: dict[str, str] = Field(
        {}, description='The group id of each number: {"+15005550100": "acme"}; others: the desk\'s own.'
    )
    sender: str = Field(
        "", description="The number that begins talks, such as one-time codes; answers come from the asked."
    )
    messaging_service_sid: str = Field("", description="A messaging service (MG…) to send by instead.")
    api_url: str = Field("https://api.twilio.com", description="Twilio's REST API, or a simulator's.")
    parts: int = Field(3, ge=1, le=10, description="Most segments of one text; the rest waits for MORE.")
    session_hours: float = Field(
        24, ge=0, description="Silent hours after which a text begins a new conversation; 0: never."
    )
    quiet_hours: str = Field(
        "",
        description="When nothing is sent but answers, such as mon-sun 21:00-08:00; empty: never.",
    )
    time_zone: str = Field("UTC", description="The zone of those hours, such as Europe/Berlin.")
    media_bytes: int = Field(5 * 1024 * 1024, gt=0, description="Largest picture or file taken, in bytes.")
    texts_per_hour: int = Field(60, ge=1, description="Texts a number may send in an hour.")
    keyword_replies: Literal["provider", "desk"] = Field(
        "provider", description="Who answers a lone STOP, START or HELP by SMS; Twilio does by default."
    )
    simulator: Literal["auto", "never"] = Field(
        "auto", description="Whether a desk without an account looks for the simulator on this machine."
    )
    simulator_port: int = Field(7872, ge=1, le=65535, description="Where the simulator listens.")

    @property
    def is_real(self) -> bool:
        """Whether a Twilio account is set up."""
        return bool(self.account_sid)
