"""A whole desk behind a real socket, in a thread of its own, for tests that speak HTTP to it."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any, TypeVar

import anyio
import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI

from channels.app import create_app
from channels.channel_work import ChannelWork
from channels.doors import open_doors
from channels.http_server import listening, served
from config.settings import Settings
from core.access import Role
from core.assembly import Desk, assemble
from core.tenants import DEFAULT_TENANT, TenantId
from workers.app import Workers

T = TypeVar("T")
SseEvent = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningDesk:
    """A desk that answers at `url`; `call` runs its own coroutines where it lives."""

    url: str
    app: FastAPI
    desk: Desk
    portal: BlockingPortal

    def call(self, function: Callable[..., Awaitable[T]], *args: object) -> T:
        return self.portal.call(partial(function, *args))

    def key(self, role: Role, name: str = "test", tenant: TenantId = DEFAULT_TENANT) -> str:
        return self.call(self.desk.access.create_key, tenant, role, name)

    def client(self, proof: str = "", **options: Any) -> httpx.Client:
        headers = {"Authorization": f"Bearer {proof}"} if proof else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, **options)

    def begin(self) -> tuple[str, httpx.Client]:
        """A new anonymous conversation, and a client that holds its token."""
        with self.client() as anyone:
            begun = anyone.post("/v1/conversations").raise_for_status().json()
        return begun["conversation_id"], self.client(begun["token"])

    def ready(self, client: httpx.Client, document_id: str) -> dict[str, Any]:
        """The document once the worker is through with it."""
        for _ in range(300):
            document = client.get(f"/v1/documents/{document_id}").raise_for_status().json()
            if document["status"] in {"ready", "refused"}:
                return dict(document)
            time.sleep(0.05)
        raise AssertionError(f"the document is still {document['status']}")

    def publish(self, text: str, name: str, audience: str = "public") -> dict[str, Any]:
        """A document that is in the index when this returns."""
        with self.client(self.key(Role.ADMIN)) as admin:
            sent = admin.post(
                "/v1/documents", files={"files": (name, text.encode())}, data={"audience": audience}
            )
            return self.ready(admin, sent.raise_for_status().json()[0]["document_id"])


def ask(client: httpx.Client, conversation_id: str, text: str, **body: Any) -> list[SseEvent]:
    """The events of a turn."""
    path = f"/v1/conversations/{conversation_id}/messages"
    with client.stream("POST", path, json={"text": text, **body}) as response:
        response.read()
        response.raise_for_status()
        assert response.headers["content-type"].startswith("text/event-stream")
        return events_in(response.text)


def events_in(stream: str) -> list[SseEvent]:
    """What a `text/event-stream` says, its comments left out."""
    found: list[SseEvent] = []
    for block in filter(None, stream.split("\n\n")):
        if block.startswith(":"):
            continue
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


@contextmanager
def running_desk(
    settings: Settings,
    prepare: Callable[[Desk], Desk] = lambda desk: desk,
    *,
    pages: bool = False,
    doors: bool = False,
) -> Iterator[RunningDesk]:
    """The desk, with its worker, on a free port of this machine. `prepare` may change its parts.

    With `pages` it has those of customers and admins as well, with `doors` Slack and text messages.
    """
    with (
        start_blocking_portal("asyncio") as portal,
        portal.wrap_async_context_manager(_serving(settings, prepare, pages, doors)) as (url, app, desk),
    ):
        yield RunningDesk(url=url, app=app, desk=desk, portal=portal)


@asynccontextmanager
async def _serving(
    settings: Settings, prepare: Callable[[Desk], Desk], pages: bool, doors: bool
) -> AsyncIterator[tuple[str, FastAPI, Desk]]:
    with listening() as listener:
        own = settings.web.model_copy(update={"port": listener.getsockname()[1]})
        settings = settings.model_copy(update={"web": own})
        async with assemble(settings) as assembled, AsyncExitStack() as stack:
            desk = prepare(assembled)
            app = create_app(desk, settings)
            if pages:
                app = import_module("channels.web").mount(app, desk, settings)
            works = [desk.stores.relay.run, partial(Workers().serve, desk)]
            if doors:
                channels = await stack.enter_async_context(open_doors(app, settings))
                works.append(ChannelWork(desk.stores.inbox, desk.stores.outbound, channels).run)
            async with anyio.create_task_group() as tasks:
                for work in works:
                    tasks.start_soon(work)
                async with served(app, listener, patience_s=2):
                    yield f"http://127.0.0.1:{listener.getsockname()[1]}", app, desk
                tasks.cancel_scope.cancel()
