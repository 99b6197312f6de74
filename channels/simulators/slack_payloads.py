"""The bodies of interactions and commands, in Slack's shapes."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from channels.simulators.slack_workspace import APP_ID, Channel, Json, User, Workspace
from core.errors import Refused

_MENTION = re.compile(r"<@(U\w+)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clicked:
    """What a user clicked or chose."""

    action_id: str
    value: str | None = None
    is_choice: bool = False


def rich_text(text: str) -> Json:
    """The block that Slack makes of what a user typed."""
    # Only `text` itself is escaped at Slack; the words in its blocks are plain.
    parts: list[Json] = []
    end = 0
    for found in _MENTION.finditer(text):
        if found.start() > end:
            parts.append({"type": "text", "text": html.unescape(text[end : found.start()])})
        parts.append({"type": "user", "user_id": found[1]})
        end = found.end()
    if end < len(text):
        parts.append({"type": "text", "text": html.unescape(text[end:])})
    section = {"type": "rich_text_section", "elements": parts}
    return {"type": "rich_text", "block_id": "r0", "elements": [section]}


def interaction(kind: str, workspace: Workspace, user: User) -> Json:
    """What every interaction carries."""
    return {
        "type": kind,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": workspace.id},
        "api_app_id": APP_ID,
        "token": "verification",
        "team": {"id": workspace.id, "domain": workspace.id.lower()},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def command(workspace: Workspace, user: User, channel: Channel, name: str, text: str) -> dict[str, str]:
    """The form of a slash command, but for its `response_url` and `trigger_id`."""
    return {
        "token": "verification",
        "team_id": workspace.id,
        "team_domain": workspace.id.lower(),
        "channel_id": channel.id,
        "channel_name": "directmessage" if channel.partner else channel.name,
        "user_id": user.id,
        "user_name": user.name,
        "command": name,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
    }


def visible(workspace: Workspace, ts: str, user: str) -> Iterator[tuple[Json, str]]:
    """The messages with this `ts` that the user sees, and their channels."""
    for one in workspace.surfaces.ephemerals:
        if one["ts"] == ts and one["to"] == user:
            yield one, one["channel"]
    for channel in workspace.channels.values():
        if ts in channel.messages and user in channel.members:
            yield channel.messages[ts], channel.id


def action(blocks: list[Json], clicked: Clicked, at: str) -> Json:
    """The entry of `actions` for what was clicked.

    Raises:
        Refused: there is no such element, or it has no such value.
    """
    for block in blocks:
        for element in elements_of(block):
            if element.get("action_id") == clicked.action_id and _carries(element, clicked):
                shape = {
                    "type": element["type"],
                    "action_id": clicked.action_id,
                    "block_id": block.get("block_id", ""),
                    "action_ts": at,
                }
                return shape | value_of(element, clicked.value)
    raise Refused(f"there is no element with action_id {clicked.action_id!r}: it has {_ids(blocks)}")


def _ids(blocks: list[Json]) -> str:
    found = [str(element.get("action_id")) for block in blocks for element in elements_of(block)]
    return ", ".join(found) or "none"


def elements_of(block: Json) -> list[Json]:
    """What can be clicked or filled in in a block."""
    found = [*block.get("elements", [])] if block["type"] in ("actions", "context_actions") else []
    for name in ("accessory", "element"):
        if isinstance(block.get(name), dict):
            found.append(block[name])
    return found


def _carries(element: Json, clicked: Clicked) -> bool:
    if element["type"] != "button" or clicked.value is None:
        return True
    return bool(element.get("value") == clicked.value)


def value_of(element: Json, value: str | list[str] | None) -> Json:
    """What an element holds once `value` is chosen or typed in it.

    Raises:
        Refused: it has no such option.
    """
    kind = element["type"]
    if kind in ("button", "icon_button"):
        return {name: element[name] for name in ("text", "value") if name in element}
    if kind == "feedback_buttons":
        return _feedback(element, str(value))
    if kind in ("plain_text_input", "email_text_input", "url_text_input", "number_input"):
        return {"value": value if value else element.get("initial_value")}
    if kind in ("checkboxes", "multi_static_select"):
        asked = value if isinstance(value, list) else [value] if value else []
        return {"selected_options": [_option(element, one) for one in asked]}
    for chosen in ("user", "conversation", "channel", "date", "time"):
        if kind in (f"{chosen}s_select", f"{chosen}picker"):
            return {f"selected_{chosen}": value or element.get(f"initial_{chosen}")}
    return {"selected_option": element.get("initial_option") if not value else _option(element, str(value))}


def _feedback(element: Json, value: str) -> Json:
    for end in ("positive", "negative"):
        button = element[f"{end}_button"]
        if value in (end, button.get("value")):
            return {"value": button.get("value", end), "text": button["text"]}
    raise Refused(f"feedback is positive or negative, not {value!r}")


def _option(element: Json, value: str) -> Json:
    groups = element.get("option_groups") or []
    options: list[Json] = element.get("options") or [one for group in groups for one in group["options"]]
    for option in options:
        if value in (option.get("value"), option["text"]["text"]):
            return option
    raise Refused(f"there is no option {value!r}")


def filled(blocks: list[Json], values: dict[str, str | list[str]]) -> dict[str, Json]:
    """`state.values` of a modal filled in by `action_id` or `block_id`.

    Raises:
        Refused: a field that is not optional is empty.
    """
    state: dict[str, Json] = {}
    for place, block in enumerate(blocks):
        name = block.get("block_id", f"b{place}")
        for element in elements_of(block):
            if element["type"] == "button":
                continue
            action_id = element.get("action_id", "")
            held = value_of(element, values.get(action_id, values.get(name)))
            is_needed = block["type"] == "input" and not block.get("optional")
            if is_needed and not any(held.values()):
                raise Refused(f"{block['label']['text']!r} is empty: please complete this required field")
            state.setdefault(name, {})[action_id] = {"type": element["type"], **held}
    return state
