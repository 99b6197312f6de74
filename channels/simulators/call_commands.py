"""The verb `simulate call`: a caller on this machine, who speaks to a desk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from channels.simulators.call_caller import Caller
from channels.simulators.call_live import LiveCall
from channels.simulators.call_simulator import CALLER, CallSimulator
from channels.simulators.call_voice import is_sound_file, spoken_words
from channels.simulators.credentials import twilio_credentials
from channels.simulators.sms_simulator import FIRST_NUMBER
from channels.terminal import DataOption, page, run_async, settings_for

VOICE_PATH = "/channels/voice"
_GREETING_WITHIN_S = 5.0
_MARK = "  carrier  mark "
"""Ten in every second of a stream that is spoken to; nobody reads them."""

verb = typer.Typer(rich_markup_mode=None)
"""`simulate` takes it in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lines:
    """What the caller says and presses."""

    said: tuple[str, ...]
    keys: str
    language: str

    async def follow(self, caller: Caller) -> None:
        """Hear the greeting, say each thing and hear the answer, press the keys, and hang up."""
        await _listen(caller)
        for said in self.said:
            await self._say(caller, said)
            await _listen(caller)
        if self.keys:
            await caller.press(self.keys)
            await _listen(caller)

    async def _say(self, caller: Caller, said: str) -> None:
        if not is_sound_file(said):
            await caller.say(await spoken_words(said, self.language, caller.line), said)
            return
        if caller.relay is not None:
            caller.line.note("caller", "speaks a file to a relay, which hears words: give them to --say")
        await caller.say(Path(said))


async def _listen(caller: Caller) -> None:
    if await caller.wait_for_speech(_GREETING_WITHIN_S):
        await caller.wait_for_quiet(1.5)


@verb.command("call")
def call(  # noqa: PLR0913, PLR0917 - the options of a verb
    desk: Annotated[str, typer.Option(help="Where the desk answers.")] = "http://127.0.0.1:7860",
    say: Annotated[
        list[str] | None, typer.Option(help="A 16-bit wav, or words, to speak; again for more.")
    ] = None,
    press: Annotated[str, typer.Option(help="Keys to press at the end.")] = "",
    wav: Annotated[Path | None, typer.Option(help="Where both sides are written to.")] = None,
    phone: Annotated[str, typer.Option(help="The phone you call from.")] = CALLER,
    language: Annotated[str, typer.Option(help="The language of the words.")] = "en",
    number: Annotated[str, typer.Option(help="The number you call.")] = FIRST_NUMBER,
    data: DataOption = None,
) -> None:
    """Call the desk as Twilio does: signed, with Media Streams or ConversationRelay, without an account."""
    for said in say or ():
        is_sound_file(said)
    credentials = twilio_credentials(Path(settings_for(data, "").data))
    lines = _Lines(said=tuple(say or ()), keys=press, language=language)

    async def place() -> int:
        simulator = CallSimulator(
            account_sid=credentials.account_sid,
            auth_token=credentials.auth_token,
            voice_url=desk.rstrip("/") + VOICE_PATH,
            status_url=desk.rstrip("/") + f"{VOICE_PATH}/status",
        )
        try:
            placed = await simulator.call(lines.follow, from_=phone, to=number)
        finally:
            await simulator.aclose()
        return _show(placed, wav)

    run_async(place())


def _show(placed: LiveCall, wav: Path | None) -> int:
    """Print the timeline and write the sound; 1 where the desk did not take the call."""
    lines = placed.recording.timeline().splitlines()
    shown = "\n".join(line for line in lines if _MARK not in line)
    page.print(shown, markup=False, highlight=False, soft_wrap=True)
    if wav and placed.recording.desk:
        placed.recording.save(wav)
        page.print(f"Both sides are in {wav}.", markup=False, highlight=False, soft_wrap=True)
    if hint := _hint(placed):
        page.print(hint, markup=False, highlight=False, soft_wrap=True)
    return 0 if placed.status == "completed" and not hint else 1


def _hint(placed: LiveCall) -> str:
    """What to do where the desk did not talk; empty where it did."""
    first = placed.webhooks.deliveries[0] if placed.webhooks.deliveries else None
    if first is None or not first.is_taken:
        return f"The desk does not take the call: {first.why if first else 'nobody asked it'}"
    if not (placed.recording.at("stream connected") or placed.recording.at("relay connected")):
        return "The desk took the call and did not talk: `frontdesk doctor` says what its speech lacks."
    return ""
