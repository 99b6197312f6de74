"""What people write in a simulated Slack: messages, files, and the tabs that they open."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from channels.simulators import slack_payloads
from channels.simulators.slack_events import Deliveries
from channels.simulators.slack_files import keep_file
from channels.simulators.slack_workspace import Channel, Json, User, Workspace
from channels.simulators.slack_world import SlackWorld
from core.errors import Refused

File = tuple[str, bytes]
_TOKEN = re.compile(r"(<[@#!][^>]+>)")
HOME = "home"


class SlackWriters:
    """The hands of the people of all workspaces, as far as they write.

    Users are named by id or as `ana`; channels by id, as `#support`, or as `dm` for the user's with the app.
    """

    def __init__(self, world: SlackWorld, deliveries: Deliveries) -> None:
        self.world = world
        self.deliveries = deliveries

    def place(self, user: str, channel: str) -> tuple[Workspace, User, Channel]:
        """The workspace, user and channel meant; `dm` are the user's direct messages with the app.

        Raises:
            Refused: there is no such user or channel.
        """
        workspace = self.world.workspace_with(channel, user)
        who = workspace.user(user)
        return workspace, who, workspace.direct(who.id) if channel == "dm" else workspace.channel(channel)

    async def say(
        self, user: str, channel: str, text: str, *, thread_ts: str | None = None, files: Sequence[File] = ()
    ) -> str:
        """Post a message as a user and send its events; its `ts`.

        A mention (`@frontdesk`) in a channel of the bot comes as two events, `app_mention` and `message`.

        Raises:
            Refused: `user_not_found`, `channel_not_found` or `not_in_channel`.
        """
        workspace, who, where = self.place(user, channel)
        if who.id not in where.members:
            raise Refused("not_in_channel")
        words = as_slack_writes(text, workspace)
        ts = workspace.timestamp(self.world.clock())
        message: Json = {
            "type": "message",
            "user": who.id,
            "client_msg_id": f"{ts}-{who.id}",
            "text": words,
            "team": workspace.id,
            "ts": ts,
        }
        if words:
            message["blocks"] = [slack_payloads.rich_text(words)]
        if thread_ts:
            message["thread_ts"] = thread_ts
            message["parent_user_id"] = where.messages.get(thread_ts, {}).get("user", "")
        if files:
            message["subtype"] = "file_share"
            message["files"] = [keep_file(self.world, workspace, name, data, who.id) for name, data in files]
            message["upload"] = True
        self.world.posted(workspace, where, message)
        if f"<@{workspace.bot}>" in words and not where.partner:
            mention = {name: value for name, value in message.items() if name not in ("subtype", "upload")}
            self.world.tell(workspace, where, mention | {"type": "app_mention", "event_ts": ts})
        return ts

    async def edit(self, user: str, channel: str, ts: str, text: str) -> None:
        """Change a message of the user's own."""
        workspace, who, where = self.place(user, channel)
        message = workspace.message(where, ts)
        before = dict(message)
        message["text"] = as_slack_writes(text, workspace)
        message["blocks"] = [slack_payloads.rich_text(message["text"])]
        message["edited"] = {"user": who.id, "ts": workspace.timestamp(self.world.clock())}
        self.world.edited(workspace, where, before, message)

    async def remove(self, user: str, channel: str, ts: str) -> None:
        """Delete a message of the user's own."""
        workspace, _, where = self.place(user, channel)
        self.world.removed(workspace, where, workspace.message(where, ts))

    async def upload(
        self, user: str, channel: str, name: str, content: bytes, text: str = "", thread_ts: str | None = None
    ) -> str:
        """Share a file in a message; the file's id."""
        ts = await self.say(user, channel, text, thread_ts=thread_ts, files=[(name, content)])
        _, _, where = self.place(user, channel)
        return str(where.messages[ts]["files"][0]["id"])

    async def open_home(self, user: str, tab: str = "messages") -> None:
        """Open the app's `messages` or `home` tab."""
        workspace, who, where = self.place(user, "dm")
        event: Json = {"type": "app_home_opened", "user": who.id, "channel": where.id, "tab": tab}
        if tab == HOME and who.id in workspace.surfaces.homes:
            event["view"] = workspace.surfaces.homes[who.id]
        self.world.announce(workspace, event | {"event_ts": workspace.timestamp(self.world.clock())})

    async def open_assistant_thread(self, user: str, channel: str = "") -> str:
        """Open a new thread in the older assistant view, seen from a channel; its `thread_ts`."""
        workspace, who, where = self.place(user, "dm")
        message = self.world.bot_message(workspace, "New Assistant Thread")
        message |= {
            "subtype": "assistant_app_thread",
            "assistant_app_thread": {"title": "New Assistant Thread"},
        }
        self.world.posted(workspace, where, message)
        context: Json = {"team_id": workspace.id, "enterprise_id": None} if channel else {}
        if channel:
            context["channel_id"] = workspace.channel(channel).id
        thread = {"user_id": who.id, "context": context, "channel_id": where.id, "thread_ts": message["ts"]}
        event = {"type": "assistant_thread_started", "assistant_thread": thread, "event_ts": message["ts"]}
        self.world.announce(workspace, event)
        return str(message["ts"])

    async def look_at(self, user: str, channel: str, thread_ts: str | None = None) -> None:
        """Open a channel beside the app, which hears of it; with `thread_ts` as an older assistant does."""
        workspace, who, where = self.place(user, channel)
        direct = workspace.direct(who.id).id
        event: Json = {"event_ts": workspace.timestamp(self.world.clock())}
        if thread_ts:
            context = {"channel_id": where.id, "team_id": workspace.id, "enterprise_id": None}
            thread = {"user_id": who.id, "context": context, "channel_id": direct, "thread_ts": thread_ts}
            event |= {"type": "assistant_thread_context_changed", "assistant_thread": thread}
        else:
            seen = {"type": "slack#/types/channel_id", "value": where.id, "team_id": workspace.id}
            event |= {
                "type": "app_context_changed",
                "user": who.id,
                "channel": direct,
                "context": {"entities": [seen]},
            }
        self.world.announce(workspace, event)


def as_slack_writes(text: str, workspace: Workspace) -> str:
    """Words as events carry them: `&`, `<` and `>` escaped, and mentions by id."""
    parts = _TOKEN.split(text)
    words = "".join(part if _TOKEN.fullmatch(part) else html.escape(part, quote=False) for part in parts)
    for user in workspace.users.values():
        words = re.sub(rf"(?<!\w)@{re.escape(user.name)}\b", f"<@{user.id}>", words, flags=re.IGNORECASE)
    return words
