"""Sending to the app what happens: signed posts with Slack's rule for retries, or envelopes on a socket."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from channels.simulators.slack_faults import OVERSIZED_CHARACTERS, EventFault
from channels.simulators.slack_posting import Posted, Poster
from channels.simulators.slack_socket import SocketHub
from channels.simulators.slack_workspace import APP_ID, Json, Workspace
from channels.simulators.slack_world import SlackWorld

MOST_LOGGED = 10_000
RETRY_DELAYS_S = (0.0, 60.0, 300.0)
HELD_S = 2.0
EMOJI = " 🧦👩‍👩‍👧‍👦🏳️‍🌈é🇩🇪 :tada:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One attempt to hand something to the app; `status` 0 is no answer, `reason` says why."""

    kind: str
    event_id: str = ""
    retry: int = 0
    status: int = 0
    reason: str = ""
    seconds: float = 0.0

    @property
    def is_taken(self) -> bool:
        """Whether the app acknowledged it."""
        return 200 <= self.status < 300


class Deliveries:
    """What goes out to the app at `events_url`, or to its sockets while it has any open.

    `retry_delays` are the seconds before each further attempt. The clock of the world signs.
    """

    def __init__(
        self,
        world: SlackWorld,
        hub: SocketHub,
        events_url: str,
        retry_delays: Sequence[float] = RETRY_DELAYS_S,
    ) -> None:
        self.events_url = events_url
        self.echoes = True
        """Whether the app hears of its own messages, as it does at Slack."""
        self.log: list[Delivery] = []
        self._world = world
        self._hub = hub
        self._delays = tuple(retry_delays)
        self.poster = Poster(world.credentials.signing_secret, world.clock)
        self._running: set[asyncio.Task[None]] = set()
        self._overtaken = asyncio.Event()
        world.announce = self.announce

    def announce(self, workspace: Workspace, event: Json) -> None:
        """Send an event in the background; without an address or a socket nothing is sent."""
        if not self.echoes and (event.get("bot_id") or event.get("message", {}).get("bot_id")):
            return
        if self.events_url or self._hub.is_connected:
            # What is sent stays as it was, whatever becomes of the message before a retry.
            envelope = json.loads(json.dumps(self._envelope(workspace, event)))
            self._start(self._event(envelope, self._world.faults.take_event()))

    async def settled(self) -> None:
        """Wait until all that was sent is taken or given up."""
        while self._running:
            await asyncio.gather(*self._running)

    async def close(self) -> None:
        """Give up what is still under way."""
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self.poster.close()

    async def verify(self) -> bool:
        """Send the `url_verification` challenge; whether the app gave it back."""
        challenge = secrets.token_hex(20)
        body = json.dumps(
            {"token": "verification", "challenge": challenge, "type": "url_verification"}
        ).encode()
        posted = await self.poster.post(self.events_url, body, {"Content-Type": "application/json"})
        delivery = self._logged(_of(Delivery(kind="url_verification"), posted))
        return delivery.is_taken and challenge in posted.text

    async def interact(self, payload: Json) -> tuple[bool, Json]:
        """Send an interaction; whether the app took it, and what it answered. There is no second attempt."""
        if self._hub.is_connected:
            return await self._over_socket("interactive", payload)
        return await self._form(str(payload["type"]), {"payload": json.dumps(payload)})

    async def command(self, form: Mapping[str, str]) -> tuple[bool, Json]:
        """Send a slash command; whether the app took it, and what it answered."""
        if self._hub.is_connected:
            return await self._over_socket("slash_commands", dict(form))
        return await self._form("slash_command", form)

    def _envelope(self, workspace: Workspace, event: Json) -> Json:
        authorization = {
            "enterprise_id": None,
            "team_id": workspace.id,
            "user_id": workspace.bot,
            "is_bot": True,
            "is_enterprise_install": False,
        }
        return {
            "token": "verification",
            "team_id": workspace.id,
            "context_team_id": workspace.id,
            "api_app_id": APP_ID,
            "event": event,
            "type": "event_callback",
            "event_id": workspace.serial("Ev"),
            "event_time": int(self._world.clock()),
            "authorizations": [authorization],
            "is_ext_shared_channel": False,
            "event_context": secrets.token_hex(8),
        }

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _event(self, envelope: Json, fault: EventFault | None) -> None:
        """Deliver one event, spoiled by the fault that it met."""
        if fault == "reorder":
            self._overtaken.clear()
            try:
                await asyncio.wait_for(self._overtaken.wait(), HELD_S)
            except TimeoutError:
                fault = None
        if fault in ("oversized", "emoji"):
            event = envelope["event"]
            words = "x" * OVERSIZED_CHARACTERS if fault == "oversized" else str(event.get("text", "")) + EMOJI
            envelope = envelope | {"event": event | {"text": words}}
        if fault in ("forged", "stale"):
            await self._attempt(envelope, 0, fault)
            return
        if fault == "duplicate":
            self._start(self._with_retries(envelope, 0))
        await self._with_retries(envelope, 0)
        self._overtaken.set()
        if fault == "retry":
            await self._with_retries(envelope, 1, "http_timeout")

    async def _with_retries(self, envelope: Json, first: int, reason: str = "") -> None:
        """Slack's rule: after no answer in time, or none of the 200s, up to three more attempts."""
        for retry in range(first, len(self._delays) + 1):
            if retry > first:
                await asyncio.sleep(self._delays[retry - 1])
            delivery, is_final = await self._attempt(envelope, retry, None, reason)
            if delivery.is_taken or is_final:
                return
            reason = delivery.reason

    async def _attempt(
        self, envelope: Json, retry: int, fault: EventFault | None, reason: str = ""
    ) -> tuple[Delivery, bool]:
        """One attempt, and whether the app forbade another by `X-Slack-No-Retry`."""
        delivery = Delivery(
            kind=str(envelope["event"]["type"]), event_id=str(envelope["event_id"]), retry=retry
        )
        if self._hub.is_connected and fault is None:
            begun = time.monotonic()
            try:
                await self._hub.send(
                    "events_api", envelope, retry=retry, reason=reason, timeout_s=self.poster.answer_s
                )
            except TimeoutError:
                seconds = time.monotonic() - begun
                return self._logged(replace(delivery, reason="timeout", seconds=seconds)), False
            return self._logged(replace(delivery, status=200, seconds=time.monotonic() - begun)), False
        headers = {"Content-Type": "application/json"}
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": reason}
        posted = await self.poster.post(self.events_url, json.dumps(envelope).encode(), headers, fault)
        return self._logged(_of(delivery, posted)), posted.headers.get("x-slack-no-retry") == "1"

    async def _over_socket(self, kind: str, payload: Json) -> tuple[bool, Json]:
        begun = time.monotonic()
        try:
            answer = await self._hub.send(kind, payload, timeout_s=self.poster.answer_s)
        except TimeoutError:
            self._logged(Delivery(kind=kind, reason="timeout", seconds=time.monotonic() - begun))
            return False, {}
        self._logged(Delivery(kind=kind, status=200, seconds=time.monotonic() - begun))
        return True, answer

    async def _form(self, kind: str, form: Mapping[str, str]) -> tuple[bool, Json]:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        posted = await self.poster.post(self.events_url, urlencode(form).encode(), headers)
        delivery = self._logged(_of(Delivery(kind=kind), posted))
        try:
            read = json.loads(posted.text) if posted.text else {}
        except ValueError:
            read = {"text": posted.text}
        return delivery.is_taken, read if isinstance(read, dict) else {}

    def _logged(self, delivery: Delivery) -> Delivery:
        self.log.append(delivery)
        del self.log[:-MOST_LOGGED]
        self._world.changed("delivery", {"delivery": delivery})
        return delivery


def _of(delivery: Delivery, posted: Posted) -> Delivery:
    return replace(delivery, status=posted.status, reason=posted.reason, seconds=posted.seconds)
