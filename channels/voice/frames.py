"""The messages between a process and its speech child: a JSON header and raw bytes, each with its length."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

_LENGTHS = struct.Struct(">II")
_LONGEST = 256 * 1024 * 1024
"""More than this is no message: something else writes into the pipe."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message: `header` is a JSON object, `payload` is sound or whatever else has many bytes."""

    header: Mapping[str, Any] = field(default_factory=dict)
    payload: bytes = b""


def packed(frame: Frame) -> bytes:
    """The bytes of a frame as they go through a pipe.

    >>> read = Unpacker()
    >>> list(read.take(packed(Frame({"id": 1}, b"abc"))))
    [Frame(header={'id': 1}, payload=b'abc')]
    """
    header = json.dumps(frame.header, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return _LENGTHS.pack(len(header), len(frame.payload)) + header + frame.payload


class Unpacker:
    """Puts frames together from the pieces in which a pipe brings them."""

    def __init__(self) -> None:
        self._left = bytearray()

    def take(self, data: bytes) -> Iterator[Frame]:
        """The frames that are complete with `data`.

        Raises:
            ValueError: these are no frames.
        """
        self._left += data
        while len(self._left) >= _LENGTHS.size:
            header, payload = _lengths(self._left[: _LENGTHS.size])
            end = _LENGTHS.size + header + payload
            if len(self._left) < end:
                return
            body = bytes(self._left[_LENGTHS.size : end])
            del self._left[:end]
            yield Frame(json.loads(body[:header]), body[header:])


def read_frame(stream: IO[bytes]) -> Frame | None:
    """The next frame of a stream, waiting for it; none at its end.

    Raises:
        ValueError: these are no frames.
    """
    lengths = stream.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    header, payload = _lengths(lengths)
    body = stream.read(header + payload)
    if len(body) < header + payload:
        return None
    return Frame(json.loads(body[:header]), body[header:])


def _lengths(data: bytes | bytearray) -> tuple[int, int]:
    header, payload = _LENGTHS.unpack(data)
    if header + payload > _LONGEST:
        raise ValueError(f"a message of {header + payload} bytes is none of ours")
    return header, payload
