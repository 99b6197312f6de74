"""A conversation over a WebSocket: questions in, the stream's events out, turn after turn."""

from __future__ import annotations

import json
import logging

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from fastapi import APIRouter, WebSocket
from pydantic import BaseModel, ValidationError
from starlette.websockets import WebSocketDisconnect

from channels.callers import speakable
from channels.conversations_api import message_of
from channels.door import Door, DoorOf
from channels.events import StreamEvent, error_event, to_the_end, turn
from channels.failures import faults
from channels.limits import MOST_JSON_BYTES
from channels.shapes import ClientId, MessageIn
from core.access import Principal
from core.conversation import Conversation
from core.errors import FrontdeskError, Refused, TooLarge, Unauthorized

logger = logging.getLogger(__name__)

PROTOCOL = "frontdesk"
GREETING_S = 10.0
"""How long a socket may stay open without showing a token."""
MOST_WAITING = 8
"""Questions that may wait for the one being answered."""
_UNAUTHORIZED, _NOT_FOUND = 4401, 4404

router = APIRouter(prefix="/v1", tags=["conversations"])


class _Greeting(BaseModel):
    token: ClientId | str


@router.websocket("/conversations/{conversation_id}/stream")
async def stream(socket: WebSocket, conversation_id: str, door: DoorOf, token: str = "") -> None:
    """Answer questions until the client leaves; then what is being done is cancelled.

    The token comes in the query, as a subprotocol next to `frontdesk`, or as the first
    message, {"token": …}.
    """
    offered: list[str] = socket.scope.get("subprotocols", [])
    by_protocol = [each for each in offered if each != PROTOCOL]
    await socket.accept(subprotocol=PROTOCOL if PROTOCOL in offered else next(iter(offered), None))
    try:
        proof = token or next(iter(by_protocol), "") or await _greeted(socket)
        principal = await door.desk.access.identify(proof)
        conversation = await speakable(door, principal, conversation_id)
    except WebSocketDisconnect:
        return
    except FrontdeskError as error:
        await _send(socket, error_event(str(error), retryable=error.retryable))
        await socket.close(_UNAUTHORIZED if isinstance(error, Unauthorized) else _NOT_FOUND)
        return
    await _converse(socket, door, conversation, principal)


async def _greeted(socket: WebSocket) -> str:
    """The token of the client's first message.

    Raises:
        Unauthorized: the message holds none, or did not come in time.
    """
    with anyio.move_on_after(GREETING_S):
        try:
            return _Greeting.model_validate(_parsed(await _received(socket))).token
        except (Refused, ValidationError) as error:
            raise Unauthorized('show a token first: send {"token": …}') from error
    raise Unauthorized("no token came: open a new socket and show one")


async def _converse(socket: WebSocket, door: Door, conversation: Conversation, principal: Principal) -> None:
    waiting, next_one = anyio.create_memory_object_stream[MessageIn](MOST_WAITING)
    async with anyio.create_task_group() as tasks, waiting, next_one:
        tasks.start_soon(_answer_all, socket, door, (conversation, principal), next_one)
        await _take_in(socket, waiting)
        tasks.cancel_scope.cancel()


async def _take_in(socket: WebSocket, waiting: MemoryObjectSendStream[MessageIn]) -> None:
    """Read questions until the client leaves; what can't be read is answered with an error."""
    while True:
        try:
            waiting.send_nowait(MessageIn.model_validate(_parsed(await _received(socket))))
        except WebSocketDisconnect:
            return
        except Refused as error:
            fault = error_event(str(error), retryable=False)
        except ValidationError as error:
            fault = error_event(faults(error.errors()), retryable=False)
        except anyio.WouldBlock:
            fault = error_event(f"{MOST_WAITING} questions wait already: wait for an answer", retryable=True)
        else:
            continue
        await _send(socket, fault)


async def _answer_all(
    socket: WebSocket,
    door: Door,
    place: tuple[Conversation, Principal],
    questions: MemoryObjectReceiveStream[MessageIn],
) -> None:
    conversation, principal = place
    async for question in questions:
        events = turn(door, message_of(question, conversation, principal))
        async for event in to_the_end(events):
            await _send(socket, event)


async def _received(socket: WebSocket) -> str:
    """The next message's text.

    Raises:
        WebSocketDisconnect: the client left.
        Refused: the message holds bytes. TooLarge: it is over 64 kB.
    """
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))
    text: str | None = message.get("text")
    if text is None:
        raise Refused("send text, not bytes: one JSON object a message")
    if len(text) > MOST_JSON_BYTES:
        raise TooLarge(f"the message has {len(text):,} characters; the limit is {MOST_JSON_BYTES:,}")
    return text


def _parsed(text: str) -> object:
    try:
        parsed: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refused('this is not JSON: send {"text": "your question"}') from error
    return parsed


async def _send(socket: WebSocket, event: StreamEvent) -> None:
    """Send an event; a client that has just left is noticed by whoever reads from it."""
    try:
        await socket.send_json(event.as_json())
    except (WebSocketDisconnect, RuntimeError):
        logger.debug("socket_closed_while_sending")
