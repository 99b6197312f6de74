"""Signing in with the company's own account: out to the OpenID provider, and back with a session."""

from __future__ import annotations

import hmac
import logging
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Query
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel
from starlette.requests import Request

from channels.door import Door, DoorOf
from channels.pages import note, page
from channels.sign_in import home_of, signed_in
from core.errors import FrontdeskError, NotFound, RateLimited, Unauthorized
from core.openid import Return
from core.staff_sign_in import StaffSignIn

logger = logging.getLogger(__name__)

UNDER_WAY = "frontdesk_sign_in"
"""The cookie of a sign-in that is under way."""
PURPOSE = "sign-in"
LIFE = timedelta(minutes=10)
BACK = "/sign-in/callback"
PER_MINUTE = 60
"""Sign-ins that an address may begin, and end, in a minute: each asks the provider something."""
_AGAIN = '<p><a href="/sign-in/company">Try again</a> · <a href="/sign-in">Other ways to sign in</a></p>'

router = APIRouter(tags=["sign-in"], include_in_schema=False)


class Callback(BaseModel):
    """What a provider puts into the address that it sends a browser back to."""

    code: str = ""
    state: str = ""
    error: str = ""
    iss: str = ""


@router.get("/sign-in/company")
async def leave(request: Request, door: DoorOf, next: str = "") -> Response:
    """Send the browser to the provider. `next` is where it goes afterwards, on this desk."""
    try:
        staff = await _staff(request, door)
        under_way = await staff.provider.depart(f"{door.address(request)}{BACK}")
    except FrontdeskError as error:
        return _failed(error)
    kept = {
        "state": under_way.state,
        "nonce": under_way.nonce,
        "verifier": under_way.verifier,
        "next": own_path(next),
    }
    response = RedirectResponse(
        under_way.url, 303, {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
    )
    response.set_cookie(
        UNDER_WAY,
        door.desk.access.seal(PURPOSE, kept, LIFE),
        max_age=int(LIFE.total_seconds()),
        path=BACK,
        httponly=True,
        samesite="lax",
        secure=door.is_https,
    )
    return response


@router.get(BACK)
async def arrive(request: Request, door: DoorOf, back: Annotated[Callback, Query()]) -> Response:
    """Check what the browser brings from the provider, and sign it in."""
    try:
        response = await _arrived(request, door, back)
    except FrontdeskError as error:
        response = _failed(error)
    response.delete_cookie(UNDER_WAY, path=BACK, httponly=True, samesite="lax", secure=door.is_https)
    return response


async def _arrived(request: Request, door: Door, back: Callback) -> Response:
    staff = await _staff(request, door)
    kept = door.desk.access.unseal(PURPOSE, request.cookies.get(UNDER_WAY, ""))
    if not hmac.compare_digest(kept["state"].encode(), back.state.encode()):
        raise Unauthorized("this sign-in was begun in another window: begin anew")
    if back.iss and back.iss != staff.provider.issuer:
        raise Unauthorized("this comes from another provider than the one that was asked")
    if back.error or not back.code:
        was_refused = back.error == "access_denied"
        raise Unauthorized(
            "the sign-in was cancelled, or the provider does not let this account in"
            if was_refused
            else "the provider ended the sign-in without a result"
        )
    principal = await staff.arrive(
        Return(
            code=back.code,
            nonce=kept["nonce"],
            verifier=kept["verifier"],
            redirect_uri=f"{door.address(request)}{BACK}",
        )
    )
    logger.info("signed_in", extra={"tenant": principal.tenant, "role": principal.role.value})
    return signed_in(door, principal, kept["next"] or home_of(principal))


async def _staff(request: Request, door: Door) -> StaffSignIn:
    staff = door.desk.staff_sign_in
    if staff is None:
        raise NotFound("this desk has no company accounts: use a sign-in link")
    host = request.client.host if request.client else ""
    await door.desk.limits.take("sign-ins", host, most=2 * PER_MINUTE, per_s=60)
    return staff


def own_path(path: str) -> str:
    r"""The path, if it leads to a page of this desk; empty where it could lead anywhere else.

    >>> own_path("/admin/?tab=1"), own_path("//evil.example"), own_path("/\\evil.example")
    ('/admin/?tab=1', '', '')
    """
    is_plain = path.isascii() and path.isprintable() and " " not in path and "\\" not in path
    if not is_plain or not path.startswith("/") or path.startswith("//") or len(path) > 500:
        return ""
    try:
        parts = urlsplit(path)
    except ValueError:
        return ""
    return "" if parts.scheme or parts.netloc else path


def _failed(error: FrontdeskError) -> Response:
    """A page in plain words. What it says is this house's, nothing of it the provider's."""
    logger.warning("sign_in_failed", extra={"kind": type(error).__name__, "why": str(error)})
    match error:
        case RateLimited():
            status = 429
        case NotFound():
            status = 404
        case _:
            status = 503 if error.retryable else 401
    words = f"{str(error)[:1].upper()}{str(error)[1:]}."
    return page("You are not signed in", note(words) + ("" if status == 404 else _AGAIN), status=status)
