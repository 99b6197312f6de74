"""The shape of one step of a look-up: what the model thinks, what it does, and with what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from core.redaction import Key, unmask
from core.tools.tool import Tool

ANSWER, ASK = "answer", "ask_customer"
THOUGHT_CHARS = 200
VALUE_CHARS = 200


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """A step as the model gave it. `action` is the name of a tool, or one of the two words for none."""

    thought: str
    action: str
    arguments: Mapping[str, str]

    @classmethod
    def of(cls, step: Any, key: Key) -> Deed:  # noqa: ANN401 - of a model that `step_shape` made
        """What a step in its shape says, with what was masked put back."""
        given = step.arguments.model_dump(by_alias=True, exclude_none=True)
        arguments = {name: unmask(value, key) for name, value in given.items()}
        return cls(thought=step.thought, action=step.action, arguments=arguments)


def step_shape(tools: Sequence[Tool]) -> type[BaseModel]:
    """A step with these tools as a pydantic model; `arguments` holds any of their parameters, as text."""
    names = dict.fromkeys(one.name for tool in tools for one in tool.parameters)
    value: Any = Annotated[str, Field(max_length=VALUE_CHARS)] | None
    fields: dict[str, Any] = {
        f"argument_{n}": (value, Field(default=None, alias=name)) for n, name in enumerate(names)
    }
    arguments = create_model("Arguments", __base__=_Shape, **fields)
    actions: list[Any] = [*(tool.name for tool in tools), ANSWER, ASK]
    action: Any = Annotated[str, Field(max_length=100, json_schema_extra={"enum": actions})]
    return create_model(
        "Step",
        __base__=_Shape,
        thought=(Annotated[str, Field(max_length=THOUGHT_CHARS)], ...),
        action=(action, ...),
        arguments=(arguments, Field(default_factory=arguments)),
    )
