"""The order to record a call, both sides apart, and where Twilio tells that the sound is ready."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from channels.voice.telephone import Call
from core.access import Access

RECORDING = "/channels/voice/recording"
SOUND_PURPOSE = "call sound"
SOUND_LIFE = timedelta(days=2)
"""How long a call may last, and its sound take until it is ready."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundPasses:
    """Seals whose sound it is into the address that Twilio tells of it at."""

    access: Access

    def recording_url(self, call: Call) -> str:
        """Where it is told that a call's recording is ready: an address on the desk's own host."""
        return self.url(RECORDING, call, call.language)

    def url(self, path: str, call: Call, language: str) -> str:
        """The address of a path for a call's sound, in which this language is spoken."""
        values = {"t": call.tenant, "c": call.id, "v": call.conversation_id}
        values |= {"l": language, "f": call.caller, "d": call.called}
        return f"{path}?{urlencode({'pass': self.access.seal(SOUND_PURPOSE, values, SOUND_LIFE)})}"
