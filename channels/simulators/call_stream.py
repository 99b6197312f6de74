"""A Media Stream from Twilio's side: the caller's sound to the desk, the desk's sound to the caller."""

from __future__ import annotations

import asyncio
import base64
import binascii
from dataclasses import dataclass, field
from typing import Any

from channels.simulators.call_line import Line
from channels.simulators.call_socket import Socket
from channels.simulators.sms_texts import new_sid

_LATE_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamOrder:
    """What a `<Stream>` asks for, and whose call it is."""

    url: str
    account_sid: str
    call_sid: str
    parameters: dict[str, str] = field(default_factory=dict)
    name: str = ""
    status_callback: str = ""


class MediaStream:
    """One bidirectional stream, from `connected` to `stop`."""

    def __init__(self, order: StreamOrder, line: Line, auth_token: str, troubles: frozenset[str]) -> None:
        self.order = order
        self.line = line
        self.sid = new_sid("MZ")
        self.socket = Socket(order.url, auth_token)
        self.troubles = set(troubles)
        """Faults that happen when their moment comes: `media_before_start`, `duplicate_mark`, `late_mark`."""
        self.is_stopped = False
        self._sequence = 0
        self._chunk = 0
        self._sent_ms = 0
        self._late: set[asyncio.TimerHandle] = set()

    async def run(self) -> str:
        """Carry the call until the desk closes the socket or the caller hangs up; what went wrong, if it did
        not open.
        """
        trouble = await self.socket.open()
        if trouble:
            self.line.note("carrier", trouble)
            return trouble
        self.line.note("carrier", "stream connected")
        self._begin()
        connected = self.line.connected
        connected.frame, connected.digit = self._frame, self.press
        reading = asyncio.create_task(self._read())
        ended = asyncio.create_task(self.line.ended.wait())
        try:
            await asyncio.wait({reading, ended}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            connected.frame = connected.digit = None
            for handle in self._late:
                handle.cancel()
            self.line.playout.clear()
            if not reading.done():
                self.stop()
            await self.socket.close()
            ended.cancel()
            await reading
        self.line.note("carrier", f"stream closed with {self.socket.close_code}")
        return ""

    def start_message(self) -> dict[str, Any]:
        """The `start` of this stream, with the next number."""
        return self._numbered(
            "start",
            {
                "accountSid": self.order.account_sid,
                "streamSid": self.sid,
                "callSid": self.order.call_sid,
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": self.order.parameters,
            },
        )

    def media_message(self, sound: bytes) -> dict[str, Any]:
        """The `media` of µ-law sound, with the next numbers."""
        self._chunk += 1
        media = {
            "track": "inbound",
            "chunk": str(self._chunk),
            "timestamp": str(self._sent_ms),
            "payload": base64.b64encode(sound).decode("ascii"),
        }
        self._sent_ms += len(sound) // 8
        return self._numbered("media", media)

    def stop(self) -> None:
        """Say that the stream is over."""
        if not self.is_stopped:
            self.is_stopped = True
            body = {"accountSid": self.order.account_sid, "callSid": self.order.call_sid}
            self.socket.send(self._numbered("stop", body))

    def press(self, digit: str) -> None:
        """Report a key that the caller pressed."""
        if not self.is_stopped:
            self.socket.send(self._numbered("dtmf", {"track": "inbound_track", "digit": digit}))

    def echo(self, name: str) -> None:
        """Report that a mark was reached."""
        self.line.note("carrier", f"mark {name}")
        for _ in range(2 if self._takes("duplicate_mark") else 1):
            if self._takes("late_mark"):
                self._late.add(asyncio.get_running_loop().call_later(_LATE_S, self._echo_now, name))
            else:
                self._echo_now(name)

    def _echo_now(self, name: str) -> None:
        if not self.is_stopped:
            self.socket.send(self._numbered("mark", {"name": name}))

    def _takes(self, trouble: str) -> bool:
        if trouble not in self.troubles:
            return False
        self.troubles.remove(trouble)
        return True

    def _numbered(self, event: str, body: dict[str, Any]) -> dict[str, Any]:
        self._sequence += 1
        return {
            "event": event,
            "sequenceNumber": str(self._sequence),
            event: body,
            "streamSid": self.sid,
        }

    def _begin(self) -> None:
        self.socket.send({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        if self._takes("media_before_start"):
            self.socket.send(self.media_message(b"\xff" * 160))
        self.socket.send(self.start_message())

    def _frame(self, sound: bytes, marks: list[str]) -> None:
        for name in marks:
            self.echo(name)
        if not self.is_stopped:
            self.socket.send(self.media_message(sound))

    async def _read(self) -> None:
        while (message := await self.socket.receive()) is not None:
            self._take(message)

    def _take(self, message: dict[str, Any]) -> None:
        event = message.get("event")
        if message.get("streamSid") != self.sid:
            self.line.note("carrier", f"the desk's {event!r} names no stream of this call, and is left out")
        elif event == "media":
            self._hear(message)
        elif event == "mark":
            name = str(message.get("mark", {}).get("name", ""))
            for reached in self.line.playout.add_mark(name):
                self.echo(reached)
        elif event == "clear":
            dropped_s = self.line.playout.left_s
            self.line.note("desk", f"clear, {dropped_s:.2f} s not heard")
            for name in self.line.playout.clear():
                self.echo(name)
        else:
            self.line.note("carrier", f"the desk sent an unknown event {event!r}")

    def _hear(self, message: dict[str, Any]) -> None:
        try:
            sound = base64.b64decode(message.get("media", {}).get("payload", ""), validate=True)
        except (binascii.Error, TypeError, ValueError):
            self.line.note("carrier", "the desk sent media that is no base64")
            return
        if self.line.playout.left_s == 0:
            self.line.note("desk", "begins to speak")
        self.line.playout.add_sound(sound)
