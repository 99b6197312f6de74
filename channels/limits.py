"""How much a request may send: bodies are cut off while they arrive, before anything holds them."""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from channels.failures import failure
from config.settings import Settings

MOST_JSON_BYTES = 64 * 1024
MOST_WEBHOOK_BYTES = 512 * 1024
_FORM_ROOM = 64 * 1024
"""What the parts of a multipart body may take around the files themselves."""

_OWN_PATHS = ("/v1/", "/sign-", "/staff/")

Limit = Callable[[Scope], int]


def body_limit(settings: Settings) -> Limit:
    """How many bytes a request's body may have: what uploads need where files belong, else 64 kB.

    Pages that others mount take files too, and keep limits of their own below this one.
    """
    most_files = settings.web.upload_files * settings.documents.max_bytes + _FORM_ROOM
    most_admin_files = settings.web.admin_upload_files * settings.documents.max_bytes + _FORM_ROOM

    def limit(scope: Scope) -> int:
        path: str = scope["path"]
        if path.startswith("/channels/"):
            return MOST_WEBHOOK_BYTES
        if path.startswith("/admin/"):
            return most_admin_files
        if not path.startswith(_OWN_PATHS):
            return most_files
        is_form = Headers(scope=scope).get("content-type", "").startswith("multipart/form-data")
        return most_files if is_form and path.startswith("/v1/documents") else MOST_JSON_BYTES

    return limit


class LimitBodies:
    """ASGI middleware that answers 413 to a body over its limit, announced or not."""

    def __init__(self, app: ASGIApp, limit: Limit) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._limit(scope)
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdigit() or int(announced) > most:
            await _too_large(most)(scope, receive, send)
            return
        await self._counted(scope, receive, send, most)

    async def _counted(self, scope: Scope, receive: Receive, send: Send, most: int) -> None:
        """Run the app; once the body passes `most`, it sees a client that left, and the client a 413."""
        taken, is_over, has_begun = 0, False, False

        async def counted() -> Message:
            nonlocal taken, is_over
            message = await receive()
            taken += len(message.get("body", b""))
            is_over = is_over or taken > most
            return {"type": "http.disconnect"} if is_over else message

        async def unless_over(message: Message) -> None:
            nonlocal has_begun
            if has_begun or not is_over:
                has_begun = True
                await send(message)

        try:
            await self._app(scope, counted, unless_over)
        except Exception:
            if not is_over:
                raise
        if is_over and not has_begun:
            await _too_large(most)(scope, receive, send)


def _too_large(most: int) -> ASGIApp:
    return failure(413, "too_large", f"the request is larger than the limit of {most:,} bytes")
