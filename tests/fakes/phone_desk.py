"""A desk with its telephone's door on a socket of this machine, and a simulated carrier that calls it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from twilio.request_validator import RequestValidator

from channels.app import create_app
from channels.doors import open_doors
from channels.http_server import listening, served
from channels.phone.running import Talks
from channels.phone.switchboard import Switchboard
from channels.simulators.call_simulator import CallSimulator
from channels.simulators.call_twiml import Verb, parse_twiml
from config.phone_settings import PhoneSettings
from config.settings import Settings
from core.assembly import Desk, assemble

SID, TOKEN = "AC" + "5" * 32, "0123456789abcdef"
CALLER, NUMBER = "+15005550177", "+15005550100"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneDesk:
    """The desk, its address, and the carrier."""

    url: str
    app: FastAPI
    desk: Desk
    carrier: CallSimulator

    @property
    def board(self) -> Switchboard:
        board: Switchboard = self.app.state.phone
        return board

    @property
    def socket_url(self) -> str:
        return self.url.replace("http", "ws")

    async def post(self, path: str, token: str = TOKEN, **changes: str) -> httpx.Response:
        """A webhook as Twilio signs it, with some fields of its own."""
        fields = {
            "AccountSid": SID, "CallSid": "CA" + "1" * 32, "CallStatus": "ringing",
            "From": CALLER, "To": NUMBER, "Direction": "inbound",
        } | changes  # fmt: skip
        url = self.url + path
        signature = RequestValidator(token).compute_signature(url, fields)
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            return await client.post(url, data=fields, headers={"X-Twilio-Signature": signature})

    async def verbs(self, path: str, **changes: str) -> list[Verb]:
        """What the desk wants done."""
        response = await self.post(path, **changes)
        assert response.status_code == 200, response.text
        return parse_twiml(response.text)

    def signature(self, path: str, token: str = TOKEN) -> dict[str, str]:
        """What Twilio puts into the head of a request for a socket."""
        url = self.url.replace("http", "wss") + path
        return {"X-Twilio-Signature": RequestValidator(token).compute_signature(url, {})}


@asynccontextmanager
async def open_phone_desk(folder: Path, talks: Talks | None, **phone: Any) -> AsyncIterator[PhoneDesk]:
    """The desk until the block ends, with settings of the telephone; `talks` in place of its own talks."""
    with listening() as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        chosen = PhoneSettings(**{"account_sid": SID, "auth_token": TOKEN, "transport": "relay"} | phone)
        settings = Settings(
            data=folder,
            web={"port": listener.getsockname()[1]},
            phone=chosen,
            languages="en,de",
            _env_file=None,
        )
        carrier = CallSimulator(
            account_sid=SID,
            auth_token=TOKEN,
            voice_url=f"{url}/channels/voice",
            status_url=f"{url}/channels/voice/status",
            ring_s=0.01,
        )
        async with assemble(settings) as desk:
            app = create_app(desk, settings)
            async with open_doors(app, settings):
                if talks is not None:
                    app.state.phone = replace(app.state.phone, talks=talks)
                async with served(app, listener, patience_s=2):
                    try:
                        yield PhoneDesk(url=url, app=app, desk=desk, carrier=carrier)
                    finally:
                        await carrier.aclose()
