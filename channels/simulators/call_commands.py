"""The verb `simulate call`: a caller on this machine, who speaks wav files to a desk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from channels.simulators.call_caller import Caller
from channels.simulators.call_live import LiveCall
from channels.simulators.call_simulator import CALLER, CallSimulator
from channels.simulators.credentials import twilio_credentials
from channels.simulators.sms_simulator import FIRST_NUMBER
from channels.terminal import DataOption, page, run_async, settings_for
from core.errors import Refused

VOICE_PATH = "/channels/voice"
_GREETING_WITHIN_S = 5.0

verb = typer.Typer(rich_markup_mode=None)
"""`simulate` takes it in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lines:
    """What the caller says and presses."""

    sounds: tuple[Path, ...]
    keys: str

    async def follow(self, caller: Caller) -> None:
        """Hear the greeting, say each file and hear the answer, press the keys, and hang up."""
        await _listen(caller)
        for sound in self.sounds:
            await caller.say(sound)
            await _listen(caller)
        if self.keys:
            await caller.press(self.keys)
            await _listen(caller)


async def _listen(caller: Caller) -> None:
    if await caller.wait_for_speech(_GREETING_WITHIN_S):
        await caller.wait_for_quiet(1.5)


@verb.command("call")
def call(  # noqa: PLR0913, PLR0917 - the options of a verb
    desk: Annotated[str, typer.Option(help="Where the desk answers.")] = "http://127.0.0.1:7860",
    say: Annotated[list[Path] | None, typer.Option(help="A 16-bit wav to speak, again for more.")] = None,
    press: Annotated[str, typer.Option(help="Keys to press at the end.")] = "",
    wav: Annotated[Path | None, typer.Option(help="Where both sides are written to.")] = None,
    phone: Annotated[str, typer.Option(help="The phone you call from.")] = CALLER,
    number: Annotated[str, typer.Option(help="The number you call.")] = FIRST_NUMBER,
    data: DataOption = None,
) -> None:
    """Call the desk as Twilio does: signed, with Media Streams or ConversationRelay, without an account."""
    for sound in say or ():
        if not sound.is_file():
            raise Refused(f"there is no file {sound}: give a 16-bit wav to --say")
    credentials = twilio_credentials(Path(settings_for(data, "").data))
    lines = _Lines(sounds=tuple(say or ()), keys=press)

    async def place() -> int:
        simulator = CallSimulator(
            account_sid=credentials.account_sid,
            auth_token=credentials.auth_token,
            voice_url=desk.rstrip("/") + VOICE_PATH,
        )
        try:
            placed = await simulator.call(lines.follow, from_=phone, to=number)
        finally:
            await simulator.aclose()
        return _show(placed, wav)

    run_async(place())


def _show(placed: LiveCall, wav: Path | None) -> int:
    """Print the timeline and write the sound; 1 where the desk did not take the call."""
    page.print(placed.recording.timeline(), markup=False, highlight=False, soft_wrap=True)
    if wav and placed.recording.desk:
        placed.recording.save(wav)
        page.print(f"Both sides are in {wav}.", markup=False, highlight=False, soft_wrap=True)
    return 0 if placed.status == "completed" else 1
