"""What people do in a simulated Slack: write, click, fill in, type commands, open tabs, upload."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from channels.simulators import slack_payloads
from channels.simulators.slack_chat import Caller, content_of, show_ephemeral
from channels.simulators.slack_events import Deliveries
from channels.simulators.slack_files import keep_file
from channels.simulators.slack_payloads import Clicked
from channels.simulators.slack_views import made_view
from channels.simulators.slack_workspace import Channel, Json, User, Workspace
from channels.simulators.slack_world import ResponseUrl, SlackWorld
from core.errors import Refused

File = tuple[str, bytes]
_TOKEN = re.compile(r"(<[@#!][^>]+>)")
_TOP = "modal"
_HOME = "home"


class SlackPeople:
    """The hands of the people of all workspaces.

    Users are named by id or as `ana`; channels by id, as `#support`, or as `dm` for the user's with the app.
    """

    def __init__(self, world: SlackWorld, deliveries: Deliveries) -> None:
        self.world = world
        self.deliveries = deliveries
        self._chosen: dict[str, dict[str, Json]] = {}

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
        words = _as_slack_writes(text, workspace)
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
        message["text"] = _as_slack_writes(text, workspace)
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

    async def click(self, user: str, ts: str, action_id: str, value: str | None = None) -> Json:
        """Click a button; with `value` the one that carries it (feedback buttons have two).

        `ts` names the message, or is `home` or `modal` for what the user has open. What the app answered.

        Raises:
            Refused: the user sees no such button, or the app did not take the click.
        """
        return await self._act(user, ts, Clicked(action_id=action_id, value=value))

    async def choose(self, user: str, ts: str, action_id: str, value: str) -> Json:
        """Choose an option of a select or of radio buttons by its value or its words; as `click` does."""
        return await self._act(user, ts, Clicked(action_id=action_id, value=value, is_choice=True))

    async def _act(self, user: str, ts: str, clicked: Clicked) -> Json:
        workspace, surface, container, place = self._surface(user, ts)
        action = slack_payloads.action(
            surface.get("blocks", []), clicked, workspace.timestamp(self.world.clock())
        )
        payload = self._payload("block_actions", workspace, workspace.user(user))
        state = self._chosen.setdefault(f"{place.user}{ts}", {})
        if clicked.is_choice:
            state.setdefault(action["block_id"], {})[action["action_id"]] = action
        payload |= {"container": container, "actions": [action], "state": {"values": state}}
        if container["type"] == "view":
            payload["view"] = surface
        else:
            channel = workspace.channel(place.channel)
            payload["channel"] = {
                "id": channel.id,
                "name": "directmessage" if channel.partner else channel.name,
            }
            if not surface.get("is_ephemeral"):
                payload["message"] = surface
            payload["response_url"] = self.world.response_url(place)
        is_taken, answer = await self.deliveries.interact(payload)
        if not is_taken:
            self.world.changed("failed", {"user": place.user, "what": clicked.action_id})
            raise Refused("the app did not take the click")
        return answer

    def _surface(self, user: str, ts: str) -> tuple[Workspace, Json, Json, ResponseUrl]:
        """What holds the button: a message or a view, as its `container`, and where an answer would go."""
        workspace = self.world.workspace_with(user)
        who = workspace.user(user)
        place = ResponseUrl(team_id=workspace.id, channel="", user=who.id, message_ts=ts)
        if ts in (_HOME, _TOP):
            view = self.view(user) if ts == _TOP else workspace.surfaces.homes.get(who.id)
            if view is None:
                raise Refused(f"{who.name} has no {ts} open")
            return workspace, view, {"type": "view", "view_id": view["id"]}, place
        for team in self.world.workspaces.values():
            for message, channel in slack_payloads.visible(team, ts, who.id):
                place.team_id, place.channel = team.id, channel
                place.thread_ts = str(message.get("thread_ts", ""))
                container: Json = {"type": "message", "message_ts": ts, "channel_id": channel}
                container["is_ephemeral"] = bool(message.get("is_ephemeral"))
                if place.thread_ts:
                    container["thread_ts"] = place.thread_ts
                return team, message, container, place
        raise Refused("message_not_found")

    def _payload(self, kind: str, workspace: Workspace, who: User) -> Json:
        payload = slack_payloads.interaction(kind, workspace, who)
        return payload | {"trigger_id": self.world.trigger(workspace, who.id)}

    def view(self, user: str) -> Json | None:
        """The modal that lies on top for the user, if one is open."""
        workspace = self.world.workspace_with(user)
        stack = workspace.surfaces.open_views.get(workspace.user(user).id)
        return workspace.surfaces.views[stack[-1]] if stack else None

    async def submit(self, user: str, values: dict[str, str | list[str]] | None = None) -> Json:
        """Fill in the open modal, by `action_id` or `block_id`, and submit it; what the app answered.

        Raises:
            Refused: no modal is open, a field that is needed is empty, or the app did not take it.
        """
        workspace = self.world.workspace_with(user)
        who = workspace.user(user)
        view = self.view(user)
        if view is None:
            raise Refused(f"{who.name} has no modal open")
        view["state"] = {"values": slack_payloads.filled(view["blocks"], values or {})}
        payload = self._payload("view_submission", workspace, who) | {"view": view, "response_urls": []}
        is_taken, answer = await self.deliveries.interact(payload)
        if not is_taken:
            self.world.changed("failed", {"user": who.id, "what": view["callback_id"]})
            raise Refused("the app did not take the form")
        self._after_submission(workspace, who, view, answer)
        return answer

    def _after_submission(self, workspace: Workspace, who: User, view: Json, answer: Json) -> None:
        stack = workspace.surfaces.open_views[who.id]
        caller = Caller(world=self.world, workspace=workspace)
        what = answer.get("response_action")
        view.pop("errors", None)
        if what == "errors":
            view["errors"] = answer.get("errors", {})
        elif what == "update":
            made_view(caller, answer["view"], view["id"])
        elif what == "push":
            stack.append(made_view(caller, answer["view"])["id"])
        elif what == "clear":
            stack.clear()
        elif view["id"] in stack:
            stack.remove(view["id"])
        self.world.changed("view", {"id": view["id"], "user": who.id})

    async def close_view(self, user: str) -> None:
        """Close the modal on top; the app hears of it where it asked to."""
        workspace = self.world.workspace_with(user)
        who = workspace.user(user)
        view = self.view(user)
        if view is None:
            return
        workspace.surfaces.open_views[who.id].pop()
        self.world.changed("view", {"id": view["id"], "user": who.id})
        if view["notify_on_close"]:
            await self.deliveries.interact(
                self._payload("view_closed", workspace, who) | {"view": view, "is_cleared": False}
            )

    async def command(self, user: str, channel: str, command: str, text: str = "") -> Json:
        """Type a slash command; what the app answered at once. An answer with words is shown."""
        workspace, who, where = self.place(user, channel)
        place = ResponseUrl(team_id=workspace.id, channel=where.id, user=who.id)
        form = slack_payloads.command(workspace, who, where, command, _as_slack_writes(text, workspace))
        form |= {
            "response_url": self.world.response_url(place),
            "trigger_id": self.world.trigger(workspace, who.id),
        }
        is_taken, answer = await self.deliveries.command(form)
        caller = Caller(world=self.world, workspace=workspace)
        if not is_taken:
            answer = {"text": f"{command} failed with the error “dispatch_failed”"}
        if answer.get("text") or answer.get("blocks"):
            message = self.world.bot_message(workspace, "") | content_of(answer)
            if answer.get("response_type") == "in_channel":
                self.world.posted(workspace, where, message)
            else:
                show_ephemeral(caller, where, who.id, message)
        return answer

    async def open_home(self, user: str, tab: str = "messages") -> None:
        """Open the app's `messages` or `home` tab."""
        workspace, who, where = self.place(user, "dm")
        event: Json = {"type": "app_home_opened", "user": who.id, "channel": where.id, "tab": tab}
        if tab == _HOME and who.id in workspace.surfaces.homes:
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


def _as_slack_writes(text: str, workspace: Workspace) -> str:
    """Words as events carry them: `&`, `<` and `>` escaped, and mentions by id."""
    parts = _TOKEN.split(text)
    words = "".join(part if _TOKEN.fullmatch(part) else html.escape(part, quote=False) for part in parts)
    for user in workspace.users.values():
        words = re.sub(rf"(?<!\w)@{re.escape(user.name)}\b", f"<@{user.id}>", words, flags=re.IGNORECASE)
    return words
