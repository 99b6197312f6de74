"""`/docs`: every route of the API with its shapes, on one page that loads nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from channels.pages import note, page

_HEAD = (
    'A caller shows a token as "Authorization: Bearer …". For programs, the same description '
    "is at /openapi.json (OpenAPI 3.1)."
)

router = APIRouter(include_in_schema=False)


@router.get("/docs", response_class=HTMLResponse)
async def docs(request: Request) -> HTMLResponse:
    """The description of the API, for people."""
    described: dict[str, Any] = request.app.openapi()
    shapes = described.get("components", {}).get("schemas", {})
    routes = "".join(
        _route(verb, path, operation)
        for path, verbs in described["paths"].items()
        for verb, operation in verbs.items()
    )
    listed = "".join(_shape(name, shape) for name, shape in shapes.items())
    return page(f"{described['info']['title']}: the API", f"{note(_HEAD)}{routes}<h2>Shapes</h2>{listed}")


def _route(verb: str, path: str, operation: Mapping[str, Any]) -> str:
    """A route: what it does, what it takes and what it answers with."""
    says = "".join(f"<p>{escape(each)}</p>" for each in operation.get("description", "").split("\n\n"))
    takes = [
        (f"{each['name']} ({each['in']})", _kind(each.get("schema", {})), each.get("required", False))
        for each in operation.get("parameters", [])
    ]
    takes += [("body", kind, True) for kind in _bodies(operation.get("requestBody", {}))]
    answers = [
        (code, " or ".join(_bodies(answer)) or answer.get("description", ""), True)
        for code, answer in operation.get("responses", {}).items()
    ]
    return (
        f"<section><h2><code>{verb.upper()} {escape(path)}</code></h2>{says}"
        f"{_rows('Takes', takes)}{_rows('Answers', answers)}</section>"
    )


def _shape(name: str, shape: Mapping[str, Any]) -> str:
    needed = shape.get("required", [])
    fields = [(field, _kind(kind), field in needed) for field, kind in shape.get("properties", {}).items()]
    says = f"<p>{escape(shape.get('description', ''))}</p>" if shape.get("description") else ""
    safe = escape(name)
    return f'<section id="{safe}"><h3><code>{safe}</code></h3>{says}{_rows("", fields)}</section>'


def _rows(title: str, rows: list[tuple[str, str, bool]]) -> str:
    lines = "".join(
        f"<li><code>{escape(name)}</code> {_linked(what)}{'' if is_needed else ' <em>optional</em>'}</li>"
        for name, what, is_needed in rows
    )
    head = f"<p>{title}</p>" if title else ""
    return f"{head}<ul>{lines}</ul>" if lines else ""


def _bodies(part: Mapping[str, Any]) -> Iterator[str]:
    """What stands in a body, for each media type."""
    for media, content in part.get("content", {}).items():
        kind = _kind(content.get("schema", {}))
        yield kind if media == "application/json" else f"{media} {kind}".strip()


def _kind(schema: Mapping[str, Any]) -> str:
    """A JSON schema in a few words.

    >>> _kind({"type": "array", "items": {"$ref": "#/components/schemas/Answer"}})
    'list of #Answer'
    >>> _kind({"anyOf": [{"enum": ["up", "down"], "type": "string"}, {"type": "null"}]})
    'up | down or null'
    """
    if "$ref" in schema:
        return f"#{schema['$ref'].rpartition('/')[2]}"
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return str(schema.get("type") or schema.get("const") or "")


def _linked(what: str) -> str:
    """The words, each name of a shape in them a link to it."""
    parts = escape(what, quote=False).split(" ")
    return " ".join(f'<a href="{one}">{one[1:]}</a>' if one.startswith("#") else one for one in parts)
