"""A child that counts, echoes, hangs and dies as it is told; what the tests of `Child` start."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from channels.voice.child_work import Request, Work, serve
from channels.voice.frames import Frame
from core.errors import Misconfigured


def load(settings: dict[str, Any]) -> tuple[Work, dict[str, Any]]:
    if settings.get("refuses"):
        raise Misconfigured("the voice is not there: put it where it belongs")
    if (fuse := settings.get("dies_while_loading")) and not Path(fuse).exists():
        os.kill(os.getpid(), signal.SIGKILL)
    while settings.get("hangs_while_loading"):
        time.sleep(1)
    print("noise of a library, which must not get between the frames")
    sys.stdout.flush()
    return work, {"rate": settings.get("rate", 8000)}


def work(request: Request) -> Iterator[Frame | None]:
    do = request.header["do"]
    if do == "count":
        yield from count(request)
    elif do == "echo":
        yield Frame({"text": request.header["text"]}, request.payload)
    elif do == "gather":
        yield from gather(request)
    elif do == "hang":
        while True:
            time.sleep(1)
    elif do == "die":
        yield Frame({"last": True})
        os.kill(os.getpid(), signal.SIGKILL)
    else:
        raise ValueError(do)


def count(request: Request) -> Iterator[Frame]:
    """Pieces 0, 1, 2, … and a note in a file of how many were made and that it was stopped."""
    made = 0
    try:
        while made < request.header.get("until", 10**9):
            yield Frame({"n": made}, bytes(request.header.get("size", 1)))
            made += 1
    finally:
        if note := request.header.get("note"):
            Path(note).write_text(str(made))


def gather(request: Request) -> Iterator[Frame | None]:
    """All that is sent until an empty payload, put together."""
    gathered = request.payload
    while True:
        frame = request.more()
        if frame is None:
            yield None
        elif not frame.payload:
            break
        else:
            gathered += frame.payload
            yield Frame({"so_far": len(gathered)})
    yield Frame({"all": True}, gathered)


if __name__ == "__main__":
    serve(load)
