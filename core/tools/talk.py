"""Leads the talk about a tool: asks for what is missing, shows what it will do, does it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from core.messages import Outcome
from core.slots import find_acts
from core.slots.acts import ActName
from core.tools.dialogue import Dialogue, Frame, Step
from core.tools.fault import Fault, attempted
from core.tools.filling import (
    Filler,
    Heard,
    Utterance,
    choices_of,
    extractor_of,
    fits,
    leaves_open,
    listen,
    reason_against,
    stored,
    values_of,
    yes_or_no,
)
from core.tools.runner import Ran, Runner
from core.tools.sentences import sentences
from core.tools.tool import Caller, Parameter, Tool
from core.tools.wording import asking, told, what_it_does

MOST_MISSES = 3
"""So often in a row nothing is understood before a person is offered."""
MOST_FRAMES = 4
_QUESTION = re.compile(
    r"\?\s*\Z|\A(?:what|how|why|when|where|which|who|do|does|did|is|are|can|could|will|qué|cómo|cuándo|dónde"
    r"|por qué|was|wie|warum|wann|wo|wer|que|comment|pourquoi|quand|où|qui|est-ce)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class DialogueManager:
    """Takes a customer's messages through the slots of the tools they want.

    `tools` are the tenant's, by name. A tool is begun only by what the customer says: `wanted`
    comes from the customer's own message, and nothing that was retrieved is ever heard here.
    Where there is a `filler`, it reads what the typed extractors leave open; whether something
    is done it has no say in. `before` is what the customer said earlier, oldest first.
    """

    tools: Mapping[str, Tool]
    runner: Runner
    today: Callable[[], date] = date.today
    filler: Filler | None = None
    before: Sequence[str] = ()

    async def hear(
        self,
        dialogue: Dialogue,
        text: str,
        caller: Caller,
        wanted: str | None,
        given: Mapping[str, Any] = MappingProxyType({}),
    ) -> Step | None:
        """What a message leads to; none where it is about no tool at all.

        `given` are values for a new wish, as JSON keeps them; they are checked like any other.
        Where a tool refuses to be asked, the talk about it ends with its words; where it does not
        answer, the talk stays as it was before this message.
        """
        kept = [one for one in dialogue.frames if one.tool in self.tools and fits(self.tools[one.tool], one)]
        dialogue = replace(dialogue, frames=tuple(kept))
        is_new = wanted in self.tools and (dialogue.top is None or dialogue.top.tool != wanted)
        begun = self._begin(dialogue, text, caller, wanted, given) if wanted is not None and is_new else None
        step = await attempted(begun or self._go_on(dialogue, text, caller))
        if not isinstance(step, Fault):
            return step
        if not step.reason:
            return Step(dialogue=dialogue, text=sentences(caller.language).failed, outcome=Outcome.UNSURE)
        left = dialogue if is_new else dialogue.pop()
        return await self._resume(left, step.reason, caller, Outcome.REFUSED)

    async def _begin(
        self, dialogue: Dialogue, text: str, caller: Caller, wanted: str, given: Mapping[str, Any]
    ) -> Step:
        new = await self._with_facts(wanted, dialogue, caller)
        begun = replace(dialogue, frames=dialogue.frames[-MOST_FRAMES + 1 :]).push(new)
        heard = await self._heard(begun, text, caller)
        return await self._take(begun, replace(heard, values={**given, **heard.values}), caller)

    async def _go_on(self, dialogue: Dialogue, text: str, caller: Caller) -> Step | None:
        frame = dialogue.top
        if frame is None:
            return None
        act = next((one.name for one in find_acts(text)), None)
        words = sentences(caller.language)
        if act == "cancel":
            step = await self._resume(dialogue.pop(), words.cancelled, caller)
            return replace(step, withdraws=frame.key if frame.phase == "approval" else "")
        if frame.phase == "approval":
            return Step(dialogue=dialogue, text=words.waits, is_aside=True)
        if frame.phase == "confirming":
            return await self._confirm(dialogue, text, act, caller)
        return await self._fill(dialogue, text, act, caller)

    async def _fill(self, dialogue: Dialogue, text: str, act: ActName | None, caller: Caller) -> Step:
        heard = await self._heard(dialogue, text, caller)
        if heard.values or heard.options or heard.reasons:
            return await self._take(dialogue, heard, caller)
        return await self._missed(dialogue, text, act, caller)

    async def _take(self, dialogue: Dialogue, heard: Heard, caller: Caller) -> Step:
        """Keep what was heard, and go on with what is missing."""
        frame, tool = self._on_top(dialogue)
        if heard.values:
            frame = await self._checked(frame.knowing(heard.values), tool, caller)
        said = {
            one.slot.fact: frame.values[one.name]
            for one in tool.parameters
            if one.slot.fact and one.name in frame.values
        }
        kept = replace(dialogue, facts={**dialogue.facts, **said})
        return await self._next(kept.put(frame), caller, heard)

    async def _next(self, dialogue: Dialogue, caller: Caller, heard: Heard = Heard()) -> Step:  # noqa: B008 - frozen
        """Ask for the next thing that is missing; when nothing is, do it or show what will be done."""
        frame, tool = self._on_top(dialogue)
        words = sentences(caller.language)
        for parameter in tool.parameters:
            known = values_of(tool, frame.values)
            if parameter.name in known or not parameter.is_required or not parameter.slot.needed(known):
                continue
            choices = await choices_of(parameter, caller, known)
            if choices is not None and not choices:
                sorry = words.no_choice.format(label=parameter.label)
                return await self._resume(dialogue.pop(), sorry, caller, Outcome.REFUSED)
            if choices is not None and len(choices) == 1 and not parameter.slot.many:
                frame = _with_value(frame, parameter, choices[0].value)
                dialogue = dialogue.put(frame)
                continue
            dialogue = dialogue.put(replace(frame, asked=parameter.name))
            return Step(
                dialogue=dialogue, text=_joined(*heard.reasons, asking(parameter, choices, heard, words))
            )
        return await self._complete(dialogue, caller, heard.reasons)

    async def _with_facts(self, wanted: str, dialogue: Dialogue, caller: Caller) -> Frame:
        """A new wish with what the account knows, and what was said before, which is not asked for."""
        frame, tool = Frame(tool=wanted), self.tools[wanted]
        known = {**dialogue.facts, **caller.facts}
        for parameter in tool.parameters:
            fact = known.get(parameter.slot.fact) if parameter.slot.fact else None
            if fact is None:
                continue
            if await reason_against(parameter, fact, caller, values_of(tool, frame.values)) is None:
                frame = _with_value(frame, parameter, fact)
        return frame

    async def _complete(self, dialogue: Dialogue, caller: Caller, reasons: Sequence[str]) -> Step:
        frame, tool = self._on_top(dialogue)
        if tool.effect == "reads":
            return await self._run(dialogue, caller)
        words = sentences(caller.language)
        known = values_of(tool, frame.values)
        shown = await what_it_does(tool, caller, known)
        dialogue = dialogue.put(replace(frame, phase="confirming", asked=None, shown=shown))
        return Step(dialogue=dialogue, text=_joined(*reasons, shown, words.go_ahead))

    async def _confirm(self, dialogue: Dialogue, text: str, act: ActName | None, caller: Caller) -> Step:
        """Only a plain yes starts the work; what changes a value is shown again first."""
        frame, tool = self._on_top(dialogue)
        heard = await listen(tool, frame, self._said(text, caller))
        if not heard.values:
            heard = await self._reworded(dialogue, text, caller)
        heard = await self._filled(dialogue, text, caller, heard)
        changed = {name: value for name, value in heard.values.items() if frame.values.get(name) != value}
        if changed or heard.reasons:
            return await self._take(dialogue, replace(heard, values=changed), caller)
        match yes_or_no(text, caller.language):
            case True:
                if tool.limit and await tool.limit(caller, values_of(tool, frame.values)):
                    waiting = dialogue.put(replace(frame, phase="approval"))
                    words = sentences(caller.language)
                    return Step(
                        dialogue=waiting, text=words.waits, outcome=Outcome.HANDED_OFF, needs="approval"
                    )
                return await self._run(dialogue, caller)
            case False:
                return await self._resume(dialogue.pop(), sentences(caller.language).cancelled, caller)
        return await self._missed(dialogue, text, act, caller)

    async def _reworded(self, dialogue: Dialogue, text: str, caller: Caller) -> Heard:
        """What is said anew of a slot whose words are free, where they are plainly such: an address."""
        frame, tool = self._on_top(dialogue)
        said = self._said(text, caller)
        for parameter in tool.parameters:
            if parameter.kind != "address" or parameter.name not in frame.values:
                continue
            readings = extractor_of(parameter, None).read(text, said.context(is_asked=True))
            if readings and readings[-1].is_certain:
                return await listen(tool, replace(frame, asked=parameter.name), said)
        return Heard()

    async def _missed(self, dialogue: Dialogue, text: str, act: ActName | None, caller: Caller) -> Step:
        """Nothing of use was said: explain, answer something else first, ask again, or give up."""
        frame, tool = self._on_top(dialogue)
        words = sentences(caller.language)
        again = await self._again(dialogue, caller)
        asked = tool.parameter(frame.asked).slot if frame.asked else None
        why = "" if asked is None or asked.choices else asked.why or words.needed
        if act == "help":
            return Step(dialogue=dialogue, text=_joined(why, again))
        if act is None and _QUESTION.search(text):
            back = words.resume.format(title=tool.title)
            return Step(dialogue=dialogue, text=_joined(back, again), is_aside=True)
        frame = replace(frame, misses=frame.misses + 1)
        if frame.misses >= MOST_MISSES:
            return Step(dialogue=dialogue.pop(), text=words.gave_up, outcome=Outcome.UNSURE, needs="person")
        unclear = why if act == "unknown" else words.not_understood
        return Step(dialogue=dialogue.put(frame), text=_joined(unclear, again))

    async def _run(self, dialogue: Dialogue, caller: Caller) -> Step:
        frame, tool = self._on_top(dialogue)
        ran = await attempted(self.runner.run(tool, caller, values_of(tool, frame.values), frame.key))
        if isinstance(ran, Fault):
            ran = Ran(state="unknown")  # its call may have gone out
        text, outcome = told(tool, ran, sentences(caller.language))
        step = await self._resume(dialogue.pop(), text, caller, outcome)
        return replace(step, needs="person") if ran.state == "unknown" and tool.effect == "changes" else step

    async def _resume(
        self, dialogue: Dialogue, text: str, caller: Caller, outcome: Outcome = Outcome.ANSWERED
    ) -> Step:
        """Say it, and come back to what was being talked about before."""
        if dialogue.top is None or dialogue.top.tool not in self.tools:
            return Step(dialogue=replace(dialogue, frames=()), text=text, outcome=outcome)
        _, tool = self._on_top(dialogue)
        back = sentences(caller.language).resume.format(title=tool.title)
        again = await attempted(self._again(dialogue, caller))
        if isinstance(again, Fault):  # what was done is told all the same
            return Step(dialogue=dialogue, text=text, outcome=outcome)
        return Step(dialogue=dialogue, text=_joined(text, back, again), outcome=outcome)

    async def _again(self, dialogue: Dialogue, caller: Caller) -> str:
        """The question that is open."""
        frame, tool = self._on_top(dialogue)
        words = sentences(caller.language)
        if frame.phase == "approval":
            return words.waits
        if frame.asked is None:
            return words.go_ahead
        parameter = tool.parameter(frame.asked)
        choices = await choices_of(parameter, caller, values_of(tool, frame.values))
        return asking(parameter, choices, Heard(), words)

    async def _heard(self, dialogue: Dialogue, text: str, caller: Caller) -> Heard:
        frame, tool = self._on_top(dialogue)
        heard = await listen(tool, frame, self._said(text, caller))
        return await self._filled(dialogue, text, caller, heard)

    async def _filled(self, dialogue: Dialogue, text: str, caller: Caller, heard: Heard) -> Heard:
        """With what the filler makes of words that were left open."""
        frame, tool = self._on_top(dialogue)
        said = self._said(text, caller)
        if self.filler is None or not leaves_open(tool, frame, said, heard):
            return heard
        return await self.filler.fill(tool, frame, said, heard)

    def _said(self, text: str, caller: Caller) -> Utterance:
        return Utterance(text=text, caller=caller, today=self.today(), before=self.before)

    async def _checked(self, frame: Frame, tool: Tool, caller: Caller) -> Frame:
        """The frame without values that a change of another has made wrong."""
        known: dict[str, object] = {}
        for parameter in tool.parameters:
            if parameter.name not in frame.values:
                continue
            value = parameter.adapter.validate_python(frame.values[parameter.name])
            if await reason_against(parameter, value, caller, known) is None:
                known[parameter.name] = value
            else:
                frame = frame.without(parameter.name)
        return frame

    def _on_top(self, dialogue: Dialogue) -> tuple[Frame, Tool]:
        frame = dialogue.frames[-1]
        return frame, self.tools[frame.tool]


def _with_value(frame: Frame, parameter: Parameter, value: object) -> Frame:
    return replace(frame, values={**frame.values, parameter.name: stored(parameter, value)})


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
