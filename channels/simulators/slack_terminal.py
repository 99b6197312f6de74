"""The simulated Slack in a terminal: a line for whatever happens, and typed lines as messages."""

from __future__ import annotations

import asyncio
import html
import sys
import threading
from collections.abc import Callable

from rich.console import Console
from rich.text import Text

from channels.simulators.slack_events import Delivery
from channels.simulators.slack_simulator import SlackSimulator
from channels.simulators.slack_workspace import Channel, Json
from core.errors import Refused

HELP = (
    "Type a message and press Enter: it goes to the app as a direct message of Ana. "
    "`ben: hello` writes as Ben, `#support @frontdesk hello` in a channel, `/ask hello` is a command."
)


class SlackTerminal:
    """Prints what happens in `simulator`, and carries out lines that are typed."""

    def __init__(self, simulator: SlackSimulator, console: Console) -> None:
        self._simulator = simulator
        self._console = console
        simulator.world.listeners.append(self._heard)

    def _heard(self, kind: str, what: Json) -> None:
        told: dict[str, Callable[[Json], None]] = {
            "message": self._message,
            "stopped": self._message,
            "ephemeral": self._ephemeral,
            "status": self._status,
            "delivery": self._delivery,
            "call": self._call,
            "view": self._view,
        }
        if kind in told:
            told[kind](what)

    def _message(self, what: Json) -> None:
        workspace = self._simulator.world.workspace_with(what["channel"])
        channel = workspace.channel(what["channel"])
        message = channel.messages.get(what["ts"])
        if message is None or message.get("streaming_state") == "in_progress":
            return
        name = workspace.users[message["user"]].real_name
        place = _place(
            channel,
            name
            if not message.get("bot_id")
            else workspace.users[channel.partner].real_name
            if channel.partner
            else "",
        )
        style = "bold green" if message.get("bot_id") else "bold cyan"
        is_reply = message.get("thread_ts", message["ts"]) != message["ts"]
        self._line(
            (f"{'  ↳ ' if is_reply else ''}{name}", style), (f" {place}: ", "dim"), (_words(message), "")
        )

    def _ephemeral(self, what: Json) -> None:
        workspace = self._simulator.world.workspace_with(what["channel"])
        for message in workspace.surfaces.ephemerals:
            if message["ts"] == what["ts"]:
                to = workspace.users[message["to"]].real_name
                self._line((f"Frontdesk, only to {to}: ", "bold yellow"), (_words(message), ""))

    def _status(self, what: Json) -> None:
        if what["status"]:
            self._line((f"Frontdesk {what['status']}", "dim italic"))

    def _delivery(self, what: Json) -> None:
        one: Delivery = what["delivery"]
        outcome = f"{one.status or one.reason} in {one.seconds * 1000:.0f} ms"
        retry = f" (retry {one.retry})" if one.retry else ""
        self._line((f"→ {one.kind}{retry}: {outcome}", "dim" if one.is_taken else "bold red"))

    def _call(self, what: Json) -> None:
        if what["error"]:
            self._line((f"← {what['method']}: {what['error']}", "red"))

    def _view(self, what: Json) -> None:
        for user, stack in self._simulator.workspace.surfaces.open_views.items():
            if what["id"] in stack:
                view = self._simulator.workspace.surfaces.views[what["id"]]
                name = self._simulator.workspace.users[user].real_name
                self._line(
                    (f"{name} sees the form “{view['title']['text']}”: fill it in on the page", "magenta")
                )

    def _line(self, *parts: tuple[str, str]) -> None:
        self._console.print(Text.assemble(*parts), soft_wrap=True)

    async def obey(self, line: str) -> None:
        """Carry out one typed line; a refusal is a line of its own."""
        user, text = "ana", line.strip()
        head, colon, rest = text.partition(":")
        names = [one.name for one in self._simulator.workspace.users.values() if not one.is_bot]
        if colon and head.strip().lower() in names:
            user, text = head.strip().lower(), rest.strip()
        channel = "dm"
        if text.startswith("#"):
            channel, _, text = text.partition(" ")
        if not text:
            return
        try:
            if text.startswith("/"):
                command, _, words = text.partition(" ")
                await self._simulator.command(user, channel, command, words)
            else:
                await self._simulator.say(user, channel, text)
        except Refused as refusal:
            self._line((str(refusal), "red"))

    def read(self) -> asyncio.Queue[str]:
        """The lines typed on standard input, as they come; the thread that reads ends with the process."""
        lines: asyncio.Queue[str] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def follow() -> None:
            for line in sys.stdin:
                loop.call_soon_threadsafe(lines.put_nowait, line)

        threading.Thread(target=follow, daemon=True, name="typed lines").start()
        return lines


def _place(channel: Channel, partner: str) -> str:
    return f"(direct, {partner})" if channel.partner else f"in #{channel.name}"


def _words(message: Json) -> str:
    """What a message says, with the labels of its buttons."""
    words = [html.unescape(str(message.get("text", "")))]
    words += [f"📎 {one['name']}" for one in message.get("files", [])]
    for block in message.get("blocks", []):
        labels = [
            one.get("text", {}).get("text")
            for one in block.get("elements", [])
            if one.get("type") == "button"
        ]
        if labels:
            words.append(" ".join(f"[{label}]" for label in labels))
        if any(one.get("type") == "feedback_buttons" for one in block.get("elements", [])):
            words.append("[👍] [👎]")
    return "\n".join(filter(None, words))
