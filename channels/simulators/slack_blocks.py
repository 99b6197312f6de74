"""What Slack refuses in blocks, texts and views: the limits a support bot can run into."""

from __future__ import annotations

import json
import secrets
from typing import Any

from channels.simulators.slack_workspace import Json
from core.errors import Refused

MOST_BLOCKS = 50
MOST_VIEW_BLOCKS = 100
MOST_TEXT = 40_000
MOST_MARKDOWN = 12_000
MOST_SECTION = 3_000
MOST_HEADER = 150
MOST_FIELDS, MOST_FIELD = 10, 2_000
MOST_ELEMENTS = {"actions": 25, "context": 10, "context_actions": 5}
MOST_BUTTON, MOST_VALUE, MOST_ID = 75, 2_000, 255
MOST_OPTIONS = 100
MOST_TITLE = 24
KINDS = frozenset(
    "section header context divider actions rich_text markdown context_actions input image file video "
    "task_card plan table alert card carousel".split()
)


def decoded(value: Any, error: str) -> Any:  # noqa: ANN401 - JSON has every shape
    """A structure that may come as a JSON string, as in a form.

    Raises:
        Refused: `error`, where it is no JSON.
    """
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if value else None
    except ValueError:
        raise Refused(error) from None


def blocks_of(arguments: Json, most: int = MOST_BLOCKS, error: str = "invalid_blocks") -> list[Json]:
    """The checked `blocks` of a call, each with a `block_id`.

    Raises:
        Refused: `invalid_blocks_format`, or `error` with what is wrong after a colon.
    """
    blocks = decoded(arguments.get("blocks"), "invalid_blocks_format")
    if blocks is None:
        return []
    if not isinstance(blocks, list):
        raise Refused("invalid_blocks_format")
    if len(blocks) > most:
        raise Refused(f"{error}: no more than {most} items allowed [json-pointer:/blocks]")
    seen: set[str] = set()
    for place, block in enumerate(blocks):
        wrong = "must be an object" if not isinstance(block, dict) else _fault_of(block)
        if not wrong:
            block["block_id"] = str(block.get("block_id") or f"b{place}")
            wrong = "duplicate block_id" if block["block_id"] in seen else ""
            seen.add(block["block_id"])
        if wrong:
            raise Refused(f"{error}: {wrong} [json-pointer:/blocks/{place}]")
    if sum(len(str(one.get("text", ""))) for one in blocks if one["type"] == "markdown") > MOST_MARKDOWN:
        raise Refused("msg_blocks_too_long")
    return blocks


def _fault_of(block: Json) -> str:
    """What is wrong with a block; empty is nothing."""
    kind = block.get("type")
    if not isinstance(kind, str) or kind not in KINDS:
        return f"unsupported type: {kind}"
    checks = {"section": _section, "header": _header, "markdown": _markdown, "input": _input}
    if kind in checks:
        return checks[kind](block)
    if kind in MOST_ELEMENTS:
        return _elements(block, MOST_ELEMENTS[kind])
    return ""


def _text(text: object, most: int) -> str:
    if not isinstance(text, dict) or text.get("type") not in ("mrkdwn", "plain_text"):
        return "missing required field: text"
    words = text.get("text", "")
    if not isinstance(words, str) or not words:
        return "must be more than 0 characters"
    return "" if len(words) <= most else f"must be less than {most + 1} characters"


def _section(block: Json) -> str:
    fields = block.get("fields")
    if fields is None and "text" not in block:
        return "missing required field: text"
    if fields is not None and (not isinstance(fields, list) or not 0 < len(fields) <= MOST_FIELDS):
        return f"no more than {MOST_FIELDS} items allowed"
    wrong = _text(block["text"], MOST_SECTION) if "text" in block else ""
    wrongs = [wrong, *(_text(one, MOST_FIELD) for one in fields or [])]
    accessory = block.get("accessory")
    if isinstance(accessory, dict):
        wrongs.append(_element(accessory))
    return next(filter(None, wrongs), "")


def _header(block: Json) -> str:
    text = block.get("text")
    if isinstance(text, dict) and text.get("type") != "plain_text":
        return "must be plain_text"
    return _text(text, MOST_HEADER)


def _markdown(block: Json) -> str:
    return "" if isinstance(block.get("text"), str) and block["text"] else "missing required field: text"


def _input(block: Json) -> str:
    element = block.get("element")
    if not isinstance(element, dict):
        return "missing required field: element"
    return _text(block.get("label"), 2_000) or _element(element)


def _elements(block: Json, most: int) -> str:
    elements = block.get("elements")
    if not isinstance(elements, list) or not elements:
        return "missing required field: elements"
    if len(elements) > most or not all(isinstance(one, dict) for one in elements):
        return f"no more than {most} items allowed" if len(elements) > most else "must be objects"
    ids = [str(one["action_id"]) for one in elements if one.get("action_id")]
    if len(ids) != len(set(ids)):
        return "action_id values should be unique"
    if block["type"] == "context":
        return next(filter(None, (_context_element(one) for one in elements)), "")
    return next(filter(None, (_element(one) for one in elements)), "")


def _context_element(element: Json) -> str:
    return "" if element.get("type") == "image" else _text(element, 2_000)


def _element(element: Json) -> str:
    """What is wrong with a button, a select or another thing to click or fill in."""
    kind = element.get("type")
    if not isinstance(kind, str):
        return "missing required field: type"
    element.setdefault("action_id", secrets.token_urlsafe(4))
    if len(str(element["action_id"])) > MOST_ID:
        return f"action_id must be less than {MOST_ID + 1} characters"
    if len(str(element.get("value", ""))) > MOST_VALUE:
        return f"value must be less than {MOST_VALUE + 1} characters"
    if kind == "button":
        return _text(element.get("text"), MOST_BUTTON)
    if kind == "feedback_buttons":
        ends = [element.get(end) for end in ("positive_button", "negative_button")]
        wrongs = [_text(end.get("text") if isinstance(end, dict) else None, MOST_BUTTON) for end in ends]
        return next(filter(None, wrongs), "")
    return _options(element.get("options"))


def _options(options: object) -> str:
    if options is None:
        return ""
    if not isinstance(options, list) or not 0 < len(options) <= MOST_OPTIONS:
        return f"options must have 1 to {MOST_OPTIONS} items"
    texts = [one.get("text") if isinstance(one, dict) else None for one in options]
    return next(filter(None, (_text(text, MOST_BUTTON) for text in texts)), "")


def checked_view(value: object) -> Json:
    """The `view` of a `views.*` call.

    Raises:
        Refused: `invalid_arguments` with what is wrong after a colon.
    """
    view = decoded(value, "invalid_arguments: view is no JSON")
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        raise Refused("invalid_arguments: view must be of type modal or home [json-pointer:/view/type]")
    if view["type"] == "modal" and (wrong := _text(view.get("title"), MOST_TITLE)):
        raise Refused(f"invalid_arguments: {wrong} [json-pointer:/view/title]")
    blocks = blocks_of(view, MOST_VIEW_BLOCKS, "invalid_arguments")
    if view["type"] == "modal" and any(one["type"] == "input" for one in blocks) and not view.get("submit"):
        raise Refused(
            "invalid_arguments: submit is required when an input block is present [json-pointer:/view/submit]"
        )
    if len(str(view.get("private_metadata", ""))) > 3_000:
        raise Refused("invalid_arguments: private_metadata must be less than 3001 characters")
    return dict(view)
