"""Settings of the telephone: whose calls are taken, how they are carried, heard and spoken."""

from typing import Literal

from pydantic import Field, SecretStr

from config.group import Group


class PhoneSettings(Group):
    """The telephone, by Twilio: Media Streams with the desk's own speech, or ConversationRelay.

    Where no account is set here or for text messages, the desk takes calls of `frontdesk simulate call`.
    """

    account_sid: str = Field("", description="The Twilio account (AC…); empty: that of text messages.")
    auth_token: SecretStr = Field(SecretStr(""), description="Its auth token, which signs webhooks too.")
    api_url: str = Field("https://api.twilio.com", description="Twilio's REST API, or a simulator's.")
    numbers: dict[str, str] = Field(
        {}, description='The group id of each number: {"+15005550100": "acme"}; others: the desk\'s own.'
    )
    transport: Literal["stream", "relay"] = Field(
        "stream", description="stream: the desk hears and speaks itself; relay: Twilio does, and sends text."
    )
    most_calls: int = Field(8, ge=1, description="Calls taken at the same time, in each process.")
    blocked: str = Field("", description="Callers whose calls are refused, with commas: +15005550199.")
    greeting: str = Field(
        "", description="First words of a call, with {company}; empty: the desk's own, in its language."
    )
    recording_notice: str = Field(
        "", description="What is said about recording after the greeting; empty: the desk's own."
    )
    records: bool = Field(False, description="Whether calls are recorded; the caller is told so.")
    transfer_number: str = Field("", description="Where callers are put through to a person: +1…; empty: no.")
    transfer_rings_seconds: int = Field(25, ge=5, le=600, description="How long it rings there.")
    voicemail: bool = Field(True, description="Whether a caller may leave a message where nobody is free.")
    voicemail_seconds: int = Field(120, ge=5, le=3600, description="Longest message.")
    longest_minutes: float = Field(30, gt=0, description="Longest call.")
    last_calls_seconds: float = Field(
        30, ge=0, description="How long calls may go on once the desk is told to stop."
    )
    end_of_turn_ms: int = Field(
        500, ge=100, le=5000, description="Silence that ends a turn where the words don't tell."
    )
    recogniser: Literal["auto", "moonshine", "pocketsphinx", "faster-whisper"] = Field(
        "auto",
        description="What turns speech into words; auto: faster-whisper where a model is set, or moonshine.",
    )
    recogniser_model: str = Field(
        "", description="The Whisper model: a folder, or a name that faster-whisper knows, such as small."
    )
    speaker: Literal["auto", "espeak", "piper"] = Field(
        "auto", description="What speaks; auto: Piper where voices are set, else espeak-ng."
    )
    voices: dict[str, str] = Field(
        {}, description='Piper\'s voice for each language: {"en": "voices/en_US-amy-low.onnx"}.'
    )
    locales: dict[str, str] = Field(
        {"en": "en-US", "es": "es-US", "de": "de-DE", "fr": "fr-FR"},
        description="The locale of each language for what Twilio hears and says.",
    )
    relay_voices: dict[str, str] = Field(
        {}, description="The voice of ConversationRelay for each language; empty: Twilio's default."
    )
    simulator: Literal["auto", "never"] = Field(
        "auto", description="Whether a desk without an account takes calls of the simulator on this machine."
    )
    simulator_port: int = Field(7873, ge=1, le=65535, description="Where the simulator's API listens.")

    @property
    def is_real(self) -> bool:
        """Whether a Twilio account is set up for calls alone."""
        return bool(self.account_sid)
