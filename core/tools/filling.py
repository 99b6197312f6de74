"""What a customer's words say about the slots of a tool."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from pydantic import ValidationError

from core.language import stop_words, telling_words
from core.slots import Context, Extractor, Reading, extractor_for, find_acts
from core.tools.dialogue import Frame
from core.tools.tool import Caller, Choice, Known, Parameter, Tool

_LANGUAGES = {"en": "english", "es": "spanish", "de": "german", "fr": "french"}
_WORD = re.compile(r"[^\W\d_]{3,}")
_FREE = frozenset({"free_text", "address", "person_name"})
"""Kinds that many words would do for: only the answer to their own question is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Values by slot as JSON keeps them, reasons against others, and what may be meant where that is open.

    `taken` are the places of the words that the values were made of.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    reasons: Sequence[str] = ()
    options: Sequence[str] = ()
    taken: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """What a customer said, on what day, and what they had said before, oldest first."""

    text: str
    caller: Caller
    today: date
    before: Sequence[str] = ()

    def context(self, *, is_asked: bool) -> Context:
        """What extractors are told."""
        return context_in(self.caller.language, self.today, is_asked=is_asked)


def context_in(language: str, today: date, *, is_asked: bool) -> Context:
    """What extractors are told, for a language by its two letters."""
    return Context(today=today, language=_LANGUAGES.get(language, "english"), is_asked=is_asked)


class Filler(Protocol):
    """Understands words that the typed extractors do not."""

    async def fill(self, tool: Tool, frame: Frame, said: Utterance, heard: Heard) -> Heard:
        """What was heard, and what else the words say about slots that are open. It never raises."""


@dataclass(slots=True)
class _Listening:
    """What has been heard so far in one message."""

    tool: Tool
    frame: Frame
    said: Utterance
    values: dict[str, Any] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    taken: list[tuple[int, int]] = field(default_factory=list)

    def known(self) -> dict[str, Any]:
        return values_of(self.tool, {**self.frame.values, **self.values})

    def readings(self, parameter: Parameter, extractor: Extractor) -> list[Reading]:
        is_asked = parameter.name == self.frame.asked
        found = extractor.read(self.said.text, self.said.context(is_asked=is_asked))
        if not is_asked:
            found = [] if parameter.kind in _FREE else [one for one in found if one.is_certain]
        return [
            one for one in found if not any(one.start < end and start < one.end for start, end in self.taken)
        ]


def values_of(tool: Tool, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Stored values as the tool's function takes them."""
    return {
        one.name: one.adapter.validate_python(stored[one.name])
        for one in tool.parameters
        if one.name in stored
    }


def fits(tool: Tool, frame: Frame) -> bool:
    """Whether the tool still takes what is known of the wish; one that another program lends may not."""
    said = {*frame.values} if frame.asked is None else {*frame.values, frame.asked}
    if not said <= {one.name for one in tool.parameters}:
        return False
    try:
        values_of(tool, frame.values)
    except ValidationError:
        return False
    return True


async def listen(tool: Tool, frame: Frame, said: Utterance) -> Heard:
    """What the words say about the slot that was asked for, and about every other.

    The slot that was asked for is read first, and takes what is said without more ado. For
    any other the words have to be certain, and no two slots get the same words.
    """
    listening = _Listening(tool, frame, said)
    for parameter in sorted(tool.parameters, key=lambda one: one.name != frame.asked):
        await _hear(listening, parameter)
    return Heard(
        values=listening.values,
        reasons=listening.reasons,
        options=listening.options,
        taken=listening.taken,
    )


def leaves_open(tool: Tool, frame: Frame, said: Utterance, heard: Heard) -> bool:
    """Whether the words may say more of the tool's slots than was heard.

    Where a slot was asked for, it has to be without a value still. Of a new wish, words have to
    be left that the tool's own examples do not have. A yes, a no, and acts such as "never mind"
    leave nothing open: what they mean is never for anybody else to say.
    """
    if heard.reasons or heard.options or _is_act(said):
        return False
    if frame.phase == "confirming":
        return not heard.values
    if frame.asked is not None:
        return frame.asked not in heard.values
    left = [letter for n, letter in enumerate(said.text) if not any(a <= n < b for a, b in heard.taken)]
    usual = {word for text in (tool.title, tool.description, *tool.examples) for word in telling_words(text)}
    return bool(set(telling_words("".join(left))) - usual)


async def _hear(listening: _Listening, parameter: Parameter) -> None:
    known, said = listening.known(), listening.said
    is_asked = parameter.name == listening.frame.asked
    if not is_asked and not parameter.slot.needed(known):
        return
    choices = await choices_of(parameter, said.caller, known)
    # "Do you wrap gifts?" chooses no gift card: in a question within a talk, names count whole.
    is_begun = listening.frame.asked is not None or listening.frame.phase == "confirming"
    by_word = is_asked or not (is_begun and said.text.rstrip().endswith("?"))
    extractor = extractor_of(parameter, choices, by_word=by_word)
    readings = listening.readings(parameter, extractor)
    if not readings:
        if is_asked:
            refusals = extractor.refusals(said.text, said.context(is_asked=True))
            listening.reasons += [one.reason for one in refusals]
        return
    chosen = _chosen(parameter, readings)
    if chosen is None:
        listening.options += [one.text for one in readings] if is_asked else []
        return
    value, places = chosen
    refused = await reason_against(parameter, value, said.caller, known)
    if refused is None:
        listening.values[parameter.name] = stored(parameter, value)
        listening.taken += places
    elif refused:
        listening.reasons.append(refused)


def _is_act(said: Utterance) -> bool:
    agrees = extractor_for("yes_no").read(said.text, said.context(is_asked=True))
    return bool(agrees) or any(act.name != "correction" for act in find_acts(said.text))


def stored(parameter: Parameter, value: Any) -> Any:  # noqa: ANN401
    """The value as JSON keeps it."""
    return parameter.adapter.dump_python(parameter.adapter.validate_python(value), mode="json")


async def choices_of(parameter: Parameter, caller: Caller, known: Known) -> Sequence[Choice] | None:
    """What there is to choose from, given what is known; none where the slot takes any value of its kind."""
    if parameter.slot.choices is None:
        return None
    missing = [name for name in parameter.slot.after if name not in known]
    return () if missing else await parameter.slot.choices(caller, known)


async def reason_against(parameter: Parameter, value: Any, caller: Caller, known: Known) -> str | None:  # noqa: ANN401
    """Why the value can't be taken; none where it can. Empty where the words were for something else."""
    try:
        checked = parameter.adapter.validate_python(value)
    except ValidationError:
        return ""
    choices = await choices_of(parameter, caller, known)
    if choices is not None:
        named = checked if isinstance(checked, (list, tuple)) else [checked]
        if not set(named) <= {one.value for one in choices}:
            return ""
    if parameter.slot.check is None or any(name not in known for name in parameter.slot.after):
        return None
    return await parameter.slot.check(caller, checked, known)


def yes_or_no(text: str, language: str) -> bool | None:
    """Whether a message that answers a question says yes or no, and nothing else of weight.

    >>> yes_or_no("yes please", "en"), yes_or_no("nein", "de"), yes_or_no("yes, but later", "en")
    (True, False, None)
    """
    context = context_in(language, date.min, is_asked=True)
    readings = extractor_for("yes_no").read(text, context)
    return bool(readings[0].value) if readings else None


def extractor_of(
    parameter: Parameter, choices: Sequence[Choice] | None, *, by_word: bool = True
) -> Extractor:
    """What finds the parameter's values in words; choices also `by_word`, by one that only they have."""
    options = dict(parameter.slot.options)
    if choices is not None:
        options["choices"] = (
            _names(choices) if by_word else {one.value: [one.label, *one.also] for one in choices}
        )
    return extractor_for(parameter.kind, **options)


def _names(choices: Sequence[Choice]) -> dict[str, list[str]]:
    """What each choice may be called: its label, its other names, and the words that only it has."""
    grammar = frozenset[str]().union(*map(stop_words, _LANGUAGES.values()))
    words = [set(_WORD.findall(one.label.lower())) - grammar for one in choices]
    seen = Counter(word for each in words for word in each)
    return {
        one.value: [
            one.label,
            *one.also,
            *(form for word in sorted(own) if seen[word] == 1 for form in (word, f"{word}s")),
        ]
        for one, own in zip(choices, words, strict=True)
    }


def _chosen(parameter: Parameter, readings: Sequence[Reading]) -> tuple[Any, list[tuple[int, int]]] | None:
    """The value that the readings come to, and where it stands; none where it is open which."""
    places = [(one.start, one.end) for one in readings]
    if parameter.slot.many:
        return list(dict.fromkeys(one.value for one in readings)), places
    if len({one.value for one in readings}) > 1 and (
        places.count(places[0]) > 1 or parameter.slot.choices is not None
    ):
        return None
    # Who corrects while speaking says the right one last: "at seven, no, at eight".
    return readings[-1].value, places
