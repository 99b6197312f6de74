"""What an admin teaches the router: sentences are looked at, tried out on others, and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.errors import Refused
from core.intents import Utterance
from core.router import HUMAN, MOST_WORDS, QUESTION, TOOL, Route, Router, asks_how, of_tools
from core.search import Vector
from core.tenants import TenantId
from core.tools.toolbox import Toolbox, Tools
from core.utterances import OwnUtterances, TaughtUtterance, UtteranceBook, own_of, said

DOCUMENTS = "documents"
"""The label of what is none of the other things, which is a question to the documents."""
LONGEST_UTTERANCE = 200
MOST_UTTERANCES = 1000
MOST_BROKEN = 0.1
"""The largest share of held-out sentences that may lose their route by what is taught."""
SHOWN_FAULTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What teaching does to sentences that come with the desk and are never learned from.

    `asked` is how many there are, `changed` how many go another way; of these `mended` now go
    where they should, and `broken` no longer do.
    """

    asked: int = 0
    changed: int = 0
    mended: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """What became of sentences that were taught: how many are new, how many were known already."""

    added: int
    unchanged: int
    effect: Effect


class Teaching:
    """What tenants' admins teach. The desk goes by it from the next message on."""

    def __init__(
        self, book: UtteranceBook, router: Router, toolbox: Toolbox, held_out: Sequence[Utterance]
    ) -> None:
        self._book = book
        self._router = router
        self._toolbox = toolbox
        self._held_out = held_out
        self._vectors: list[Vector] = []

    async def taught(self, tenant: TenantId) -> list[TaughtUtterance]:
        """Every sentence that was taught, oldest first."""
        return [_shown(one) for one in await self._book.list(tenant)]

    async def labels(self, tenant: TenantId) -> tuple[str, ...]:
        """What a sentence can be labelled with: sorts of small talk, a person, each tool, documents."""
        return _labels(self._router.utterances, await self._toolbox.of(tenant))

    async def teach(self, tenant: TenantId, lines: Sequence[Utterance], *, is_trial: bool = False) -> Taught:
        """Take sentences in, all or none; a trial only says what they would do.

        Raises:
            Refused: some can't be taken, and the message names their lines, from 1, and why; or
                with them too many sentences would go astray.
        """
        tools = await self._toolbox.of(tenant)
        taught = await self._book.list(tenant)
        given = [Utterance(text=" ".join(one.text.split()), intent=_intent(one.intent)) for one in lines]
        new = _fit(given, _known(taught, self._router.utterances, tools), tools, self._router.utterances)
        if len(taught) + len(new) > MOST_UTTERANCES:
            count = len(taught) + len(new)
            raise Refused(f"these would make {count:,} utterances; the limit is {MOST_UTTERANCES:,}")
        effect = await self._effect(tools, own_of(taught), own_of(taught, *new)) if new else Effect()
        if len(effect.broken) > MOST_BROKEN * effect.asked:
            some = ", ".join(repr(text) for text in effect.broken[:SHOWN_FAULTS])
            raise Refused(
                f"with these, {len(effect.broken)} of {effect.asked} sentences would go astray that go right "
                f"now, such as {some}: teach fewer at once, or more alike"
            )
        if new and not is_trial:
            await self._book.add(tenant, new)
        return Taught(added=len(new), unchanged=len(lines) - len(new), effect=effect)

    async def forget(self, tenant: TenantId, utterance_id: str) -> None:
        """Forget a sentence; what it led to goes where it went before.

        Raises:
            NotFound: the tenant was taught no such sentence.
        """
        await self._book.remove(tenant, utterance_id)
        await self._router.prepare(await self._toolbox.of(tenant), await self._book.of(tenant))

    async def _effect(self, tools: Tools, before: OwnUtterances, after: OwnUtterances) -> Effect:
        was, now = await self._routes(tools, before), await self._routes(tools, after)
        rows = [*zip(self._held_out, was, now, strict=True)]
        return Effect(
            asked=len(rows),
            changed=sum(one != other for _, one, other in rows),
            mended=tuple(held.text for held, one, other in rows if one != held.intent == other),
            broken=tuple(held.text for held, one, other in rows if one == held.intent != other),
        )

    async def _routes(self, tools: Tools, own: OwnUtterances) -> list[str]:
        """The intent that each held-out sentence is taken for."""
        if not self._vectors:
            self._vectors = [await self._router.embed(one.text) for one in self._held_out]
        return [
            _taken_for(await self._router.route(one.text, vector, tools, own))
            for one, vector in zip(self._held_out, self._vectors, strict=True)
        ]


def _labels(shipped: Sequence[Utterance], tools: Tools) -> tuple[str, ...]:
    plain = sorted({one.intent for one in shipped} - {QUESTION})
    return (*plain, *(f"{TOOL}{name}" for name in sorted(tools)), DOCUMENTS)


def _known(
    taught: Sequence[TaughtUtterance], shipped: Sequence[Utterance], tools: Tools
) -> dict[str, tuple[str, bool]]:
    """What each sentence that is learned from is labelled with, and whether the admin taught it."""
    known = {said(one.text): (one.intent, False) for one in (*shipped, *of_tools(tools.values()))}
    return known | {said(one.text): (one.label, True) for one in taught}


def _fit(
    given: Sequence[Utterance],
    known: Mapping[str, tuple[str, bool]],
    tools: Tools,
    shipped: Sequence[Utterance],
) -> list[Utterance]:
    """Those of the sentences that are new."""
    labels = _labels(shipped, tools)
    seen, new, faults = dict(known), [], []
    for line, one in enumerate(given, start=1):
        name = said(one.text)
        fault = _fault(one, name, labels, tools) or _clash(one, seen.get(name))
        if fault:
            faults.append(f"line {line}: {fault}")
        elif name not in seen:
            seen[name] = (one.intent, True)
            new.append(one)
    if faults:
        more = f"; and {len(faults) - SHOWN_FAULTS} more" if len(faults) > SHOWN_FAULTS else ""
        raise Refused("; ".join(faults[:SHOWN_FAULTS]) + more)
    return new


def _fault(one: Utterance, name: str, labels: Sequence[str], tools: Tools) -> str:
    """Why nothing could come of a sentence; empty where something can."""
    label = _label(one.intent)
    if label not in labels:
        return f"the label {label[:60]!r} is not known: choose from {', '.join(labels)}"
    if not name:
        return "there are no words in it"
    if len(one.text) > LONGEST_UTTERANCE:
        return f"it has {len(one.text):,} characters; the limit is {LONGEST_UTTERANCE}"
    is_said_in_brief = label != DOCUMENTS and not label.startswith(TOOL)
    if is_said_in_brief and len(one.text.split()) > MOST_WORDS:
        return f"{one.text[:60]!r} has more than {MOST_WORDS} words, which always makes it a question"
    if label.startswith(TOOL) and asks_how(one.text, tools[label.removeprefix(TOOL)]):
        return f"{one.text[:60]!r} asks how it is done, which is a question: say it as a wish"
    return ""


def _clash(one: Utterance, known: tuple[str, bool] | None) -> str:
    if known is None or known[0] == one.intent:
        return ""
    whose = "was taught" if known[1] else "comes with the desk"
    return f"{one.text[:60]!r} {whose} as {_label(known[0])!r} and can't be {_label(one.intent)!r} as well"


def _taken_for(route: Route) -> str:
    if route.kind == "tool":
        return f"{TOOL}{route.name}"
    return {"human": HUMAN, "question": QUESTION}.get(route.kind, route.name)


def _intent(label: str) -> str:
    return QUESTION if label.strip() == DOCUMENTS else label.strip()


def _label(intent: str) -> str:
    return DOCUMENTS if intent == QUESTION else intent


def _shown(one: TaughtUtterance) -> TaughtUtterance:
    return TaughtUtterance(id=one.id, text=one.text, label=_label(one.label), created_at=one.created_at)
