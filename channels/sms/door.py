"""`/channels/sms`: what the provider delivers of text messages. It is kept, and answered later by REST."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from channels.door import Door, DoorOf
from channels.failures import failure
from channels.sms.account import sms_account
from channels.twilio_account import is_signed
from core.errors import NotFound
from core.inbox import Inbound
from core.messages import Address
from core.outbound import State
from core.short_links import ShortLinks
from core.tenants import TenantId, tenant_id

CHANNEL = "sms"
MOST_MEDIA = 10
NO_MORE_TEXTS = frozenset({"21610", "21614", "30006"})
"""Errors after which a number is not texted again: its owner ended them, or it is no mobile."""
_URL_ENCODED = "application/x-www-form-urlencoded"
_EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
_STATES: dict[str, State] = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), "sent"),
    "delivered": "delivered",
    "read": "read",
    "undelivered": "undelivered",
    "failed": "failed",
    "canceled": "failed",
}

router = APIRouter(include_in_schema=False)


@router.post("/channels/sms")
async def received(request: Request, door: DoorOf) -> Response:
    """Keep a message that somebody sent; the answer follows by REST."""
    form = await _signed_form(request, door)
    if form is None:
        return _forged()
    sid, sender, to = (_field(form, name) for name in ("MessageSid", "From", "To"))
    if not (sid and sender and to):
        return failure(422, "refused", "a message needs MessageSid, From and To")
    inbound = Inbound(
        id=f"{CHANNEL}:{sid}",
        tenant=_tenant(door, to),
        kind="text",
        address=Address(channel=CHANNEL, account=to, person=sender),
        body={"text": _field(form, "Body"), "opt_out": _field(form, "OptOutType"), "media": _media(form)},
    )
    await door.desk.stores.inbox.accept([inbound])
    return Response(_EMPTY, media_type="text/xml")


@router.post("/channels/sms/status")
async def status(request: Request, door: DoorOf, tenant: str, message: str) -> Response:
    """Note how far a message of ours has come."""
    form = await _signed_form(request, door)
    if form is None:
        return _forged()
    state = _STATES.get(_field(form, "MessageStatus"))
    if state is not None:
        error = _field(form, "ErrorCode")
        reason = f"Twilio error {error}" if error else None
        stores, whose = door.desk.stores, TenantId(tenant)
        await stores.outbound.progress(whose, message, state, reason, _field(form, "MessageSid") or None)
        if error in NO_MORE_TEXTS:
            address = Address(channel=CHANNEL, account=_field(form, "From"), person=_field(form, "To"))
            await stores.consents.note(whose, address, is_given=False, how="carrier")
    return Response(status_code=204)


@router.get("/s/{code}")
async def short_link(code: str, door: DoorOf) -> Response:
    """Lead from a text message to the cited words, which decide themselves who may see them."""
    try:
        url = await ShortLinks(door.desk.stores.records).find(door.desk.tenant.id, code)
    except NotFound as error:
        return failure(404, "not_found", str(error))
    return RedirectResponse(url, status_code=303, headers={"Cache-Control": "no-store"})


async def _signed_form(request: Request, door: Door) -> FormData | None:
    """The fields of the request; None where the provider did not send it.

    Raises:
        NotFound: the desk has no such door.
    """
    if CHANNEL not in door.settings.pushing_doors:
        raise NotFound("this desk takes no text messages: set FRONTDESK_SMS__ACCOUNT_SID")
    if not request.headers.get("content-type", "").lower().startswith(_URL_ENCODED):
        return None
    form = await request.form()
    is_theirs = is_signed(request, form, sms_account(door.settings), door.settings.web.public_url)
    return form if is_theirs else None


def _forged() -> Response:
    words = (
        "this request is not signed by the account of this desk, or for another address: "
        "see FRONTDESK_SMS__AUTH_TOKEN and FRONTDESK_WEB__PUBLIC_URL"
    )
    return failure(403, "unauthorized", words)


def _field(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def _tenant(door: Door, to: str) -> TenantId:
    """Whose number it is: another group's where the settings say so, else the desk's own."""
    numbers = door.settings.sms.numbers
    group = numbers.get(to) or numbers.get(to.rpartition(":")[2])
    return tenant_id(group) if group else door.desk.tenant.id


def _media(form: FormData) -> list[dict[str, Any]]:
    count = _field(form, "NumMedia")
    places = range(min(int(count), MOST_MEDIA)) if count.isdecimal() else range(0)
    found = [
        {"url": _field(form, f"MediaUrl{place}"), "type": _field(form, f"MediaContentType{place}")}
        for place in places
    ]
    return [one for one in found if one["url"]]
