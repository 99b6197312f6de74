"""The telephone's door over real sockets: who is let in, what Twilio is told, and how calls end."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from channels.phone.book import Arrival
from channels.phone.steps import HangUp, PutThrough, TakeMessage, TalkAgain
from channels.simulators.call_caller import Caller
from channels.simulators.call_twiml import Verb
from channels.voice.sound import tone
from channels.voice.telephone import Gone, Sentence, Telephone, Utterance
from core.persona import Persona
from core.tenants import TenantId
from tests.fakes.doors import until
from tests.fakes.phone_desk import CALLER, NUMBER, SID, PhoneDesk, open_phone_desk

VOICE, RELAY = "/channels/voice", "/channels/voice/relay"
CALL = "CA" + "1" * 32


async def echoes(telephone: Telephone) -> None:
    """Says back what the caller says, until they have gone or said good-bye."""
    language = telephone.call.language
    await telephone.say(Sentence(id="0", text="Hello.", language=language, is_protected=True))
    async for event in telephone.hear():
        if isinstance(event, Utterance):
            await telephone.say(Sentence(id="1", text=event.text, language=language, is_protected=True))
            if event.text == "Bye.":
                await telephone.leave()
        if isinstance(event, Gone):
            return


async def is_silent(telephone: Telephone) -> None:
    async for _ in telephone.hear():
        pass


def pass_in(verbs: list[Verb]) -> str:
    return str(verbs[0].inside[0].parameters()["pass"])


def set_up(sealed: str, call: str = CALL, account: str = SID) -> str:
    parameters = {"pass": sealed}
    return json.dumps(
        {"type": "setup", "accountSid": account, "callSid": call, "customParameters": parameters}
    )


async def opened(desk: PhoneDesk) -> ClientConnection:
    return await connect(
        desk.socket_url + RELAY, additional_headers=desk.signature(RELAY), proxy=None, ping_interval=None
    )


async def closed_with(socket: ClientConnection) -> int | None:
    """The code with which the desk closes it."""
    with anyio.fail_after(30):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed:
            return socket.close_code


async def test_a_call_is_connected_talked_with_and_over(tmp_path: Path) -> None:
    async with open_phone_desk(tmp_path, echoes) as desk:

        async def script(caller: Caller) -> None:
            assert await caller.wait_for_speech()
            await caller.wait_for_quiet()
            await caller.say(tone(0.2), "Bye.")
            await caller.line.ended.wait()

        with anyio.fail_after(60):
            call = await desk.carrier.call(script)
        assert call.said == ["Hello.", "Bye."]
        arrival = Arrival(
            id=call.sid, tenant=TenantId("default"), caller=CALLER, called=NUMBER, language="en"
        )
        known = await desk.board.book.find(arrival)
        assert (known.talk, known.talks) == ("left", 1)
        kept = await desk.desk.stores.calls.get(TenantId("default"), call.sid)
        assert (kept.state, kept.caller) == ("completed", CALLER)
        assert not desk.board.running.gate.inside
        posts = [each.url.partition("/channels")[2] for each in desk.carrier.deliveries]
        assert "/voice/after?what=talk" in posts


async def test_webhooks_that_twilio_did_not_sign_are_refused(tmp_path: Path) -> None:
    async with open_phone_desk(tmp_path, echoes) as desk:
        for path in (VOICE, f"{VOICE}/after?what=talk", f"{VOICE}/status"):
            assert (await desk.post(path, "another token")).status_code == 403
            assert (await desk.post(path, AccountSid="AC" + "6" * 32)).status_code == 403
        assert (await desk.post(VOICE, From="")).status_code == 422


async def test_sockets_without_a_signature_are_refused_before_they_open(tmp_path: Path) -> None:
    async with open_phone_desk(tmp_path, echoes) as desk:
        for headers in ({}, desk.signature(RELAY, "another token"), desk.signature("/channels/voice/stream")):
            with pytest.raises(InvalidStatus) as refused:
                async with connect(desk.socket_url + RELAY, additional_headers=headers, proxy=None):
                    pass
            assert refused.value.response.status_code == 403


async def test_a_pass_opens_one_socket_for_its_call_soon_and_once(tmp_path: Path) -> None:
    async with open_phone_desk(tmp_path, is_silent) as desk:
        first = pass_in(await desk.verbs(VOICE))
        sealed = pass_in(await desk.verbs(VOICE))
        forged = sealed[:-3] + ("aaa" if sealed[-3:] != "aaa" else "bbb")
        wrong = [
            (set_up(forged), "forged"),
            (set_up(first), "a newer pass was given"),
            (set_up(sealed, call="CA" + "2" * 32), "another call"),
            (set_up(sealed, account="AC" + "6" * 32), "another account"),
            (set_up(""), "none"),
        ]
        for message, why in wrong:
            socket = await opened(desk)
            await socket.send(message)
            assert await closed_with(socket) == 1008, why
        socket = await opened(desk)
        await socket.send(set_up(sealed))
        await until(lambda: bool(desk.board.running.gate.inside))
        again = await opened(desk)
        await again.send(set_up(sealed))
        assert await closed_with(again) == 1008
        await socket.close()
        await until(lambda: not desk.board.running.gate.inside)


async def test_the_document_connects_to_the_transport_that_is_set(tmp_path: Path) -> None:
    async with open_phone_desk(tmp_path, echoes) as desk:
        (connect_verb,) = await desk.verbs(VOICE)
        (relay,) = connect_verb.inside
        assert connect_verb.get("action") == f"{desk.url}{VOICE}/after?what=talk"
        assert relay.get("url") == desk.url.replace("http", "wss") + RELAY
        assert relay.get("dtmfDetection") == relay.get("partialPrompts") == "true"
        assert relay.get("language") == "en-US"
        assert [each.get("code") for each in relay.inside if each.name == "Language"] == ["en-US", "de-DE"]
        writer = replace(desk.board.writer, transport="stream")
        sessions = {"stream": desk.board.sessions["relay"]}
        desk.app.state.phone = replace(desk.board, writer=writer, sessions=sessions)
        (connect_verb,) = await desk.verbs(VOICE)
        (stream,) = connect_verb.inside
        assert stream.name == "Stream"
        assert stream.get("url") == desk.url.replace("http", "wss") + "/channels/voice/stream"
        desk.app.state.phone = replace(desk.board, sessions={})
        assert [each.name for each in await desk.verbs(VOICE)] == ["Say", "Record", "Redirect"]
        assert len(stream.parameters()["pass"]) + len("pass") < 500, "Twilio takes no longer parameter"


async def test_a_full_desk_says_so_and_takes_a_message_and_blocked_callers_are_refused(
    tmp_path: Path,
) -> None:
    async with open_phone_desk(tmp_path, echoes, most_calls=1, blocked="+15005550199, +1") as desk:
        assert [each.name for each in await desk.verbs(VOICE)] == ["Connect"]
        say, record, *_ = await desk.verbs(VOICE, CallSid="CA" + "2" * 32)
        assert say.text.startswith("Thank you for calling. All lines are busy")
        assert record.get("action").endswith("/after?what=message")
        done = await desk.verbs(f"{VOICE}/after?what=message", CallSid=CALL, RecordingDuration="7")
        assert done[0].text.startswith("Thank you, your message")
        assert [each.name for each in await desk.verbs(VOICE, From="+15005550199")] == ["Reject"]


async def test_another_groups_number_has_its_own_conversation_and_a_retry_has_the_same(
    tmp_path: Path,
) -> None:
    async with open_phone_desk(tmp_path, echoes, numbers={"+15005550101": "acme"}) as desk:
        for number, tenant in ((NUMBER, "default"), ("+15005550101", "acme")):
            told = {"CallSid": f"CA{tenant}", "To": number}
            arrival = Arrival(
                id=f"CA{tenant}", tenant=TenantId(tenant), caller=CALLER, called=number, language="en"
            )
            await desk.verbs(VOICE, **told)
            first = (await desk.board.book.find(arrival)).call
            await desk.verbs(VOICE, **told)
            assert (await desk.board.book.find(arrival)).call.conversation_id == first.conversation_id


async def test_states_go_forward_in_whatever_order_they_come(tmp_path: Path) -> None:
    async with open_phone_desk(tmp_path, echoes) as desk:
        await desk.verbs(VOICE)
        for state in ("in-progress", "ringing", "completed", "in-progress", "on fire"):
            assert (await desk.post(f"{VOICE}/status", CallStatus=state)).status_code == 204
        assert (await desk.desk.stores.calls.get(TenantId("default"), CALL)).state == "completed"
        assert (await desk.post(f"{VOICE}/status", CallSid="CAnone")).status_code == 204
        told = {"StreamEvent": "stream-error", "StreamError": "31921"}
        assert (await desk.post(f"{VOICE}/status", **told)).status_code == 204


async def test_a_connection_that_breaks_is_made_again_and_not_for_ever(tmp_path: Path) -> None:
    async with open_phone_desk(tmp_path, is_silent) as desk:

        async def script(caller: Caller) -> None:
            for _ in range(3):
                await until(lambda: caller.relay is not None and bool(caller.line.connected.words), 60)
                await caller.suffer("abrupt_close")
                await until(lambda: caller.relay is None, 60)
            await anyio.lowlevel.checkpoint()
            await caller.line.ended_or(1)

        with anyio.fail_after(120):
            call = await desk.carrier.call(script)
        assert len(call.recording.at("relay connected")) == 3
        assert call.said[0].startswith("I am sorry, something went wrong on our side. Please leave a message")


async def test_what_follows_a_talk_is_what_was_planned(tmp_path: Path) -> None:
    async def transfers(telephone: Telephone) -> None:
        await desk.board.book.plan(telephone.call, {"way": "transfer"})
        await telephone.leave()

    async with open_phone_desk(tmp_path, transfers, transfer_number="+15005550111") as desk:

        async def script(caller: Caller) -> None:
            await caller.line.ended.wait()

        desk.carrier.dialled = type(desk.carrier.dialled)(status="busy", ring_s=0.1)
        with anyio.fail_after(180):
            call = await desk.carrier.call(script)
        assert call.dialled == ["+15005550111"] * 3, "the talk comes back, and puts them through again"
        assert call.recordings


async def test_a_stop_lets_calls_end_then_tells_the_callers_and_takes_no_more(tmp_path: Path) -> None:
    async with open_phone_desk(tmp_path, is_silent, last_calls_seconds=0.2) as desk:

        async def script(caller: Caller) -> None:
            await until(lambda: bool(desk.board.running.gate.inside))
            spoke = asyncio.create_task(caller.wait_for_speech())
            closing = asyncio.create_task(desk.board.close())
            await anyio.lowlevel.checkpoint()
            (say, *_) = await desk.verbs(VOICE, CallSid="CA" + "9" * 32)
            assert say.name == "Say"
            assert await spoke
            await closing
            await caller.line.ended.wait()

        with anyio.fail_after(90):
            call = await desk.carrier.call(script)
        assert call.said[0].startswith("I am sorry, I have to end this call now.")
        assert not desk.board.running.gate.inside


async def test_a_talk_whose_call_is_over_ends_though_its_socket_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.phone.running.CLOSES_WITHIN_S", 0.05)
    async with open_phone_desk(tmp_path, is_silent) as desk:
        socket = await opened(desk)
        await socket.send(set_up(pass_in(await desk.verbs(VOICE))))
        await until(lambda: bool(desk.board.running.gate.inside))
        await desk.post(f"{VOICE}/status", CallStatus="completed")
        await until(lambda: not desk.board.running.gate.inside)
        await socket.close()


async def test_steps_are_written_as_twilio_reads_them(tmp_path: Path) -> None:
    async with open_phone_desk(tmp_path, echoes) as desk:
        await desk.verbs(VOICE)
        steps: list[tuple[Any, list[str]]] = [
            (HangUp(), ["Hangup"]),
            (HangUp(say="Bye & thanks"), ["Say", "Hangup"]),
            (PutThrough(number="+15005550111", say="One moment."), ["Say", "Dial"]),
            (TakeMessage(say="Speak."), ["Say", "Record", "Redirect"]),
            (TalkAgain(), ["Connect"]),
        ]
        for step, names in steps:

            class Steps:
                async def next_step(self, ended: Any, step: Any = step) -> Any:
                    return step

            desk.app.state.phone = replace(desk.app.state.phone, steps=Steps())
            verbs = await desk.verbs(f"{VOICE}/after?what=dial", DialCallStatus="busy")
            assert [each.name for each in verbs] == names


async def test_each_group_picks_up_in_its_own_name_and_language_or_not_at_all(tmp_path: Path) -> None:
    async def listens(caller: Caller) -> None:
        if await caller.wait_for_speech():
            await caller.wait_for_quiet(3)

    numbers = {"+15005550101": "acme", "+15005550102": "beta", "+15005550103": "shut"}
    async with open_phone_desk(tmp_path, None, numbers=numbers) as desk:
        personas = desk.desk.answerer.personas
        greeting = {"de": "Womit kann ich dienen?"}
        acme = Persona(company="Acme", languages=("de",), greeting=greeting)
        await personas.save(TenantId("acme"), acme, version=0, by="a test")
        await personas.save(TenantId("shut"), Persona(doors=("web",)), version=0, by="a test")
        with anyio.fail_after(120):
            calls = {called: await desk.carrier.call(listens, to=called) for called in (NUMBER, *numbers)}
    said = {called: call.said[:2] for called, call in calls.items()}
    assert said == {
        NUMBER: ["Hello, this is the automated assistant of Frontdesk.", "How can I help you?"],
        "+15005550101": [
            "Guten Tag, hier ist der automatische Assistent von Acme.",
            "Womit kann ich dienen?",
        ],
        "+15005550102": ["Hello, this is the automated assistant.", "How can I help you?"],
        "+15005550103": ["I am sorry: this desk does not answer here. Please reach us in another way."],
    }
    assert not calls["+15005550103"].recording.at("relay connected")
