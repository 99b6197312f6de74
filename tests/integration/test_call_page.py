"""The telephone of `simulate call` over real sockets: page, texts, files, one call, and the terminal."""

from __future__ import annotations

import asyncio
import io
import json
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from typer.testing import CliRunner
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from channels.simulators.call_carrier import Caller, Carrier, Place, carrier_beside
from channels.simulators.call_faults import FAULTS
from channels.simulators.call_microphone import Microphone
from channels.simulators.call_once import Lines, place_once
from channels.simulators.call_terminal import CallTerminal
from channels.simulators.call_voice import is_sound_file, sound_of
from channels.simulators.commands import simulate
from channels.simulators.credentials import TwilioCredentials
from channels.voice.sound import RATE, to_mulaw, tone
from config.settings import Settings
from core.errors import Misconfigured, Refused
from tests.fakes.line_desk import LINKS, RELAY, STREAM, LineDesk, line_desk
from tests.services.speech_packages import need_speech

pytestmark = pytest.mark.anyio

SID, TOKEN = "AC" + "7" * 32, "a token"
SPOKEN = to_mulaw(tone(0.02, 300))
PATIENCE_S = 60


@asynccontextmanager
async def telephone(settings: Settings, twiml: str = STREAM) -> AsyncIterator[tuple[Carrier, LineDesk]]:
    """A carrier with its page, and the desk that it calls."""
    desk = LineDesk(twiml, account=(SID, TOKEN))
    credentials = TwilioCredentials(account_sid=SID, auth_token=TOKEN)
    async with line_desk(desk):
        place = Place(desk=desk.url, host="127.0.0.1", port=0, texts_port=0)
        async with carrier_beside(place, credentials, settings, Caller()) as carrier:
            carrier.telephony.calls.ring_s = 0.05
            desk.texts = carrier.telephony.texts.url
            yield carrier, desk


async def until(is_met: Callable[[], bool]) -> None:
    """Wait until it holds."""
    with anyio.fail_after(PATIENCE_S):
        while not is_met():  # noqa: ASYNC110 - what it asks tells nobody
            await asyncio.sleep(0.01)


class Browser:
    """The page's end of a call: it speaks without a pause, and keeps what it is told."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.told: list[dict[str, Any]] = []
        self.heard = 0

    async def tell(self, **message: object) -> None:
        await self._socket.send(json.dumps(message))

    async def until(self, is_met: Callable[[], object], *, speaks: bool = False) -> None:
        """Read on until it holds."""
        with anyio.fail_after(PATIENCE_S):
            while not is_met():
                said = await self._socket.recv()
                if isinstance(said, bytes):
                    self.heard += len(said.strip(b"\xff"))
                    if speaks:
                        await self._socket.send(SPOKEN)
                else:
                    self.told.append(json.loads(said))

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [each for each in self.told if kind in {each["event"], each.get("kind")}]


@asynccontextmanager
async def dialled(carrier: Carrier, **more: object) -> AsyncIterator[Browser]:
    address = f"{carrier.url.replace('http', 'ws')}/simulator/call"
    async with connect(address, proxy=None) as socket:
        browser = Browser(socket)
        await browser.tell(do="dial", **more)
        yield browser


async def test_a_call_from_the_page_carries_sound_keys_a_clear_and_a_text(settings: Settings) -> None:
    async with telephone(settings) as (carrier, desk), dialled(carrier) as page:
        await page.until(lambda: page.of("stream") and page.heard, speaks=True)
        await page.until(lambda: len(desk.heard) > 4000, speaks=True)
        await page.tell(do="press", what="1")
        heard = page.heard
        await page.until(lambda: page.heard > heard + RATE // 4)
        await page.tell(do="press", what="2")
        await page.until(lambda: page.of("clear"))
        await page.tell(do="press", what="3")
        await page.until(lambda: page.of("texts"))
        assert page.of("texts")[0]["words"] == LINKS
        await page.tell(do="hang_up")
        await page.until(lambda: page.of("transcript"))
        ended = page.of("ended")[0]
        assert (ended["status"], ended["trouble"]) == ("completed", "")
        async with httpx.AsyncClient(trust_env=False) as client:
            sound = await client.get(f"{carrier.url}/simulator/calls/{ended['sid']}.wav")
            missing = await client.get(f"{carrier.url}/simulator/calls/CA0.wav")
        assert missing.status_code == 404
        with wave.open(io.BytesIO(sound.content)) as file:
            assert (file.getnchannels(), file.getframerate()) == (2, RATE)
    assert [each["dtmf"]["digit"] for each in desk.events if each["event"] == "dtmf"] == ["1", "2", "3"]
    assert desk.names()[-1] == "stop"


async def test_what_is_typed_is_heard_by_the_desk_and_written_on_the_page(settings: Settings) -> None:
    async with telephone(settings) as (carrier, desk), dialled(carrier) as page:
        await page.tell(do="say", what="  Where is my order?  ")
        await page.tell(do="say", what=" ")
        await page.until(lambda: page.of("speaks") and len(desk.heard) > 2000)
        assert page.of("speaks")[0]["words"] == "Where is my order?"
        await page.tell(do="hang_up")
        await page.until(lambda: page.of("ended"))


async def test_a_relay_hears_the_typed_words_and_its_words_are_written(settings: Settings) -> None:
    async with telephone(settings, RELAY) as (carrier, desk), dialled(carrier) as page:
        await page.until(lambda: page.of("relay"))
        await page.tell(do="say", what="How long?")
        await page.until(lambda: page.of("says"))
        assert page.of("says")[0]["words"] == "Thirty days."
        await page.tell(do="fault", what="bad_base64")
        await page.until(lambda: page.of("refused"))
    assert desk.words == ["How long?"]


async def test_faults_happen_to_a_call_from_the_page(settings: Settings) -> None:
    async with telephone(settings) as (carrier, desk):
        async with dialled(carrier, faults=["media_before_start", "nonsense"]) as page:
            await page.until(lambda: page.of("stream") and desk.names()[:1])
            await page.tell(do="fault", what="second_start")
            await page.tell(do="fault", what="earthquake")
            await page.until(lambda: page.of("refused") and desk.names().count("start") == 2)
            assert "earthquake" in page.of("refused")[0]["why"]
            await page.tell(do="fault", what="abrupt_close")
            await page.until(lambda: page.of("ended"))
        assert desk.closed_with
        assert set(desk.closed_with) <= {1005, 1006}


async def test_who_closes_the_page_hangs_up_and_who_hangs_up_early_never_called(settings: Settings) -> None:
    async with telephone(settings) as (carrier, desk):
        async with dialled(carrier) as page:
            await page.until(lambda: page.of("stream"))
        calls = list(carrier.telephony.calls.calls.values())
        await until(lambda: calls[0].status == "completed")
        carrier.telephony.calls.ring_s = 3600
        async with dialled(carrier) as page:
            await page.until(lambda: page.told)
            await page.tell(do="hang_up")
            await page.until(lambda: page.of("ended"))
            assert page.of("ended")[0]["status"] == "canceled"
    assert desk.names().count("start") == 1


async def test_a_simulator_that_stops_ends_the_calls_of_its_page(settings: Settings) -> None:
    async with AsyncExitStack() as stack:
        async with telephone(settings) as (carrier, desk):
            page = await stack.enter_async_context(dialled(carrier))
            await page.until(lambda: page.of("stream") and desk.names()[:1])
        with anyio.fail_after(PATIENCE_S), pytest.raises(ConnectionClosed):
            await page.until(lambda: False)
    assert page.of("ended")[0]["status"] == "completed"
    assert desk.names()[-1] == "stop"


async def test_a_desk_that_is_not_there_is_said_so(settings: Settings) -> None:
    place = Place(desk="http://127.0.0.1:9", host="127.0.0.1", port=0, texts_port=0)
    credentials = TwilioCredentials(account_sid=SID, auth_token=TOKEN)
    async with carrier_beside(place, credentials, settings, Caller()) as carrier:
        carrier.telephony.calls.ring_s = 0
        async with dialled(carrier) as page:
            await page.until(lambda: page.of("ended"))
            assert "does the desk run there?" in page.of("ended")[0]["trouble"]


async def test_the_line_takes_no_page_of_another_site_and_no_nonsense(settings: Settings) -> None:
    async with telephone(settings) as (carrier, _):
        address = f"{carrier.url.replace('http', 'ws')}/simulator/call"
        with pytest.raises(InvalidStatus):
            async with connect(address, proxy=None, origin="https://evil.example.com"):  # type: ignore[arg-type]
                pass
        async with connect(address, proxy=None) as socket:
            await socket.send("no json")
            with pytest.raises(ConnectionClosed):
                await socket.recv()
        async with dialled(carrier) as page:
            await page.until(lambda: page.of("stream"))
            await page._socket.send("no json")
            await page._socket.send("[1]")
            await page.tell(do="hang_up")
            await page.until(lambda: page.of("ended"))


async def test_a_port_that_is_taken_is_told_or_refused_and_texts_go_elsewhere(settings: Settings) -> None:
    credentials = TwilioCredentials(account_sid=SID, auth_token=TOKEN)
    async with telephone(settings) as (first, desk):
        ports = {
            "port": int(first.url.rpartition(":")[2]),
            "texts_port": int(first.telephony.texts.url.rpartition(":")[2]),
        }
        strict = Place(desk=desk.url, host="127.0.0.1", **ports)
        with pytest.raises(Misconfigured, match="--port"):
            async with carrier_beside(strict, credentials, settings, Caller()):
                pass
        lenient = Place(desk=desk.url, host="127.0.0.1", must_serve=False, has_page=False, **ports)
        async with carrier_beside(lenient, credentials, settings, Caller()) as second:
            assert (second.url, second.telephony.texts.url) == ("", "")
            lines = Lines(said=["Hello?"], keys="9", faults=["duplicate_mark", "out_of_order"])
            assert await place_once(second, lines, None, as_json=True) == 0
    assert desk.names().count("mark") >= 2


async def test_one_call_prints_its_timeline_and_writes_both_sides(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with telephone(settings) as (carrier, _):
        lines = Lines(keys="3")
        assert await place_once(carrier, lines, tmp_path / "both.wav", as_json=False) == 0
    shown = capsys.readouterr().out
    assert LINKS in shown
    assert "presses 3" in shown
    assert "mark said" not in shown
    with wave.open(str(tmp_path / "both.wav")) as file:
        assert file.getnchannels() == 2


async def test_a_terminal_says_what_is_typed(settings: Settings, tmp_path: Path) -> None:
    shown = io.StringIO()
    async with telephone(settings) as (carrier, desk):
        view = CallTerminal(carrier.telephony, Console(file=shown))
        for early in ("/press 1", "/wav", "/fault stall", "/fault nonsense", "/hangup", "/faults", "/help"):
            await view.do(early)
        await view.do("/fault duplicate_mark")
        await view.do("Where is my order?")
        await view.do("/call")
        await until(lambda: len(desk.heard) > 2000)
        await view.do("/press 9")
        await until(lambda: "completed" in shown.getvalue())
        await view.do(f"/wav {tmp_path / 'call.wav'}")
    told = shown.getvalue()
    for words in ("you are in no call", "You are in a call", "presses 9", "With the next call", "bad_base64"):
        assert words in told
    assert (tmp_path / "call.wav").read_bytes()[:4] == b"RIFF"


def _written(path: Path, samples: np.ndarray, rate: int, layout: str) -> Path:
    """The samples (16 bits, a row for each channel) as the file its name says."""
    import av  # noqa: PLC0415 - comes with faster-whisper

    with av.open(str(path), "w") as file:
        stream = file.add_stream("flac" if path.suffix == ".flac" else "pcm_s24le", rate=rate, layout=layout)
        packed = np.ascontiguousarray(samples.T.reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=layout)
        frame.sample_rate = rate
        as_file = av.AudioResampler(format=stream.format, layout=layout, rate=rate)
        for each in (*as_file.resample(frame), *as_file.resample(None)):
            file.mux(stream.encode(each))
        file.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("name", ["caller.flac", "caller.wav"], ids=["flac", "wav of 24 bits"])
async def test_files_of_other_kinds_are_brought_to_the_telephone(name: str, tmp_path: Path) -> None:
    need_speech("av")
    at = np.arange(44_100) / 44_100
    left = (8000 * np.sin(2 * np.pi * 440 * at)).astype(np.int16)
    path = _written(tmp_path / name, np.stack([left, left]), 44_100, "stereo")
    assert is_sound_file(str(path))
    samples = await sound_of(path)
    assert len(samples) == pytest.approx(RATE, abs=RATE // 50)
    spectrum = np.abs(np.fft.rfft(samples[:RATE].astype(float)))
    assert int(spectrum.argmax()) == pytest.approx(440, abs=3)
    assert int(np.abs(samples).max()) == pytest.approx(8000, rel=0.1)


async def test_a_file_that_holds_no_sound_is_refused(tmp_path: Path) -> None:
    need_speech("av")
    for name in ("words.flac", "words.wav"):
        (tmp_path / name).write_text("no sound")
        with pytest.raises(Refused, match=name):
            await sound_of(tmp_path / name)
    with pytest.raises(Refused, match="there is no file"):
        is_sound_file("nowhere.flac")
    assert not is_sound_file("Where is my order?")


def test_the_help_lists_the_faults_and_an_unknown_one_is_wrong_use() -> None:
    helped = CliRunner().invoke(simulate, ["call", "--help"])
    for name, does in FAULTS.items():
        assert name in helped.output
        assert does in helped.output
    refused = CliRunner().invoke(simulate, ["call", "--fault", "earthquake"])
    assert refused.exit_code == 2
    assert "earthquake" in refused.output


@given(st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 400))))
def test_a_microphone_hands_on_evenly_and_keeps_little(steps: list[tuple[int, int]]) -> None:
    microphone = Microphone()
    for come, taken in steps:
        microphone.add(b"\x01" * come)
        assert len(microphone.take(taken)) == taken
        assert len(microphone._waiting) <= 0.3 * RATE
