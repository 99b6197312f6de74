"""Tools from an OpenAPI 3 file: each operation of a company's own HTTP service is one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import yaml

from core.errors import Misconfigured, Refused, Unavailable
from core.tools.json_schema import parameter_from
from core.tools.tool import Caller, Effect, Parameter, Tool

if TYPE_CHECKING:
    import httpx

_METHODS = ("get", "post", "put", "patch", "delete")
MOST_BYTES = 64 * 1024
"""Of a reply; more is no answer for a customer."""
_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Operation:
    """One call of the service: where each argument goes, and what the customer is told."""

    method: str
    path: str
    places: Mapping[str, str]
    say: str | None
    fixed: Mapping[str, str] = field(default_factory=dict)


def load_openapi(file: Path) -> dict[str, Any]:
    """The description in a JSON or YAML file.

    Raises:
        Misconfigured: it can't be read or describes no OpenAPI 3 service.
    """
    try:
        text = file.read_text("utf-8")
        loaded = json.loads(text) if file.suffix == ".json" else yaml.safe_load(text)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise Misconfigured(f"the OpenAPI file {str(file)!r} can't be read: {error}") from error
    if not isinstance(loaded, dict) or not str(loaded.get("openapi", "")).startswith("3."):
        raise Misconfigured(f"{str(file)!r} describes no OpenAPI 3 service: it needs `openapi: 3.x`")
    return loaded


def openapi_tools(description: Mapping[str, Any], client: httpx.AsyncClient) -> list[Tool]:
    """A tool for each operation that has an `operationId` and asks only for what people can say.

    `client` knows the service's address and carries its credentials. `GET` reads; every other
    method changes, unless the operation says `x-frontdesk: {effect: reads}`. There too stand
    `examples` (what customers say), `title` and `say`, the sentence told afterwards with
    `{names}` of the reply's fields.
    """
    tools = []
    for path, operations in description.get("paths", {}).items():
        shared = operations.get("parameters", ())
        for method in _METHODS:
            operation = operations.get(method)
            if operation and operation.get("operationId"):
                tool = _tool(description, path, method, {**operation, "shared": shared}, client)
                tools += [tool] if tool else []
    return tools


def _tool(
    description: Mapping[str, Any],
    path: str,
    method: str,
    operation: Mapping[str, Any],
    client: httpx.AsyncClient,
) -> Tool | None:
    own = operation.get("x-frontdesk", {})
    found = _parameters(description, operation)
    if found is None:
        return None
    parameters, places = found
    call = _Operation(method=method, path=path, places=places, say=own.get("say"))

    async def run(caller: Caller, /, **arguments: Any) -> str:  # noqa: ANN401 - as the schema says
        """Call the service."""
        return await _call(
            client,
            call,
            caller,
            {
                one.name: one.adapter.dump_python(arguments[one.name], mode="json")
                for one in parameters
                if one.name in arguments
            },
        )

    effect: Effect = own.get("effect") or ("reads" if method == "get" else "changes")
    name = str(operation["operationId"])
    return Tool(
        name=name,
        title=str(own.get("title") or operation.get("summary") or name.replace("_", " ")),
        description=str(operation.get("description") or operation.get("summary") or name),
        effect=effect,
        parameters=tuple(parameters),
        run=run,
        examples=tuple(map(str, own.get("examples", ()))),
        source="openapi",
    )


def _parameters(
    description: Mapping[str, Any], operation: Mapping[str, Any]
) -> tuple[list[Parameter], dict[str, str]] | None:
    """The parameters and where each goes; none where something required can't be said in words."""
    found: list[Parameter] = []
    places: dict[str, str] = {}
    asked: list[tuple[str, str, Mapping[str, Any], bool]] = []
    for raw in (*operation.get("shared", ()), *operation.get("parameters", ())):
        one = _resolved(description, raw)
        schema: Mapping[str, Any] = {**_resolved(description, one.get("schema", {})), **_extras(one)}
        asked.append((one["name"], one["in"], schema, bool(one.get("required"))))
    body = (
        _resolved(description, operation.get("requestBody", {}))
        .get("content", {})
        .get("application/json", {})
    )
    shape = _resolved(description, body.get("schema", {}))
    for name, raw in shape.get("properties", {}).items():
        asked.append((name, "body", _resolved(description, raw), name in shape.get("required", ())))
    for name, place, schema, is_required in asked:
        parameter = parameter_from(name, schema, is_required=is_required)
        if parameter is None and is_required:
            return None
        if parameter is not None and place != "cookie":
            found.append(parameter)
            places[name] = place
    return found, places


def _extras(one: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one[name] for name in ("description", "x-frontdesk") if name in one}


def _resolved(description: Mapping[str, Any], value: Mapping[str, Any]) -> dict[str, Any]:
    """The value that a local `$ref` stands for."""
    reference = value.get("$ref")
    if reference is None:
        return dict(value)
    target: Any = description
    for part in str(reference).removeprefix("#/").split("/"):
        if not isinstance(target, dict) or part not in target:
            raise Misconfigured(f"the OpenAPI file has no {reference!r}")
        target = target[part]
    return dict(target)


async def _call(
    client: httpx.AsyncClient, call: _Operation, caller: Caller, arguments: Mapping[str, Any]
) -> str:
    import httpx  # noqa: PLC0415 - where there is such a service

    parts: dict[str, dict[str, Any]] = {"query": {}, "body": {}, "header": {}, "path": {}}
    for name, value in arguments.items():
        parts[call.places[name]][name] = value
    path = call.path
    for name, value in parts["path"].items():
        path = path.replace("{" + name + "}", quote(str(value), safe=""))
    headers = {name: str(value) for name, value in parts["header"].items()}
    if caller.key:
        headers["Idempotency-Key"] = caller.key
    try:
        response = await client.request(
            call.method.upper(), path, params=parts["query"], json=parts["body"] or None, headers=headers
        )
    except httpx.TimeoutException as error:
        raise TimeoutError from error
    except httpx.HTTPError as error:
        raise Unavailable(f"the service behind a tool did not answer: {type(error).__name__}") from error
    return _told(call, response)


def _told(call: _Operation, response: httpx.Response) -> str:
    if response.status_code >= 500:
        raise Unavailable(f"the service behind a tool answered {response.status_code}")
    if len(response.content) > MOST_BYTES:
        raise Unavailable("the service behind a tool answered with more than a customer can read")
    try:
        reply = response.json()
    except ValueError:
        reply = {}
    fields = reply if isinstance(reply, dict) else {"result": reply}
    if response.status_code >= 400:
        reason = next(
            (fields[name] for name in ("detail", "message", "error", "title") if fields.get(name)), None
        )
        raise Refused(str(reason)[:_LONGEST_REASON] if isinstance(reason, str) else "That was refused.")
    if call.say is not None:
        return call.say.format_map(_Fields(fields))
    return (
        "; ".join(f"{name.replace('_', ' ')}: {_shown(value)}" for name, value in fields.items()) or "Done."
    )


class _Fields(dict[str, Any]):
    """Fields of a reply, with nothing for those it lacks."""

    def __missing__(self, name: str) -> str:
        return "–"


def _shown(value: object) -> str:
    return ", ".join(map(_shown, value)) if isinstance(value, list) else str(value)
