"""What is said of a tool's slots and of how its call ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.messages import Outcome
from core.tools.filling import Heard
from core.tools.runner import Ran
from core.tools.sentences import Sentences
from core.tools.tool import Caller, Choice, Parameter, Tool


def told(tool: Tool, ran: Ran, words: Sentences) -> tuple[str, Outcome]:
    """What the customer is told of a call that has ended, and how the turn ends with it."""
    if ran.state == "done":
        return ran.text, Outcome.ANSWERED if tool.effect == "reads" else Outcome.ACTED
    if ran.state == "refused":
        return ran.text, Outcome.REFUSED
    if ran.state == "unknown" and tool.effect == "changes":
        return words.unknown, Outcome.HANDED_OFF
    return words.failed, Outcome.UNSURE


def asking(parameter: Parameter, choices: Sequence[Choice] | None, heard: Heard, words: Sentences) -> str:
    """The question for a slot, with its choices, or which of several readings is meant."""
    if heard.options:
        return words.which.format(options=f" {words.or_word} ".join(heard.options))
    if not choices:
        return parameter.slot.ask
    return "\n".join([parameter.slot.ask, *(f"{n}. {one.label}" for n, one in enumerate(choices, start=1))])


async def what_it_does(tool: Tool, caller: Caller, known: Mapping[str, object]) -> str:
    """What the tool will do with these values, as the customer is told before they say yes."""
    return await tool.preview(caller, **known) if tool.preview else _listed(tool, known)


def _listed(tool: Tool, known: Mapping[str, object]) -> str:
    shown = "; ".join(f"{one.label}: {known[one.name]}" for one in tool.parameters if one.name in known)
    return f"{tool.title}: {shown}." if shown else f"{tool.title}."
