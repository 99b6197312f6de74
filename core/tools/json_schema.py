"""Slots from JSON schema: how tools that other programs describe are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter

from core.tools.tool import Caller, Choice, Choices, Known, Parameter, Slot

_BY_FORMAT: Mapping[str, tuple[type, str]] = {
    "date": (date, "date"),
    "time": (time, "time"),
    "email": (str, "email"),
    "phone": (str, "phone"),
}
_BY_TYPE: Mapping[str, tuple[type, str]] = {
    "integer": (int, "integer"),
    "number": (Decimal, "number"),
    "boolean": (bool, "yes_no"),
    "string": (str, "free_text"),
}


def parameter_from(name: str, schema: Mapping[str, Any], *, is_required: bool) -> Parameter | None:
    """The parameter that a schema describes; none where no words of a customer could fill it in.

    A description that ends in a question mark is asked as it stands. `enum` makes choices,
    `pattern` a reference number. `x-frontdesk` may hold `ask`, `label`, `why` and `fact`.
    """
    own = dict(schema.get("x-frontdesk", {}))
    plain, kind = _BY_FORMAT.get(str(schema.get("format")), _BY_TYPE.get(str(schema.get("type")), (None, "")))
    if plain is None:
        return None
    options: dict[str, Any] = {}
    choices = None
    if schema.get("enum"):
        kind, choices = "choice", _among([str(one) for one in schema["enum"]])
    elif plain is str and kind == "free_text" and schema.get("pattern"):
        kind, options = "reference", {"pattern": str(schema["pattern"])}
    label = str(own.get("label") or name.replace("_", " "))
    slot = Slot(
        ask=str(own.get("ask") or _question(schema.get("description"), label)),
        label=label,
        kind=kind,
        why=str(own.get("why") or schema.get("description") or ""),
        fact=str(own.get("fact") or ""),
        options=options,
        choices=choices,
        check=_within(schema),
    )
    return Parameter(name=name, slot=slot, kind=kind, adapter=TypeAdapter(plain), is_required=is_required)


def _question(description: object, label: str) -> str:
    text = str(description or "").strip()
    return text if text.endswith("?") else f"What is the {label}?"


def _among(names: Sequence[str]) -> Choices:
    async def choices(caller: Caller, known: Known) -> Sequence[Choice]:
        return [Choice(value=name, label=name.replace("_", " ")) for name in names]

    return choices


def _within(schema: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a check or none
    least, most, longest = schema.get("minimum"), schema.get("maximum"), schema.get("maxLength")
    if least is None and most is None and longest is None:
        return None

    async def check(caller: Caller, value: Any, known: Known) -> str | None:  # noqa: ANN401
        if longest is not None and isinstance(value, str) and len(value) > longest:
            return f"That is longer than {longest} characters."
        if least is not None and not isinstance(value, str) and value < least:
            return f"That has to be {least} or more."
        if most is not None and not isinstance(value, str) and value > most:
            return f"That has to be {most} or less."
        return None

    return check
