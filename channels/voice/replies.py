"""What the talk says to the caller's words: the desk's answer, the same again, a spelling, a person."""

from __future__ import annotations

from functools import partial

from channels.voice.answering import Answering
from channels.voice.leaving import find_way, go_over, leave, offer_person
from channels.voice.open_call import Offer, OpenCall, Turn
from channels.voice.read_back import as_read_back, spelled_out
from channels.voice.talk_parts import Awaited, Question, WishReason
from core.door_phrases import door_phrase
from core.errors import (
    FrontdeskError,
    RateLimited,
    Refused,
    SpeechUnavailable,
    TooLarge,
)
from core.messages import Answer, Outcome
from core.spoken_text import spoken_sources

_OFFERS_PERSON = frozenset({Outcome.UNSURE, Outcome.REFUSED})


class Replies:
    """Each reply is over when the caller has heard it; cancelled, it says nothing more."""

    def __init__(self, open_call: OpenCall) -> None:
        self._open = open_call
        self._answering = Answering(open_call)

    async def answer(self, turn: Turn, question: Question, *, before: str = "") -> None:
        """The desk's answer; `before` is said while it is being looked for."""
        turn.question = question
        self._forget_what_was_asked()
        try:
            if before:
                await self._open.mouth.say(before)
            answer = await self._answering.answer(turn, question)
        except SpeechUnavailable:
            raise
        except RateLimited:
            await self._tell(door_phrase("slow_down", self._open.language))
        except (Refused, TooLarge):
            await self.not_caught()
        except FrontdeskError:
            await self.failed()
        else:
            await self._follow_up(turn, answer)

    async def failed(self) -> None:
        """The answer did not come: one polite sentence, and a person where there is one."""
        await self._tell(self._open.phrase("sorry"))
        await offer_person(self._open, "outage")

    async def not_caught(self) -> None:
        """Nobody could make out what was said."""
        self._open.misses += 1
        await self._tell(self._open.phrase("not_caught" if self._open.misses == 1 else "not_caught_again"))

    async def repeat(self) -> None:
        """What was said last, once more."""
        await self._tell(self._open.said or self._open.phrase("nothing_to_repeat"))

    async def at_speed(self, speed: float, name: str) -> None:
        """From now on more slowly, or as before; and the same again."""
        self._open.mouth.speed = speed
        await self._open.mouth.say(self._open.phrase(name))
        if self._open.said:
            await self._tell(self._open.said)

    async def spell(self) -> None:
        """The names and numbers of what was said last, letter by letter."""
        spelled = spelled_out(self._open.said, self._open.language)
        name = "spelled" if spelled else "nothing_to_spell"
        await self._open.mouth.say(self._open.phrase(name, what=spelled))
        await self._open.mouth.drained()

    async def say(self, name: str, **values: object) -> None:
        """One of the telephone's own sentences."""
        await self._tell(self._open.phrase(name, **values))

    async def remind(self, name: str) -> None:
        """A sentence about the silence; "again" still means what was said before it."""
        await self._open.mouth.say(self._open.phrase(name))
        await self._open.mouth.drained()

    async def confirm(self, understood: str, text: str) -> None:
        """Read back what was understood, and ask whether it is right."""
        self._open.offer = Offer(kind="confirm", text=text)
        await self.say("is_it_right", what=as_read_back(understood, self._open.language))

    async def bring_person(self, turn: Turn, question: Question, reason: WishReason) -> None:
        """A person on the telephone, a voicemail, or what the desk says to the wish."""
        way = await find_way(self._open, reason)
        if way == "none":
            await self.answer(turn, question)
            return
        # The desk's own route makes the ticket of a transfer; that of a voicemail is made with the message.
        ticket = partial(self._answering.answer_silently, question) if way == "transfer" else None
        await go_over(self._open, reason, way, meanwhile=ticket)

    async def accept(self, turn: Turn, offer: Offer) -> None:
        """Do what the caller said yes to."""
        match offer.kind:
            case "links":
                await self.send_links(offer.answer)
            case "transfer" | "voicemail":
                await go_over(self._open, offer.reason, offer.kind)
            case "confirm":
                await self.answer(turn, self._open.question(offer.text))
            case "anything_else":
                await self.say("how_help")

    async def decline(self, offer: Offer) -> None:
        """The caller said no."""
        match offer.kind:
            case "anything_else":
                await leave(self._open, "goodbye", "goodbye")
            case "confirm":
                await self.say("say_or_type")
            case "links" | "transfer" | "voicemail":
                self._open.wants_no_links |= offer.kind == "links"
                await self._ask_on("anything_else")

    async def send_links(self, answer: Answer | None) -> None:
        """The links of an answer by text message, and whether that worked."""
        links = self._open.parts.links
        if links is None or answer is None or not await self._has_links(answer):
            await self.say("no_links")
            return
        try:
            is_sent = await links.send(self._open.call, answer)
        except FrontdeskError:
            is_sent = False
        await self._ask_on("links_sent" if is_sent else "links_failed")

    async def _follow_up(self, turn: Turn, answer: Answer) -> None:
        """Where the answer is from, what is offered with it, and what it waits for."""
        turn.is_answered = True
        self._open.answers.append(answer.id)
        self._open.answer = answer
        self._open.misses = 0
        self._open.said = answer.text
        if not answer.text.strip():
            await self.say("person_reads")
        elif answer.outcome in (Outcome.ANSWERED, Outcome.ACTED):
            await self._say_source(answer)
        self._open.expect(await self._awaited(answer))
        await self._open.mouth.drained()
        self._open.close_turn(turn, was_interrupted=False)
        self._open.awaited = self._open.coming
        if answer.outcome is Outcome.HANDED_OFF and not self._open.was_offered_person:
            await offer_person(self._open, "desk")
        elif answer.route == "small_talk":
            self._open.offer = Offer(kind="anything_else")
        elif not self._open.awaited.kind:
            await self._offer_links(answer)

    async def _say_source(self, answer: Answer) -> None:
        source = spoken_sources(answer.citations, answer.language)
        if source and source != self._open.source:
            self._open.source = source
            await self._open.mouth.say(f"{source[:1].upper()}{source[1:]}.", language=answer.language)

    async def _offer_links(self, answer: Answer) -> None:
        if not self._open.wants_no_links and await self._has_links(answer):
            self._open.offer = Offer(kind="links", answer=answer)
            await self._open.mouth.say(self._open.phrase("offer_links"))
            await self._open.mouth.drained()

    async def _has_links(self, answer: Answer) -> bool:
        links = self._open.parts.links
        if links is None or not answer.citations:
            return False
        try:
            return await links.may_offer(self._open.call, answer)
        except FrontdeskError:
            return False

    async def _awaited(self, answer: Answer) -> Awaited:
        try:
            awaited = await self._open.parts.desk.awaited(self._open.call)
        except FrontdeskError:
            awaited = Awaited()
        if not awaited.kind and answer.outcome in _OFFERS_PERSON and answer.text.rstrip().endswith("?"):
            return Awaited(kind="yes_no")
        return awaited

    async def _ask_on(self, name: str) -> None:
        self._open.offer = Offer(kind="anything_else")
        await self.say(name)

    async def _tell(self, text: str) -> None:
        self._open.said = text
        await self._open.mouth.say(text)
        await self._open.mouth.drained()

    def _forget_what_was_asked(self) -> None:
        self._open.offer = None
        self._open.awaited = self._open.coming = Awaited()
