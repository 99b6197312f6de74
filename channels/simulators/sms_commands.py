"""The verb `simulate sms`: a phone and a carrier on this machine, to text a desk without an account."""

from __future__ import annotations

import asyncio
import signal
import sys
import webbrowser
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from channels.simulators.credentials import TwilioCredentials, twilio_credentials
from channels.simulators.sms_simulator import FIRST_NUMBER, SmsSimulator
from channels.simulators.sms_terminal import SmsTerminal
from channels.terminal import DataOption, page, run_async, settings_for
from config.channel_settings import SmsSettings

FIRST_PHONE = "+15005550177"

verb = typer.Typer(rich_markup_mode=None)
"""`simulate` takes it in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    host: str
    port: int
    has_page: bool
    opens: bool
    is_own: bool
    """Whether the account is the one that a desk with the same data knows by itself."""


@verb.command("sms")
def sms(  # noqa: PLR0913, PLR0917 - the options of a verb
    desk: Annotated[str, typer.Option(help="Where the desk answers.")] = "http://127.0.0.1:7860",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the API and the page.")] = 7872,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    phone: Annotated[str, typer.Option(help="The phone you text from.")] = FIRST_PHONE,
    numbers: Annotated[
        list[str] | None,
        typer.Option("--number", help=f"A number of the desk's, again for more; {FIRST_NUMBER}."),
    ] = None,
    account_sid: Annotated[str, typer.Option(help="Account SID; by default that of the desk's data.")] = "",
    auth_token: Annotated[str, typer.Option(help="Auth token; by default that of the desk's data.")] = "",
    data: DataOption = None,
    no_page: Annotated[bool, typer.Option("--no-page", help="Only the terminal.")] = False,
    opens: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
) -> None:
    """Text the desk from a phone on this machine: Twilio's API and webhooks, without an account."""
    own = None
    if not (account_sid and auth_token):
        own = twilio_credentials(Path(settings_for(data, "").data))
    credentials = TwilioCredentials(
        account_sid=account_sid or (own.account_sid if own else ""),
        auth_token=auth_token or (own.auth_token if own else ""),
    )
    simulator = SmsSimulator(
        account_sid=credentials.account_sid,
        auth_token=credentials.auth_token,
        numbers=tuple(numbers or (FIRST_NUMBER,)),
        sms_url=f"{desk.rstrip('/')}/channels/sms",
    )
    place = _Place(
        host=host, port=port, has_page=not no_page, opens=opens and not no_page, is_own=own is not None
    )
    run_async(_serve(simulator, place, phone))


async def _serve(simulator: SmsSimulator, place: _Place, phone: str) -> int:
    """Serve until a signal, `/quit` or, at a terminal, the end of the input."""
    async with simulator.serving(host=place.host, port=place.port, has_page=place.has_page) as url:
        _announce(simulator, url, place)
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, stop.set)
        view = SmsTerminal(simulator, page, phone)
        shown = asyncio.create_task(view.show())
        typed = asyncio.create_task(_read(view, stop))
        if place.opens:
            await asyncio.to_thread(webbrowser.open, url)
        await stop.wait()
        for task in (shown, typed):
            task.cancel()
        await asyncio.gather(shown, typed, return_exceptions=True)
    return 0


async def _read(view: SmsTerminal, stop: asyncio.Event) -> None:
    """Do what is typed. Where input is no terminal its end is not a wish to stop."""
    is_terminal = sys.stdin.isatty()
    is_quit = await view.read()
    if is_quit or is_terminal:
        stop.set()


def _announce(simulator: SmsSimulator, url: str, place: _Place) -> None:
    number = simulator.account.numbers[0]
    lines = [f"The carrier is ready. The desk's number is {number}."]
    if place.has_page:
        lines.append(f"  phone      {url}/")
    lines.append(f"  desk       {simulator.sms_url}")
    if settings := _settings(simulator, url, place):
        lines += ["  Start the desk with:", *(f"    {one}" for one in settings)]
    lines.append("  Type a text and press Enter; /help shows more, Ctrl+C stops.")
    for line in lines:
        page.print(line, markup=False, highlight=False, soft_wrap=True)
    sys.stdout.flush()


def _settings(simulator: SmsSimulator, url: str, place: _Place) -> list[str]:
    """What the desk has to be told to find this carrier; nothing where all is as usual."""
    if not place.is_own:
        return [
            f"FRONTDESK_SMS__ACCOUNT_SID={simulator.account.sid}",
            "FRONTDESK_SMS__AUTH_TOKEN=... (the token given here)",
            f"FRONTDESK_SMS__API_URL={url}",
        ]
    used = url.rpartition(":")[2]
    is_usual = int(used) == SmsSettings().simulator_port
    return [] if is_usual else [f"FRONTDESK_SMS__SIMULATOR_PORT={used}"]
