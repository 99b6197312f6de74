"""The desk as `frontdesk web` serves it, the carrier of its calls, and the carrier of its text messages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from fastapi import FastAPI

from channels.app import create_app
from channels.channel_work import ChannelWork
from channels.doors import close_phone, open_doors
from channels.http_server import listening, served
from channels.phone import speech
from channels.phone.switchboard import Switchboard
from channels.serving import SAMPLES
from channels.simulators.call_simulator import CallSimulator
from channels.simulators.sms_simulator import SmsSimulator
from channels.simulators.sms_webhooks import Timing
from channels.voice.recogniser import Recogniser
from channels.voice.speaker import Speaker
from config.settings import Settings
from core.access import Role
from core.assembly import Desk, assemble
from core.tenants import DEFAULT_TENANT, PUBLIC, STAFF
from core.uploads import Upload

SID, TOKEN = "AC" + "5" * 32, "0123456789abcdef"
TEXTS_SID, TEXTS_TOKEN = "AC" + "6" * 32, "fedcba9876543210"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledDesk:
    """The desk, its address, and the two carriers."""

    url: str
    app: FastAPI
    desk: Desk
    calls: CallSimulator
    texts: SmsSimulator

    @property
    def board(self) -> Switchboard:
        board: Switchboard = self.app.state.phone
        return board

    @property
    def speech(self) -> speech.PhoneSpeech:
        """What hears and speaks in every call."""
        session: Any = self.board.sessions["stream"]
        found: speech.PhoneSpeech = session.__self__
        return found

    @asynccontextmanager
    async def staff(self) -> AsyncIterator[httpx.AsyncClient]:
        """A colleague over HTTP."""
        key = await self.desk.access.create_key(DEFAULT_TENANT, Role.STAFF, "colleague")
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(
            base_url=self.url, headers=headers, timeout=60, trust_env=False
        ) as client:
            yield client


async def stock(folder: Path) -> None:
    """Read the sample documents into the data folder of a desk."""
    async with assemble(Settings(data=folder, _env_file=None)) as desk:
        uploads = [
            Upload(data=file.read_bytes(), name=file.name, audience=audience)
            for audience in (PUBLIC, STAFF)
            for file in sorted((SAMPLES / audience).glob("*"))
        ]
        await desk.ingester.accept(uploads)
        async for _ in desk.ingester.run():
            pass


@asynccontextmanager
async def open_called_desk(
    folder: Path,
    *,
    recogniser: Recogniser | None = None,
    speaker: Speaker | None = None,
    phone: dict[str, Any] | None = None,
    **settings: Any,
) -> AsyncIterator[CalledDesk]:
    """The desk until the block ends. `recogniser` and `speaker` are taken where the settings choose one."""
    texts = SmsSimulator(account_sid=TEXTS_SID, auth_token=TEXTS_TOKEN, timing=Timing.quick())
    calls = CallSimulator(account_sid=SID, auth_token=TOKEN, voice_url="", ring_s=0.1)
    with pytest.MonkeyPatch.context() as patches:
        if recogniser is not None:
            patches.setattr(speech, "recogniser_for", lambda choice: recogniser)
        if speaker is not None:
            patches.setattr(speech, "speaker_for", lambda name, voices: speaker)
        async with texts.serving(has_page=False) as texts_api, calls.serving() as calls_api:
            with listening() as listener:
                port = listener.getsockname()[1]
                url = f"http://127.0.0.1:{port}"
                texts.sms_url = f"{url}/channels/sms"
                calls.voice_url, calls.status_url = f"{url}/channels/voice", f"{url}/channels/voice/status"
                account = {"account_sid": SID, "auth_token": TOKEN, "api_url": calls_api}
                chosen = Settings(
                    data=folder,
                    web={"port": port},
                    sms={"account_sid": TEXTS_SID, "auth_token": TEXTS_TOKEN, "api_url": texts_api},
                    phone=account | (phone or {}),
                    _env_file=None,
                    **settings,
                )
                async with assemble(chosen) as desk:
                    app = create_app(desk, chosen)
                    async with open_doors(app, chosen) as channels, anyio.create_task_group() as tasks:
                        tasks.start_soon(desk.stores.relay.run)
                        tasks.start_soon(ChannelWork(desk.stores.inbox, desk.stores.outbound, channels).run)
                        async with served(app, listener, patience_s=2):
                            try:
                                yield CalledDesk(url=url, app=app, desk=desk, calls=calls, texts=texts)
                            finally:
                                await close_phone(app)
                        tasks.cancel_scope.cancel()
