"""A telephone over ConversationRelay, with the simulated carrier at its other end, in virtual time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from channels.http_server import QuietServer, listening
from channels.phone.call_socket import CallSocket
from channels.phone.relay_mouth import RelayMouth
from channels.phone.relay_session import RelaySession
from channels.phone.relay_telephone import RelayTelephone
from channels.simulators.call_caller import Caller
from channels.simulators.call_clock import run_virtually
from channels.simulators.call_faults import RELAY_FAULTS
from channels.simulators.call_live import LiveCall
from channels.simulators.call_simulator import CallSimulator
from channels.voice.sound import tone
from channels.voice.telephone import Call, Gone, Heard, Key, Said, Sentence, SpeechBegan, Utterance
from core.errors import Refused
from tests.fakes.phone_desk import SID, TOKEN

LOCALES = {"en": "en-US", "de": "de-DE"}
LONG = "Your order was sent on Tuesday and it will be with you before the end of this week."
Talk = Callable[["Desk", RelayTelephone], Awaitable[None]]


@dataclass
class Desk:
    """Connects every call to a relay, and has `talk` talk with the caller."""

    talk: Talk
    heard: list[Heard] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    socket: CallSocket | None = None
    base: str = ""
    is_closed: bool = False
    troubles: list[BaseException] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        url = self.base.replace("http", "wss")
        body = f'<Connect action="/after"><ConversationRelay url="{url}/relay"/></Connect>'
        is_first = request.url.path == "/voice"
        return Response(f"<Response>{body if is_first else '<Hangup/>'}</Response>", media_type="text/xml")

    async def relay(self, socket: WebSocket) -> None:
        self.socket = CallSocket(socket)
        await self.socket.accept()
        session = RelaySession(socket=self.socket, locales=LOCALES)
        start = await session.begin()
        call = Call(id=start.call, tenant="default", caller="", called="", conversation_id="c", language="en")
        try:
            async with session.telephone(call) as telephone:
                await self.talk(self, telephone)
        finally:
            self.is_closed = True

    async def listen(self, telephone: RelayTelephone, until: type[Heard] = Gone) -> Heard:
        """Note what the caller does until the first of a kind, which is returned."""
        async for event in telephone.hear():
            self.heard.append(event)
            if isinstance(event, until | Gone):
                return event
        raise AssertionError("it never ends without Gone")

    def place(self, script: Callable[[Caller], Awaitable[None]]) -> LiveCall:
        """The call after its end; nothing of it is left."""

        async def main() -> LiveCall:
            with listening("127.0.0.1", 0) as listener:
                self.base = f"http://127.0.0.1:{listener.getsockname()[1]}"
                routes = [Route(path, self.answer, methods=["POST"]) for path in ("/voice", "/after")]
                app = Starlette(routes=[*routes, WebSocketRoute("/relay", self.relay)])
                server = QuietServer(_config(app))
                serving = asyncio.create_task(server.serve(sockets=[listener]))
                await server.ready.wait()
                simulator = CallSimulator(account_sid=SID, auth_token=TOKEN, voice_url=f"{self.base}/voice")
                try:
                    return await simulator.call(script)
                finally:
                    await simulator.aclose()
                    server.should_exit = True
                    await serving
                    others = asyncio.all_tasks() - {asyncio.current_task()}
                    assert not others, "tasks are left behind"

        call = run_virtually(main(), longest_s=600)
        assert self.is_closed
        return call


def _config(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        ws="websockets-sansio",
        ws_ping_interval=None,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )


def sentence(text: str, **options: Any) -> Sentence:
    return Sentence(id=text[:8], text=text, language=options.pop("language", "en"), **options)


def sent(call: LiveCall) -> list[str]:
    return [each.what.removeprefix("says: ") for each in call.recording.moments if each.who == "desk"]


async def waits(caller: Caller) -> None:
    await caller.silence(60)


def test_words_come_as_an_utterance_and_sentences_are_heard_one_after_the_other() -> None:
    async def talk(desk: Desk, telephone: RelayTelephone) -> None:
        await telephone.say(sentence("Hello, how can I help you?"))
        assert telephone.is_speaking
        desk.said += await telephone.said()
        assert not telephone.is_speaking
        found = await desk.listen(telephone, Utterance)
        assert isinstance(found, Utterance)
        assert (found.text, found.language) == ("Where is my order?", "en")
        await telephone.say(sentence("It costs $5 [1]."))
        await telephone.say(sentence("It ships today."))
        desk.said += await telephone.said()
        await telephone.leave()

    async def script(caller: Caller) -> None:
        assert await caller.wait_for_speech()
        await caller.wait_for_quiet()
        await caller.say(tone(1), "Where is my order?")
        await caller.silence(60)

    desk = Desk(talk)
    call = desk.place(script)
    assert [(each.sentence.text, each.share, each.text) for each in desk.said] == [
        (text, 1.0, text) for text in ("Hello, how can I help you?", "It costs $5 [1].", "It ships today.")
    ]
    assert call.said == ["Hello, how can I help you?", "It costs five dollars.", "It ships today."]
    assert call.status == "completed"
    assert [type(each) for each in desk.heard] == [SpeechBegan, Utterance]


def test_a_caller_who_cuts_in_leaves_the_words_that_were_heard() -> None:
    async def talk(desk: Desk, telephone: RelayTelephone) -> None:
        await telephone.say(sentence("Thank you."))
        await telephone.say(sentence(LONG))
        await telephone.say(sentence("Is there anything else?"))
        await desk.listen(telephone, SpeechBegan)
        desk.said += await telephone.hush()
        assert not telephone.is_speaking
        await desk.listen(telephone, Utterance)
        assert await telephone.said() != []
        await telephone.leave()

    async def script(caller: Caller) -> None:
        await caller.wait_for_speech()
        await caller.silence(3)
        await caller.say(tone(1), "No, the other one.")
        await caller.silence(60)

    desk = Desk(talk)
    desk.place(script)
    long, last = desk.said
    assert LONG.startswith(long.text)
    assert 0.3 < long.share < 0.6
    assert len(long.text.split()) in range(5, 9)
    assert (last.share, last.text) == (0.0, "")


def test_speech_that_was_held_goes_on_with_the_word_that_was_cut() -> None:
    async def talk(desk: Desk, telephone: RelayTelephone) -> None:
        await telephone.say(sentence(LONG))
        await desk.listen(telephone, SpeechBegan)
        await telephone.hold()
        await desk.listen(telephone, Utterance)
        await telephone.resume()
        desk.said += await telephone.said()
        await telephone.leave()

    async def script(caller: Caller) -> None:
        await caller.wait_for_speech()
        await caller.silence(2)
        await caller.say(tone(0.3), "uh-huh")
        await caller.silence(60)

    desk = Desk(talk)
    call = desk.place(script)
    first, again = call.said
    assert LONG.endswith(again)
    assert again[0] != " "
    assert len(again) < len(first) == len(LONG)
    assert [(each.share, each.text) for each in desk.said] == [(1.0, LONG)]


def test_an_interruption_that_nobody_heeds_is_none() -> None:
    async def talk(desk: Desk, telephone: RelayTelephone) -> None:
        await telephone.say(sentence(LONG))
        desk.said += await telephone.said()
        await telephone.leave()

    async def script(caller: Caller) -> None:
        await caller.wait_for_speech()
        await caller.silence(2)
        await caller.say(tone(0.3))
        await caller.silence(60)

    desk = Desk(talk)
    call = desk.place(script)
    assert len(call.said) == 2
    assert desk.said[0].share == 1.0


def test_a_protected_sentence_is_heard_whoever_speaks_and_before_the_desk_leaves() -> None:
    async def talk(desk: Desk, telephone: RelayTelephone) -> None:
        await telephone.say(sentence("This call is recorded, and you talk to a machine.", is_protected=True))
        await telephone.say(sentence(LONG))
        await desk.listen(telephone, Key)
        await telephone.hush()
        assert telephone.is_speaking
        await telephone.leave()

    async def script(caller: Caller) -> None:
        await caller.wait_for_speech()
        await caller.say(tone(0.3))
        await caller.press("0")
        await caller.silence(60)

    desk = Desk(talk)
    call = desk.place(script)
    assert call.said == ["This call is recorded, and you talk to a machine."]
    assert not call.recording.at("interrupts")
    ended, began = call.recording.at("ends the session")[0], call.recording.at("relay connected")[0]
    assert ended - began > 3


def test_the_end_tells_what_the_desk_wants_done() -> None:
    async def talk(desk: Desk, telephone: RelayTelephone) -> None:
        telephone.hand_off_data = {"way": "transfer"}
        telephone.expect(language="de")
        await telephone.say(sentence("Ich verbinde.", language="de"))
        await telephone.said()
        await telephone.leave()

    got: list[list[dict[str, Any]]] = []

    async def script(caller: Caller) -> None:
        await caller.wait_for_speech()
        assert caller.relay is not None
        got.append(caller.relay.socket.received)
        await caller.silence(30)

    Desk(talk).place(script)
    language, text, end = got[0]
    assert (language["type"], language["ttsLanguage"]) == ("language", "de-DE")
    assert (text["token"], text["lang"], text["last"]) == ("Ich verbinde.", "de-DE", True)
    assert end["type"] == "end"
    assert json.loads(end["handoffData"]) == {"way": "transfer"}


@pytest.mark.parametrize("fault", sorted(RELAY_FAULTS))
def test_every_fault_leaves_a_call_that_goes_on_or_ends(fault: str) -> None:
    async def talk(desk: Desk, telephone: RelayTelephone) -> None:
        await telephone.say(sentence(LONG))
        found = await desk.listen(telephone, Utterance)
        desk.said += await telephone.hush()
        if isinstance(found, Utterance):
            await telephone.say(sentence("Good-bye."))
            await telephone.said()
            await telephone.leave()
        else:
            assert await telephone.said() is not None

    async def script(caller: Caller) -> None:
        await caller.wait_for_speech()
        await caller.silence(1)
        await caller.suffer(fault)
        await caller.say(tone(0.5), "Are you there?")
        await caller.silence(30)

    desk = Desk(talk)
    desk.place(script)
    is_cut = fault in ("abrupt_close", "stop")
    assert isinstance(desk.heard[-1], Gone if is_cut else Utterance)
    assert desk.socket is not None
    assert desk.socket.is_broken == (fault == "abrupt_close")


def test_a_desk_that_leaves_while_the_caller_hangs_up_leaves_nothing() -> None:
    async def talk(desk: Desk, telephone: RelayTelephone) -> None:
        await telephone.say(sentence(LONG, is_protected=True))
        await asyncio.sleep(1)
        await asyncio.gather(telephone.leave(), desk.listen(telephone))
        assert not telephone.is_speaking
        await telephone.say(sentence("Too late."))
        late = (await telephone.said())[-1]
        assert (late.share, late.text) == (0.0, "")

    async def script(caller: Caller) -> None:
        await caller.wait_for_speech()
        await caller.silence(2)

    desk = Desk(talk)
    desk.place(script)
    assert isinstance(desk.heard[-1], Gone)


def test_what_is_protected_is_waited_for_in_peace_though_the_carrier_is_slow_to_take_it() -> None:
    sent: list[str] = []

    async def takes_its_time(message: Mapping[str, Any]) -> None:
        sent.append(message["token"])
        await asyncio.sleep(4)

    async def main() -> float:
        mouth = RelayMouth(takes_its_time, lambda language: "")
        running = asyncio.create_task(mouth.run())
        mouth.say(sentence("One moment."))
        await asyncio.sleep(1)
        mouth.say(sentence("This call is recorded.", is_protected=True))
        await mouth.protected_said()
        mouth.close()
        await running
        return asyncio.get_running_loop().time()

    assert run_virtually(main()) > 4
    assert sent == ["One moment.", "This call is recorded."]


def test_what_goes_wrong_in_a_talk_is_told_as_it_is() -> None:
    async def main() -> None:
        socket = CallSocket(WebSocket({"type": "websocket"}, receive=_never, send=_nothing))
        call = Call(id="CA1", tenant="t", caller="+1", called="+2", conversation_id="c")
        async with RelayTelephone(call, socket, locales=LOCALES):
            raise Refused("the records can't be read")

    with pytest.raises(Refused, match="the records can't be read"):
        run_virtually(main())


def test_a_socket_that_says_nothing_of_a_call_is_refused() -> None:
    outcome: list[str] = []

    async def main() -> None:
        class Silent(CallSocket):
            async def next_text(self) -> str | None:
                await asyncio.sleep(60)
                return None

        socket = Silent(WebSocket({"type": "websocket"}, receive=_never, send=_nothing))
        try:
            await RelaySession(socket=socket, locales=LOCALES).begin()
        except Refused as error:
            outcome.append(str(error))

    run_virtually(main())
    assert outcome == ["no setup came within 10 s"]


async def _never() -> Any:
    await asyncio.sleep(3600)


async def _nothing(message: Any) -> None:
    """Nobody listens."""
