"""What follows from a call, over a whole desk: whispers, voicemails, links by text, replies, records."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from twilio.request_validator import RequestValidator

from channels.app import create_app
from channels.channel import SendRefused
from channels.door import Door
from channels.phone.account import phone_account
from channels.phone.channel import PhoneChannel
from channels.phone.people import CallPeople, call_people, phone_channel
from channels.phone.recordings import SOUND_PURPOSE, SoundPasses
from channels.phone.staff_steps import WHISPER_PURPOSE
from channels.phone.twiml import TwimlWriter
from channels.simulators.call_line import Line as CallLine
from channels.simulators.call_live import Ends, LiveCall
from channels.simulators.call_simulator import CallSimulator
from channels.simulators.call_twiml import parse_twiml
from channels.sms.said import said_in
from channels.voice.call_report import CallReport, SaidLine
from channels.voice.recogniser import Transcript
from channels.voice.sound import Samples, to_mulaw, tone
from channels.voice.talk_parts import PersonWish
from channels.voice.telephone import Call
from channels.voice.turn_latency import TurnLatency
from config.settings import Settings
from core.access import Principal, Role
from core.assembly import Desk, assemble
from core.errors import Refused, SpeechUnavailable
from core.inbox import Inbound
from core.messages import Address, Answer, ConversationId, Message, MessageId
from core.outbound import OutboundMessage
from core.phone_reach import PHONE
from core.records import now
from core.support_hours import SupportHours
from core.tenants import DEFAULT_TENANT, TenantId
from core.uploads import Upload

pytestmark = pytest.mark.anyio

CALLER, CALLED = "+15005550177", "+15005550100"
SID = "RE" + "0a" * 16
BASE = "http://desk.test"
STAFF = Principal(tenant=DEFAULT_TENANT, role=Role.STAFF, person="key:Ana", name="Ana")
RETURNS = "# Returns\n\nLamps can be returned within 30 days of purchase.\n"


@dataclass
class Planned:
    """Where a plan is kept."""

    plans: dict[str, Mapping[str, str]] = field(default_factory=dict)

    async def plan(self, call: Call, plan: Mapping[str, str]) -> None:
        self.plans[call.id] = plan


class Ears:
    """A recogniser that knows what is said, once there is enough sound."""

    name = "ears"
    languages: frozenset[str] = frozenset()

    def __init__(self, text: str, *, is_gone: bool = False) -> None:
        self.text, self.is_gone, self.heard = text, is_gone, 0

    async def warm(self) -> None:
        """Nothing."""

    def begin(self, *, language: str = "", hints: Sequence[str] = ()) -> Ears:
        return self

    def feed(self, samples: Samples) -> None:
        self.heard += len(samples)

    async def partial(self) -> str:
        return ""

    async def finish(self) -> Transcript:
        if self.is_gone:
            raise SpeechUnavailable("the recogniser is gone")
        return Transcript(text=self.text if self.heard else "")

    def cancel(self) -> None:
        """Nothing."""

    async def close(self) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A desk with a telephone, the carrier, and a call that came in."""

    desk: Desk
    door: Door
    client: httpx.AsyncClient
    carrier: CallSimulator
    planned: Planned
    people: CallPeople
    call: Call

    async def post(self, path: str, fields: Mapping[str, str], sealed: str = "", signer: str = "") -> Any:
        """A request that is signed as the carrier signs it, or by another."""
        account = phone_account(self.door.settings)
        url = f"{BASE}{path}" + (f"?{urlencode({'pass': sealed})}" if sealed else "")
        sent = {"AccountSid": account.sid, **fields}
        signature = RequestValidator(signer or account.auth_token).compute_signature(url, sent)
        return await self.client.post(url, data=sent, headers={"X-Twilio-Signature": signature})

    def sealed(self, purpose: str, ticket: str = "", life: timedelta = timedelta(minutes=1)) -> str:
        call = self.call
        values = {"t": call.tenant, "c": call.id, "k": ticket, "l": "en", "v": call.conversation_id}
        return self.desk.access.seal(purpose, values | {"f": call.caller, "d": call.called}, life)

    async def left_message(
        self, sid: str = SID, *, path: str = "/channels/voice/voicemail", sealed: str = ""
    ) -> Any:
        """A message was left: its sound is at the carrier, which tells the desk."""
        live = LiveCall(
            Ends(account_sid=self.carrier.account_sid, from_=CALLER, to=CALLED),
            CallLine(None),
            self.carrier.webhooks,
        )
        live.recordings[sid] = to_mulaw(tone(2.0))
        self.carrier.calls[live.sid] = live
        live.api_url = self.carrier.api_url
        fields = {
            "CallSid": self.call.id,
            "RecordingSid": sid,
            "RecordingUrl": live.recording_url(sid),
            "RecordingStatus": "completed",
            "RecordingDuration": "2",
        }
        return await self.post(path, fields, sealed or self.sealed(SOUND_PURPOSE))

    async def work(self, channel: PhoneChannel) -> list[Inbound]:
        """Handle what came in for the telephone; what was handled."""
        inbox = self.desk.stores.inbox
        due = await inbox.due(["phone"], most=9)
        for held, inbound in due:
            await inbox.queue.hold(held)
            await channel.handle(inbound)
            await inbox.done(held)
        return [inbound for _, inbound in due]

    async def answer(self, question: str) -> Answer:
        message = Message(
            id=MessageId(f"q:{question}"),
            conversation_id=ConversationId(self.call.conversation_id),
            text=question,
            address=self.address,
        )
        events = [event async for event in self.desk.answerer.answer(message)]
        assert isinstance(events[-1], Answer)
        return events[-1]

    @property
    def address(self) -> Address:
        return Address(channel=PHONE, account=CALLED, person=CALLER, thread=self.call.id)

    async def texts(self) -> list[OutboundMessage]:
        """What is to be texted to the caller."""
        id = ConversationId(self.call.conversation_id)
        found = await self.desk.stores.outbound.of_conversation(DEFAULT_TENANT, id)
        return [message for message in found if message.address.channel == "sms"]

    def wish(self, reason: Any = "asked") -> PersonWish:
        return PersonWish(call=self.call, reason=reason, language="en")


@asynccontextmanager
async def opened(settings: Settings, **calls: Any) -> AsyncIterator[Office]:
    settings.data.mkdir(parents=True, exist_ok=True)
    account = phone_account(settings)
    carrier = CallSimulator(account_sid=account.sid, auth_token=account.auth_token, voice_url=BASE)
    async with carrier.serving() as api:
        phone = settings.phone.model_copy(
            update={"simulator_port": int(api.rpartition(":")[2]), "transfer_number": "+15005550111"}
        )
        chosen = settings.model_copy(
            update={"phone": phone, "calls": settings.calls.model_copy(update=calls)}
        )
        async with assemble(chosen) as desk:
            door = Door(desk=desk, settings=chosen)
            app = create_app(desk, chosen)
            planned = Planned()
            people = call_people(door, planned)
            address = Address(channel=PHONE, account=CALLED, person=CALLER, thread="CA1")
            conversation = await desk.answerer.conversations.start(DEFAULT_TENANT, address)
            call = Call(
                id="CA1",
                tenant=DEFAULT_TENANT,
                caller=CALLER,
                called=CALLED,
                conversation_id=conversation.id,
                language="en",
            )
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
                yield Office(
                    desk=desk,
                    door=door,
                    client=client,
                    carrier=carrier,
                    planned=planned,
                    people=people,
                    call=call,
                )


@pytest.fixture
async def office(settings: Settings) -> AsyncIterator[Office]:
    async with opened(settings) as found:
        yield found


async def test_a_wish_for_a_person_makes_a_ticket_and_a_plan(office: Office) -> None:
    hand_off = office.people.hand_off
    await office.answer("Where is my lamp?")
    assert await hand_off.find(office.wish()) == "transfer"
    await hand_off.take(office.wish(), "transfer")
    await hand_off.take(office.wish(), "transfer")
    (ticket,) = await office.desk.tickets.list(DEFAULT_TENANT)
    assert ticket.requester == CALLER
    assert office.planned.plans == {"CA1": {"way": "transfer", "ticket": ticket.id, "language": "en"}}


async def test_who_was_given_back_before_gets_a_ticket_all_the_same(office: Office) -> None:
    hand_off, staff = office.people.hand_off, office.desk.hand_off
    await hand_off.take(office.wish("not_understood"), "voicemail")
    (ticket,) = await office.desk.tickets.list(DEFAULT_TENANT)
    await staff.take(ticket.id, STAFF)
    await staff.give_back(ticket.id, STAFF)
    await hand_off.take(office.wish("not_understood"), "voicemail")
    assert len(await office.desk.tickets.list(DEFAULT_TENANT)) == 2


async def test_out_of_hours_a_caller_is_offered_voicemail(office: Office) -> None:
    found = office.people.hand_off
    terms = replace(found.terms, hours=SupportHours.read("mon-fri 09:00-17:00"))
    for day, way in ((1, "voicemail"), (2, "transfer")):
        at_noon = replace(found, terms=terms, clock=partial(datetime, 2026, 3, day, 12, tzinfo=UTC))
        assert await at_noon.find(office.wish()) == way


async def test_whoever_picks_up_hears_what_it_is_about_and_takes_it_by_a_key(office: Office) -> None:
    await office.answer("Where is my lamp?")
    await office.people.hand_off.take(office.wish(), "transfer")
    sealed = office.sealed(WHISPER_PURPOSE, office.planned.plans["CA1"]["ticket"])
    told = await office.post("/channels/voice/whisper", {}, sealed)
    gather, hang_up = parse_twiml(told.text)
    assert "Where is my lamp?" in gather.text
    assert hang_up.name == "Hangup"
    taken = await office.post("/channels/voice/whisper", {"Digits": "5"}, sealed)
    assert parse_twiml(taken.text) == []


async def test_a_whisper_is_for_its_carrier_its_purpose_and_a_short_time_alone(office: Office) -> None:
    path, good = "/channels/voice/whisper", office.sealed(WHISPER_PURPOSE)
    assert (await office.post(path, {}, good)).status_code == 200
    assert (await office.post(path, {}, good, signer="another")).status_code == 403
    assert (await office.post(path, {}, office.sealed(SOUND_PURPOSE))).status_code == 403
    late = office.sealed(WHISPER_PURPOSE, life=timedelta(seconds=-1))
    assert (await office.post(path, {}, late)).status_code == 403
    assert (await office.post(path, {})).status_code == 403
    assert (await office.client.post(path, json={"a": 1})).status_code == 403


async def test_a_message_becomes_a_ticket_with_its_words_and_its_sound_once(office: Office) -> None:
    channel = phone_channel(office.door, Ears("Please call me about order A-4711."))
    for _ in range(2):
        assert (await office.left_message()).status_code == 204
    assert len(await office.work(channel)) == 1
    assert (await office.left_message()).status_code == 204
    assert await office.work(channel) == []
    (ticket,) = await office.desk.tickets.list(DEFAULT_TENANT)
    assert "A-4711" in ticket.summary
    (note,) = await office.desk.notes.of(DEFAULT_TENANT, ticket.id)
    assert "Please call me" in note.text
    assert f"/v1/calls/CA1/sounds/{SID}" in note.text
    assert CALLER in note.text
    (sound,) = await office.desk.stores.sounds.of(DEFAULT_TENANT, "CA1")
    assert (sound.kind, sound.ticket_id, sound.text) == (
        "voicemail",
        ticket.id,
        "Please call me about order A-4711.",
    )
    assert (await office.desk.stores.sounds.data(sound))[:4] == b"RIFF"


async def test_a_message_that_is_handled_again_after_a_crash_does_no_harm(office: Office) -> None:
    channel = phone_channel(office.door, Ears("Call me."))
    await office.left_message()
    ((_, inbound),) = await office.desk.stores.inbox.due(["phone"], most=9)
    for _ in range(3):
        await channel.handle(inbound)
    (ticket,) = await office.desk.tickets.list(DEFAULT_TENANT)
    assert len(await office.desk.notes.of(DEFAULT_TENANT, ticket.id)) == 1
    assert len(await office.desk.stores.sounds.of(DEFAULT_TENANT, "CA1")) == 1


@pytest.mark.parametrize("ears", [None, Ears("x", is_gone=True)], ids=["no recogniser", "one that is gone"])
async def test_a_message_nobody_can_make_out_is_a_ticket_all_the_same(office: Office, ears: Any) -> None:
    await office.left_message()
    await office.work(phone_channel(office.door, ears))
    (ticket,) = await office.desk.tickets.list(DEFAULT_TENANT)
    assert "could not be made out" in ticket.summary


async def test_a_message_on_an_open_ticket_joins_it(office: Office) -> None:
    await office.people.hand_off.take(office.wish(), "voicemail")
    await office.left_message()
    await office.work(phone_channel(office.door, Ears("Call me.")))
    (ticket,) = await office.desk.tickets.list(DEFAULT_TENANT)
    assert len(await office.desk.notes.of(DEFAULT_TENANT, ticket.id)) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"RecordingSid": "RE../../x"},
        {"RecordingSid": ""},
        {"RecordingUrl": ""},
        {"CallSid": "CA2"},
    ],
)
async def test_a_message_that_is_none_is_refused(office: Office, change: dict[str, str]) -> None:
    fields = {
        "CallSid": "CA1",
        "RecordingSid": SID,
        "RecordingUrl": "http://x",
        "RecordingStatus": "completed",
    }
    told = await office.post("/channels/voice/voicemail", fields | change, office.sealed(SOUND_PURPOSE))
    assert told.status_code == 422
    assert await office.desk.stores.inbox.due(["phone"], most=9) == []


async def test_a_forged_message_and_one_that_is_absent_leave_nothing(office: Office) -> None:
    path, fields = "/channels/voice/voicemail", {"CallSid": "CA1", "RecordingSid": SID}
    sealed = office.sealed(SOUND_PURPOSE)
    assert (await office.post(path, fields, sealed, signer="another")).status_code == 403
    assert (await office.post(path, fields, "forged")).status_code == 403
    absent = fields | {"RecordingStatus": "absent", "RecordingUrl": ""}
    assert (await office.post(path, absent, sealed)).status_code == 204
    assert await office.desk.stores.inbox.due(["phone"], most=9) == []


async def test_sound_is_fetched_from_the_accounts_own_api_alone_and_is_a_sound(office: Office) -> None:
    channel = phone_channel(office.door)
    fields = {"CallSid": "CA1", "RecordingSid": SID, "RecordingStatus": "completed"}
    elsewhere = fields | {"RecordingUrl": "http://127.0.0.1:1/Accounts/x"}
    await office.post("/channels/voice/voicemail", elsewhere, office.sealed(SOUND_PURPOSE))
    with pytest.raises(Refused):
        await office.work(channel)
    assert await office.desk.tickets.list(DEFAULT_TENANT) == []


async def test_sound_over_the_limit_is_refused(settings: Settings) -> None:
    async with opened(settings, sound_bytes=1000) as office:
        await office.left_message()
        with pytest.raises(Refused):
            await office.work(phone_channel(office.door))
        assert await office.desk.stores.sounds.of(DEFAULT_TENANT, "CA1") == []


async def test_a_recording_is_kept_for_its_days_and_calls_nobody(office: Office) -> None:
    url = SoundPasses(access=office.desk.access).recording_url(office.call)
    writer = TwimlWriter(url="", transport="relay", locales={"en": "en-US"})
    start, connect = parse_twiml(writer.connect("sealed", "en", recording_url=url))
    (order,) = start.inside
    assert (order.name, order.get("channels"), connect.name) == ("Recording", "dual", "Connect")
    assert order.get("recordingStatusCallback") == url
    path, _, sealed = url.partition("?pass=")
    await office.left_message(path=path, sealed=sealed)
    await office.work(phone_channel(office.door))
    (sound,) = await office.desk.stores.sounds.of(DEFAULT_TENANT, "CA1")
    assert sound.kind == "recording"
    assert sound.keep_until is not None
    assert await office.desk.tickets.list(DEFAULT_TENANT) == []


async def test_staff_alone_hear_a_message(office: Office) -> None:
    await office.left_message()
    await office.work(phone_channel(office.door))
    path = f"/v1/calls/CA1/sounds/{SID}"
    assert (await office.client.get(path)).status_code == 401
    for role, status in ((Role.STAFF, 200), (Role.CUSTOMER, 403)):
        key = await office.desk.access.create_key(DEFAULT_TENANT, role, "test")
        heard = await office.client.get(path, headers={"Authorization": f"Bearer {key}"})
        assert heard.status_code in {status, 401} if role is Role.CUSTOMER else heard.status_code == status
    other = await office.desk.access.create_key(TenantId("other"), Role.STAFF, "test")
    headers = {"Authorization": f"Bearer {other}"}
    assert (await office.client.get(path, headers=headers)).status_code == 404
    assert (await office.client.get("/v1/calls", headers=headers)).json() == []
    mine = {"Authorization": f"Bearer {await office.desk.access.create_key(DEFAULT_TENANT, Role.STAFF, 'n')}"}
    assert [one["call_id"] for one in (await office.client.get("/v1/calls", headers=mine)).json()] == ["CA1"]
    whole = (await office.client.get("/v1/calls/CA1", headers=mine)).json()
    assert whole["sounds"][0]["sound_id"] == SID


async def stocked(office: Office) -> Answer:
    await office.desk.ingester.accept([Upload(data=RETURNS.encode(), name="returns.md")])
    async for _ in office.desk.ingester.run():
        pass
    answer = await office.answer("How long can lamps be returned?")
    assert answer.citations
    return answer


async def test_links_go_by_text_to_a_caller_who_agreed_once_and_the_yes_is_kept(office: Office) -> None:
    answer, links = await stocked(office), office.people.links
    assert links is not None
    assert await links.may_offer(office.call, answer)
    sent = await asyncio.gather(*(links.send(office.call, answer, "yes please") for _ in range(2)))
    assert sent == [True, True]
    (text,) = await office.texts()
    assert text.address == Address(channel="sms", account=CALLED, person=CALLER)
    (words,) = said_in(text)
    assert "/s/" in words
    assert "returns.md" in words
    newest = await office.desk.stores.consents.latest(DEFAULT_TENANT, text.address)
    assert newest is not None
    assert (newest.is_given, newest.how, newest.words) == (True, "call", "yes please")
    line = await office.desk.stores.lines.find(DEFAULT_TENANT, text.address)
    assert line is not None
    assert line.conversation_id == office.call.conversation_id


async def test_no_links_go_to_who_ended_texts_or_can_get_none(office: Office) -> None:
    answer, links = await stocked(office), office.people.links
    assert links is not None
    for caller in ("anonymous", "", "+4930123456", "+266696687"):
        call = Call(id="CA9", tenant=DEFAULT_TENANT, caller=caller, called=CALLED,
                    conversation_id=office.call.conversation_id)  # fmt: skip
        assert not await links.may_offer(call, answer)
        assert not await links.send(call, answer)
    stopped = Address(channel="sms", account="+15005550199", person=CALLER)
    await office.desk.stores.consents.note(DEFAULT_TENANT, stopped, is_given=False, how="STOP")
    assert not await links.may_offer(office.call, answer)
    assert not await links.send(office.call, answer)
    assert await office.texts() == []


async def test_an_answer_without_sources_offers_nothing(office: Office) -> None:
    answer, links = await office.answer("hello"), office.people.links
    assert links is not None
    assert not await links.may_offer(office.call, answer)


async def test_a_persons_reply_reaches_a_caller_who_agreed_to_texts(office: Office) -> None:
    answer, links, staff = await stocked(office), office.people.links, office.desk.hand_off
    assert links is not None
    await links.send(office.call, answer, "yes")
    await office.people.hand_off.take(office.wish(), "transfer")
    (ticket,) = await office.desk.tickets.list(DEFAULT_TENANT)
    await staff.take(ticket.id, STAFF)
    await staff.reply(ticket.id, STAFF, "It is on its way.", "1")
    replies = [text for text in await office.texts() if text.kind == "reply"]
    assert [said_in(text) for text in replies] == [("Ana: It is on its way.",)]
    assert replies[0].address.person == CALLER


async def test_staff_are_told_that_a_caller_has_only_a_telephone(office: Office) -> None:
    staff = office.desk.hand_off
    await office.people.hand_off.take(office.wish(), "transfer")
    (ticket,) = await office.desk.tickets.list(DEFAULT_TENANT)
    await staff.take(ticket.id, STAFF)
    with pytest.raises(Refused, match="only a telephone"):
        await staff.reply(ticket.id, STAFF, "It is on its way.", "1")
    conversation_id = ConversationId(office.call.conversation_id)
    kept = await office.desk.answerer.conversations.get(DEFAULT_TENANT, conversation_id)
    assert kept.staff_messages == ()
    assert await office.texts() == []
    with pytest.raises(SendRefused):
        message = OutboundMessage(id="x", tenant=DEFAULT_TENANT, address=office.address, kind="reply")
        await phone_channel(office.door).send(message)


def a_report(call: Call) -> CallReport:
    return CallReport(
        call=call,
        began_at=now(),
        lasted_s=12.5,
        language="en",
        reason="hung_up",
        lines=(
            SaidLine(
                at=0, who="desk", text="Hello. I am a robot.", language="en", kind="phrase", heard="Hello."
            ),
            SaidLine(at=2, who="caller", text="Hi", language="en", kind="speech", confidence=0.5),
            SaidLine(at=3, who="desk", text="Bye.", language="en", kind="phrase", heard="Bye."),
        ),
        turns=(TurnLatency(question_id="q", at=2.5, eot_wait=0.7, send=0.001, until_sound=1.2),),
    )


async def test_a_talk_is_kept_once_while_its_call_is_told_to_go_on(office: Office) -> None:
    keeper, calls = office.people.keeper, office.desk.stores.calls
    report = a_report(office.call)
    held: list[str | None] = []

    async def talks(telephone: Any) -> None:
        held.append((await calls.get(DEFAULT_TENANT, "CA1")).id)
        await keeper.keep(report)
        await keeper.keep(report)

    class Phone:
        call = office.call

    await keeper.recorded(talks)(Phone())  # type: ignore[arg-type]
    assert held == ["CA1"]
    call = await calls.get(DEFAULT_TENANT, "CA1")
    assert (call.disclosure, call.language, len(call.talks)) == ("Hello.", "en", 1)
    (turn,) = await calls.turns(DEFAULT_TENANT, "CA1")
    assert turn.latencies == {"eot_wait": 700.0, "asr_final": 0.0, "send": 1.0, "until_sound": 1200.0}


async def test_a_talk_of_a_call_nobody_began_is_kept_too(office: Office) -> None:
    await office.people.keeper.keep(a_report(office.call))
    assert (await office.desk.stores.calls.get(DEFAULT_TENANT, "CA1")).caller == CALLER


@pytest.mark.parametrize("length", ["12", "", "-1", "9" * 400, "٣", "1e9"])
async def test_hostile_status_callbacks_are_taken_as_far_as_they_make_sense(
    office: Office, length: str
) -> None:
    keeper, calls = office.people.keeper, office.desk.stores.calls
    told = {"CallSid": "CA1", "CallStatus": "completed", "CallDuration": length, "From": CALLER, "To": CALLED}
    assert await keeper.told(DEFAULT_TENANT, told)
    assert not await keeper.told(DEFAULT_TENANT, told)
    assert not await keeper.told(DEFAULT_TENANT, {"CallSid": "CA1", "CallStatus": "on fire"})
    assert not await keeper.told(DEFAULT_TENANT, {"CallStatus": "ringing"})
    call = await calls.get(DEFAULT_TENANT, "CA1")
    assert (call.state, call.duration_s) == ("completed", 12 if length == "12" else None)
