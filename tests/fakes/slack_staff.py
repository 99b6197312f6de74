"""A desk with a simulated Slack beside it, each behind its own socket, for tests of the staff's threads."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal

from channels.simulators.credentials import slack_credentials
from channels.simulators.slack_people import SlackPeople
from channels.simulators.slack_simulator import SlackSimulator
from channels.simulators.slack_workspace import Json, User
from config.settings import Settings
from tests.fakes.running_desk import RunningDesk, ask, running_desk

T = TypeVar("T")
CHANNEL = "#support"


class Boss(User):
    """An admin of the workspace."""

    def shape(self, team_id: str) -> Json:
        return super().shape(team_id) | {"is_admin": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackDesk:
    """The desk, Slack, and the hands of those in it."""

    served: RunningDesk
    slack: SlackSimulator
    portal: BlockingPortal

    def do(self, function: Callable[..., Awaitable[T]], *args: object, **named: object) -> T:
        """Do something in Slack."""
        return self.portal.call(partial(function, *args, **named))

    def until(self, is_so: Callable[[], Any], seconds: float = 15) -> Any:
        """What `is_so` says, once that is something."""
        end = time.monotonic() + seconds
        while not (found := is_so()):
            assert time.monotonic() < end, "it did not come true"
            time.sleep(0.02)
        return found

    def roots(self, channel: str = CHANNEL) -> list[Json]:
        """The messages that the threads begin with."""
        return [one for one in self.slack.messages(channel) if one.get("thread_ts", one["ts"]) == one["ts"]]

    def root(self) -> Json:
        """The only thread's first message, once it is there."""
        roots: list[Json] = self.until(self.roots)
        assert len(roots) == 1
        return roots[0]

    def thread(self) -> list[str]:
        """What stands in the only thread below its first message, as words."""
        return [words(one) for one in self.slack.messages(CHANNEL, self.root()["ts"])[1:]]

    def waits_for(self, text: str) -> str:
        """The one message in the thread that says this, once it is there."""
        found = self.until(lambda: [one for one in self.thread() if text in one])
        assert len(found) == 1, found
        return str(found[0])

    def ts_of(self, text: str) -> str:
        """When the message that says this was posted."""
        self.waits_for(text)
        return next(
            one["ts"] for one in self.slack.messages(CHANNEL, self.root()["ts"]) if text in words(one)
        )

    def click(self, user: str, action_id: str, ts: str = "") -> Json:
        """Click a button, of the thread's first message where no other is named."""
        return self.do(SlackPeople.click, self.slack, user, ts or self.root()["ts"], action_id)

    def fill_in(self, user: str, values: dict[str, Any]) -> Json:
        """Hand in the modal that is open, once it is."""
        self.until(lambda: self.slack.view(user))
        return self.do(SlackPeople.submit, self.slack, user, values)

    def reply(self, user: str, text: str) -> Json:
        """Answer the customer by the button."""
        self.click(user, "desk_reply")
        return self.fill_in(user, {"words": text})

    def whispers(self, user: str) -> list[str]:
        """What only this person was told."""
        return [str(one["text"]) for one in self.slack.ephemerals(CHANNEL, user)]

    def state(self) -> str:
        """How the first message says that the ticket stands."""
        return words(self.root())

    def labels(self) -> list[str]:
        """The buttons of the first message."""
        return [one["text"]["text"] for one in buttons(self.root())]


def words(message: Json) -> str:
    """All that a message shows."""
    found: list[str] = []

    def walk(part: Any) -> None:
        if isinstance(part, dict):
            if isinstance(part.get("text"), str):
                found.append(part["text"])
            for name, one in part.items():
                if name != "confirm":
                    walk(one)
        elif isinstance(part, list):
            for one in part:
                walk(one)

    walk(message.get("blocks") or [{"text": message["text"]}])
    return "\n".join(found)


def buttons(message: Json) -> list[Json]:
    """The buttons of a message."""
    return [
        one for block in message.get("blocks", []) if block["type"] == "actions" for one in block["elements"]
    ]


@contextmanager
def slack_desk(folder: Path, *, pages: bool = False, **chosen: Any) -> Iterator[SlackDesk]:
    """A desk that takes its tickets to the #support of the simulated Slack, with the pages where wanted."""
    known = slack_credentials(folder)
    simulator = SlackSimulator(
        signing_secret=known.signing_secret,
        bot_token=known.bot_token,
        app_token=known.app_token,
        retry_delays=(0.2, 0.2, 0.2),
    )
    boss = simulator.workspace.add_user("boss", "Bo Boss", email="boss@example.com")
    simulator.workspace.users[boss.id] = Boss(
        id=boss.id, name=boss.name, real_name=boss.real_name, email=boss.email
    )
    simulator.workspace.channel(CHANNEL).members.extend([boss.id, simulator.workspace.user("gus").id])
    with (
        start_blocking_portal("asyncio") as portal,
        portal.wrap_async_context_manager(simulator.serving()) as url,
    ):
        slack = {"simulator_port": int(url.rpartition(":")[2]), **chosen.pop("slack", {})}
        settings = Settings(data=folder, _env_file=None, slack=slack, **chosen)
        with running_desk(settings, pages=pages, doors=True) as served:
            simulator.deliveries.events_url = f"{served.url}/channels/slack/events"
            yield SlackDesk(served=served, slack=simulator, portal=portal)


def asks_for_a_person(served: RunningDesk, *before: str) -> tuple[str, httpx.Client]:
    """A customer on the web page who said something and then wants a person."""
    conversation, customer = served.begin()
    for text in (*before, "I want to talk to a real person"):
        ask(customer, conversation, text)
    return conversation, customer
