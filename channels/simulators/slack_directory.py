"""The methods that look things up: `auth.*`, `conversations.*`, `users.*`, and `reactions.*`."""

from __future__ import annotations

from channels.simulators.slack_chat import Caller
from channels.simulators.slack_workspace import Channel, Json
from core.errors import Refused

MOST_PAGE = 999


def auth_test(caller: Caller, arguments: Json) -> Json:
    """`auth.test`: which team and bot a token is."""
    workspace = caller.workspace
    return {
        "url": f"{caller.world.base_url}/",
        "team": workspace.name,
        "user": workspace.users[workspace.bot].name,
        "team_id": workspace.id,
        "user_id": workspace.bot,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


def auth_revoke(caller: Caller, arguments: Json) -> Json:
    """`auth.revoke`: the token is worth nothing from now on."""
    if str(arguments.get("test", "")).lower() in ("1", "true"):
        return {"revoked": False}
    caller.world.faults.revoke(caller.workspace.bot_token)
    return {"revoked": True}


def open_conversation(caller: Caller, arguments: Json) -> Json:
    """`conversations.open` with one user; the direct messages with them."""
    if arguments.get("channel"):
        channel = caller.channel(arguments)
    else:
        users = str(arguments.get("users") or "").split(",")
        if not users[0]:
            raise Refused("users_list_not_supplied")
        if len(users) > 1:
            raise Refused("not_supported: the simulator has no group messages")
        channel = caller.workspace.direct(users[0])
    shape = channel.shape(caller.workspace.bot) if arguments.get("return_im") else {"id": channel.id}
    return {"no_op": True, "already_open": True, "channel": shape}


def conversation(caller: Caller, arguments: Json) -> Json:
    """`conversations.info`."""
    return {"channel": caller.channel(arguments).shape(caller.workspace.bot)}


def conversations(caller: Caller, arguments: Json) -> Json:
    """`conversations.list` of the asked `types`."""
    types = {"public_channel": "channel", "private_channel": "group", "im": "im"}
    asked = str(arguments.get("types") or "public_channel").split(",")
    kinds = {types[one.strip()] for one in asked if one.strip() in types}
    found = [
        one.shape(caller.workspace.bot) for one in caller.workspace.channels.values() if one.kind in kinds
    ]
    return _paged("channels", found, arguments)


def members(caller: Caller, arguments: Json) -> Json:
    """`conversations.members`."""
    return _paged("members", list(caller.channel(arguments).members), arguments)


def join(caller: Caller, arguments: Json) -> Json:
    """`conversations.join`: the bot into a public channel."""
    channel = caller.channel(arguments)
    if channel.kind != "channel":
        raise Refused("method_not_supported_for_channel_type")
    if caller.workspace.bot not in channel.members:
        channel.members.append(caller.workspace.bot)
        caller.world.changed("joined", {"channel": channel.id})
    return {"channel": channel.shape(caller.workspace.bot)}


def history(caller: Caller, arguments: Json) -> Json:
    """`conversations.history`: the newest first, without the answers in threads."""
    channel = caller.own_channel(arguments)
    roots = [one for ts, one in channel.messages.items() if _is_root(one, ts)]
    return _messages(roots[::-1], arguments)


def replies(caller: Caller, arguments: Json) -> Json:
    """`conversations.replies`: a whole thread, the oldest first."""
    channel = caller.own_channel(arguments)
    ts = str(arguments.get("ts"))
    message = channel.messages.get(ts)
    thread = channel.thread(str(message.get("thread_ts", ts)) if message else ts)
    if not thread:
        raise Refused("thread_not_found")
    return _messages(thread, arguments)


def _is_root(message: Json, ts: str) -> bool:
    return message.get("thread_ts", ts) == ts or message.get("subtype") == "thread_broadcast"


def _messages(found: list[Json], arguments: Json) -> Json:
    oldest, latest = _number(arguments, "oldest", "0"), _number(arguments, "latest", "inf")
    is_inclusive = str(arguments.get("inclusive", "")).lower() in ("1", "true")
    within = [
        one
        for one in found
        if oldest < float(one["ts"]) < latest or (is_inclusive and float(one["ts"]) in (oldest, latest))
    ]
    if str(arguments.get("include_all_metadata", "")).lower() not in ("1", "true"):
        within = [{name: value for name, value in one.items() if name != "metadata"} for one in within]
    return _paged("messages", within, arguments)


def _paged(name: str, found: list[Json] | list[str], arguments: Json) -> Json:
    """One page, with a cursor where there are more."""
    limit = int(min(_number(arguments, "limit", "100"), MOST_PAGE))
    begin = int(min(_number(arguments, "cursor", "0"), len(found)))
    end = begin + max(limit, 1)
    cursor = str(end) if end < len(found) else ""
    return {name: found[begin:end], "has_more": bool(cursor), "response_metadata": {"next_cursor": cursor}}


def user(caller: Caller, arguments: Json) -> Json:
    """`users.info`."""
    return {"user": caller.workspace.user(str(arguments.get("user"))).shape(caller.workspace.id)}


def users(caller: Caller, arguments: Json) -> Json:
    """`users.list`."""
    everybody = [one.shape(caller.workspace.id) for one in caller.workspace.users.values()]
    return _paged("members", everybody, arguments)


def user_by_email(caller: Caller, arguments: Json) -> Json:
    """`users.lookupByEmail`."""
    wanted = str(arguments.get("email") or "-").lower()
    for one in caller.workspace.users.values():
        if one.email.lower() == wanted:
            return {"user": one.shape(caller.workspace.id)}
    raise Refused("users_not_found")


def react(caller: Caller, arguments: Json) -> Json:
    """`reactions.add`."""
    channel, message, name = _reaction(caller, arguments)
    reactions: list[Json] = message.setdefault("reactions", [])
    for one in reactions:
        if one["name"] == name:
            if caller.workspace.bot in one["users"]:
                raise Refused("already_reacted")
            one["users"].append(caller.workspace.bot)
            one["count"] += 1
            break
    else:
        reactions.append({"name": name, "users": [caller.workspace.bot], "count": 1})
    caller.world.changed("message", {"channel": channel.id, "ts": message["ts"]})
    return {}


def unreact(caller: Caller, arguments: Json) -> Json:
    """`reactions.remove`."""
    channel, message, name = _reaction(caller, arguments)
    for one in message.get("reactions", []):
        if one["name"] == name and caller.workspace.bot in one["users"]:
            one["users"].remove(caller.workspace.bot)
            one["count"] -= 1
            message["reactions"] = [each for each in message["reactions"] if each["count"]]
            caller.world.changed("message", {"channel": channel.id, "ts": message["ts"]})
            return {}
    raise Refused("no_reaction")


def _reaction(caller: Caller, arguments: Json) -> tuple[Channel, Json, str]:
    channel = caller.own_channel(arguments)
    name = str(arguments.get("name") or "").strip(":")
    if not name:
        raise Refused("invalid_name")
    return channel, caller.workspace.message(channel, str(arguments.get("timestamp"))), name


def _number(arguments: Json, name: str, otherwise: str) -> float:
    """A number of a call, not below 0.

    Raises:
        Refused: `invalid_cursor` or the like.
    """
    try:
        number = float(str(arguments.get(name) or otherwise))
    except ValueError:
        raise Refused(f"invalid_{name}") from None
    if not number >= 0:
        raise Refused(f"invalid_{name}")
    return number
