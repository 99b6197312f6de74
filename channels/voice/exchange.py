"""`Exchange`: one request to a speech child and the reply that streams back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels.voice.child_process import ChildProcess, Watch
from channels.voice.frames import Frame
from core.errors import SpeechUnavailable


@dataclass(frozen=True, slots=True)
class About:
    """What the exchanges with one child share: `open` holds those that are not over."""

    name: str
    patience_s: float
    watch: Watch
    open: dict[int, Exchange]


class Exchange:
    """A request and its reply: the frames in order, by `async for`.

    The reply ends early with `SpeechUnavailable` where the child died, hung, failed at it or did not come in
    time. `was_lost` then tells whether it is worth another try: the request may well be innocent.
    """

    def __init__(self, id: int, frame: Frame, about: About) -> None:
        self.was_lost = False
        self._id = id
        self._about = about
        self._unsent: list[Frame] | None = [_message("begin", id, frame)]
        self._process: ChildProcess | None = None
        self._replies: asyncio.Queue[Frame | SpeechUnavailable | None] = asyncio.Queue()
        self._sent = asyncio.Event()
        self._is_over = False

    def send(self, header: Mapping[str, Any], payload: bytes = b"") -> None:
        """Say more about the request; never blocks, and does nothing when it is over."""
        self._put(_message("more", self._id, Frame(header, payload)))

    def cancel(self) -> None:
        """The reply is of no use any more: the child stops making it."""
        if not self._is_over:
            self._put(Frame({"kind": "cancel", "id": self._id}))
            self.settle(None)

    def __aiter__(self) -> Exchange:
        return self

    async def __anext__(self) -> Frame:
        if not self._sent.is_set() and not self._is_over:
            await self._wait_until_sent()
        if self._replies.empty() and self._process is not None and not self._is_over:
            with self._about.watch.waiting():
                reply = await self._replies.get()
        else:
            reply = await self._replies.get()
        if isinstance(reply, Frame):
            self._put(Frame({"kind": "read", "id": self._id}))
            return reply
        self._replies.put_nowait(reply)  # whoever asks again gets the same
        if reply is None:
            raise StopAsyncIteration
        raise SpeechUnavailable(str(reply)) from reply

    def attach(self, process: ChildProcess) -> None:
        """The child is there: send it what waits."""
        self._process = process
        for frame in self._unsent or ():
            process.send(frame)
        self._unsent = None
        self._sent.set()

    def take(self, frame: Frame) -> None:
        """A piece of the reply."""
        if not self._is_over:
            self._replies.put_nowait(frame)

    def settle(self, error: SpeechUnavailable | None, *, is_lost: bool = False) -> None:
        """Nothing more comes."""
        if not self._is_over:
            self._is_over = True
            self.was_lost = is_lost
            self._replies.put_nowait(error)
            self._sent.set()
            self._about.open.pop(self._id, None)

    async def _wait_until_sent(self) -> None:
        about = self._about
        try:
            async with asyncio.timeout(about.patience_s):
                await self._sent.wait()
        except TimeoutError:
            late = f"{about.name} did not come back within {about.patience_s:g} s"
            self.settle(SpeechUnavailable(late))

    def _put(self, frame: Frame) -> None:
        if self._is_over:
            return
        if self._unsent is not None:
            self._unsent.append(frame)
        elif self._process is not None:
            self._process.send(frame)


def _message(kind: str, id: int, frame: Frame) -> Frame:
    return Frame({"kind": kind, "id": id, "head": frame.header}, frame.payload)
