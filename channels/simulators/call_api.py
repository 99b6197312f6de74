"""Twilio's REST API for calls, as far as a desk uses it: to call out, to look, to redirect and to end."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from channels.simulators.call_line import Line
from channels.simulators.call_live import Ends, LiveCall, Order
from channels.simulators.call_recording import wav_of
from channels.simulators.sms_errors import ApiError
from channels.simulators.sms_texts import API_VERSION

if TYPE_CHECKING:
    from channels.simulators.call_simulator import CallSimulator


class _Api:
    def __init__(self, simulator: CallSimulator) -> None:
        self._simulator = simulator

    async def create(self, request: Request) -> Response:
        """Call out."""
        try:
            fields = await self._fields(request)
            for name, code in (("To", 21604), ("From", 21603)):
                if not fields.get(name):
                    raise ApiError(code)
        except ApiError as error:
            return JSONResponse(error.body, error.status)
        ends = Ends(
            account_sid=self._simulator.account_sid,
            from_=fields["From"],
            to=fields["To"],
            direction="outbound-api",
        )
        call = LiveCall(ends, Line(), self._simulator.webhooks, fields.get("StatusCallback", ""))
        self._simulator.call_out(call, Order(document=fields.get("Twiml", ""), url=fields.get("Url", "")))
        return JSONResponse(_resource(call), 201)

    async def update(self, request: Request) -> Response:
        """Redirect or end a call, or look at it."""
        try:
            fields = await self._fields(request)
            call = self._simulator.calls.get(request.path_params["sid"])
            if call is None or (request.method == "POST" and call.is_over):
                raise ApiError(20404)
        except ApiError as error:
            return JSONResponse(error.body, error.status)
        if fields.get("Status") in {"completed", "canceled"}:
            call.line.note("desk", "ends the call")
            call.line.end()
        elif fields.get("Twiml") or fields.get("Url"):
            call.line.note("desk", "redirects the call")
            call.orders.put_nowait(Order(document=fields.get("Twiml", ""), url=fields.get("Url", "")))
        return JSONResponse(_resource(call))

    async def recording(self, request: Request) -> Response:
        """The sound that `<Record>` took down, as a wav file."""
        try:
            await self._fields(request)
        except ApiError as error:
            return JSONResponse(error.body, error.status)
        sid = request.path_params["sid"]
        found = [call.recordings[sid] for call in self._simulator.calls.values() if sid in call.recordings]
        if not found:
            return JSONResponse(ApiError(20404).body, 404)
        return Response(wav_of(found[0]), media_type="audio/x-wav")

    async def _fields(self, request: Request) -> dict[str, str]:
        simulator = self._simulator
        proof = base64.b64encode(f"{simulator.account_sid}:{simulator.auth_token}".encode()).decode()
        if not secrets.compare_digest(
            request.headers.get("authorization", "").encode(), f"Basic {proof}".encode()
        ):
            raise ApiError(20003)
        if request.path_params["account"] != simulator.account_sid:
            raise ApiError(20404)
        if request.method == "GET":
            return {}
        async with request.form() as form:
            return {name: str(value) for name, value in form.items()}


def _resource(call: LiveCall) -> dict[str, Any]:
    return {
        "sid": call.sid,
        "account_sid": call.ends.account_sid,
        "api_version": API_VERSION,
        "from": call.ends.from_,
        "to": call.ends.to,
        "direction": call.ends.direction,
        "status": call.status,
        "uri": f"/{API_VERSION}/Accounts/{call.ends.account_sid}/Calls/{call.sid}.json",
    }


def api_routes(simulator: CallSimulator) -> list[Route]:
    """The routes of the API for the simulator's account."""
    api = _Api(simulator)
    place = f"/{API_VERSION}/Accounts/{{account}}/Calls"
    return [
        Route(f"{place}.json", api.create, methods=["POST"]),
        Route(f"{place}/{{sid}}.json", api.update, methods=["GET", "POST"]),
        Route(f"/{API_VERSION}/Accounts/{{account}}/Recordings/{{sid}}.wav", api.recording),
    ]
