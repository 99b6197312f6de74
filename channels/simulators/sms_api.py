"""Twilio's REST API for messages, as far as a desk uses it, in Twilio's own shapes."""

from __future__ import annotations

import asyncio
import base64
import binascii
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from channels.simulators.sms_carrier import text_from_desk
from channels.simulators.sms_errors import ApiError
from channels.simulators.sms_texts import API_VERSION, Media, Text, media_resource, resource

if TYPE_CHECKING:
    from channels.simulators.sms_simulator import SmsSimulator

_USUAL_PAGE, _LARGEST_PAGE = 50, 1000
Handler = Callable[[Request, dict[str, str]], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of the REST API and its outcome."""

    method: str
    path: str
    fields: dict[str, str] = field(repr=False)
    status: int
    code: int | None = None
    """Twilio's error code, where it was refused."""


class _Dropped(Response):
    """An answer that is never given: the connection breaks instead."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport = getattr(getattr(receive, "__self__", None), "transport", None)
        if transport is not None:
            transport.abort()
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        await send({"type": "http.response.start", "status": 201, "headers": [(b"content-length", b"9")]})


class _Api:
    """The handlers, over the simulator whose account they serve."""

    def __init__(self, simulator: SmsSimulator) -> None:
        self._simulator = simulator

    def route(self, path: str, handler: Handler, method: str) -> Route:
        """A route below the account that lets in only the account itself and records each call."""

        async def endpoint(request: Request) -> Response:
            form = await request.form() if method == "POST" else request.query_params
            fields = {name: value for name, value in form.items() if isinstance(value, str)}
            code = None
            try:
                self._check_account(request)
                response = await handler(request, fields)
            except ApiError as refused:
                code = refused.code
                headers = {"WWW-Authenticate": 'Basic realm="Twilio API"'} if refused.status == 401 else None
                response = JSONResponse(refused.body, refused.status, headers)
            call = Call(
                method=method, path=request.url.path, fields=fields, status=response.status_code, code=code
            )
            self._simulator.calls.append(call)
            told = f"{method} {path.rpartition('/')[2]}: {call.status}" + (f", code {code}" if code else "")
            self._simulator.carrier.note("call", told, is_trouble=code is not None)
            return response

        return Route(f"/{API_VERSION}/Accounts/{{account}}{path}", endpoint, methods=[method])

    def _check_account(self, request: Request) -> None:
        account = self._simulator.account
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        try:
            said = base64.b64decode(encoded, validate=True) if scheme.lower() == "basic" else b""
        except binascii.Error:
            said = b""
        is_known = secrets.compare_digest(said, f"{account.sid}:{account.auth_token}".encode())
        if not is_known or request.path_params["account"] != account.sid:
            raise ApiError(20003)

    async def create(self, request: Request, fields: dict[str, str]) -> Response:
        """Accept a message and start it on its way."""
        simulator = self._simulator
        if simulator.faults.take("stall"):
            await asyncio.sleep(simulator.timing.late_s)
        code = simulator.faults.refusal()
        if code is not None:
            raise ApiError(code)
        urls = [value for value in (await request.form()).getlist("MediaUrl") if isinstance(value, str)]
        service = fields.get("MessagingServiceSid", "MG")
        if not service.startswith("MG"):
            raise ApiError(21701)
        text = text_from_desk(simulator.carrier, fields, urls)
        simulator.carrier.accept(text)
        shown = resource(text, simulator.account.sid)
        simulator.start(simulator.send(text))
        if simulator.faults.take("lost_answer"):
            return _Dropped(status_code=201)
        return JSONResponse(shown, 201)

    async def list(self, request: Request, fields: dict[str, str]) -> Response:
        """A page of the messages, newest first."""
        texts = [text for text in reversed(self._simulator.messages) if _is_wanted(text, fields)]
        size = min(max(_number(fields.get("PageSize"), _USUAL_PAGE), 1), _LARGEST_PAGE)
        place = max(_number(fields.get("Page"), 0), 0)
        chosen = texts[place * size : (place + 1) * size]

        def uri(to: int) -> str:
            asked = {name: value for name, value in fields.items() if name not in {"Page", "PageSize"}}
            return f"{request.url.path}?{urlencode(asked | {'PageSize': size, 'Page': to})}"

        return JSONResponse(
            {
                "end": place * size + max(len(chosen) - 1, 0),
                "first_page_uri": uri(0),
                "next_page_uri": uri(place + 1) if (place + 1) * size < len(texts) else None,
                "page": place,
                "page_size": size,
                "previous_page_uri": uri(place - 1) if place else None,
                "messages": [resource(text, self._simulator.account.sid) for text in chosen],
                "start": place * size,
                "uri": uri(place),
            }
        )

    async def fetch(self, request: Request, fields: dict[str, str]) -> Response:
        """One message."""
        del fields
        return JSONResponse(resource(self._text(request), self._simulator.account.sid))

    async def delete(self, request: Request, fields: dict[str, str]) -> Response:
        """Forget one message."""
        del fields
        del self._simulator.carrier.texts[self._text(request).sid]
        return Response(status_code=204)

    async def media_list(self, request: Request, fields: dict[str, str]) -> Response:
        """The media of a message."""
        del fields
        text = self._text(request)
        account = self._simulator.account.sid
        listed = [media_resource(each, text, account) for each in text.media]
        return JSONResponse({"media_list": listed, "page": 0, "next_page_uri": None, "uri": request.url.path})

    async def media(self, request: Request, fields: dict[str, str]) -> Response:
        """The bytes of one of the media, or what is known of them where the path ends in `.json`."""
        del fields
        text, found = self._text(request), self._media(request)
        if request.path_params["media"].endswith(".json"):
            return JSONResponse(media_resource(found, text, self._simulator.account.sid))
        return Response(found.content, media_type=found.content_type)

    async def delete_media(self, request: Request, fields: dict[str, str]) -> Response:
        """Forget one of the media of a message."""
        del fields
        self._text(request).media.remove(self._media(request))
        return Response(status_code=204)

    def _text(self, request: Request) -> Text:
        text = self._simulator.carrier.texts.get(request.path_params["sid"])
        if text is None:
            raise ApiError(20404)
        return text

    def _media(self, request: Request) -> Media:
        sid = request.path_params["media"].removesuffix(".json")
        found = next((each for each in self._text(request).media if each.sid == sid), None)
        if found is None:
            raise ApiError(20404)
        return found


def api_routes(simulator: SmsSimulator) -> list[Route]:
    """The routes of the REST API for the simulator's account."""
    api = _Api(simulator)
    return [
        api.route("/Messages.json", api.create, "POST"),
        api.route("/Messages.json", api.list, "GET"),
        api.route("/Messages/{sid}/Media.json", api.media_list, "GET"),
        api.route("/Messages/{sid}/Media/{media}", api.media, "GET"),
        api.route("/Messages/{sid}/Media/{media}", api.delete_media, "DELETE"),
        api.route("/Messages/{sid}.json", api.fetch, "GET"),
        api.route("/Messages/{sid}.json", api.delete, "DELETE"),
    ]


def _number(said: str | None, usual: int) -> int:
    return int(said) if said and said.isdecimal() else usual


def _is_wanted(text: Text, fields: Mapping[str, str]) -> bool:
    """Whether the message is among those that the list's filters ask for."""
    if any(fields.get(name, end) != end for name, end in (("To", text.to), ("From", text.from_))):
        return False
    sent = text.sent if text.sent is not None else text.created
    day = datetime.fromtimestamp(sent, UTC).date().isoformat()
    compared: dict[str, Callable[[Any, Any], bool]] = {
        "DateSent": lambda mine, asked: mine == asked,
        "DateSent>": lambda mine, asked: mine >= asked,
        "DateSent<": lambda mine, asked: mine <= asked,
    }
    for name, holds in compared.items():
        asked = fields.get(name)
        if not asked:
            continue
        is_day = len(asked) == len(day)
        moment = datetime.fromtimestamp(sent, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if not holds(day if is_day else moment, asked):
            return False
    return True
