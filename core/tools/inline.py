"""`OfferedCalls`: the tools that read which a language model may call while it writes one answer."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Mapping, Sequence

import anyio

from core.search import Found
from core.tools.boxes import plain
from core.tools.fault import Fault, attempted
from core.tools.filling import Utterance, values_of
from core.tools.looked_up import found_by
from core.tools.runner import Runner
from core.tools.spoken import lacks, spoken_values
from core.tools.tool import Tool

logger = logging.getLogger(__name__)

LONGEST_S = 6.0
_OFFER = """\
Where the answer needs what only the company's system knows of this customer, write a call in the middle of
the sentence, in double square brackets, and nothing after it: {example}. Its result is put in its place, and
you go on from there. Use only what the customer said as arguments. The calls there are:
{tools}"""


class OfferedCalls:
    """One turn's calls: each only once, with arguments that the customer said or the account knows.

    `found` is what they said; not `is_whole` says that one could not be made, or failed. Each is
    waited for `longest_s` seconds at most.
    """

    def __init__(
        self, tools: Sequence[Tool], said: Utterance, runner: Runner, longest_s: float = LONGEST_S
    ) -> None:
        self.found: list[Found] = []
        self.is_whole = True
        self._tools = {tool.name: tool for tool in tools if tool.effect == "reads"}
        self._said = said
        self._runner = runner
        self._longest_s = longest_s
        self._made: set[str] = set()
        self.offer = _offer(list(self._tools.values()))

    async def call(self, name: str, arguments: Mapping[str, str]) -> Found | None:
        """What the tool says; none where it is not offered, lacks something or has nothing to say.

        Raises:
            RecordsUnavailable: the call can't be written down, so it is not made.
        """
        tool = self._tools.get(name)
        if tool is None:
            return None
        with anyio.move_on_after(self._longest_s) as waiting:
            return await self._called(tool, arguments)
        if waiting.cancelled_caught:
            self.is_whole = False
            logger.warning("call_took_too_long", extra={"tool": name})
        return None

    async def _called(self, tool: Tool, arguments: Mapping[str, str]) -> Found | None:
        values = await attempted(spoken_values(tool, arguments, self._said))
        if isinstance(values, Fault):
            self.is_whole = False
            return None
        made = f"{tool.name} {sorted(values.items())}"
        if lacks(tool, values) or made in self._made:
            return None
        self._made.add(made)
        ran = await self._runner.run(tool, self._said.caller, values_of(tool, values), uuid.uuid4().hex)
        self.is_whole = self.is_whole and ran.state in ("done", "refused")
        if ran.state != "done" or not ran.text.strip():
            return None
        self.found.append(found_by(tool, ran.text, self._said.caller.language))
        return self.found[-1]


def _offer(tools: Sequence[Tool]) -> str:
    lines = [f"{_example(tool)} {plain(tool.description)}" for tool in tools]
    return _OFFER.format(example=_example(tools[0]) if tools else "", tools="\n".join(lines))


def _example(tool: Tool) -> str:
    arguments = json.dumps({one.name: "…" for one in tool.parameters}, ensure_ascii=False)
    return f"[[{tool.name} {arguments}]]"
