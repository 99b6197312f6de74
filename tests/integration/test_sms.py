"""Text messages through a whole desk: a simulated carrier posts to real sockets, and hears back by REST."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, cast

import anyio
import httpx
import pytest
from pydantic import SecretStr
from pypdfium2 import PdfDocument

from channels.channel_work import ChannelWork
from channels.doors import open_doors
from channels.simulators.credentials import twilio_credentials
from channels.simulators.sms_simulator import FIRST_NUMBER, SmsSimulator
from channels.simulators.sms_texts import BY_API, Media, Text
from channels.simulators.sms_webhooks import Timing
from channels.sms.codes import SmsCodes
from config.phone_settings import PhoneSettings
from config.settings import Settings
from core.access import Principal, Role
from core.assembly import Desk
from core.conversation import Conversation
from core.errors import SearchUnavailable
from core.inbox import Inbox
from core.messages import Address
from core.outbound import Outbound, OutboundMessage
from core.records import now
from core.search import PassageIndex
from core.tenants import DEFAULT_TENANT, TenantId
from tests.fakes.running_desk import RunningDesk, running_desk

pytestmark = pytest.mark.anyio

PHONE = "+15005550177"
RETURNS = """# Returns

Lamps can be returned within 30 days of purchase.

# Delivery

Parcels arrive within five working days after the order. Delivery to an island takes nine working days.
"""
LONG = """# Warranty

The warranty of a lamp is two years from the day of purchase, as long as it was not opened by anybody \
but us, was used indoors in a dry room, and is back with the bill in the box that it was once bought in.
"""


@dataclass
class Talk:
    """A phone, the carrier it is with, and the desk that it texts."""

    carrier: SmsSimulator
    running: RunningDesk
    phone: str = PHONE
    seen: int = field(default=0)

    async def text(self, words: str, **more: Any) -> str:
        return await self.carrier.text(self.phone, words, **more)

    async def replies(self, count: int = 1) -> list[Text]:
        """The next texts that reach the phone."""
        wanted = self.seen + count
        await self.carrier.wait_until(lambda: len(self.carrier.inbox(self.phone)) >= wanted, 30)
        found = self.carrier.inbox(self.phone)[self.seen : wanted]
        self.seen = wanted
        return found

    async def ask(self, words: str, **more: Any) -> str:
        await self.text(words, **more)
        return (await self.replies())[0].body

    @property
    def sent(self) -> list[Text]:
        """What the desk has sent by the API."""
        return [text for text in self.carrier.messages if text.direction == BY_API]

    def outbound(self) -> list[OutboundMessage]:
        """The desk's own messages to this phone, oldest first."""
        found = self.running.call(self._outbound)
        return [message for message in found if message.address.person == self.phone]

    async def _outbound(self) -> list[OutboundMessage]:
        address = Address(channel="sms", account=FIRST_NUMBER, person=self.phone)
        stores = self.running.desk.stores
        line = await stores.lines.find(DEFAULT_TENANT, address)
        assert line is not None
        return await stores.outbound.of_conversation(DEFAULT_TENANT, line.conversation_id)

    async def conversation(self) -> Conversation:
        address = Address(channel="sms", account=FIRST_NUMBER, person=self.phone)
        line = self.running.call(self.running.desk.stores.lines.find, DEFAULT_TENANT, address)
        assert line is not None
        conversations = self.running.desk.answerer.conversations
        return self.running.call(conversations.get, DEFAULT_TENANT, line.conversation_id)

    async def comes_to(self, state: str, count: int = 1) -> bool:
        """Whether the last of so many messages comes to a state and stays there."""
        for _ in range(200):
            await anyio.sleep(0.05)
            if len(found := self.outbound()) == count and found[-1].state == state:
                break
        await anyio.sleep(0.3)
        return self.outbound()[-1].state == state

    async def until_refused(self, reason: str) -> None:
        for _ in range(200):
            await anyio.sleep(0.05)
            if [one for one in self.outbound_or_none() if one.reason == reason]:
                return
        raise AssertionError(f"nothing was refused because {reason}")

    def outbound_or_none(self) -> list[OutboundMessage]:
        try:
            return self.outbound()
        except AssertionError:
            return []


@asynccontextmanager
async def talking(
    settings: Settings, prepare: Callable[[Desk], Desk] = lambda desk: desk, **sms: Any
) -> AsyncIterator[Talk]:
    settings.data.mkdir(parents=True, exist_ok=True)
    credentials = twilio_credentials(settings.data)
    carrier = SmsSimulator(
        account_sid=credentials.account_sid, auth_token=credentials.auth_token, timing=Timing.quick()
    )
    async with carrier.serving() as api:
        where = {"simulator_port": int(api.rpartition(":")[2]), "api_url": api}
        chosen = settings.sms.model_copy(update={**where, **sms})
        own = settings.model_copy(update={"sms": chosen, "phone": PhoneSettings(transport="relay")})
        with running_desk(own, prepare, doors=True) as running:
            carrier.sms_url = f"{running.url}/channels/sms"
            yield Talk(carrier=carrier, running=running)


@pytest.fixture
async def talk(settings: Settings) -> AsyncIterator[Talk]:
    async with talking(settings) as talk:
        talk.running.publish(RETURNS, "returns.md")
        yield talk


async def test_a_text_gets_one_answer_with_its_source(talk: Talk) -> None:
    said = await talk.ask("How long can lamps be returned?")
    assert "30 days" in said
    assert "[1]" in said
    assert "/s/" in said


async def test_what_is_not_signed_for_this_address_is_refused(talk: Talk) -> None:
    for fault in ("wrong_signature", "wrong_url"):
        talk.carrier.faults.arm(fault)
        await talk.text("How long can lamps be returned?")
        assert talk.carrier.deliveries[-1].status == 403
    async with httpx.AsyncClient(base_url=f"{talk.running.url}/channels") as client:
        forged = await client.post("/sms", data={"MessageSid": "SM1", "Body": "hi"})
        status = await client.post("/sms/status?tenant=default&message=x", data={"a": "b"})
    assert (forged.status_code, status.status_code) == (403, 403)
    assert "30 days" in await talk.ask("How long can lamps be returned?")


async def test_behind_a_proxy_the_address_is_the_one_that_was_signed(talk: Talk) -> None:
    talk.carrier.faults.arm("proxied")
    assert "30 days" in await talk.ask("How long can lamps be returned?")


async def test_a_body_over_the_limit_is_cut_off(talk: Talk) -> None:
    talk.carrier.faults.arm("oversized")
    await talk.text("hello")
    assert talk.carrier.deliveries[-1].status == 413


async def test_the_same_delivery_is_answered_once_however_often_it_comes(talk: Talk) -> None:
    sid = await talk.text("How long can lamps be returned?")
    async with asyncio.TaskGroup() as tasks:
        for _ in range(5):
            tasks.create_task(talk.text("", message_sid=sid))
    await talk.replies()
    talk.carrier.faults.arm("duplicate")
    talk.carrier.faults.arm("retry")
    await talk.text("How long does delivery to an island take?")
    await talk.replies()
    assert "30 days" in await talk.ask("How long can lamps be returned?")
    assert len(talk.sent) == 3


async def test_two_processes_answer_each_text_once(settings: Settings) -> None:
    async with talking(settings) as talk:

        async def second() -> None:
            running = talk.running
            async with open_doors(running.app, running.app.state.door.settings) as channels:
                stores = running.desk.stores
                other = ChannelWork(Inbox(stores.records), Outbound(stores.records), channels)
                with anyio.move_on_after(8):
                    await other.run()

        beside = asyncio.create_task(asyncio.to_thread(talk.running.call, second))
        phones = [f"+1500555{number:04}" for number in range(12)]
        async with asyncio.TaskGroup() as tasks:
            for phone in phones:
                tasks.create_task(talk.carrier.text(phone, "hello"))
        await talk.carrier.wait_until(lambda: all(talk.carrier.inbox(phone) for phone in phones), 30)
        await beside
        assert [len(talk.carrier.inbox(phone)) for phone in phones] == [1] * len(phones)


async def test_keywords_are_answered_once_and_never_by_the_desk(talk: Talk) -> None:
    await talk.ask("hello")
    assert "unsubscribed" in await talk.ask("STOP")
    await talk.text("How long can lamps be returned?")
    await talk.text("stop please")
    assert "re-subscribed" in await talk.ask("START")
    assert "Reply STOP" in await talk.ask("HELP")
    assert "PERSONA avisa" in await talk.ask("ayuda")
    assert "no more messages" in await talk.ask("Please stop texting me!")
    assert "get our messages again" in await talk.ask("yes")
    assert "30 days" in await talk.ask("How long can lamps be returned?")
    conversation = await talk.conversation()
    assert [one.text for one in conversation.exchanges] == ["hello", "How long can lamps be returned?"]
    address = conversation.address
    consents = talk.running.call(talk.running.desk.stores.consents.all, conversation.tenant, address)
    assert [(one.is_given, one.how) for one in consents] == [
        (True, "message"), (False, "STOP"), (True, "START"), (False, "words"), (True, "START"),
    ]  # fmt: skip


async def test_on_whatsapp_the_desk_answers_keywords_itself(talk: Talk) -> None:
    talk.phone = f"whatsapp:{PHONE}"
    assert "30 days" in await talk.ask("How long can lamps be returned?", channel="whatsapp")
    assert "no more messages" in await talk.ask("STOP", channel="whatsapp")
    assert "get our messages again" in await talk.ask("start", channel="whatsapp")


async def test_who_opted_out_at_the_carrier_is_not_written_to_again(talk: Talk) -> None:
    talk.carrier.faults.arm("unsubscribed")
    await talk.text("How long can lamps be returned?")
    await talk.until_refused("they opted out at the carrier (Twilio error 21610)")
    calls = len(talk.carrier.calls)
    await talk.text("How long can lamps be returned?")
    assert "re-subscribed" not in await talk.ask("help")
    assert len(talk.carrier.calls) == calls


async def test_a_long_answer_comes_page_by_page(settings: Settings) -> None:
    async with talking(settings, parts=1) as talk:
        talk.running.publish(LONG, "warranty.md")
        said = [await talk.ask("How long is the warranty of a lamp?")]
        while said[-1].endswith("Reply MORE for the rest."):
            said.append(await talk.ask("more"))
        assert len(said) > 1
        together = " ".join(page.partition("\n")[0] for page in said)
        assert LONG.splitlines()[2] in together.replace(" [1]", "")
        assert all("/s/" in page or "[1]" not in page for page in said)
        assert all(text.parts == 1 for text in talk.sent)
        assert await talk.ask("MORE") == "That was all of it."


async def test_a_digit_is_a_verdict_only_where_it_was_asked_for(talk: Talk) -> None:
    said = await talk.ask("How long can lamps be returned?")
    assert said.endswith("Did this help? 1 yes, 2 no")
    assert "noted" in await talk.ask("2")
    counts = talk.running.call(talk.running.desk.feedback.counts, talk.running.desk.tenant.id)
    assert counts["down"] == 1
    assert "noted" not in await talk.ask("1")
    counts = talk.running.call(talk.running.desk.feedback.counts, talk.running.desk.tenant.id)
    assert counts.get("up", 0) == 0


async def test_a_short_link_leads_to_the_cited_words(talk: Talk) -> None:
    said = await talk.ask("How long can lamps be returned?")
    link = next(word for word in said.split() if "/s/" in word)
    async with httpx.AsyncClient() as client:
        moved = await client.get(link)
        assert moved.status_code == 303
        shown = await client.get(talk.running.url + moved.headers["location"])
        assert "<mark" in shown.text
        for wrong in ("/s/000000000000-1", "/s/x-1", "/s/..", f"{link[len(talk.running.url) :]}9"):
            assert (await client.get(talk.running.url + wrong)).status_code == 404


async def test_a_file_is_taken_into_the_talk_alone(talk: Talk) -> None:
    sheet = b"item,delivery\nThe green sofa,arrives on the third of March\n"
    media = [Media(content_type="text/csv", content=sheet)]
    assert "I have your file" in await talk.ask("", media=media)
    answer = await talk.ask("When does the green sofa arrive?")
    assert "third of March" in answer
    assert "/s/" not in answer
    other = replace(talk, phone="+15005550178", seen=0)
    assert "third of March" not in await other.ask("When does the green sofa arrive?")


async def test_a_pdf_can_be_asked_about(talk: Talk) -> None:
    pdf = await anyio.Path("tests/data/formats/sample.pdf").read_bytes()
    media = [Media(content_type="application/pdf", content=pdf)]
    assert await talk.ask("", media=media) == "I have your file file.pdf. Ask me about it."
    assert "5 EUR" in await talk.ask("What is the price of the Basic plan?")


async def test_words_beside_a_file_are_answered_from_it(talk: Talk) -> None:
    sheet = b"item,delivery\nThe green sofa,arrives on the third of March\n"
    media = [Media(content_type="text/csv", content=sheet)]
    assert "third of March" in await talk.ask("When does the green sofa arrive?", media=media)


async def test_files_that_are_too_large_empty_or_elsewhere_are_refused(settings: Settings) -> None:
    async with talking(settings, media_bytes=2000) as talk:
        large = [Media(content_type="text/plain", content=b"x" * 2001)]
        assert "larger than the limit" in await talk.ask("", media=large)
        empty = [Media(content_type="application/pdf", content=_empty_pdf())]
        assert "I could not take your file" in await talk.ask("", media=empty)
        own = talk.carrier.base_url
        talk.carrier.base_url = talk.running.url
        small = [Media(content_type="text/plain", content=b"words")]
        assert "does not come from the provider" in await talk.ask("", media=small)
        talk.carrier.base_url = own


async def test_what_the_provider_says_late_changes_nothing(talk: Talk) -> None:
    talk.carrier.faults.arm("status_shuffled")
    talk.carrier.faults.arm("status_duplicated")
    await talk.ask("How long can lamps be returned?")
    assert await talk.comes_to("delivered")
    talk.carrier.faults.arm("unreachable")
    await talk.text("How long does delivery to an island take?")
    assert await talk.comes_to("undelivered", count=2)
    assert talk.outbound()[-1].reason == "Twilio error 30003"


async def test_an_answer_lost_after_it_was_taken_is_not_sent_twice(talk: Talk) -> None:
    talk.carrier.faults.arm("lost_answer")
    talk.carrier.faults.arm("status_missing")
    assert "30 days" in await talk.ask("How long can lamps be returned?")
    assert await talk.comes_to("sent")
    assert len(talk.sent) == 1
    assert talk.outbound()[-1].provider_id == talk.sent[0].sid


@pytest.mark.parametrize("fault", ["rate_limited", "server_error"])
async def test_what_the_provider_does_not_take_now_is_sent_later(talk: Talk, fault: str) -> None:
    talk.carrier.faults.arm(fault)
    assert "30 days" in await talk.ask("How long can lamps be returned?")
    assert len(talk.sent) == 1


async def test_a_person_answers_by_text_and_notes_stay_inside(talk: Talk) -> None:
    desk, call = talk.running.desk, talk.running.call
    await talk.ask("I want to talk to a person")
    conversation = await talk.conversation()
    ticket = call(desk.tickets.of, conversation)[0]
    staff = Principal(tenant=conversation.tenant, role=Role.STAFF, person="link:Ann", name="Ann")
    call(desk.hand_off.take, ticket.id, staff)
    assert (await talk.replies())[0].body == "Ann is here now and reads what you write."
    call(desk.notes.add, ticket.id, staff, "do not tell them this")
    call(desk.hand_off.reply, ticket.id, staff, "Hello, it is on its way - “tomorrow”.")
    assert (await talk.replies())[0].body == 'Ann: Hello, it is on its way - "tomorrow".'
    await talk.text("thank you Ann")
    call(desk.hand_off.give_back, ticket.id, staff)
    assert (await talk.replies())[0].body == "You are talking to the assistant again."
    assert not [text for text in talk.sent if "do not tell" in text.body]


async def test_what_a_person_writes_at_length_arrives_whole(talk: Talk) -> None:
    words = " ".join(f"This is sentence number {number} of what I have to say." for number in range(80))
    address = Address(channel="sms", account=FIRST_NUMBER, person=PHONE)
    reply = OutboundMessage(
        id="reply:1",
        tenant=DEFAULT_TENANT,
        address=address,
        kind="reply",
        body={"name": "Ann", "text": words},
    )
    talk.running.call(talk.running.desk.stores.outbound.add, reply)
    said = [text.body for text in await talk.replies(3)]
    assert " ".join(said) == f"Ann: {words}"


async def test_a_real_account_is_texted_by_its_own_credentials(settings: Settings) -> None:
    own = twilio_credentials(settings.data)
    real = {"account_sid": own.account_sid, "auth_token": SecretStr(own.auth_token)}
    async with talking(settings, **real, keyword_replies="desk", numbers={FIRST_NUMBER: "acme"}) as talk:
        assert "What can I do for you" in await talk.ask("hello")
        address = Address(channel="sms", account=FIRST_NUMBER, person=PHONE)
        assert talk.running.call(talk.running.desk.stores.lines.find, TenantId("acme"), address)


def test_a_desk_that_no_simulator_listens_to_keeps_its_messages_quietly(settings: Settings) -> None:
    chosen = settings.sms.model_copy(update={"simulator_port": 9})
    with running_desk(settings.model_copy(update={"sms": chosen}), doors=True) as running:
        stores = running.desk.stores
        message = OutboundMessage(
            id="m", tenant=DEFAULT_TENANT, address=Address(channel="sms", account=FIRST_NUMBER, person=PHONE),
            kind="answer", body={"text": "hello"},
        )  # fmt: skip
        running.call(stores.outbound.add, message)
        for _ in range(100):
            kept = running.call(stores.outbound.get, DEFAULT_TENANT, "m")
            if kept.reason:
                break
            time.sleep(0.05)
        assert (kept.state, kept.reason) == ("waiting", "`frontdesk simulate sms` is not running")


async def test_while_the_documents_are_out_of_reach_there_is_one_apology(settings: Settings) -> None:
    class Away:
        def __getattr__(self, name: str) -> Any:
            raise SearchUnavailable("the passages are away")

    def without_search(desk: Desk) -> Desk:
        searcher = replace(desk.answerer.searcher, index=cast(PassageIndex, Away()))
        return replace(desk, answerer=replace(desk.answerer, searcher=searcher))

    async with talking(settings, prepare=without_search) as talk:
        said = await talk.ask("How long can lamps be returned?")
        assert said.startswith("I am sorry: I can't look into our documents at the moment.")
        await anyio.sleep(0.5)
        assert len(talk.sent) == 1


async def test_a_person_is_not_heard_in_quiet_hours_but_the_desk_answers(settings: Settings) -> None:
    moment = now()
    quiet = f"mon-sun {moment - timedelta(hours=1):%H:%M}-{moment + timedelta(hours=2):%H:%M}"
    async with talking(settings, quiet_hours=quiet) as talk:
        desk, call = talk.running.desk, talk.running.call
        await talk.ask("I want to talk to a person")
        conversation = await talk.conversation()
        ticket = call(desk.tickets.of, conversation)[0]
        staff = Principal(tenant=conversation.tenant, role=Role.STAFF, person="link:Ann", name="Ann")
        call(desk.hand_off.take, ticket.id, staff)
        call(desk.hand_off.reply, ticket.id, staff, "Good night.")
        call(desk.hand_off.give_back, ticket.id, staff)
        assert "can I do for you" in await talk.ask("hello")
        waiting = [one.kind for one in talk.outbound() if one.state == "waiting"]
        assert waiting == ["news", "reply", "news"]


async def test_a_one_time_code_comes_from_the_number_that_begins_talks(settings: Settings) -> None:
    async with talking(settings, sender=FIRST_NUMBER) as talk:
        codes = SmsCodes(talk.running.desk.stores.outbound, DEFAULT_TENANT, "Acme", "en")
        talk.running.call(codes.send, PHONE, "123456")
        assert (await talk.replies())[0].body == "Acme: your code is 123456. It is good for ten minutes."


def test_a_desk_without_the_door_has_none(settings: Settings) -> None:
    shut = settings.model_copy(update={"sms": settings.sms.model_copy(update={"simulator": "never"})})
    with running_desk(shut, doors=True) as running:
        assert httpx.post(f"{running.url}/channels/sms", data={"a": "b"}).status_code == 404


async def test_who_texts_too_much_hears_so_once(settings: Settings) -> None:
    async with talking(settings, texts_per_hour=2) as talk:
        for _ in range(5):
            await talk.text("hello")
        said = [text.body for text in await talk.replies(3)]
        assert sorted(said)[1:] == [
            "Hello! What can I do for you?",
            "That was a lot at once. Please wait a minute and ask again.",
        ]
        await anyio.sleep(0.5)
        assert len(talk.sent) == 3


def _empty_pdf() -> bytes:
    written = io.BytesIO()
    with PdfDocument.new() as document:
        document.new_page(72, 72).close()
        document.save(written)
    return written.getvalue()
