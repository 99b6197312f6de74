"""Where people reach the desk: its URL, and the link that signs an admin in."""

from __future__ import annotations

import socket

from config.settings import Settings

_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to reach it, not where to listen


def url_of(settings: Settings, listener: socket.socket | None = None) -> str:
    """The desk's URL without a slash at its end; of a listener where no public one is set."""
    if settings.web.public_url:
        return settings.web.public_url.rstrip("/")
    host = _EVERY_ADDRESS.get(settings.web.host, settings.web.host)
    port = listener.getsockname()[1] if listener else settings.web.port
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def sign_in_link(url: str, token: str) -> str:
    """The link to open in a browser."""
    return f"{url}/sign-in?token={token}"
