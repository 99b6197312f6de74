"""Settings of what is kept of telephone calls, and of what follows from them."""

from typing import Literal

from pydantic import Field

from config.group import Group


class CallSettings(Group):
    """What follows from a telephone call: transfers, messages, links by text, recordings."""

    transfers: dict[str, str] = Field(
        {}, description='Where a group\'s callers are put through, by group id: {"acme": "+15005550111"}.'
    )
    whisper: bool = Field(
        True, description="Whether whoever picks up hears first what it is about, and takes it by a key."
    )
    after_nobody: Literal["desk", "voicemail"] = Field(
        "desk", description="Who has the caller when nobody picks up: the desk again, or voicemail."
    )
    links: bool = Field(True, description="Whether callers who want it get the sources by text message.")
    sound_bytes: int = Field(
        25 * 1024 * 1024, gt=0, description="Largest message or recording taken, in bytes."
    )
    recording_days: float = Field(
        30, ge=0, description="Days a recording is kept; 0: as long as its conversation."
    )
    voicemail_days: float = Field(
        0, ge=0, description="Days a voicemail is kept; 0: as long as its conversation."
    )
