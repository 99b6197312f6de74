"""A desk that answers calls with a Media Stream and a talk of the test's own, and a caller who calls it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from channels.http_server import QuietServer, listening
from channels.phone.media_stream import MediaStream, StreamOptions
from channels.simulators.call_caller import Caller
from channels.simulators.call_clock import run_virtually
from channels.simulators.call_line import LineQuality
from channels.simulators.call_live import LiveCall
from channels.simulators.call_simulator import CallSimulator
from channels.voice.ear import EarParts
from channels.voice.energy_activity import EnergyActivity
from channels.voice.sound_telephone import SoundOptions, SoundTelephone
from channels.voice.telephone import Call, Gone, Heard, Sentence
from core.errors import Refused
from tests.fakes.call_invariants import nothing_is_left
from tests.fakes.scripted_speech import ScriptedRecogniser, ScriptedSpeaker

TOKEN = "0123456789abcdef"  # noqa: S105 - of a simulated account
LONGEST_CALL_S = 900.0
Talk = Callable[[SoundTelephone], Awaitable[None]]
Script = Callable[[Caller], Awaitable[None]]


def sentence(text: str, *, is_protected: bool = False, language: str = "en") -> Sentence:
    return Sentence(id=text, text=text, language=language, is_protected=is_protected)


@dataclass
class SoundDesk:
    """Answers with `talk`; what it heard and when is in `heard`."""

    talk: Talk
    recogniser: ScriptedRecogniser = field(default_factory=ScriptedRecogniser)
    speaker: ScriptedSpeaker = field(default_factory=ScriptedSpeaker)
    options: SoundOptions = field(default_factory=SoundOptions)
    stream_options: StreamOptions = field(default_factory=StreamOptions)
    refused: list[str] = field(default_factory=list)
    after: str = ""
    base: str = ""

    async def answer(self, request: Request) -> Response:
        await request.body()
        url = f"{self.base.replace('http', 'wss')}/stream"
        body = f'<Connect><Stream url="{url}"/></Connect>{self.after}'
        return Response(f"<Response>{body}</Response>", media_type="text/xml")

    async def stream(self, socket: WebSocket) -> None:
        await socket.accept()
        stream = MediaStream(socket, self.stream_options)
        try:
            start = await stream.begin()
        except Refused as refused:
            self.refused.append(str(refused))
            await stream.close()
            return
        call = Call(id=start.call, tenant="t", caller="+1", called="+2", conversation_id="c")
        parts = EarParts(recogniser=self.recogniser, activity=EnergyActivity())
        async with SoundTelephone(call, stream, parts, self.speaker, self.options) as telephone:
            await self.talk(telephone)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[CallSimulator]:
        routes = [
            Route("/channels/voice", self.answer, methods=["POST"]),
            WebSocketRoute("/stream", self.stream),
        ]
        with listening("127.0.0.1", 0) as listener:
            self.base = f"http://127.0.0.1:{listener.getsockname()[1]}"
            config = uvicorn.Config(
                Starlette(routes=routes),
                log_config=None,
                ws="websockets-sansio",
                ws_ping_interval=None,
                lifespan="off",
            )
            server = QuietServer(config)
            served = asyncio.create_task(server.serve(sockets=[listener]))
            await server.ready.wait()
            simulator = CallSimulator(
                account_sid="AC" + "5" * 32, auth_token=TOKEN, voice_url=f"{self.base}/channels/voice"
            )
            try:
                yield simulator
            finally:
                await simulator.aclose()
                server.should_exit = True
                await served


def called(
    desk: SoundDesk,
    script: Script,
    *,
    quality: LineQuality | None = None,
    troubles: frozenset[str] = frozenset(),
) -> LiveCall:
    """The call after its end, in virtual time; nothing of it is left."""

    async def main() -> LiveCall:
        async with nothing_is_left(desk.recogniser), desk.open() as simulator:
            return await simulator.call(script, quality=quality, troubles=troubles)

    return run_virtually(main(), longest_s=LONGEST_CALL_S)


async def everything(telephone: SoundTelephone) -> list[Heard]:
    """What is heard until the caller is gone."""
    heard: list[Heard] = []
    async for each in telephone.hear():
        heard.append(each)
        if isinstance(each, Gone):
            break
    return heard
