"""A tool's values from what a language model names and the customer has said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.tools.dialogue import Frame
from core.tools.filling import Utterance, choices_of, listen, reason_against, stored, values_of
from core.tools.grounded import spoken_value
from core.tools.tool import Tool

LAST_SAID = 4
"""So many of the customer's earlier messages count."""


async def spoken_values(tool: Tool, arguments: Mapping[str, str], said: Utterance) -> dict[str, Any]:
    """The tool's values that the account knows or the customer has said, as JSON keeps them.

    What the model names counts where the customer said it, now or before; what it does not
    name is read by the typed extractors, from the new message. A value that the slot's check is
    against is left out.
    """
    values: dict[str, Any] = {}
    context = said.context(is_asked=True)
    words = [(text, context) for text in (said.text, *reversed(said.before[-LAST_SAID:]))]
    for parameter in tool.parameters:
        known = values_of(tool, values)
        if not parameter.slot.needed(known):
            continue
        value = said.caller.facts.get(parameter.slot.fact) if parameter.slot.fact else None
        if named := arguments.get(parameter.name, "").strip():
            choices = await choices_of(parameter, said.caller, known)
            spoken = spoken_value(parameter, choices, named, words)
            value = value if spoken is None else spoken
        if value is not None and await _fits(tool, parameter.name, value, values, said):
            values[parameter.name] = stored(parameter, value)
    heard = await listen(tool, Frame(tool=tool.name, values=values), said)
    unnamed = {name: value for name, value in heard.values.items() if not arguments.get(name, "").strip()}
    return {**unnamed, **values}


async def _fits(tool: Tool, name: str, value: object, values: Mapping[str, Any], said: Utterance) -> bool:
    against = await reason_against(tool.parameter(name), value, said.caller, values_of(tool, values))
    return against is None


def lacks(tool: Tool, values: Mapping[str, Any]) -> list[str]:
    """The labels of what the tool has to know and does not."""
    known = values_of(tool, values)
    return [
        one.label
        for one in tool.parameters
        if one.is_required and one.name not in known and one.slot.needed(known)
    ]
