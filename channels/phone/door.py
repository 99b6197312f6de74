"""`/channels/voice`: Twilio's webhooks and sockets of telephone calls. Whoever is not Twilio is refused."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Request, WebSocket
from fastapi.responses import Response
from starlette.requests import HTTPConnection

from channels.door import Door, DoorOf
from channels.failures import failure
from channels.phone.book import Arrival
from channels.phone.call_socket import CallSocket
from channels.phone.steps import Ended, HangUp, NextStep, TalkAgain, What
from channels.phone.switchboard import Switchboard
from channels.phone.twiml import PASS, VOICE, Transport
from channels.twilio_account import is_signed, is_socket_signed
from channels.voice.telephone import Call
from core.call_states import ENDED, call_state
from core.errors import FrontdeskError, NotFound, Refused, Unauthorized

logger = logging.getLogger(__name__)

_URL_ENCODED = "application/x-www-form-urlencoded"
_POLICY, _TRY_LATER = 1008, 1013
_FORGED = (
    "this request is not signed by the account of this desk, or for another address: "
    "see FRONTDESK_PHONE__AUTH_TOKEN and FRONTDESK_WEB__PUBLIC_URL"
)

router = APIRouter(prefix=VOICE, include_in_schema=False)


def switchboard_of(connection: HTTPConnection) -> Switchboard:
    """The switchboard of the app that serves this connection.

    Raises:
        NotFound: the desk takes no calls.
    """
    board: Switchboard | None = getattr(connection.app.state, "phone", None)
    if board is None:
        raise NotFound("this desk takes no calls: set FRONTDESK_PHONE__ACCOUNT_SID")
    return board


BoardOf = Annotated[Switchboard, Depends(switchboard_of)]


@router.post("")
async def called(request: Request, board: BoardOf) -> Response:
    """Somebody calls: connect them to the desk, or say politely why not."""
    told = await _told(request, board)
    if told is None:
        return failure(403, "unauthorized", _FORGED)
    arrival = await board.arrival(told)
    if not (arrival.caller and arrival.called):
        return failure(422, "refused", "a call needs CallSid, From and To")
    if arrival.caller in board.numbers.blocked:
        return _twiml(board.writer.reject())
    try:
        step = await _picked_up(board, arrival, told)
        return _twiml(await board.document(request, arrival, step))
    except FrontdeskError as error:
        return await _apology(request, board, arrival, error)


async def _picked_up(board: Switchboard, arrival: Arrival, told: dict[str, str]) -> NextStep:
    """A talk, which is in the book then; or what to say instead."""
    if closed := await board.personas.closed(arrival.tenant):
        return HangUp(say=closed)
    if not board.running.gate.promise(arrival.id):
        return board.plain.when_full(arrival.language)
    await board.book.arrive(arrival)
    await board.told(arrival.tenant, told)
    return TalkAgain()


@router.post("/after")
async def after(request: Request, board: BoardOf, what: What) -> Response:
    """The talk, a transfer or a message has ended: say what follows."""
    told = await _told(request, board)
    if told is None:
        return failure(403, "unauthorized", _FORGED)
    arrival = await board.arrival(told)
    try:
        step = await _decided(board, arrival, what, told)
        return _twiml(await board.document(request, arrival, step))
    except FrontdeskError as error:
        return await _apology(request, board, arrival, error)


@router.post("/status")
async def status(request: Request, board: BoardOf) -> Response:
    """Note how far a call has come, and what became of its stream."""
    told = await _told(request, board)
    if told is None:
        return failure(403, "unauthorized", _FORGED)
    if event := told.get("StreamEvent"):
        if event == "stream-error":
            logger.warning("stream_error", extra={"call": told["CallSid"]})
        return Response(status_code=204)
    arrival = await board.arrival(told)
    state = call_state(told.get("CallStatus", ""))
    await board.told(arrival.tenant, told)
    if state in ENDED:
        board.running.over(arrival.id)
    return Response(status_code=204)


@router.websocket("/stream")
async def stream(socket: WebSocket, door: DoorOf) -> None:
    """A call's Media Stream."""
    await _carried(socket, door, "stream")


@router.websocket("/relay")
async def relay(socket: WebSocket, door: DoorOf) -> None:
    """A call's ConversationRelay."""
    await _carried(socket, door, "relay")


async def _carried(socket: WebSocket, door: Door, transport: Transport) -> None:
    """Refuse who is not Twilio before anything is taken in, then who has no pass; else talk."""
    board: Switchboard | None = getattr(socket.app.state, "phone", None)
    is_known = board is not None and transport in board.sessions
    if board is None or not is_known or not is_socket_signed(socket, board.account, board.public_url):
        await socket.close(_POLICY)
        return
    call_socket = CallSocket(socket)
    await call_socket.accept()
    session = board.sessions[transport](call_socket)
    try:
        start = await session.begin()
        if start.account != board.account.sid:
            raise Unauthorized("the socket is another account's")
        call = await board.book.redeem(start.parameters.get(PASS, ""), start.call)
    except Refused as error:
        logger.warning("call_socket_refused", extra={"reason": type(error).__name__})
        await call_socket.shut(_POLICY)
        return
    except FrontdeskError as error:
        logger.warning("call_socket_failed", extra={"error": type(error).__name__})
        await call_socket.shut(_TRY_LATER)
        return
    if not board.running.gate.enter(call.id):
        await call_socket.shut(_TRY_LATER)
        return
    try:
        async with session.telephone(call) as telephone:
            await board.running.run(telephone, board.talks)
    except FrontdeskError as error:
        logger.warning("talk_failed", extra={"call": call.id, "error": type(error).__name__})
    finally:
        try:
            await _note_end(board, call, call_socket)
        finally:
            board.running.gate.leave(call.id)


async def _note_end(board: Switchboard, call: Call, socket: CallSocket) -> None:
    try:
        await board.book.end_talk(call, is_broken=socket.is_broken)
    except FrontdeskError as error:
        logger.warning("talk_end_not_kept", extra={"call": call.id, "error": type(error).__name__})


async def _decided(board: Switchboard, arrival: Arrival, what: What, told: Mapping[str, str]) -> NextStep:
    """What follows.

    Raises:
        FrontdeskError: nobody can tell.
    """
    known = await (board.book.ended(arrival) if what == "talk" else board.book.find(arrival))
    ended = Ended(
        call=known.call,
        what=what,
        told=told,
        plan=known.plan,
        is_broken=known.talk != "left",
        talks=known.talks,
    )
    return await board.steps.next_step(ended)


async def _apology(request: Request, board: Switchboard, arrival: Arrival, error: FrontdeskError) -> Response:
    """A call is never met by silence: without records there is still a voice, and a message."""
    logger.warning("call_not_connected", extra={"call": arrival.id, "error": type(error).__name__})
    step = board.plain.without_anybody("trouble", arrival.language)
    return _twiml(await board.document(request, arrival, step))


async def _told(request: Request, board: Switchboard) -> dict[str, str] | None:
    """The fields of a webhook; None where Twilio did not send it, or it is about no call."""
    if not request.headers.get("content-type", "").lower().startswith(_URL_ENCODED):
        return None
    form = await request.form()
    if not is_signed(request, form, board.account, board.public_url) or not form.get("CallSid"):
        return None
    return {name: value for name, value in form.items() if isinstance(value, str)}


def _twiml(document: str) -> Response:
    return Response(document, media_type="text/xml")
