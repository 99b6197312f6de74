"""The child's side of `Child`: a loop that works on several requests in turn, piece by piece.

A module for a child ends with `if __name__ == "__main__": serve(load)`. `load` gets the settings and gives
back the work: a function from a `Request` to the frames of its reply. It yields none where it waits for more
input. What the work prints goes to standard error. The process ends when its standard input does.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from typing import IO, Any

from channels.voice.frames import Frame, packed, read_frame
from core.errors import Misconfigured

WINDOW = 8
"""So many pieces are made ahead of whoever reads them."""


class Request:
    """What is to be done: its `header` and `payload`, and what is sent after it."""

    def __init__(self, frame: Frame) -> None:
        self.header = frame.header
        self.payload = frame.payload
        self._more: deque[Frame] = deque()

    def more(self) -> Frame | None:
        """What was sent next; none where nothing is there yet: then yield none, and ask again."""
        return self._more.popleft() if self._more else None

    def add(self, frame: Frame) -> None:
        """Keep what was sent after the request."""
        self._more.append(frame)

    @property
    def has_more(self) -> bool:
        """Whether something waits to be taken."""
        return bool(self._more)


Work = Callable[[Request], Iterator[Frame | None]]
Load = Callable[[dict[str, Any]], tuple[Work, dict[str, Any]]]
"""From settings to the work, and facts for the parent; `Misconfigured` where something is missing."""


def serve(load: Load) -> None:
    """Load the work with the settings of the command line, and do it until standard input ends."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get between the frames
    inbox: queue.SimpleQueue[Frame] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(requests, inbox), daemon=True).start()
    try:
        work, facts = load(json.loads(sys.argv[1]))
    except Misconfigured as error:
        _write(replies, Frame({"kind": "refused", "reason": str(error)}))
        return
    _write(replies, Frame({"kind": "ready", "head": facts}))
    _Turns(work, inbox, replies).take()


def _read(requests: IO[bytes], inbox: queue.SimpleQueue[Frame]) -> None:
    """Bring what comes; without anybody to work for, the process ends at once, whatever it is doing."""
    while (frame := read_frame(requests)) is not None:
        inbox.put(frame)
    os._exit(0)


def _write(replies: IO[bytes], frame: Frame) -> None:
    replies.write(packed(frame))
    replies.flush()


class _Running:
    """A request in the making; `ahead` is how many pieces may still be made before somebody reads one."""

    def __init__(self, request: Request, reply: Iterator[Frame | None]) -> None:
        self.request = request
        self.reply = reply
        self.ahead = WINDOW
        self.waits = False

    @property
    def can_go_on(self) -> bool:
        return self.ahead > 0 and (not self.waits or self.request.has_more)


class _Turns:
    """Every request gets a piece in its turn, so that a long one does not hold up a short one."""

    def __init__(self, work: Work, inbox: queue.SimpleQueue[Frame], replies: IO[bytes]) -> None:
        self._work = work
        self._inbox = inbox
        self._replies = replies
        self._running: dict[int, _Running] = {}

    def take(self) -> None:
        while True:
            going = [id for id, running in self._running.items() if running.can_go_on]
            self._hear(waits=not going)
            for id in going:
                if id in self._running:
                    self._step(id, self._running[id])
                    self._hear(waits=False)

    def _hear(self, *, waits: bool) -> None:
        """Do what the parent says; wait for it where there is nothing else to do."""
        try:
            self._obey(self._inbox.get(waits))
            while True:
                self._obey(self._inbox.get_nowait())
        except queue.Empty:
            return

    def _obey(self, frame: Frame) -> None:
        id, kind = frame.header["id"], frame.header["kind"]
        given = Frame(frame.header.get("head", {}), frame.payload)
        if kind == "begin":
            request = Request(given)
            self._running[id] = _Running(request, self._work(request))
        elif running := self._running.get(id):
            if kind == "more":
                running.request.add(given)
            elif kind == "read":
                running.ahead += 1
            elif kind == "cancel":
                self._running.pop(id)
                _close(running.reply)

    def _step(self, id: int, running: _Running) -> None:
        try:
            piece = next(running.reply)
        except StopIteration:
            self._end(id, {"kind": "done"})
        except Exception as error:  # noqa: BLE001 - the edge of the process: one request fails, not all
            traceback.print_exc()
            self._end(id, {"kind": "failed", "reason": type(error).__name__})
        else:
            running.waits = piece is None
            if piece is not None:
                running.ahead -= 1
                head = {"kind": "piece", "id": id, "head": piece.header}
                _write(self._replies, Frame(head, piece.payload))

    def _end(self, id: int, header: dict[str, Any]) -> None:
        self._running.pop(id, None)
        _write(self._replies, Frame({**header, "id": id}))


def _close(reply: Iterator[Frame | None]) -> None:
    """Let a reply that nobody wants clean up after itself."""
    close = getattr(reply, "close", None)
    if close is not None:
        try:
            close()
        except Exception:  # noqa: BLE001 - likewise
            traceback.print_exc()
