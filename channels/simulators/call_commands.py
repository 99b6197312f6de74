"""The verb `simulate call`: a telephone on this machine, to call a desk without an account."""

from __future__ import annotations

import asyncio
import signal
import sys
import webbrowser
from pathlib import Path
from typing import Annotated

import httpx
import typer

from channels.simulators.call_carrier import Caller, Carrier, Place, carrier_beside
from channels.simulators.call_faults import FAULTS
from channels.simulators.call_once import Lines, place_once, say
from channels.simulators.call_simulator import CALLER
from channels.simulators.call_terminal import CallTerminal
from channels.simulators.call_voice import is_sound_file
from channels.simulators.credentials import TwilioCredentials, twilio_credentials
from channels.simulators.sms_simulator import FIRST_NUMBER
from channels.terminal import DataOption, JsonOption, page, run_async, settings_for
from config.channel_settings import SmsSettings
from config.phone_settings import PhoneSettings
from config.settings import Settings

_HELP = """Call the desk as Twilio does: signed, with Media Streams or ConversationRelay, without an account.

By itself it shows a telephone in the browser. With --say, --press, --fault or --wav it places one call,
prints its timeline, and ends.

\b
Faults:
""" + "\n".join(f"  {name:18} {does}" for name, does in FAULTS.items())
_PHONE_PORT, _TEXTS_PORT = PhoneSettings().simulator_port, SmsSettings().simulator_port

verb = typer.Typer(rich_markup_mode=None)
"""`simulate` takes it in."""


def _known_faults(names: list[str] | None) -> list[str]:
    for name in names or ():
        if name not in FAULTS:
            raise typer.BadParameter(f"there is no fault {name!r}: choose one of {', '.join(FAULTS)}")
    return names or []


SayOption = Annotated[
    list[str] | None, typer.Option("--say", help="Words, or a wav or flac file, to speak; again for more.")
]
FaultOption = Annotated[
    list[str] | None,
    typer.Option(
        "--fault", callback=_known_faults, help="What goes wrong in the first answer; again for more."
    ),
]
PortOption = Annotated[
    int | None, typer.Option(min=0, max=65535, help=f"Port of the API and the page; {_PHONE_PORT}.")
]
TextsPortOption = Annotated[
    int | None, typer.Option(min=0, max=65535, help=f"Port of the API for texts; {_TEXTS_PORT}.")
]


@verb.command("call", help=_HELP)
def call(  # noqa: PLR0913, PLR0917 - the options of a verb
    desk: Annotated[
        str, typer.Option(help="Where the desk answers; by default here, at its usual port.")
    ] = "",
    lines: SayOption = None,
    press: Annotated[str, typer.Option(help="Keys to press at the end.")] = "",
    faults: FaultOption = None,
    wav: Annotated[Path | None, typer.Option(help="Where both sides are written to.")] = None,
    phone: Annotated[str, typer.Option(help="The phone you call from.")] = CALLER,
    language: Annotated[str, typer.Option(help="The language of the words.")] = "en",
    number: Annotated[str, typer.Option(help="The number you call.")] = FIRST_NUMBER,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: PortOption = None,
    texts_port: TextsPortOption = None,
    account_sid: Annotated[str, typer.Option(help="Account SID; by default that of the desk's data.")] = "",
    auth_token: Annotated[str, typer.Option(help="Auth token; by default that of the desk's data.")] = "",
    data: DataOption = None,
    no_page: Annotated[bool, typer.Option("--no-page", help="Only the terminal.")] = False,
    opens: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Call the desk; the help says how."""
    for said in lines or ():
        is_sound_file(said)
    settings = settings_for(data, "")
    is_once = bool(lines or press or faults or wav)
    place = Place(
        desk=desk or f"http://127.0.0.1:{settings.web.port}",
        host=host,
        port=settings.phone.simulator_port if port is None else port,
        texts_port=settings.sms.simulator_port if texts_port is None else texts_port,
        has_page=not no_page and not is_once,
        must_serve=not is_once,
    )
    chosen = Lines(said=tuple(lines or ()), keys=press, faults=tuple(faults or ()))
    caller = Caller(phone=phone, number=number, language=language)
    credentials = _credentials(settings, account_sid, auth_token)

    async def work() -> int:
        async with carrier_beside(place, credentials, settings, caller) as carrier:
            if is_once:
                return await place_once(carrier, chosen, wav, as_json=as_json)
            is_own = not (account_sid and auth_token)
            return await _serve(carrier, settings, opens=opens and place.has_page, is_own=is_own)

    run_async(work())


def _credentials(settings: Settings, account_sid: str, auth_token: str) -> TwilioCredentials:
    if account_sid and auth_token:
        return TwilioCredentials(account_sid=account_sid, auth_token=auth_token)
    own = twilio_credentials(Path(settings.data))
    return TwilioCredentials(
        account_sid=account_sid or own.account_sid, auth_token=auth_token or own.auth_token
    )


async def _serve(carrier: Carrier, settings: Settings, *, opens: bool, is_own: bool) -> int:
    """Serve until a signal, `/quit` or, at a terminal, the end of the input."""
    for line in _greeting(carrier, settings, is_own=is_own):
        say(line)
    sys.stdout.flush()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stop.set)
    beside = [
        asyncio.create_task(_read(CallTerminal(carrier.telephony, page), stop)),
        asyncio.create_task(_say_whether_desk_is_there(carrier)),
    ]
    if opens:
        await asyncio.to_thread(webbrowser.open, carrier.url)
    await stop.wait()
    for task in beside:
        task.cancel()
    await asyncio.gather(*beside, return_exceptions=True)
    return 0


async def _read(view: CallTerminal, stop: asyncio.Event) -> None:
    """Do what is typed. Where input is no terminal its end is not a wish to stop."""
    is_terminal = sys.stdin.isatty()
    if await view.read() or is_terminal:
        stop.set()


def _greeting(carrier: Carrier, settings: Settings, *, is_own: bool) -> list[str]:
    place, telephony = carrier.place, carrier.telephony
    lines = [f"The telephone is ready. The desk's number is {telephony.number}."]
    if place.has_page:
        lines.append(f"  page       {carrier.url}/")
    lines.append(f"  desk       {telephony.calls.voice_url}")
    texts = telephony.texts.url
    taken = f"at port {place.texts_port}, which is taken: by `frontdesk simulate sms`, perhaps"
    lines.append(f"  texts      {f'{texts}/' if texts else taken}")
    if told := _settings(carrier, settings, is_own=is_own):
        lines += ["  Start the desk with:", *(f"    {one}" for one in told)]
    lines.append("  Type what you say and press Enter; /help shows more, Ctrl+C stops.")
    return lines


def _settings(carrier: Carrier, settings: Settings, *, is_own: bool) -> list[str]:
    """What the desk has to be told to find this carrier; nothing where all is as it expects."""
    if not is_own:
        return [
            f"FRONTDESK_PHONE__ACCOUNT_SID={carrier.telephony.calls.account_sid}",
            "FRONTDESK_PHONE__AUTH_TOKEN=... (the token given here)",
            f"FRONTDESK_PHONE__API_URL={carrier.url}",
        ]
    ports = {
        "FRONTDESK_PHONE__SIMULATOR_PORT": (carrier.url, settings.phone.simulator_port),
        "FRONTDESK_SMS__SIMULATOR_PORT": (carrier.telephony.texts.url, settings.sms.simulator_port),
    }
    return [
        f"{name}={url.rpartition(':')[2]}"
        for name, (url, usual) in ports.items()
        if url and int(url.rpartition(":")[2]) != usual
    ]


async def _say_whether_desk_is_there(carrier: Carrier) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            await client.get(f"{carrier.place.desk.rstrip('/')}/health")
        except httpx.HTTPError:
            say(f"  The desk does not answer at {carrier.place.desk} yet: start it with `frontdesk up`.")
