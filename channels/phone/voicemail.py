"""Voicemail: how a message is taken down, and what becomes of it: sound, words, and a ticket for people."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

import anyio.to_thread
import numpy as np

from channels.phone.transfer_words import transfer_words
from channels.sms.media import fetch_media
from channels.twilio_account import TwilioAccount
from channels.voice.recogniser import Recogniser
from channels.voice.sound import RATE, Samples, read_wav
from core.access import Principal, Role
from core.call_sounds import CallSound, CallSounds, SoundKind, TakenSound
from core.calls import Calls
from core.conversation import Conversation
from core.conversations import Conversations
from core.errors import NotFound, Refused, SpeechUnavailable
from core.hand_off import HandOff
from core.inbox import Inbound
from core.messages import ConversationId, Message, MessageId
from core.ticket_notes import LONGEST_NOTE, TicketNotes
from core.tickets import Ticket, Tickets

VOICEMAIL = "/channels/voice/voicemail"
QUIET_S = 5
SOUND_KINDS: frozenset[SoundKind] = frozenset({"voicemail", "recording"})
_SID = re.compile(r"RE[0-9a-f]{32}")
_LONGEST_HEARD_S = 600
"""How much of a message is put into words."""
_PART_S, _MOST_PART_S = 40, 50
"""A recogniser hears an utterance to its longest time only: a message is cut into parts that are shorter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """What is said before a message is taken, and where Twilio tells of its end, and that it is ready."""

    say: str
    locale: str
    after_url: str
    taken_url: str
    longest_s: int


def message_document(slip: Slip) -> str:
    """TwiML that takes a message down, until the caller is silent, presses # or it is long enough."""
    from twilio.twiml.voice_response import VoiceResponse  # noqa: PLC0415 - only desks with a telephone need it

    response = VoiceResponse()
    response.say(slip.say, language=slip.locale)
    response.record(
        action=slip.after_url,
        max_length=slip.longest_s,
        timeout=QUIET_S,
        finish_on_key="#",
        play_beep=True,
        recording_status_callback=slip.taken_url,
        recording_status_callback_event="completed absent",
    )
    response.redirect(slip.after_url)
    return str(response)


def is_sid(text: str) -> bool:
    """Whether this is the id of a recording.

    >>> is_sid("RE" + "0a" * 16), is_sid("RE../../x")
    (True, False)
    """
    return bool(_SID.fullmatch(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundTerms:
    """Whose sound is fetched, how much of it at most, and how many days it is kept."""

    account: TwilioAccount
    most_bytes: int
    voicemail_days: float = 0.0
    recording_days: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """How a message reaches people."""

    conversations: Conversations
    tickets: Tickets
    hand_off: HandOff
    notes: TicketNotes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounds:
    """Takes in what Twilio has recorded. Done again after a crash, it does no harm."""

    terms: SoundTerms
    calls: Calls
    sounds: CallSounds
    people: People
    recogniser: Recogniser | None = None

    async def take(self, inbound: Inbound) -> None:
        """Fetch the sound and keep it; of a voicemail make a ticket with its words.

        Raises:
            Refused: it is no sound, too large, gone, or not Twilio's. Unavailable: not now.
        """
        told = inbound.body
        kind: SoundKind = "voicemail" if told["kind"] == "voicemail" else "recording"
        sound = await self._kept(inbound, kind)
        if kind == "voicemail":
            text = sound.text
            if text is None:
                text = await self._words(sound, str(told["language"]))
                await self.sounds.note(sound.tenant, sound.id, text=text)
            await self._to_people(inbound, sound, text)

    async def _kept(self, inbound: Inbound, kind: SoundKind) -> CallSound:
        told, terms = inbound.body, self.terms
        try:
            return await self.sounds.get(inbound.tenant, told["sid"])
        except NotFound:
            pass
        file = await fetch_media(told["url"], "audio/wav", terms.account, most_bytes=terms.most_bytes)
        if not is_wav(file.data):
            raise Refused("what came is no wav sound")
        try:
            await self.calls.get(inbound.tenant, told["call_id"])
        except NotFound:
            await self.calls.begin(
                inbound.tenant,
                told["call_id"],
                ConversationId(told["conversation_id"]),
                caller=inbound.address.person,
                called=inbound.address.account,
            )
        taken = TakenSound(
            id=told["sid"],
            call_id=told["call_id"],
            kind=kind,
            data=file.data,
            media_type="audio/wav",
            seconds=float(told["seconds"]),
            keep_days=terms.voicemail_days if kind == "voicemail" else terms.recording_days,
        )
        return await self.sounds.add(inbound.tenant, taken)

    async def _words(self, sound: CallSound, language: str) -> str:
        """What was said in a message; empty where nobody can make it out, or no recogniser runs."""
        if self.recogniser is None:
            return ""
        data = await self.sounds.data(sound)
        try:
            samples = await anyio.to_thread.run_sync(_samples, data)
        except Refused:
            return ""
        said: list[str] = []
        for part in utterances(samples[: _LONGEST_HEARD_S * RATE]):
            recognition = self.recogniser.begin(language=language)
            try:
                recognition.feed(part)
                said.append((await recognition.finish()).text.strip())
            except SpeechUnavailable:
                break
            finally:
                recognition.cancel()
        return " ".join(filter(None, said))

    async def _to_people(self, inbound: Inbound, sound: CallSound, text: str) -> None:
        """What the caller said is a message of the conversation, and people see it with its sound."""
        people, language = self.people, str(inbound.body["language"])
        said = text or transfer_words("unheard", language, seconds=round(sound.seconds))
        conversation_id = ConversationId(inbound.body["conversation_id"])
        message = Message(
            id=MessageId(inbound.id),
            tenant=inbound.tenant,
            conversation_id=conversation_id,
            text=said,
            address=inbound.address,
            language=language,
        )
        conversation = await people.conversations.get(inbound.tenant, conversation_id)
        await people.conversations.remember(message)
        ticket = await self._ticket(message, conversation)
        desk = Principal(tenant=inbound.tenant, role=Role.STAFF, person="desk")
        note = (
            f"Voicemail from {inbound.address.person or 'a withheld number'}, {sound.seconds:.0f} s. "
            f"Listen: /v1/calls/{sound.call_id}/sounds/{sound.id}\n{text}"
        )
        await people.notes.add(ticket.id, desk, note[:LONGEST_NOTE], f"voicemail:{sound.id}")
        await self.sounds.note(inbound.tenant, sound.id, ticket_id=ticket.id)

    async def _ticket(self, message: Message, before: Conversation) -> Ticket:
        """The conversation's open ticket, which is told of the message; else a new one that holds it."""
        people = self.people
        there = await people.tickets.find(before)
        if there is not None:
            await people.hand_off.listen(message)
            return there
        whole = await people.conversations.get(message.tenant, message.conversation_id)
        return await people.tickets.open(whole, "left a voicemail", "asked")


def is_wav(data: bytes) -> bool:
    """Whether bytes begin as a wav file does."""
    return data[:4] == b"RIFF" and data[8:12] == b"WAVE"


def utterances(samples: Samples) -> Iterator[Samples]:
    """The sound in parts of 40 to 50 seconds, each cut at the quietest moment; the last is what is left."""
    start, frame = 0, RATE // 5
    while len(samples) - start > _MOST_PART_S * RATE:
        first = start + _PART_S * RATE
        window = np.abs(samples[first : start + _MOST_PART_S * RATE].astype(np.int32))
        cut = first + int(window.reshape(-1, frame).mean(axis=1).argmin()) * frame + frame // 2
        yield samples[start:cut]
        start = cut
    yield samples[start:]


def _samples(data: bytes) -> Samples:
    return read_wav(io.BytesIO(data))
