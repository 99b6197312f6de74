"""The verbs of Slack: serve it over Socket Mode, and print the app's manifest."""

from __future__ import annotations

import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Annotated

import anyio
import typer
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

from channels.channel_work import ChannelWork
from channels.door import Door
from channels.simulators.credentials import slack_credentials
from channels.slack.calls import SlackRefused
from channels.slack.door import SlackDoor, open_slack
from channels.slack.manifest import as_yaml, manifest
from channels.slack.places import SLACK
from channels.terminal import DataOption, JsonOption, TenantOption, app, print_json, run_async, settings_for
from config.settings import Settings
from core.assembly import Desk, assemble
from core.errors import FrontdeskError, Misconfigured
from core.telemetry import set_up_logging

UrlOption = Annotated[
    str, typer.Option("--url", help="Where Slack reaches the desk; without it, Socket Mode.")
]

slack = typer.Typer(help="Serve Slack over Socket Mode, or print the app's manifest.")
app.add_typer(slack, name="slack")


@slack.callback(invoke_without_command=True)
def serve(
    context: typer.Context, data: DataOption = None, tenant: TenantOption = "", as_json: JsonOption = False
) -> None:
    """Serve Slack over Socket Mode until stopped: no address that Slack could reach is needed."""
    if context.invoked_subcommand is None:
        run_async(_serve(settings_for(data, tenant), as_json=as_json))


@slack.command("manifest")
def print_manifest(url: UrlOption = "", as_json: JsonOption = False) -> None:
    """Print the manifest of the Slack app, to be pasted at https://api.slack.com/apps."""
    made = manifest(url)
    if as_json:
        print_json(made)
    else:
        typer.echo(as_yaml(made), nl=False)


async def _serve(settings: Settings, *, as_json: bool) -> int:
    set_up_logging(settings.log_level, redacts=settings.safety.redact_logs)
    token = app_token(settings)
    refusal: FrontdeskError | None = None
    async with assemble(settings, keeps_running=True) as desk:
        try:
            await _listen(desk, settings, token, as_json=as_json)
        except FrontdeskError as error:
            # Raised inside, it would come out as one of a group.
            refusal = error
    if refusal is not None:
        raise refusal
    return 0


async def _listen(desk: Desk, settings: Settings, token: str, *, as_json: bool) -> None:
    async with AsyncExitStack() as stack:
        slack_door = await stack.enter_async_context(open_slack(Door(desk=desk, settings=settings), settings))
        await stack.enter_async_context(listening(slack_door, token))
        work = ChannelWork(desk.stores.inbox, desk.stores.outbound, {SLACK: slack_door.channel})
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(desk.stores.relay.run)
            tasks.start_soon(work.run)
            if as_json:
                print_json({"api_url": slack_door.parts.calls.api_url})
            else:
                typer.echo(f"{desk.tenant.name} listens to Slack; Ctrl+C stops it.")
            sys.stdout.flush()
            with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
                async for _ in signals:
                    tasks.cancel_scope.cancel()


def app_token(settings: Settings) -> str:
    """The app's token: as it is set, else the simulator's.

    Raises:
        Misconfigured: a Slack app is set up, but not this token.
    """
    token = settings.slack.app_token.get_secret_value()
    if token or not settings.slack.is_real:
        return token or slack_credentials(settings.data).app_token
    raise Misconfigured(
        "Socket Mode needs the app's token: set FRONTDESK_SLACK__APP_TOKEN (xapp-…), "
        "from Basic Information → App-Level Tokens, with the scope connections:write"
    )


@asynccontextmanager
async def listening(slack_door: SlackDoor, token: str) -> AsyncIterator[None]:
    """A connection to Slack while the block lasts; one that breaks is made again.

    Raises:
        Misconfigured: Slack does not take the token.
        RateLimited, DeliveryUnavailable: Slack was not reached.
    """
    calls = slack_door.parts.calls
    try:
        await calls.call(token, "apps.connections.open")
    except SlackRefused as refused:
        raise Misconfigured(f"{refused}: look at FRONTDESK_SLACK__APP_TOKEN") from refused
    handler = AsyncSocketModeHandler(slack_door.app, token, web_client=calls.client(token))
    try:
        await handler.connect_async()  # type: ignore[no-untyped-call]
        yield
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]
