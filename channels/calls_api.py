"""`/v1/calls`: telephone calls as staff see them, and the sound of messages and recordings."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header
from fastapi.responses import Response
from pydantic import BaseModel

from channels.byte_ranges import bytes_response
from channels.callers import Staff
from channels.door import DoorOf
from channels.shapes import Moment
from core.call_sounds import SoundKind
from core.call_states import CallState
from core.errors import NotFound
from core.kept_calls import KeptCall

router = APIRouter(prefix="/v1/calls", tags=["calls"])


class CallOut(BaseModel):
    """A call in a list."""

    call_id: str
    conversation_id: str | None
    caller: str
    called: str
    language: str
    state: CallState
    duration_s: int | None
    created_at: Moment
    answered_at: Moment | None
    ended_at: Moment | None


class CallLineOut(BaseModel):
    """One thing that was said; `heard` is what the caller heard of the desk's words."""

    at_s: float
    who: str
    text: str
    language: str
    kind: str
    heard: str | None


class CallSoundOut(BaseModel):
    """A recording or voicemail; its sound is at `/v1/calls/{call_id}/sounds/{sound_id}`."""

    sound_id: str
    kind: SoundKind
    seconds: float
    text: str | None
    ticket_id: str | None


class CallTurnOut(BaseModel):
    """How long the parts of the desk's turn took, in milliseconds."""

    question_id: str
    at_s: float
    latencies: dict[str, float]
    had_filler: bool
    was_interrupted: bool


class WholeCallOut(CallOut):
    """A call with its transcript, its latencies and its sounds.

    `ended_because` is why the last talk ended, `disclosure` what the caller heard about recording and
    automation; either is empty where nothing is known of it.
    """

    ended_because: str
    disclosure: str
    lines: list[CallLineOut]
    turns: list[CallTurnOut]
    sounds: list[CallSoundOut]


@router.get("")
async def list_calls(door: DoorOf, staff: Staff) -> list[CallOut]:
    """The newest calls."""
    return [CallOut(**_fields(call)) for call in await door.desk.stores.calls.latest(staff.tenant)]


@router.get("/{call_id}")
async def show_call(call_id: str, door: DoorOf, staff: Staff) -> WholeCallOut:
    """One call, with what was said in it."""
    stores = door.desk.stores
    call = await stores.calls.get(staff.tenant, call_id)
    lines = await stores.calls.lines(staff.tenant, call_id)
    return WholeCallOut(
        **_fields(call),
        ended_because=call.ended_because,
        disclosure=call.disclosure or "",
        turns=[
            CallTurnOut(**{name: getattr(one, name) for name in CallTurnOut.model_fields})
            for one in await stores.calls.turns(staff.tenant, call_id)
        ],
        lines=[
            CallLineOut(**{name: getattr(one, name) for name in CallLineOut.model_fields}) for one in lines
        ],
        sounds=[
            CallSoundOut(
                sound_id=one.id,
                kind=one.kind,
                seconds=one.seconds,
                text=one.text,
                ticket_id=one.ticket_id,
            )
            for one in await stores.sounds.of(staff.tenant, call_id)
        ],
    )


@router.get("/{call_id}/sounds/{sound_id}", response_class=Response)
async def hear_sound(
    call_id: str, sound_id: str, door: DoorOf, staff: Staff, range: Annotated[str, Header()] = ""
) -> Response:
    """The sound of a voicemail or recording, or the range of its bytes that a player asks for."""
    sound = await door.desk.stores.sounds.get(staff.tenant, sound_id)
    if sound.call_id != call_id:
        raise NotFound(f"there is no recording {sound_id!r}")
    data = await door.desk.stores.sounds.data(sound)
    headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
    return bytes_response(data, sound.media_type, range, headers)


def _fields(call: KeptCall) -> dict[str, Any]:
    names = set(CallOut.model_fields) - {"call_id"}
    return {"call_id": call.id, **{name: getattr(call, name) for name in names}}
