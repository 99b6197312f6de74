"""The verbs of `simulate`: local servers of what is behind the channels, to try a desk without an account."""

from __future__ import annotations

import signal
import sys
import webbrowser
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import anyio
import typer

from channels.simulators.call_commands import verb as call_verb
from channels.simulators.credentials import slack_credentials
from channels.simulators.slack_simulator import SlackSimulator
from channels.simulators.slack_terminal import HELP, SlackTerminal
from channels.simulators.sms_commands import verb as sms_verb
from channels.terminal import DataOption, app, page, run_async, settings_for, terminal
from config.channel_settings import SlackSettings

EVENTS_PATH = "/channels/slack/events"
INSTALL_PATH = "/channels/slack/install"
FIRST_PORT = SlackSettings().simulator_port

simulate = typer.Typer(
    help="Local servers that behave as Slack and others do, to try a desk without an account.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(simulate, name="simulate")
simulate.add_typer(sms_verb)
simulate.add_typer(call_verb)


@simulate.callback()
def _simulate() -> None:
    """Local servers that behave as Slack and others do, to try a desk without an account."""


@simulate.command()
def slack(  # noqa: PLR0913, PLR0917 - a verb's options are its parameters
    desk: Annotated[str, typer.Option("--desk", help="Where the desk is.")] = "http://127.0.0.1:7860",
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port to listen on; 0 takes a free one.")] = FIRST_PORT,
    signing_secret: Annotated[str, typer.Option("--signing-secret", help="The app's signing secret.")] = "",
    bot_token: Annotated[str, typer.Option("--bot-token", help="The app's bot token.")] = "",
    app_token: Annotated[str, typer.Option("--app-token", help="The app's token for Socket Mode.")] = "",
    teams: Annotated[int, typer.Option("--teams", help="Teams; the app is installed in the first.")] = 1,
    data: DataOption = None,
    no_page: Annotated[bool, typer.Option("--no-page", help="Show the conversation here only.")] = False,
    opens: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
) -> None:
    """Run a Slack of your own beside a desk: a page to write in, signed events, and the Web API.

    Without secrets on the command line it uses those that a desk with the same data folder knows.
    """
    known = slack_credentials(_data_folder(data))
    simulator = SlackSimulator(
        signing_secret=signing_secret or known.signing_secret,
        bot_token=bot_token or known.bot_token,
        app_token=app_token or known.app_token,
        events_url=desk.rstrip("/") + EVENTS_PATH,
    )
    for number in range(2, teams + 1):
        simulator.world.add_workspace(f"Team {number}")
    run_async(_run(simulator, host, port, has_page=not no_page, opens=opens))


def _data_folder(data: Path | None) -> Path:
    return settings_for(data, "").data


async def _run(simulator: SlackSimulator, host: str, port: int, *, has_page: bool, opens: bool) -> int:
    """Serve until a signal or the end of what is typed."""
    shown = SlackTerminal(simulator, page)
    async with simulator.serving(host, port) as url:
        _greet(simulator, url, has_page)
        if has_page and opens:
            await anyio.to_thread.run_sync(webbrowser.open, url)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_say_whether_desk_is_there, simulator)
            if sys.stdin.isatty() or not has_page:
                tasks.start_soon(_obey, shown)
            with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
                async for _ in signals:
                    break
            tasks.cancel_scope.cancel()
    return 0


def _greet(simulator: SlackSimulator, url: str, has_page: bool) -> None:
    lines = [f"A simulated Slack runs at {url}/" + ("" if has_page else "api/")]
    lines.append(f"It posts signed events to {simulator.deliveries.events_url}")
    if (port := urlsplit(url).port) != FIRST_PORT:
        lines.append(f"Start the desk with FRONTDESK_SLACK__SIMULATOR_PORT={port}")
    if len(simulator.world.workspaces) > 1:
        desk = simulator.deliveries.events_url.removesuffix(EVENTS_PATH)
        lines.append(f"Install the app in another team at {desk}{INSTALL_PATH}")
    lines.append(HELP)
    lines.append("Ctrl+C ends it.")
    for line in lines:
        terminal.print(line, markup=False, highlight=False, soft_wrap=True)


async def _say_whether_desk_is_there(simulator: SlackSimulator) -> None:
    if not await simulator.verify():
        terminal.print(
            "The desk does not answer there yet: start it, and check that it knows the same signing secret "
            "(the same --data folder, or --signing-secret).",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


async def _obey(shown: SlackTerminal) -> None:
    lines = shown.read()
    while True:
        await shown.obey(await lines.get())
