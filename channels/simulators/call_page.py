"""The page of the simulated telephone: its files, and what its script asks for."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from channels.simulators.call_faults import FAULTS, ON_CONNECTING, RELAY_FAULTS
from channels.simulators.call_talk import PageCall, Telephony

_HERE = Path(__file__).parent
_FILES = {
    "/": ("call_phone.html", "text/html"),
    "/phone.css": ("sms_phone.css", "text/css"),
    "/call.css": ("call_phone.css", "text/css"),
    "/call.js": ("call_phone.js", "text/javascript"),
    "/sound.js": ("call_sound.js", "text/javascript"),
}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def page_routes(telephony: Telephony) -> list[BaseRoute]:
    """The page, and the routes that its script asks."""

    async def file(request: Request) -> Response:
        name, media_type = _FILES[request.url.path]
        return Response((_HERE / name).read_bytes(), media_type=media_type, headers=_HEADERS)

    async def state(request: Request) -> Response:
        del request
        return JSONResponse(_state(telephony), headers=_HEADERS)

    async def sound(request: Request) -> Response:
        sid = request.path_params["sid"]
        call = telephony.calls.calls.get(sid)
        if call is None:
            return JSONResponse({"error": f"there is no call {sid}"}, 404)
        told = {"Content-Disposition": f'attachment; filename="{sid}.wav"'}
        return Response(call.recording.wav(), media_type="audio/wav", headers=_HEADERS | told)

    async def talk(socket: WebSocket) -> None:
        await PageCall(socket, telephony).run()

    return [
        *(Route(path, file) for path in _FILES),
        Route("/simulator/state", state),
        Route("/simulator/calls/{sid}.wav", sound),
        WebSocketRoute("/simulator/call", talk),
    ]


def _state(telephony: Telephony) -> dict[str, object]:
    """What the page has to know before it calls."""
    return {
        "desk": telephony.calls.voice_url,
        "number": telephony.number,
        "phone": telephony.phone,
        "language": telephony.language,
        "texts": telephony.texts.url,
        "voice_trouble": telephony.voice.trouble,
        "faults": [
            {"name": name, "does": does, "before": name in ON_CONNECTING, "relay": name in RELAY_FAULTS}
            for name, does in FAULTS.items()
        ],
    }
