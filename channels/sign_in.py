"""The admin's way in and out: a one-time link, a button, and a cookie."""

from __future__ import annotations

from datetime import timedelta
from html import escape
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from channels.callers import COOKIE
from channels.door import DoorOf
from channels.pages import note, page
from core.errors import Unauthorized

router = APIRouter(tags=["sign-in"], include_in_schema=False)


@router.get("/sign-in")
async def ask(token: str = "") -> HTMLResponse:
    """A page with one button: mail and chat programs that look at links do not use them up."""
    if not token:
        where = "Run `frontdesk sign-in` on the desk's machine, and open the link it prints."
        return page("Sign in", note(where))
    form = (
        '<form method="post" action="/sign-in">'
        f'<input type="hidden" name="token" value="{escape(token)}">'
        '<button type="submit">Sign in</button></form>'
    )
    return page("Sign in", form)


@router.post("/sign-in")
async def sign_in(door: DoorOf, token: Annotated[str, Form()] = "") -> Response:
    """Use the link up, and stay signed in on this browser for a while."""
    try:
        principal = await door.desk.access.redeem_link(token)
    except Unauthorized as error:
        return page("This link does not work", note(f"{error}."), status=401)
    life = timedelta(hours=door.settings.web.session_hours)
    response = RedirectResponse("/admin", 303)
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
async def sign_out(door: DoorOf) -> Response:
    """Forget the session on this browser."""
    response = RedirectResponse("/", 303)
    response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=door.is_https)
    return response
