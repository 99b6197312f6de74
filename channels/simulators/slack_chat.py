"""The `chat.*` methods but for streams, and what is posted to a `response_url`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from channels.simulators.slack_blocks import MOST_MARKDOWN, MOST_TEXT, blocks_of, decoded
from channels.simulators.slack_workspace import Channel, Json, Workspace
from channels.simulators.slack_world import ResponseUrl, SlackWorld
from core.errors import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls a method: the app in one workspace."""

    world: SlackWorld
    workspace: Workspace

    def channel(self, arguments: Json, name: str = "channel") -> Channel:
        """The channel a call names.

        Raises:
            Refused: `channel_not_found`, also where none is named.
        """
        return self.workspace.channel(str(arguments.get(name) or "-"))

    def own_channel(self, arguments: Json) -> Channel:
        """The channel a call names, with the bot in it.

        Raises:
            Refused: `channel_not_found` or `not_in_channel`.
        """
        channel = self.channel(arguments)
        if self.workspace.bot not in channel.members:
            raise Refused("channel_not_found" if channel.is_private else "not_in_channel")
        return channel

    def own_message(self, arguments: Json, refusal: str) -> tuple[Channel, Json]:
        """A message of the app's that a call names by `channel` and `ts`.

        Raises:
            Refused: `channel_not_found`, `message_not_found`, or `refusal` for somebody else's.
        """
        channel = self.channel(arguments)
        message = self.workspace.message(channel, str(arguments.get("ts")))
        if message.get("bot_id") != self.workspace.bot_id:
            raise Refused(refusal)
        return channel, message


def content_of(arguments: Json) -> Json:
    """The text, blocks and metadata of a message, checked; what is not given is left out.

    Raises:
        Refused: `no_text`, `msg_too_long`, `invalid_blocks`, `markdown_text_conflict` and the like.
    """
    content: Json = {}
    markdown = arguments.get("markdown_text")
    if markdown:
        if arguments.get("text") or arguments.get("blocks"):
            raise Refused("markdown_text_conflict")
        if len(str(markdown)) > MOST_MARKDOWN:
            raise Refused("msg_too_long")
        return _with_metadata(
            {
                "text": str(markdown),
                "blocks": [{"type": "markdown", "block_id": "b0", "text": str(markdown)}],
            },
            arguments,
        )
    blocks = blocks_of(arguments)
    text = str(arguments.get("text") or "")
    if not text and not blocks and not arguments.get("attachments"):
        raise Refused("no_text")
    content["text"] = text[:MOST_TEXT]
    if blocks:
        content["blocks"] = blocks
    return _with_metadata(content, arguments)


def _with_metadata(content: Json, arguments: Json) -> Json:
    metadata = decoded(arguments.get("metadata"), "invalid_metadata_format")
    if metadata is not None:
        if not isinstance(metadata, dict) or "event_type" not in metadata or "event_payload" not in metadata:
            raise Refused("invalid_metadata_schema")
        content["metadata"] = metadata
    return content


def post_message(caller: Caller, arguments: Json) -> Json:
    """`chat.postMessage`."""
    channel = caller.own_channel(arguments)
    content = content_of(arguments)
    message = caller.world.bot_message(caller.workspace, "", str(arguments.get("thread_ts") or "")) | content
    if decoded(arguments.get("reply_broadcast"), "invalid_arguments") is True and "thread_ts" in message:
        message["subtype"] = "thread_broadcast"
    caller.world.posted(caller.workspace, channel, message)
    return {"channel": channel.id, "ts": message["ts"], "message": message}


def post_ephemeral(caller: Caller, arguments: Json) -> Json:
    """`chat.postEphemeral`."""
    channel = caller.own_channel(arguments)
    user = caller.workspace.user(str(arguments.get("user")))
    if user.id not in channel.members:
        raise Refused("user_not_in_channel")
    message = caller.world.bot_message(caller.workspace, "", str(arguments.get("thread_ts") or ""))
    message |= content_of(arguments)
    show_ephemeral(caller, channel, user.id, message)
    return {"message_ts": message["ts"]}


def show_ephemeral(caller: Caller, channel: Channel, user: str, message: Json) -> None:
    """Show a message to one user only, in Slack's words "only visible to you"."""
    message |= {"is_ephemeral": True, "channel": channel.id, "to": user}
    caller.workspace.surfaces.ephemerals.append(message)
    caller.world.changed("ephemeral", {"channel": channel.id, "ts": message["ts"]})


def update(caller: Caller, arguments: Json) -> Json:
    """`chat.update`: text without blocks takes the old blocks away, as at Slack."""
    channel, message = caller.own_message(arguments, "cant_update_message")
    if message.get("streaming_state") == "in_progress":
        raise Refused("streaming_state_conflict")
    before = dict(message)
    content = content_of(arguments)
    message.pop("blocks", None)
    message.update(content)
    message["edited"] = {"user": caller.workspace.bot, "ts": caller.workspace.timestamp(caller.world.clock())}
    caller.world.edited(caller.workspace, channel, before, message)
    return {"channel": channel.id, "ts": message["ts"], "text": message["text"], "message": message}


def delete(caller: Caller, arguments: Json) -> Json:
    """`chat.delete`."""
    channel, message = caller.own_message(arguments, "cant_delete_message")
    caller.world.removed(caller.workspace, channel, message)
    return {"channel": channel.id, "ts": message["ts"]}


def permalink(caller: Caller, arguments: Json) -> Json:
    """`chat.getPermalink`."""
    channel = caller.channel(arguments)
    ts = str(arguments.get("message_ts"))
    message = caller.workspace.message(channel, ts)
    link = f"{caller.world.base_url}/archives/{channel.id}/p{ts.replace('.', '')}"
    if message.get("thread_ts", ts) != ts:
        link += f"?thread_ts={message['thread_ts']}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def respond(world: SlackWorld, name: str, body: dict[str, Any]) -> tuple[int, str]:
    """What a post to the `response_url` called `name` does; the HTTP status and its words."""
    place = world.response_urls.get(name)
    refusal = _closed(place, world.clock())
    if place is None or refusal:
        return 404, refusal
    place.uses -= 1
    workspace = world.workspaces[place.team_id]
    caller = Caller(world=world, workspace=workspace)
    channel = workspace.channel(place.channel)
    before = _shown(caller, channel, place.message_ts)
    if body.get("delete_original"):
        if before is not None:
            _take_away(caller, channel, before)
        return 200, "ok"
    try:
        content = content_of(body)
    except Refused as wrong:
        return 400, str(wrong).partition(":")[0]
    if body.get("replace_original") and before is not None:
        _replace(caller, channel, before, content)
        return 200, "ok"
    message = world.bot_message(workspace, "", str(body.get("thread_ts") or place.thread_ts)) | content
    if body.get("response_type") == "in_channel":
        world.posted(workspace, channel, message)
    else:
        show_ephemeral(caller, channel, place.user, message)
    return 200, "ok"


def _closed(place: ResponseUrl | None, now: float) -> str:
    """Why nothing can be posted there; empty where it can."""
    if place is None:
        return "no_such_url"
    if now > place.until:
        return "expired_url"
    return "" if place.uses > 0 else "used_url"


def _replace(caller: Caller, channel: Channel, message: Json, content: Json) -> None:
    before = dict(message)
    message.pop("blocks", None)
    message.update(content)
    if message.get("is_ephemeral"):
        caller.world.changed("ephemeral", {"channel": channel.id, "ts": message["ts"]})
    else:
        caller.world.edited(caller.workspace, channel, before, message)


def _shown(caller: Caller, channel: Channel, ts: str) -> Json | None:
    for message in caller.workspace.surfaces.ephemerals:
        if message["ts"] == ts:
            return message
    return channel.messages.get(ts)


def _take_away(caller: Caller, channel: Channel, message: Json) -> None:
    if message.get("is_ephemeral"):
        caller.workspace.surfaces.ephemerals.remove(message)
        caller.world.changed("deleted", {"channel": channel.id, "ts": message["ts"]})
    else:
        caller.world.removed(caller.workspace, channel, message)
