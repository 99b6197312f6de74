"""The verbs that serve people: `up` and `web`."""

from __future__ import annotations

import gc
import logging
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, cast

import anyio
import typer
import uvicorn
from fastapi import FastAPI

from channels.addresses import sign_in_link, url_of
from channels.app import create_app
from channels.channel_work import ChannelWork
from channels.doors import close_phone, open_doors
from channels.http_server import QuietServer, listening
from channels.limits import MOST_JSON_BYTES
from channels.terminal import (
    DataOption,
    JsonOption,
    TenantOption,
    app,
    print_json,
    run_async,
    settings_for,
)
from channels.working import Workers, serve_work
from config.settings import Settings
from core.assembly import Desk, assemble
from core.telemetry import set_up_logging
from core.tenants import PUBLIC, STAFF
from core.uploads import Upload

logger = logging.getLogger(__name__)

SAMPLES = Path(__file__).parent.parent / "config" / "samples"
"""Example documents, in one folder an audience."""
LAST_TURNS_S = 10
"""How long running turns may take to end once the desk is told to stop."""

HostOption = Annotated[str, typer.Option("--host", help="Address to listen on.")]
PortOption = Annotated[int | None, typer.Option("--port", help="Port to listen on; 0 takes a free one.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """A desk that answers over HTTP, at `url`."""

    desk: Desk
    settings: Settings
    url: str


Announce = Callable[[Serving], Awaitable[None]]


@app.command()
def up(
    context: typer.Context,
    host: HostOption = "",
    port: PortOption = None,
    data: DataOption = None,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Run the whole desk in one process, with sample documents on the first start."""
    settings = _settings(data, tenant, host, port)
    if "log_level" not in settings.model_fields_set:
        # Links and hints are for a person; log lines between them are not, unless asked for.
        settings = settings.model_copy(update={"log_level": "warning"})
    run_async(_serve(settings, partial(_announce_up, as_json=as_json), context.obj))


@app.command()
def web(
    host: HostOption = "",
    port: PortOption = None,
    data: DataOption = None,
    tenant: TenantOption = "",
    as_json: JsonOption = False,
) -> None:
    """Serve the pages and the API; documents wait for a `worker`."""
    settings = _settings(data, tenant, host, port)
    run_async(_serve(settings, partial(_announce_web, as_json=as_json), None))


def _settings(data: Path | None, tenant: str, host: str, port: int | None) -> Settings:
    settings = settings_for(data, tenant)
    said: dict[str, Any] = {"host": host} if host else {}
    if port is not None:
        said["port"] = port
    return settings.model_copy(update={"web": settings.web.model_copy(update=said)})


async def _serve(settings: Settings, announce: Announce, workers: Workers | None) -> int:
    """Serve until a signal; then let running turns end, put half-read documents back, and close."""
    set_up_logging(settings.log_level, redacts=settings.safety.redact_logs)
    with listening(settings.web.host, settings.web.port) as listener:
        settings = _at_port(settings, listener)
        async with assemble(settings, keeps_running=True) as desk, AsyncExitStack() as doors:
            door_app = _with_pages(create_app(desk, settings), desk, settings)
            channels = await doors.enter_async_context(open_doors(door_app, settings))
            work = ChannelWork(desk.stores.inbox, desk.stores.outbound, channels)
            server = QuietServer(_config(door_app))
            serving = Serving(desk=desk, settings=settings, url=url_of(settings, listener))
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_stop_on_signal, server, door_app)
                tasks.start_soon(_when_ready, server, partial(announce, serving))
                tasks.start_soon(desk.stores.relay.run)
                tasks.start_soon(work.run)
                if workers is not None:
                    tasks.start_soon(serve_work(workers, desk, settings))
                await server.serve(sockets=[listener])
                tasks.cancel_scope.cancel()
    return 0


def _at_port(settings: Settings, listener: socket.socket) -> Settings:
    """The settings with the port that was taken, which links in messages have to name."""
    port = listener.getsockname()[1]
    return settings.model_copy(update={"web": settings.web.model_copy(update={"port": port})})


def _config(door_app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        door_app,
        log_config=None,
        access_log=False,
        server_header=False,
        ws_max_size=2 * MOST_JSON_BYTES,
        timeout_graceful_shutdown=LAST_TURNS_S,
    )


def _with_pages(door_app: FastAPI, desk: Desk, settings: Settings) -> FastAPI:
    """The app with the pages for customers and admins, where they are installed."""
    if find_spec("channels.web") is None:
        logger.warning("pages_missing")
        return door_app
    return cast(FastAPI, import_module("channels.web").mount(door_app, desk, settings))


async def _stop_on_signal(server: uvicorn.Server, door_app: FastAPI) -> None:
    """Tell the server to stop once running calls have ended, on a second signal at once."""
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with anyio.create_task_group() as tasks:
            is_told = False
            async for _ in signals:
                server.force_exit = server.should_exit
                server.should_exit = is_told
                if not is_told:
                    tasks.start_soon(_stop_after_calls, server, door_app)
                is_told = True


async def _stop_after_calls(server: uvicorn.Server, door_app: FastAPI) -> None:
    await close_phone(door_app)
    server.should_exit = True


async def _when_ready(server: QuietServer, announce: Callable[[], Awaitable[None]]) -> None:
    await server.ready.wait()
    # What there is now stays for good. Without this, each full collection goes through all of
    # it, and every turn waits a tenth of a second and more.
    gc.collect()
    gc.freeze()
    await announce()


async def _announce_up(serving: Serving, *, as_json: bool) -> None:
    samples = await _take_samples(serving.desk, serving.settings)
    link = sign_in_link(serving.url, await serving.desk.access.issue_link(serving.desk.tenant.id))
    if as_json:
        print_json({"url": serving.url, "sign_in": link, "samples": samples})
    else:
        typer.echo(f"{serving.desk.tenant.name} is ready.")
        typer.echo(f"  customers  {serving.url}/")
        typer.echo(f"  admin      {link}  (works once, within a day)")
        typer.echo(f"  API        {serving.url}/docs")
        if samples:
            typer.echo(f"  {samples} sample documents are being read; delete them when you have your own.")
        typer.echo("  Upload documents as admin, or run `frontdesk ingest PATH`; Ctrl+C stops the desk.")
    sys.stdout.flush()


async def _announce_web(serving: Serving, *, as_json: bool) -> None:
    if as_json:
        print_json({"url": serving.url})
    else:
        typer.echo(f"{serving.desk.tenant.name} is ready at {serving.url}/ (sign in: `frontdesk sign-in`)")
    sys.stdout.flush()


async def _take_samples(desk: Desk, settings: Settings) -> int:
    """Queue the sample documents when the desk starts for the first time and has none; how many."""
    started_before = settings.data / "started"
    if started_before.exists():
        return 0
    started_before.touch()
    if await desk.ingester.catalogue.list(desk.tenant.id):
        return 0
    uploads = [
        Upload(
            data=file.read_bytes(),
            name=file.name,
            source=f"sample:{audience}/{file.name}",
            tenant=desk.tenant.id,
            audience=audience,
        )
        for audience in (PUBLIC, STAFF)
        for file in sorted((SAMPLES / audience).glob("*"))
    ]
    return len(await desk.ingester.accept(uploads))
