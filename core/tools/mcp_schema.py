"""Tools from what an MCP server lists: its schemas made into slots, and a reason for each tool left out."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from core.tools.json_schema import parameter_from
from core.tools.mcp_server import McpServer, Offered
from core.tools.mcp_words import plain
from core.tools.tool import Caller, Effect, Parameter, Tool

MOST_TOOLS = 64
MOST_SKIPPED = 100
"""Tools left out, beside those that the operator names, after which no further one is looked at."""
MOST_PARAMETERS = 20
_MOST_CHOICES = 50
_DEEPEST_REFERENCE = 8
_LONGEST_TITLE, _LONGEST_DESCRIPTION, _LONGEST_QUESTION = 60, 300, 160
_TOOL_NAME = re.compile(r"[A-Za-z0-9_.\-/]{1,64}")
_PARAMETER_NAME = re.compile(r"[A-Za-z_][\w.\-]{0,63}", re.ASCII)
_SEPARATOR = re.compile(r"[.\-/]")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_FORMATS = frozenset({"date", "time", "email", "phone"})
_TYPES = frozenset({"integer", "number", "boolean", "string"})
_PIECE = r"(?:\\[dw]|\\?[#/_-]|\\\.|[A-Za-z0-9 ]|\[[A-Za-z0-9#/_ -]{1,40}\])"
_ROW = re.compile(rf"(?:{_PIECE}(?:\?|\{{\d{{1,2}}(?:,\d{{1,2}})?\}})?){{1,40}}")
_VARIES = re.compile(r"\?|\{\d+,\d+\}")
_MOST_VARYING = 2
_LONGEST_PATTERN = 80

Call = Callable[[str, Effect, Mapping[str, Any], str], Awaitable[str]]
"""Calls a tool of the server, by its name there: its effect, arguments as JSON, and the wish's key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The tools that are taken, and by its name at the server why each other one is not."""

    tools: tuple[Tool, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)


class _Unfit(Exception):
    """Why a tool is left out."""


def tools_from(offered: Sequence[Offered], server: McpServer, call: Call) -> Listed:
    """A tool for each that the server offers, the operator lets in, and people can ask for.

    The tools' names begin with the server's. One that the server does not call read-only
    changes something, unless `server.effects` says otherwise.
    """
    taken: dict[str, Tool] = {}
    skipped = dict.fromkeys(server.only, "the server lists no such tool")
    by_name: dict[str, Offered] = {}
    for one in offered:
        by_name.setdefault(one.name, one)
    for one in by_name.values():
        skipped.pop(one.name, None)
        if server.only and one.name not in server.only:
            continue
        if len(skipped) >= MOST_SKIPPED + len(server.only):
            return Listed(tools=tuple(taken.values()), skipped={**skipped, "…": "and all that come after"})
        try:
            if len(taken) == MOST_TOOLS:
                raise _Unfit(f"more than {MOST_TOOLS} tools are too many: name those to take in `only`")
            tool = _tool(one, server, call)
            if tool.name in taken:
                raise _Unfit("another tool of the server has this name")
        except _Unfit as unfit:
            skipped[plain(one.name, 80) or "?"] = str(unfit)
        else:
            taken[tool.name] = tool
    return Listed(tools=tuple(taken.values()), skipped=skipped)


def _tool(offered: Offered, server: McpServer, call: Call) -> Tool:
    name = offered.name
    if not _TOOL_NAME.fullmatch(name):
        raise _Unfit("its name holds more than 64 letters, digits, and _ . - /")
    parameters = _parameters(offered.schema)
    effect: Effect = server.effects.get(name) or ("reads" if offered.is_read_only else "changes")

    async def run(caller: Caller, /, **arguments: Any) -> str:  # noqa: ANN401 - as the schema says
        """Call the server."""
        said = {
            one.name: _plain_value(one, arguments[one.name]) for one in parameters if one.name in arguments
        }
        return await call(name, effect, said, caller.key)

    title = plain(offered.title, _LONGEST_TITLE) or _label(name)
    return Tool(
        name=f"{server.name}_{_SEPARATOR.sub('_', name)}",
        title=title,
        description=plain(offered.description, _LONGEST_DESCRIPTION) or title,
        effect=effect,
        parameters=parameters,
        run=run,
        examples=tuple(server.examples.get(name, ())),
        timeout_s=server.timeout_s,
        source=f"mcp {server.name}",
    )


def _parameters(schema: Mapping[str, Any]) -> tuple[Parameter, ...]:
    properties, required = schema.get("properties", {}), schema.get("required", [])
    if schema.get("type", "object") != "object" or not isinstance(properties, Mapping):
        raise _Unfit("its input is no object")
    names = set(map(str, required)) if isinstance(required, list) else set()
    if missing := sorted(names - set(properties)):
        raise _Unfit(f"it requires {plain(missing[0], 64)!r} and does not say what that is")
    if len(properties) > MOST_PARAMETERS:
        raise _Unfit(f"it takes more than {MOST_PARAMETERS} values")
    found = []
    for name, raw in properties.items():
        parameter = _parameter(name, raw, schema, is_required=name in names)
        if parameter is None and name in names:
            raise _Unfit(f"it requires {plain(name, 64)!r}, which nobody could say in words")
        found += [parameter] if parameter else []
    return tuple(found)


def _parameter(name: str, raw: object, root: Mapping[str, Any], *, is_required: bool) -> Parameter | None:
    schema = _resolved(raw, root)
    if schema is None or not _PARAMETER_NAME.fullmatch(name):
        return None
    kind = schema.get("type", "string" if "enum" in schema else None)
    if not isinstance(kind, str) or kind not in _TYPES:
        return None
    # Nothing else of the schema is passed on: what the desk's own files may say there, such as the
    # fact of the account that fills a value in, is not for another program to say.
    fit: dict[str, Any] = {"type": kind, "x-frontdesk": {"label": _label(name)}}
    if isinstance(schema.get("description"), str):
        fit["description"] = plain(schema["description"], _LONGEST_QUESTION)
    if kind == "string":
        own = _of_words(schema)
        if own is None:
            return None
        fit |= own
    elif kind in ("integer", "number"):
        limits = {word: schema[word] for word in ("minimum", "maximum") if _is_number(schema.get(word))}
        fit |= {word: Decimal(str(value)) for word, value in limits.items()}
    return parameter_from(name, fit, is_required=is_required)


def _of_words(schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the schema of a string says that slots know; none where its choices are none for people."""
    fit: dict[str, Any] = {}
    if "enum" in schema:
        choices = schema["enum"]
        if not isinstance(choices, list) or not 0 < len(choices) <= _MOST_CHOICES:
            return None
        if not all(isinstance(one, str) and plain(one, 60) == one for one in choices):
            return None
        return {"enum": choices}
    if isinstance(schema.get("format"), str) and schema["format"] in _FORMATS:
        return {"format": schema["format"]}
    if isinstance(schema.get("pattern"), str) and (pattern := _row_of_signs(schema["pattern"])):
        fit["pattern"] = pattern
    if _is_number(schema.get("maxLength")) and schema["maxLength"] >= 1:
        fit["maxLength"] = int(schema["maxLength"])
    return fit


def _row_of_signs(pattern: str) -> str:
    """The pattern without its anchors where it is a row of signs; else nothing.

    Any other may take a search ages to fit, and the server knows it as well.

    >>> _row_of_signs(r"^B-[0-9]{3,5}$"), _row_of_signs("(a+)+")
    ('B-[0-9]{3,5}', '')
    """
    row = pattern.removeprefix("^").removesuffix("$")
    if len(row) > _LONGEST_PATTERN or not _ROW.fullmatch(row) or len(_VARIES.findall(row)) > _MOST_VARYING:
        return ""
    try:
        re.compile(row)
    except re.error:
        return ""
    return row


def _resolved(raw: object, root: Mapping[str, Any]) -> dict[str, Any] | None:
    """The schema that local references and "this or nothing" stand for."""
    schema = dict(raw) if isinstance(raw, Mapping) else None
    for _ in range(_DEEPEST_REFERENCE):
        if schema is None:
            return None
        said = {word: schema[word] for word in ("description",) if word in schema}
        if isinstance(schema.get("$ref"), str):
            schema = _pointed(schema["$ref"], root)
        elif (options := schema.get("anyOf") or schema.get("oneOf")) is not None:
            some = [one for one in options if isinstance(one, Mapping)] if isinstance(options, list) else []
            some = [one for one in some if one.get("type") != "null"]
            schema = dict(some[0]) if len(some) == 1 else None
        else:
            kinds = schema.get("type")
            if isinstance(kinds, list):
                some_kinds = [kind for kind in kinds if kind != "null"]
                schema["type"] = some_kinds[0] if len(some_kinds) == 1 else None
            return schema
        if schema is not None:
            schema |= said
    return None


def _pointed(reference: str, root: Mapping[str, Any]) -> dict[str, Any] | None:
    target: object = root
    if not reference.startswith("#/"):
        return None
    for part in reference.removeprefix("#/").split("/"):
        if not isinstance(target, Mapping) or part not in target:
            return None
        target = target[part]
    return dict(target) if isinstance(target, Mapping) else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15


def _label(name: str) -> str:
    return " ".join(_HUMP.sub(" ", re.sub(r"[_.\-/]+", " ", name)).lower().split()) or name


def _plain_value(parameter: Parameter, value: object) -> object:
    """The value as JSON has it: numbers as numbers."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return parameter.adapter.dump_python(value, mode="json")
