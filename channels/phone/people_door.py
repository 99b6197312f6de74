"""`/channels/voice/whisper` and `/channels/voice/voicemail`: what people of the company hear of callers."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from channels.door import Door, DoorOf
from channels.failures import failure
from channels.phone.account import phone_account
from channels.phone.recordings import RECORDING, SOUND_PURPOSE
from channels.phone.transfer import WHISPER, WHISPER_PURPOSE, connect_document, whisper_document, whispered
from channels.phone.voicemail import SOUND_KINDS, VOICEMAIL, is_sid
from channels.twilio_account import is_signed
from core.errors import NotFound, Unauthorized
from core.inbox import Inbound
from core.messages import Address
from core.phrases import languages_in
from core.tenants import TenantId
from core.tickets import TicketId

CHANNEL = "phone"
LONGEST_S = 24 * 3600
_URL_ENCODED = "application/x-www-form-urlencoded"
_XML = "text/xml"

router = APIRouter(include_in_schema=False)


@router.post(WHISPER)
async def whisper(request: Request, door: DoorOf) -> Response:
    """Tell whoever picked up what it is about; connect them once they have pressed a key."""
    form = await _signed_form(request, door)
    if form is None:
        return _forged()
    try:
        values = door.desk.access.unseal(WHISPER_PURPOSE, request.query_params.get("pass", ""))
    except Unauthorized as error:
        return failure(403, "unauthorized", str(error))
    if _field(form, "Digits"):
        return Response(connect_document(), media_type=_XML)
    try:
        ticket = await door.desk.tickets.get(TenantId(values["t"]), TicketId(values["k"]))
        summary = ticket.summary
    except NotFound:
        summary = ""
    # Colleagues are spoken to in the desk's own first language, whatever the caller speaks.
    language = languages_in(door.settings.languages)[0]
    locale = door.settings.phone.locales.get(language, "en-US")
    return Response(whisper_document(whispered(summary, values["k"], language), locale), media_type=_XML)


@router.post(VOICEMAIL)
async def voicemail(request: Request, door: DoorOf) -> Response:
    """Keep that a message is there to be fetched; the same one told again is the same message."""
    return await _sound(request, door, "voicemail")


@router.post(RECORDING)
async def recording(request: Request, door: DoorOf) -> Response:
    """Keep that a call's recording is there to be fetched."""
    return await _sound(request, door, "recording")


async def _sound(request: Request, door: Door, kind: str) -> Response:
    form = await _signed_form(request, door)
    if form is None:
        return _forged()
    try:
        values = door.desk.access.unseal(SOUND_PURPOSE, request.query_params.get("pass", ""))
    except Unauthorized as error:
        return failure(403, "unauthorized", str(error))
    sid, url = _field(form, "RecordingSid"), _field(form, "RecordingUrl")
    if _field(form, "RecordingStatus") not in ("", "completed"):
        return Response(status_code=204)
    if not is_sid(sid) or not url or kind not in SOUND_KINDS or _field(form, "CallSid") != values["c"]:
        return failure(422, "refused", "a recording needs RecordingSid, RecordingUrl and its call's CallSid")
    inbound = Inbound(
        id=f"{CHANNEL}:{sid}",
        tenant=TenantId(values["t"]),
        kind="sound",
        address=Address(channel=CHANNEL, account=values["d"], person=values["f"], thread=values["c"]),
        body={
            "kind": kind,
            "sid": sid,
            "url": url if url.endswith(".wav") else f"{url}.wav",
            "seconds": _seconds(_field(form, "RecordingDuration")),
            "call_id": values["c"],
            "conversation_id": values["v"],
            "language": values["l"],
        },
    )
    await door.desk.stores.inbox.accept([inbound])
    return Response(status_code=204)


async def _signed_form(request: Request, door: Door) -> FormData | None:
    """The fields of the request; None where the provider did not send it.

    Raises:
        NotFound: the desk has no such door.
    """
    if not door.settings.takes_calls:
        raise NotFound("this desk takes no telephone calls: set FRONTDESK_PHONE__ACCOUNT_SID")
    if not request.headers.get("content-type", "").lower().startswith(_URL_ENCODED):
        return None
    form = await request.form()
    is_theirs = is_signed(request, form, phone_account(door.settings), door.settings.web.public_url)
    return form if is_theirs else None


def _forged() -> Response:
    words = (
        "this request is not signed by the account of this desk, or for another address: "
        "see FRONTDESK_PHONE__AUTH_TOKEN and FRONTDESK_WEB__PUBLIC_URL"
    )
    return failure(403, "unauthorized", words)


def _field(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def _seconds(told: str) -> int:
    return min(int(told), LONGEST_S) if told.isdecimal() and len(told) < len(str(LONGEST_S)) + 1 else 0
