"""What all parts of a simulated Slack share: workspaces and tokens, the clock, and what happened so far."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from channels.simulators.slack_faults import Faults
from channels.simulators.slack_workspace import APP_ID, Channel, Json, Workspace
from core.errors import Refused

Clock = Callable[[], float]
Listener = Callable[[str, Json], None]

RESPONSE_URL_S = 30 * 60
RESPONSE_URL_USES = 5
TRIGGER_S = 3.0
MOST_CALLS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What Slack knows the app by. The client id and secret for OAuth are made from the signing secret."""

    signing_secret: str = field(repr=False)
    bot_token: str = field(repr=False)
    app_token: str = field(repr=False)

    @property
    def client_id(self) -> str:
        """The client id that OAuth asks for."""
        return f"1.{int(hashlib.sha256(self.signing_secret.encode()).hexdigest()[:10], 16)}"

    @property
    def client_secret(self) -> str:
        """The client secret that OAuth asks for."""
        return hashlib.sha256(b"client" + self.signing_secret.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of the Web API: what was asked, and the error it was answered with, if any."""

    method: str
    arguments: Json
    team_id: str = ""
    error: str = ""
    at: float = 0.0


@dataclass(slots=True, kw_only=True)
class ResponseUrl:
    """Where the app may answer to an interaction or a command, for a while and a few times."""

    team_id: str
    channel: str
    user: str
    message_ts: str = ""
    thread_ts: str = ""
    until: float = 0.0
    uses: int = RESPONSE_URL_USES


@dataclass(slots=True, kw_only=True)
class Trigger:
    """What lets the app open a modal for a user, once and soon."""

    team_id: str
    user: str
    until: float
    is_used: bool = False


class SlackWorld:
    """The state of the simulator, without a way in or out. `listeners` hear of all that happens."""

    def __init__(self, credentials: Credentials, clock: Clock) -> None:
        self.credentials = credentials
        self.clock = clock
        self.faults = Faults()
        self.workspaces: dict[str, Workspace] = {}
        self.calls: list[Call] = []
        self.response_urls: dict[str, ResponseUrl] = {}
        self.triggers: dict[str, Trigger] = {}
        self.listeners: list[Listener] = []
        self.announce: Callable[[Workspace, Json], None] = lambda workspace, event: None
        """Sends an event to the app; set by whoever can."""
        self.base_url = ""
        self.add_workspace(bot_token=credentials.bot_token)

    def add_workspace(self, name: str = "Juniper & Lamp", *, bot_token: str = "") -> Workspace:
        """Another team, T01JUNIPER being the first; without a token the app is not installed there."""
        workspace = Workspace(len(self.workspaces) + 1, name, bot_token=bot_token)
        self.workspaces[workspace.id] = workspace
        return workspace

    def workspace_of(self, token: str) -> Workspace:
        """The workspace that a bot token opens.

        Raises:
            Refused: `not_authed`, `token_revoked` or `invalid_auth`.
        """
        if not token:
            raise Refused("not_authed")
        if token in self.faults.revoked:
            raise Refused("token_revoked")
        for workspace in self.workspaces.values():
            if workspace.bot_token and secrets.compare_digest(token.encode(), workspace.bot_token.encode()):
                return workspace
        raise Refused("invalid_auth")

    def workspace_with(self, *said: str) -> Workspace:
        """The workspace of the first channel's or user's id among what is `said`; for names the first one."""
        for name in said:
            for workspace in self.workspaces.values():
                if name in workspace.channels or name in workspace.users:
                    return workspace
        return next(iter(self.workspaces.values()))

    def changed(self, kind: str, what: Json) -> None:
        """Tell the listeners: `message`, `stream`, `deleted`, `view`, `call`, `event` and the like."""
        for listener in list(self.listeners):
            listener(kind, what)

    def record(self, call: Call) -> None:
        """Keep a call for assertions; the oldest are forgotten."""
        self.calls.append(call)
        del self.calls[:-MOST_CALLS]
        self.changed("call", {"method": call.method, "error": call.error})

    def posted(self, workspace: Workspace, channel: Channel, message: Json) -> None:
        """Keep a message, and send its event as Slack does: the app hears its own messages too."""
        workspace.put(channel, message)
        if message.get("bot_id"):
            # What the app posts in a thread takes its status away.
            workspace.surfaces.statuses.pop((channel.id, message.get("thread_ts", "")), None)
        self.changed("message", {"channel": channel.id, "ts": message["ts"]})
        event = {
            name: value for name, value in message.items() if name not in ("metadata", "streaming_state")
        }
        self.tell(workspace, channel, event | {"type": "message", "event_ts": message["ts"]})

    def tell(self, workspace: Workspace, channel: Channel, event: Json) -> None:
        """Send an event of this channel, where the bot is in it."""
        if workspace.bot_token and workspace.bot in channel.members:
            self.announce(workspace, event | {"channel": channel.id, "channel_type": channel.kind})

    def edited(self, workspace: Workspace, channel: Channel, before: Json, after: Json) -> None:
        """Send `message_changed`."""
        self.changed("message", {"channel": channel.id, "ts": after["ts"]})
        at = workspace.timestamp(self.clock())
        event = {"type": "message", "subtype": "message_changed", "hidden": True, "ts": at, "event_ts": at}
        self.tell(workspace, channel, event | {"message": dict(after), "previous_message": before})

    def removed(self, workspace: Workspace, channel: Channel, message: Json) -> None:
        """Take a message away and send `message_deleted`."""
        channel.messages.pop(message["ts"], None)
        root = channel.messages.get(message.get("thread_ts", ""))
        if root is not None:
            workspace.count(channel, root)
        self.changed("deleted", {"channel": channel.id, "ts": message["ts"]})
        at = workspace.timestamp(self.clock())
        event = {"type": "message", "subtype": "message_deleted", "hidden": True, "ts": at, "event_ts": at}
        self.tell(workspace, channel, event | {"deleted_ts": message["ts"], "previous_message": message})

    def bot_message(self, workspace: Workspace, text: str, thread_ts: str = "") -> Json:
        """A message of the app's, with a `ts` of its own, not kept yet."""
        message: Json = {
            "type": "message",
            "user": workspace.bot,
            "bot_id": workspace.bot_id,
            "app_id": APP_ID,
            "team": workspace.id,
            "text": text,
            "ts": workspace.timestamp(self.clock()),
            "bot_profile": {
                "id": workspace.bot_id,
                "app_id": APP_ID,
                "name": "Frontdesk",
                "team_id": workspace.id,
            },
        }
        return message | ({"thread_ts": thread_ts} if thread_ts else {})

    def trigger(self, workspace: Workspace, user: str) -> str:
        """A new `trigger_id`."""
        name = f"{len(self.triggers) + 1}.{secrets.token_hex(8)}"
        self.triggers[name] = Trigger(team_id=workspace.id, user=user, until=self.clock() + TRIGGER_S)
        return name

    def response_url(self, place: ResponseUrl) -> str:
        """A new `response_url` for this place."""
        name = secrets.token_urlsafe(18)
        place.until = self.clock() + RESPONSE_URL_S
        self.response_urls[name] = place
        return f"{self.base_url}/response/{place.team_id}/{name}"


async def until(world: SlackWorld, is_so: Callable[[], object], timeout_s: float) -> None:
    """Wait until `is_so()` is true, asked whenever something happened.

    Raises:
        TimeoutError: it did not come true within `timeout_s` seconds.
    """
    happened = asyncio.Event()

    def listen(kind: str, what: Json) -> None:
        happened.set()

    world.listeners.append(listen)
    try:
        async with asyncio.timeout(timeout_s):
            while not is_so():
                happened.clear()
                # What the app keeps for itself changes without a word from here.
                with suppress(TimeoutError):
                    await asyncio.wait_for(happened.wait(), 0.05)
    finally:
        world.listeners.remove(listen)
