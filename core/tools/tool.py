"""`Tool`: something the desk can do for a customer, made from a typed function with a docstring."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter

from core.errors import Misconfigured
from core.messages import ConversationId
from core.slots.durations import Duration
from core.slots.money import Money
from core.tenants import TenantId

Effect = Literal["reads", "changes"]
Known = Mapping[str, Any]
"""Values of slots by name, as the function takes them."""

DEFAULT_TIMEOUT_S = 10.0
_KINDS: Mapping[type, str] = {
    int: "integer",
    Decimal: "number",
    float: "number",
    date: "date",
    time: "time",
    Duration: "duration",
    Money: "money",
    bool: "yes_no",
    str: "free_text",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """For whom a tool works: the tenant, the conversation, and what is known of the customer.

    `customer` is the account's id once the customer has shown who they are, and `facts`
    what the account says of them. While a tool runs, `key` names the wish it carries out, so
    that a system that knows such keys does it once.
    """

    tenant: TenantId
    conversation_id: ConversationId
    customer: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    language: str = "en"
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of the values a slot can take, as the customer reads it, and other names of it."""

    value: str
    label: str
    also: tuple[str, ...] = ()


Check = Callable[[Caller, Any, Known], Awaitable[str | None]]
Choices = Callable[[Caller, Known], Awaitable[Sequence[Choice]]]


def _always(_: Known) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One thing a tool has to know, and how it is asked for.

    `kind` is the sort of value looked for in the customer's words (`core.slots`), by default
    what the parameter's type says; `options` are that kind's own. `check` gives the reason
    why a value can't be taken, to be read by the customer. `choices`, which may depend on what
    is known already, are the only values there are, and of `many` the customer may name
    several. Both are asked only when the slots named in `after` are known. A slot that is not
    `needed`, given what is known, is not asked for. `fact` names the fact of the account that
    answers it. `why` tells a customer who asks.
    """

    ask: str
    label: str = ""
    kind: str = ""
    why: str = ""
    fact: str = ""
    many: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    check: Check | None = None
    choices: Choices | None = None
    after: tuple[str, ...] = ()
    needed: Callable[[Known], bool] = _always


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A slot of a tool with its name, its type, and whether the tool works without it."""

    name: str
    slot: Slot
    kind: str
    adapter: TypeAdapter[Any]
    is_required: bool

    @property
    def label(self) -> str:
        """What the value is called where it is shown."""
        return self.slot.label or self.name.replace("_", " ")


Run = Callable[..., Awaitable[str]]
Preview = Callable[..., Awaitable[str]]
Limit = Callable[[Caller, Known], Awaitable[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """What the desk can do, and what it has to know for it.

    `run` takes the caller and the slots by name and returns what the customer is told. It
    raises `Refused` with a reason fit for the customer, or `Unavailable`. One that `changes`
    the world is shown by `preview` first and waits for a yes; where `limit` says so, it
    waits for a colleague's too. `examples` are things customers say who want it. `source`
    says where it comes from, where that is another program.
    """

    name: str
    title: str
    description: str
    effect: Effect
    parameters: tuple[Parameter, ...]
    run: Run
    preview: Preview | None = None
    limit: Limit | None = None
    examples: tuple[str, ...] = ()
    timeout_s: float = DEFAULT_TIMEOUT_S
    source: str = ""

    def parameter(self, name: str) -> Parameter:
        """The parameter of that name."""
        return next(one for one in self.parameters if one.name == name)

    def schema(self) -> dict[str, Any]:
        """Its parameters as JSON schema, for a language model or another program."""
        return {
            "type": "object",
            "properties": {
                one.name: {**one.adapter.json_schema(), "description": one.slot.ask}
                for one in self.parameters
            },
            "required": [one.name for one in self.parameters if one.is_required],
            "additionalProperties": False,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a function does not say of itself: see `Tool`."""

    effect: Effect
    examples: Sequence[str] = ()
    preview: Preview | None = None
    limit: Limit | None = None
    title: str = ""
    timeout_s: float = DEFAULT_TIMEOUT_S


def tool_from(run: Run, about: About) -> Tool:
    """A tool made from an async function: its first parameter is the caller, its docstring the description.

    Every other parameter is `Annotated[type, Slot(...)]`; one with a default need not be known.

    Raises:
        Misconfigured: the function has no docstring, or a parameter no slot or a type that no
            kind of value is known for.
    """
    name = getattr(run, "__name__", "tool")
    description = inspect.getdoc(run)
    if not description:
        raise Misconfigured(f"the tool {name!r} has no docstring: say in it what the tool does")
    hints = get_type_hints(run, include_extras=True)
    _, *signature = inspect.signature(run).parameters.values()
    return Tool(
        name=name,
        title=about.title or name.replace("_", " "),
        description=description,
        effect=about.effect,
        parameters=tuple(_parameter(name, one, hints[one.name]) for one in signature),
        run=run,
        preview=about.preview,
        limit=about.limit,
        examples=tuple(about.examples),
        timeout_s=about.timeout_s,
    )


def _parameter(tool: str, one: inspect.Parameter, hint: Any) -> Parameter:  # noqa: ANN401 - a type of any sort
    plain, slot = hint, None
    if get_origin(hint) is Annotated:
        plain, *notes = get_args(hint)
        slot = next((note for note in notes if isinstance(note, Slot)), None)
    if slot is None:
        raise Misconfigured(
            f"the parameter {one.name!r} of the tool {tool!r} has no slot: "
            "write Annotated[type, Slot(ask=...)]"
        )
    kind = slot.kind or ("choice" if slot.choices else _kind_of(plain))
    if not kind:
        raise Misconfigured(f"the parameter {one.name!r} of the tool {tool!r} needs a kind: Slot(kind=...)")
    return Parameter(
        name=one.name,
        slot=slot,
        kind=kind,
        adapter=TypeAdapter(plain),
        is_required=one.default is inspect.Parameter.empty,
    )


def _kind_of(plain: Any) -> str:  # noqa: ANN401 - a type of any sort
    if get_origin(plain) is Literal:
        return "choice"
    options = [one for one in get_args(plain) if one is not type(None)]
    if options and get_origin(plain) is not list:
        plain = options[0]
    return _KINDS.get(plain, "") if isinstance(plain, type) else ""
