"""The simulated telephone, calling a small stand-in for a desk on a loopback socket, in virtual time."""

from __future__ import annotations

import asyncio
import base64
import json
import time
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from twilio.request_validator import RequestValidator

from channels.http_server import QuietServer, listening
from channels.simulators.call_caller import Caller
from channels.simulators.call_clock import run_virtually
from channels.simulators.call_faults import FAULTS, ON_CONNECTING
from channels.simulators.call_line import LineQuality
from channels.simulators.call_live import Dialled, LiveCall
from channels.simulators.call_playout import Playout
from channels.simulators.call_simulator import CallSimulator
from channels.simulators.call_twiml import parse_twiml
from channels.voice.sound import Samples, from_mulaw, is_loud, read_wav, to_mulaw, tone
from core.errors import Refused

SID, TOKEN = "AC" + "5" * 32, "0123456789abcdef"
HELLO = to_mulaw(tone(1.0))
Talk = Callable[["Desk", WebSocket], Awaitable[None]]
STREAM = '<Connect><Stream url="{ws}/stream?lost=1"><Parameter name="k" value="v"/></Stream></Connect>'
RELAY = '<Connect action="/after"><ConversationRelay url="{ws}/stream"/></Connect>'


class Desk:
    """Answers calls with the TwiML given, and streams with `talk`."""

    def __init__(self, twiml: str, talk: Talk, after: str = "") -> None:
        self.twiml, self.talk, self.after = twiml, talk, after
        self.status = ""
        self.base = ""
        self.posts: list[tuple[str, dict[str, str], bool]] = []
        self.got: list[dict[str, Any]] = []
        self.unreadable = 0
        self.signature_is_right = False
        self.closed_with: int | None = None
        routes = [
            Route(f"/{name}", self.answer, methods=["POST"]) for name in ("channels/voice", "after", "status")
        ]
        self.app = Starlette(routes=[*routes, WebSocketRoute("/stream", self.stream)])

    async def answer(self, request: Request) -> Response:
        async with request.form() as form:
            fields = {name: str(value) for name, value in form.items()}
        validator = RequestValidator(TOKEN)
        is_signed = validator.validate(str(request.url), fields, request.headers["X-Twilio-Signature"])
        self.posts.append((request.url.path, fields, is_signed))
        bodies = {"/channels/voice": self.twiml, "/status": self.status or self.after}
        body = "" if "Digits" in fields and self.status else bodies.get(request.url.path, self.after)
        ws = self.base.replace("http", "wss")
        return Response(f"<Response>{body.format(ws=ws)}</Response>", media_type="text/xml")

    async def stream(self, socket: WebSocket) -> None:
        url = f"{self.base.replace('http', 'wss')}/stream"
        signature = socket.headers["X-Twilio-Signature"]
        self.signature_is_right = RequestValidator(TOKEN).validate(f"{url}?lost=1", {}, signature)
        self.signature_is_right |= RequestValidator(TOKEN).validate(url, {}, signature)
        await socket.accept()
        try:
            await self.talk(self, socket)
        except WebSocketDisconnect as end:
            self.closed_with = end.code

    async def next(self, socket: WebSocket, event: str = "") -> dict[str, Any]:
        """The next message, of the kind where one is given."""
        while True:
            try:
                message = json.loads(await socket.receive_text())
            except ValueError:
                self.unreadable += 1
                continue
            self.got.append(message)
            if not event or event in {message.get("event"), message.get("type")}:
                return message

    def events(self, event: str) -> list[dict[str, Any]]:
        return [each for each in self.got if each.get("event") == event or each.get("type") == event]

    def states(self) -> list[str]:
        return [fields["CallStatus"] for path, fields, _ in self.posts if path == "/status"]

    @asynccontextmanager
    async def open(self) -> AsyncIterator[CallSimulator]:
        with listening("127.0.0.1", 0) as listener:
            self.base = f"http://127.0.0.1:{listener.getsockname()[1]}"
            config = uvicorn.Config(
                self.app, log_config=None, ws="websockets-sansio", ws_ping_interval=None, lifespan="off"
            )
            server = QuietServer(config)
            served = asyncio.create_task(server.serve(sockets=[listener]))
            await server.ready.wait()
            simulator = CallSimulator(
                account_sid=SID,
                auth_token=TOKEN,
                voice_url=f"{self.base}/channels/voice",
                status_url=f"{self.base}/status",
            )
            try:
                yield simulator
            finally:
                await simulator.aclose()
                server.should_exit = True
                await served
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not others, "tasks are left behind"


def say(stream: str, sound: bytes) -> dict[str, Any]:
    payload = base64.b64encode(sound).decode()
    return {"event": "media", "streamSid": stream, "media": {"payload": payload}}


def mark(stream: str, name: str) -> dict[str, Any]:
    return {"event": "mark", "streamSid": stream, "mark": {"name": name}}


async def listens(desk: Desk, socket: WebSocket) -> None:
    while True:
        await desk.next(socket)


async def greets(desk: Desk, socket: WebSocket) -> None:
    stream = (await desk.next(socket, "start"))["streamSid"]
    await socket.send_json(say(stream, HELLO))
    await socket.send_json(mark(stream, "hello"))
    await listens(desk, socket)


def placed(desk: Desk, script: Callable[[Caller], Awaitable[None]], **options: Any) -> LiveCall:
    """The call after its end, in virtual time."""

    async def main() -> LiveCall:
        async with desk.open() as simulator:
            return await simulator.call(script, **options)

    return run_virtually(main())


async def waits(caller: Caller) -> None:
    await caller.silence(2)


def test_mulaw_gives_every_code_back_and_is_close_to_what_was_said() -> None:
    codes = bytes(range(256))
    again = to_mulaw(from_mulaw(codes))
    assert [code for code in codes if again[code] != code] == [0x7F]
    samples = np.arange(-32768, 32768, dtype=np.int32).astype(np.int16)
    wrong = np.abs(from_mulaw(to_mulaw(samples)).astype(int) - samples)
    assert (wrong <= np.maximum(4, np.abs(samples.astype(int)) // 16 + 1)).all()


def test_marks_are_reached_in_order_and_a_clear_gives_back_those_that_wait() -> None:
    playout = Playout()
    assert playout.add_mark("at once") == ["at once"]
    playout.add_sound(b"a" * 100)
    assert playout.add_mark("one") == []
    playout.add_sound(b"b" * 100)
    playout.add_mark("two")
    assert playout.play(160) == (b"a" * 100 + b"b" * 60, ["one"])
    assert playout.clear() == ["two"]
    assert playout.play(10) == (b"\xff" * 10, [])


def test_twiml_with_an_unknown_verb_or_no_xml_is_refused() -> None:
    with pytest.raises(Refused, match="12200"):
        parse_twiml("<Response><Sing/></Response>")
    with pytest.raises(Refused, match="12100"):
        parse_twiml("{}")


def test_a_call_is_signed_streamed_in_frames_of_20_ms_and_told_of() -> None:
    desk = Desk(STREAM, greets)
    call = placed(desk, waits)
    assert all(is_signed for _, _, is_signed in desk.posts)
    assert desk.signature_is_right
    assert desk.states() == ["ringing", "in-progress", "completed"]
    assert desk.got[0] == {"event": "connected", "protocol": "Call", "version": "1.0.0"}
    start = desk.got[1]
    assert start["sequenceNumber"] == "1"
    assert start["start"]["customParameters"] == {"k": "v"}
    media = desk.events("media")
    assert len(media) in range(95, 102)
    assert media[0]["media"]["chunk"] == "1"
    assert [int(each["media"]["timestamp"]) for each in media[:3]] == [0, 20, 40]
    assert {len(each["media"]["payload"]) for each in media} == {216}
    numbers = [int(each["sequenceNumber"]) for each in desk.got[1:]]
    assert numbers == list(range(1, len(numbers) + 1))
    assert desk.got[-1]["event"] == "stop"
    assert desk.got[-1]["stop"]["callSid"] == call.sid


def test_a_mark_is_echoed_when_what_came_before_it_has_played() -> None:
    call = placed(Desk(STREAM, greets), waits)
    began, reached = call.recording.at("begins to speak")[0], call.recording.at("mark hello")[0]
    assert reached - began == pytest.approx(1.0, abs=0.05)


def test_a_clear_silences_the_desk_and_echoes_its_marks_at_once() -> None:
    async def interrupted(desk: Desk, socket: WebSocket) -> None:
        stream = (await desk.next(socket, "start"))["streamSid"]
        await socket.send_json(say(stream, HELLO * 5))
        await socket.send_json(mark(stream, "end"))
        await desk.next(socket, "dtmf")
        await socket.send_json({"event": "clear", "streamSid": stream})
        await desk.next(socket, "mark")
        await listens(desk, socket)

    async def script(caller: Caller) -> None:
        assert await caller.wait_for_speech()
        await caller.silence(1)
        await caller.press("*")
        assert await caller.wait_for_quiet(0.5, timeout_s=1)

    desk = Desk(STREAM, interrupted)
    call = placed(desk, script)
    assert desk.events("dtmf")[0]["dtmf"] == {"track": "inbound_track", "digit": "*"}
    assert call.recording.at("mark end")[0] == pytest.approx(call.recording.at("clear")[0], abs=0.021)


def test_what_the_caller_says_arrives_as_it_was_and_both_sides_are_recorded(tmp_path: Path) -> None:
    async def script(caller: Caller) -> None:
        await caller.wait_for_quiet()
        await caller.say(tone(0.5, 300))

    desk = Desk(STREAM, greets)
    call = placed(desk, script)
    heard = b"".join(base64.b64decode(each["media"]["payload"]) for each in desk.events("media"))
    assert to_mulaw(tone(0.5, 300)) in heard
    assert HELLO in bytes(call.recording.desk)
    call.recording.save(tmp_path / "call.wav")
    with wave.open(str(tmp_path / "call.wav")) as file:
        assert (file.getnchannels(), file.getframerate()) == (2, 8000)
    assert len(read_wav(tmp_path / "call.wav")) == len(call.recording.desk)
    assert "speaks for 0.50 s" in call.recording.timeline()


def test_the_next_verb_follows_when_the_desk_closes_the_stream() -> None:
    async def closes(desk: Desk, socket: WebSocket) -> None:
        await desk.next(socket, "media")
        await socket.close()

    async def script(caller: Caller) -> None:
        await caller.silence(60)

    desk = Desk(STREAM + '<Dial action="/after">+15005550199</Dial>', closes, "<Say>Nobody is there.</Say>")

    async def main() -> LiveCall:
        async with desk.open() as simulator:
            simulator.dialled = Dialled(status="no-answer")
            return await simulator.call(script)

    call = run_virtually(main())
    assert call.dialled == ["+15005550199"]
    after = next(fields for path, fields, _ in desk.posts if path == "/after")
    assert after["DialCallStatus"] == "no-answer"
    assert call.said == ["Nobody is there."]


@pytest.mark.parametrize("presses", ["1", ""], ids=["takes it", "does not"])
def test_who_picks_up_is_told_what_it_is_about_and_takes_the_call_by_a_key(presses: str) -> None:
    desk = Desk('<Dial action="/after"><Number url="/status">+15005550199</Number></Dial>', listens)
    desk.status = "<Gather numDigits='1'><Say>It is about a lamp.</Say></Gather><Hangup/>"

    async def script(caller: Caller) -> None:
        await caller.silence(60)

    async def main() -> CallSimulator:
        async with desk.open() as simulator:
            simulator.status_url = ""
            simulator.dialled = Dialled(presses=presses)
            await simulator.call(script)
            return simulator

    simulator = run_virtually(main())
    assert simulator.dialled.whispered == ["It is about a lamp."]
    after = next(fields for path, fields, _ in desk.posts if path == "/after")
    assert after["DialBridged"] == str(bool(presses)).lower()
    assert (after["DialCallDuration"] == "0") is not bool(presses)


def test_a_message_is_told_of_with_the_address_of_its_sound() -> None:
    record = '<Record timeout="2" recordingStatusCallback="/status"/><Hangup/>'
    desk = Desk(record, listens)

    async def script(caller: Caller) -> None:
        await caller.say(tone(1.5))
        await caller.silence(30)

    async def main() -> tuple[httpx.Response, httpx.Response]:
        async with desk.open() as simulator, simulator.serving(), httpx.AsyncClient() as client:
            await simulator.call(script)
            told = next(fields for path, fields, _ in desk.posts if "RecordingStatus" in fields)
            assert told["RecordingStatus"] == "completed"
            url = f"{told['RecordingUrl']}.wav"
            return await client.get(url, auth=(SID, TOKEN)), await client.get(url)

    heard, forbidden = run_virtually(main())
    assert heard.content[:4] == b"RIFF"
    assert forbidden.status_code == 401


def test_a_key_answers_a_gather_and_a_message_is_recorded() -> None:
    twiml = '<Gather numDigits="1" action="/after"><Say>Press one.</Say></Gather>'
    desk = Desk(twiml, listens, '<Record timeout="2"/><Say>Thanks.</Say><Hangup/>')

    async def script(caller: Caller) -> None:
        await caller.silence(1)
        await caller.press("1")
        await caller.say(tone(1.5))
        await caller.silence(30)

    call = placed(desk, script)
    assert next(fields for path, fields, _ in desk.posts if path == "/after")["Digits"] == "1"
    assert len(next(iter(call.recordings.values()))) > 8000
    assert call.said == ["Press one.", "Thanks."]


def test_a_relay_carries_words_is_interrupted_and_hands_off() -> None:
    async def talks(desk: Desk, socket: WebSocket) -> None:
        await desk.next(socket, "prompt")
        await socket.send_json({"type": "text", "token": "Your order ", "last": False})
        await socket.send_json(
            {"type": "text", "token": "shipped on Tuesday, by the post. " * 3, "last": True}
        )
        await desk.next(socket, "interrupt")
        await socket.send_json({"nonsense": 1})
        await desk.next(socket, "error")
        await desk.next(socket, "prompt")
        await socket.send_json({"type": "end", "handoffData": '{"reason":"live-agent"}'})
        await listens(desk, socket)

    async def script(caller: Caller) -> None:
        await caller.silence(0.5)
        await caller.say(tone(1), "Where is my order?")
        await caller.wait_for_speech()
        await caller.silence(1)
        await caller.say(tone(1), "A person, please.")
        await caller.silence(20)

    desk = Desk(RELAY, talks, "<Dial>+15005550199</Dial>")
    call = placed(desk, script)
    assert desk.got[0]["type"] == "setup"
    assert desk.got[0]["callSid"] == call.sid
    assert desk.events("prompt")[0]["voicePrompt"] == "Where is my order?"
    interrupt = desk.events("interrupt")[0]
    assert interrupt["utteranceUntilInterrupt"].startswith("Your order")
    assert interrupt["durationUntilInterruptMs"] in range(900, 1200)
    after = next(fields for path, fields, _ in desk.posts if path == "/after")
    assert json.loads(after["HandoffData"]) == {"reason": "live-agent"}
    assert call.dialled == ["+15005550199"]


def test_a_relay_and_a_say_speak_with_the_voice_they_are_lent_until_they_are_interrupted() -> None:
    spoken: list[tuple[str, str]] = []

    async def voice(text: str, language: str) -> Samples:
        spoken.append((text, language))
        return tone(2.0, 300)

    async def talks(desk: Desk, socket: WebSocket) -> None:
        await desk.next(socket, "prompt")
        await socket.send_json({"type": "text", "token": "Your order ", "last": False})
        await socket.send_json({"type": "text", "token": "is on its way.", "last": False, "lang": "en-US"})
        await socket.send_json({"type": "text", "token": "It comes soon.", "last": True})
        await desk.next(socket, "interrupt")
        await desk.next(socket, "prompt")
        await socket.send_json({"type": "end"})
        await listens(desk, socket)

    async def script(caller: Caller) -> None:
        caller.line.voice = voice
        await caller.say(tone(1), "Where is it?")
        assert await caller.wait_for_speech()
        await caller.silence(0.5)
        await caller.say(tone(1), "Thanks.")
        await caller.silence(20)

    desk = Desk(RELAY, talks, "<Say language='de-DE'>Bis bald.</Say>")
    call = placed(desk, script)
    assert spoken == [("Your order is on its way.", "en"), ("It comes soon.", "en"), ("Bis bald.", "de")]
    assert desk.events("interrupt")[0]["durationUntilInterruptMs"] in range(450, 600)
    heard_s = sum(is_loud(bytes(call.recording.desk[at : at + 160])) for at in range(0, 10**6, 160)) / 50
    assert heard_s == pytest.approx(2.5, abs=0.2)


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - {"media_before_start"}))
def test_every_fault_of_a_running_stream_happens_and_the_call_ends(fault: str) -> None:
    async def script(caller: Caller) -> None:
        await caller.wait_for_speech()
        await caller.suffer(fault)
        await caller.silence(5)

    desk = Desk(STREAM, greets)
    call = placed(desk, script)
    assert call.status == "completed"
    numbers = [each["sequenceNumber"] for each in desk.got[1:]]
    seen = {
        "abrupt_close": desk.closed_with in {1005, 1006} and not desk.events("stop"),
        "stop": len(desk.events("stop")) == 1,
        "duplicate_mark": len(desk.events("mark")) == 2,
        "stray_mark": desk.events("mark")[:1] and desk.events("mark")[0]["mark"]["name"] == "never-sent",
        "out_of_order": numbers.count("2") == 2,
        "unknown_event": bool(desk.events("hologram")),
        "non_json": desk.unreadable == 1,
        "second_start": len(desk.events("start")) == 2,
    }
    assert seen.get(fault, True), (desk.closed_with, desk.got[-1])


def test_sound_before_the_start_is_sent_when_a_call_is_placed_with_it() -> None:
    desk = Desk(STREAM, greets)
    placed(desk, waits, troubles=frozenset({"media_before_start"}))
    assert [each["event"] for each in desk.got[:3]] == ["connected", "media", "start"]
    assert "stall" not in ON_CONNECTING
    with pytest.raises(Refused, match="stall"):
        placed(Desk(STREAM, greets), waits, troubles=frozenset({"stall"}))


@pytest.mark.parametrize("frame_ms", [10, 40, 100])
def test_frames_of_other_lengths_carry_the_same_sound(frame_ms: int) -> None:
    desk = Desk(STREAM, greets)
    call = placed(desk, waits, quality=LineQuality(frame_ms=frame_ms, jitter_s=0.005))
    sizes = {len(base64.b64decode(each["media"]["payload"])) for each in desk.events("media")}
    assert sizes == {8 * frame_ms}
    assert HELLO in bytes(call.recording.desk)


def test_the_desk_redirects_and_ends_a_live_call_and_calls_out_over_the_api() -> None:
    desk = Desk(STREAM, greets)

    async def main() -> None:
        async with (
            desk.open() as simulator,
            simulator.serving() as url,
            httpx.AsyncClient(auth=(SID, TOKEN), trust_env=False) as client,
        ):
            place = f"{url}/2010-04-01/Accounts/{SID}/Calls"

            async def script(caller: Caller) -> None:
                await caller.silence(1)
                sid = next(iter(simulator.calls))
                twiml = "<Response><Say>Moved.</Say><Pause length='60'/></Response>"
                assert (await client.post(f"{place}/{sid}.json", data={"Twiml": twiml})).status_code == 200
                await caller.silence(2)
                assert (await client.post(f"{place}/{sid}.json", data={"Status": "completed"})).is_success
                await caller.silence(60)

            call = await simulator.call(script)
            assert call.said == ["Moved."]
            assert call.status == "completed"
            late = await client.post(f"{place}/{call.sid}.json", data={"Status": "completed"})
            assert (late.status_code, late.json()["code"]) == (404, 20404)
            simulator.answers = waits
            twiml = "<Response><Say>Your table is ready.</Say></Response>"
            ends = {"To": "+15005550177", "From": "+15005550100", "Twiml": twiml}
            out = (await client.post(f"{place}.json", data=ends)).json()
            await asyncio.sleep(10)
            assert simulator.calls[out["sid"]].said == ["Your table is ready."]
            assert (await client.get(f"{place}/{out['sid']}.json")).json()["status"] == "completed"
            assert (await client.post(f"{place}.json", auth=("x", "y"))).status_code == 401

    run_virtually(main())


def test_the_same_call_goes_by_the_real_clock() -> None:
    desk = Desk(STREAM, greets)

    async def script(caller: Caller) -> None:
        assert await caller.wait_for_speech()
        await caller.silence(0.3)

    async def main() -> LiveCall:
        async with desk.open() as simulator:
            simulator.ring_s = 0
            return await simulator.call(script)

    assert asyncio.run(main()).status == "completed"
    assert len(desk.events("media")) > 10


def test_a_desk_that_is_not_there_or_takes_no_stream_is_said_so() -> None:
    no_stream = Desk('<Connect><Stream url="wss://127.0.0.1:9/x"/></Connect>', greets)
    assert "does not take the WebSocket" in placed(no_stream, waits).recording.timeline()
    unsafe = Desk('<Connect><Stream url="ws://127.0.0.1:9/x"/></Connect>', greets)
    assert "has to begin with wss://" in placed(unsafe, waits).recording.timeline()

    async def nobody() -> LiveCall:
        simulator = CallSimulator(
            account_sid=SID, auth_token=TOKEN, voice_url="http://127.0.0.1:9/channels/voice"
        )
        call = await simulator.call(waits)
        await simulator.aclose()
        return call

    assert run_virtually(nobody()).status == "failed"


def test_a_desk_that_sends_a_call_round_in_circles_is_given_up() -> None:
    call = placed(Desk("<Redirect>/channels/voice</Redirect>", listens), waits)
    assert call.status == "completed"
    assert call.recording.at("gives up after")
    assert len(call.said) == 1


def test_a_desk_that_reads_nothing_does_not_keep_the_caller_on_the_line() -> None:
    async def talk(desk: Desk, socket: WebSocket) -> None:
        await desk.next(socket, "start")
        await asyncio.sleep(60)

    async def script(caller: Caller) -> None:
        await caller.silence(1)
        assert caller.stream is not None
        for _ in range(20):
            caller.stream.socket.send_text(json.dumps({"event": "x" * 1_000_000}))
        await caller.silence(1)

    call = placed(Desk(STREAM, talk), script)
    assert call.status == "completed"
    assert call.recording.at("stream closed")[0] < 10


def test_a_call_of_ten_minutes_takes_a_moment() -> None:
    async def script(caller: Caller) -> None:
        for _ in range(10):
            await caller.say(tone(1))
            await caller.silence(59)

    began = time.perf_counter()
    desk = Desk(STREAM, greets)
    call = placed(desk, script)
    assert len(desk.events("media")) == pytest.approx(30_000, abs=50)
    assert call.recording.moments[-1].at_s == pytest.approx(601, abs=1)
    print(f"ten minutes in {time.perf_counter() - began:.2f} s")
