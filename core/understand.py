"""The step `understand`: what a message wants, before anything is looked up in documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from core.abuse import judge
from core.approvals import Approvals
from core.asked import Asked, Understood
from core.callers import caller_of
from core.choosing import added, chosen, declines, offer_of, settled
from core.conversations import Conversations
from core.customers import Customers
from core.escalation import FAILURES, Ended, EscalationPolicy, Trigger, should_hand_off
from core.faq_judged import FaqMatch
from core.faq_match import FaqMatcher
from core.follow_up import NO_NAMES, Rewriter, standalone
from core.hand_off import HandOff, Standing
from core.hand_off_answers import ROUTE
from core.hand_off_words import told
from core.messages import Answer, Message, Outcome
from core.phrases import phrase
from core.records import now
from core.redis_server import digest
from core.router import Route, Router, asks_how
from core.search import Embedder, Vector
from core.set_replies import accepts_a_person, approved, at_once, joined, what_else
from core.tenants import TenantId
from core.things import Things
from core.tickets import Ticket
from core.tools.calling import Looked, ToolCalling
from core.tools.dialogue import Dialogue, Step
from core.tools.dialogues import Dialogues
from core.tools.filling import Filler, Utterance
from core.tools.runner import Runner
from core.tools.talk import DialogueManager
from core.tools.tool import Caller
from core.tools.toolbox import Toolbox, Tools
from core.turn import Reply
from core.utterances import UtteranceBook

_SURE = 0.8
"""The least chance at which a person is called for words that no rule knows."""


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
    utterances: UtteranceBook
    runner: Runner
    dialogues: Dialogues
    conversations: Conversations
    customers: Customers
    hand_off: HandOff
    approvals: Approvals
    things: Things
    policy: EscalationPolicy
    rewriter: Rewriter | None = None
    """What puts follow-ups in words with a language model; without one, rules do."""
    filler: Filler | None = None
    calling: ToolCalling | None = None
    is_rehearsal: bool = False
    """Whether nobody is there: then no person is called, nothing is done and nothing is kept."""

    async def prepare(self, tenant: TenantId) -> None:
        """Learn now what would else be learned while the first customer waits."""
        await self.router.prepare(await self.toolbox.of(tenant), await self.utterances.of(tenant))
        await self.faq.prepare(tenant)

    async def digest(self, tenant: TenantId) -> str:
        """A short name for the tenant's tools and own utterances, which go before any answer of documents."""
        tools = {} if self.is_rehearsal else await self.toolbox.of(tenant)
        return digest((await self.utterances.of(tenant)).digest, sorted(tools))

    async def listen(self, message: Message) -> Standing:
        """Who speaks in the conversation as a turn begins; an open ticket is told what was said."""
        return Standing(state="bot") if self.is_rehearsal else await self.hand_off.listen(message)

    async def of(self, asked: Asked) -> Understood:
        """What the message wants."""
        plain = Understood(question=asked.question, vector=asked.vector)
        tools = {} if self.is_rehearsal else await self.toolbox.of(asked.message.tenant)
        own = await self.utterances.of(asked.message.tenant)
        route = await self.router.route(asked.question, asked.vector, tools, own)
        if (trigger := self._trigger(asked, route)) and (reply := await self._called(asked, trigger)):
            return replace(plain, reply=reply)
        if picked := await self._picked(asked, route):
            return picked
        step = await self._step(asked, route, tools)
        if step is not None and not step.is_aside:
            return replace(plain, reply=await self._told(asked, step))
        reminder = step.text if step else ""
        if reply := at_once(asked, route, reminder):
            return replace(plain, reply=reply)
        return await self._question(asked, tools, reminder, may_look=step is None)

    async def _question(self, asked: Asked, tools: Tools, reminder: str, *, may_look: bool) -> Understood:
        """The message as a question to the documents, with what tools say to it, or the wish in it."""
        plain = Understood(question=asked.question, vector=asked.vector)
        looked = await self._looked(asked, tools) if may_look else Looked()
        if looked.wanted:
            wish = Route(kind="tool", name=looked.wanted)
            if begun := await self._step(asked, wish, tools, looked.values):
                return replace(plain, reply=await self._told(asked, begun))
        plain = replace(plain, looked=looked)
        turns = settled(asked.turns)
        names = await self.things.names(asked.message.tenant, asked.message.audiences) if turns else NO_NAMES
        alone = await standalone(asked.question, turns, names=names, rewriter=self.rewriter)
        if not alone.is_follow_up:
            return replace(plain, reminder=reminder, is_alone=self._is_alone(asked, reminder))
        return replace(await self._again(asked, alone.text, reminder), looked=looked, own=alone.own)

    async def _picked(self, asked: Asked, route: Route) -> Understood | None:
        """What the customer means by a reply to the question that the desk has just asked back.

        A reply that names no option, and is a wish, small talk or an FAQ entry's question by
        itself, is no reply to it.
        """
        offer = offer_of(asked.turns)
        if offer is None:
            return None
        if declines(asked.question):
            return Understood(question=asked.question, vector=asked.vector, reply=what_else(asked))
        picked = chosen(asked.question, offer)
        is_else = asked.match is not None or route.kind in ("tool", "small_talk")
        if is_else and picked == added(asked.question, offer):
            return None
        return replace(await self._again(asked, picked), is_chosen=True) if picked else None

    def _is_alone(self, asked: Asked, reminder: str) -> bool:
        return not (reminder or self.is_rehearsal or offer_of(asked.turns))

    async def _again(self, asked: Asked, question: str, reminder: str = "") -> Understood:
        """The message as another question, which an FAQ entry may answer."""
        vector = await self.embedder.embed_query(question)
        match = await self.match(asked.message, question, vector)
        reply = approved(asked, match, reminder) if match else None
        return Understood(question=question, vector=vector, reply=reply, reminder=reminder)

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
                return replace(answer, text=asked.persona.says("still_coming", asked.language))
            return replace(answer, text=joined(answer.text, reminder, gap="\n\n"))
        if answer.outcome is Outcome.UNSURE:
            return replace(answer, text=reply.text, outcome=reply.outcome, route=ROUTE)
        return replace(answer, text=joined(answer.text, reply.text, gap="\n\n"))

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
        if trigger is None and (accepts_a_person(asked) or _is_sure_wish(route)):
            return "asked"
        if trigger is None and judge(asked.message.text).needs_person:
            return "policy"
        return trigger

    async def _called(self, asked: Asked, trigger: Trigger, ended: Outcome | None = None) -> Reply | None:
        """What the customer is told about the person who is called; none where none is.

        `ended` is how the turn came out, where that is why.
        """
        ticket = await self._ticket(asked, trigger, ended)
        if ticket is None:
            return None
        text = told(ticket, self.hand_off.hours, now(), asked.language)
        return Reply(text=text, outcome=Outcome.HANDED_OFF, route=ROUTE)

    async def _ticket(self, asked: Asked, trigger: Trigger, ended: Outcome | None = None) -> Ticket | None:
        if self.is_rehearsal:
            return None
        message = asked.message
        conversation = await self.conversations.get(message.tenant, message.conversation_id)
        return await self.hand_off.ask(conversation, _REASONS.get(trigger, trigger), trigger, ended)

    async def _looked(self, asked: Asked, tools: Tools) -> Looked:
        """What a language model looks up for the question, or the wish that it finds in it."""
        if self.calling is None or not tools or asked.message.documents is not None:
            return Looked()
        # Who asks how something is done is told how, and nothing is begun.
        fit = {name: tool for name, tool in tools.items() if not asks_how(asked.question, tool)}
        caller = await self._caller_of(asked)
        said = Utterance(text=asked.question, caller=caller, today=date.today(), before=asked.before)
        return await self.calling.look(said, fit)

    async def _caller_of(self, asked: Asked) -> Caller:
        message = asked.message
        return await caller_of(self.customers, message.tenant, message.conversation_id, asked.language)

    async def _step(
        self, asked: Asked, route: Route, tools: Tools, given: Mapping[str, Any] = MappingProxyType({})
    ) -> Step | None:
        """What the message leads to in the talk about tools."""
        if not tools:
            return None
        message = asked.message
        stored = await self.dialogues.load(message.tenant, message.conversation_id)
        dialogue = await self._still_open(message.tenant, stored)
        wanted = route.name if route.kind == "tool" else None
        if dialogue.top is None and wanted is None:
            return None
        manager = DialogueManager(tools, self.runner, filler=self.filler, before=asked.before)
        step = await manager.hear(dialogue, asked.question, await self._caller_of(asked), wanted, given)
        if step is None:
            return None
        if step.withdraws and not await self.approvals.withdraw(message.tenant, step.withdraws):
            return replace(step, dialogue=dialogue, text=phrase("approval_too_late", asked.language))
        if step.needs == "approval":
            await self._ask_approval(asked, step, tools)
        elif step.dialogue != stored:
            await self.dialogues.keep(message.tenant, message.conversation_id, step.dialogue)
        return step

    async def _still_open(self, tenant: TenantId, dialogue: Dialogue) -> Dialogue:
        """The dialogue without a wish on top that a colleague has settled meanwhile."""
        top = dialogue.top
        if top is None or top.phase != "approval" or not await self.approvals.is_over(tenant, top.key):
            return dialogue
        return dialogue.pop()

    async def _ask_approval(self, asked: Asked, step: Step, tools: Tools) -> None:
        """Call a colleague, and keep what waits for their yes."""
        ticket = await self._ticket(asked, "approval")
        frame = step.dialogue.top
        if ticket is not None and frame is not None:
            await self.approvals.book.ask(ticket, tools[frame.tool], asked.language, step.dialogue)

    async def _told(self, asked: Asked, step: Step) -> Reply:
        """What a step says, once whoever it needs is called."""
        reply = Reply(text=step.text, outcome=step.outcome, route="tool")
        if step.needs == "person" and step.outcome is Outcome.HANDED_OFF:
            await self._called(asked, "approval")
        return reply


def _is_sure_wish(route: Route) -> bool:
    return route.kind == "human" and route.chance >= _SURE


_REASONS = {
    "asked": "asked for a person",
    "two_failures": "two questions in a row could not be answered",
    "anger": "the customer is angry",
    "policy": "what was said always goes to a person",
    "low_confidence": "the answer was not sure",
    "approval": "an action waits for a colleague",
}
