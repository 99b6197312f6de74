"""The simulated carrier, spoken to by Twilio's own client and checked by Twilio's own validator."""

from __future__ import annotations

import asyncio
import io
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
from fastapi import FastAPI, Request, Response
from rich.console import Console
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from channels.http_server import listening, served
from channels.simulators.credentials import twilio_credentials
from channels.simulators.sms_faults import ALWAYS, FAULTS, REFUSALS, UNDELIVERED
from channels.simulators.sms_simulator import FIRST_NUMBER, SmsSimulator
from channels.simulators.sms_terminal import SmsTerminal
from channels.simulators.sms_texts import Media
from channels.simulators.sms_webhooks import Timing
from core.errors import Misconfigured, Refused
from core.sms_text import segments

SID, TOKEN = "AC" + "5" * 32, "0123456789abcdef"
PHONE = "+15005550177"
PICTURE = b"\x89PNG\r\n\x1a\n"

pytestmark = pytest.mark.anyio


@dataclass
class StandInDesk:
    """A desk that keeps what it is sent and answers as it is told to."""

    url: str = ""
    received: list[dict[str, str]] = field(default_factory=list)
    statuses: list[dict[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    forged: list[dict[str, str]] = field(default_factory=list)
    answers: list[int | str | float] = field(default_factory=list)

    def app(self) -> FastAPI:
        app = FastAPI()

        async def taken(request: Request, kept: list[dict[str, str]]) -> Response:
            fields = {name: str(value) for name, value in (await request.form()).items()}
            seen = str(request.url)
            if "x-forwarded-host" in request.headers:
                host, proto = request.headers["x-forwarded-host"], request.headers["x-forwarded-proto"]
                seen = str(request.url.replace(scheme=proto, netloc=host))
            signature = request.headers.get("x-twilio-signature", "")
            if not RequestValidator(TOKEN).validate(seen, fields, signature):
                self.forged.append(fields)
                return Response(status_code=403)
            kept.append(fields)
            self.headers.append(dict(request.headers))
            answer = self.answers.pop(0) if self.answers else "<Response/>"
            if isinstance(answer, float):
                await asyncio.sleep(answer)
            if isinstance(answer, int):
                return Response(status_code=answer)
            return Response(str(answer), media_type="text/xml")

        @app.post("/channels/sms")
        async def sms(request: Request) -> Response:
            return await taken(request, self.received)

        @app.post("/channels/sms/status")
        async def status(request: Request) -> Response:
            return await taken(request, self.statuses)

        return app


@pytest.fixture
async def desk() -> AsyncIterator[StandInDesk]:
    stand_in = StandInDesk()
    with listening() as listener:
        stand_in.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with served(stand_in.app(), listener):
            yield stand_in


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def carrier(desk: StandInDesk, clock: Clock) -> AsyncIterator[SmsSimulator]:
    simulator = SmsSimulator(
        account_sid=SID,
        auth_token=TOKEN,
        sms_url=f"{desk.url}/channels/sms",
        clock=clock,
        timing=Timing.quick(),
    )
    async with simulator.serving():
        yield simulator


@dataclass
class Twilio:
    """Twilio's own client, called from a thread as it blocks."""

    client: Client
    status_url: str

    async def send(self, body: str = "Hello", to: str = PHONE, **more: Any) -> Any:
        said = {"to": to, "body": body, "from_": FIRST_NUMBER, "status_callback": self.status_url} | more
        return await asyncio.to_thread(lambda: self.client.messages.create(**said))

    async def refused(self, **said: Any) -> TwilioRestException:
        with pytest.raises(TwilioRestException) as refusal:
            await self.send(**said)
        return refusal.value


@pytest.fixture
async def twilio(carrier: SmsSimulator, desk: StandInDesk) -> AsyncIterator[Twilio]:
    client = Client(SID, TOKEN)
    client.api.base_url = carrier.base_url
    yield Twilio(client, f"{desk.url}/channels/sms/status")
    client.http_client.session.close()


async def test_a_text_reaches_the_desk_signed_with_every_field(
    carrier: SmsSimulator, desk: StandInDesk
) -> None:
    sid = await carrier.text(PHONE, "Where is my order?")
    fields = desk.received[0]
    assert fields["MessageSid"] == fields["SmsSid"] == fields["SmsMessageSid"] == sid
    assert sid.startswith("SM")
    assert len(sid) == 34
    assert (fields["From"], fields["To"], fields["Body"]) == (PHONE, FIRST_NUMBER, "Where is my order?")
    assert (fields["AccountSid"], fields["NumMedia"], fields["NumSegments"]) == (SID, "0", "1")
    assert (fields["ApiVersion"], fields["SmsStatus"], fields["FromCountry"]) == (
        "2010-04-01",
        "received",
        "US",
    )
    assert desk.headers[0]["i-twilio-idempotency-token"]
    assert "OptOutType" not in fields


async def test_a_message_of_the_desk_reaches_the_phone_and_its_states_come_in_order(
    carrier: SmsSimulator, desk: StandInDesk, twilio: Twilio
) -> None:
    sent = await twilio.send("It is on its way.")
    assert sent.status == "queued"
    assert (sent.num_segments, sent.num_media, sent.direction, sent.price) == ("1", "0", "outbound-api", None)
    assert sent.date_created.timestamp() == carrier.carrier.clock()
    await carrier.wait_until(lambda: bool(carrier.inbox(PHONE)))
    await eventually(lambda: len(desk.statuses) == 4)
    assert [each["MessageStatus"] for each in desk.statuses] == ["queued", "sending", "sent", "delivered"]
    assert {each["MessageSid"] for each in desk.statuses} == {sent.sid}
    assert "RawDlrDoneDate" in desk.statuses[-1]
    assert [text.body for text in carrier.inbox(PHONE)] == ["It is on its way."]
    fetched = await asyncio.to_thread(lambda: twilio.client.messages(sent.sid).fetch())
    assert (fetched.status, fetched.error_code) == ("delivered", None)
    assert [(call.method, call.status) for call in carrier.calls] == [("POST", 201), ("GET", 200)]


async def eventually(holds: Any) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - what the desk keeps has no event
            await asyncio.sleep(0.005)


async def test_the_carrier_counts_segments_as_the_desk_does(carrier: SmsSimulator, twilio: Twilio) -> None:
    for body in ("a" * 160, "a" * 161, "€" * 81, "ж" * 71, "😀" * 36, "It’s " * 20):
        sent = await twilio.send(body)
        assert int(sent.num_segments) == segments(body).parts


async def test_a_wrong_token_is_refused_as_twilio_refuses_it(carrier: SmsSimulator) -> None:
    url = f"{carrier.base_url}/2010-04-01/Accounts/{SID}/Messages.json"
    async with httpx.AsyncClient() as client:
        for auth in (None, (SID, "wrong"), ("AC", TOKEN)):
            answer = await client.post(url, data={"To": PHONE}, auth=auth)
            assert answer.status_code == 401
            assert answer.json() == {
                "code": 20003,
                "message": "Authenticate",
                "more_info": "https://www.twilio.com/docs/errors/20003",
                "status": 401,
            }


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"to": "12"}, 21211),
        ({"from_": "+15005559999"}, 21659),
        ({"from_": "shop"}, 21212),
        ({"body": "x" * 1601}, 21617),
        ({"body": ""}, 21602),
        ({"to": FIRST_NUMBER}, 21266),
        ({"to": f"whatsapp:{PHONE}"}, 21910),
        ({"messaging_service_sid": "12"}, 21701),
        ({"status_callback": "desk.example.com"}, 21609),
    ],
)
async def test_a_message_that_twilio_would_refuse_is_refused(
    twilio: Twilio, said: dict[str, str], code: int
) -> None:
    refusal = await twilio.refused(**said)
    assert (refusal.code, refusal.status) == (code, 400)


@pytest.mark.parametrize(("name", "code"), REFUSALS.items())
async def test_a_refusal_can_be_armed(carrier: SmsSimulator, twilio: Twilio, name: str, code: int) -> None:
    carrier.faults.arm(name)
    refusal = await twilio.refused()
    assert refusal.code == code
    assert refusal.status == {20429: 429, 20500: 500}.get(code, 400)
    assert (await twilio.send()).status == "queued"


@pytest.mark.parametrize(("name", "code"), UNDELIVERED.items())
async def test_a_message_can_end_undelivered(
    carrier: SmsSimulator, desk: StandInDesk, twilio: Twilio, name: str, code: int
) -> None:
    carrier.faults.arm(name)
    await twilio.send()
    await eventually(lambda: len(desk.statuses) == 4)
    assert desk.statuses[-1]["MessageStatus"] == "undelivered"
    assert desk.statuses[-1]["ErrorCode"] == str(code)
    assert carrier.inbox(PHONE) == []


async def test_a_lost_answer_is_a_message_that_was_taken_all_the_same(
    carrier: SmsSimulator, twilio: Twilio
) -> None:
    carrier.faults.arm("lost_answer")
    with pytest.raises(requests.ConnectionError):
        await twilio.send("Once")
    await carrier.wait_until(lambda: bool(carrier.inbox(PHONE)))


@pytest.mark.parametrize("word", ["STOP", " stop ", "Unsubscribe", "optout", "REVOKE"])
async def test_a_lone_stop_ends_it_once_and_start_begins_it_again(
    carrier: SmsSimulator, desk: StandInDesk, twilio: Twilio, word: str
) -> None:
    await carrier.text(PHONE, word)
    await carrier.text(PHONE, word)
    assert [each["OptOutType"] for each in desk.received] == ["STOP", "STOP"]
    assert len(carrier.inbox(PHONE)) == 1
    assert "unsubscribed" in carrier.inbox(PHONE)[0].body
    assert (await twilio.refused()).code == 21610
    await carrier.text(PHONE, "start")
    assert desk.received[-1]["OptOutType"] == "START"
    assert "re-subscribed" in carrier.inbox(PHONE)[-1].body
    assert (await twilio.send()).status == "queued"


async def test_stop_with_more_words_is_an_ordinary_text(
    carrier: SmsSimulator, desk: StandInDesk, twilio: Twilio
) -> None:
    await carrier.text(PHONE, "STOP PLEASE")
    assert "OptOutType" not in desk.received[0]
    assert carrier.inbox(PHONE) == []
    assert (await twilio.send()).status == "queued"


async def test_help_is_answered_by_the_carrier_and_told_to_the_desk(
    carrier: SmsSimulator, desk: StandInDesk
) -> None:
    await carrier.text(PHONE, "Help")
    assert desk.received[0]["OptOutType"] == "HELP"
    assert "Reply STOP" in carrier.inbox(PHONE)[0].body


async def test_a_picture_is_fetched_with_the_account_and_can_be_deleted(
    carrier: SmsSimulator, desk: StandInDesk, twilio: Twilio
) -> None:
    sid = await carrier.text(PHONE, "", media=[Media(content_type="image/png", content=PICTURE)])
    assert sid.startswith("MM")
    fields = desk.received[0]
    assert (fields["NumMedia"], fields["MediaContentType0"], fields["Body"]) == ("1", "image/png", "")
    async with httpx.AsyncClient() as client:
        assert (await client.get(fields["MediaUrl0"])).status_code == 401
        fetched = await client.get(fields["MediaUrl0"], auth=(SID, TOKEN))
    assert (fetched.content, fetched.headers["content-type"]) == (PICTURE, "image/png")
    listed = await asyncio.to_thread(twilio.client.messages(sid).media.list)
    assert [each.content_type for each in listed] == ["image/png"]
    assert await asyncio.to_thread(lambda: twilio.client.messages(sid).media(listed[0].sid).delete())
    assert await asyncio.to_thread(twilio.client.messages(sid).media.list) == []


async def test_the_list_is_filtered_and_comes_in_pages(
    carrier: SmsSimulator, twilio: Twilio, clock: Clock
) -> None:
    for count in range(5):
        await twilio.send(str(count), to=PHONE if count % 2 else "+15005550178")
    await carrier.wait_until(lambda: all(text.sent for text in carrier.messages))
    clock.now += 3 * 86400
    await carrier.text(PHONE, "later")
    messages = twilio.client.messages
    everything = await asyncio.to_thread(lambda: messages.list(page_size=2))
    assert [each.body for each in everything] == ["later", "4", "3", "2", "1", "0"]
    to_phone = await asyncio.to_thread(lambda: messages.list(to=PHONE, page_size=1))
    assert [each.body for each in to_phone] == ["3", "1"]
    recent = await asyncio.to_thread(lambda: messages.list(date_sent_after=everything[0].date_sent))
    assert [each.body for each in recent] == ["later"]


async def test_whatsapp_has_its_own_fields_reads_what_it_gets_and_closes_after_a_day(
    carrier: SmsSimulator, desk: StandInDesk, twilio: Twilio, clock: Clock
) -> None:
    phone, number = f"whatsapp:{PHONE}", f"whatsapp:{FIRST_NUMBER}"
    await twilio.send(to=phone, from_=number)
    await eventually(lambda: len(desk.statuses) == 2)
    assert (desk.statuses[-1]["MessageStatus"], desk.statuses[-1]["ErrorCode"]) == ("failed", "63016")
    await carrier.text(PHONE, "STOP", channel="whatsapp")
    fields = desk.received[0]
    assert (fields["From"], fields["To"], fields["WaId"]) == (phone, number, PHONE[1:])
    assert fields["ProfileName"]
    assert "FromCity" not in fields
    assert "OptOutType" not in fields
    desk.statuses.clear()
    await twilio.send(to=phone, from_=number)
    await eventually(lambda: len(desk.statuses) == 5)
    assert desk.statuses[-1]["MessageStatus"] == "read"
    assert len(carrier.inbox(phone)) == 1
    clock.now += 24 * 3600
    desk.statuses.clear()
    await twilio.send(to=phone, from_=number)
    await eventually(lambda: len(desk.statuses) == 2)
    assert desk.statuses[-1]["ErrorCode"] == "63016"


async def test_a_messaging_service_chooses_the_number_after_it_accepts(
    carrier: SmsSimulator, twilio: Twilio
) -> None:
    service = "MG" + "1" * 32
    sent = await twilio.send(from_=None, messaging_service_sid=service)
    assert (sent.status, sent.num_segments, sent.from_) == ("accepted", "0", None)
    await carrier.wait_until(lambda: bool(carrier.inbox(PHONE)))
    fetched = await asyncio.to_thread(lambda: twilio.client.messages(sent.sid).fetch())
    assert (fetched.from_, fetched.num_segments, fetched.messaging_service_sid) == (
        FIRST_NUMBER,
        "1",
        service,
    )


async def test_what_the_desk_answers_in_twiml_is_texted(carrier: SmsSimulator, desk: StandInDesk) -> None:
    desk.answers = ["<Response><Message><Body>One</Body></Message><Message>Two &amp; 3</Message></Response>"]
    await carrier.text(PHONE, "Hello")
    await carrier.wait_until(lambda: len(carrier.inbox(PHONE)) == 2)
    assert sorted(text.body for text in carrier.inbox(PHONE)) == ["One", "Two & 3"]
    assert carrier.inbox(PHONE)[0].direction == "outbound-reply"


@pytest.mark.parametrize("name", ["duplicate", "retry"])
async def test_a_second_delivery_is_the_same_message(
    carrier: SmsSimulator, desk: StandInDesk, name: str
) -> None:
    carrier.faults.arm(name)
    await carrier.text(PHONE, "Once")
    assert len(desk.received) == 2
    assert desk.received[0] == desk.received[1]
    assert len({each["i-twilio-idempotency-token"] for each in desk.headers}) == 1
    assert len(carrier.messages) == 1


async def test_a_message_can_be_delivered_again_by_its_sid(carrier: SmsSimulator, desk: StandInDesk) -> None:
    sid = await carrier.text(PHONE, "Once")
    assert await carrier.text(PHONE, "", message_sid=sid) == sid
    assert desk.received[0] == desk.received[1]


async def test_a_forged_signature_and_one_for_another_address_are_told_apart_from_real_ones(
    carrier: SmsSimulator, desk: StandInDesk
) -> None:
    for name in ("wrong_signature", "wrong_url"):
        carrier.faults.arm(name)
        await carrier.text(PHONE, name)
    assert [each["Body"] for each in desk.forged] == ["wrong_signature", "wrong_url"]
    assert [each.status for each in carrier.deliveries] == [403, 403]
    carrier.faults.arm("proxied")
    await carrier.text(PHONE, "behind a proxy")
    assert desk.headers[0]["x-forwarded-host"] == "desk.example.com"
    assert [each["Body"] for each in desk.received] == ["behind a proxy"]


async def test_texts_can_come_in_another_order_and_none_is_lost(
    carrier: SmsSimulator, desk: StandInDesk
) -> None:
    carrier.faults.arm("shuffle", times=12)
    said = [str(count) for count in range(12)]
    for each in said:
        await carrier.text(PHONE, each)
    await eventually(lambda: len(desk.received) == 12)
    assert sorted(each["Body"] for each in desk.received) == sorted(said)


async def test_a_body_can_be_too_large_or_end_in_emoji(carrier: SmsSimulator, desk: StandInDesk) -> None:
    carrier.faults.arm("emoji")
    carrier.faults.arm("late")
    await carrier.text(PHONE, "Thanks")
    assert segments(desk.received[0]["Body"]).encoding == "UCS-2"
    carrier.faults.arm("oversized")
    await carrier.text(PHONE, "Thanks")
    assert len(carrier.deliveries[-1].fields["Body"]) == 2_000_000


@pytest.mark.parametrize(
    "body",
    ["a=b&c=d%20+", "👩🏽‍🚒", " ", "\r\nline\n", "\x00\x7f", "<b>&amp;", "مرحبا", "x" * 1600, "\ud800"],
    ids=ascii,
)
async def test_any_words_arrive_as_they_were_texted(
    carrier: SmsSimulator, desk: StandInDesk, body: str
) -> None:
    await carrier.text(PHONE, body)
    assert [each["Body"] for each in desk.received] == [body.encode("utf-8", "replace").decode()]


async def test_many_phones_text_at_once_and_some_twice(carrier: SmsSimulator, desk: StandInDesk) -> None:
    sids = await asyncio.gather(*(carrier.text(f"+1500555{place:04}", str(place)) for place in range(150)))
    await asyncio.gather(*(carrier.text("", "", message_sid=sid) for sid in sids[::3]))
    assert len(desk.received) == len(carrier.deliveries) == 200
    assert len({each["MessageSid"] for each in desk.received}) == 150
    assert all(each.is_taken and each.took_s > 0 for each in carrier.deliveries)


@pytest.mark.parametrize(
    ("fragment", "attempts"),
    [
        ("", 1),
        ("#rp=5xx", 2),
        ("#rc=3&rp=5xx", 4),
        ("#rc=0&rp=all", 1),
        ("#rc=2&rp=4xx", 1),
        ("#rc=9&rp=all", 6),
    ],
)
async def test_connection_overrides_say_when_a_webhook_is_tried_again(
    carrier: SmsSimulator, desk: StandInDesk, fragment: str, attempts: int
) -> None:
    desk.answers = [503] * 10
    carrier.sms_url += fragment
    await carrier.text(PHONE, "Hello")
    assert len(carrier.deliveries) == len(desk.received) == attempts


async def test_a_desk_that_does_not_answer_in_time_is_tried_again_where_it_asked_for_that(
    carrier: SmsSimulator, desk: StandInDesk
) -> None:
    desk.answers = [0.5]
    carrier.sms_url += "#rt=100&rp=rt"
    await carrier.text(PHONE, "Hello")
    assert [each.trouble for each in carrier.deliveries] == ["rt", ""]
    assert desk.received[0] == desk.received[1]


async def test_a_desk_that_is_not_there_is_tried_twice(carrier: SmsSimulator) -> None:
    with listening("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
    carrier.sms_url = f"http://127.0.0.1:{port}/channels/sms"
    await carrier.text(PHONE, "Hello")
    assert [each.trouble for each in carrier.deliveries] == ["ct", "ct"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("status_shuffled", ["delivered", "sent", "sending", "queued"]),
        (
            "status_duplicated",
            [each for each in ("queued", "sending", "sent", "delivered") for _ in range(2)],
        ),
    ],
)
async def test_states_can_come_twice_or_in_the_wrong_order(
    carrier: SmsSimulator, desk: StandInDesk, twilio: Twilio, name: str, told: list[str]
) -> None:
    carrier.faults.arm(name)
    await twilio.send()
    await eventually(lambda: len(desk.statuses) == len(told))
    assert [each["MessageStatus"] for each in desk.statuses] == told


async def test_states_can_be_missing(carrier: SmsSimulator, desk: StandInDesk, twilio: Twilio) -> None:
    carrier.faults.arm("status_missing")
    await twilio.send("silent")
    await carrier.wait_until(lambda: len(carrier.inbox(PHONE)) == 1)
    await twilio.send("told")
    await eventually(lambda: len(desk.statuses) == 4)
    assert {each["MessageSid"] for each in desk.statuses} == {carrier.messages[-1].sid}


async def test_the_api_can_be_slow(carrier: SmsSimulator, twilio: Twilio) -> None:
    carrier.faults.arm("stall")
    assert (await twilio.send()).status == "queued"
    assert "stall" not in carrier.faults.armed


def test_faults_are_used_up_or_stay_until_they_are_disarmed() -> None:
    simulator = SmsSimulator(account_sid=SID, auth_token=TOKEN)
    simulator.faults.arm("duplicate", times=2)
    assert [simulator.faults.take("duplicate") for _ in range(3)] == [True, True, False]
    simulator.faults.arm("late", times=ALWAYS)
    assert all(simulator.faults.take("late") for _ in range(9))
    simulator.faults.arm("late", times=0)
    assert not simulator.faults.take("late")
    with pytest.raises(Refused, match="there is no fault 'flood'"):
        simulator.faults.arm("flood")
    assert {*REFUSALS, *UNDELIVERED} <= set(FAULTS)


async def test_a_port_that_is_taken_is_one_sentence() -> None:
    simulator = SmsSimulator(account_sid=SID, auth_token=TOKEN)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Misconfigured, match="can't listen on"):
            async with simulator.serving(port=taken.getsockname()[1]):
                pass
    await simulator.aclose()


def test_a_folder_names_one_account(tmp_path: Any) -> None:
    first = twilio_credentials(tmp_path / "one")
    assert first == twilio_credentials(tmp_path / "one")
    assert first != twilio_credentials(tmp_path / "two")
    assert len(first.account_sid) == 34
    assert first.auth_token not in repr(first)


async def test_the_page_shows_the_texts_counts_segments_and_arms_faults(
    carrier: SmsSimulator, desk: StandInDesk
) -> None:
    async with httpx.AsyncClient(base_url=carrier.base_url) as client:
        assert "text/html" in (await client.get("/")).headers["content-type"]
        for name in ("/phone.css", "/phone.js"):
            assert (await client.get(name)).status_code == 200
        said = {"from": PHONE, "body": "Hi", "media": [{"content_type": "image/png", "base64": "iVBORw=="}]}
        assert (await client.post("/simulator/texts", json=said)).status_code == 202
        await eventually(lambda: bool(desk.received))
        state = (await client.get("/simulator/state")).json()
        assert [(text["body"], text["is_mine"]) for text in state["texts"]] == [("Hi", True)]
        assert (await client.get(state["texts"][0]["media"][0]["url"])).content == b"\x89PNG"
        weighed = (await client.post("/simulator/segments", json={"text": "ж" * 71})).json()
        assert weighed == {"encoding": "UCS-2", "units": 71, "parts": 2}
        assert (await client.post("/simulator/faults", json={"name": "duplicate"})).status_code == 200
        assert carrier.faults.armed == {"duplicate": 1}
        assert (await client.post("/simulator/faults", json={"name": "flood"})).status_code == 422
        assert (await client.post("/simulator/texts", data={"from": PHONE})).status_code == 422


async def test_the_terminal_texts_what_is_typed_and_shows_what_comes(
    carrier: SmsSimulator, desk: StandInDesk, tmp_path: Path
) -> None:
    console = Console(file=io.StringIO(), width=200)
    terminal = SmsTerminal(carrier, console, PHONE)
    shown = asyncio.create_task(terminal.show())
    picture = tmp_path / "lamp.png"
    picture.write_bytes(PICTURE)
    desk.answers = ["<Response><Message>On its way [soon].</Message></Response>"]
    for line in (f"/attach {picture}", "/channel whatsapp", "/phone +15005550199", "Where is [it]?"):
        await terminal.do(line)
    await carrier.wait_until(lambda: any(text.status == "read" for text in carrier.messages))
    for line in (
        "/phone 12",
        "/channel fax",
        "/fault flood",
        "/attach /nowhere",
        "/fault shuffle",
        "/faults",
        "/?",
    ):
        await terminal.do(line)
    await asyncio.sleep(0)
    shown.cancel()
    await asyncio.gather(shown, return_exceptions=True)
    assert desk.received[0]["From"] == "whatsapp:+15005550199"
    assert desk.received[0]["MediaContentType0"] == "image/png"
    assert carrier.faults.armed == {"shuffle": 3}
    printed = console.file.getvalue()
    for words in (
        "whatsapp:+15005550199  Where is [it]? 📎  1 part",
        "desk → whatsapp:+15005550199  On its way [soon].  1 part · ✓✓",
        "'12' is not",
        "there is no channel 'fax'",
        "there is no fault 'flood'",
        "No such file",
        "the API answers 429",
        "/attach FILE",
    ):
        assert words in printed
