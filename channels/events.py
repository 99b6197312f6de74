"""A turn as a stream: `status`, `token`, and then exactly one `answer` or `error`."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Literal, assert_never

import anyio
from fastapi.responses import StreamingResponse
from starlette.types import Message as AsgiMessage
from starlette.types import Send

from channels.door import Door
from channels.failures import BROKEN
from channels.shapes import event_data
from core.errors import FrontdeskError
from core.messages import Answer, Event, Message, Status, Token

logger = logging.getLogger(__name__)

SILENCE_S = 15.0
"""Longest silence on a stream; then a comment shows proxies and clients that it lives."""

EventName = Literal["status", "token", "answer", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamEvent:
    """One event as every streaming door sends it."""

    name: EventName
    data: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The event as one object, for sockets."""
        return {"event": self.name, "data": self.data}

    def as_sse(self) -> bytes:
        r"""The event as `text/event-stream` has it.

        >>> StreamEvent(name="token", data={"text": "two\nlines"}).as_sse()
        b'event: token\ndata: {"text": "two\\nlines"}\n\n'
        """
        return f"event: {self.name}\ndata: {json.dumps(self.data, ensure_ascii=False)}\n\n".encode()


def event_of(event: Event) -> StreamEvent:
    """What the desk says in a turn, as the stream carries it."""
    match event:
        case Status():
            return StreamEvent(name="status", data={"stage": event.stage})
        case Token():
            return StreamEvent(name="token", data={"text": event.text})
        case Answer():
            return StreamEvent(name="answer", data=event_data(event))
        case _:
            assert_never(event)


def error_event(message: str, *, retryable: bool) -> StreamEvent:
    """The event that ends a turn without an answer."""
    return StreamEvent(name="error", data={"message": message, "retryable": retryable})


async def turn(door: Door, message: Message) -> AsyncGenerator[Event]:
    """The events of a turn, counted by the meters.

    Raises:
        RateLimited: the conversation has asked too much in the last minute.
        FrontdeskError: the turn ends without an answer.
    """
    most = door.settings.limits.questions_per_minute
    await door.desk.limits.take("questions", message.conversation_id, most=most, per_s=60)
    is_fresh = False
    async with aclosing(door.desk.answerer.answer(message)) as events:
        async for event in events:
            is_fresh = is_fresh or (isinstance(event, Status) and event.stage == "retrieve")
            if isinstance(event, Answer) and is_fresh:
                door.meters.answered(message.address.channel, event)
            yield event


async def begun(events: AsyncIterator[Event]) -> AsyncIterator[Event]:
    """The same events, once the first is there: what is refused at once raises here.

    Raises:
        FrontdeskError: the turn was refused before it began.
    """
    first = await anext(events)

    async def all_of_them() -> AsyncIterator[Event]:
        yield first
        async for event in events:
            yield event

    return all_of_them()


async def to_the_end(events: AsyncIterator[Event]) -> AsyncIterator[StreamEvent]:
    """The events as a stream that has begun: an error is its last event, never an exception."""
    try:
        async for event in events:
            yield event_of(event)
    except FrontdeskError as error:
        yield error_event(str(error), retryable=error.retryable)
    except Exception:
        logger.exception("turn_broke")
        yield error_event(BROKEN, retryable=True)


class EventStream(StreamingResponse):
    """Chunks as they come, with a comment in every long silence.

    When the client leaves, the work behind `content` is cancelled.
    """

    media_type = "text/event-stream"

    def __init__(self, content: AsyncIterator[bytes], *, silence_s: float = SILENCE_S) -> None:
        super().__init__(content, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._chunks = content
        self._silence_s = silence_s
        self._spoke = 0.0

    async def stream_response(self, send: Send) -> None:
        """Send the head, the chunks and the end."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._break_silence, send)
            async for chunk in self._chunks:
                await self._send(send, chunk)
            tasks.cancel_scope.cancel()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _break_silence(self, send: Send) -> None:
        self._spoke = time.monotonic()
        while True:
            quiet = time.monotonic() - self._spoke
            if quiet >= self._silence_s:
                await self._send(send, b": still at it\n\n")
                quiet = 0.0
            await anyio.sleep(self._silence_s - quiet)

    async def _send(self, send: Send, chunk: bytes) -> None:
        self._spoke = time.monotonic()
        body: AsgiMessage = {"type": "http.response.body", "body": chunk, "more_body": True}
        await send(body)
