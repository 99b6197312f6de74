"""The page of the simulated carrier: a phone in the browser, and what it asks the simulator for."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from channels.simulators.sms_faults import FAULTS, part_of
from channels.simulators.sms_texts import Media, Text, channel_of
from core.errors import Refused
from core.sms_text import segments

if TYPE_CHECKING:
    from channels.simulators.sms_simulator import SmsSimulator

_HERE = Path(__file__).parent
_FILES = {
    "/": ("sms_phone.html", "text/html"),
    "/phone.css": ("sms_phone.css", "text/css"),
    "/phone.js": ("sms_phone.js", "text/javascript"),
}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_SHOWN_IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_SHOWN_EVENTS = 60
_SHOWN_TEXTS = 500


class _Page:
    """What the page's script asks for, over the simulator it shows."""

    def __init__(self, simulator: SmsSimulator) -> None:
        self._simulator = simulator

    async def state(self, request: Request) -> Response:
        """All that the page shows."""
        del request
        simulator = self._simulator
        armed = simulator.faults.armed
        events = list(simulator.carrier.happenings)[-_SHOWN_EVENTS:]
        return JSONResponse(
            {
                "numbers": simulator.account.numbers,
                "desk": simulator.sms_url,
                "texts": [self._shown(text) for text in simulator.messages[-_SHOWN_TEXTS:]],
                "faults": [
                    {"name": name, "does": does, "part": part_of(name), "left": armed.get(name, 0)}
                    for name, does in FAULTS.items()
                ],
                "events": [
                    {"number": each.number, "words": each.words, "is_trouble": each.is_trouble}
                    for each in reversed(events)
                    if each.kind != "text"
                ],
            },
            headers=_HEADERS,
        )

    def _shown(self, text: Text) -> dict[str, Any]:
        return {
            "sid": text.sid,
            "from": text.from_,
            "to": text.to,
            "channel": channel_of(text.from_),
            "body": text.body,
            "is_mine": text.is_inbound,
            "status": text.status,
            "has_arrived": text.is_inbound or text.status in {"delivered", "read"},
            "error": text.error_code,
            "at": text.created,
            "parts": text.parts,
            "media": [
                {
                    "url": each.url or f"/media/{text.sid}/{each.sid}",
                    "is_image": each.content_type in _SHOWN_IMAGES and not each.url,
                    "content_type": each.content_type,
                }
                for each in text.media
            ],
        }

    async def events(self, request: Request) -> Response:
        """A stream that says when there is something new to show."""
        del request
        simulator = self._simulator

        async def stream() -> AsyncIterator[str]:
            told = simulator.carrier.count
            yield "retry: 1000\ndata: 0\n\n"
            while not simulator.is_closing:
                if told == simulator.carrier.count:
                    await simulator.carrier.change()
                told = simulator.carrier.count
                yield f"data: {told}\n\n"

        return StreamingResponse(stream(), media_type="text/event-stream", headers=_HEADERS)

    async def send(self, request: Request) -> Response:
        """A text from a phone, as `{from, to, body, channel, media: [{content_type, base64}]}`."""
        said = await _json(request)
        channel = said.get("channel", "sms")
        if channel not in {"sms", "whatsapp", "rcs"} or not said.get("from"):
            return JSONResponse({"error": "a text has a from and a channel: sms, whatsapp or rcs"}, 422)
        try:
            media = [
                Media(
                    content_type=str(each["content_type"]),
                    content=base64.b64decode(each["base64"], validate=True),
                )
                for each in said.get("media", [])
            ]
        except (KeyError, TypeError, binascii.Error):
            return JSONResponse({"error": "media have a content_type and base64"}, 422)
        text = self._simulator.text(
            str(said["from"]), str(said.get("body", "")), to=said.get("to"), media=media, channel=channel
        )

        async def sent() -> None:
            await text

        self._simulator.start(sent())
        return JSONResponse({}, 202)

    async def arm(self, request: Request) -> Response:
        """Arm a fault, as `{name, times}`; 0 times disarms it, and none is as often as is usual."""
        said = await _json(request)
        times = said.get("times")
        try:
            self._simulator.faults.arm(str(said.get("name")), None if times is None else int(times))
        except (Refused, ValueError, TypeError) as error:
            return JSONResponse({"error": str(error)}, 422)
        if said["name"] == "shuffle" and times == 0:
            self._simulator.release()
        left = self._simulator.faults.armed.get(said["name"], 0)
        self._simulator.carrier.note("fault", f"{said['name']} {'armed' if left else 'disarmed'}")
        return JSONResponse({})

    async def weigh(self, request: Request) -> Response:
        """How many segments a text takes."""
        counted = segments(str((await _json(request)).get("text", "")))
        return JSONResponse(
            {"encoding": counted.encoding, "units": counted.units, "parts": counted.parts}, headers=_HEADERS
        )

    async def media(self, request: Request) -> Response:
        """A picture or a file that a phone sent, for the page that sent it."""
        text = self._simulator.carrier.texts.get(request.path_params["sid"])
        for each in text.media if text else ():
            if each.sid == request.path_params["media"]:
                is_image = each.content_type in _SHOWN_IMAGES
                headers = _HEADERS | ({} if is_image else {"Content-Disposition": "attachment"})
                return Response(each.content, media_type=each.content_type, headers=headers)
        return Response(status_code=404)


def page_routes(simulator: SmsSimulator) -> list[Route]:
    """The page, and the routes that its script asks."""
    page = _Page(simulator)

    async def file(request: Request) -> Response:
        name, media_type = _FILES[request.url.path]
        return Response((_HERE / name).read_bytes(), media_type=media_type, headers=_HEADERS)

    return [
        *(Route(path, file) for path in _FILES),
        Route("/simulator/state", page.state),
        Route("/simulator/events", page.events),
        Route("/simulator/texts", page.send, methods=["POST"]),
        Route("/simulator/faults", page.arm, methods=["POST"]),
        Route("/simulator/segments", page.weigh, methods=["POST"]),
        Route("/media/{sid}/{media}", page.media),
    ]


async def _json(request: Request) -> dict[str, Any]:
    """The object in a request that says it is JSON, which no form of another site can."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        return {}
    try:
        said = await request.json()
    except json.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}
