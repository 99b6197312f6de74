"""The simulated carrier in a terminal: what happens, as it happens; what is typed is texted."""

from __future__ import annotations

import asyncio
import mimetypes
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from rich.console import Console
from rich.text import Text as Line

from channels.simulators.sms_carrier import Happening
from channels.simulators.sms_faults import FAULTS
from channels.simulators.sms_simulator import Channel, SmsSimulator
from channels.simulators.sms_texts import Media
from core.errors import Refused

_TICKS = {"queued": "·", "accepted": "·", "sending": "›", "sent": "✓", "delivered": "✓✓", "read": "✓✓ read"}
_HELP = """What you type is texted to the desk. Besides:
  /phone +15005550123   text from another phone     /channel whatsapp   or sms, rcs
  /attach FILE          a picture or PDF goes with the next text
  /fault NAME [TIMES]   let something go wrong      /faults             what can
  /quit                 stop"""

_FAULT_LIST = "\n".join(f"  {name:18} {does}" for name, does in FAULTS.items())


@dataclass(slots=True, kw_only=True)
class _Phone:
    number: str
    channel: Channel = "sms"
    attached: list[Media] | None = None


class SmsTerminal:
    """Prints what happens at the carrier, and texts what is typed."""

    def __init__(self, simulator: SmsSimulator, console: Console, phone: str) -> None:
        self._simulator = simulator
        self._console = console
        self._phone = _Phone(number=phone)

    async def show(self) -> None:
        """Print each thing that happens, until cancelled."""
        shown = 0
        while True:
            for each in [each for each in self._simulator.carrier.happenings if each.number > shown]:
                shown = each.number
                if self._is_worth_a_line(each):
                    self._console.print(_line(each), soft_wrap=True)
            await self._simulator.carrier.change()

    def _is_worth_a_line(self, happened: Happening) -> bool:
        """Whether somebody at a terminal wants it: texts once, and whatever went wrong."""
        if happened.is_trouble or happened.kind == "fault":
            return True
        return happened.kind == "text" and happened.words in {"received", "delivered", "read"}

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
        if not said.startswith("/"):
            await self._text(said)
            return
        verb, _, rest = said.partition(" ")
        verbs: dict[str, Callable[[str], str]] = {
            "/phone": self._choose_phone,
            "/channel": self._choose_channel,
            "/attach": self._attach,
            "/fault": self._arm,
        }
        words = _FAULT_LIST if verb == "/faults" else _HELP
        try:
            if verb in verbs:
                words = verbs[verb](rest.strip())
        except (Refused, OSError) as error:
            words = f"{error}"
        self._console.print(words, style="dim", markup=False, highlight=False, soft_wrap=True)

    async def _text(self, said: str) -> None:
        phone = self._phone
        media, phone.attached = phone.attached or [], None
        sending = self._simulator.text(phone.number, said, media=media, channel=phone.channel)

        async def sent() -> None:
            await sending

        self._simulator.start(sent())

    def _choose_phone(self, number: str) -> str:
        if not number.startswith("+") or not number[1:].isdecimal():
            raise Refused(f"a phone is written as +15005550123, and {number!r} is not")
        self._phone.number = number
        return f"You text from {number}."

    def _choose_channel(self, channel: str) -> str:
        if channel not in {"sms", "whatsapp", "rcs"}:
            raise Refused(f"there is no channel {channel!r}: choose sms, whatsapp or rcs")
        self._phone.channel = cast(Channel, channel)
        return f"You text by {channel}."

    def _attach(self, name: str) -> str:
        file = Path(name).expanduser()
        content_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        media = Media(content_type=content_type, content=file.read_bytes())
        self._phone.attached = [*(self._phone.attached or ()), media]
        return f"{file.name} ({content_type}) goes with your next text."

    def _arm(self, said: str) -> str:
        name, _, count = said.partition(" ")
        times = int(count) if count.strip().lstrip("-").isdecimal() else None
        self._simulator.faults.arm(name, times)
        return f"{name}: {FAULTS[name]}"


def _line(happened: Happening) -> Line:
    line = Line()
    text = happened.text
    if happened.kind != "text" or text is None:
        line.append(f"  {happened.words}", style="red" if happened.is_trouble else "dim")
        return line
    if happened.words == "read":
        return line.append(f"  ✓✓ {text.phone} read it", style="dim")
    who = text.phone if text.is_inbound else f"desk → {text.phone}"
    line.append(f"{who}  ", style="bold cyan" if text.is_inbound else "bold green")
    line.append(text.body or "(no words)")
    line.append(f" {'📎' * len(text.media)}" if text.media else "")
    parts = f"{text.parts} part{'s' if text.parts > 1 else ''}"
    trouble = f" · error {text.error_code}" if text.error_code else ""
    tick = "" if text.is_inbound else f" · {_TICKS.get(happened.words, happened.words)}"
    line.append(f"  {parts}{tick}{trouble}", style="red" if trouble else "dim")
    return line


def typed_lines() -> asyncio.Queue[str | None]:
    """The lines of standard input as they are typed, and None at its end.

    A thread of its own reads them: it ends with the process, and nothing else waits for it.
    """
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line)
        loop.call_soon_threadsafe(lines.put_nowait, None)

    threading.Thread(target=read, name="typed lines", daemon=True).start()
    return lines
