"""A simulated Slack in one object: an ASGI app, and the hands of its people for tests and for the page."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import anyio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute

from channels.http_server import listening, served
from channels.simulators import slack_chat
from channels.simulators.slack_api import SlackApi, read_arguments
from channels.simulators.slack_events import RETRY_DELAYS_S, Deliveries
from channels.simulators.slack_faults import Faults
from channels.simulators.slack_files import MOST_BYTES, receive_upload
from channels.simulators.slack_oauth import Installer
from channels.simulators.slack_page import SlackPage
from channels.simulators.slack_people import SlackPeople
from channels.simulators.slack_socket import SocketHub
from channels.simulators.slack_workspace import Json, Surfaces, Workspace
from channels.simulators.slack_world import Call, Clock, Credentials, SlackWorld, until
from core.errors import Refused

PATIENCE_S = 60.0


class SlackSimulator(SlackPeople):
    """A whole Slack on one address. Serve `app`, or `async with simulator.serving():`, and use `api_url`.

    Events are posted to `events_url` unless the app has a socket open. `clock` gives seconds since 1970.
    """

    def __init__(
        self,
        *,
        signing_secret: str,
        bot_token: str = "xoxb-simulated",  # noqa: S107 - it opens nothing but this server
        app_token: str = "xapp-simulated",  # noqa: S107 - likewise
        events_url: str = "",
        clock: Clock = time.time,
        retry_delays: Sequence[float] = RETRY_DELAYS_S,
    ) -> None:
        credentials = Credentials(signing_secret=signing_secret, bot_token=bot_token, app_token=app_token)
        world = SlackWorld(credentials, clock)
        self.sockets = SocketHub(world)
        super().__init__(world, Deliveries(world, self.sockets, events_url, retry_delays))
        self.installer = Installer(world)
        self.api = SlackApi(world, self.installer, self.sockets)
        self.page = SlackPage(self)
        self.app = Starlette(routes=[*self._routes(), Mount("/", self.page.app)])

    def _routes(self) -> list[Route | WebSocketRoute]:
        return [
            Route("/api/{method}", self.api.answer, methods=["GET", "POST"]),
            Route("/response/{team}/{name}", self._respond, methods=["POST"]),
            Route("/upload/{team}/{file}", self._upload, methods=["POST"]),
            Route("/files-pri/{file}/{rest:path}", self._download),
            Route("/oauth/v2/authorize", self._authorize),
            Route("/oauth/v2/allow", self._allow),
            WebSocketRoute("/link/", self.sockets.serve),
        ]

    @property
    def url(self) -> str:
        """Where it is served, without a slash at the end; empty before that."""
        return self.world.base_url

    @url.setter
    def url(self, url: str) -> None:
        self.world.base_url = url.rstrip("/")

    @property
    def api_url(self) -> str:
        """What an `AsyncWebClient` takes as `base_url`."""
        return f"{self.url}/api/"

    @property
    def faults(self) -> Faults:
        """What is to go wrong next."""
        return self.world.faults

    @property
    def calls(self) -> list[Call]:
        """Every call of the Web API, with its arguments, the oldest first."""
        return self.world.calls

    @property
    def workspace(self) -> Workspace:
        """The first workspace."""
        return next(iter(self.world.workspaces.values()))

    @property
    def surfaces(self) -> Surfaces:
        """Home tabs, modals, statuses, titles and suggested prompts of the first workspace."""
        return self.workspace.surfaces

    @property
    def views(self) -> dict[str, Json]:
        """Every modal by its id, also those that are closed by now."""
        return self.surfaces.views

    @property
    def statuses(self) -> dict[tuple[str, str], Json]:
        """What the app is doing, by channel and thread."""
        return self.surfaces.statuses

    def calls_of(self, method: str) -> list[Call]:
        """The calls of one method."""
        return [call for call in self.calls if call.method == method]

    def messages(self, channel: str, thread_ts: str | None = None, *, user: str = "ana") -> list[Json]:
        """The messages of a channel (`dm` is the user's with the app) or of a thread, the oldest first."""
        _, _, where = self.place(user, channel)
        return where.thread(thread_ts) if thread_ts else list(where.messages.values())

    def ephemerals(self, channel: str, user: str = "ana") -> list[Json]:
        """What only this user sees in a channel."""
        workspace, who, where = self.place(user, channel)
        shown = workspace.surfaces.ephemerals
        return [one for one in shown if one["channel"] == where.id and one["to"] == who.id]

    async def wait_until(self, is_so: Callable[[], object], timeout_s: float = PATIENCE_S) -> None:
        """Wait until `is_so()` is true.

        Raises:
            TimeoutError: it did not come true in time.
        """
        await until(self.world, is_so, timeout_s)

    async def verify(self) -> bool:
        """Whether the app answers Slack's challenge to its address for events."""
        return await self.deliveries.verify()

    async def settled(self) -> None:
        """Wait until every event is taken, or given up."""
        await self.deliveries.settled()

    @asynccontextmanager
    async def serving(self, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
        """Serve on a real socket of this machine while the block lasts; gives the URL.

        Raises:
            Misconfigured: the port is taken, or the address is none of this machine's.
        """
        with listening(host, port) as listener:
            name = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared only
            self.url = f"http://{name}:{listener.getsockname()[1]}"
            async with served(self.app, listener):
                try:
                    yield self.url
                finally:
                    self.page.close()
                    with anyio.CancelScope(shield=True):
                        await self.deliveries.close()
                        await self.sockets.disconnect("refresh_requested")

    async def _respond(self, request: Request) -> Response:
        body = await read_arguments(request)
        status, words = slack_chat.respond(self.world, request.path_params["name"], body)
        return PlainTextResponse(words, status)

    async def _upload(self, request: Request) -> Response:
        if int(request.headers.get("content-length") or 0) > MOST_BYTES:
            return PlainTextResponse("too large", 413)
        content = await _content(request)
        status, words = receive_upload(
            self.world, request.path_params["team"], request.path_params["file"], content
        )
        return PlainTextResponse(words, status)

    async def _download(self, request: Request) -> Response:
        """A file for a bot token; anybody else is sent to a page, with no error, as at Slack."""
        team, _, file_id = request.path_params["file"].partition("-")
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            workspace = self.world.workspace_of(token)
        except Refused:
            return RedirectResponse(f"{self.url}/?redir={request.url.path}", 302)
        if workspace.id != team or file_id not in workspace.files:
            return PlainTextResponse("not found", 404)
        file = workspace.files[file_id]
        return Response(workspace.contents[file_id], media_type=file["mimetype"])

    async def _authorize(self, request: Request) -> Response:
        status, page = self.installer.page(dict(request.query_params))
        return HTMLResponse(page, status)

    async def _allow(self, request: Request) -> Response:
        return RedirectResponse(self.installer.decide(dict(request.query_params)), 302)


async def _content(request: Request) -> bytes:
    """The bytes of an upload, raw or as the one file of a form."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        form = await request.form()
        for value in form.values():
            if not isinstance(value, str):
                return await value.read()
    return await request.body()
