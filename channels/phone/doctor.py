"""What the doctor says of the telephone: whether calls can be taken, heard and answered, and the mend."""

from __future__ import annotations

from channels.phone.speech import missing_for_speech
from channels.voice.recognisers import ENGLISH_ALONE, POCKETSPHINX, RecogniserChoice
from channels.voice.speakers import voice_state
from config.settings import Settings
from core.doctor import Finding
from core.errors import Misconfigured
from core.phrases import languages_in

PART = "telephone"
_WHISPER = "set FRONTDESK_PHONE__RECOGNISER_MODEL to a Whisper model"


def phone_finding(settings: Settings) -> Finding:
    """The finding; it loads nothing."""
    chosen = settings.phone
    is_real = chosen.is_real or settings.sms.is_real
    if not settings.takes_calls:
        return Finding(
            part=PART,
            state="note",
            says="no calls are taken",
            fix="set FRONTDESK_PHONE__ACCOUNT_SID and FRONTDESK_PHONE__AUTH_TOKEN; see docs/doors/phone.md",
        )
    if is_real and not settings.web.public_url.startswith("https://"):
        return Finding(
            part=PART,
            state="bad" if chosen.is_real else "note",
            says="Twilio reaches a call's socket by wss:// alone, and the desk has no https address",
            fix="set FRONTDESK_WEB__PUBLIC_URL to the https address that Twilio reaches",
        )
    return _heard_and_spoken(settings)


def _heard_and_spoken(settings: Settings) -> Finding:
    chosen = settings.phone
    if chosen.transport == "relay":
        return Finding(part=PART, state="ok", says="calls by ConversationRelay: Twilio hears and speaks")
    try:
        missing = missing_for_speech(chosen, languages_in(settings.languages))
    except Misconfigured as error:
        return Finding(part=PART, state="bad", says=str(error), fix="see FRONTDESK_PHONE__ in .env.example")
    if missing:
        fix = "or set FRONTDESK_PHONE__TRANSPORT=relay, and Twilio hears and speaks"
        return Finding(part=PART, state="bad" if chosen.is_real else "note", says=missing, fix=fix)
    ears = RecogniserChoice(name=chosen.recogniser, model=chosen.recogniser_model).recogniser
    says = f"hears by {ears}, speaks by {voice_state(chosen.speaker, voices=chosen.voices).found}"
    if ears == POCKETSPHINX:
        return Finding(part=PART, state="note", says=says, fix=f"it hears badly; for real callers {_WHISPER}")
    if ears in ENGLISH_ALONE and languages_in(settings.languages) != ("en",):
        return Finding(part=PART, state="note", says=says, fix=f"it hears English alone; for more {_WHISPER}")
    return Finding(part=PART, state="ok", says=says)
