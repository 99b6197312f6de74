"""The methods for what is shown beside messages: `views.*` and `assistant.threads.*`."""

from __future__ import annotations

from channels.simulators.slack_blocks import checked_view, decoded
from channels.simulators.slack_chat import Caller
from channels.simulators.slack_workspace import APP_ID, Json
from channels.simulators.slack_world import Trigger
from core.errors import Refused

MOST_STACKED = 3
MOST_PROMPTS = 4


def publish(caller: Caller, arguments: Json) -> Json:
    """`views.publish`: the home tab of one user."""
    user = caller.workspace.user(str(arguments.get("user_id")))
    view = checked_view(arguments.get("view"))
    if view["type"] != "home":
        raise Refused("invalid_arguments: view must be of type home")
    before = caller.workspace.surfaces.homes.get(user.id)
    if arguments.get("hash") and before and before["hash"] != arguments["hash"]:
        raise Refused("hash_conflict")
    kept = made_view(caller, view, before["id"] if before else "")
    caller.workspace.surfaces.homes[user.id] = kept
    caller.world.changed("home", {"user": user.id})
    return {"view": kept}


def made_view(caller: Caller, view: Json, view_id: str = "") -> Json:
    """A checked view as Slack keeps it: with its id, hash and state."""
    name = view_id or caller.workspace.serial("V")
    kept = {
        "id": name,
        "team_id": caller.workspace.id,
        "app_id": APP_ID,
        "bot_id": caller.workspace.bot_id,
        "root_view_id": name,
        "previous_view_id": None,
        "external_id": "",
        "callback_id": "",
        "private_metadata": "",
        "clear_on_close": False,
        "notify_on_close": False,
        "close": None,
        "submit": None,
        "state": {"values": {}},
        **view,
        "hash": caller.workspace.timestamp(caller.world.clock()) + ".hash",
    }
    if view["type"] == "modal":
        caller.workspace.surfaces.views[name] = kept
    return kept


def open_view(caller: Caller, arguments: Json) -> Json:
    """`views.open`: a modal for whoever just clicked or typed a command."""
    trigger = _trigger(caller, arguments)
    kept = made_view(caller, checked_view(arguments.get("view")))
    caller.workspace.surfaces.open_views[trigger.user] = [kept["id"]]
    caller.world.changed("view", {"id": kept["id"], "user": trigger.user})
    return {"view": kept}


def push_view(caller: Caller, arguments: Json) -> Json:
    """`views.push`: a modal on top of the open one."""
    trigger = _trigger(caller, arguments)
    stack = caller.workspace.surfaces.open_views.setdefault(trigger.user, [])
    if len(stack) >= MOST_STACKED:
        raise Refused("push_limit_reached")
    kept = made_view(caller, checked_view(arguments.get("view")))
    kept["previous_view_id"] = stack[-1] if stack else None
    stack.append(kept["id"])
    caller.world.changed("view", {"id": kept["id"], "user": trigger.user})
    return {"view": kept}


def update_view(caller: Caller, arguments: Json) -> Json:
    """`views.update`, by `view_id` or `external_id`."""
    views = caller.workspace.surfaces.views
    wanted = str(arguments.get("view_id") or "")
    if arguments.get("external_id"):
        found = [one["id"] for one in views.values() if one["external_id"] == arguments["external_id"]]
        wanted = found[-1] if found else ""
    if wanted not in views:
        raise Refused("not_found")
    if arguments.get("hash") and views[wanted]["hash"] != arguments["hash"]:
        raise Refused("hash_conflict")
    kept = made_view(caller, checked_view(arguments.get("view")), wanted)
    caller.world.changed("view", {"id": kept["id"]})
    return {"view": kept}


def _trigger(caller: Caller, arguments: Json) -> Trigger:
    """The trigger of a call, used up by it.

    Raises:
        Refused: `invalid_trigger_id`, `expired_trigger_id` after three seconds, or
            `exchanged_trigger_id` the second time.
    """
    trigger = caller.world.triggers.get(str(arguments.get("trigger_id")))
    if trigger is None or trigger.team_id != caller.workspace.id:
        raise Refused("invalid_trigger_id")
    if caller.world.clock() > trigger.until:
        raise Refused("expired_trigger_id")
    if trigger.is_used:
        raise Refused("exchanged_trigger_id")
    trigger.is_used = True
    return trigger


def _thread(caller: Caller, arguments: Json) -> tuple[str, str]:
    channel = caller.channel(arguments, "channel_id")
    return channel.id, str(arguments.get("thread_ts") or "")


def set_status(caller: Caller, arguments: Json) -> Json:
    """`assistant.threads.setStatus`: "is thinking…"; empty words clear it, as an answer does."""
    place = _thread(caller, arguments)
    if not place[1]:
        raise Refused("invalid_arguments: missing required field: thread_ts")
    statuses = caller.workspace.surfaces.statuses
    words = str(arguments.get("status") or "")
    loading = decoded(arguments.get("loading_messages"), "invalid_arguments") or []
    if words:
        statuses[place] = {"status": words, "loading_messages": loading}
    else:
        statuses.pop(place, None)
    caller.world.changed("status", {"channel": place[0], "thread_ts": place[1], "status": words})
    return {}


def set_title(caller: Caller, arguments: Json) -> Json:
    """`assistant.threads.setTitle`."""
    place = _thread(caller, arguments)
    if not arguments.get("title"):
        raise Refused("invalid_arguments: missing required field: title")
    caller.workspace.surfaces.titles[place] = str(arguments["title"])
    caller.world.changed("title", {"channel": place[0], "thread_ts": place[1]})
    return {}


def set_prompts(caller: Caller, arguments: Json) -> Json:
    """`assistant.threads.setSuggestedPrompts`; without a thread they stand in the whole conversation."""
    place = _thread(caller, arguments)
    prompts = decoded(arguments.get("prompts"), "invalid_arguments")
    is_sound = isinstance(prompts, list) and all(
        isinstance(one, dict) and one.get("title") and one.get("message") for one in prompts
    )
    if not is_sound or not 0 < len(prompts) <= MOST_PROMPTS:
        raise Refused(f"invalid_arguments: prompts must be 1 to {MOST_PROMPTS} of title and message")
    caller.workspace.surfaces.prompts[place] = {
        "title": str(arguments.get("title") or ""),
        "prompts": prompts,
    }
    caller.world.changed("prompts", {"channel": place[0], "thread_ts": place[1]})
    return {}
