"""The step `understand`: what a message wants, before anything is looked up in documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any

from core.abuse import judge
from core.conversations import Conversations
from core.customers import Customers
from core.escalation import FAILURES, Ended, EscalationPolicy, Trigger, should_hand_off
from core.faq_match import FaqMatch, FaqMatcher
from core.follow_up import standalone
from core.generate import Turn as Said
from core.hand_off import HandOff, Standing
from core.hand_off_answers import ROUTE
from core.hand_off_words import told
from core.messages import Answer, Message, Outcome
from core.phrases import LANGUAGES, phrase
from core.records import now
from core.router import Route, Router, asks_how
from core.search import Embedder, Vector
from core.tenants import TenantId
from core.tools.calling import Looked, ToolCalling
from core.tools.dialogue import Step
from core.tools.dialogues import Dialogues
from core.tools.filling import Filler, Utterance
from core.tools.runner import Runner
from core.tools.sentences import sentences
from core.tools.talk import DialogueManager, yes_or_no
from core.tools.tool import Caller
from core.tools.toolbox import Toolbox, Tools
from core.turn import Reply

_SURE = 0.8
"""The least chance at which a person is called for words that no rule knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A message with what is known of it: its words cleaned, their vector, the turns before, its language."""

    message: Message
    question: str
    vector: Vector
    turns: Sequence[Said]
    language: str
    standing: Standing
    match: FaqMatch | None = None
    public_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """The words to search with and their vector, or a reply that makes that needless.

    `reminder` leads back to what was being talked about, once the question is answered; `looked`
    is what tools say to the question.
    """

    question: str
    vector: Vector
    reply: Reply | None = None
    reminder: str = ""
    looked: Looked = field(default_factory=Looked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """Decides, in this order: a person, a tool's talk, open or new, small talk, an FAQ entry, documents.

    Only the customer's own words are heard here. What is retrieved comes later, and no way
    leads back from it.
    """

    embedder: Embedder
    router: Router
    faq: FaqMatcher
    toolbox: Toolbox
    runner: Runner
    dialogues: Dialogues
    conversations: Conversations
    customers: Customers
    hand_off: HandOff
    policy: EscalationPolicy
    filler: Filler | None = None
    calling: ToolCalling | None = None
    is_rehearsal: bool = False
    """Whether nobody is there: then no person is called, nothing is done and nothing is kept."""

    async def prepare(self, tenant: TenantId) -> None:
        """Learn now what would else be learned while the first customer waits."""
        await self.router.prepare(await self.toolbox.of(tenant))
        await self.faq.prepare(tenant)

    async def listen(self, message: Message) -> Standing:
        """Who speaks in the conversation as a turn begins; an open ticket is told what was said."""
        return Standing(state="bot") if self.is_rehearsal else await self.hand_off.listen(message)

    async def of(self, asked: Asked) -> Understood:
        """What the message wants."""
        plain = Understood(question=asked.question, vector=asked.vector)
        tools = {} if self.is_rehearsal else await self.toolbox.of(asked.message.tenant)
        route = await self.router.route(asked.question, asked.vector, tools)
        if (trigger := self._trigger(asked, route)) and (reply := await self._called(asked, trigger)):
            return replace(plain, reply=reply)
        step = await self._step(asked, route, tools)
        if step is not None and not step.is_aside:
            return replace(plain, reply=await self._told(asked, step))
        reminder = step.text if step else ""
        if reply := _at_once(asked, route, reminder):
            return replace(plain, reply=reply)
        looked = await self._looked(asked, tools) if step is None else Looked()
        if looked.wanted:
            wish = Route(kind="tool", name=looked.wanted)
            if begun := await self._step(asked, wish, tools, looked.values):
                return replace(plain, reply=await self._told(asked, begun))
        plain = replace(plain, looked=looked)
        alone = await standalone(asked.question, asked.turns)
        if not alone.is_follow_up:
            return replace(plain, reminder=reminder)
        vector = await self.embedder.embed_query(alone.text)
        followed = replace(plain, question=alone.text, vector=vector, reminder=reminder)
        match = await self.match(asked.message, alone.text, vector)
        return replace(followed, reply=_approved(asked, match, reminder) if match else None)

    async def match(self, message: Message, question: str, vector: Vector) -> FaqMatch | None:
        """The FAQ entry that the question asks; none where files are asked, or nothing is sure."""
        if message.documents is not None:
            return None
        return await self.faq.find(message.tenant, message.audiences, question, vector)

    async def after(self, asked: Asked, answer: Answer, reminder: str = "") -> Answer:
        """The answer to a question, and after it what leads back, or word of a person who was called.

        A person is called where the desk has failed once too often.
        """
        ended = Ended(outcome=answer.outcome, confidence=answer.confidence)
        is_waiting = asked.standing.state == "waiting"
        trigger = None if is_waiting else await self._failing(asked, ended)
        reply = await self._called(asked, trigger, answer.outcome) if trigger else None
        if reply is None:
            if is_waiting and answer.outcome is Outcome.UNSURE:
                return replace(answer, text=phrase("still_coming", asked.language))
            return replace(answer, text=_joined(answer.text, reminder, gap="\n\n"))
        if answer.outcome is Outcome.UNSURE:
            return replace(answer, text=reply.text, outcome=reply.outcome, route=ROUTE)
        return replace(answer, text=_joined(answer.text, reply.text, gap="\n\n"))

    async def _failing(self, asked: Asked, ended: Ended) -> Trigger | None:
        """Whether this end of a turn calls a person; the turns before are read only where they matter."""
        if ended.outcome not in FAILURES or self.is_rehearsal:
            return should_hand_off((), "", ended, self.policy)
        before = await self.hand_off.outcomes(asked.message)
        return should_hand_off(before, "", ended, self.policy)

    def _trigger(self, asked: Asked, route: Route) -> Trigger | None:
        trigger = should_hand_off((), asked.message.text, None, self.policy)
        if asked.standing.state == "waiting":
            return "asked" if trigger == "asked" else None
        if trigger is None and (_accepts_a_person(asked) or _is_sure_wish(route)):
            return "asked"
        if trigger is None and judge(asked.message.text).needs_person:
            return "policy"
        return trigger

    async def _called(self, asked: Asked, trigger: Trigger, ended: Outcome | None = None) -> Reply | None:
        """What the customer is told about the person who is called; none where none is.

        `ended` is how the turn came out, where that is why.
        """
        if self.is_rehearsal:
            return None
        message = asked.message
        conversation = await self.conversations.get(message.tenant, message.conversation_id)
        ticket = await self.hand_off.ask(conversation, _REASONS.get(trigger, trigger), trigger, ended)
        if ticket is None:
            return None
        text = told(ticket, self.hand_off.hours, now(), asked.language)
        return Reply(text=text, outcome=Outcome.HANDED_OFF, route=ROUTE)

    async def _looked(self, asked: Asked, tools: Tools) -> Looked:
        """What a language model looks up for the question, or the wish that it finds in it."""
        if self.calling is None or not tools or asked.message.documents is not None:
            return Looked()
        # Who asks how something is done is told how, and nothing is begun.
        fit = {n: one for n, one in tools.items() if one.effect == "reads" or not asks_how(asked.question)}
        caller = await self._caller(asked)
        said = Utterance(text=asked.question, caller=caller, today=date.today(), before=_before(asked))
        return await self.calling.look(said, fit)

    async def _step(
        self, asked: Asked, route: Route, tools: Tools, given: Mapping[str, Any] = MappingProxyType({})
    ) -> Step | None:
        """What the message leads to in the talk about tools."""
        if not tools:
            return None
        message = asked.message
        dialogue = await self.dialogues.load(message.tenant, message.conversation_id)
        wanted = route.name if route.kind == "tool" else None
        if dialogue.top is None and wanted is None:
            return None
        manager = DialogueManager(tools, self.runner, filler=self.filler, before=_before(asked))
        step = await manager.hear(dialogue, asked.question, await self._caller(asked), wanted, given)
        if step is not None and step.dialogue != dialogue:
            await self.dialogues.keep(message.tenant, message.conversation_id, step.dialogue)
        return step

    async def _caller(self, asked: Asked) -> Caller:
        """For whom a tool works, with what the account says of them."""
        message = asked.message
        outline = await self.conversations.outline(message.tenant, message.conversation_id)
        caller = Caller(
            tenant=message.tenant, conversation_id=message.conversation_id, language=asked.language
        )
        if outline.customer_id is None:
            return caller
        customer = await self.customers.get(message.tenant, outline.customer_id)
        known = {"name": customer.name, "email": customer.email, "phone": customer.phone}
        facts = {**customer.facts, **{name: value for name, value in known.items() if value is not None}}
        return replace(caller, customer=customer.id, facts=facts)

    async def _told(self, asked: Asked, step: Step) -> Reply:
        """What a step says, once whoever it needs is called."""
        reply = Reply(text=step.text, outcome=step.outcome, route="tool")
        if step.needs == "approval" or (step.needs == "person" and step.outcome is Outcome.HANDED_OFF):
            await self._called(asked, "approval")
        return reply


def _before(asked: Asked) -> list[str]:
    """What the customer said earlier, without what the desk said, which may quote documents."""
    return [turn.text for turn in asked.turns if turn.role == "user"]


def _at_once(asked: Asked, route: Route, reminder: str) -> Reply | None:
    """What is said to small talk, to what an FAQ entry answers, and to a bare yes or no."""
    if route.kind == "small_talk":
        text = _joined(phrase(f"small_talk_{route.name}", asked.language), reminder)
        return Reply(text=text, outcome=Outcome.ANSWERED, route="small_talk", confidence=route.chance)
    if asked.match is not None:
        return _approved(asked, asked.match, reminder)
    if not reminder and yes_or_no(asked.question, asked.language) is not None:
        text = phrase("what_else", asked.language)
        return Reply(text=text, outcome=Outcome.CLARIFYING, route="small_talk")
    return None


def _approved(asked: Asked, match: FaqMatch, reminder: str) -> Reply:
    """The approved wording of an FAQ entry, and nothing of ours but what leads back."""
    return Reply(
        text=_joined(match.faq.answer, reminder, gap="\n\n"),
        outcome=Outcome.ANSWERED,
        route="faq",
        confidence=min(1.0, match.score),
        citations=(match.faq.cited(asked.public_url),),
    )


def _is_sure_wish(route: Route) -> bool:
    return route.kind == "human" and route.chance >= _SURE


def _accepts_a_person(asked: Asked) -> bool:
    """Whether it is a yes to a person that the desk has just offered."""
    last = asked.turns[-1].text if asked.turns else ""
    return last in _offers() and yes_or_no(asked.question, asked.language) is True


@cache
def _offers() -> frozenset[str]:
    """Everything the desk says that ends in the offer of a person."""
    said = {phrase(name, language) for name in ("dont_know", "nothing_found") for language in LANGUAGES}
    return frozenset(said | {sentences(language).gave_up for language in LANGUAGES})


_REASONS = {
    "asked": "asked for a person",
    "two_failures": "two questions in a row could not be answered",
    "anger": "the customer is angry",
    "policy": "what was said always goes to a person",
    "low_confidence": "the answer was not sure",
    "approval": "an action waits for a colleague",
}


def _joined(*parts: str, gap: str = " ") -> str:
    return gap.join(part for part in parts if part)
