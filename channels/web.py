"""The pages: customers' at `/`, staff's at `/staff`, admins' at `/admin`, and the door of the last two."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from html import escape

import gradio as gr
from fastapi import FastAPI, Request
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from channels.admin_desk import AdminDesk
from channels.callers import principal_of, works_here
from channels.customer_desk import CustomerDesk
from channels.door import Door
from channels.embedding import embed_origins
from channels.pages import note, page
from channels.staff_desk import StaffDesk
from config.settings import Settings
from core.access import Principal, Role
from core.assembly import Desk
from core.errors import Unauthorized
from ui import theme
from ui.admin import admin_page
from ui.calls import Limits
from ui.chat import customer_page
from ui.languages.staff import STAFF_WORDS
from ui.staff import staff_page
from ui.words import words_for

ADMIN_PATH = "/admin"
STAFF_PATH = "/staff"
_NEEDED = {ADMIN_PATH: Role.ADMIN, STAFF_PATH: Role.STAFF}


def mount(app: FastAPI, desk: Desk, settings: Settings) -> FastAPI:
    """The app with the customers' page at `/`, the staff's at `/staff` and the admin's at `/admin`."""
    door: Door = app.state.door
    size = settings.documents.max_bytes
    limits = Limits(files=settings.web.upload_files, file_bytes=size)
    app.add_middleware(NoPageApi)
    app.add_middleware(Inside, door=door)

    def only(needed: Role) -> Callable[[Request], Awaitable[str | None]]:
        async def person(request: Request) -> str | None:
            principal = await principal_of(request, door)
            return principal.person if principal and works_here(principal, door, needed) else None

        return person

    async def visitor(_: Request) -> str:
        return "visitor"

    for blocks, path, allow in (
        (admin_page(AdminDesk(door, limits)), ADMIN_PATH, only(Role.ADMIN)),
        (staff_page(StaffDesk(door)), STAFF_PATH, only(Role.STAFF)),
        (customer_page(CustomerDesk(door, limits, embed_origins(settings))), "/", visitor),
    ):
        gr.mount_gradio_app(
            app,
            blocks,
            path,
            auth_dependency=allow,
            allowed_paths=[],
            show_error=False,
            max_file_size=size,
            ssr_mode=False,
            enable_monitoring=False,
            run_history=False,
            footer_links=[],
            pwa=False,
            mcp_server=False,
            theme=theme.theme(),
            css=theme.css(),
            head=theme.head(),
            app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
        )
    return app


class NoPageApi:
    """ASGI middleware: the pages' functions can't be called by name, as gradio would otherwise allow."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let pass, or answer that there is nothing."""
        is_call = scope["type"] == "http" and "/gradio_api/call/" in f"{scope['path']}/"
        inside = JSONResponse({"detail": "there is nothing here"}, 404) if is_call else self._app
        await inside(scope, receive, send)


class Inside:
    """ASGI middleware: under `/admin` and `/staff`, whoever may not be there is sent to sign in."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let pass, or send away."""
        path: str = scope.get("path", "")
        page_path = next((one for one in _NEEDED if f"{path}/".startswith(f"{one}/")), None)
        if scope["type"] not in {"http", "websocket"} or page_path is None:
            await self._app(scope, receive, send)
            return
        await (await self._answer(HTTPConnection(scope), path, page_path))(scope, receive, send)

    async def _answer(self, connection: HTTPConnection, path: str, page_path: str) -> ASGIApp:
        needed = _NEEDED[page_path]
        principal = await self._principal(connection)
        if principal is not None and works_here(principal, self._door, needed):
            # The customers' page at `/` would take the bare path for one of its own.
            return self._app if path != page_path else RedirectResponse(f"{page_path}/", 303)
        if path.rstrip("/") != page_path:
            return JSONResponse({"detail": f"sign in as {needed.value}"}, 401)
        if principal is not None and works_here(principal, self._door, Role.STAFF):
            return _not_here(connection.headers.get("accept-language"))
        return RedirectResponse("/sign-in", 303)

    async def _principal(self, connection: HTTPConnection) -> Principal | None:
        try:
            return await principal_of(connection, self._door)
        except Unauthorized:
            return None


def _not_here(accept_language: str | None) -> HTMLResponse:
    """What staff read where only admins may go: the way to their own page."""
    language = words_for(accept_language).code
    words = STAFF_WORDS[language]
    lead = f'<p><a href="{STAFF_PATH}">{escape(words.lead)}</a></p>'
    return page(words.not_here, note(words.why) + lead, language=language)
