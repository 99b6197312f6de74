"""The messages of a Twilio Media Stream, as Python values; what can't be read is None, never an error."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Any

from channels.voice.sound_line import Incoming, Played, Pressed, Sound

LONGEST = 200_000
"""Characters of a message that is read; Twilio's have about 400."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamStart:
    """Which call a stream carries: Twilio's ids, and the parameters of the `<Stream>` that asked for it."""

    stream: str
    call: str
    account: str
    parameters: dict[str, str] = field(default_factory=dict)
    encoding: str = ""
    rate: int = 0


@dataclass(frozen=True, slots=True)
class Stopped:
    """The stream is over: the caller hung up, or the call goes on elsewhere."""


def read_object(raw: object) -> dict[str, Any] | None:
    """The JSON object of a message's text."""
    if not isinstance(raw, str) or len(raw) > LONGEST:
        return None
    try:
        message = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def read_start(message: dict[str, Any]) -> StreamStart | None:
    """What a `start` says."""
    start = _part(message, "start")
    sid = start.get("streamSid") or message.get("streamSid")
    call, account = start.get("callSid"), start.get("accountSid")
    if message.get("event") != "start" or not isinstance(sid, str) or not isinstance(call, str) or not sid:
        return None
    sound = _part(start, "mediaFormat")
    rate = sound.get("sampleRate")
    parameters = _part(start, "customParameters")
    return StreamStart(
        stream=sid,
        call=call,
        account=account if isinstance(account, str) else "",
        parameters={name: value for name, value in parameters.items() if isinstance(value, str)},
        encoding=str(sound.get("encoding", "")),
        rate=rate if isinstance(rate, int) else 0,
    )


def read_incoming(message: dict[str, Any], stream_sid: str) -> Incoming | Stopped | None:
    """What a message of a running stream says; None also for one of another stream or of no known kind."""
    event = message.get("event")
    if message.get("streamSid", stream_sid) != stream_sid:
        return None
    if event == "media":
        return _sound(_part(message, "media"))
    if event == "mark":
        name = _part(message, "mark").get("name")
        return Played(name) if isinstance(name, str) else None
    if event == "dtmf":
        digit = _part(message, "dtmf").get("digit")
        return Pressed(digit) if isinstance(digit, str) else None
    return Stopped() if event == "stop" else None


def media_message(stream_sid: str, sound: bytes) -> str:
    """A message that has µ-law sound played."""
    return _written(stream_sid, "media", {"payload": base64.b64encode(sound).decode("ascii")})


def mark_message(stream_sid: str, name: str) -> str:
    """A message that asks for a mark back once what is before it has played."""
    return _written(stream_sid, "mark", {"name": name})


def clear_message(stream_sid: str) -> str:
    """A message that drops what has not played."""
    return json.dumps({"event": "clear", "streamSid": stream_sid}, separators=(",", ":"))


def _sound(media: dict[str, Any]) -> Sound | None:
    payload = media.get("payload")
    if media.get("track", "inbound") != "inbound" or not isinstance(payload, str):
        return None
    try:
        return Sound(base64.b64decode(payload, validate=True))
    except (binascii.Error, ValueError):
        return None


def _part(message: dict[str, Any], name: str) -> dict[str, Any]:
    part = message.get(name)
    return part if isinstance(part, dict) else {}


def _written(stream_sid: str, event: str, body: dict[str, str]) -> str:
    return json.dumps({"event": event, "streamSid": stream_sid, event: body}, separators=(",", ":"))
