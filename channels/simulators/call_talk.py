"""A call from the page in the browser: its sound and its keys, over one WebSocket for each call."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from starlette.websockets import WebSocket, WebSocketDisconnect

from channels.simulators.call_caller import Caller
from channels.simulators.call_faults import ON_CONNECTING
from channels.simulators.call_kept import KeptWords
from channels.simulators.call_live import LiveCall
from channels.simulators.call_recording import Moment
from channels.simulators.call_simulator import CALLER, CallSimulator
from channels.simulators.call_texts import Texts
from channels.simulators.call_voice import CallerVoice
from channels.simulators.sms_simulator import FIRST_NUMBER
from core.errors import FrontdeskError

_MOST_WAITING = 200
"""Frames of sound that may wait for the browser; more are left out."""
_MOST_SOUND = 8000
_MOST_WORDS = 1000
_CAPTIONS_S = 1.0
_TEXTS_AFTER_S = 20.0
_FOREIGN = 1008
_SHOWN = ("at_s", "who", "text", "heard", "kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class Telephony:
    """What the page's telephone works with."""

    calls: CallSimulator
    texts: Texts
    voice: CallerVoice
    kept: KeptWords
    number: str = FIRST_NUMBER
    phone: str = CALLER
    language: str = "en"


class PageCall:
    """One call that is placed from the page.

    The page sends `{do: dial, ...}` first, then `say`, `press`, `fault`, `hang_up`, and µ-law sound as bytes.
    It is sent the sound that the caller hears as bytes, and what happens as `{event: ...}`.
    """

    def __init__(self, socket: WebSocket, telephony: Telephony) -> None:
        self._socket = socket
        self._telephony = telephony
        self._outgoing: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self._typed: asyncio.Queue[str] = asyncio.Queue()
        self._language = telephony.language

    async def run(self) -> None:
        """Carry the call until one side ends it, then say what is left to say."""
        if not _is_own_page(self._socket):
            await self._socket.close(_FOREIGN)
            return
        await self._socket.accept()
        try:
            said = await self._socket.receive_json()
        except (WebSocketDisconnect, ValueError, KeyError):
            return
        call, carried = self._dial(said if isinstance(said, dict) else {})
        writing, reading, captions = (
            asyncio.create_task(work) for work in (self._write(), self._read(call), self._caption(call))
        )
        try:
            await asyncio.wait({carried, reading}, return_when=asyncio.FIRST_COMPLETED)
            call.line.end()
            await asyncio.wait({carried})
            self._say_how_it_ended(call, carried)
            if not reading.done():
                await self._say_what_was_kept(call)
                # What was asked for in the call may be texted after it.
                await asyncio.wait({reading}, timeout=_TEXTS_AFTER_S)
                self._outgoing.put_nowait(None)
                await asyncio.wait({writing, reading}, return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                await self._socket.close()
        finally:
            call.line.end()
            for task in (writing, reading, captions):
                task.cancel()
            await asyncio.gather(writing, reading, captions, return_exceptions=True)

    def _dial(self, said: dict[str, Any]) -> tuple[LiveCall, asyncio.Task[None]]:
        calls, telephony = self._telephony.calls, self._telephony
        self._language = str(said.get("language") or telephony.language)
        call = calls.place(
            from_=str(said.get("from") or telephony.phone), to=str(said.get("to") or telephony.number)
        )
        call.line.watchers.append(self._tell)
        call.line.hearers.append(self._hear)
        telephony.voice.lend(call.line)
        faults = said.get("faults")
        troubles = ON_CONNECTING & frozenset(map(str, faults if isinstance(faults, list) else ()))
        return call, calls.start(calls.carry(call, self._follow, troubles))

    async def _follow(self, caller: Caller) -> None:
        while True:
            words = await self._typed.get()
            await caller.say(await self._telephony.voice.words(words, self._language, caller.line), words)

    def _say_how_it_ended(self, call: LiveCall, carried: asyncio.Task[None]) -> None:
        error = carried.exception()
        trouble = str(error) if isinstance(error, FrontdeskError) else call.trouble
        self._event("ended", sid=call.sid, status=call.status, trouble=trouble)

    async def _say_what_was_kept(self, call: LiveCall) -> None:
        lines = () if call.trouble else await self._telephony.kept.lines(call)
        told = [{name: getattr(one, name) for name in _SHOWN} for one in lines]
        self._event("transcript", lines=told)

    def _event(self, name: str, **more: object) -> None:
        self._outgoing.put_nowait(json.dumps({"event": name, **more}))

    def _tell(self, moment: Moment) -> None:
        told = {"at_s": moment.at_s, "who": moment.who, "what": moment.what, "words": moment.words}
        self._event("moment", kind=_kind(moment), **told)

    def _hear(self, sound: bytes) -> None:
        if self._outgoing.qsize() < _MOST_WAITING:
            self._outgoing.put_nowait(sound)

    async def _write(self) -> None:
        while (each := await self._outgoing.get()) is not None:
            try:
                await (
                    self._socket.send_text(each) if isinstance(each, str) else self._socket.send_bytes(each)
                )
            except (WebSocketDisconnect, RuntimeError):
                return

    async def _caption(self, call: LiveCall) -> None:
        """Send what the desk understood and answered, as it keeps it."""
        kept, told = self._telephony.kept, dict[str, str]()
        while True:
            await asyncio.sleep(_CAPTIONS_S)
            for each in await kept.exchanges(call) if call.caller.stream else ():
                answer = each.answer.text if each.answer else ""
                if told.get(each.message_id) != answer:
                    told[each.message_id] = answer
                    self._event("exchange", id=each.message_id, asked=each.text, answer=answer)

    async def _read(self, call: LiveCall) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if sound := message.get("bytes"):
                call.line.microphone.add(sound[:_MOST_SOUND])
            elif text := message.get("text"):
                self._do(_object(text), call)

    def _do(self, said: dict[str, Any], call: LiveCall) -> None:
        what, do = str(said.get("what", "")), said.get("do")
        if do == "say" and what.strip():
            self._typed.put_nowait(what.strip()[:_MOST_WORDS])
        elif do == "press":
            self._telephony.calls.start(self._try(call.caller.press(what[:32])))
        elif do == "fault":
            self._telephony.calls.start(self._try(call.caller.suffer(what)))
        elif do == "hang_up" and not call.line.ended.is_set():
            call.caller.hang_up()

    async def _try(self, work: Coroutine[None, None, object]) -> None:
        try:
            await work
        except FrontdeskError as error:
            self._event("refused", why=str(error))


def _kind(moment: Moment) -> str:
    """What the page does with a moment besides listing it."""
    first = moment.what.partition(" ")[0].rstrip(",:")
    if moment.what.endswith("connected"):
        return first
    return first if first in {"mark", "clear", "fault", "texts", "says", "speaks"} else ""


def _object(text: str) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _is_own_page(socket: WebSocket) -> bool:
    """Whether the page that opens the socket is this simulator's: others may try, and browsers say which."""
    origin = socket.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == socket.headers.get("host")
