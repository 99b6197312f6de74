"""The page of a simulated Slack: what it shows to one user, and what it does for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from channels.simulators.slack_workspace import Channel, Json, Workspace
from core.errors import Refused

if TYPE_CHECKING:
    from channels.simulators.slack_simulator import SlackSimulator

HERE = Path(__file__).parent
ASSETS = {
    "slack_page.css": "text/css",
    "slack_page.js": "text/javascript",
    "slack_page_blocks.js": "text/javascript",
    "slack_page_panels.js": "text/javascript",
    "slack_page.html": "text/html",
}
MOST_SHOWN = 200
PAUSE_S = 0.05
HEARTBEAT_S = 15.0
COMMANDS = ("/ask",)

Act = Callable[[dict[str, Any]], Awaitable[object]]


class SlackPage:
    """The page and its own small API. It shows what `simulator` holds and acts through it."""

    def __init__(self, simulator: SlackSimulator) -> None:
        self._simulator = simulator
        self._is_closed = False
        self._changes: set[asyncio.Event] = set()
        simulator.world.listeners.append(self._changed)
        self._acts: dict[str, Act] = _acts(simulator)
        self.app = Starlette(
            routes=[
                Route("/", self._asset),
                Route("/{name}", self._asset),
                Route("/archives/{rest:path}", self._asset),
                Route("/page/state", self._state),
                Route("/page/changes", self._stream),
                Route("/page/act", self._act, methods=["POST"]),
                Route("/page/upload", self._upload, methods=["POST"]),
                Route("/page/file/{team}/{file}", self._file),
            ]
        )

    def close(self) -> None:
        """Let the pages that listen go."""
        self._is_closed = True
        self._changed("closed", {})

    def _changed(self, kind: str, what: Json) -> None:
        for waiting in self._changes:
            waiting.set()

    async def _asset(self, request: Request) -> Response:
        name = request.path_params.get("name", "slack_page.html")
        if name not in ASSETS:
            return PlainTextResponse("not found", 404)
        return FileResponse(HERE / name, media_type=ASSETS[name], headers={"Cache-Control": "no-cache"})

    async def _state(self, request: Request) -> Response:
        asked = request.query_params
        try:
            return JSONResponse(self.state(asked.get("user", "ana"), asked.get("team", "")))
        except Refused as refusal:
            return JSONResponse({"error": str(refusal)}, 404)

    def state(self, user: str, team: str = "") -> Json:
        """All that the page shows to this user of a team.

        Raises:
            Refused: there is no such user.
        """
        world = self._simulator.world
        workspace = world.workspaces.get(team) or self._simulator.workspace
        who = workspace.user(user)
        surfaces = workspace.surfaces
        return {
            "me": who.id,
            "bot": workspace.bot,
            "team": {"id": workspace.id, "name": workspace.name, "installed": bool(workspace.bot_token)},
            "teams": [{"id": one.id, "name": one.name} for one in world.workspaces.values()],
            "users": [
                {
                    "id": one.id,
                    "name": one.name,
                    "real_name": one.real_name,
                    "guest": one.is_guest,
                    "bot": one.is_bot,
                }
                for one in workspace.users.values()
            ],
            "channels": [
                _channel(workspace, one, who.id)
                for one in workspace.channels.values()
                if who.id in one.members
            ],
            "statuses": [
                {"channel": at[0], "thread_ts": at[1], **one} for at, one in surfaces.statuses.items()
            ],
            "prompts": [
                {"channel": at[0], "thread_ts": at[1], **one} for at, one in surfaces.prompts.items()
            ],
            "home": surfaces.homes.get(who.id),
            "view": self._simulator.view(who.id),
            "commands": COMMANDS,
            "desk": self._simulator.deliveries.events_url,
            "socket": self._simulator.sockets.is_connected,
            "faults": [asdict(one) for one in world.faults.armed],
            "event_faults": world.faults.events,
            "limits": bool(world.faults.per_minute),
            "stream": {"seconds": world.faults.stream_seconds, "appends": world.faults.stream_appends},
            "deliveries": [asdict(one) for one in self._simulator.deliveries.log[-40:]],
            "calls": [{"method": one.method, "error": one.error} for one in world.calls[-40:]],
        }

    async def _stream(self, request: Request) -> Response:
        return StreamingResponse(
            self._pulses(), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )

    async def _pulses(self) -> AsyncIterator[str]:
        """One line whenever something changed, some pause between them."""
        waiting = asyncio.Event()
        self._changes.add(waiting)
        try:
            yield "data: changed\n\n"
            while not self._is_closed:
                with suppress(TimeoutError):
                    await asyncio.wait_for(waiting.wait(), HEARTBEAT_S)
                words = "data: changed\n\n" if waiting.is_set() else ": here\n\n"
                waiting.clear()
                yield words
                await asyncio.sleep(PAUSE_S)
        finally:
            self._changes.discard(waiting)

    async def _act(self, request: Request) -> Response:
        """Carry out what the page asks; a site of somebody else's can't send JSON here."""
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            return JSONResponse({"error": "send JSON"}, 415)
        try:
            said = dict(await request.json())
        except (TypeError, ValueError):
            return JSONResponse({"error": "send a JSON object"}, 422)
        act = self._acts.get(str(said.pop("act", "")))
        if act is None:
            return JSONResponse({"error": "there is no such act"}, 404)
        try:
            done = await act(said)
        except Refused as refusal:
            return JSONResponse({"error": str(refusal)}, 409)
        except (TypeError, ValueError) as error:
            return JSONResponse({"error": f"not understood: {error}"}, 422)
        self._changed("acted", {})
        return JSONResponse({"done": done})

    async def _upload(self, request: Request) -> Response:
        asked = request.query_params
        if request.headers.get("content-type") != "application/x-simulated-upload":
            return JSONResponse({"error": "send the bytes of a file"}, 415)
        try:
            file_id = await self._simulator.upload(
                asked["user"],
                asked["channel"],
                asked["name"],
                await request.body(),
                asked.get("text", ""),
                asked.get("thread_ts") or None,
            )
        except (Refused, KeyError) as error:
            return JSONResponse({"error": str(error)}, 409)
        return JSONResponse({"done": file_id})

    async def _file(self, request: Request) -> Response:
        workspace = self._simulator.world.workspaces.get(request.path_params["team"])
        name = request.path_params["file"]
        if workspace is None or name not in workspace.files:
            return PlainTextResponse("not found", 404)
        file = workspace.files[name]
        headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
        return Response(
            workspace.contents[name],
            media_type="application/octet-stream",
            headers=headers | {"X-Name": file["id"]},
        )


def _channel(workspace: Workspace, channel: Channel, user: str) -> Json:
    shown = list(channel.messages.values())[-MOST_SHOWN:]
    ephemerals = [
        one for one in workspace.surfaces.ephemerals if one["channel"] == channel.id and one["to"] == user
    ]
    return {
        "id": channel.id,
        "name": channel.name,
        "kind": channel.kind,
        "has_bot": workspace.bot in channel.members,
        "messages": sorted([*shown, *ephemerals], key=lambda one: float(one["ts"])),
    }


def _acts(simulator: SlackSimulator) -> dict[str, Act]:
    """What the page may ask for; each takes the rest of the request as its arguments."""
    faults = simulator.faults

    async def arm(said: dict[str, Any]) -> None:
        kind = said.pop("kind")
        if kind not in ("rate_limit", "status", "error", "stall", "drop", "lose_answer"):
            raise Refused(f"there is no fault {kind!r}")
        getattr(faults, kind)(**said)

    async def spoil(said: dict[str, Any]) -> None:
        faults.event(said["kind"], int(said.get("times", 1)))

    async def streams(said: dict[str, Any]) -> None:
        faults.stream_seconds = float(said["seconds"])
        faults.stream_appends = int(said["appends"])

    async def limits(said: dict[str, Any]) -> None:
        faults.limit_as_slack_does()

    async def clear(said: dict[str, Any]) -> None:
        faults.clear()

    async def invite(said: dict[str, Any]) -> None:
        workspace, _, channel = simulator.place(said["user"], said["channel"])
        if workspace.bot not in channel.members:
            channel.members.append(workspace.bot)

    return {
        "say": lambda said: simulator.say(**said),
        "edit": lambda said: simulator.edit(**said),
        "remove": lambda said: simulator.remove(**said),
        "click": lambda said: simulator.click(**said),
        "choose": lambda said: simulator.choose(**said),
        "submit": lambda said: simulator.submit(**said),
        "close": lambda said: simulator.close_view(**said),
        "command": lambda said: simulator.command(**said),
        "home": lambda said: simulator.open_home(**said),
        "assistant": lambda said: simulator.open_assistant_thread(**said),
        "invite": invite,
        "fault": arm,
        "event_fault": spoil,
        "streams": streams,
        "limits": limits,
        "clear": clear,
    }
