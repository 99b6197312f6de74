"""A warm transfer: where to, what becomes of it, and what the person hears before the caller does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from channels.phone.transfer_words import transfer_words
from channels.voice.talk_parts import Way
from core.spoken_text import spoken
from core.support_hours import SupportHours
from core.tenants import TenantId

DialResult = Literal["talked", "busy", "no-answer", "failed", "gone"]
"""What became of ringing somebody; `gone` says that the caller hung up meanwhile."""
WHISPER = "/channels/voice/whisper"
WHISPER_PURPOSE = "whisper"
KEY_WAIT_S = 12
"""How long whoever picked up has to press a key, after all was said."""
WHISPER_LIFE = timedelta(minutes=12)
"""How long a whisper can be fetched: as long as anything may ring, and a little."""
LONGEST_SUMMARY = 600
_ENDED = frozenset({"busy", "no-answer", "failed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferTerms:
    """Whom callers may be put through to, and when. `numbers` are a group's own, `number` everybody else's.

    `after_nobody` says who has the caller when nobody picks up.
    """

    number: str = ""
    numbers: Mapping[str, str] = field(default_factory=dict)
    rings_s: int = 25
    hours: SupportHours = field(default_factory=SupportHours)
    has_voicemail: bool = True
    has_whisper: bool = True
    after_nobody: Literal["desk", "voicemail"] = "desk"

    def number_of(self, tenant: str) -> str:
        """The number that a group's callers are put through to; empty where there is none."""
        return self.numbers.get(tenant, self.number)


def way_to_a_person(tenant: TenantId, terms: TransferTerms, moment: datetime) -> Way:
    """What can be done for a caller who is to have a person, at a moment that knows its time zone.

    >>> from datetime import UTC
    >>> terms = TransferTerms(number="+15005550111", hours=SupportHours.read("mon-fri 09:00-17:00"))
    >>> sunday = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> way_to_a_person(TenantId("acme"), terms, sunday)
    'voicemail'
    """
    if terms.number_of(tenant) and terms.hours.is_open(moment):
        return "transfer"
    return "voicemail" if terms.has_voicemail else "none"


def dial_result(told: Mapping[str, str]) -> DialResult:
    """What became of a `<Dial>`, by what Twilio says when it is over.

    A person who picks up and does not take the call leaves `completed` with `DialBridged` false.

    >>> dial_result({"DialCallStatus": "completed", "DialBridged": "false", "CallStatus": "in-progress"})
    'no-answer'
    """
    status = told.get("DialCallStatus", "")
    if status in ("completed", "answered"):
        return "no-answer" if told.get("DialBridged", "").lower() == "false" else "talked"
    if status == "canceled" or told.get("CallStatus") in ("completed", "canceled"):
        return "gone"
    return status if status in _ENDED else "failed"  # type: ignore[return-value]


def whispered(summary: str, ticket_id: str, language: str) -> str:
    """What the person hears before they take the call, ready for speech; a long summary is cut."""
    about = " ".join(line if line.endswith((".", "!", "?")) else f"{line}." for line in summary.splitlines())
    if len(about) > LONGEST_SUMMARY:
        about = about[:LONGEST_SUMMARY].rsplit(" ", 1)[0] + "."
    said = transfer_words("whisper", language, summary=about, ticket=" ".join(ticket_id[:6]))
    return spoken(said, language)


def whisper_document(words: str, locale: str) -> str:
    """Says the words to whoever picked up, and waits for a key; without one they are let go."""
    from twilio.twiml.voice_response import VoiceResponse  # noqa: PLC0415 - only desks with a telephone need it

    response = VoiceResponse()
    gather = response.gather(num_digits=1, timeout=KEY_WAIT_S, finish_on_key="")
    gather.say(words, language=locale)
    response.hangup()
    return str(response)


def connect_document() -> str:
    """Nothing more to say: the two are connected."""
    from twilio.twiml.voice_response import VoiceResponse  # noqa: PLC0415 - only desks with a telephone need it

    return str(VoiceResponse())
