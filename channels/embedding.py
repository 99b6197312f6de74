"""Other sites that may show the customer page in theirs: which, what browsers are told, and the button."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import APIRouter, Response
from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import ui
from channels.door import DoorOf
from config.settings import Settings
from core.errors import Misconfigured, NotFound
from core.fetching import safe_url
from ui.words import LANGUAGES, words_for

SETTING = "FRONTDESK_WEB__EMBED_ORIGINS"
SCRIPT = Path(ui.__file__).parent / "look" / "widget.js"
_HOST = re.compile(r"([a-zA-Z0-9.-]+|\[[0-9a-fA-F:]+\])(:\d{1,5})?")
_API = "/v1/"
_INSIDE = ("/admin", "/staff")
"""Pages for the company alone."""
_PAGES = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors {ancestors}"
)
"""What gradio's pages need, and from this desk alone: nothing a customer says can be sent elsewhere."""

router = APIRouter(include_in_schema=False)


def embed_origins(settings: Settings) -> tuple[str, ...]:
    """The origins of the sites that may embed the page, as browsers write them.

    Raises:
        Misconfigured: one is no origin, or anybody on the way could change what comes from it.
    """
    named = [each.strip() for each in settings.web.embed_origins.split(",") if each.strip()]
    return tuple(_origin(each) for each in named)


def _origin(named: str) -> str:
    parts = urlsplit(safe_url(named, f"a site in {SETTING}"))
    if not _HOST.fullmatch(parts.netloc) or parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise Misconfigured(f"{named!r} in {SETTING} is no origin: write https://www.acme.example")
    return f"{parts.scheme}://{parts.netloc}".lower()


class EmbeddingRules:
    """ASGI middleware that tells browsers which other sites may do what; without any, none may.

    Sites named may show the customer page and call the API with a token, never with a cookie.
    """

    def __init__(self, app: ASGIApp, origins: tuple[str, ...]) -> None:
        self._app = app
        self._page = _PAGES.format(ancestors=" ".join(["'self'", *origins]))
        self._inside = _PAGES.format(ancestors="'none'")
        self._shared = CORSMiddleware(
            self._ruled,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key"],
            max_age=600,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        is_shared = scope["type"] == "http" and scope["path"].startswith(_API)
        await (self._shared if is_shared else self._ruled)(scope, receive, send)

    async def _ruled(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope.get("path", "")
        is_inside = f"{path}/".startswith(tuple(f"{one}/" for one in _INSIDE))
        policy = self._inside if is_inside else self._page

        async def with_rules(message: Message) -> None:
            if message["type"] == "http.response.start":
                _set_rules(MutableHeaders(scope=message), policy)
            await send(message)

        await self._app(scope, receive, with_rules)


def _set_rules(headers: MutableHeaders, policy: str) -> None:
    """What gradio allows other sites is taken away; a page keeps a policy of its own."""
    for name in {each for each in headers if each.startswith("access-control-")}:
        del headers[name]
    if headers.get("content-type", "").startswith("text/html"):
        headers.setdefault("Content-Security-Policy", policy)
        headers.setdefault("X-Content-Type-Options", "nosniff")


@router.get("/widget.js")
async def widget(door: DoorOf) -> Response:
    """The button that opens the customer page on another site, in the visitor's language.

    Raises:
        NotFound: no site may embed the page.
    """
    if not embed_origins(door.settings):
        raise NotFound(f"no site may embed this page: name them in {SETTING}")
    spoken = {code: words_for(code).chat for code in LANGUAGES}
    words = {code: {"open": each.embedded, "close": each.close} for code, each in spoken.items()}
    text = SCRIPT.read_text(encoding="utf-8").replace("__WORDS__", json.dumps(words))
    headers = {"Cache-Control": "public, max-age=300", "X-Content-Type-Options": "nosniff"}
    return Response(text, media_type="text/javascript", headers=headers)
