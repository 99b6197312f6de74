"""What people do in a simulated Slack beside writing: click, choose, fill in, type commands."""

from __future__ import annotations

from channels.simulators import slack_payloads
from channels.simulators.slack_blocks import checked_view
from channels.simulators.slack_chat import Caller, content_of, show_ephemeral
from channels.simulators.slack_events import Deliveries
from channels.simulators.slack_payloads import Clicked
from channels.simulators.slack_views import made_view
from channels.simulators.slack_workspace import Json, User, Workspace
from channels.simulators.slack_world import ResponseUrl, SlackWorld
from channels.simulators.slack_writing import HOME, SlackWriters, as_slack_writes
from core.errors import Refused

_TOP = "modal"


class SlackPeople(SlackWriters):
    """The hands of the people of all workspaces. What they choose in a message stays chosen."""

    def __init__(self, world: SlackWorld, deliveries: Deliveries) -> None:
        super().__init__(world, deliveries)
        self._chosen: dict[str, dict[str, Json]] = {}

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
        if ts in (HOME, _TOP):
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
            made_view(caller, checked_view(answer.get("view")), view["id"])
        elif what == "push":
            stack.append(made_view(caller, checked_view(answer.get("view")))["id"])
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
        form = slack_payloads.command(workspace, who, where, command, as_slack_writes(text, workspace))
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
