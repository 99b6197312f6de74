"""One simulated call from the command line: what the caller says and presses, and how it is shown."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from channels.simulators.call_caller import Caller
from channels.simulators.call_carrier import Carrier
from channels.simulators.call_faults import ON_CONNECTING, RELAY_FAULTS
from channels.simulators.call_kept import told
from channels.simulators.call_live import LiveCall
from channels.simulators.call_recording import Moment
from channels.simulators.call_voice import CallerVoice, is_sound_file
from channels.terminal import page, print_json
from core.kept_calls import CallLine

_SPEECH_WITHIN_S = 10.0
_QUIET_S = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """What the caller says and presses, and what goes wrong meanwhile."""

    said: Sequence[str] = ()
    keys: str = ""
    faults: Sequence[str] = ()

    @property
    def troubles(self) -> frozenset[str]:
        """The faults that the call is placed with."""
        return ON_CONNECTING & frozenset(self.faults)

    async def follow(self, caller: Caller, voice: CallerVoice, language: str) -> None:
        """Hear the greeting, say each thing and hear the answer, press the keys, and hang up.

        The faults happen, in their order, in the answer to the first thing said, or the greeting without one.
        """
        await self._listen(caller, is_first=not self.said)
        for place, said in enumerate(self.said):
            await self._say(caller, said, voice, language)
            await self._listen(caller, is_first=place == 0)
        if self.keys:
            await caller.press(self.keys)
            await self._listen(caller, is_first=False)

    async def _listen(self, caller: Caller, *, is_first: bool) -> None:
        is_heard = await caller.wait_for_speech(_SPEECH_WITHIN_S)
        for fault in self.faults if is_first else ():
            if fault not in ON_CONNECTING:
                await self._suffer(caller, fault)
        if is_heard:
            await caller.wait_for_quiet(_QUIET_S)

    async def _suffer(self, caller: Caller, fault: str) -> None:
        is_possible = caller.stream is not None or (caller.relay is not None and fault in RELAY_FAULTS)
        if is_possible:
            await caller.suffer(fault)
        else:
            caller.line.note("carrier", f"fault {fault} can't happen to this call now")

    async def _say(self, caller: Caller, said: str, voice: CallerVoice, language: str) -> None:
        if not is_sound_file(said):
            await caller.say(await voice.words(said, language, caller.line), said)
            return
        if caller.relay is not None:
            caller.line.note("caller", "speaks a file to a relay, which hears words: give them to --say")
        await caller.say(Path(said))


async def place_once(carrier: Carrier, lines: Lines, wav: Path | None, *, as_json: bool) -> int:
    """Place one call, print it as it goes, and write its sound; 1 where the desk did not talk."""
    telephony = carrier.telephony
    call = telephony.calls.place(from_=telephony.phone, to=telephony.number)
    if not as_json:
        call.line.watchers.append(_print)
        _tell_of_ports(carrier)
    telephony.voice.lend(call.line)
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, call.caller.hang_up)

    async def script(caller: Caller) -> None:
        await lines.follow(caller, telephony.voice, telephony.language)

    await telephony.calls.carry(call, script, lines.troubles)
    kept = () if call.trouble else await telephony.kept.lines(call)
    if not call.trouble:
        await telephony.texts.arrived()
    if wav and call.recording.desk:
        await asyncio.to_thread(call.recording.save, wav)
    if as_json:
        print_json(_as_json(call, kept))
    else:
        _show(call, kept, wav)
    return 0 if call.status == "completed" and not call.trouble else 1


def _print(moment: Moment) -> None:
    """A line of the timeline; not the marks, which come ten in a second, and which nobody reads."""
    if not moment.what.startswith("mark "):
        say(moment.line)


def say(words: str) -> None:
    """Print a line as it is."""
    page.print(words, markup=False, highlight=False, soft_wrap=True)


def _tell_of_ports(carrier: Carrier) -> None:
    place = carrier.place
    if not carrier.url:
        say(f"Port {place.port} is taken: what the desk asks of the carrier in this call goes there.")
    if not carrier.telephony.texts.url:
        say(f"Port {place.texts_port} is taken: the desk's texts go there.")


def _show(call: LiveCall, kept: Sequence[CallLine], wav: Path | None) -> None:
    for line in told(call, kept):
        say(line)
    if wav and call.recording.desk:
        say(f"Both sides are in {wav}: the caller left, the desk right.")
    if call.trouble:
        say(call.trouble)


def _as_json(call: LiveCall, kept: Sequence[CallLine]) -> dict[str, object]:
    return {
        "call_id": call.sid,
        "status": call.status,
        "trouble": call.trouble,
        "timeline": [asdict(moment) for moment in call.recording.moments],
        "transcript": [asdict(line) for line in kept],
    }
