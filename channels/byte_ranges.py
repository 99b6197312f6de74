"""Bytes over HTTP, whole or the one range that is asked for: some players of sound play nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fastapi.responses import Response

_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")


def bytes_response(data: bytes, media_type: str, asked: str, headers: Mapping[str, str]) -> Response:
    """The bytes, or of them what the `Range` header `asked` names, as RFC 9110, section 14 has it.

    Several ranges at once, other units and what can't be read get all bytes; a range that begins behind the
    end gets 416 with how many there are.
    """
    known = {**headers, "Accept-Ranges": "bytes"}
    span = byte_range(asked, len(data))
    if span is None:
        return Response(data, media_type=media_type, headers=known)
    if not span:
        return Response(status_code=416, headers={**known, "Content-Range": f"bytes */{len(data)}"})
    known["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{len(data)}"
    return Response(data[span.start : span.stop], 206, known, media_type)


def byte_range(asked: str, size: int) -> range | None:
    """The places that a `Range` header names; empty where there are none, None where all are wanted.

    >>> byte_range("bytes=2-5", 10), byte_range("bytes=-3", 10), byte_range("bytes=12-", 10)
    (range(2, 6), range(7, 10), range(0, 0))
    """
    found = _RANGE.fullmatch(asked.strip())
    if found is None or not any(found.groups()):
        return None
    first, last = (int(text) if text else None for text in found.groups())
    if first is None:
        return range(max(size - (last or 0), 0), size) or range(0)
    if last is not None and last < first:
        return None
    return range(first, size if last is None else min(last + 1, size)) or range(0)
