"""The simulated telephone in a terminal: what happens in every call, and what is typed is said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path

from rich.console import Console

from channels.simulators.call_caller import Caller
from channels.simulators.call_faults import FAULTS, ON_CONNECTING
from channels.simulators.call_kept import told
from channels.simulators.call_live import LiveCall
from channels.simulators.call_recording import Moment
from channels.simulators.call_talk import Telephony
from channels.simulators.call_voice import is_sound_file
from channels.simulators.sms_terminal import typed_lines
from core.errors import FrontdeskError, Refused

_HELP = """What you type is said; the first line calls the desk. A sound file's name plays it. Besides:
  /call          call, and say nothing        /hangup        end the call
  /press 12#     press keys                   /wav FILE      write the last call's two sides
  /fault NAME    let something go wrong       /faults        what can
  /quit          stop"""
_GREETING_WITHIN_S = 5.0
_FAULT_LIST = "\n".join(f"  {name:18} {does}" for name, does in FAULTS.items())


class CallTerminal:
    """Prints what happens in the calls of a carrier, and calls from one phone of its own."""

    def __init__(self, telephony: Telephony, console: Console) -> None:
        self._telephony = telephony
        self._console = console
        self._call: LiveCall | None = None
        self._said: asyncio.Queue[str] = asyncio.Queue()
        self._armed: set[str] = set()
        telephony.calls.watchers.append(self._watch)

    async def read(self) -> bool:
        """Do what is typed until the input ends; True where `/quit` ended it."""
        lines = typed_lines()
        while (line := await lines.get()) is not None:
            said = line.strip()
            if said == "/quit":
                return True
            if said:
                await self.do(said)
        return False

    async def do(self, said: str) -> None:
        """Carry out one typed line."""
        verb, _, rest = said.partition(" ")
        verbs: dict[str, Callable[[str], str]] = {
            "/call": self._dial,
            "/hangup": self._hang_up,
            "/press": self._press,
            "/fault": self._suffer,
            "/wav": self._write,
        }
        try:
            if verb in verbs:
                words = verbs[verb](rest.strip())
            elif not said.startswith("/") or is_sound_file(said):
                words = self._say(said)
            else:
                words = _FAULT_LIST if verb == "/faults" else _HELP
        except (FrontdeskError, OSError) as error:
            words = str(error)
        if words:
            self._print(words)

    def _say(self, said: str) -> str:
        words = "" if self._is_in_call else self._dial("")
        self._said.put_nowait(said)
        return words

    @property
    def _is_in_call(self) -> bool:
        return self._call is not None and not self._call.line.ended.is_set()

    def _dial(self, _: str) -> str:
        if self._is_in_call:
            return "You are in a call; /hangup ends it."
        calls = self._telephony.calls
        self._said = asyncio.Queue()
        self._call = calls.place(from_=self._telephony.phone, to=self._telephony.number)
        troubles, self._armed = frozenset(self._armed), set()
        self._telephony.voice.lend(self._call.line)
        calls.start(self._carry(self._call, troubles))
        return ""

    async def _carry(self, call: LiveCall, troubles: frozenset[str]) -> None:
        try:
            await self._telephony.calls.carry(call, self._follow, troubles)
        except FrontdeskError as error:
            self._print(str(error))
        if call.trouble:
            self._print(call.trouble)
            return
        for line in told(call, await self._telephony.kept.lines(call)):
            self._print(line)

    async def _follow(self, caller: Caller) -> None:
        if not self._said.empty():
            # Who calls in order to say something hears the greeting first.
            await caller.wait_for_speech(_GREETING_WITHIN_S)
            await caller.wait_for_quiet()
        while True:
            said = await self._said.get()
            try:
                if is_sound_file(said):
                    await caller.say(Path(said))
                else:
                    sound = await self._telephony.voice.words(said, self._telephony.language, caller.line)
                    await caller.say(sound, said)
            except Refused as error:
                self._print(str(error))

    def _hang_up(self, _: str) -> str:
        self._in_call().caller.hang_up()
        return ""

    def _press(self, keys: str) -> str:
        call = self._in_call()
        self._telephony.calls.start(self._try(call.caller.press(keys)))
        return ""

    def _suffer(self, name: str) -> str:
        if name not in FAULTS:
            raise Refused(f"there is no fault {name!r}: choose one of {', '.join(FAULTS)}")
        if self._is_in_call:
            self._telephony.calls.start(self._try(self._in_call().caller.suffer(name)))
            return ""
        if name not in ON_CONNECTING:
            raise Refused(f"{name} happens in a call: begin one with /call")
        self._armed.add(name)
        return f"With the next call: {FAULTS[name]}"

    def _write(self, name: str) -> str:
        if self._call is None or not self._call.recording.desk:
            raise Refused("there was no call yet: begin one with /call")
        self._call.recording.save(Path(name or "call.wav"))
        return f"Both sides are in {name or 'call.wav'}: the caller left, the desk right."

    def _in_call(self) -> LiveCall:
        if self._call is None or not self._is_in_call:
            raise Refused("you are in no call: begin one with /call")
        return self._call

    async def _try(self, work: Coroutine[None, None, object]) -> None:
        try:
            await work
        except FrontdeskError as error:
            self._print(str(error))

    def _watch(self, call: LiveCall) -> None:
        self._print(f"{call.ends.from_} calls {call.ends.to}")
        call.line.watchers.append(self._show)

    def _show(self, moment: Moment) -> None:
        if not moment.what.startswith("mark "):
            self._print(moment.line)

    def _print(self, words: str) -> None:
        self._console.print(words, markup=False, highlight=False, soft_wrap=True)
