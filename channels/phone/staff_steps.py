"""What follows a talk where people of the company may take the call: ring them, and see what came of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from channels.phone.recordings import SoundPasses
from channels.phone.steps import AfterCall, Document, Ended, HangUp, NextStep, PutThrough, TalkAgain
from channels.phone.transfer import (
    WHISPER,
    WHISPER_LIFE,
    WHISPER_PURPOSE,
    TransferTerms,
    dial_result,
    way_to_a_person,
)
from channels.phone.transfer_words import transfer_words
from channels.phone.voicemail import VOICEMAIL, Slip, message_document
from channels.phone.words import words
from core.access import Access, Principal, Role
from core.errors import FrontdeskError
from core.records import now
from core.tenants import TenantId
from core.ticket_notes import TicketNotes
from core.tickets import TicketId

logger = logging.getLogger(__name__)

BACK = "back"
"""The parameter of a call that comes back to the desk because nobody took it; its value says why."""
MOST_TALKS = 3
"""How often a call comes back to the desk at most; then it is voicemail's."""
THE_DESK = "desk"
"""Whose note it is that says what became of a transfer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTerms:
    """How messages are taken: Twilio's name for each language, and the longest one, in seconds."""

    locale_of: Callable[[str], str]
    longest_s: int = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffSteps:
    """Decides by the plan that the talk left, and by what became of ringing people; else asks `plain`."""

    terms: TransferTerms
    messages: MessageTerms
    access: Access
    notes: TicketNotes
    plain: AfterCall
    clock: Callable[[], datetime] = now

    async def next_step(self, ended: Ended) -> NextStep:
        """What the call does next; see `AfterCall`.

        Raises:
            FrontdeskError: it can't be told.
        """
        if ended.what == "dial":
            return await self._after_dial(ended)
        way = ended.plan.get("way")
        if ended.what == "talk" and way == "transfer":
            return self._put_through(ended)
        if ended.what == "talk" and way == "voicemail":
            return self._take_message(ended)
        return await self.plain.next_step(ended)

    def _put_through(self, ended: Ended) -> NextStep:
        """Ring the people; they may have gone home since the caller was promised one."""
        tenant = TenantId(ended.call.tenant)
        if way_to_a_person(tenant, self.terms, self.clock()) != "transfer":
            return self._without_anybody(ended)
        values = {"t": tenant, "k": ended.plan.get("ticket", "")}
        whisper = self.access.seal(WHISPER_PURPOSE, dict(values), WHISPER_LIFE)
        return PutThrough(
            number=self.terms.number_of(tenant),
            rings_s=self.terms.rings_s,
            whisper_url=f"{WHISPER}?{urlencode({'pass': whisper})}"
            if self.terms.has_whisper and ended.plan.get("ticket")
            else "",
        )

    async def _after_dial(self, ended: Ended) -> NextStep:
        result = dial_result(ended.told)
        length = ended.told.get("DialCallDuration", "")
        after = f" after {length} s" if result == "talked" and length.isdecimal() else ""
        await self._note(ended, f"The call was put through to a person: {result}{after}.")
        if result in ("talked", "gone"):
            return HangUp()
        if self.terms.after_nobody == "desk" and ended.talks < MOST_TALKS:
            return TalkAgain(parameters={BACK: result})
        return self._without_anybody(ended)

    def _without_anybody(self, ended: Ended) -> NextStep:
        if self.terms.has_voicemail:
            return self._take_message(ended)
        language = _language(ended)
        return HangUp(say=f"{words('nobody', language)} {words('later', language)}")

    def _take_message(self, ended: Ended) -> NextStep:
        language = _language(ended)
        said = transfer_words("message", language)
        url = SoundPasses(access=self.access).url(VOICEMAIL, ended.call, language)
        slip = Slip(
            say=said,
            locale=self.messages.locale_of(language),
            after_url="/channels/voice/after?what=message",
            taken_url=url,
            longest_s=self.messages.longest_s,
        )
        return Document(twiml=message_document(slip))

    async def _note(self, ended: Ended, text: str) -> None:
        """Tell colleagues in the ticket; a note that can't be kept holds no caller up."""
        if not (ticket := ended.plan.get("ticket")):
            return
        desk = Principal(tenant=TenantId(ended.call.tenant), role=Role.STAFF, person=THE_DESK)
        name = ended.told.get("DialCallSid", ended.call.id)
        try:
            await self.notes.add(TicketId(ticket), desk, text, f"dial:{name}")
        except FrontdeskError as error:
            logger.warning("transfer_not_noted", extra={"error": type(error).__name__})


def _language(ended: Ended) -> str:
    return ended.plan.get("language") or ended.call.language
