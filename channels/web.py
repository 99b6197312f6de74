"""The pages: customers' at `/`, the admin's at `/admin`, and the door in front of the latter."""

from __future__ import annotations

import gradio as gr
from fastapi import FastAPI, Request
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from channels.admin_desk import AdminDesk
from channels.callers import principal_of
from channels.customer_desk import CustomerDesk
from channels.door import Door
from channels.embedding import embed_origins
from config.settings import Settings
from core.access import Principal, Role
from core.assembly import Desk
from core.errors import Unauthorized
from ui import theme
from ui.admin import admin_page
from ui.calls import Limits
from ui.chat import customer_page

ADMIN_PATH = "/admin"


def mount(app: FastAPI, desk: Desk, settings: Settings) -> FastAPI:
    """The app with the customers' page at `/` and the admin's at `/admin`."""
    door: Door = app.state.door
    size = settings.documents.max_bytes
    limits = Limits(files=settings.web.upload_files, file_bytes=size)
    app.add_middleware(NoPageApi)
    app.add_middleware(AdminsOnly, door=door)

    async def admin(request: Request) -> str | None:
        principal = await principal_of(request, door)
        return principal.person if principal and _runs(principal, door) else None

    async def visitor(_: Request) -> str:
        return "visitor"

    for page, path, allow in (
        (admin_page(AdminDesk(door, limits)), ADMIN_PATH, admin),
        (customer_page(CustomerDesk(door, limits, embed_origins(settings))), "/", visitor),
    ):
        gr.mount_gradio_app(
            app,
            page,
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


class AdminsOnly:
    """ASGI middleware: under `/admin`, whoever is no admin is sent to sign in."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let pass, or send away."""
        path = scope.get("path", "")
        is_guarded = path == ADMIN_PATH or path.startswith(f"{ADMIN_PATH}/")
        if scope["type"] not in {"http", "websocket"} or not is_guarded:
            await self._app(scope, receive, send)
        elif await self._is_admin(scope):
            # The customers' page at `/` would take the bare path for one of its own.
            inside = self._app if path != ADMIN_PATH else RedirectResponse(f"{ADMIN_PATH}/", 303)
            await inside(scope, receive, send)
        elif path.rstrip("/") == ADMIN_PATH:
            await RedirectResponse("/sign-in", 303)(scope, receive, send)
        else:
            await JSONResponse({"detail": "sign in as an admin"}, 401)(scope, receive, send)

    async def _is_admin(self, scope: Scope) -> bool:
        try:
            principal = await principal_of(HTTPConnection(scope), self._door)
        except Unauthorized:
            return False
        return principal is not None and _runs(principal, self._door)


def _runs(principal: Principal, door: Door) -> bool:
    """Whether this is an admin of the very tenant that the pages are for."""
    return principal.role.reaches(Role.ADMIN) and principal.tenant == door.desk.tenant.id
