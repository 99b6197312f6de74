"""One desk behind all its doors at once: the HTTP API, a simulated Slack and a simulated carrier."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx
from fastapi import FastAPI

from channels.app import create_app
from channels.channel_work import ChannelWork
from channels.doors import open_doors
from channels.http_server import listening, served
from channels.simulators.slack_simulator import SlackSimulator
from channels.simulators.sms_simulator import SmsSimulator
from channels.simulators.sms_webhooks import Timing
from config.channel_settings import SlackSettings, SmsSettings
from config.phone_settings import PhoneSettings
from config.settings import Settings
from core.assembly import Desk, assemble
from core.tenants import DEFAULT_TENANT
from core.uploads import Upload
from tests.fakes.deliveries import slack_event, text_message
from tests.fakes.running_desk import events_in
from workers.app import Workers

ACCOUNT, TOKEN = f"AC{'0' * 32}", "a token of nobody's"
SECRET, BOT_TOKEN = "a signing secret", "xoxb-valid"
PATIENCE_S = 20.0
_MARK = re.compile(r"\[\d{1,2}\]")
_MARKUP = re.compile(r"[\\*_~`>#|\s“”„\"'’‘«»…–—.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """The desk, its address, and the two services behind its doors."""

    url: str
    app: FastAPI
    desk: Desk
    slack: SlackSimulator
    carrier: SmsSimulator
    settings: Settings

    async def publish(self, text: str, name: str, audience: str = "public") -> None:
        """A document that is in the index when this returns."""
        upload = Upload(data=text.encode(), name=name, source=name, tenant=DEFAULT_TENANT, audience=audience)
        (document,) = await self.desk.ingester.accept([upload])
        catalogue = self.desk.ingester.catalogue
        await until(partial(_is_ready, catalogue, document.id), PATIENCE_S)


async def _is_ready(catalogue: Any, document_id: str) -> bool:
    found = await catalogue.get(DEFAULT_TENANT, document_id, None)
    return found.status.value == "ready"


async def until(is_so: Callable[[], Awaitable[bool] | bool], within_s: float = PATIENCE_S) -> None:
    """Wait until it is so.

    Raises:
        TimeoutError: it did not come true in time.
    """
    with anyio.fail_after(within_s):
        while True:
            answer = is_so()
            if answer if isinstance(answer, bool) else await answer:
                return
            await anyio.sleep(0.02)


@asynccontextmanager
async def open_all_doors(
    folder: Path, prepare: Callable[[Desk], Desk] = lambda desk: desk, **settings: Any
) -> AsyncIterator[Doors]:
    """The desk with every door, on free ports of this machine, until the block ends."""
    slack = SlackSimulator(signing_secret=SECRET, bot_token=BOT_TOKEN, retry_delays=(0, 0.05, 0.05))
    carrier = SmsSimulator(account_sid=ACCOUNT, auth_token=TOKEN, timing=Timing.quick())
    async with slack.serving(), carrier.serving(has_page=False) as sms_api:
        with listening() as listener:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            slack.deliveries.events_url = f"{url}/channels/slack/events"
            carrier.sms_url = f"{url}/channels/sms"
            chosen = Settings(
                data=folder,
                web={"port": listener.getsockname()[1]},
                slack=SlackSettings(
                    signing_secret=SECRET, bot_token=BOT_TOKEN, api_url=slack.api_url, staff_channel="support"
                ),
                sms=SmsSettings(account_sid=ACCOUNT, auth_token=TOKEN, api_url=sms_api),
                **{"phone": PhoneSettings(transport="relay")} | settings,
            )
            async with assemble(chosen) as assembled:
                desk = prepare(assembled)
                app = create_app(desk, chosen)
                async with open_doors(app, chosen) as channels, anyio.create_task_group() as tasks:
                    tasks.start_soon(desk.stores.relay.run)
                    tasks.start_soon(Workers().serve, desk)
                    tasks.start_soon(ChannelWork(desk.stores.inbox, desk.stores.outbound, channels).run)
                    async with served(app, listener, patience_s=2):
                        yield Doors(
                            url=url, app=app, desk=desk, slack=slack, carrier=carrier, settings=chosen
                        )
                    tasks.cancel_scope.cancel()


def bare(text: str) -> str:
    """The text without marks, markup, what markup is made of, and spaces: what must not be lost."""
    return _MARKUP.sub("", _MARK.sub("", text)).casefold()


def words_of(message: dict[str, Any]) -> str:
    """All that a Slack message shows: its own text where it has no blocks, and what stands in those."""
    found: list[str] = []
    _collect(message.get("blocks", []), found)
    return "\n".join(found) if found else str(message.get("text", ""))


def _collect(value: Any, found: list[str]) -> None:
    if isinstance(value, list):
        for one in value:
            _collect(one, found)
    elif isinstance(value, dict):
        if isinstance(value.get("text"), str):
            found.append(value["text"])
        for name, one in value.items():
            if name not in ("confirm", "value"):
                _collect(one, found)


@dataclass(slots=True)
class WebCustomer:
    """Somebody at the HTTP API, which the web page speaks too."""

    doors: Doors
    name = "web"
    heard: list[str] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    _begun: dict[str, Any] = field(default_factory=dict)

    def client(self, token: str = "") -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token or self._begun.get('token', '')}"}
        return httpx.AsyncClient(base_url=self.doors.url, headers=headers, timeout=30)

    async def begin(self) -> None:
        async with httpx.AsyncClient(base_url=self.doors.url, timeout=30) as anyone:
            self._begun = (await anyone.post("/v1/conversations")).raise_for_status().json()

    async def say(self, text: str, id: str = "") -> None:
        if not self._begun:
            await self.begin()
        path = f"/v1/conversations/{self._begun['conversation_id']}/messages"
        headers = {"Idempotency-Key": id or uuid.uuid4().hex}
        async with self.client() as client:
            response = await client.post(path, json={"text": text}, headers=headers)
        name, data = events_in(response.text)[-1] if response.is_success else ("error", {"message": ""})
        if name == "answer":
            known = {one["id"] for one in self.answers}
            self.heard += [data["text"]] if data["text"] and data["id"] not in known else []
            self.answers += [data] if data["id"] not in known else []
        else:
            self.heard.append(data["message"] or response.json()["error"]["message"])

    async def sources(self) -> str:
        """What the newest answer shows as its sources."""
        return "\n".join(f"{one['title']} {one['quote']}" for one in self.answers[-1]["citations"])

    async def rate_up(self) -> None:
        async with self.client() as client:
            path = f"/v1/answers/{self.answers[-1]['id']}/feedback"
            (await client.post(path, json={"verdict": "up"})).raise_for_status()

    async def listen(self) -> None:
        """Look at the conversation again, as the page does: what a person wrote is heard now."""
        async with self.client() as client:
            path = f"/v1/conversations/{self._begun['conversation_id']}"
            found = (await client.get(path)).raise_for_status().json()
        for one in found["staff_messages"]:
            if one["text"] not in self.heard:
                self.heard.append(one["text"])

    async def ask_as_nobody(self) -> int:
        """A message with a proof that is forged; the status."""
        if not self._begun:
            await self.begin()
        path = f"/v1/conversations/{self._begun['conversation_id']}/messages"
        async with self.client(self._begun["token"][:-6] + "forged") as client:
            return (await client.post(path, json={"text": "Hello"})).status_code


@dataclass(slots=True)
class SlackCustomer:
    """Somebody who writes to the app in direct messages; the first message's thread is the conversation."""

    doors: Doors
    user: str = "ana"
    name = "slack"
    thread: str = ""
    _posted: dict[str, str] = field(default_factory=dict)

    async def say(self, text: str, id: str = "") -> None:
        if id and id in self._posted:
            self.doors.slack.faults.events.append("duplicate")
            return
        if id:
            self.doors.slack.faults.events.append("duplicate")
        ts = await self.doors.slack.say(self.user, "dm", text, thread_ts=self.thread or None)
        self.thread = self.thread or ts
        self._posted[id] = ts

    def posts(self) -> list[dict[str, Any]]:
        mine = self.doors.slack.workspace.user(self.user).id
        thread = self.doors.slack.messages("dm", self.thread, user=self.user) if self.thread else []
        return [one for one in thread if one.get("user") != mine]

    @property
    def heard(self) -> list[str]:
        done = [one for one in self.posts() if one.get("streaming_state") != "in_progress"]
        return [words_of(one) for one in done]

    async def sources(self) -> str:
        return "\n".join(self.heard)

    async def listen(self) -> None:
        """What comes is there."""

    async def rate_up(self) -> None:
        last = self.posts()[-1]
        element = _thumbs_under(last)
        value = element["positive_button"]["value"]
        await self.doors.slack.click(self.user, last["ts"], element["action_id"], value)

    async def ask_as_nobody(self) -> int:
        event = self._event("Hello")
        async with httpx.AsyncClient() as client:
            return (await slack_event("another secret", event).post(client, self.doors.url)).status_code

    async def ask_too_late(self) -> int:
        event = self._event("Hello")
        team = self.doors.slack.workspace.id
        async with httpx.AsyncClient() as client:
            late = slack_event(SECRET, event, team=team, age_s=301)
            return (await late.post(client, self.doors.url)).status_code

    def _event(self, text: str) -> dict[str, Any]:
        _, who, dm = self.doors.slack.place(self.user, "dm")
        ts = f"{time.time():.6f}"
        return {
            "type": "message", "channel": dm.id, "channel_type": "im", "user": who.id, "text": text, "ts": ts,
        }  # fmt: skip


@dataclass(slots=True)
class SmsCustomer:
    """Somebody with a phone."""

    doors: Doors
    phone: str
    name = "sms"
    _posted: dict[str, str] = field(default_factory=dict)

    async def say(self, text: str, id: str = "") -> None:
        known = self._posted.get(id)
        sid = await self.doors.carrier.text(self.phone, text, message_sid=known)
        if id:
            self._posted[id] = sid

    @property
    def heard(self) -> list[str]:
        return [one.body for one in self.doors.carrier.inbox(self.phone)]

    async def sources(self) -> str:
        return self.heard[-1]

    async def listen(self) -> None:
        """What comes is there."""

    async def rate_up(self) -> None:
        await self.say("1")

    async def ask_as_nobody(self) -> int:
        forged = text_message(self.doors.url, "another token", sender=self.phone, body="Hello")
        async with httpx.AsyncClient() as client:
            return (await forged.post(client, self.doors.url)).status_code


def _thumbs_under(message: dict[str, Any]) -> dict[str, Any]:
    for block in message["blocks"]:
        for element in block.get("elements", []):
            if element.get("type") == "feedback_buttons":
                return dict(element)
    raise AssertionError("there are no thumbs under it")
