"""Where a call goes after the talk: whom it rings, what becomes of that, and what is said on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.phone.plain_steps import PlainSteps
from channels.phone.staff_steps import MOST_TALKS, MessageTerms, StaffSteps
from channels.phone.steps import Document, Ended, HangUp, NextStep, PutThrough, TalkAgain
from channels.phone.transfer import (
    TransferTerms,
    dial_result,
    way_to_a_person,
    whisper_document,
    whispered,
)
from channels.phone.voicemail import Slip, is_sid, is_wav, message_document
from channels.simulators.call_twiml import Verb, parse_twiml
from channels.voice.telephone import Call
from core.access import Access
from core.conversations import Conversations
from core.errors import Unauthorized
from core.messages import Address
from core.outbox import Outbox
from core.phone_reach import may_be_mobile
from core.records import Records
from core.support_hours import SupportHours
from core.tenants import TenantId
from core.ticket_notes import TicketNotes
from core.tickets import Ticket, Tickets

pytestmark = pytest.mark.anyio

ACME = TenantId("acme")
HOURS = SupportHours.read("mon-fri 09:00-17:00")
MONDAY, SUNDAY = datetime(2026, 3, 2, 12, tzinfo=UTC), datetime(2026, 3, 1, 12, tzinfo=UTC)
TERMS = TransferTerms(number="+15005550111", hours=HOURS)


@pytest.mark.parametrize(
    ("terms", "moment", "way"),
    [
        (TERMS, MONDAY, "transfer"),
        (TERMS, SUNDAY, "voicemail"),
        (replace(TERMS, number=""), MONDAY, "voicemail"),
        (replace(TERMS, has_voicemail=False), SUNDAY, "none"),
        (replace(TERMS, numbers={"acme": ""}), MONDAY, "voicemail"),
        (replace(TERMS, number="", numbers={"acme": "+15005550112"}), MONDAY, "transfer"),
    ],
)
def test_a_caller_is_put_through_in_the_hours_of_the_team_alone(
    terms: TransferTerms, moment: datetime, way: str
) -> None:
    assert way_to_a_person(ACME, terms, moment) == way


@pytest.mark.parametrize(
    ("told", "result"),
    [
        ({"DialCallStatus": "completed"}, "talked"),
        ({"DialCallStatus": "answered", "DialBridged": "true"}, "talked"),
        ({"DialCallStatus": "completed", "DialBridged": "false"}, "no-answer"),
        ({"DialCallStatus": "busy"}, "busy"),
        ({"DialCallStatus": "no-answer"}, "no-answer"),
        ({"DialCallStatus": "no-answer", "CallStatus": "completed"}, "gone"),
        ({"DialCallStatus": "failed"}, "failed"),
        ({"DialCallStatus": "canceled"}, "gone"),
        ({}, "failed"),
    ],
)
def test_what_became_of_ringing_is_told_apart(told: Mapping[str, str], result: str) -> None:
    assert dial_result(told) == result


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=20)), st.text(max_size=20))
def test_whatever_is_told_is_one_of_the_results(told: dict[str, str], status: str) -> None:
    found = dial_result(told | {"DialCallStatus": status})
    assert found in ("talked", "busy", "no-answer", "failed", "gone")


def verbs_of(document: str) -> list[Verb]:
    return parse_twiml(document)


def test_a_whisper_says_the_summary_and_waits_for_a_key() -> None:
    said = whispered("Facts: A-4711\nAsked: Where is my lamp?", "77ab12cd", "en")
    gather, hang_up = verbs_of(whisper_document(said, "en-US"))
    assert (gather.name, hang_up.name) == ("Gather", "Hangup")
    assert gather.get("numDigits") == "1"
    assert "Where is my lamp?" in gather.text
    assert "Press any key" in gather.text
    assert not any(sign.isdigit() for sign in gather.text)


@given(st.text(max_size=3000), st.sampled_from(["en", "es", "de", "fr", "xx", ""]))
def test_no_summary_breaks_out_of_its_document(summary: str, language: str) -> None:
    hostile = "".join(sign for sign in summary if sign.isprintable()) + "</Say><Dial>+1900</Dial>&<"
    said = whispered(hostile, "77ab12", language)
    assert [verb.name for verb in verbs_of(whisper_document(said, "en-US"))] == ["Gather", "Hangup"]
    assert len(said) < 5000


def test_a_message_is_taken_down_and_told_of_twice() -> None:
    slip = Slip(say="Please <speak> & wait.", locale="de-DE", after_url="/a?what=message", taken_url="/v?p=1",
                longest_s=60)  # fmt: skip
    say, record, redirect = verbs_of(message_document(slip))
    assert (say.text, say.get("language")) == ("Please <speak> & wait.", "de-DE")
    assert record.get("maxLength") == "60"
    assert record.get("recordingStatusCallback") == "/v?p=1"
    assert record.get("action") == redirect.text == "/a?what=message"


@given(st.text())
def test_no_other_text_is_a_recordings_id_or_a_sound(text: str) -> None:
    assert is_sid(text) == (
        len(text) == 34 and text[:2] == "RE" and not set(text[2:]) - set("0123456789abcdef")
    )
    assert not is_wav(text.encode(errors="replace")) or text.startswith("RIFF")


@pytest.mark.parametrize(
    ("number", "may"),
    [
        ("+15005550177", True),
        ("+491711234567", True),
        ("+447700900123", True),
        ("+4930123456", False),
        ("+34911234567", False),
        ("+33123456789", False),
        ("+18005550100", False),
        ("+266696687", False),
        ("anonymous", False),
        ("", False),
        ("+1 (500) 555-0177", False),
        ("client:ann", False),
        ("sip:ann@example.com", False),
    ],
)
def test_withheld_numbers_and_landlines_get_no_texts(number: str, may: bool) -> None:
    assert may_be_mobile(number) is may


class Staff:
    """People behind a desk, a ticket, and what follows a talk."""

    def __init__(self, records: Records, ticket: Ticket, conversation_id: str) -> None:
        outbox = Outbox(records)
        self.ticket = ticket
        self.access = Access(records, b"secret" * 8)
        self.notes = TicketNotes(records, Tickets(records, outbox))
        self.call = Call(
            id="CA1",
            tenant=ACME,
            caller="+15005550177",
            called="+15005550100",
            conversation_id=conversation_id,
            language="de",
        )

    def steps(self, moment: datetime = MONDAY, **terms: Any) -> StaffSteps:
        return StaffSteps(
            terms=replace(TERMS, **terms),
            messages=MessageTerms(locale_of=lambda language: f"{language}-XX"),
            access=self.access,
            notes=self.notes,
            plain=PlainSteps(),
            clock=lambda: moment,
        )

    def ended(self, what: Any = "talk", talks: int = 1, way: str = "transfer", **told: str) -> Ended:
        plan = {"way": way, "ticket": self.ticket.id, "language": "en"} if way else {}
        return Ended(call=self.call, what=what, told=told, plan=plan, talks=talks)

    async def noted(self) -> list[str]:
        return [note.text for note in await self.notes.of(ACME, self.ticket.id)]


@pytest.fixture
async def staff(tmp_path: Path) -> Any:
    records = await Records.open_file(tmp_path / "desk.sqlite")
    outbox = Outbox(records)
    conversation = await Conversations(records, outbox).start(ACME, Address(channel="phone", person="+1"))
    ticket = await Tickets(records, outbox).open(conversation, None)
    yield Staff(records, ticket, conversation.id)
    await records.close()


async def test_who_was_promised_a_person_is_put_through_with_a_whisper(staff: Staff) -> None:
    step = await staff.steps().next_step(staff.ended())
    assert isinstance(step, PutThrough)
    assert step.number == "+15005550111"
    asked = urlsplit(step.whisper_url)
    assert asked.path == "/channels/voice/whisper"
    sealed = parse_qs(asked.query)["pass"][0]
    assert staff.access.unseal("whisper", sealed)["k"] == staff.ticket.id
    with pytest.raises(Unauthorized):
        staff.access.unseal("call sound", sealed)


async def test_a_whisper_may_be_switched_off(staff: Staff) -> None:
    step = await staff.steps(has_whisper=False).next_step(staff.ended())
    assert isinstance(step, PutThrough)
    assert step.whisper_url == ""


def recorded(step: NextStep) -> Verb:
    assert isinstance(step, Document)
    return next(verb for verb in verbs_of(step.twiml) if verb.name == "Record")


async def test_people_who_went_home_meanwhile_leave_the_caller_a_voicemail(staff: Staff) -> None:
    record = recorded(await staff.steps(moment=SUNDAY).next_step(staff.ended()))
    assert record.get("recordingStatusCallback").startswith("/channels/voice/voicemail?pass=")


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed"])
async def test_a_caller_whom_nobody_took_comes_back_to_the_desk(staff: Staff, status: str) -> None:
    told = staff.ended("dial", DialCallStatus=status, DialCallSid="CA2")
    assert await staff.steps().next_step(told) == TalkAgain(parameters={"back": status})
    await staff.steps().next_step(told)
    assert await staff.noted() == [f"The call was put through to a person: {status}."]


async def test_a_caller_whom_nobody_took_may_leave_a_message_instead(staff: Staff) -> None:
    told = staff.ended("dial", DialCallStatus="busy")
    recorded(await staff.steps(after_nobody="voicemail").next_step(told))
    recorded(await staff.steps().next_step(replace(told, talks=MOST_TALKS)))
    step = await staff.steps(after_nobody="voicemail", has_voicemail=False).next_step(told)
    assert isinstance(step, HangUp)
    assert "nobody" in step.say


async def test_a_call_that_a_person_took_is_over_and_noted(staff: Staff) -> None:
    told = staff.ended("dial", DialCallStatus="completed", DialBridged="true", DialCallDuration="42")
    assert await staff.steps().next_step(told) == HangUp()
    assert await staff.noted() == ["The call was put through to a person: talked after 42 s."]


async def test_hostile_words_of_the_carrier_do_no_harm(staff: Staff) -> None:
    told = staff.ended(
        "dial", DialCallStatus="<Dial>" * 2000, DialCallDuration="9" * 5000, DialCallSid="x" * 99
    )
    assert isinstance(await staff.steps().next_step(told), TalkAgain)
    assert await staff.noted() == ["The call was put through to a person: failed."]


async def test_a_ticket_that_is_gone_holds_no_caller_up(staff: Staff) -> None:
    told = replace(staff.ended("dial", DialCallStatus="busy"), plan={"way": "transfer", "ticket": "nobody's"})
    assert isinstance(await staff.steps().next_step(told), TalkAgain)


async def test_a_talk_without_a_plan_ends_as_the_settings_say(staff: Staff) -> None:
    assert await staff.steps().next_step(staff.ended(way="")) == HangUp()
    recorded(await staff.steps().next_step(staff.ended(way="voicemail")))
