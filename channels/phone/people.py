"""What the telephone needs of the people behind the desk, and what it keeps, by the settings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from channels.addresses import url_of
from channels.door import Door
from channels.phone.account import phone_account
from channels.phone.channel import PhoneChannel
from channels.phone.hand_off import PhoneHandOff, Planner
from channels.phone.keeping import RecordedCalls
from channels.phone.plain_steps import PlainSteps
from channels.phone.staff_steps import MessageTerms, StaffSteps
from channels.phone.texted_links import TextedLinks
from channels.phone.transfer import TransferTerms
from channels.phone.voicemail import People, Sounds, SoundTerms
from channels.sms.public_links import PublicLinks
from channels.voice.recogniser import Recogniser
from config.settings import Settings
from core.assembly.people import phone_reach


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPeople:
    """The parts: for the talk `hand_off`, `links` and `keeper`; for what follows it `steps`.

    `links` is None where callers get none, or the desk sends no texts.
    """

    keeper: RecordedCalls
    hand_off: PhoneHandOff
    links: TextedLinks | None
    steps: StaffSteps


def phone_channel(door: Door, recogniser: Recogniser | None = None) -> PhoneChannel:
    """The door that takes in recordings and voicemails; `recogniser` puts these into words.

    Raises:
        Misconfigured: the account can't be told.
    """
    desk = door.desk
    people = People(
        conversations=desk.answerer.conversations,
        tickets=desk.tickets,
        hand_off=desk.hand_off,
        notes=desk.notes,
    )
    return PhoneChannel(
        sounds=Sounds(
            terms=_sound_terms(door.settings),
            calls=desk.stores.calls,
            sounds=desk.stores.sounds,
            people=people,
            recogniser=recogniser,
        )
    )


def call_people(door: Door, planner: Planner) -> CallPeople:
    """The parts, over a desk; `planner` keeps what is to follow a talk."""
    desk = door.desk
    terms = transfer_terms(door)
    return CallPeople(
        keeper=RecordedCalls(desk.stores.calls),
        hand_off=PhoneHandOff(
            terms=terms,
            hand_off=desk.hand_off,
            tickets=desk.tickets,
            conversations=desk.answerer.conversations,
            planner=planner,
        ),
        links=_links(door),
        steps=_steps(door, terms),
    )


def transfer_terms(door: Door) -> TransferTerms:
    """Whom callers may be put through to, in the hours of the team."""
    phone, calls = door.settings.phone, door.settings.calls
    return TransferTerms(
        number=phone.transfer_number,
        numbers=calls.transfers,
        rings_s=phone.transfer_rings_seconds,
        hours=door.desk.hand_off.hours,
        has_voicemail=phone.voicemail,
        has_whisper=calls.whisper,
        after_nobody=calls.after_nobody,
    )


def _steps(door: Door, terms: TransferTerms) -> StaffSteps:
    settings = door.settings
    locales = settings.phone.locales
    return StaffSteps(
        terms=terms,
        messages=MessageTerms(
            locale_of=partial(_locale, locales),
            longest_s=settings.phone.voicemail_seconds,
        ),
        access=door.desk.access,
        notes=door.desk.notes,
        plain=PlainSteps(
            transfer_number=terms.number, rings_s=terms.rings_s, has_voicemail=terms.has_voicemail
        ),
    )


def _links(door: Door) -> TextedLinks | None:
    desk, settings = door.desk, door.settings
    if not settings.calls.links or "sms" not in settings.pushing_doors:
        return None
    return TextedLinks(
        links=PublicLinks(desk, url_of(settings)),
        reach=phone_reach(settings, desk.stores),
        outbound=desk.stores.outbound,
        consents=desk.stores.consents,
        lines=desk.stores.lines,
        personas=desk.answerer.personas,
        own=desk.tenant,
    )


def _sound_terms(settings: Settings) -> SoundTerms:
    calls = settings.calls
    return SoundTerms(
        account=phone_account(settings),
        most_bytes=calls.sound_bytes,
        voicemail_days=calls.voicemail_days,
        recording_days=calls.recording_days,
    )


def _locale(locales: dict[str, str], language: str) -> str:
    return locales.get(language, "en-US")
