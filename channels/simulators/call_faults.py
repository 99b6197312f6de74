"""What can go wrong on a Media Stream or a ConversationRelay, each by a name, for a desk to survive."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from channels.simulators.call_relay import ConversationRelay
from channels.simulators.call_stream import MediaStream
from core.errors import Refused

STALL_S = 3.0

FAULTS = {
    "abrupt_close": "the connection breaks without a stop; the desk sees 1006",
    "half_dead": "nothing that the desk sends is read any more",
    "stop": "the stream is stopped while somebody speaks",
    "duplicate_mark": "the next mark is echoed twice",
    "late_mark": "the next mark is echoed a second late",
    "stray_mark": "a mark is echoed that was never sent",
    "out_of_order": "a message has a number that was used before",
    "unknown_event": "an event comes that nobody has heard of",
    "non_json": "a message is no JSON",
    "second_start": "the stream starts once more",
    "bad_base64": "the sound of a message is no base64",
    "stall": f"nothing is sent for {STALL_S:g} s, and then all at once",
    "media_before_start": "sound comes before the start; only as a call is placed",
}
"""Each fault by its name, and what it does."""

ON_CONNECTING = frozenset({"media_before_start", "duplicate_mark", "late_mark"})
"""Those that a call may be placed with."""


RELAY_FAULTS = frozenset(
    {"abrupt_close", "half_dead", "stop", "unknown_event", "non_json", "second_start", "stall"}
)
"""Those that happen to a ConversationRelay too."""


async def inflict_on_relay(relay: ConversationRelay, fault: str) -> None:
    """Let a fault of `RELAY_FAULTS` happen to a relay that is connected; back when it is over.

    Raises:
        Refused: there is no such fault.
    """
    if fault not in RELAY_FAULTS:
        raise Refused(f"there is no fault {fault!r} of a relay: choose one of {', '.join(RELAY_FAULTS)}")
    socket = relay.socket
    if fault == "abrupt_close":
        socket.abort()
    elif fault == "half_dead":
        socket.is_reading.clear()
    elif fault == "stop":
        relay.line.end()
    elif fault == "stall":
        socket.is_sending.clear()
        await asyncio.sleep(STALL_S)
        socket.is_sending.set()
    elif fault == "second_start":
        relay.set_up()
    else:
        socket.send_text(_RELAY_NONSENSE[fault])


_RELAY_NONSENSE = {
    "unknown_event": '{"type":"hologram","hologram":{}}',
    "non_json": '{"type":"prompt","voicePrompt":',
}


async def inflict(stream: MediaStream, fault: str) -> None:
    """Let a fault of `FAULTS` happen to a stream that is connected; back when it is over.

    Raises:
        Refused: there is no such fault, or it can't happen to a stream that has begun.
    """
    if fault in {"duplicate_mark", "late_mark"}:
        stream.troubles.add(fault)
    elif fault in _AT_ONCE:
        await _AT_ONCE[fault](stream)
    else:
        raise Refused(f"there is no fault {fault!r} of a running stream: choose one of {', '.join(FAULTS)}")


async def _abrupt_close(stream: MediaStream) -> None:
    stream.is_stopped = True
    stream.socket.abort()


async def _half_dead(stream: MediaStream) -> None:
    stream.socket.is_reading.clear()


async def _stop(stream: MediaStream) -> None:
    stream.stop()
    stream.line.end()


async def _stray_mark(stream: MediaStream) -> None:
    stream.echo("never-sent")


async def _out_of_order(stream: MediaStream) -> None:
    message = stream.media_message(b"\xff" * 160)
    stream.socket.send(message | {"sequenceNumber": "2"})


async def _unknown_event(stream: MediaStream) -> None:
    stream.socket.send({"event": "hologram", "sequenceNumber": "99", "streamSid": stream.sid, "hologram": {}})


async def _non_json(stream: MediaStream) -> None:
    stream.socket.send_text('{"event":"media","media":')


async def _second_start(stream: MediaStream) -> None:
    stream.socket.send(stream.start_message())


async def _bad_base64(stream: MediaStream) -> None:
    message = stream.media_message(b"\xff" * 160)
    message["media"]["payload"] = "this is no base64!"
    stream.socket.send(message)


async def _stall(stream: MediaStream) -> None:
    stream.socket.is_sending.clear()
    await asyncio.sleep(STALL_S)
    stream.socket.is_sending.set()


_AT_ONCE: dict[str, Callable[[MediaStream], Awaitable[None]]] = {
    "abrupt_close": _abrupt_close,
    "half_dead": _half_dead,
    "stop": _stop,
    "stray_mark": _stray_mark,
    "out_of_order": _out_of_order,
    "unknown_event": _unknown_event,
    "non_json": _non_json,
    "second_start": _second_start,
    "bad_base64": _bad_base64,
    "stall": _stall,
}
