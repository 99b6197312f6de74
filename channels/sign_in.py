"""The way in and out for staff and admins: a one-time link or the company's account, and a cookie."""

from __future__ import annotations

from datetime import timedelta
from html import escape
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.requests import Request

from channels.callers import COOKIE, principal_of
from channels.door import Door, DoorOf
from channels.pages import note, page
from core.access import Principal, Role
from core.errors import IdentityUnavailable, Unauthorized
from core.staff_sign_in import SUBJECT

router = APIRouter(tags=["sign-in"], include_in_schema=False)


@router.get("/sign-in")
async def ask(door: DoorOf, token: str = "") -> HTMLResponse:
    """A page with one button: mail and chat programs that look at links do not use them up."""
    if token:
        form = (
            '<form method="post" action="/sign-in">'
            f'<input type="hidden" name="token" value="{escape(token)}">'
            '<button type="submit">Sign in</button></form>'
        )
        return page("Sign in", form)
    staff = door.desk.staff_sign_in
    button = f'<p><a href="/sign-in/company">{escape(staff.label)}</a></p>' if staff else ""
    where = "Run `frontdesk sign-in` on the desk's machine, and open the link it prints."
    return page("Sign in", button + note(f"Or: {where[0].lower()}{where[1:]}" if staff else where))


@router.post("/sign-in")
async def sign_in(door: DoorOf, token: Annotated[str, Form()] = "") -> Response:
    """Use the link up, and stay signed in on this browser for a while."""
    try:
        principal = await door.desk.access.redeem_link(token)
    except Unauthorized as error:
        return page("This link does not work", note(f"{error}."), status=401)
    return signed_in(door, principal, home_of(principal))


def home_of(principal: Principal) -> str:
    """The path of the page that somebody of the staff works on."""
    return "/admin" if principal.role.reaches(Role.ADMIN) else "/staff"


def signed_in(door: Door, principal: Principal, path: str) -> Response:
    """Send the browser on to a path of this desk, signed in for a while."""
    life = timedelta(hours=door.settings.web.session_hours)
    response = RedirectResponse(path, 303)
    response.set_cookie(
        COOKIE,
        door.desk.access.token_for(principal, life),
        max_age=int(life.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=door.is_https,
    )
    return response


@router.post("/sign-out")
async def sign_out(request: Request, door: DoorOf) -> Response:
    """Forget the session on this browser, and end the one at the provider where it came from there."""
    response = RedirectResponse(await _after(request, door), 303)
    response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=door.is_https)
    return response


async def _after(request: Request, door: Door) -> str:
    staff = door.desk.staff_sign_in
    if staff is None:
        return "/"
    try:
        principal = await principal_of(request, door)
        if principal is None or not principal.person.startswith(SUBJECT):
            return "/"
        return await staff.provider.farewell(f"{door.address(request)}/") or "/"
    except (Unauthorized, IdentityUnavailable):
        return "/"
