"""Twilio's Media Stream messages, the hostile ones too, and a socket that stalls."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.phone.media_stream import MediaStream, StreamOptions
from channels.phone.stream_messages import LONGEST, Stopped, read_incoming, read_object, read_start
from channels.simulators.call_clock import run_virtually
from channels.voice.ear import EarParts
from channels.voice.energy_activity import EnergyActivity
from channels.voice.sound_line import Incoming, Played, Pressed, Sound
from channels.voice.sound_telephone import SoundTelephone
from channels.voice.telephone import Call, Gone, Heard, Key
from core.errors import Refused
from tests.fakes.call_invariants import nothing_is_left
from tests.fakes.scripted_speech import ScriptedRecogniser, ScriptedSpeaker
from tests.fakes.sound_desk import everything, sentence

SID = "MZ" + "0" * 32
START = {
    "event": "start",
    "sequenceNumber": "1",
    "start": {
        "accountSid": "AC1",
        "streamSid": SID,
        "callSid": "CA1",
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"k": "v", "n": 7},
    },
    "streamSid": SID,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["event", "media", "payload", "mark", "name", "dtmf", "digit", "start", "streamSid", "track"]
)
HOSTILE = st.dictionaries(
    NAMES,
    JSON | st.sampled_from(["media", "mark", "dtmf", "stop", "start"]) | st.dictionaries(NAMES, JSON),
)


class Socket:
    """Stands for a WebSocket: gives what it holds, keeps what is sent, and may take nothing."""

    def __init__(self, *messages: object) -> None:
        self.messages = [each if isinstance(each, str) else json.dumps(each) for each in messages]
        self.sent: list[dict[str, Any]] = []
        self.is_stalled = False
        self.takes_s = 0.0
        self.closed = 0

    async def receive(self) -> dict[str, Any]:
        if self.messages:
            return {"type": "websocket.receive", "text": self.messages.pop(0)}
        return {"type": "websocket.disconnect", "code": 1006}

    async def send_text(self, text: str) -> None:
        if self.is_stalled:
            await asyncio.Event().wait()
        await asyncio.sleep(self.takes_s)
        self.sent.append(json.loads(text))

    async def close(self) -> None:
        self.closed += 1


def stream(socket: Socket, **options: Any) -> MediaStream:
    return MediaStream(socket, StreamOptions(**options))  # type: ignore[arg-type]


async def all_of(line: MediaStream) -> list[Incoming]:
    return [each async for each in line.incoming()]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(HOSTILE)
def test_whatever_a_message_holds_it_is_read_or_left_out(message: dict[str, Any]) -> None:
    read = read_incoming(message, SID)
    assert read is None or isinstance(read, Sound | Pressed | Played | Stopped)
    read_start(message)


@given(st.text() | st.binary() | st.none())
def test_whatever_a_text_is_it_is_an_object_or_left_out(raw: object) -> None:
    assert read_object(raw) is None or isinstance(read_object(raw), dict)


@pytest.mark.parametrize(
    "raw", ["[" * 100_000, "x" * (LONGEST + 1), b"{}", "[]", "NaN"], ids=lambda raw: str(raw)[:5]
)
def test_what_is_no_object_of_sensible_length_is_left_out(raw: object) -> None:
    assert read_object(raw) is None


def test_a_start_says_which_call_it_is() -> None:
    start = read_start(START)
    assert start is not None
    assert (start.stream, start.call, start.parameters) == (SID, "CA1", {"k": "v"})


def test_sound_keys_and_marks_come_through_and_the_rest_does_not() -> None:
    socket = Socket(
        {"event": "connected", "protocol": "Call", "version": "1.0.0"},
        {"event": "media", "media": {"payload": "//8="}},
        START,
        {"event": "media", "media": {"track": "inbound", "payload": "//8="}, "streamSid": SID},
        {"event": "media", "media": {"track": "inbound", "payload": "no base64!"}, "streamSid": SID},
        {"event": "media", "media": {"payload": "//8="}, "streamSid": "MZ-another"},
        {"event": "media", "media": "//8=", "streamSid": SID},
        {"event": "media", "media": {"track": "outbound", "payload": "//8="}, "streamSid": SID},
        START,
        "{",
        {"event": "dtmf", "dtmf": {"digit": "1"}, "streamSid": SID},
        {"event": "mark", "mark": {"name": "a"}, "streamSid": SID},
        {"event": "stop", "stop": {}, "streamSid": SID},
        {"event": "dtmf", "dtmf": {"digit": "2"}, "streamSid": SID},
    )

    async def main() -> None:
        line = stream(socket)
        assert (await line.begin()).call == "CA1"
        assert await all_of(line) == [Sound(b"\xff\xff"), Pressed("1"), Played("a")]
        assert line.reason == "the caller hung up"

    run_virtually(main())


def test_a_carrier_that_only_sends_nonsense_is_left() -> None:
    async def main() -> None:
        line = stream(Socket(START, *["nonsense"] * 100), unreadable=20)
        await line.begin()
        assert await all_of(line) == []
        assert "21 messages in a row" in line.reason

    run_virtually(main())


@pytest.mark.parametrize(
    ("messages", "says"),
    [
        ([], "ended before it started"),
        (["{}"] * 60, "no start"),
        ([{**START, "start": START["start"] | {"mediaFormat": {"encoding": "opus"}}}], "'opus' at 0 Hz"),  # type: ignore[operator]
    ],
    ids=["nothing", "no start", "another sound"],
)
def test_a_socket_that_is_no_stream_of_telephone_sound_is_refused(messages: list[object], says: str) -> None:
    async def main() -> None:
        with pytest.raises(Refused, match=says):
            await stream(Socket(*messages)).begin()

    run_virtually(main())


def begun(check: Callable[[MediaStream, Socket], Any]) -> None:
    async def main() -> None:
        socket = Socket(START)
        line = stream(socket)
        await line.begin()
        carrying = asyncio.create_task(line.carry())
        await check(line, socket)
        carrying.cancel()
        await asyncio.wait({carrying})

    run_virtually(main())


def test_a_clear_drops_what_was_not_sent_yet_and_later_sound_comes_after_it() -> None:
    async def check(line: MediaStream, socket: Socket) -> None:
        line.send(b"old")
        line.mark("old")
        line.clear()
        line.send(b"new")
        await asyncio.sleep(0.1)
        assert [each["event"] for each in socket.sent] == ["clear", "media"]
        assert socket.sent[1]["media"]["payload"] == "bmV3"
        assert {each["streamSid"] for each in socket.sent} == {SID}

    begun(check)


def test_a_socket_that_takes_nothing_for_five_seconds_is_broken() -> None:
    async def main() -> None:
        socket = Socket(START)
        line = stream(socket)
        await line.begin()
        socket.is_stalled = True
        line.send(b"sound")
        assert await line.carry() == "the carrier took nothing for 5 s"
        assert asyncio.get_running_loop().time() == pytest.approx(5)
        await line.close()
        await line.close()
        assert socket.closed == 1
        line.send(b"more")

    run_virtually(main())


def test_a_socket_that_takes_too_little_is_broken_before_much_waits() -> None:
    async def main() -> None:
        socket = Socket(START)
        line = stream(socket, waiting=20)
        await line.begin()
        socket.takes_s = 4
        carrying = asyncio.create_task(line.carry())
        for _ in range(60):
            line.send(b"sound")
            await asyncio.sleep(0.1)
        assert await carrying == "the carrier is 39 messages behind"
        await line.close()

    run_virtually(main())


GOOD = st.sampled_from(
    [
        {"event": "media", "media": {"track": "inbound", "payload": "AAAA" * 54}, "streamSid": SID},
        {"event": "media", "media": {"track": "inbound", "payload": "gICA" * 30_000}, "streamSid": SID},
        {"event": "media", "media": {"payload": ""}, "streamSid": SID},
        {"event": "dtmf", "dtmf": {"digit": "1"}, "streamSid": SID},
        {"event": "dtmf", "dtmf": {"digit": "11"}, "streamSid": SID},
        {"event": "mark", "mark": {"name": "0.1"}, "streamSid": SID},
        START,
    ]
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=12)
@given(st.lists(GOOD | HOSTILE | st.text(max_size=5), max_size=60))
def test_whatever_a_carrier_sends_the_call_goes_on_to_its_end_and_leaves_nothing(
    messages: list[object],
) -> None:
    recogniser, speaker = ScriptedRecogniser(["Yes."]), ScriptedSpeaker()

    async def one_call() -> list[Heard]:
        line = stream(Socket(START, *messages))
        start = await line.begin()
        call = Call(id=start.call, tenant="t", caller="", called="", conversation_id="")
        parts = EarParts(recogniser=recogniser, activity=EnergyActivity())
        async with SoundTelephone(call, line, parts, speaker) as telephone:
            await telephone.say(sentence("Welcome."))
            return await everything(telephone)

    async def main() -> list[Heard]:
        async with nothing_is_left(recogniser):
            return await one_call()

    heard = run_virtually(main())
    assert isinstance(heard[-1], Gone)
    assert all(
        each.digit in "0123456789*#" and len(each.digit) == 1 for each in heard if isinstance(each, Key)
    )
